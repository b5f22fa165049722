"""
What of a pack could not be read: names may be missing there, and what names them is not told as a mistake.
"""

from __future__ import annotations

from itk3_validator.value import Value


class Gaps(Value):
    """
    The *sections* of which something could not be read, and the *values* whose own mistake has been told.
    """

    sections: frozenset[str] = frozenset()
    values: frozenset[str] = frozenset()


NO_GAPS = Gaps()
