"""
For each verb one check as an analyst writes it, with what passes and what fails it.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple


class VerbExample(NamedTuple):
    """
    A check in YAML, and what passes and fails it in words.
    """

    written: str
    passes: str
    fails: str


VERB_EXAMPLES: Mapping[str, VerbExample] = MappingProxyType(
    {
        "present": VerbExample(
            "source-endpoint: present",
            "a source.endpoint with any value",
            "no endpoint; an endpoint that is empty or holds white space only",
        ),
        "absent": VerbExample(
            "destination: absent",
            "a MessageHeader without destination",
            "a MessageHeader with destination, even an empty one",
        ),
        "count": VerbExample(
            "handling: {count: 1..1}",
            "one handling extension",
            "none, or two",
        ),
        "equals": VerbExample(
            'BusAckRequested: {equals: "true"}',
            "'true'",
            "'false', 'True', 'true ' (nothing is trimmed); missing, empty, or there twice",
        ),
        "one-of": VerbExample(
            "response-code: {one-of: [ok, fatal-error]}",
            "'ok' or 'fatal-error'",
            "'OK', 'transient-error'; missing, empty, or there twice",
        ),
        "none-of": VerbExample(
            "SenderReference: {none-of: [None, NONE]}",
            "'821207a9'",
            "'None' or 'NONE'; missing, empty, or there twice",
        ),
        "in": VerbExample(
            "event: {in: itk-message-events}",
            "'ITK007C', or any other code of the list itk-message-events",
            "'itk007c', 'ITK999Z'; missing, empty, or there twice",
        ),
        "matches": VerbExample(
            'event: {matches: "ITK[0-9]{3}[A-Z]"}',
            "'ITK007C': the whole value has this form",
            "'ITK007', 'ITK007CC', 'itk007c'; missing, empty, or there twice",
        ),
        "format": VerbExample(
            "timestamp: {format: instant}",
            "'2024-05-01T10:15:00+01:00'",
            "'2024-05-01T10:15:00', for it has no time zone; missing, empty, or there twice",
        ),
        "length": VerbExample(
            "SenderReference: {length: 1..255}",
            "a value of 255 characters",
            "a value of 256 characters; missing, empty, or there twice",
        ),
        "sha256": VerbExample(
            "./f:content: {sha256: [ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad]}",
            "'YWJj': the bytes that this base64 stands for are 'abc', which have this SHA-256",
            "'YWJk', or base64 with a mistake; missing, empty, or there twice",
        ),
        "coding": VerbExample(
            'RecipientType: {coding: {system: "https://fhir.nhs.uk/STU3/CodeSystem/ITK-RecipientType-1", code: FA}}',
            "a Coding with this system and the code FA",
            "the code FI; the code FA of another system or without one; missing, or there twice",
        ),
        "row": VerbExample(
            "event-display: {row: {of: itk-message-events, key: event, column: display}}",
            "the display that the list itk-message-events gives the event code of this message",
            "another display; where the list does not have the event code, nothing is asked",
        ),
        "refers-to": VerbExample(
            "sender: {refers-to: {resource: Organization}}",
            "a reference to the fullUrl of an entry of the same Bundle that holds an Organization",
            "a reference to a Practitioner, or to what is not in this Bundle; missing, empty, or there twice",
        ),
        "same-as": VerbExample(
            "SenderReference: {same-as: request.SenderReference}",
            "the SenderReference of the message that is answered",
            "any other; without the request it is undecided",
        ),
        "unique": VerbExample(
            "full-urls: unique",
            "a fullUrl of its own for every entry",
            "two entries with the same fullUrl",
        ),
        "order": VerbExample(
            "event-coding: {order: [system, code, display]}",
            "system, then code, then display; one that is missing is not asked for",
            "code before system",
        ),
        "references": VerbExample(
            "/f:Bundle: {references: resolve}",
            "every reference in the Bundle leads to one of its entries; absolute http addresses may point outside",
            "a reference to a fullUrl that no entry has",
        ),
        "test": VerbExample(
            'test: "count($entries) > 1"',
            "a message with two entries, for then the XPath is true",
            "a message with one entry",
        ),
    }
)
