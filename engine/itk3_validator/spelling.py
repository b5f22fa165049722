"""
What a mistyped name was probably meant to be.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import SequenceMatcher

_ALIKE = 0.65
_LONGEST = 200
_MOST_NAMED = 8


def closest(name: str, known: Iterable[str]) -> str | None:
    """
    The known name most like *name*, or None when none is near.

    Upper and lower case count as the same. Of names equally near the first in the alphabet is taken.
    """
    if not name or len(name) > _LONGEST:
        return None
    best, best_score = None, _ALIKE
    matcher = SequenceMatcher(autojunk=False)
    matcher.set_seq2(name.casefold())
    for each in sorted(set(known)):
        matcher.set_seq1(each.casefold()[: 2 * _LONGEST])
        if matcher.real_quick_ratio() < best_score or matcher.quick_ratio() < best_score:
            continue
        score = matcher.ratio()
        if score > best_score or (best is None and score == best_score):
            best, best_score = each, score
    return best


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """
    A remedy for an unknown name: ``did you mean 'x'?``, else ``known are a, b, c``, else nothing.
    """
    names = sorted(set(known))
    near = closest(name, names)
    if near is not None:
        return f"did you mean {near!r}?"
    if not names:
        return ""
    if len(names) == 1:
        return f"the only one known is {names[0]}"
    if len(names) <= _MOST_NAMED:
        return f"known are {', '.join(names)}"
    return f"known are {', '.join(names[:_MOST_NAMED])} and {len(names) - _MOST_NAMED} more"
