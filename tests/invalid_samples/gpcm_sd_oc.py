"""
Invalid samples of the pack gpcm-sd-oc.
"""

from __future__ import annotations

from invalid_samples.parts import (
    RECEIVER,
    RECEIVER_REFERENCE,
    answer,
    entry,
    event,
    organization,
    practitioner,
    recipient,
)
from invalid_samples.row import HEADER, MD, Row, key
from sample_edits import Edit, after, before, remove, replace, value

PRIMARY = "gpcm-sd-oc-primary"
COPY = "gpcm-sd-oc-copy"
INFRASTRUCTURE = "gpcm-sd-oc-infrastructure-response"
BUSINESS = "gpcm-sd-oc-business-response"
REQUEST = "valid/gpcm-sd-oc-primary.xml"

SENDER = "c23b3dd8-bfab-4927-bb3f-73ee70d7cf61"
PAYLOAD_ORGANIZATION = "urn:uuid:f71eeff6-d5ff-427f-a55f-ec78355176aa"


def report(id: str, what: str, *edits: Edit, base: str = PRIMARY, **facts: str) -> Row:
    return Row("gpcm-sd-oc", id, base, what, edits, facts or {"recipient": "primary"})


def response(
    id: str,
    what: str,
    *edits: Edit,
    base: str = INFRASTRUCTURE,
    request: str = REQUEST,
    also: tuple[str, ...] = (),
) -> Row:
    return Row("gpcm-sd-oc", id, base, what, edits, request=request, also=also)


ROWS = (
    report(
        "GPCM-SD-OC-141",
        "the message goes to the primary recipient, and RecipientType is FI.",
        *recipient("FI", "For Information"),
    ),
    report(
        "GPCM-SD-OC-142",
        "the message is the copy to the registered GP practice, and RecipientType is FA.",
        *recipient("FA", "For Action"),
        base=COPY,
        recipient="copy",
    ),
    report(
        "GPCM-SD-OC-143",
        "BusAckRequested is false.",
        value(key("BusAckRequested") + "/f:valueBoolean", "false"),
    ),
    response(
        "GPCM-SD-OC-143/2",
        "the business response carries 30019, which is beyond 30018.",
        *answer("ok", "information", "informational", "30019", "GP Registration - Application accepted"),
        base=BUSINESS,
        also=("GPCM-SD-OC-169",),
    ),
    report(
        "GPCM-SD-OC-144",
        "InfAckRequested is false.",
        value(key("InfAckRequested") + "/f:valueBoolean", "false"),
    ),
    response(
        "GPCM-SD-OC-144/2",
        "the infrastructure response carries 20014, which is beyond 20013.",
        *answer("fatal-error", "fatal", "processing", "20014", "Unable to Process Replacement Document"),
    ),
    report(
        "GPCM-SD-OC-145",
        "SenderReference is None, where the identifier of the encounter is wanted.",
        value(key("SenderReference") + "/f:valueString", "None"),
    ),
    report(
        "GPCM-SD-OC-146",
        "MessageDefinition is the one of an older guide, ...-Instance-1.",
        value(
            key("MessageDefinition") + "/f:valueReference/f:reference",
            MD + "ITK-GPConnectSendDocument-MessageDefinition-Instance-1",
        ),
    ),
    report(
        "GPCM-SD-OC-147",
        "LocalExtension is that of another use case.",
        value(key("LocalExtension") + "/f:valueString", "SendDocument-ConsultationSummary"),
    ),
    report(
        "GPCM-SD-OC-148",
        "sender refers to the Organization in the payload, not to one in the message Bundle.",
        value(f"{HEADER}/f:sender/f:reference", PAYLOAD_ORGANIZATION),
    ),
    report("GPCM-SD-OC-149", "source is missing.", remove(f"{HEADER}/f:source")),
    report(
        "GPCM-SD-OC-149/2",
        "source is not the mailbox that the message was sent from, 8ZX41OT001.",
        value(f"{HEADER}/f:source/f:endpoint", "8ZX41OT002"),
        recipient="primary",
        mailbox="8ZX41OT001",
    ),
    report("GPCM-SD-OC-150", "event is ITK003D.", *event("ITK003D", "ITK eDischarge")),
    report(
        "GPCM-SD-OC-151",
        "timestamp has no time zone, so it is no FHIR instant.",
        value(f"{HEADER}/f:timestamp", "2024-03-12T09:42:00"),
    ),
    report(
        "GPCM-SD-OC-152",
        "receiver is present.",
        before(f"{HEADER}/f:sender", RECEIVER_REFERENCE),
        after("/f:Bundle/f:entry[2]", entry(f"urn:uuid:{RECEIVER}", organization(RECEIVER, "FZ941"), "The receiver")),
    ),
    response(
        "GPCM-SD-OC-153",
        "BusAckRequested is true in a response.",
        value(key("BusAckRequested") + "/f:valueBoolean", "true"),
    ),
    response(
        "GPCM-SD-OC-154",
        "InfAckRequested is true in a response.",
        value(key("InfAckRequested") + "/f:valueBoolean", "true"),
        base=BUSINESS,
    ),
    response(
        "GPCM-SD-OC-155",
        "SenderReference is not the one of the request.",
        value(key("SenderReference") + "/f:valueString", "3d0c8a0e-52c7-4f6b-8f43-0f1f2a9d7b65"),
    ),
    response(
        "GPCM-SD-OC-155/2",
        "SenderReference is None; so it is in the request, so that GPCM-SD-OC-155 is kept.",
        value(key("SenderReference") + "/f:valueString", "None"),
        request="invalid/GPCM-SD-OC-145.xml",
    ),
    response(
        "GPCM-SD-OC-156",
        "sender refers to a Practitioner.",
        replace(
            "/f:Bundle/f:entry[2]/f:resource/f:Organization",
            practitioner(SENDER),
        ),
    ),
    response(
        "GPCM-SD-OC-157",
        "event is ITK001M, the infrastructure acknowledgement of 2018.",
        *event("ITK001M", "ITK Infrastructure Acknowledgement"),
    ),
    response(
        "GPCM-SD-OC-158",
        "timestamp is no FHIR instant: white space between date and time, no time zone.",
        value(f"{HEADER}/f:timestamp", "2024-03-12 09:43:10"),
    ),
    response(
        "GPCM-SD-OC-169",
        "the business response carries 30019; the request did not ask for one, so GPCM-SD-OC-143/2 is silent.",
        *answer("ok", "information", "informational", "30019", "GP Registration - Application accepted"),
        base=BUSINESS,
        request="invalid/GPCM-SD-OC-143.xml",
    ),
)
