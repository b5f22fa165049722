"""
Reports as JSON, version 1: the shape that docs/report-v1.schema.json describes.

The text is ASCII and has one line for each message, so it can be written while messages are still being judged.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from itk3_validator.finding import Finding, Outcome
from itk3_validator.report.formats import Asked
from itk3_validator.report.kinds import Tally
from itk3_validator.report.model import Report, Result
from itk3_validator.report.waived import Waived, WaiverNote

VERSION = 1


def render(reports: Iterable[Report], *, tool_version: str, waivers: Iterable[WaiverNote] | None = None) -> str:
    """
    One JSON document over all *reports*, in their order; *waivers* where there was a file of them.
    """
    return "".join(parts(reports, tool_version=tool_version, waivers=waivers))


def parts(
    reports: Iterable[Report], *, tool_version: str, waivers: Iterable[WaiverNote] | None = None
) -> Iterator[str]:
    """
    The same document, in pieces: the opening, one for each message, the closing.
    """
    yield opening(tool_version)
    for number, report in enumerate(reports):
        yield message(report, first=number == 0)
    yield closing(waivers)


def document(asked: Asked) -> JsonDocument:
    """
    A document that has no message yet.
    """
    return JsonDocument(asked.tool_version)


class JsonDocument:
    """
    The same document, for who is not given the reports all at once.
    """

    def __init__(self, tool_version: str) -> None:
        self._tool_version = tool_version
        self._first = True

    def opening(self) -> str:
        return opening(self._tool_version)

    def message(self, report: Report) -> str:
        first, self._first = self._first, False
        return message(report, first=first)

    def closing(self, _tally: Tally, waivers: Iterable[WaiverNote] | None = None) -> str:
        return closing(waivers)


def opening(tool_version: str) -> str:
    """
    The document up to its first message.
    """
    tool = _text({"name": "itk3-validator", "version": tool_version})
    return f'{{"report": {VERSION}, "tool": {tool}, "messages": ['


def message(report: Report, *, first: bool) -> str:
    """
    One message, with the comma before it.
    """
    return ("\n" if first else ",\n") + _text(_message(report))


def line(report: Report) -> str:
    """
    One message by itself, as a line.
    """
    return _text(_message(report)) + "\n"


def closing(waivers: Iterable[WaiverNote] | None) -> str:
    """
    The end of the document, with what the waivers came to; None when there was no file of them.
    """
    if waivers is None:
        return "\n]}\n"
    notes = ",".join(f"\n{_text(_note(each))}" for each in waivers)
    return f'\n], "waivers": [{notes}\n]}}\n'


def _message(report: Report) -> dict[str, Any]:
    return {
        "source": report.source,
        "digest": report.digest,
        "pack": report.pack,
        "pack_version": report.pack_version,
        "pack_digest": report.pack_digest,
        "interaction": report.interaction,
        "recognised_by": report.recognised_by,
        "verdict": report.verdict.value,
        "reason": _reason(report),
        "counts": {each.value: report.counts.get(each, 0) for each in Outcome},
        "results": [_result(each) for each in report.results],
        "published_as": list(report.published_as),
    }


def _reason(report: Report) -> dict[str, Any] | None:
    if report.reason is None:
        return None
    return {"text": report.reason, "line": report.line, "column": report.column}


def _result(result: Result) -> dict[str, Any]:
    told = {
        "id": result.id,
        "pack": result.pack,
        "outcome": result.outcome.value,
        "level": result.level,
        "severity": result.severity.value,
        "text": result.text,
        "part": result.part,
        "message": result.message,
        "source": result.source,
        "link": result.link,
        "findings": [_finding(each) for each in result.findings],
        "remedy": result.remedy,
        "response_code": result.response_code,
    }
    return {**told, "waiver": _waiver(result.waiver)} if result.waiver is not None else told


def _waiver(waiver: Waived) -> dict[str, Any]:
    return {
        "by": waiver.by,
        "was": waiver.was.value,
        "reason": waiver.reason,
        "owner": waiver.owner,
        "expires": None if waiver.expires is None else waiver.expires.isoformat(),
        "file": waiver.file,
        "line": waiver.line,
    }


def _note(note: WaiverNote) -> dict[str, Any]:
    return {**note._asdict(), "expires": note.expires.isoformat(), "standing": note.standing.value}


def _finding(finding: Finding) -> dict[str, Any]:
    told = {
        "xpath": finding.xpath,
        "line": finding.line,
        "column": finding.column,
        "expected": finding.expected,
        "found": list(finding.found),
        "masked": finding.masked,
    }
    return {**told, "known": True} if finding.known else told


def _text(value: dict[str, Any]) -> str:
    text = json.dumps(value)
    return text if "\\ud" not in text else json.dumps(_whole(value))


def _whole(value: Any) -> Any:
    # A file name that is not UTF-8 reaches Python with lone surrogates, which strict readers of JSON refuse.
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode("utf-8")
    if isinstance(value, dict):
        return {key: _whole(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_whole(each) for each in value]
    return value
