"""
Reports as a code quality report of GitLab: a JSON list with an entry for each place that did not pass.

What is waived is left out: GitLab knows no accepted entry, and every entry counts.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from itk3_validator.finding import Verdict
from itk3_validator.report.formats import Asked
from itk3_validator.report.kinds import Kind, Tally
from itk3_validator.report.model import Report
from itk3_validator.report.told import Told, numbered
from itk3_validator.report.visible import visible
from itk3_validator.report.waived import WaiverNote

_SEVERITIES: dict[Kind | Verdict, str] = {
    Kind.FAILED: "critical",
    Kind.WARNING: "minor",
    Kind.NOTE: "info",
    Kind.ERROR: "major",
    Kind.UNDECIDED: "info",
    Verdict.UNREADABLE: "blocker",
    Verdict.UNRECOGNISED: "major",
    Verdict.ERROR: "major",
}
_BEGINNINGS: dict[Kind | Verdict, str] = {Kind.UNDECIDED: "Undecided: ", Kind.ERROR: "Could not be run: "}
_LONGEST = 2_000


def document(_asked: Asked) -> Entries:
    """
    A list without entries.
    """
    return Entries()


class Entries:
    """
    One list, an entry a line.
    """

    def __init__(self) -> None:
        self._first = True

    def opening(self) -> str:
        return "["

    def message(self, report: Report) -> str:
        return "".join(
            self._separated(_entry(report, entry, digits))
            for entry, digits in numbered(report)
            if entry.kind in _SEVERITIES
        )

    def closing(self, _tally: Tally, _waivers: Iterable[WaiverNote] | None = None) -> str:
        return "\n]\n"

    def _separated(self, entry: dict[str, Any]) -> str:
        first, self._first = self._first, False
        return ("\n" if first else ",\n") + json.dumps(entry)


def _entry(report: Report, entry: Told, fingerprint: str) -> dict[str, Any]:
    return {
        "description": _BEGINNINGS.get(entry.kind, "") + entry.says,
        "check_name": visible(entry.id),
        "fingerprint": fingerprint,
        "severity": _SEVERITIES[entry.kind],
        # GitLab finds no file by a path that begins with ./, as those of `itk3 validate .` do. A line is asked for;
        # without one the entry is about the message as a whole.
        "location": {
            "path": visible(report.source.removeprefix("./") or report.source, longest=_LONGEST),
            "lines": {"begin": entry.line or 1},
        },
    }
