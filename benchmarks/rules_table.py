"""
One table of rules of the seeds' kind, from which every contestant's rules are written: 30 for a report, 10 for a response.

A rule says what must be true of the values at a place. The place is a path from an anchor, so that a Schematron gets one
`rule` for each anchor and the engine one selector.
"""

from __future__ import annotations

from typing import NamedTuple

SD = "https://fhir.nhs.uk/STU3/StructureDefinition/"
CS = "https://fhir.nhs.uk/STU3/CodeSystem/"
MD = "https://fhir.nhs.uk/STU3/MessageDefinition/"

HEADER = "/f:Bundle/f:entry/f:resource/f:MessageHeader"
DOCUMENT = "/f:Bundle/f:entry/f:resource/f:Bundle"
ANCHORS = {
    "bundle": "/f:Bundle",
    "header": HEADER,
    "handling": f"{HEADER}/f:extension[@url='{SD}Extension-ITK-MessageHandling-2']",
    "organisation": "/f:Bundle/f:entry/f:resource/f:Organization",
    "outcome": "/f:Bundle/f:entry/f:resource/f:OperationOutcome",
    "document": DOCUMENT,
    "composition": f"{DOCUMENT}/f:entry/f:resource/f:Composition",
    "patient": f"{DOCUMENT}/f:entry/f:resource/f:Patient",
}


class Row(NamedTuple):
    """
    One rule: *verb* with *argument* holds for what *path* finds below the anchor.

    The verbs are those of `written`; where one needs exactly one value it says so itself.
    """

    id: str
    anchor: str
    path: str
    verb: str
    argument: tuple[str, ...] = ()


def _row(id: str, anchor: str, path: str, verb: str, *argument: str) -> Row:
    return Row(id, anchor, path, verb, argument)


REPORT = (
    _row("ITK-Message-Bundle-1#Bundle.meta.profile", "bundle", "f:meta/f:profile", "equals", f"{SD}ITK-Message-Bundle-1"),
    _row("ITK-Message-Bundle-1#Bundle.identifier", "bundle", "f:identifier", "one"),
    _row("ITK-Message-Bundle-1#Bundle.identifier.value", "bundle", "f:identifier/f:value", "uuid"),
    _row("ITK-Message-Bundle-1#Bundle.type", "bundle", "f:type", "equals", "message"),
    _row("ITK-Message-Bundle-1#Bundle.total", "bundle", "f:total", "absent"),
    _row("ITK-Message-Bundle-1#Bundle.link", "bundle", "f:link", "absent"),
    _row("ITK-Message-Bundle-1#Bundle.signature", "bundle", "f:signature", "absent"),
    _row("ITK-Message-Bundle-1#Bundle.entry[1].resource", "bundle", "f:entry[1]/f:resource/f:MessageHeader", "one"),
    _row("ITK-MessageHeader-2#MessageHeader.meta.profile", "header", "f:meta/f:profile", "equals", f"{SD}ITK-MessageHeader-2"),
    _row("ITK-MessageHeader-2#MessageHeader.event.display", "header", "f:event/f:display", "present"),
    _row("ITK-MessageHeader-2#MessageHeader.enterer", "header", "f:enterer", "absent"),
    _row("ITK-MessageHeader-2#MessageHeader.focus", "header", "f:focus", "one"),
    _row("GPCM-SD-OC-148", "header", "f:sender", "organisation", f"{SD}CareConnect-ITK-Header-Organization-1"),
    _row("GPCM-SD-OC-149", "header", "f:source/f:endpoint", "present"),
    _row("GPCM-SD-OC-150", "header", "f:event", "coding", f"{CS}ITK-MessageEvent-2", "ITK007C"),
    _row("GPCM-SD-OC-151", "header", "f:timestamp", "instant"),
    _row("GPCM-SD-OC-152", "header", "f:destination", "absent"),
    _row("GPCM-SD-OC-152/2", "header", "f:receiver", "absent"),
    _row("GPCM-SD-OC-141", "handling", "f:extension[@url='RecipientType']/f:valueCoding", "coding", f"{CS}ITK-RecipientType-1", "FA", "FI"),
    _row("GPCM-SD-OC-143", "handling", "f:extension[@url='BusAckRequested']/f:valueBoolean", "equals", "true"),
    _row("GPCM-SD-OC-144", "handling", "f:extension[@url='InfAckRequested']/f:valueBoolean", "equals", "true"),
    _row("GPCM-SD-OC-145", "handling", "f:extension[@url='SenderReference']/f:valueString", "none-of", "None"),
    _row("GPCM-SD-OC-146", "handling", "f:extension[@url='MessageDefinition']/f:valueReference/f:reference", "equals", f"{MD}ITK-GPConnectSendDocument-MessageDefinition-1"),
    _row("GPCM-SD-OC-147", "handling", "f:extension[@url='LocalExtension']/f:valueString", "equals", "SendDocument-OnlineConsultationReport"),
    _row("CareConnect-ITK-Header-Organization-1#Organization.identifier.value", "organisation", "f:identifier/f:value", "ods-code"),
    _row("CareConnect-ITK-Header-Organization-1#Organization.contact", "organisation", "f:contact", "absent"),
    _row("ITK-Document-Bundle-1#Bundle.type", "document", "f:type", "equals", "document"),
    _row("ITK-Document-Bundle-1#Bundle.identifier.system", "document", "f:identifier/f:system", "equals", "https://tools.ietf.org/html/rfc4122"),
    _row("ITK-Document-Bundle-1#Bundle.entry[1].resource", "document", "f:entry[1]/f:resource/f:Composition", "one"),
    _row("ITK-Document-Bundle-1#Composition.status", "document", "f:entry[1]/f:resource/f:Composition/f:status", "one-of", "preliminary", "final", "amended"),
)  # fmt: skip

RESPONSE = (
    _row("ITK-Message-Bundle-1#Bundle.type", "bundle", "f:type", "equals", "message"),
    _row("GPCM-SD-OC-153", "handling", "f:extension[@url='BusAckRequested']/f:valueBoolean", "equals", "false"),
    _row("GPCM-SD-OC-154", "handling", "f:extension[@url='InfAckRequested']/f:valueBoolean", "equals", "false"),
    _row("GPCM-SD-OC-155", "handling", "f:extension[@url='SenderReference']/f:valueString", "none-of", "None"),
    _row("GPCM-SD-OC-156", "header", "f:sender", "organisation", f"{SD}CareConnect-ITK-Header-Organization-1"),
    _row("GPCM-SD-OC-157", "header", "f:event", "coding", f"{CS}ITK-MessageEvent-2", "ITK008M"),
    _row("GPCM-SD-OC-158", "header", "f:timestamp", "instant"),
    _row("ITK-MessageHeader-2#MessageHeader.response.identifier", "header", "f:response/f:identifier", "uuid"),
    _row("RSP-ITK#MessageHeader.response.code", "header", "f:response/f:code", "one-of", "ok", "transient-error", "fatal-error"),
    _row("GPCM-SD-OC-169", "outcome", f"f:issue/f:details/f:coding[f:system/@value='{CS}ITK-ResponseCodes-1']/f:code", "one-of", *map(str, range(30001, 30019))),
)  # fmt: skip
