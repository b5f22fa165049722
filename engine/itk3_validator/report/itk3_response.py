"""
The ITK3 response (ITK008M) of a receiver that has validated a message.

Source: ITK3 Messaging Distribution 2.10.0, Response message; GP Connect Messaging 1.5.1, GPCM-SD-OC-153 to 158.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid5

from lxml import etree

from itk3_validator.errors import CallInvalid
from itk3_validator.fhir import FHIR, Node
from itk3_validator.report.answer import Answer, answer, silence
from itk3_validator.report.responder import Responder
from itk3_validator.report.response_codes import SYSTEM

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from itk3_validator.report.model import Report

UNREADABLE_ID = "UNREADABLE-IN-ORIGINAL-MESSAGE"

_SD = "https://fhir.nhs.uk/STU3/StructureDefinition/"
_CS = "https://fhir.nhs.uk/STU3/CodeSystem/"
_DEFINITION = "https://fhir.nhs.uk/STU3/MessageDefinition/ITK-Response-MessageDefinition-1"
_NAMESPACES: Any = {None: FHIR}


def respond(report: Report, responder: Responder, *, id: UUID, timestamp: datetime) -> bytes | None:
    """
    The response to a message, or None when it is not answered: see `answer.silence`.

    Args:
        responder: who answers.

        id: the id of the response's MessageHeader; those of its other resources follow from it.

        timestamp: when it is made, with its time zone.

    Returns:
        One line of XML, in ASCII, with a line end.

    Raises:
        CallInvalid: The timestamp has no time zone.
    """
    if timestamp.utcoffset() is None:
        raise CallInvalid("the timestamp of a response needs a time zone")
    if silence(report) is not None:
        return None
    root = _bundle(report, answer(report), responder, id, _instant(timestamp))
    # ASCII can be written to any stream; characters outside it become numbers.
    return b'<?xml version="1.0" encoding="UTF-8"?>' + etree.tostring(root, encoding="us-ascii") + b"\n"


def _instant(timestamp: datetime) -> str:
    from datetime import UTC

    return timestamp.astimezone(UTC).isoformat(timespec="seconds")


def _bundle(report: Report, answered: Answer, responder: Responder, header: UUID, instant: str) -> Node:
    sender, outcome = (uuid5(header, name) for name in ("Organization", "OperationOutcome"))
    root = etree.Element(f"{{{FHIR}}}Bundle", nsmap=_NAMESPACES)
    _put(root, "id", str(uuid5(header, "Bundle")))
    _profile(root, f"{_SD}ITK-Message-Bundle-1")
    identifier = _put(root, "identifier")
    _put(identifier, "system", "https://tools.ietf.org/html/rfc4122")
    _put(identifier, "value", str(uuid5(header, "Bundle.identifier")))
    _put(root, "type", "message")
    made = _entry(root, "MessageHeader", header, f"{_SD}ITK-MessageHeader-2")
    _fill_header(made, report, answered, responder, sender=sender, outcome=outcome, instant=instant)
    made = _entry(root, "Organization", sender, f"{_SD}CareConnect-ITK-Header-Organization-1")
    identifier = _put(made, "identifier")
    _put(identifier, "system", "https://fhir.nhs.uk/Id/ods-organization-code")
    _put(identifier, "value", responder.ods)
    _fill_outcome(_entry(root, "OperationOutcome", outcome, f"{_SD}ITK-Response-OperationOutcome-1"), answered)
    return root


def _fill_header(
    made: Node,
    report: Report,
    answered: Answer,
    responder: Responder,
    *,
    sender: UUID,
    outcome: UUID,
    instant: str,
) -> None:
    received = report.received
    reference = received.sender_reference if received is not None else None
    identifier = received.identifier if received is not None else None
    _fill_handling(made, reference or "None")
    _coding(_put(made, "event"), f"{_CS}ITK-MessageEvent-2", "ITK008M", "ITK Response")
    said = _put(made, "sender")
    _put(said, "reference", f"urn:uuid:{sender}")
    if responder.organisation is not None:
        _put(said, "display", responder.organisation)
    _put(made, "timestamp", instant)
    _put(_put(made, "source"), "endpoint", responder.mailbox)
    response = _put(made, "response")
    _put(response, "identifier", identifier or UNREADABLE_ID)
    _put(response, "code", answered.code.response_code)
    _put(_put(response, "details"), "reference", f"urn:uuid:{outcome}")


def _fill_handling(made: Node, reference: str) -> None:
    handling = _extension(made, f"{_SD}Extension-ITK-MessageHandling-2")
    _put(_extension(handling, "BusAckRequested"), "valueBoolean", "false")
    _put(_extension(handling, "InfAckRequested"), "valueBoolean", "false")
    recipient = _put(_extension(handling, "RecipientType"), "valueCoding")
    _coding(recipient, f"{_CS}ITK-RecipientType-1", "FA", "For Action")
    _put(_put(_extension(handling, "MessageDefinition"), "valueReference"), "reference", _DEFINITION)
    _put(_extension(handling, "SenderReference"), "valueString", reference)
    _put(_extension(handling, "LocalExtension"), "valueString", "None")


def _fill_outcome(made: Node, answered: Answer) -> None:
    issue = _put(made, "issue")
    _put(issue, "severity", answered.code.severity)
    _put(issue, "code", answered.code.issue_codes[0])
    _coding(_put(_put(issue, "details"), "coding"), SYSTEM, answered.code.code, answered.code.display)
    if answered.diagnostics is not None:
        _put(issue, "diagnostics", answered.diagnostics)


def _entry(root: Node, resource: str, id: UUID, profile: str) -> Node:
    entry = _put(root, "entry")
    _put(entry, "fullUrl", f"urn:uuid:{id}")
    made = _put(_put(entry, "resource"), resource)
    _put(made, "id", str(id))
    _profile(made, profile)
    return made


def _profile(made: Node, profile: str) -> None:
    _put(_put(made, "meta"), "profile", profile)


def _extension(parent: Node, url: str) -> Node:
    made = _put(parent, "extension")
    made.set("url", url)
    return made


def _coding(made: Node, system: str, code: str, display: str) -> None:
    _put(made, "system", system)
    _put(made, "code", code)
    _put(made, "display", display)


def _put(parent: Node, name: str, value: str | None = None) -> Node:
    made = etree.SubElement(parent, f"{{{FHIR}}}{name}")
    if value is not None:
        made.set("value", value)
    return made
