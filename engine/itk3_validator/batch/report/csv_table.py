"""
The report of a batch run as CSV: a row for each requirement, with the exact counts.
"""

from __future__ import annotations

from typing import Final

from itk3_validator.batch.report.model import BatchReport
from itk3_validator.finding import Outcome
from itk3_validator.report.csv_table import lines

COLUMNS: Final = (
    *("pack", "requirement", "level", "severity", "text", "over_archive"),
    *(each.value for each in Outcome),
    *("source", "link", "remedy"),
)


def render(report: BatchReport) -> str:
    """
    The head and the rows, the worst first.
    """
    rows = (
        (
            *(each.pack, each.id, each.level, each.severity.value, each.text, str(each.over_archive).lower()),
            *(each.outcomes[outcome] for outcome in Outcome),
            *(each.source, each.link, each.remedy),
        )
        for each in report.requirements
    )
    return lines([COLUMNS, *rows])
