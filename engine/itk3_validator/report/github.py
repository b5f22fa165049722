"""
Reports as workflow commands of GitHub Actions: an annotation for each place that did not pass.

What is waived is left out: annotations are few (ten of a kind a step), and nobody has to act on it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from itk3_validator.finding import Verdict
from itk3_validator.report.formats import Asked
from itk3_validator.report.kinds import Kind, Tally
from itk3_validator.report.model import Report
from itk3_validator.report.told import Told, told
from itk3_validator.report.visible import visible
from itk3_validator.report.waived import WaiverNote

_COMMANDS: dict[Kind | Verdict, str] = {
    Kind.FAILED: "error",
    Kind.WARNING: "warning",
    Kind.NOTE: "notice",
    Kind.ERROR: "error",
    Kind.UNDECIDED: "notice",
    Verdict.UNREADABLE: "error",
    Verdict.UNRECOGNISED: "warning",
    Verdict.ERROR: "error",
}
_TITLES: dict[Kind | Verdict, str] = {Kind.ERROR: " could not be run", Kind.UNDECIDED: " is undecided"}
_LONGEST = 4_000


def document(_asked: Asked) -> Annotations:
    """
    No annotation yet.
    """
    return Annotations()


class Annotations:
    """
    One line for each place.
    """

    def opening(self) -> str:
        return ""

    def message(self, report: Report) -> str:
        return "".join(_annotation(report, each) for each in told(report) if each.kind in _COMMANDS)

    def closing(self, _tally: Tally, _waivers: Iterable[WaiverNote] | None = None) -> str:
        return ""


def command(name: str, properties: Mapping[str, object], text: str) -> str:
    """
    One workflow command, as a line. A property that is None is left out.
    """
    given = ",".join(f"{key}={_property(str(value))}" for key, value in properties.items() if value is not None)
    return f"::{name} {given}::{_data(text)}\n"


def _annotation(report: Report, entry: Told) -> str:
    title = _TITLES.get(entry.kind, "") if entry.result is not None else ""
    properties = {"file": report.source, "line": entry.line, "col": entry.column, "title": entry.id + title}
    return command(_COMMANDS[entry.kind], properties, entry.says)


def _data(text: str) -> str:
    # What steers a terminal is written out first, line ends among it, so the per cent sign is all that is left.
    return visible(text, longest=_LONGEST).replace("%", "%25")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
