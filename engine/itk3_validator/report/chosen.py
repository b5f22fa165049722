"""
A report without the requirements that the caller does not ask about, or does not hold against a message.
"""

from __future__ import annotations

from collections.abc import Collection

from itk3_validator.finding import Outcome, verdict_of
from itk3_validator.report.explain import Details
from itk3_validator.report.kinds import is_judged
from itk3_validator.report.model import Report, Result

_HELD_AGAINST = frozenset({Outcome.FAIL, Outcome.UNDECIDED, Outcome.ERROR})


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
    results = tuple(_waived(each) if each.id in ignore and each.outcome in _HELD_AGAINST else each for each in kept)
    return Report(
        report.source,
        verdict_of((each.outcome, each.severity) for each in results),
        digest=lambda: report.digest,
        pack=report.pack,
        pack_version=report.pack_version,
        pack_digest=report.pack_digest,
        interaction=report.interaction,
        recognised_by=report.recognised_by,
        outcomes={each.id: each.outcome for each in results},
        results=lambda: results,
    )


def _waived(result: Result) -> Result:
    return Result(result, Outcome.WAIVED, lambda: Details(result.message, result.findings, result.excerpts))
