"""
A report without the requirements that the caller does not ask about, or does not hold against a message.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

from itk3_validator.finding import Outcome, verdict_of, weight_of
from itk3_validator.report.behind import Said
from itk3_validator.report.explain import Details
from itk3_validator.report.kinds import is_judged
from itk3_validator.report.model import Report, Result
from itk3_validator.value import Frozen

if TYPE_CHECKING:
    from itk3_validator.report.waived import Waived

HELD_AGAINST = frozenset({Outcome.FAIL, Outcome.UNDECIDED, Outcome.ERROR})


def chosen(report: Report, *, only: Collection[str] = (), ignore: Collection[str] = ()) -> Report:
    """
    The report with the verdict that the chosen requirements give it.

    Args:
        report: A message that was judged; another one is returned as it is.

        only: The ids to keep; none keeps all.

        ignore: The ids of which a failure, an undecided outcome or an error becomes `waived`: told, and not counted.
    """
    if not (only or ignore) or not is_judged(report):
        return report
    kept = tuple(each for each in report.results if not only or each.id in only)
    results = tuple(waived(each) if each.id in ignore and each.outcome in HELD_AGAINST else each for each in kept)
    return with_results(report, results)


def with_results(report: Report, results: Iterable[Result]) -> Report:
    """
    The report of a judged message with other results, and the verdict that these give it.
    """
    kept = tuple(results)
    behind = Said(
        lambda: report.digest,
        received_of=lambda: report.received,
        pack=report.pack,
        pack_version=report.pack_version,
        pack_digest=report.pack_digest,
        interaction=report.interaction,
        published_as=report.published_as,
        recognised_by=report.recognised_by,
        outcomes=Frozen((each.id, each.outcome) for each in kept),
        results=kept,
        sender_of=lambda: report.sender,
    )
    return Report(report.source, verdict_of(weight_of((each.outcome, each.severity) for each in kept)), behind)


def waived(result: Result, waiver: Waived | None = None) -> Result:
    """
    The same result, told and not held against the message; its findings stay.
    """
    return Result(
        result, Outcome.WAIVED, lambda: Details(result.message, result.findings, lambda: result.excerpts), waiver=waiver
    )
