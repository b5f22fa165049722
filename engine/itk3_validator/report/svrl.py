"""
Reports as SVRL, the report language of Schematron: a failed assertion for each place of a rule that failed.

As the ISO skeleton writes it: `document` names the message, and an `id` stands as often as its rule failed. What is
undecided or waived is not in it; `role` of the pattern is the verdict.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from itk3_validator.finding import Verdict
from itk3_validator.report.formats import Asked
from itk3_validator.report.kinds import Kind, Tally
from itk3_validator.report.model import Report
from itk3_validator.report.told import Told, told
from itk3_validator.report.waived import WaiverNote
from itk3_validator.report.xml_pieces import DECLARATION, Element, element, piece

NAMESPACE = "http://purl.oclc.org/dsdl/svrl"
_PREFIXES = {"f": "http://hl7.org/fhir", "h": "http://www.w3.org/1999/xhtml"}
_ROLES: dict[Kind | Verdict, str] = {
    Kind.FAILED: "error",
    Kind.WARNING: "warning",
    Kind.NOTE: "information",
    Kind.ERROR: "not-run",
    Verdict.UNREADABLE: "unreadable",
    Verdict.UNRECOGNISED: "unrecognised",
    Verdict.ERROR: "not-run",
}


def document(asked: Asked) -> Output:
    """
    An output without patterns.
    """
    return Output(asked.tool_version)


class Output:
    """
    One pattern for each message.
    """

    def __init__(self, tool_version: str) -> None:
        self._tool_version = tool_version

    def opening(self) -> str:
        prefixes = "".join(
            f'<svrl:ns-prefix-in-attribute-values prefix="{prefix}" uri="{uri}"/>\n'
            for prefix, uri in _PREFIXES.items()
        )
        title = f'title="itk3-validator {self._tool_version}"'
        return f'{DECLARATION}<svrl:schematron-output xmlns:svrl="{NAMESPACE}" {title}>\n{prefixes}'

    def message(self, report: Report) -> str:
        return "".join(piece(each) for each in _pattern(report))

    def closing(self, tally: Tally, _waivers: Iterable[WaiverNote] | None = None) -> str:
        # The language asks for a pattern.
        nothing = "" if tally.messages else '<svrl:active-pattern/>\n<svrl:fired-rule context="/"/>\n'
        return f"{nothing}</svrl:schematron-output>\n"


def _pattern(report: Report) -> Iterator[Element]:
    parts = [
        f"{report.pack} {report.pack_version or ''}".rstrip() if report.pack else None,
        f"interaction {report.interaction}" if report.interaction else None,
    ]
    named = {"name": ", ".join(each for each in parts if each)} if any(parts) else {}
    yield _element("active-pattern", {"document": report.source, **named, "role": report.verdict.value})
    yield _element("fired-rule", {"context": "/"})
    yield from (_failed(each, _ROLES[each.kind]) for each in told(report) if each.kind in _ROLES)


def _failed(entry: Told, role: str) -> Element:
    return _element(
        "failed-assert",
        {
            "id": entry.id,
            "test": entry.text or entry.id,
            "location": entry.finding.xpath if entry.finding is not None else "/",
            "role": role,
        },
        _element("text", {}, f"{'Could not be run: ' if entry.kind is Kind.ERROR else ''}{entry.says}"),
    )


def _element(name: str, attributes: dict[str, str], *children: Element | str) -> Element:
    return element(f"{{{NAMESPACE}}}{name}", attributes, *children, namespaces={"svrl": NAMESPACE})
