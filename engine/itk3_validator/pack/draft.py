"""
A pack as written: the sections of its files put together, nothing looked up yet.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from itk3_validator.errors import Problem
from itk3_validator.pack.marked import Mapping as MarkedMapping
from itk3_validator.pack.marked import Mark, Node, Scalar, Sequence
from itk3_validator.spelling import did_you_mean

HEAD = ("pack", "version", "title", "source", "extends", "xpath")
NAMED = ("namespaces", "values", "facts", "selectors", "code-lists", "interactions")
LISTS = ("rules", "not-checkable", "tests")
DERIVING = ("ids", "change", "drop")
SECTIONS = (*HEAD, *NAMED, *LISTS, *DERIVING)

RULE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._&#:/\[\]-]*")


@dataclass(frozen=True, slots=True)
class Entry:
    """
    One named thing (a selector, a value, a rule ...) and the pack that says it.

    *author* is the pack that wrote the checks of a rule, when that is another one.
    """

    key: Scalar
    value: Node
    pack: str
    author: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """
    One pack's own words.

    *named* holds the sections of named things, *rules* and *not_checkable* theirs by id, in the order of the files.
    """

    name: str
    home: Mark
    head: Mapping[str, Node] = field(default_factory=dict)
    named: Mapping[str, Mapping[str, Entry]] = field(default_factory=dict)
    rules: Mapping[str, Entry] = field(default_factory=dict)
    not_checkable: Mapping[str, Entry] = field(default_factory=dict)
    tests: tuple[Node, ...] = ()
    ids: tuple[tuple[Scalar, Node], ...] = ()
    change: tuple[tuple[Scalar, Node], ...] = ()
    drop: tuple[tuple[Scalar, Node], ...] = ()


def draft(files: Iterable[MarkedMapping], *, folder: str) -> tuple[Draft, tuple[Problem, ...]]:
    """
    Put the files of one pack together.

    Args:
        files: the files' contents, sorted by name; at least one.

        folder: the name of the pack's folder, which the key ``pack`` must repeat.
    """
    return _Assembly(folder).assemble(tuple(files))


class _Assembly:
    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.problems: list[Problem] = []

    def assemble(self, files: tuple[MarkedMapping, ...]) -> tuple[Draft, tuple[Problem, ...]]:
        pairs: dict[str, list[tuple[Scalar, Node]]] = {section: [] for section in SECTIONS}
        for file in files:
            for key, value in file.pairs:
                if key.text in pairs:
                    pairs[key.text].append((key, value))
                else:
                    self.tell(key.mark, f"unknown section {key.text!r}", did_you_mean(key.text, SECTIONS))
        head = {name: self._only(name, pairs[name]) for name in HEAD if pairs[name]}
        home = next((key.mark for key, _ in pairs["pack"]), files[0].mark)
        name = self._name(head.get("pack"), home)
        made = Draft(
            name=name,
            home=home,
            head=head,
            named={section: self._named(name, section, pairs[section]) for section in NAMED},
            rules=self._by_id(name, pairs["rules"]),
            not_checkable=self._by_id(name, pairs["not-checkable"]),
            tests=tuple(item for key, value in pairs["tests"] for item in self._items(key, value)),
            ids=self._once("ids", pairs["ids"]),
            change=tuple(self._pairs(pairs["change"])),
            drop=self._once("drop", pairs["drop"]),
        )
        return made, tuple(self.problems)

    def tell(self, mark: Mark, what: str, remedy: str) -> None:
        self.problems.append(Problem(mark.file, mark.line, mark.column, what, remedy, "shape"))

    def _only(self, name: str, pairs: list[tuple[Scalar, Node]]) -> Node:
        first = pairs[0][0].mark
        for key, _ in pairs[1:]:
            self.tell(key.mark, f"{name!r} stands in two files, first in {first.file}", "keep one of them")
        return pairs[0][1]

    def _name(self, node: Node | None, home: Mark) -> str:
        if not isinstance(node, Scalar):
            self.tell(home, "the pack has no name", f"write 'pack: {self.folder}' in one of its files")
            return self.folder
        if not re.fullmatch(r"[a-z0-9][a-z0-9-]*", node.text):
            remedy = "use lower-case letters, digits and hyphens"
            self.tell(node.mark, f"{node.text!r} cannot be the name of a pack", remedy)
        elif node.text != self.folder:
            remedy = f"rename the folder to {node.text}, or write 'pack: {self.folder}'"
            self.tell(node.mark, f"the pack is called {node.text!r} but its folder {self.folder!r}", remedy)
        return node.text

    def _once(self, section: str, pairs: list[tuple[Scalar, Node]]) -> tuple[tuple[Scalar, Node], ...]:
        """
        Names and what they stand for, each name once in all files.
        """
        entries: dict[str, tuple[Scalar, Node]] = {}
        for key, value in self._pairs(pairs):
            if key.text in entries:
                first = entries[key.text][0].mark
                where = f"{first.file}:{first.line}"
                self.tell(key.mark, f"{key.text!r} stands twice in {section!r}, first at {where}", "remove one")
            else:
                entries[key.text] = key, value
        return tuple(entries.values())

    def _named(self, pack: str, section: str, pairs: list[tuple[Scalar, Node]]) -> dict[str, Entry]:
        entries: dict[str, Entry] = {}
        for key, value in self._once(section, pairs):
            if not re.fullmatch(r"[A-Za-z][A-Za-z0-9-]*", key.text):
                remedy = "begin with a letter, then letters, digits and hyphens"
                self.tell(key.mark, f"{key.text!r} cannot be a name in {section!r}", remedy)
            else:
                entries[key.text] = Entry(key, value, pack)
        return entries

    def _by_id(self, pack: str, pairs: list[tuple[Scalar, Node]]) -> dict[str, Entry]:
        entries: dict[str, Entry] = {}
        for section, value in pairs:
            for item in self._items(section, value):
                identifier = item.get("id") if isinstance(item, MarkedMapping) else None
                if not isinstance(identifier, Scalar):
                    self.tell(item.mark, f"an entry of {section.text!r} has no id", "write '- id: ...'")
                elif not RULE_ID.fullmatch(identifier.text):
                    remedy = "letters, digits and . _ & # : / [ ] - are allowed, a letter or digit first"
                    self.tell(identifier.mark, f"{identifier.text!r} cannot be an id", remedy)
                elif identifier.text in entries:
                    first = entries[identifier.text].key.mark
                    remedy = "give each its own; a further sentence of a clause is written ID/2"
                    what = f"the id {identifier.text!r} stands twice, first at {first.file}:{first.line}"
                    self.tell(identifier.mark, what, remedy)
                else:
                    entries[identifier.text] = Entry(identifier, item, pack)
        return entries

    def _items(self, key: Scalar, value: Node) -> tuple[Node, ...]:
        if isinstance(value, Sequence):
            return value.items
        self.tell(value.mark, f"{key.text!r} holds a list", "begin each entry with '- '")
        return ()

    def _pairs(self, pairs: list[tuple[Scalar, Node]]) -> Iterable[tuple[Scalar, Node]]:
        for key, value in pairs:
            if isinstance(value, MarkedMapping):
                yield from value.pairs
            else:
                self.tell(value.mark, f"{key.text!r} holds names and what they stand for", "write 'name: ...' below it")
