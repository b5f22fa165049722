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
    What was found in a message. The lists are shared: nobody changes them.
    """

    __slots__ = ("_found", "_message", "_resources", "_sorted")

    def __init__(self, message: Message) -> None:
        self._message = message
        self._found: dict[Query, list[Node]] = {}
        # The places whose children are at the places below; by each how many lay below it then.
        self._sorted: dict[Query, int] = {}
        self._resources: dict[Follow, list[Node]] = {}

    def at(self, query: Query) -> list[Node]:
        """
        The nodes at a place, in the order of the document.
        """
        found = self._found.get(query)
        if found is None:
            found = self._found[query] = self._look(query.place)
        return found

    def resources(self, query: Query) -> dict[str, list[Node]]:
        """
        The resources that an XPath begins at, by the names of the selectors that follow references to them.
        """
        return {follow.name: self._followed(follow) for follow in query.follows}

    def _look(self, query: Query) -> list[Node]:
        above = query.above
        if above is not None:
            if query.child is not None:
                if self._sorted.get(above) == above.size or self._sort(above):
                    return self._found.get(query, _NONE)
            else:
                nodes = self.at(above)
                if not nodes:
                    return _NONE
                if len(nodes) == 1 and not isinstance(nodes[0], str):
                    return _list(query.below(nodes[0]))
        return _list(query.find(self._message.root, **self.resources(query)))

    def _sort(self, place: Query) -> bool:
        """
        Find all places that lie below one by children alone, in one pass over these. It cannot be done where nodes may
        stand in one another: what is below them would not come in the order of the document.
        """
        size, nodes = place.size, self.at(place)
        if not self._is_level(place):
            return False
        if nodes:
            self._found.update(_below(place.ways, nodes))
        self._sorted[place] = size
        return True

    def _is_level(self, place: Query) -> bool:
        """
        Whether all nodes of a place are elements equally far below one node, so that none is in another.
        """
        nodes = self.at(place)
        if nodes and isinstance(nodes[0], str):
            return False
        above: Query | None = place
        while above is not None and len(self.at(above)) > 1:
            above = above.above
        return above is not None

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
            for attribute, by_value in way.by_attribute.items():
                for below in by_value.get(child.get(attribute), ()):
                    reached.setdefault(below, []).append(child)
    return reached
