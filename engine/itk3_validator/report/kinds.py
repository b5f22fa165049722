"""
What a result is called and counted as, and when it makes a run fail.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from enum import StrEnum

from itk3_validator.finding import Outcome, Severity, Verdict
from itk3_validator.report.model import Report, Result
from itk3_validator.value import Value, field


class Kind(StrEnum):
    """
    An outcome, where a failure says how much it weighs. The order is that of the counts.
    """

    FAILED = "failed"
    WARNING = "warning"
    NOTE = "note"
    ERROR = "not run"
    UNDECIDED = "undecided"
    WAIVED = "waived"
    PASSED = "passed"
    NOT_APPLICABLE = "not applicable"


class FailOn(StrEnum):
    """
    What makes a run fail beside a failed rule of severity error, which always does.

    `warning`: failed rules of severity warning. `undecided`: undecided outcomes, whatever their severity.
    Failed rules of severity information never do.
    """

    ERROR = "error"
    WARNING = "warning"
    UNDECIDED = "undecided"


_BY_SEVERITY = {Severity.ERROR: Kind.FAILED, Severity.WARNING: Kind.WARNING, Severity.INFORMATION: Kind.NOTE}
_BY_OUTCOME = {
    Outcome.PASS: Kind.PASSED,
    Outcome.NOT_APPLICABLE: Kind.NOT_APPLICABLE,
    Outcome.UNDECIDED: Kind.UNDECIDED,
    Outcome.ERROR: Kind.ERROR,
    Outcome.WAIVED: Kind.WAIVED,
}
_FAILING = {FailOn.ERROR: Kind.FAILED, FailOn.WARNING: Kind.WARNING, FailOn.UNDECIDED: Kind.UNDECIDED}


def kind_of(result: Result) -> Kind:
    """
    The kind of one result.
    """
    return kind(result.outcome, result.severity)


def kind(outcome: Outcome, severity: Severity) -> Kind:
    """
    The kind of an outcome of a rule that weighs so much.
    """
    return _BY_SEVERITY[severity] if outcome is Outcome.FAIL else _BY_OUTCOME[outcome]


def failing_kinds(fail_on: Iterable[FailOn]) -> frozenset[Kind]:
    """
    The kinds that make a run fail (exit status 1).
    """
    return frozenset({Kind.FAILED, *(_FAILING[each] for each in fail_on)})


def is_unjudged(report: Report) -> bool:
    """
    Whether there is a reason instead of results: the message could not be read, is of no kind that a pack governs, or
    the process that judged it was lost.
    """
    without = report.verdict in {Verdict.UNREADABLE, Verdict.UNRECOGNISED}
    return without or (report.verdict is Verdict.ERROR and report.pack is None)


def is_judged(report: Report) -> bool:
    """
    Whether a rule was asked of the message: it could be read, was recognised, and a rule was left to ask.
    """
    return not is_unjudged(report) and bool(report.results)


class Tally(Value):
    """
    What a run came to: how many messages of each verdict, how many results of each kind, how many messages judged.
    """

    verdicts: Counter[Verdict] = field(default_factory=Counter)
    kinds: Counter[Kind] = field(default_factory=Counter)
    judged: int = 0

    @property
    def messages(self) -> int:
        return self.verdicts.total()

    def plus(self, report: Report) -> Tally:
        """
        The tally with one more message in it.
        """
        return Tally(
            self.verdicts + Counter([report.verdict]),
            self.kinds + Counter(kind_of(each) for each in report.results),
            self.judged + is_judged(report),
        )
