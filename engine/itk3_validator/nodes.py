"""
The nodes of one message by place.

Places that lie below one another by children alone are found together, in one walk from their anchor down. What only an
XPath can find is looked up when it is asked: from the node above, where that is one, else from the root.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from itk3_validator.fhir import Node
from itk3_validator.message import Message
from itk3_validator.query import Follow, Query, Ways
from itk3_validator.references import resolve

_NONE: list[Node] = []
_NEVER = sys.maxsize


class Nodes:
    """
    What was found in a message. The lists are shared: nobody changes them.
    """

    __slots__ = ("_found", "_message", "_resources", "_walked")

    def __init__(self, message: Message) -> None:
        self._message = message
        self._found: dict[Query, list[Node]] = {}
        # By anchor how many places lay below it when it was walked.
        self._walked: dict[Query, int] = {}
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
        if query.child is not None:
            if self._is_walked(query.anchor):
                return self._found.get(query, _NONE)
        elif query.above is not None:
            nodes = self.at(query.above)
            if not nodes:
                return _NONE
            if len(nodes) == 1 and not isinstance(nodes[0], str):
                return _list(query.below(nodes[0]))
        return _list(query.find(self._message.root, **self.resources(query)))

    def _is_walked(self, anchor: Query) -> bool:
        """
        Find every place below an anchor, unless that was done, or cannot be done by a walk.
        """
        size = anchor.size
        if self._walked.get(anchor, -1) < size:
            level = self._is_level(anchor)
            if level:
                self._walk(anchor)
            self._walked[anchor] = size if level else _NEVER
        return self._walked[anchor] != _NEVER

    def _walk(self, anchor: Query) -> None:
        waiting = [anchor]
        for place in waiting:
            reached = _below(place.ways, self._found[place])
            self._found.update(reached)
            waiting += [below for below in reached if below.ways]

    def _is_level(self, query: Query) -> bool:
        """
        Whether all nodes of a place are elements equally far below one node, so that none is in another.
        """
        nodes = self.at(query)
        if nodes and isinstance(nodes[0], str):
            return False
        above: Query | None = query
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
