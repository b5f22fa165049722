"""
The verbs about how many nodes there are: ``present``, ``absent``, ``count``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from itk3_validator.checks.ask import Range
from itk3_validator.checks.verb import NOTHING, RANGE, Answer, Asks, Binder, Reading, Scope, Verb, Wrong
from itk3_validator.fhir import children
from itk3_validator.message import Node, short_value_of, value_of
from itk3_validator.value import Value


def emptiness(node: Node) -> str | None:
    """
    Why a node counts as empty, as it follows its label; None when it holds something.
    """
    value = short_value_of(node)
    if value is not None:
        return None if value.strip() else why_empty(value)
    return why_empty(None, len(children(node, "reference")), inside=len(node) > 0)


def why_empty(value: str | None, references: int = 0, *, inside: bool = False) -> str | None:
    """
    Why a value counts as empty; where there is none, why the element does that holds so many references, or any others.
    """
    if value is None and references > 1:
        return f"has {references} references"
    if value is None:
        return None if inside else "is there but empty"
    if not value:
        return "is empty"
    return None if value.strip() else "is white space only"


class Present(Value):
    expected: str = "a value"

    def wrong(self, nodes: Sequence[Node], scope: Scope, *, anyone: bool) -> Answer | tuple[Wrong, ...]:
        if not nodes:
            return Wrong("is missing", self.expected)
        wrongs = [(node, why) for node in nodes if (why := emptiness(node)) is not None]
        if not wrongs or (anyone and len(wrongs) < len(nodes)):
            return None
        return tuple(Wrong(why, self.expected, _values([node]), node) for node, why in wrongs)


class Absent(Value):
    expected: str = "nothing here"

    def wrong(self, nodes: Sequence[Node], scope: Scope, *, anyone: bool) -> Answer | tuple[Wrong, ...]:
        if not nodes:
            return None
        return tuple(Wrong("is present", self.expected, _values([node]), node) for node in nodes)


class Count(Value):
    range: Range

    @property
    def expected(self) -> str:
        return str(self.range)

    def wrong(self, nodes: Sequence[Node], scope: Scope, *, anyone: bool) -> Answer | tuple[Wrong, ...]:
        number = len(nodes)
        if self.range.holds(number):
            return None
        if not number:
            return Wrong("is missing", self.expected)
        # Too many: the first one that is too many is the one to look at.
        at = nodes[self.range.high] if self.range.high is not None and number > self.range.high else nodes[-1]
        times = "once" if number == 1 else f"{number} times"
        return Wrong(f"is there {times}", self.expected, _values(nodes), at)


class Unique(Value):
    expected: str = "no value twice"

    def wrong(self, nodes: Sequence[Node], scope: Scope, *, anyone: bool) -> Answer | tuple[Wrong, ...]:
        if not nodes:
            return NOTHING
        seen: set[str] = set()
        wrongs = []
        for node in nodes:
            value = value_of(node)
            if value is None or not value.strip():
                continue
            if value in seen:
                wrongs.append(Wrong("is {found} once more", self.expected, (value,), node))
            seen.add(value)
        return tuple(wrongs) or (None if seen else NOTHING)


def _values(nodes: Sequence[Node]) -> tuple[str, ...]:
    return tuple(value for node in nodes if (value := short_value_of(node)) is not None)


def _read_true(node: Any, reading: Reading) -> bool | None:
    text = reading.text(node)
    if text is None:
        return None
    if text != "true":
        reading.problem(node, f"this verb has no options, but stands with {text!r}", "write the verb alone, or 'true'")
        return None
    return True


def _without_options(name: str, summary: str, check: Present | Absent | Unique) -> Verb:
    return Verb(
        name=name,
        summary=summary,
        asks=Asks.NODES,
        schema={"enum": [True, "true"]},
        read=_read_true,
        bind=lambda options, binder: check,
        bare=True,
    )


PRESENT = _without_options("present", "There is such a node, and none of them is empty or white space only.", Present())
ABSENT = _without_options(
    "absent",
    "There is no such node. Under a missing parent this holds: the missing parent fails elsewhere.",
    Absent(),
)
UNIQUE = _without_options("unique", "No two of these nodes have the same value.", Unique())


def _read_count(node: Any, reading: Reading) -> Range | None:
    return reading.range(node)


def _bind_count(options: Range, binder: Binder) -> Count:
    return Count(options)


COUNT = Verb(
    name="count",
    summary="How many such nodes there are (`1..1`, `0..1`, `2`). Beside a value verb: every value there is must hold.",
    asks=Asks.NODES,
    schema=RANGE,
    read=_read_count,
    bind=_bind_count,
)
