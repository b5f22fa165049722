"""
The verb ``same-as``: a value against another value of the message, of the request, or against a fact.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from itk3_validator.checks.verb import Answer, Asks, Binder, Reading, Scope, Unknown, Verb, Wrong, quoted
from itk3_validator.finding import Outcome
from itk3_validator.message import Node, value_of
from itk3_validator.value import Value


class SameAsPlace(Value):
    place: Any
    called: str
    of_request: bool
    safe: bool

    @property
    def expected(self) -> str:
        return f"the same value as {self.called}"

    def wrong(self, value: str, node: Node, scope: Scope) -> Answer:
        others = scope.nodes(self.place)
        if isinstance(others, Unknown):
            return others
        other = value_of(others[0]) if len(others) == 1 else None
        if other is None or not other.strip():
            number = {0: "is missing", 1: "has no value"}.get(len(others), f"is there {len(others)} times")
            if self.of_request:
                return Unknown(Outcome.UNDECIDED, f"{self.called} {number}, so there is nothing to compare with")
            return Wrong(f"is {{found}}, but {self.called} {number}", self.expected, (value,))
        if value == other:
            return None
        return Wrong("is {found}", f"{quoted(other)} as in {self.called}", (value,), private=not self.safe)


class SameAsFact(Value):
    name: str

    @property
    def expected(self) -> str:
        return f"the {self.name} that the caller states"

    def wrong(self, value: str, node: Node, scope: Scope) -> Answer:
        stated = scope.fact(self.name)
        if isinstance(stated, Unknown):
            return stated
        # What the caller states may come from a control file: it is compared, never shown.
        return None if value == stated else Wrong("is {found}", self.expected, (value,))


def _read(node: Any, reading: Reading) -> Mapping[str, Any] | None:
    text = reading.text(node)
    if text is None:
        return None
    if text.startswith("fact."):
        name = reading.fact(node, text.removeprefix("fact."))
        return None if name is None else {"fact": name}
    target = reading.target(node)
    return None if target is None else {"target": target}


def _bind(options: Mapping[str, Any], binder: Binder) -> SameAsPlace | SameAsFact:
    if "fact" in options:
        return SameAsFact(options["fact"])
    target = options["target"]
    # The last name of an XPath would not tell which of two places of that name is meant.
    called = target.written if target.written == target.xpath else target.label
    return SameAsPlace(binder.place(target), called, target.of_request, target.safe)


SAME_AS = Verb(
    name="same-as",
    summary="The value is the same as at `NAME`, at `request.NAME` (the message being answered) or as `fact.NAME`.",
    asks=Asks.VALUE,
    schema={"type": "string"},
    read=_read,
    bind=_bind,
)
