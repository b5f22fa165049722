"""
Reports as FHIR STU3 OperationOutcome: the resources; how they are written is the business of a syntax.

The outcome of one message is the document; of several, a Bundle of type collection holds the outcome of each, as the
validator of HL7 does it. The file, line and column stand in its extensions, too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple
from urllib.parse import quote

from itk3_validator.finding import Verdict
from itk3_validator.report.kinds import Kind, Tally
from itk3_validator.report.model import Report
from itk3_validator.report.told import Told, summary, told
from itk3_validator.report.visible import visible
from itk3_validator.report.waived import WaiverNote

FHIR = "http://hl7.org/fhir"
_EXTENSIONS = f"{FHIR}/StructureDefinition/operationoutcome-"
# Codes of a system that is no address: packs have names, and publications number their requirements.
_SYSTEM = "urn:itk3-validator"
_LONGEST = 2_000


class _Weight(NamedTuple):
    """
    What an issue weighs: codes of issue-severity and issue-type.
    """

    severity: str
    code: str


_WEIGHTS: dict[Kind | Verdict, _Weight] = {
    Kind.FAILED: _Weight("error", "invariant"),
    Kind.WARNING: _Weight("warning", "invariant"),
    Kind.NOTE: _Weight("information", "invariant"),
    Kind.ERROR: _Weight("error", "exception"),
    Kind.UNDECIDED: _Weight("warning", "incomplete"),
    Kind.WAIVED: _Weight("information", "informational"),
    Verdict.UNREADABLE: _Weight("fatal", "structure"),
    Verdict.UNRECOGNISED: _Weight("error", "not-supported"),
    Verdict.ERROR: _Weight("error", "exception"),
}
_TOLD = _Weight("information", "informational")


class Syntax(NamedTuple):
    """
    How resources are written: what opens and closes a Bundle, what stands before, between and after its entries, one
    entry, and a resource by itself.
    """

    opening: str
    closing: str
    first: str
    between: str
    last: str
    entry: Callable[[dict[str, Any]], str]
    alone: Callable[[dict[str, Any]], str]


class Outcomes:
    """
    The outcomes of messages. The first is kept until it is known whether there is a second.
    """

    def __init__(self, syntax: Syntax) -> None:
        self._syntax = syntax
        self._number = 0
        self._first: dict[str, Any] = {}

    def opening(self) -> str:
        return ""

    def message(self, report: Report) -> str:
        self._number += 1
        made = outcome(report)
        if self._number == 1:
            self._first = made
            return ""
        syntax = self._syntax
        begin = syntax.opening + syntax.first + syntax.entry(self._first) if self._number == 2 else ""
        self._first = {}
        return begin + syntax.between + syntax.entry(made)

    def closing(self, _tally: Tally, _waivers: Iterable[WaiverNote] | None = None) -> str:
        syntax = self._syntax
        if self._number == 1:
            return syntax.alone(self._first)
        # An array of JSON is not empty in FHIR, so a Bundle without entries has none.
        return (syntax.last if self._number else syntax.opening) + syntax.closing


def outcome(report: Report) -> dict[str, Any]:
    """
    The OperationOutcome of one message, with its elements in the order of the specification.

    Of a message that was judged the first issue is its verdict, an information.
    """
    issues = [] if report.reason is not None else [_verdict(report)]
    return {
        "resourceType": "OperationOutcome",
        "extension": [_extension("file", "valueString", _said(report.source) or "-")],
        "issue": [*issues, *(_issue(each) for each in told(report))],
    }


def _verdict(report: Report) -> dict[str, Any]:
    judged = [
        f"{report.pack} {report.pack_version or ''}".rstrip() if report.pack else "",
        f"interaction {report.interaction}" if report.interaction else "",
        report.recognised_by,
        f"SHA-256 {report.digest}" if report.digest else "",
    ]
    about = _said(", ".join(each for each in judged if each))
    return {
        "severity": _TOLD.severity,
        "code": _TOLD.code,
        "details": {"coding": [_coding("verdict", report.verdict.value)], "text": summary(report)},
        **({"diagnostics": about} if about else {}),
    }


def _issue(entry: Told) -> dict[str, Any]:
    weight = _WEIGHTS[entry.kind]
    result, finding = entry.result, entry.finding
    coding = (
        _coding("verdict", entry.id) if result is None else _coding(f"pack:{quote(visible(result.pack))}", entry.id)
    )
    extensions = [
        _extension(name, "valueInteger", number)
        for name, number in (("issue-line", entry.line), ("issue-col", entry.column))
        if number is not None
    ]
    return {
        **({"extension": extensions} if extensions else {}),
        "severity": weight.severity,
        "code": weight.code,
        "details": {"coding": [coding], "text": entry.text.strip() or entry.id},
        **({"diagnostics": entry.detail} if entry.detail.strip() else {}),
        **({"location": [_said(finding.xpath)]} if finding is not None else {}),
    }


def _coding(system: str, code: str) -> dict[str, Any]:
    return {"system": f"{_SYSTEM}:{system}", "code": _said(code)}


def _extension(name: str, kind: str, value: str | int) -> dict[str, Any]:
    return {"url": f"{_EXTENSIONS}{name}", kind: value}


def _said(text: str) -> str:
    # A string of FHIR holds something other than white space, or is not there.
    return visible(text, longest=_LONGEST).strip()
