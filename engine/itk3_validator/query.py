"""
The XPath of a place, and how the place lies below another one.

Most places of a publication are named by a place above them: `$handling/f:extension[@url='LocalExtension']`. Where that
one is a single node, what is below it is found there, and nothing is gone through from the root again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property, lru_cache

from lxml import etree

from itk3_validator import xpath
from itk3_validator.fhir import Node
from itk3_validator.lazy import pattern
from itk3_validator.value import Value

# Places below each other; whoever looks them up goes down by calls.
_DEEPEST = 50


class Child(Value):
    """
    The children of a name, as ``{namespace}name``; with an *attribute*, those of which it has this *value*.
    """

    tag: str
    attribute: str | None = None
    value: str | None = None


class Ways:
    """
    The places that children of one name may be: every such child is at *plain* places, and by the value of an
    attribute at others.
    """

    __slots__ = ("by_attribute", "plain")

    def __init__(self) -> None:
        self.plain: list[Query] = []
        self.by_attribute: dict[str, dict[str | None, list[Query]]] = {}

    def of(self, child: Node) -> Sequence[Query]:
        """
        The places that a child is at: the plain ones, and those of the values of its attributes.
        """
        found = self.plain
        for attribute, by in self.by_attribute.items():
            valued = by.get(child.get(attribute))
            if valued:
                found = [*found, *valued] if found else valued
        return found

    def add(self, query: Query, child: Child) -> None:
        """
        Note a place.
        """
        if child.attribute is None:
            self.plain.append(query)
            return
        if child.attribute not in self.by_attribute:
            # Another thread may be going through them.
            self.by_attribute = {**self.by_attribute, child.attribute: {}}
        self.by_attribute[child.attribute].setdefault(child.value, []).append(query)


class Query:
    """
    An XPath, compiled when it is first asked. *follows* are the selectors whose resources it begins at: they are looked
    up message by message.

    *above* is a place that this one lies below, *piece* the rest of the text from there on: a step, predicates, or
    nothing where both are the same place.

    Attributes:
        place: itself, or the query of the same place.

        child: how the one above leads here, where that is by the children of a name.

        under: all places that lie below; *children* those that do so by children alone. While a pack is compiled these
            grow.

        ways: these, by the names of the children.

        depth: how many others it lies below.
    """

    def __init__(
        self,
        text: str,
        namespaces: Mapping[str, str],
        follows: tuple[Follow, ...] = (),
        above: Query | None = None,
        piece: str = "",
    ) -> None:
        self.text = text
        self.namespaces = namespaces
        self.follows = follows
        self.place: Query = above.place if above is not None and not piece else self
        near = above is not None and above.place.depth < _DEEPEST
        self.above = above.place if above is not None and near and piece else None
        self.piece = piece
        self.child = _child(piece, namespaces) if piece else None
        self.ways: dict[str, Ways] = {}
        self.children: list[Query] = []
        self.under: list[Query] = []
        around = self.above
        while around is not None:
            around.under.append(self)
            around = around.above
        self.depth: int = self.above.depth + 1 if self.above is not None else 0
        if self.above is not None and self.child is not None:
            # In this order: the children that `nodes` knows of can all be reached.
            self.above.ways.setdefault(self.child.tag, Ways()).add(self, self.child)
            self.above.children.append(self)

    @cached_property
    def find(self) -> etree.XPath:
        return _compiled(self.text, tuple(self.namespaces.items()))

    @cached_property
    def below(self) -> etree.XPath:
        """
        What leads here from the one node above.
        """
        text = self.piece[1:] if self.piece[0] == "/" else f"self::node(){self.piece}"
        return _compiled(text, tuple(self.namespaces.items()))

    def shorter(self) -> Iterator[etree.XPath]:
        """
        The ever shorter paths on which the nearest existing ancestor is found, longest first.
        """
        namespaces = tuple(self.namespaces.items())
        for text in self._shorter:
            yield _compiled(text, namespaces)

    @cached_property
    def _shorter(self) -> tuple[str, ...]:
        return xpath.shorter(self.text)


class Follow(Value, eq=False):
    """
    A selector that names the resources which references point to.
    """

    name: str
    references: Query


@lru_cache(maxsize=2_000)
def _compiled(text: str, namespaces: tuple[tuple[str, str], ...]) -> etree.XPath:
    # Packs that extend one pack ask the same. lxml lets one thread at a time evaluate it.
    return etree.XPath(text, namespaces=dict(namespaces), regexp=False)


def cuts(text: str) -> tuple[int, ...]:
    """
    Where the steps of a path begin that goes down from `$name` or `/f:name`, by children and attributes alone.

    Empty where there is none, or the text is anything else. It is an XPath that loading has accepted.
    """
    head = _HEAD.match(text)
    if head is None:
        return ()
    begin, at = [], head.end()
    while at < len(text):
        piece = (_STEP if text[at] == "/" else _PREDICATES).match(text, at)
        if piece is None or "$" in piece[0]:
            return ()
        begin.append(at)
        at = piece.end()
    return tuple(begin)


def _child(piece: str, namespaces: Mapping[str, str]) -> Child | None:
    child = _CHILD.fullmatch(piece)
    if child is None or child["prefix"] not in namespaces:
        return None
    value = child["literal"]
    tag = f"{{{namespaces[child['prefix']]}}}{child['name']}"
    return Child(tag, child["attribute"], value and value[1:-1])


# Literals may hold brackets; predicates may hold predicates, and these again.
_LITERAL = r"'[^']*+'|\"[^\"]*+\""
_FLAT = rf"[^\[\]'\"]++|{_LITERAL}"
_INNER = rf"\[(?:{_FLAT}|\[(?:{_FLAT})*+\])*+\]"
_PREDICATE = rf"\[(?:{_FLAT}|{_INNER})*+\]"
_NAME = r"[A-Za-z_][A-Za-z0-9_.-]*+"
_TEST = rf"(?:{_NAME}:)?+(?:{_NAME}|\*)(?![(:])"
_HEAD = pattern(rf"\$[A-Za-z][A-Za-z0-9-]*+|/(?:{_NAME}:)?+{_NAME}(?![(:])(?:{_PREDICATE})*+")
_STEP = pattern(rf"/@?+{_TEST}(?:{_PREDICATE})*+")
_PREDICATES = pattern(rf"(?:{_PREDICATE})++")
_CHILD = pattern(rf"/(?P<prefix>{_NAME}):(?P<name>{_NAME})(?:\[@(?P<attribute>{_NAME})=(?P<literal>{_LITERAL})\])?")
