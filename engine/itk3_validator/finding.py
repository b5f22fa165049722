"""
The words of a result: outcomes, severities, verdicts, places and findings.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from itk3_validator.value import Row, members


@members
class Outcome(StrEnum):
    """
    What became of one rule on one message.
    """

    PASS = "pass"
    FAIL = "fail"
    NOT_APPLICABLE = "not-applicable"
    UNDECIDED = "undecided"
    ERROR = "error"
    WAIVED = "waived"


# Of these there is nothing to tell.
UNTOLD = frozenset({Outcome.PASS, Outcome.NOT_APPLICABLE})


@members
class Severity(StrEnum):
    """
    How much a failed rule weighs; it follows from the rule's level.
    """

    ERROR = "error"
    WARNING = "warning"
    INFORMATION = "information"


LEVELS = {
    "MUST": Severity.ERROR,
    "MUST NOT": Severity.ERROR,
    "SHOULD": Severity.WARNING,
    "SHOULD NOT": Severity.WARNING,
    "MAY": Severity.INFORMATION,
}


@members
class Verdict(StrEnum):
    """
    What became of one message.
    """

    VALID = "valid"
    INVALID = "invalid"
    UNDECIDED = "undecided"
    UNREADABLE = "unreadable"
    UNRECOGNISED = "unrecognised"
    ERROR = "error"


# What rules contribute to the verdict of a message; of several, all of it.
_APPLIED, _UNDECIDED, _NOT_RUN, _FAILED = 1, 2, 4, 8


def weight_of(judged: Iterable[tuple[Outcome, Severity]]) -> int:
    """
    What rules contribute to the verdict, each with its outcome and what it weighs; weights are joined by ``|``.
    """
    weight = 0
    for outcome, severity in judged:
        if outcome is Outcome.NOT_APPLICABLE:
            continue
        weight |= _APPLIED
        if outcome is Outcome.UNDECIDED:
            weight |= _UNDECIDED
        elif outcome is Outcome.ERROR:
            weight |= _NOT_RUN
        elif outcome is Outcome.FAIL and severity is Severity.ERROR:
            weight |= _FAILED
    return weight


def verdict_of(weight: int) -> Verdict:
    """
    The verdict that rules of this weight give a message.

    A failed rule of severity error decides, then one that could not be run, then one that is undecided. Where no rule
    applied there is nothing that could be called valid, so that is undecided too.
    """
    if weight & _FAILED:
        return Verdict.INVALID
    if weight & _NOT_RUN:
        return Verdict.ERROR
    return Verdict.UNDECIDED if weight & _UNDECIDED or not weight else Verdict.VALID


class Place(Row):
    """
    Where in a message: its XPath always; line and column (code points, from 1) when known.
    """

    xpath: str
    line: int | None
    column: int | None


class Finding(Row):
    """
    One rule's result at one place.

    *expected* and *found* are shown as they stand; where *masked* is true the values of the message in
    them are already replaced, so a finding is always safe to print, store or send. *known*: the place is in
    the baseline.
    """

    xpath: str
    line: int | None
    column: int | None
    expected: str
    found: tuple[str, ...]
    masked: bool
    known: bool = False
