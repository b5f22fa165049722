"""
A pack as written: the sections of its files put together, nothing looked up yet.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from itk3_validator.errors import Problem
from itk3_validator.lazy import pattern
from itk3_validator.pack.marked import Mapping as MarkedMapping
from itk3_validator.pack.marked import Mark, Node, Scalar, Sequence, is_lost
from itk3_validator.pack.names import NAME
from itk3_validator.spelling import closest, did_you_mean
from itk3_validator.value import Value, field, replace

HEAD = ("pack", "version", "title", "source", "extends", "xpath")
NAMED = ("namespaces", "values", "facts", "selectors", "code-lists", "interactions")
LISTS = ("rules", "archive", "not-checkable", "tests")
DERIVING = ("ids", "change", "drop")
SECTIONS = (*HEAD, *NAMED, *LISTS, *DERIVING)

INHERITED = (*NAMED, "rules", "not-checkable")
RULE_ID = pattern(r"[A-Za-z0-9][A-Za-z0-9._&#:/\[\]-]*")


class Entry(Value):
    """
    One named thing (a selector, a value, a rule ...) and the pack that says it.

    *author* is the pack that wrote the checks of a rule, when that is another one. *section* is where a rule stands,
    ``rules`` or ``archive``.
    """

    key: Scalar
    value: Node
    pack: str
    author: str = ""
    section: str = "rules"


class Draft(Value):
    """
    One pack's own words.

    *named* holds the sections of named things, *rules* (with those over the archive behind the others) and
    *not_checkable* theirs by id, in the order of the files.
    *strays* are, by section, the entries without a name of their own: it is missing, or wrong, or another has it.
    *gaps* are the sections of which something could not be read.
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
    strays: Mapping[str, tuple[Entry, ...]] = field(default_factory=dict)
    gaps: frozenset[str] = frozenset()


def draft(files: Iterable[MarkedMapping], *, folder: str, unread: bool = False) -> tuple[Draft, tuple[Problem, ...]]:
    """
    Put the files of one pack together.

    Args:
        files: the files' contents, sorted by name; at least one.

        folder: the name of the pack's folder, which the key ``pack`` must repeat.

        unread: whether there are further files, which could not be read.
    """
    return _Assembly(folder, SECTIONS if unread else ()).assemble(tuple(files))


