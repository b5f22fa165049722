"""
The verbs of rules over the archive: how their options are read and what editors know of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from itk3_validator.checks.ask import Checks, Range, Target
from itk3_validator.checks.verb import RANGE
from itk3_validator.pack.archive_checks import read_checks
from itk3_validator.pack.archive_rule import (
    AfterRequest,
    Answered,
    ArchiveOptions,
    Covers,
    NoAnswerBefore,
    RequestKnown,
    UniqueValue,
)
from itk3_validator.pack.asking import CheckReader
from itk3_validator.pack.marked import Mapping as MarkedMapping
from itk3_validator.pack.marked import Node
from itk3_validator.value import Value

UNITS = {"second": 1, "minute": 60, "hour": 3_600, "day": 86_400, "week": 604_800}
SPAN = re.compile(r"(?P<number>[0-9]{1,6}) (?P<unit>second|minute|hour|day|week)s?")
AT_LEAST_ONE = Range(1, None)

Schema = Mapping[str, Any]


class ArchiveVerb(Value):
    """
    A verb of rules over the archive.

    Attributes:
        summary: one sentence for people; the hover text of editors.

        example: its options in a rule, for people.

        schema: the JSON Schema of its options.

        read: marked options to checked ones; None when a problem was told.
    """

    name: str
    summary: str
    example: str
    schema: Schema
    read: Callable[[Node, CheckReader], ArchiveOptions | None]


def read_span(node: Node, reader: CheckReader) -> int | None:
    """
    ``14 days``, ``2 hours``, ``1 minute``: seconds.
    """
    text = reader.text(node)
    if text is None:
        return None
    found = SPAN.fullmatch(text)
    if found is None:
        reader.problem(node, f"{text!r} is no span of time", "write a number and a unit, such as 14 days or 5 minutes")
        return None
    return int(found["number"]) * UNITS[found["unit"]]


def _answered(node: Node, reader: CheckReader) -> Answered | None:
    before = len(reader.problems)
    fields = reader.fields(node, optional=("by", "unless", "count", "within"))
    if fields is None:
        return None
    count = reader.range(fields["count"]) if "count" in fields else AT_LEAST_ONE
    within = read_span(fields["within"], reader) if "within" in fields else None
    by, unless = (_checks(fields[name], reader) if name in fields else () for name in ("by", "unless"))
    if count is not None and count.low and "within" not in fields and len(reader.problems) == before:
        what = "the key 'within' is missing: without it the last requests of an archive would never be answered in time"
        reader.problem(node, what, "write within: 14 days, or the time that the publication grants")
    if count is None or len(reader.problems) > before:
        return None
    return Answered(by, unless, count, within)


def _request_known(node: Node, reader: CheckReader) -> RequestKnown | None:
    fields = reader.fields(node, required=("within",))
    within = read_span(fields["within"], reader) if fields is not None else None
    return None if within is None else RequestKnown(within)


def _after_request(node: Node, reader: CheckReader) -> AfterRequest | None:
    if not isinstance(node, MarkedMapping):
        text = reader.text(node)
        if text == "true":
            return AfterRequest(0)
        if text is not None:
            reader.problem(node, f"{text!r} is no option of this verb", "write true, or {tolerance: 5 minutes}")
        return None
    fields = reader.fields(node, required=("tolerance",))
    tolerance = read_span(fields["tolerance"], reader) if fields is not None else None
    return None if tolerance is None else AfterRequest(tolerance)


def _no_answer_before(node: Node, reader: CheckReader) -> NoAnswerBefore | None:
    checks = _checks(node, reader)
    return NoAnswerBefore(checks) if checks else None


def _unique(node: Node, reader: CheckReader) -> UniqueValue | None:
    fields: Mapping[str, Node] | None = {"of": node}
    if isinstance(node, MarkedMapping):
        fields = reader.fields(node, required=("of",), optional=("per",))
    if fields is None:
        return None
    of = _place(fields["of"], reader)
    per = tuple(_place(each, reader) for each in reader.branches(fields["per"])) if "per" in fields else ()
    found = tuple(each for each in per if each is not None)
    return None if of is None or len(found) < len(per) else UniqueValue(of, found)


def _covers(node: Node, reader: CheckReader) -> Covers | None:
    fields = reader.fields(node, required=("of", "codes"))
    if fields is None:
        return None
    of, codes = _place(fields["of"], reader), reader.code_list(fields["codes"])
    known = reader.known.lists.get(codes or "")
    if known is not None and known.span is not None:
        what = f"the code list {codes!r} is a range of numbers, not a list of codes"
        reader.problem(fields["codes"], what, "name a list, or write 'of:' beside its range", code="code-list")
        return None
    return None if of is None or codes is None else Covers(of, codes)


def _checks(node: Node, reader: CheckReader) -> Checks:
    return read_checks(node, reader, of_request=False) or ()


def _place(node: Node, reader: CheckReader) -> Target | None:
    target = reader.target(node)
    if target is None:
        return None
    if target.of_request or target.written not in reader.known.selectors:
        reader.problem(
            node, f"{target.written!r} is not the name of a selector", "give the place a name under selectors:"
        )
        return None
    return target


# A value of the pack may stand there too: ${name}.
_SPAN: Schema = {"type": "string", "pattern": r"^([0-9]{1,6} (second|minute|hour|day|week)s?|.*\$\{.+\}.*)$"}
_CHECKS: Schema = {"$ref": "#/definitions/checks"}


def _object(properties: Mapping[str, tuple[Schema, str]], required: tuple[str, ...] = ()) -> Schema:
    told = {
        name: {**({"allOf": [schema]} if "$ref" in schema else schema), "description": text}
        for name, (schema, text) in properties.items()
    }
    made = {"type": "object", "additionalProperties": False, "properties": told}
    return {**made, "required": list(required)} if required else made


_VERBS = (
    ArchiveVerb(
        "answered",
        "Messages of the archive answer this one: `within` a time, as many as `count` says (at least one), of those"
        " that hold `by`; not asked where an answer holds `unless`.",
        "{within: 14 days, by: {ResponseCode: {matches: '3[0-9]{4}'}}}",
        _object(
            {
                "within": (_SPAN, "The time in which the answer is due."),
                "by": (_CHECKS, "What has to hold of an answer for it to count; asked of the answer."),
                "unless": (_CHECKS, "The rule does not apply where this holds of an answer."),
                "count": (RANGE, "How many such answers there are; at least one when left out."),
            }
        ),
        _answered,
    ),
    ArchiveVerb(
        "request-known",
        "The message that this one answers is in the archive; `within` is how much older it may be.",
        "{within: 14 days}",
        _object({"within": (_SPAN, "How much older than its answer a request may be.")}, ("within",)),
        _request_known,
    ),
    ArchiveVerb(
        "after-request",
        "The message is not earlier than the one that it answers.",
        "{tolerance: 5 minutes}",
        {
            "anyOf": [
                {"enum": [True, "true"]},
                _object({"tolerance": (_SPAN, "By how much the clocks may differ.")}, ("tolerance",)),
            ]
        },
        _after_request,
    ),
    ArchiveVerb(
        "no-answer-before",
        "No earlier answer to the same request holds these checks.",
        "{response-code: {equals: fatal-error}}",
        _CHECKS,
        _no_answer_before,
    ),
    ArchiveVerb(
        "unique",
        "No earlier message that the rule applies to has the same value there; with `per`, none that agrees there too.",
        "MessageId",
        {
            "anyOf": [
                {"type": "string"},
                _object(
                    {
                        "of": ({"type": "string"}, "The selector whose value is unique."),
                        "per": (
                            {
                                "anyOf": [
                                    {"type": "string"},
                                    {"type": "array", "items": {"type": "string"}, "minItems": 1},
                                ]
                            },
                            "Selectors; the same value may occur again where one of these differs.",
                        ),
                    },
                    ("of",),
                ),
            ]
        },
        _unique,
    ),
    ArchiveVerb(
        "covers",
        "Every code of a list occurs in the archive; how often is counted. As long as one is missing it is undecided.",
        "{of: ResponseCode, codes: business-acknowledgement}",
        _object(
            {
                "of": ({"type": "string"}, "The selector of the codes."),
                "codes": ({"type": "string"}, "The name of the code list."),
            },
            ("of", "codes"),
        ),
        _covers,
    ),
)
ARCHIVE_VERBS: Mapping[str, ArchiveVerb] = {verb.name: verb for verb in _VERBS}
