"""
Reports as CSV: a row for each result, and for each place of one that failed.

A spreadsheet takes what begins with ``=``, ``+``, ``-`` or ``@`` for a formula; such a cell gets an apostrophe first.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator

from itk3_validator.finding import Finding, Outcome
from itk3_validator.report.formats import Asked
from itk3_validator.report.kinds import Tally
from itk3_validator.report.model import Report, Result
from itk3_validator.report.told import why_not_held
from itk3_validator.report.visible import visible
from itk3_validator.report.waived import WaiverNote

COLUMNS = (
    "source",
    "digest",
    "verdict",
    "reason",
    "pack",
    "pack_version",
    "interaction",
    "id",
    "id_pack",
    "outcome",
    "level",
    "severity",
    "text",
    "message",
    "xpath",
    "line",
    "column",
    "expected",
    "found",
    "masked",
    "known",
    "remedy",
    "response_code",
    "waived",
    "requirement_source",
    "link",
)
# The last two begin a command of a build server, should the table be printed there.
_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "::", "##[")
# A cell of the spreadsheet in widest use holds 32,767 characters; an escaped one may be six times as long.
_LONGEST = 5_000


def document(_asked: Asked) -> Table:
    """
    A table without rows.
    """
    return Table()


class Table:
    """
    A head, and rows in the order of messages, results and places.
    """

    def opening(self) -> str:
        return lines([COLUMNS])

    def message(self, report: Report) -> str:
        return lines(_rows(report))

    def closing(self, _tally: Tally, _waivers: Iterable[WaiverNote] | None = None) -> str:
        return ""


def _rows(report: Report) -> Iterator[tuple[str | int | None, ...]]:
    about = (
        report.source,
        report.digest,
        report.verdict.value,
        report.reason,
        report.pack,
        report.pack_version,
        report.interaction,
    )
    if not report.results:
        # What is unreadable has a place; it stands where those of findings stand.
        place = *[None] * 8, report.line, report.column
        yield *about, *place, *[None] * (len(COLUMNS) - len(about) - len(place))
    for result in report.results:
        for finding in result.findings or (None,):
            yield *about, *_result(result, finding)


def _result(result: Result, finding: Finding | None) -> tuple[str | int | None, ...]:
    return (
        result.id,
        result.pack,
        result.outcome.value,
        result.level,
        result.severity.value,
        result.text,
        result.message,
        *_place(finding),
        result.remedy,
        result.response_code,
        why_not_held(result) if result.outcome is Outcome.WAIVED else None,
        result.source,
        result.link,
    )


def _place(finding: Finding | None) -> tuple[str | int | None, ...]:
    if finding is None:
        return (None,) * 7
    found = ", ".join(finding.found)
    flags = [str(each).lower() for each in (finding.masked, finding.known)]
    return finding.xpath, finding.line, finding.column, finding.expected, found, *flags


def lines(rows: Iterable[Iterable[str | int | None]]) -> str:
    """
    Rows as CSV, each cell fit to be opened in a spreadsheet.
    """
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([_cell(each) for each in row] for row in rows)
    return out.getvalue()


def _cell(value: str | int | None) -> str | int | None:
    return cell(value, longest=_LONGEST) if isinstance(value, str) else value


def cell(text: str, *, longest: int) -> str:
    """
    A text that steers neither a terminal nor a spreadsheet: what looks like a formula begins with an apostrophe.
    """
    shown = visible(text, longest=longest)
    return f"'{shown}" if shown.lstrip().startswith(_FORMULA) else shown
