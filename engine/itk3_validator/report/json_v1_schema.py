"""
The JSON Schema (draft 2020-12) of the JSON report, version 1; docs/report-v1.schema.json is written from it.
"""

from __future__ import annotations

import json
from typing import Any

from itk3_validator.finding import LEVELS, Outcome, Severity, Verdict
from itk3_validator.report.waived import Standing


def schema_text() -> str:
    """
    The text of docs/report-v1.schema.json.
    """
    return json.dumps(SCHEMA, indent=2, ensure_ascii=False) + "\n"


def _object(description: str, **properties: dict[str, Any]) -> dict[str, Any]:
    return {"description": description, "type": "object", "required": list(properties), "properties": properties}


def _with(made: dict[str, Any], **optional: dict[str, Any]) -> dict[str, Any]:
    """
    The same object with keys that need not be there.
    """
    return {**made, "properties": {**made["properties"], **optional}}


def _text(description: str) -> dict[str, Any]:
    return {"description": description, "type": "string"}


def _text_or_null(description: str) -> dict[str, Any]:
    return {"description": description, "type": ["string", "null"]}


def _number_or_null(description: str) -> dict[str, Any]:
    return {"description": description, "type": ["integer", "null"], "minimum": 1}


def _one_of(description: str, values: type[Outcome] | type[Severity] | type[Verdict]) -> dict[str, Any]:
    return {"description": description, "type": "string", "enum": [each.value for each in values]}


def _list(description: str, items: str) -> dict[str, Any]:
    return {"description": description, "type": "array", "items": {"$ref": f"#/$defs/{items}"}}


_DIGEST = "^[0-9a-f]{64}$"

_MESSAGE = _object(
    "One message and what became of it.",
    source=_text("The name under which the message was read: a path, ARCHIVE!/NAME, <stdin>, or a hash of these."),
    digest={
        "description": "SHA-256 of the bytes received, in lower-case hex; empty when no bytes could be read.",
        "type": "string",
        "pattern": "^([0-9a-f]{64})?$",
    },
    pack=_text_or_null("The rule pack that governs the message; null when none was found."),
    pack_version=_text_or_null("The version of that pack."),
    pack_digest={**_text_or_null("SHA-256 of that pack, in lower-case hex."), "pattern": _DIGEST},
    interaction=_text_or_null("The kind of message, by the pack's own name for it."),
    recognised_by=_text("Why this pack and interaction were chosen; empty when none was."),
    verdict=_one_of(
        "valid: no rule failed. invalid: a rule failed. undecided: a fact or the request is missing. "
        "unreadable: it cannot be judged. unrecognised: no pack governs it. error: a rule could not be run.",
        Verdict,
    ),
    reason={
        "description": "Why the message was not judged; null when it was.",
        "oneOf": [{"$ref": "#/$defs/reason"}, {"type": "null"}],
    },
    counts={
        **_object(
            "How many rules came to each outcome.",
            **{each.value: {"type": "integer", "minimum": 0} for each in Outcome},
        ),
        "additionalProperties": False,
    },
    results=_list("One entry for each rule, in the order of the pack.", "result"),
)
_MESSAGE = _with(
    _MESSAGE,
    published_as={
        "description": "The names that the publication uses for the interaction; none when it was not judged.",
        "type": "array",
        "items": {"type": "string"},
    },
)

_REASON = _object(
    "Why a message was not judged.",
    text=_text("One sentence."),
    line=_number_or_null("The line, from 1, when known."),
    column=_number_or_null("The column in code points, from 1, when known."),
)

