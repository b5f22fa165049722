"""
The verb ``order``: the order of the children of an element.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from itk3_validator.checks.verb import NOTHING, Answer, Asks, Binder, Reading, Scope, Verb, Wrong
from itk3_validator.fhir import local_name
from itk3_validator.message import Node
from itk3_validator.value import Value


class Ordered(Value):
    """
    *rank* is the place of each name.
    """

    names: tuple[str, ...]
    rank: Mapping[str, int]

    @property
    def expected(self) -> str:
        return f"the order {', '.join(self.names)}"

    def wrong(self, node: Node, scope: Scope) -> Answer:
        rank, last = self.rank, ""
        for child in node:
            name = local_name(child)
            if name not in rank:
                continue
            if last and rank[name] < rank[last]:
                return Wrong(f"has {name} after {last}", f"{name} before {last}", at=child)
            last = name
        return None if last else NOTHING


def _read(node: Any, reading: Reading) -> tuple[str, ...] | None:
    names = reading.texts(node)
    if names is None:
        return None
    for name in sorted(set(names)):
        if names.count(name) > 1:
            reading.problem(node, f"{name!r} stands twice in the order", "name each child once")
            return None
    return names


def _bind(options: tuple[str, ...], binder: Binder) -> Ordered:
    return Ordered(options, {name: place for place, name in enumerate(options)})


ORDER = Verb(
    name="order",
    summary="The children of the element stand in this order; children that are not named are not asked.",
    asks=Asks.NODE,
    schema={"type": "array", "items": {"type": "string"}, "minItems": 2, "uniqueItems": True},
    read=_read,
    bind=_bind,
)