class _Assembly:
    def __init__(self, folder: str, gaps: Iterable[str]) -> None:
        self.folder = folder
        self.problems: list[Problem] = []
        self.gaps = set(gaps)
        self.strays: dict[str, list[Entry]] = {section: [] for section in (*NAMED, *LISTS)}

    def assemble(self, files: tuple[MarkedMapping, ...]) -> tuple[Draft, tuple[Problem, ...]]:
        pairs = self._by_section(files)
        head = {name: self._only(name, pairs[name]) for name in HEAD if pairs[name]}
        home = next((key.mark for key, _ in pairs["pack"]), files[0].mark)
        name = self._name(head.get("pack"), home)
        rules = self._by_id(name, "rules", pairs["rules"])
        rules |= self._by_id(name, "archive", pairs["archive"], rules)
        made = Draft(
            name=name,
            home=home,
            head=head,
            named={section: self._named(name, section, pairs[section]) for section in NAMED},
            rules=rules,
            not_checkable=self._by_id(name, "not-checkable", pairs["not-checkable"]),
            tests=tuple(item for key, value in pairs["tests"] for item in self._items("tests", key, value)),
            ids=self._once("ids", pairs["ids"]),
            change=tuple(self._pairs("change", pairs["change"])),
            drop=self._once("drop", pairs["drop"]),
        )
        if self.gaps.intersection(("extends", *DERIVING)):
            self.gaps.update(INHERITED)
        if "archive" in self.gaps:
            # What names a rule may mean one of these.
            self.gaps.add("rules")
        strays = {
            section: tuple(replace(each, pack=name) for each in entries) for section, entries in self.strays.items()
        }
        made = replace(made, strays=strays, gaps=frozenset(self.gaps))
        return made, tuple(self.problems)

    def _by_section(self, files: tuple[MarkedMapping, ...]) -> dict[str, list[tuple[Scalar, Node]]]:
        pairs: dict[str, list[tuple[Scalar, Node]]] = {section: [] for section in SECTIONS}
        misspelt: list[tuple[str, Scalar, Node]] = []
        for file in files:
            if not file.whole:
                self.gaps.update(SECTIONS)
            for key, value in file.pairs:
                if key.text in pairs:
                    pairs[key.text].append((key, value))
                    continue
                told = len(self.problems)
                self.tell(key.mark, f"unknown section {key.text!r}", did_you_mean(key.text, SECTIONS, told=told))
                near = closest(key.text, SECTIONS, told=told)
                if near is not None and _fits(near, value):
                    misspelt.append((near, key, value))
                else:
                    lost = is_lost(value)
                    self.gaps.update(section for section in SECTIONS if lost or _fits(section, value))
            for key, value in file.twice:
                if key.text in pairs and key.text not in HEAD:
                    pairs[key.text].append((key, value))
        for section, key, value in misspelt:
            # Read as what was meant: its mistakes are told as well, and what names it is right.
            if section not in HEAD or not pairs[section]:
                pairs[section].append((key, value))
        return pairs

    def tell(self, mark: Mark, what: str, remedy: str) -> None:
        self.problems.append(Problem(mark.file, mark.line, mark.column, what, remedy, "shape"))

    def _only(self, name: str, pairs: list[tuple[Scalar, Node]]) -> Node:
        first = pairs[0][0].mark
        for key, _ in pairs[1:]:
            self.tell(key.mark, f"{name!r} stands in two files, first in {first.file}", "keep one of them")
        return pairs[0][1]

    def _name(self, node: Node | None, home: Mark) -> str:
        if is_lost(node) or (node is None and "pack" in self.gaps):
            return self.folder
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
        for key, value in self._pairs(section, pairs):
            if key.text in entries:
                first = entries[key.text][0].mark
                where = f"{first.file}:{first.line}"
                self.tell(key.mark, f"{key.text!r} stands twice in {section!r}, first at {where}", "remove one")
                self._stray(section, key, value)
            else:
                entries[key.text] = key, value
        return tuple(entries.values())

    def _named(self, pack: str, section: str, pairs: list[tuple[Scalar, Node]]) -> dict[str, Entry]:
        entries: dict[str, Entry] = {}
        for key, value in self._once(section, pairs):
            if not NAME.fullmatch(key.text):
                remedy = "begin with a letter, then letters, digits and hyphens"
                self.tell(key.mark, f"{key.text!r} cannot be a name in {section!r}", remedy)
            entries[key.text] = Entry(key, value, pack)
        return entries

    def _by_id(
        self, pack: str, meant: str, pairs: list[tuple[Scalar, Node]], before: Mapping[str, Entry] | None = None
    ) -> dict[str, Entry]:
        """
        The entries of a section by their ids, each once; *before* holds those of another that shares the ids.
        """
        entries: dict[str, Entry] = {}
        taken = dict(before or {})
        for section, value in pairs:
            for item in self._items(meant, section, value):
                identifier = item.get("id") if isinstance(item, MarkedMapping) else None
                if is_lost(item) or is_lost(identifier):
                    self.gaps.add(meant)
                elif not isinstance(identifier, Scalar):
                    if not (isinstance(item, MarkedMapping) and not item.whole):
                        self.tell(item.mark, f"an entry of {section.text!r} has no id", "write '- id: ...'")
                elif not RULE_ID.fullmatch(identifier.text):
                    remedy = "letters, digits and . _ & # : / [ ] - are allowed, a letter or digit first"
                    self.tell(identifier.mark, f"{identifier.text!r} cannot be an id", remedy)
                elif identifier.text in taken:
                    first = taken[identifier.text].key.mark
                    remedy = "give each its own; a further sentence of a clause is written ID/2"
                    what = f"the id {identifier.text!r} stands twice, first at {first.file}:{first.line}"
                    self.tell(identifier.mark, what, remedy)
                else:
                    entries[identifier.text] = Entry(identifier, item, pack, section=meant)
                    taken[identifier.text] = entries[identifier.text]
                    continue
                self._stray(meant, identifier if isinstance(identifier, Scalar) else Scalar("", item.mark), item)
        return entries

    def _stray(self, section: str, key: Scalar, value: Node) -> None:
        if section in self.strays:
            self.strays[section].append(Entry(key, value, ""))

    def _items(self, section: str, key: Scalar, value: Node) -> tuple[Node, ...]:
        if isinstance(value, Sequence):
            return value.items
        self.gaps.add(section)
        if not is_lost(value):
            self.tell(value.mark, f"{key.text!r} holds a list", "begin each entry with '- '")
        return ()

    def _pairs(self, section: str, pairs: list[tuple[Scalar, Node]]) -> Iterable[tuple[Scalar, Node]]:
        for key, value in pairs:
            if isinstance(value, MarkedMapping):
                for name, each in value.twice:
                    self._stray(section, name, each)
                if not value.whole:
                    self.gaps.add(section)
                yield from value.pairs
                continue
            self.gaps.add(section)
            if not is_lost(value):
                self.tell(value.mark, f"{key.text!r} holds names and what they stand for", "write 'name: ...' below it")


def _fits(section: str, value: Node) -> bool:
    """
    Whether a value can be that of a section, by its shape.
    """
    if section in LISTS or section == "extends":
        return isinstance(value, Sequence)
    if section in HEAD and section != "source":
        return isinstance(value, Scalar)
    return isinstance(value, MarkedMapping)
