"""
The nodes of one message by place.

Places that lie below another one by children alone are found together, when the first of them is asked for. What only
an XPath can find is looked up from the node above, where that is one, else from the root.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from itk3_validator.fhir import Node
from itk3_validator.message import Message
from itk3_validator.query import Follow, Query, Ways
from itk3_validator.references import resolve

_NONE: list[Node] = []


class Nodes:
    """
    What was found in a message, by place: *found*. The lists are shared: nobody changes them.
    """

    __slots__ = ("_message", "_resources", "found")

    def __init__(self, message: Message) -> None:
        self._message = message
        self.found: dict[Query, list[Node]] = {}
        self._resources: dict[Follow, list[Node]] = {}

    def at(self, query: Query) -> list[Node]:
        """
        The nodes at a place, in the order of the document.
        """
        found = self.found.get(query)
        if found is None:
            found = self.found[query] = self._look(query) if query.place is query else self.at(query.place)
        return found

    def resources(self, query: Query) -> dict[str, list[Node]]:
        """
        The resources that an XPath begins at, by the names of the selectors that follow references to them.
        """
        return {follow.name: self._followed(follow) for follow in query.follows}

    def _look(self, query: Query) -> list[Node]:
        above = query.above
        if above is not None:
            nodes = self.at(above)
            if not nodes:
                self.found.update(dict.fromkeys(above.under, _NONE))
                return _NONE
            if query.child is not None:
                if self._sort(above, nodes):
                    return self.found[query]
            elif len(nodes) == 1 and not isinstance(nodes[0], str):
                return _list(query.below(nodes[0]))
        return _list(query.find(self._message.root, **self.resources(query)))

    def _sort(self, place: Query, nodes: list[Node]) -> bool:
        """
        Find all places that lie below one by children alone, in one pass over these. It cannot be done where nodes may
        stand in one another: what is below them would not come in the order of the document.
        """
        if not self._is_level(place):
            return False
        # Another thread may bind further rules of the plan meanwhile: a place that comes while nodes are gone through
        # would have some of its nodes only. It is looked for when it is asked for.
        children = tuple(place.children)
        reached = _below(place.ways, nodes)
        self.found.update({each: reached.get(each, _NONE) for each in children})
        return True

    def _is_level(self, place: Query) -> bool:
        """
        Whether all nodes of a place are elements equally far below one node, so that none is in another.
        """
        nodes = self.at(place)
        if nodes and isinstance(nodes[0], str):
            return False
        while len(nodes) > 1:
            if place.above is None:
                return False
            place = place.above
            nodes = self.at(place)
        return True

    def _followed(self, follow: Follow) -> list[Node]:
        known = self._resources.get(follow)
        if known is None:
            # References of one name share their targets, which may be many: these are gone through once.
            resolved = (resolve(self._message, node).targets for node in self.at(follow.references))
            found = {id(targets): targets for targets in resolved}
            known = list(dict.fromkeys(target for targets in found.values() for target in targets))
            self._resources[follow] = known
        return known


def _list(found: Any) -> list[Node]:
    # What yields a value finds nothing.
    return found if isinstance(found, list) else _NONE


def _below(ways: Mapping[str, Ways], nodes: list[Node]) -> dict[Query, list[Node]]:
    """
    The children of all nodes at a place, by the places below that they are at.
    """
    reached: dict[Query, list[Node]] = {}
    for node in nodes:
        for child in node:
            way = ways.get(child.tag)
            if way is None:
                continue
            for below in way.plain:
                reached.setdefault(below, []).append(child)
            if way.by_attribute:
                for attribute, by_value in way.by_attribute.items():
                    for below in by_value.get(child.get(attribute), ()):
                        reached.setdefault(below, []).append(child)
    return reached
