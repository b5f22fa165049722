"""
The verbs about how a value is written: ``matches``, ``format``, ``length``.
"""

from __future__ import annotations

import re
from typing import Any

from itk3_validator.attachments import Attachment
from itk3_validator.checks.ask import Range
from itk3_validator.checks.formats import FORMATS, Format
from itk3_validator.checks.pattern_limits import FLAGS, MAX_VALUE
from itk3_validator.checks.primitives import wrong_base64
from itk3_validator.checks.verb import RANGE, Answer, Asks, Binder, Reading, Scope, Unknown, Verb, Wrong
from itk3_validator.finding import Outcome
from itk3_validator.lazy import pattern
from itk3_validator.message import Node
from itk3_validator.spelling import did_you_mean
from itk3_validator.value import Value


class Matches(Value):
    pattern: re.Pattern[str]

    @property
    def expected(self) -> str:
        return f"a value of the form {self.pattern.pattern}"

    def wrong(self, value: str, node: Node, scope: Scope) -> Answer:
        if len(value) > MAX_VALUE:
            why = f"the value has {len(value):,} characters; a pattern is tried on {MAX_VALUE:,} at most"
            return Unknown(Outcome.ERROR, why)
        return None if self.pattern.fullmatch(value) else Wrong("is {found}", self.expected, (value,))


class Formatted(Value):
    format: Format

    @property
    def expected(self) -> str:
        return self.format.says

    def wrong(self, value: str, node: Node, scope: Scope) -> Answer:
        return self._wrong(value, value)

    def wrong_attachment(self, attachment: Attachment, shown: str) -> Answer:
        # What is no base64 is never cut out.
        return None if self.format.wrong is wrong_base64 else self._wrong(attachment.value, shown)

    def _wrong(self, value: str, shown: str) -> Answer:
        why = self.format.wrong(value)
        return None if why is None else Wrong(f"is {{found}}, which {why}", self.expected, (shown,))


class Length(Value):
    range: Range

    @property
    def expected(self) -> str:
        return f"{self.range} {'character' if str(self.range).endswith(' one') else 'characters'}"

    def wrong(self, value: str, node: Node, scope: Scope) -> Answer:
        return self._wrong(len(value), value)

    def wrong_attachment(self, attachment: Attachment, shown: str) -> Answer:
        return self._wrong(len(attachment), shown)

    def _wrong(self, length: int, shown: str) -> Answer:
        if self.range.holds(length):
            return None
        says = "has one character" if length == 1 else f"has {length} characters"
        return Wrong(says, self.expected, (shown,))


def _read_pattern(node: Any, reading: Reading) -> str | None:
    text = reading.text(node)
    if text is None:
        return None
    from itk3_validator.checks.patterns import wrong_pattern  # needed only while packs are read

    wrong = wrong_pattern(text)
    if wrong is not None:
        offset, what, remedy = wrong
        reading.problem(node, what, remedy, offset, code="pattern")
        return None
    return text


def _read_format(node: Any, reading: Reading) -> str | None:
    text = reading.text(node)
    if text is not None and text not in FORMATS:
        reading.problem(node, f"unknown format {text!r}", did_you_mean(text, FORMATS), code="name")
        return None
    return text


def _read_length(node: Any, reading: Reading) -> Range | None:
    return reading.range(node)


def _bind_format(options: str, binder: Binder) -> Formatted:
    return Formatted(FORMATS[options])


MATCHES = Verb(
    name="matches",
    summary="The whole value matches this regular expression (no look-around, back-references or nested quantifiers).",
    asks=Asks.VALUE,
    schema={"type": "string", "maxLength": 500},
    read=_read_pattern,
    bind=lambda options, binder: Matches(pattern(options, FLAGS)),
)

FORMAT = Verb(
    name="format",
    summary="The value is well formed as this FHIR primitive, NHS number, SNOMED CT identifier or ODS code.",
    asks=Asks.VALUE,
    schema={"enum": sorted(FORMATS)},
    read=_read_format,
    bind=_bind_format,
)

LENGTH = Verb(
    name="length",
    summary="How many characters (code points) the value has: `1..255`, `..255`, `36`.",
    asks=Asks.VALUE,
    schema=RANGE,
    read=_read_length,
    bind=lambda options, binder: Length(options),
)
