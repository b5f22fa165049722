"""
The events of a YAML parser, one after the other, to marked values.
"""

from __future__ import annotations

from typing import Any

import yaml

from itk3_validator.errors import Problem
from itk3_validator.lazy import pattern
from itk3_validator.pack.marked import LOST, Mapping, Mark, Node, Scalar, Sequence, is_lost
from itk3_validator.pack.names import shown
from itk3_validator.value import Row, replace

DEEPEST = 50
_MOST_PROBLEMS = 100

_STYLES = {"'": "single", '"': "double", "|": "literal", ">": "folded"}
_BREAK = pattern(r"\r\n|\r|\n")
# Written as what it finds: as what it leaves out it takes 3 ms to compile.
_NOT_XML = pattern("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


class _Open(Row):
    """
    A list or mapping whose end has not come; a mapping's keys and values take turns. *flow*: it stands in brackets.
    """

    is_mapping: bool
    flow: bool
    mark: Mark
    nodes: list[Node]


class Stop(Exception):
    """
    Reading on would tell nothing more.
    """


def place_of_end(before: str) -> tuple[int, int]:
    """
    Line and column of what follows *before*.
    """
    ends = [found.end() for found in _BREAK.finditer(before)]
    return len(ends) + 1, len(before) - (ends[-1] if ends else 0) + 1


class Tree:
    """
    Takes the events of one file, one after the other, and grows its marked values.
    """

    def __init__(self, file: str, text: str, key: str) -> None:
        self.file = file
        self.text = text
        self.key = key
        self.problems: list[Problem] = []
        self.whole = True
        self.ended = False
        self.root: Node | None = None
        self.documents = 0
        self.open: list[_Open] = []

    def take(self, event: yaml.Event) -> None:
        """
        Raises:
            Stop: Nothing more can be learned from this file.
        """
        # Of ten events seven are scalars.
        if type(event) is yaml.ScalarEvent:
            self._add(self._scalar(event))
        elif isinstance(event, yaml.CollectionStartEvent):
            self._begin(event)
        elif isinstance(event, yaml.CollectionEndEvent):
            self._end()
        elif isinstance(event, yaml.AliasEvent):
            self._alias(event)
        elif isinstance(event, yaml.DocumentStartEvent):
            self.documents += 1
            if self.documents > 1:
                remedy = "a file holds one; move this to a file of its own, or remove the '---'"
                self._problem(self._mark(event), "a second document begins here", remedy)
                raise Stop

    def finished(self) -> Mapping | None:
        """
        The mapping, once every event was taken.
        """
        start = Mark(self.file, 1, 1)
        if isinstance(self.root, Mapping):
            return self.root
        if isinstance(self.root, Sequence):
            remedy = f"begin with a key such as '{self.key}:' and put the list below it"
            self._problem(self.root.mark, "the file is a list, not keys with values", remedy)
        elif self.root is None or not self.root.text:
            if not self.problems:
                self._problem(start, "the file holds nothing", f"write keys such as '{self.key}:', or delete the file")
        else:
            remedy = f"write keys such as '{self.key}: ...', with a space after the ':'"
            self._problem(self.root.mark, "the file is one text, not keys with values", remedy)
        return None

    def so_far(self) -> Mapping | None:
        """
        The mapping as far as it was read, when the file breaks off. What stands in an open bracket may be anything.
        """
        self.whole, self.ended = False, True
        while self.open:
            is_mapping, flow, mark, nodes = self.open.pop()
            if flow:
                self._add(Scalar("", mark, LOST))
            elif is_mapping:
                self._add(replace(self._mapping(nodes[: len(nodes) // 2 * 2], mark), whole=False))
            else:
                self._add(Sequence(tuple(nodes), mark))
        return replace(self.root, whole=False) if isinstance(self.root, Mapping) else None

    def _scalar(self, event: Any) -> Scalar:
        mark = self._mark(event)
        style = _STYLES.get(event.style or "", "plain")
        named = (event.anchor or event.tag) and self._refuse_properties(event, mark)
        raw = "" if named else self._raw(event.start_mark.index, event.end_mark.index, style)
        scalar = Scalar(event.value, mark, style, raw)
        unfit = _NOT_XML.search(event.value) if style == "double" else None
        if unfit is not None:
            what = f"this escape gives the character U+{ord(unfit[0]):04X}, which no message can hold"
            remedy = "write the character itself" if "\ud800" <= unfit[0] <= "\udfff" else "remove it"
            self._lost(scalar.at(unfit.start()), what, remedy)
            return Scalar("", mark, LOST)
        return scalar

    def _raw(self, start: int, end: int, style: str) -> str:
        if style == "plain":
            return self.text[start:end]
        if style in ("single", "double"):
            return self.text[start + 1 : end - 1]
        header_end = _BREAK.search(self.text, start, end)
        return self.text[header_end.end() : end] if header_end else ""

    def _begin(self, event: Any) -> None:
        mark = self._mark(event)
        if len(self.open) == DEEPEST:
            self._problem(mark, f"nested more than {DEEPEST} levels deep", "use fewer levels, or close a bracket above")
            raise Stop
        self._refuse_properties(event, mark)
        self.open.append(_Open(isinstance(event, yaml.MappingStartEvent), bool(event.flow_style), mark, []))

    def _end(self) -> None:
        is_mapping, _, mark, nodes = self.open.pop()
        self._add(self._mapping(nodes, mark) if is_mapping else Sequence(tuple(nodes), mark))

    def _add(self, node: Node) -> None:
        if self.open:
            self.open[-1].nodes.append(node)
        else:
            self.root = node

    def _alias(self, event: Any) -> None:
        mark = self._mark(event)
        remedy = "write the value out; a text that begins with '*' goes in quotes"
        self._lost(mark, f"an alias ({_as_written('*' + event.anchor)}) is not allowed", remedy)
        self._add(Scalar("", mark, LOST))

    def _mapping(self, nodes: list[Node], mark: Mark) -> Mapping:
        """
        The pairs whose key is a text, those apart whose key stood before; the rest are problems.
        """
        pairs: dict[str, tuple[Scalar, Node]] = {}
        twice: list[tuple[Scalar, Node]] = []
        whole = True
        for key, value in zip(nodes[::2], nodes[1::2], strict=True):
            if not isinstance(key, Scalar) or is_lost(key) or not key.text or (key.text, key.style) == ("<<", "plain"):
                whole = False
            if not isinstance(key, Scalar):
                what = f"a {'list' if isinstance(key, Sequence) else 'mapping'} stands in place of a key"
                self._lost(key.mark, what, "put it in quotes if it is meant as text")
            elif is_lost(key):
                continue
            elif key.text == "<<" and key.style == "plain":
                self._lost(key.mark, "merging with '<<' is not allowed", "write the keys out")
            elif not key.text:
                self._lost(key.mark, "the key is empty", "write a name before the ':'")
            elif key.text in pairs:
                first = pairs[key.text][0].mark
                where = f"line {first.line}" if first.line != key.mark.line else f"column {first.column}"
                what = f"the key {shown(key.text)} stands twice, first at {where}"
                self._problem(key.mark, what, "remove one")
                twice.append((key, value))
            else:
                pairs[key.text] = key, value
        return Mapping(tuple(pairs.values()), mark, whole, tuple(twice))

    def _refuse_properties(self, event: Any, mark: Mark) -> bool:
        if event.anchor:
            remedy = "remove it; a text that begins with '&' goes in quotes"
            self._problem(mark, f"an anchor ({_as_written('&' + event.anchor)}) is not allowed", remedy)
        if event.tag:
            remedy = "remove it; a text that begins with '!' goes in quotes"
            tag = event.tag.replace("tag:yaml.org,2002:", "!!")
            self._problem(mark, f"a tag ({_as_written(tag)}) is not allowed", remedy)
        return bool(event.anchor or event.tag)

    def _lost(self, mark: Mark, what: str, remedy: str) -> None:
        self.whole = False
        self._problem(mark, what, remedy)

    def _problem(self, mark: Mark, what: str, remedy: str) -> None:
        if self.ended:
            return
        if len(self.problems) == _MOST_PROBLEMS:
            what = f"more than {_MOST_PROBLEMS} mistakes"
            self.problems.append(Problem(mark.file, mark.line, mark.column, what, "mend the ones above first", "yaml"))
            raise Stop
        self.problems.append(Problem(mark.file, mark.line, mark.column, what, remedy, "yaml"))

    def _mark(self, event: Any) -> Mark:
        start = event.start_mark
        if start.index >= len(self.text):
            # libyaml ends the last line, where the file does not.
            return Mark(self.file, *place_of_end(self.text))
        return Mark(self.file, start.line + 1, start.column + 1)


def _as_written(name: str) -> str:
    return name if len(name) <= 60 and name.isprintable() else shown(name)
