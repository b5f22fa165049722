"""
Checks as sentences, in the words that reports use.
"""

from __future__ import annotations

from collections.abc import Iterable

from itk3_validator.checks.verb import Asks
from itk3_validator.plan import BoundAnyOf, BoundAsk, BoundChecks

_ALONE = {
    "present": "has a value",
    "absent": "is not there",
    "unique": "has no value twice",
}
_BEFORE = {"length": "has", "order": "has", "references": "has every reference lead to"}


def sentence(ask: BoundAsk) -> str:
    """
    What one check demands: ``BusAckRequested is 'true'``.
    """
    if ask.bound is None:
        return f"this is true: {ask.check.expected}"
    place = ask.bound.target.written
    if ask.verb.name == "count":
        return _there(str(ask.check.expected), place)
    said = _ALONE.get(ask.verb.name) or f"{_BEFORE.get(ask.verb.name, 'is')} {ask.check.expected}"
    if ask.some:
        return f"at least one {place} {said}"
    if ask.count is not None and ask.verb.asks is not Asks.NODES:
        return f"every {place} {said}, and {_there(str(ask.count), '').rstrip()}"
    return f"{place} {said}"


def _there(number: str, place: str) -> str:
    if number == "none":
        return f"there is no {place}"
    return f"there {'are' if number[:1].isdigit() else 'is'} {number} {place}"


def sentences(checks: BoundChecks) -> tuple[str, ...]:
    """
    A sentence for each check; alternatives are joined into one.
    """
    return tuple(_alternatives(each) if isinstance(each, BoundAnyOf) else sentence(each) for each in checks)


def joined(words: Iterable[str]) -> str:
    """
    Sentences that all have to be true, as one.
    """
    return "; and ".join(words)


def _alternatives(each: BoundAnyOf) -> str:
    return " - or - ".join(joined(sentences(branch)) for branch in each.branches)