_RESULT = _object(
    "What became of one rule.",
    id=_text("The requirement's own number in its publication."),
    pack=_text("The pack in which the rule is written."),
    outcome=_one_of(
        "undecided: a fact or the request is missing. error: the rule could not be run. waived: not held against the "
        "message because the caller said so.",
        Outcome,
    ),
    level={"description": "The requirement's own word.", "type": "string", "enum": list(LEVELS)},
    severity=_one_of("How much a failure weighs; it follows from the level.", Severity),
    text=_text("The requirement in one sentence."),
    part=_text_or_null("What of the requirement stays unchecked."),
    message=_text_or_null("What is wrong, or what would decide it, in one sentence."),
    source=_text_or_null("The clause in the publication."),
    link=_text_or_null("Where to read it."),
    findings=_list("The places, for a rule that did not pass.", "finding"),
    remedy=_text_or_null("What to do about a failure."),
    response_code=_text_or_null("What an ITK3 receiver answers when this fails."),
)
_RESULT = _with(_RESULT, waiver={"description": "Why it is not held against the message.", "$ref": "#/$defs/waived"})

_DAY = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"

_WAIVED = _object(
    "Why a result is waived; not there when --ignore alone says so.",
    by={"description": "What says so.", "type": "string", "enum": ["waiver", "baseline"]},
    was=_one_of("The outcome without it.", Outcome),
    reason=_text("Why it is accepted."),
    owner=_text_or_null("Who answers for it; null for the baseline."),
    expires={**_text_or_null("The last day on which it counts, as YYYY-MM-DD."), "pattern": _DAY},
    file=_text("The file of waivers, or the baseline."),
    line=_number_or_null("The line of the waiver."),
)

_WAIVER = _object(
    "One waiver of the run: as it is written, and what it came to.",
    rule=_text("The requirement that it waives."),
    pack=_text_or_null("Only messages judged by this pack, or rules written in it."),
    interaction=_text_or_null("Only messages of this kind."),
    sender=_text_or_null("Only messages that state this ODS code or mailbox as their sender."),
    source=_text_or_null("Only messages whose name has this form."),
    reason=_text("Why it is accepted."),
    owner=_text("Who answers for it."),
    expires={**_text("The last day on which it counts, as YYYY-MM-DD."), "pattern": _DAY},
    file=_text("The file of waivers."),
    line={"description": "The line in it, from 1.", "type": "integer", "minimum": 1},
    column={"description": "The column in code points, from 1.", "type": "integer", "minimum": 1},
    standing={
        "description": "used: it waived results. unused: it had nothing to waive. expired: its last day is over, it "
        "waives nothing. unknown: it names what no pack of the run has.",
        "type": "string",
        "enum": [each.value for each in Standing],
    },
    results={
        "description": "How many results it waived; of an expired one, how many it would have waived.",
        "type": "integer",
        "minimum": 0,
    },
    why=_text("Why it waived nothing; empty when it did."),
)

_FINDING = _object(
    "One place in the message.",
    xpath=_text(
        "An XPath that selects it; for what is absent, its nearest existing ancestor. Prefixes: f is FHIR, h XHTML."
    ),
    line=_number_or_null("The line in the bytes received, from 1, when known."),
    column=_number_or_null("The column in code points, from 1, when known."),
    expected=_text("What the rule wants to see there."),
    found={
        "description": "The values found there; none when nothing is there.",
        "type": "array",
        "items": {"type": "string"},
    },
    masked={"description": "Whether values of the message were left out of expected and found.", "type": "boolean"},
)

_FINDING = _with(_FINDING, known={"description": "Whether the place is in the baseline.", "type": "boolean"})

_DOCUMENT = _with(
    _object(
        "What `itk3 validate --format json` writes. Keys may be added within version 1: readers leave out of account "
        "what they do not know. A key that is removed or changes its meaning makes a new version.",
        report={"description": "The version of this shape.", "const": 1},
        tool=_object(
            "What made the report.",
            name=_text("The distribution's name."),
            version=_text("Its version."),
        ),
        messages=_list("One entry for each message, in the order in which they were given.", "message"),
    ),
    waivers=_list("One entry for each waiver, in the order of its file; only where --waivers is given.", "waiver"),
)

SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "$id": "urn:itk3-validator:report:1",
    "title": "itk3-validator report, version 1",
    **_DOCUMENT,
    "$defs": {
        "message": _MESSAGE,
        "reason": _REASON,
        "result": _RESULT,
        "finding": _FINDING,
        "waived": _WAIVED,
        "waiver": _WAIVER,
    },
}
