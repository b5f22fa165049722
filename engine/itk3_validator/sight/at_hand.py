"""
Values of messages of a known shape, read from their bytes: a run over many messages keeps some of each.

Which nodes a place finds is decided by what its XPath reads. That is seen in shapes as what the rules read is, so two
messages of one shape and key have the same nodes there, at the same places in the row of their values.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from itk3_validator.attachments import MARK
from itk3_validator.checks.presence import emptiness
from itk3_validator.checks.verb import Unknown
from itk3_validator.evaluate import NO_REQUEST, scope_of
from itk3_validator.fhir import Node
from itk3_validator.message import Incoming, Message, short_value_of
from itk3_validator.plan import Bound, Plan, bind_places
from itk3_validator.sight.reads import Sight, sight_of_place
from itk3_validator.sight.shapes import MOST_RESULTS, Seen, Shape, places_of
from itk3_validator.sight.walk import holder_of_value

Values: TypeAlias = Mapping[str, tuple[str | None, ...]]
# Name to the places of its values in the row of all values, or in their stead what its nodes always have; None where
# that cannot be told.
_Place: TypeAlias = "int | _Always"
_Places: TypeAlias = tuple[tuple[str, tuple[_Place, ...]], ...] | None


class _Always(NamedTuple):
    """
    What stands for a node that has no value of its own: it depends on what is in it alone.
    """

    value: str | None


class AtHand:
    """
    Places of plans, by name, whose values are wanted with every message.

    *sights*: what decides which nodes they find.
    """

    def __init__(self, plans: Iterable[Plan], names: Sequence[str]) -> None:
        self._bound: dict[Plan, Mapping[str, Bound]] = {}
        found: list[Sight] = []
        for plan in plans if names else ():
            sights = {name: (bound, sight_of_place(bound)) for name, bound in bind_places(plan.pack, names).items()}
            self._bound[plan] = {name: bound for name, (bound, sight) in sights.items() if sight is not None}
            found += [sight for _, sight in sights.values() if sight is not None]
        self.sights = tuple(found)

    def values(self, plan: Plan, incoming: Incoming, names: tuple[str, ...]) -> Values | None:
        """
        What stands at these places of a message that was seen; None where that is not known without a parse.
        """
        seen: Seen = incoming.seen
        key = seen.key, plan, names
        if key in seen.shape.places:
            places = seen.shape.places[key]
        else:
            places = self._places(plan, incoming, names)
            if len(seen.shape.places) >= MOST_RESULTS:
                seen.shape.places.clear()
            seen.shape.places[key] = places
        if places is None:
            return None
        if any(MARK in seen.values[place] for _, found in places for place in found if isinstance(place, int)):
            return None
        return {name: tuple([_value(place, seen.values) for place in found]) for name, found in places}

    def _places(self, plan: Plan, incoming: Incoming, names: tuple[str, ...]) -> _Places:
        bound = self._bound.get(plan, {})
        if any(name not in bound for name in bind_places(plan.pack, names)):
            return None
        message = incoming.parsed()
        of = _of(message, incoming.seen.shape)
        if of is None:
            return None
        scope = scope_of(plan, message, facts={}, request=NO_REQUEST)
        places = []
        for name in names:
            nodes = scope.nodes(bound[name]) if name in bound else ()
            found = [] if isinstance(nodes, Unknown) else [_place(node, of, incoming.seen.values) for node in nodes]
            held = tuple(each for each in found if each is not None)
            if len(held) < len(found):
                return None
            places.append((name, held))
        return tuple(places)


def _of(message: Message, shape: Shape) -> Mapping[tuple[Node, str], int] | None:
    """
    Where the attributes of a message stand. In every message of a shape it is the same for the same element, counted in
    the order of the document, so it is worked out once.
    """
    elements = list(message.root.iter())
    if shape.numbered is None:
        of = places_of(message)
        if of is None:
            return None
        numbers = {element: number for number, element in enumerate(elements)}
        shape.numbered = tuple((numbers[element], name, place) for (element, name), place in of.items())
    return {(elements[number], name): place for number, name, place in shape.numbered if name == "value"}


def _place(node: Node, of: Mapping[tuple[Node, str], int], values: Sequence[str]) -> _Place | None:
    """
    Where the value of a node stands; None where that cannot be told.
    """
    if isinstance(node, str):
        return None
    holder = holder_of_value(node)
    if holder is not None:
        place = of.get((holder, "value"))
        return None if place is None or MARK in values[place] else place
    if short_value_of(node) is not None:
        # The text of a narrative is no part of a shape.
        return None
    return _Always(None if emptiness(node) is None else "")


def _value(place: _Place, values: Sequence[str]) -> str | None:
    if isinstance(place, _Always):
        return place.value
    value = values[place]
    return value if value.strip() else ""
