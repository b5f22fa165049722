"""
How large an XPath becomes when the selectors that it names are written out, and what is too large.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from itk3_validator.pack.model import Extent, Selector

LONGEST = 20_000
DEEPEST = 80  # libxml2 gives up somewhat above 200

_PIECE = re.compile(r"""'[^']*'|"[^"]*"|\$(?P<name>[A-Za-z][A-Za-z0-9-]*)|(?P<open>[(\[])|(?P<close>[)\]])""")


def extent(text: str, known: Mapping[str, Selector]) -> Extent:
    """
    The extent of *text*, worked out from those of the selectors in it.
    """
    length, level, deepest = len(text), 0, 0
    for found in _PIECE.finditer(text):
        if found["open"]:
            level += 1
        elif found["close"]:
            level -= 1
        elif found["name"] in known:
            inner = known[found["name"]].extent
            length += inner.length + 1 - len(found["name"])
            deepest = max(deepest, level + 1 + inner.depth)
        deepest = max(deepest, level)
    return Extent(length, deepest)


def too_large(size: Extent) -> tuple[str, str] | None:
    """
    What is wrong with an extent, and what would do; None when nothing is.
    """
    if size.length > LONGEST:
        what = f"with every $name in it written out, this XPath has more than {LONGEST:,} characters"
        return what, "use fewer names in it, or names of shorter XPaths"
    if size.depth > DEEPEST:
        what = f"this XPath stands on selectors that stand on others, more than {DEEPEST} deep"
        return what, "begin it, or one of them, at '/'"
    return None
