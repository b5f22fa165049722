"""
How large an XPath becomes when the selectors that it names are written out, and what is too large.
"""

from __future__ import annotations

from collections.abc import Mapping

from itk3_validator.lazy import pattern
from itk3_validator.pack.model import Extent, Selector
from itk3_validator.pack.names import PATTERN

LONGEST = 20_000
MOST_ROUNDS = 1
DEEPEST = 80  # libxml2 gives up somewhat above 200

_PIECE = pattern(rf"""'[^']*'|"[^"]*"|\$(?P<name>{PATTERN})|(?P<open>[(\[])|(?P<close>[)\]])""")


def extent(text: str, known: Mapping[str, Selector], *, costly: bool) -> Extent:
    """
    The extent of *text*, worked out from those of the selectors in it.

    Args:
        costly: whether something in the text itself needs ``expensive:``.
    """
    length, deepest, rounds = len(text), 0, int(costly)
    brackets: list[str] = []
    for found in _PIECE.finditer(text):
        if found["open"]:
            brackets.append(found["open"])
        elif found["close"]:
            brackets.pop()
        elif found["name"] in known:
            inner = known[found["name"]].extent
            length += inner.length + 1 - len(found["name"])
            deepest = max(deepest, len(brackets) + 1 + inner.depth)
            rounds = max(rounds, inner.rounds + ("[" in brackets))
        deepest = max(deepest, len(brackets))
    return Extent(length, deepest, rounds)


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
    if size.rounds > MOST_ROUNDS:
        what = "inside a predicate this XPath names a selector that is itself expensive"
        return what, "take it out of the predicate, or name a selector that is not"
    return None
