"""
What stands at places of a message, read from what was seen of it, or from its tree.
"""

from __future__ import annotations

from collections.abc import Mapping

from lxml import etree

from itk3_validator.attachments import MARK
from itk3_validator.checks.presence import emptiness
from itk3_validator.checks.verb import Unknown
from itk3_validator.errors import CallInvalid
from itk3_validator.evaluate import NO_REQUEST, scope_of
from itk3_validator.fhir import Node
from itk3_validator.message import Incoming, Message, value_of
from itk3_validator.plan import Bound, Plan, bind_places
from itk3_validator.report.behind import ValuesAt
from itk3_validator.scope import Scope
from itk3_validator.sight.memory import Memory
from itk3_validator.sight.standing import Standing, Values, in_a_row

# Of so many different lists of places it is kept how to look them up.
_MOST_PLACES = 64


class Reading:
    """
    Reads messages that *memory* has seen. *show*: what a report repeats of them need not be masked.
    """

    def __init__(self, memory: Memory, *, show: bool) -> None:
        self.show = show
        self._memory = memory
        self._places: dict[tuple[Plan, tuple[str, ...]], Mapping[str, Bound]] = {}

    def values(self, plan: Plan, incoming: Incoming, names: tuple[str, ...]) -> ValuesAt:
        """
        As of `Report.values_at`.

        Raises:
            CallInvalid: An XPath that is none.
        """
        standing, values = self.standing(plan, incoming, names)
        return standing.by_name(values)

    def standing(self, plan: Plan, incoming: Incoming, names: tuple[str, ...]) -> tuple[Standing, Values]:
        """
        The same in a row: most messages have it at hand.

        Raises:
            CallInvalid: An XPath that is none.
        """
        if not names:
            return in_a_row({})
        try:
            return self._memory.values(plan, incoming, names) or in_a_row(
                self.values_in(plan, incoming.parsed(), names)
            )
        except etree.XPathError as error:
            raise CallInvalid(f"one of the XPaths is wrong: {error}") from None

    def values_in(self, plan: Plan, message: Message, names: tuple[str, ...]) -> ValuesAt:
        """
        The same, from the tree.
        """
        places = self._places.get((plan, names))
        if places is None:
            places = bind_places(plan.pack, names)
            if len(self._places) >= _MOST_PLACES:
                self._places.clear()
            self._places[plan, names] = places
        scope = scope_of(plan, message, facts={}, request=NO_REQUEST)
        return {name: _values(places[name], scope) if name in places else () for name in names}


def _values(place: Bound, scope: Scope) -> tuple[str | None, ...]:
    nodes = scope.nodes(place)
    if isinstance(nodes, Unknown):
        return ()
    return tuple([_value(node) for node in nodes])


def _value(node: Node) -> str | None:
    if not isinstance(node, str):
        value: str | None = node.get("value")
        if value is not None and value.strip() and MARK not in value:
            return value
    return "" if emptiness(node) is not None else value_of(node)
