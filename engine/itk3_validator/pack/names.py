"""
What a name in a rule file looks like, and how it is shown in a problem.
"""

from __future__ import annotations

from itk3_validator.lazy import pattern

PATTERN = "[A-Za-z][A-Za-z0-9-]*"
NAME = pattern(PATTERN)
_LONGEST_SHOWN = 60


def shown(name: str) -> str:
    """
    A name in quotes, cut when it is long.
    """
    return repr(name if len(name) <= _LONGEST_SHOWN else name[: _LONGEST_SHOWN - 1] + "…")
