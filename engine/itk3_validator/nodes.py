"""
The nodes of one message by place.

Places that lie below another one by children alone are found together, when the first of them is asked for. What only
an XPath can find is looked up from the node above, where that is one, else from the root.
"""

from __future__ import annotations

from typing import Any

from itk3_validator.fhir import Node
from itk3_validator.message import Message
from itk3_validator.query import Follow, Query
from itk3_validator.references import resolve

_NONE: list[Node] = []


class Nodes(dict[Query, list[Node]]):
    """
    The nodes at each place that was asked for, in the order of the document. The lists are shared: nobody changes them.

    Args:
        alone: few places will be asked for, so each is looked up by itself, from the root.
    """

    __slots__ = ("_alone", "_message", "_resources")

    def __init__(self, message: Message, *, alone: bool = False) -> None:
        super().__init__()
        self._message = message
        self._alone = alone
        self._resources: dict[Follow, list[Node]] = {}

    def __missing__(self, query: Query) -> list[Node]:
        found = self[query] = self._found(query) if query.place is query else self[query.place]
        return found

    def resources(self, query: Query) -> dict[str, list[Node]]:
        """
        The resources that an XPath begins at, by the names of the selectors that follow references to them.
        """
        return {follow.name: self._followed(follow) for follow in query.follows}

    def _found(self, query: Query) -> list[Node]:
        above = query.above
        if above is not None and not self._alone:
            nodes = self[above]
            if not nodes:
                self.update(dict.fromkeys(above.under, _NONE))
                return _NONE
            alone = len(nodes) == 1 and not isinstance(nodes[0], str)
            if query.child is not None:
                if alone or self._is_level(above):
                    self._sort(above, nodes)
                    return self[query]
            elif alone:
                return _list(query.below(nodes[0]))
        return _list(query.find(self._message.root, **self.resources(query)))

    def _sort(self, place: Query, nodes: list[Node]) -> None:
        """
        Find all places that lie below one by children alone, in one pass over these.

        Another thread may bind further rules of the plan meanwhile: a place that comes while nodes are gone through
        would have some of its nodes only. It is looked for when it is asked for.
        """
        found = dict.fromkeys(place.children, _NONE)
        ways = place.ways
        for node in nodes:
            for child in node:
                way = ways.get(child.tag)
                if way is None:
                    continue
                for below in way.of(child) if way.by_attribute else way.plain:
                    known = found.get(below)
                    if known:
                        known.append(child)
                    elif known is not None:
                        found[below] = [child]
        self.update(found)

    def _is_level(self, place: Query) -> bool:
        """
        Whether all nodes of a place are elements equally far below one node. Else one may be in another, and what is
        below them would not come in the order of the document.
        """
        nodes = self[place]
        if nodes and isinstance(nodes[0], str):
            return False
        while len(nodes) > 1:
            if place.above is None:
                return False
            place = place.above
            nodes = self[place]
        return True

    def _followed(self, follow: Follow) -> list[Node]:
        known = self._resources.get(follow)
        if known is None:
            # References of one name share their targets, which may be many: these are gone through once.
            resolved = (resolve(self._message, node).targets for node in self[follow.references])
            found = {id(targets): targets for targets in resolved}
            known = list(dict.fromkeys(target for targets in found.values() for target in targets))
            self._resources[follow] = known
        return known


def _list(found: Any) -> list[Node]:
    # What yields a value finds nothing.
    return found if isinstance(found, list) else _NONE
