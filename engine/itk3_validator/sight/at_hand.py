"""
Values of messages that were seen: a run over many messages keeps some of each.

Which nodes a place finds is decided by what its XPath reads. So two messages with the same outline there have the same
nodes, and the values of these stand with the outline.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

from itk3_validator.attachments import MARK
from itk3_validator.checks.verb import Unknown
from itk3_validator.evaluate import NO_REQUEST, scope_of
from itk3_validator.message import Incoming
from itk3_validator.plan import Plan, bind_places
from itk3_validator.sight.groups import MOST_CALLS, MOST_OUTLINES, MOST_WHOLE
from itk3_validator.sight.outline import Outline, Spot
from itk3_validator.sight.outliner import Outliner
from itk3_validator.sight.reads import sight_of_place
from itk3_validator.sight.standing import Standing, Values
from itk3_validator.sight.tokens import NoOutline, keep

# Name to where its values stand; None where that cannot be told.
_Spots: TypeAlias = tuple[tuple[str, tuple[Spot, ...]], ...] | None


class AtHand:
    """
    Places of a plan, by name, whose values are wanted with every message.

    *sights*: what decides which nodes they find.
    """

    def __init__(self, plan: Plan, names: Sequence[str]) -> None:
        sights = {name: (bound, sight_of_place(bound)) for name, bound in bind_places(plan.pack, names).items()}
        self._plan = plan
        self._bound = {name: bound for name, (bound, sight) in sights.items() if sight is not None}
        self.sights = tuple(sight for _, sight in sights.values() if sight is not None)
        self._zones = tuple(sorted({zone for each in self.sights for zone in each.zones}))
        self._refers = any(each.refers for each in self.sights)
        self._spots: dict[Any, _Spots] = {}
        self._standing: dict[Any, Standing | None] = {}
        self._alike: dict[Standing, Standing] = {}
        self._askable: dict[tuple[str, ...], bool] = {}

    def values(
        self, incoming: Incoming, outline: Outline, outliner: Outliner, names: tuple[str, ...]
    ) -> tuple[Standing, Values] | None:
        """
        What stands at these places of a message; None where that is not known without a look at its tree.
        """
        if self._refers and not outline.refers:
            return None
        key = names, outline.whole
        # Another thread may clear what is remembered at any time.
        try:
            standing = self._standing[key]
        except KeyError:
            standing = self._standing_of(incoming, outline, outliner, names)
            keep(self._standing, key, standing, MOST_WHOLE)
        # Of an attachment only the beginning is there.
        if standing is None or (incoming.attachments and _is_cut(standing, outline.values)):
            return None
        return standing, outline.values

    def _standing_of(
        self, incoming: Incoming, outline: Outline, outliner: Outliner, names: tuple[str, ...]
    ) -> Standing | None:
        key = names, outliner.zones(outline).key(self._zones)
        try:
            spots = self._spots[key]
        except KeyError:
            spots = self._found(incoming, outliner, names)
            keep(self._spots, key, spots, MOST_OUTLINES)
        if spots is None:
            return None
        numbers = {spot: number for number, spot in enumerate(outline.spots())}
        made = Standing(tuple((name, tuple(numbers[spot] for spot in found)) for name, found in spots))
        alike = self._alike.get(made)
        if alike is None:
            alike = made
            keep(self._alike, made, made, MOST_OUTLINES)
        return alike

    def _found(self, incoming: Incoming, outliner: Outliner, names: tuple[str, ...]) -> _Spots:
        if not self._is_askable(names):
            return None
        message = incoming.parsed()
        try:
            kept = outliner.kept(message)
        except NoOutline:
            return None
        scope = scope_of(self._plan, message, facts={}, request=NO_REQUEST)
        spots = []
        for name in names:
            nodes = scope.nodes(self._bound[name]) if name in self._bound else ()
            found = () if isinstance(nodes, Unknown) else tuple(nodes)
            if any(node not in kept for node in found):
                return None
            spots.append((name, tuple(kept[node] for node in found)))
        return tuple(spots)

    def _is_askable(self, names: tuple[str, ...]) -> bool:
        """
        Whether it is known of all these places which nodes they find; what is no place of the pack has none.
        """
        known = self._askable.get(names)
        if known is None:
            known = all(name in self._bound for name in bind_places(self._plan.pack, names))
            keep(self._askable, names, known, MOST_CALLS)
        return known


def _is_cut(standing: Standing, values: Values) -> bool:
    return any(MARK in (values[number] or "") for _, numbers in standing.places for number in numbers)
