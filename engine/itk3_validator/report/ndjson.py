"""
Reports as NDJSON: each line is a message as it stands in the JSON report, version 1, and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable

from itk3_validator.report import json_v1
from itk3_validator.report.formats import Asked
from itk3_validator.report.kinds import Tally
from itk3_validator.report.model import Report
from itk3_validator.report.waived import WaiverNote


def document(_asked: Asked) -> Lines:
    """
    An empty run of lines.
    """
    return Lines()


class Lines:
    """
    One line for each message.
    """

    def opening(self) -> str:
        return ""

    def message(self, report: Report) -> str:
        return json_v1.line(report)

    def closing(self, _tally: Tally, _waivers: Iterable[WaiverNote] | None = None) -> str:
        return ""
