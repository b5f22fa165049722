"""
What a mistyped name was probably meant to be; and texts that are cut.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

# Whoever makes more mistakes than that in one go has another kind of trouble, and looking for each takes its time.
MOST_SUGGESTED = 50

_ALIKE = 0.65
_LONGEST = 200
_MOST_KNOWN = 2000
_MOST_COMPARED = 20
_MOST_NAMED = 8


def shortened(text: str, longest: int = 120) -> str:
    """
    *text*, cut where it is longer.
    """
    return text if len(text) <= longest else f"{text[:longest]}…"


def closest(name: str, known: Iterable[str], *, told: int = 0) -> str | None:
    """
    The known name most like *name*, or None when none is near.

    Upper and lower case count as the same. Of names equally near the first in the alphabet is taken.

    Args:
        told: how many mistakes were told before this one; from ``MOST_SUGGESTED`` on nothing is looked for.
    """
    return _closest(name, sorted(set(known))) if told < MOST_SUGGESTED else None


def did_you_mean(name: str, known: Iterable[str], *, told: int = 0) -> str:
    """
    A remedy for an unknown name: ``did you mean 'x'?``, else ``known are a, b, c``, else nothing.

    Args:
        told: how many mistakes were told before this one; from ``MOST_SUGGESTED`` on there is no such remedy.
    """
    if told >= MOST_SUGGESTED:
        return ""
    names = sorted(set(known))
    near = _closest(name, names)
    if near is not None:
        return f"did you mean {near!r}?"
    if not names:
        return ""
    if len(names) == 1:
        return f"the only one known is {names[0]}"
    if len(names) <= _MOST_NAMED:
        return f"known are {', '.join(names)}"
    return f"known are {', '.join(names[:_MOST_NAMED])} and {len(names) - _MOST_NAMED} more"


def _closest(name: str, names: Sequence[str]) -> str | None:
    if not name or len(name) > _LONGEST or len(names) > _MOST_KNOWN:
        return None
    from difflib import SequenceMatcher  # nothing is misspelt as a rule

    matcher = SequenceMatcher(autojunk=False)
    matcher.set_seq2(name.casefold())
    alike = []
    for place, each in enumerate(names):
        matcher.set_seq1(each.casefold()[: 2 * _LONGEST])
        if matcher.real_quick_ratio() >= _ALIKE and (bound := matcher.quick_ratio()) >= _ALIKE:
            alike.append((-bound, place))
    best, best_score = None, _ALIKE
    for bound, place in sorted(alike)[:_MOST_COMPARED]:
        if best is not None and -bound < best_score:
            break
        matcher.set_seq1(names[place].casefold()[: 2 * _LONGEST])
        score = matcher.ratio()
        if score > best_score or (score == best_score and (best is None or place < best)):
            best, best_score = place, score
    return None if best is None else names[best]
