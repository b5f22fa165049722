"""
Invalid samples of ITK-MessageHeader-2.
"""

from __future__ import annotations

from invalid_samples.itk3_message.common import BUNDLE, LETTER, NOBODY, SENDER_RESOURCE, rows
from invalid_samples.parts import RECEIVER, RECEIVER_REFERENCE, entry, event, organization
from invalid_samples.row import CS, HANDLING, HEADER, SD
from sample_edits import after, before, move_after, remove, repeat, value

HEADER_ROWS = rows(
    "ITK-MessageHeader-2#MessageHeader.",
    (
        "meta.profile",
        "the profile is the ITK-MessageHeader-1 of 2017.",
        (value(f"{HEADER}/f:meta/f:profile", SD + "ITK-MessageHeader-1"),),
    ),
    ("id", "the id of the MessageHeader stands twice.", (repeat(f"{HEADER}/f:id"),)),
    ("extension:ITKMessageHandling", "the handling extension is missing.", (remove(HANDLING),)),
    ("event", "event is missing.", (remove(f"{HEADER}/f:event"),)),
    (
        "event.system",
        "the system of the event is ITK-MessageEvent-1.",
        (value(f"{HEADER}/f:event/f:system", CS + "ITK-MessageEvent-1"),),
    ),
    ("event.code", "the event has no code.", (remove(f"{HEADER}/f:event/f:code"),)),
    (
        "event.code/list",
        "the event is the withdrawn ITK001M.",
        event("ITK001M", "ITK Infrastructure Acknowledgement"),
    ),
    ("event.display", "the event has no display.", (remove(f"{HEADER}/f:event/f:display"),)),
    (
        "event.display/list",
        "the display of the event is that of an older code list.",
        (value(f"{HEADER}/f:event/f:display", "ITK Response Acknowledgement"),),
    ),
    (
        "event.version",
        "the event states the version of its code system.",
        (after(f"{HEADER}/f:event/f:system", '<version value="2.8.0"/>'),),
    ),
    (
        "destination",
        "destination is present.",
        (after(f"{HEADER}/f:event", '<destination>\n  <endpoint value="8ZX41OT001"/>\n</destination>'),),
    ),
    (
        "receiver.reference",
        "the receiver refers to an Organization that is not there.",
        (before(f"{HEADER}/f:sender", RECEIVER_REFERENCE),),
    ),
    (
        "receiver.reference/profile",
        "the receiver's Organization states the profile of a payload Organization.",
        (
            before(f"{HEADER}/f:sender", RECEIVER_REFERENCE),
            after(
                f"{BUNDLE}/f:entry[2]",
                entry(
                    f"urn:uuid:{RECEIVER}",
                    organization(
                        RECEIVER, "8ZX41", "https://fhir.hl7.org.uk/STU3/StructureDefinition/CareConnect-Organization-1"
                    ),
                    "The receiver",
                ),
            ),
        ),
    ),
    ("sender", "sender is missing.", (remove(f"{HEADER}/f:sender"),)),
    (
        "sender.reference",
        "the sender refers to an Organization that is not there.",
        (value(f"{HEADER}/f:sender/f:reference", NOBODY),),
    ),
    (
        "sender.reference/external",
        "the sender is described only at an address outside the message.",
        (value(f"{HEADER}/f:sender/f:reference", "https://directory.example/STU3/Organization/FZ941"),),
    ),
    (
        "sender.reference/profile",
        "the sender's Organization states the profile of a payload Organization.",
        (
            value(
                f"{SENDER_RESOURCE}/f:meta/f:profile",
                "https://fhir.hl7.org.uk/STU3/StructureDefinition/CareConnect-Organization-1",
            ),
        ),
    ),
    (
        "timestamp",
        "the timestamp has no seconds.",
        (value(f"{HEADER}/f:timestamp", "2024-03-12T09:43+00:00"),),
    ),
    (
        "enterer",
        "enterer is present.",
        (after(f"{HEADER}/f:timestamp", '<enterer>\n  <display value="Night desk"/>\n</enterer>'),),
    ),
    (
        "author",
        "author is present.",
        (after(f"{HEADER}/f:timestamp", '<author>\n  <display value="Night desk"/>\n</author>'),),
    ),
    (
        "source",
        "source has a name.",
        (before(f"{HEADER}/f:source/f:endpoint", '<name value="Thistlebury Pharmacy"/>'),),
    ),
    ("source.endpoint", "source is missing, and with it the endpoint.", (remove(f"{HEADER}/f:source"),)),
    (
        "responsible",
        "responsible is present.",
        (after(f"{HEADER}/f:source", '<responsible>\n  <display value="Night desk"/>\n</responsible>'),),
    ),
    (
        "reason",
        "reason is present.",
        (after(f"{HEADER}/f:source", '<reason>\n  <text value="Acknowledgement"/>\n</reason>'),),
    ),
    ("response", "there are two responses.", (repeat(f"{HEADER}/f:response"),)),
    (
        "response.identifier",
        "response does not say which message it answers.",
        (remove(f"{HEADER}/f:response/f:identifier"),),
    ),
    ("response.code", "response.code is accepted.", (value(f"{HEADER}/f:response/f:code", "accepted"),)),
    (
        "response.details",
        "response has no details.",
        (remove(f"{HEADER}/f:response/f:details"),),
    ),
)

ORDER = rows(
    "ITK-MessageHeader-2#MessageHeader/",
    ("order", "source stands before event.", (move_after(f"{HEADER}/f:source", HANDLING),)),
)

LETTER_HEADER_ROWS = rows(
    "ITK-MessageHeader-2#MessageHeader.",
    ("receiver", "there are two receivers.", (repeat(f"{HEADER}/f:receiver"),)),
    ("focus", "there are two focus elements.", (repeat(f"{HEADER}/f:focus"),)),
    (
        "focus.reference",
        "focus names the payload without the prefix urn:uuid.",
        (value(f"{HEADER}/f:focus/f:reference", "d0c57ddf-0f04-4136-9b54-50fe8770a3bd"),),
    ),
    base=LETTER,
)

ROWS = (*HEADER_ROWS, *ORDER, *LETTER_HEADER_ROWS)
