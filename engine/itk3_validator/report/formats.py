"""
The formats of a report: one table, for the command line and for whoever negotiates a media type.

A format is a document that is made in pieces, so that it can be written while messages are still being judged.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from importlib import import_module
from typing import TYPE_CHECKING, Protocol

from itk3_validator.value import Value

if TYPE_CHECKING:
    from itk3_validator.report.kinds import Kind, Tally
    from itk3_validator.report.model import Report
    from itk3_validator.report.waived import WaiverNote


class Format(Value):
    """
    One format. Its module offers `document(asked)`, which returns a `Document`.

    *media_type* is not unique; where one is asked for, the first of the table is meant.

    *streamed*: each message is of use as soon as it is written. Otherwise the whole is one document, which can be read
    when it is closed.
    """

    name: str
    module: str
    media_type: str
    streamed: bool


class Asked(Value):
    """
    What a document is to be like.

    *failing* are the kinds that make a run fail; None is a failed rule of severity error. *colour*, *verbose* and
    *quiet* are for text alone.
    """

    tool_version: str
    failing: Collection[Kind] | None = None
    colour: bool = False
    verbose: bool = False
    quiet: bool = False


class Document(Protocol):
    """
    A report in the making: `opening` first, `message` for each, `closing` last. What it keeps does not grow with the
    number of messages.
    """

    def opening(self) -> str: ...

    def message(self, report: Report) -> str: ...

    def closing(self, tally: Tally, waivers: Iterable[WaiverNote] | None = None) -> str: ...


FORMATS = {
    each.name: each
    for each in (
        Format("text", "text", "text/plain", streamed=True),
        Format("json", "json_v1", "application/json", streamed=False),
        Format("ndjson", "ndjson", "application/x-ndjson", streamed=True),
        Format("html", "html", "text/html", streamed=False),
        Format("operation-outcome", "operation_outcome_xml", "application/fhir+xml", streamed=False),
        Format("operation-outcome-json", "operation_outcome_json", "application/fhir+json", streamed=False),
        Format("sarif", "sarif", "application/sarif+json", streamed=False),
        Format("junit", "junit", "application/xml", streamed=False),
        Format("github", "github", "text/plain", streamed=True),
        Format("gitlab", "gitlab", "application/json", streamed=False),
        Format("csv", "csv_table", "text/csv", streamed=True),
        Format("svrl", "svrl", "application/xml", streamed=False),
    )
}


def document(name: str, asked: Asked) -> Document:
    """
    A new document of the format *name*, one of `FORMATS`.
    """
    made: Document = import_module(f"itk3_validator.report.{FORMATS[name].module}").document(asked)
    return made


def parts(
    name: str, reports: Iterable[Report], asked: Asked, waivers: Iterable[WaiverNote] | None = None
) -> Iterator[str]:
    """
    The document over *reports*, in pieces: the opening, one for each message, the closing.
    """
    from itk3_validator.report.kinds import Tally

    made, tally = document(name, asked), Tally()
    yield made.opening()
    for report in reports:
        tally = tally.plus(report)
        yield made.message(report)
    yield made.closing(tally, waivers)


def render(name: str, reports: Iterable[Report], asked: Asked, waivers: Iterable[WaiverNote] | None = None) -> str:
    """
    The same document, whole.
    """
    return "".join(parts(name, reports, asked, waivers))
