"""
The bytes of a rule file to marked values, or to problems an analyst can mend.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

import yaml

from itk3_validator.errors import Problem
from itk3_validator.pack.marked import Mapping, Mark, Node, Scalar, Sequence
from itk3_validator.pack.yaml_words import escape_problem, syntax_problem

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

LARGEST = 5_000_000
DEEPEST = 50
_MOST_PROBLEMS = 100
_MOST_READ_AGAIN = 500_000  # characters; the pure-Python loader takes up to a second for each 100,000

_STYLES = {"'": "single", '"': "double", "|": "literal", ">": "folded"}
_BREAK = re.compile(r"\r\n|\r|\n")
# What YAML refuses, and what it takes for a line break or for nothing while an editor does not.
_UNFIT = re.compile("[^\t\n\r\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ALIAS = "alias"


def read_yaml(file: str, data: bytes, *, key: str = "rules") -> tuple[Mapping | None, tuple[Problem, ...]]:
    """
    Read one rule file, in which everything is text.

    Args:
        file: The name for marks and problems; the file itself is not touched.

        data: UTF-8, at most 5,000,000 bytes.

        key: A key that such a file may have, for the remedies.

    Returns:
        The mapping that the file holds, and every problem found, sorted by place. The mapping is None unless
        all of it could be read: beside it stand only problems that leave its content alone (of a key that stands
        twice the first is kept; anchors and tags are ignored). There is always a mapping or a problem.
    """
    text, problems = _decoded(file, data)
    if problems:
        return None, problems
    result = _read(file, text, _Loader, key)
    if result.broken and _Loader is not yaml.SafeLoader and len(text) <= _MOST_READ_AGAIN:
        # libyaml often tells the place where it gave up, the pure-Python loader the place of the mistake.
        result = _read(file, text, yaml.SafeLoader, key)
    return result.root, tuple(sorted(set(result.problems)))


class _Result(NamedTuple):
    root: Mapping | None
    problems: list[Problem]
    broken: bool


class _Open(NamedTuple):
    """
    A list or mapping whose end has not come; a mapping's keys and values take turns.
    """

    is_mapping: bool
    mark: Mark
    nodes: list[Node]


class _Stop(Exception):
    """
    Reading on would tell nothing more.
    """


def _decoded(file: str, data: bytes) -> tuple[str, tuple[Problem, ...]]:
    if len(data) > LARGEST:
        what = f"the file has {len(data):,} bytes, and {LARGEST:,} are the most"
        return "", (Problem(file, 1, 1, what, "split it into several files", "yaml"),)
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "", (Problem(file, 1, 1, "the file is UTF-16", "save it as UTF-8", "yaml"),)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line, column = _place(data[: error.start].decode("utf-8").removeprefix("\ufeff"))
        what = f"the byte {data[error.start]:02X} here is not UTF-8"
        return "", (Problem(file, line, column, what, "save the file as UTF-8", "yaml"),)
    text = text.removeprefix("\ufeff")
    return text, _unfit_characters(file, text)


def _unfit_characters(file: str, text: str) -> tuple[Problem, ...]:
    problems: list[Problem] = []
    line, start, breaks = 1, 0, _BREAK.finditer(text)
    ahead = next(breaks, None)
    for found in _UNFIT.finditer(text):
        while ahead is not None and ahead.end() <= found.start():
            line, start, ahead = line + 1, ahead.end(), next(breaks, None)
        what = f"the invisible character U+{ord(found[0]):04X} stands here"
        problems.append(Problem(file, line, found.start() - start + 1, what, "remove it", "yaml"))
        if len(problems) == _MOST_PROBLEMS:
            break
    return tuple(problems)


def _place(before: str) -> tuple[int, int]:
    """
    Line and column of what follows *before*.
    """
    ends = [found.end() for found in _BREAK.finditer(before)]
    return len(ends) + 1, len(before) - (ends[-1] if ends else 0) + 1


def _read(file: str, text: str, loader_type: Any, key: str) -> _Result:
    tree = _Tree(file, text, key)
    loader = loader_type(text)
    try:
        while loader.check_event():
            tree.take(loader.get_event())
        return _Result(tree.finished(), tree.problems, broken=False)
    except _Stop:
        return _Result(None, tree.problems, broken=False)
    except yaml.MarkedYAMLError as error:
        return _Result(None, [*tree.problems, syntax_problem(file, text, error)], broken=True)
    except (ValueError, OverflowError):
        # The pure-Python loader hands the number of an escape or a directive to chr() and int() as it is.
        mark = loader.get_mark()
        problem = escape_problem(file, mark.line + 1, mark.column + 1)
        return _Result(None, [*tree.problems, problem], broken=True)
    finally:
        loader.dispose()


class _Tree:
    """
    Takes the events of one file, one after the other, and grows its marked values.
    """

    def __init__(self, file: str, text: str, key: str) -> None:
        self.file = file
        self.text = text
        self.key = key
        self.problems: list[Problem] = []
        self.whole = True
        self.root: Node | None = None
        self.documents = 0
        self.open: list[_Open] = []

    def take(self, event: yaml.Event) -> None:
        """
        Raises:
            _Stop: Nothing more can be learned from this file.
        """
        if isinstance(event, yaml.ScalarEvent):
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
                raise _Stop

    def finished(self) -> Mapping | None:
        """
        The mapping, once every event was taken.
        """
        start = Mark(self.file, 1, 1)
        if isinstance(self.root, Mapping):
            return self.root if self.whole else None
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

    def _scalar(self, event: Any) -> Scalar:
        mark = self._mark(event)
        style = _STYLES.get(event.style or "", "plain")
        named = self._refuse_properties(event, mark)
        raw = "" if named else self._raw(event.start_mark.index, event.end_mark.index, style)
        scalar = Scalar(event.value, mark, style, raw)
        unfit = _NOT_XML.search(event.value) if style == "double" else None
        if unfit is not None:
            what = f"this escape gives the character U+{ord(unfit[0]):04X}, which no message can hold"
            remedy = "write the character itself" if "\ud800" <= unfit[0] <= "\udfff" else "remove it"
            self._problem(scalar.at(unfit.start()), what, remedy)
            self.whole = False
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
            raise _Stop
        self._refuse_properties(event, mark)
        self.open.append(_Open(isinstance(event, yaml.MappingStartEvent), mark, []))

    def _end(self) -> None:
        is_mapping, mark, nodes = self.open.pop()
        self._add(Mapping(self._pairs(nodes), mark) if is_mapping else Sequence(tuple(nodes), mark))

    def _add(self, node: Node) -> None:
        if self.open:
            self.open[-1].nodes.append(node)
        else:
            self.root = node

    def _alias(self, event: Any) -> None:
        mark = self._mark(event)
        remedy = "write the value out; a text that begins with '*' goes in quotes"
        self._problem(mark, f"an alias ({_as_written('*' + event.anchor)}) is not allowed", remedy)
        self.whole = False
        self._add(Scalar("", mark, _ALIAS))

    def _pairs(self, nodes: list[Node]) -> tuple[tuple[Scalar, Node], ...]:
        """
        The pairs whose key is a text that stands for the first time; the rest are problems.
        """
        pairs: dict[str, tuple[Scalar, Node]] = {}
        for key, value in zip(nodes[::2], nodes[1::2], strict=True):
            if not isinstance(key, Scalar):
                what = f"a {'list' if isinstance(key, Sequence) else 'mapping'} stands in place of a key"
                self._lost(key.mark, what, "put it in quotes if it is meant as text")
            elif key.style == _ALIAS:
                continue
            elif key.text == "<<" and key.style == "plain":
                self._lost(key.mark, "merging with '<<' is not allowed", "write the keys out")
            elif not key.text:
                self._lost(key.mark, "the key is empty", "write a name before the ':'")
            elif key.text in pairs:
                first = pairs[key.text][0].mark
                where = f"line {first.line}" if first.line != key.mark.line else f"column {first.column}"
                what = f"the key {_shown(key.text)} stands twice, first at {where}"
                self._problem(key.mark, what, "remove one")
            else:
                pairs[key.text] = key, value
        return tuple(pairs.values())

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
        if len(self.problems) == _MOST_PROBLEMS:
            what = f"more than {_MOST_PROBLEMS} mistakes"
            self.problems.append(Problem(mark.file, mark.line, mark.column, what, "mend the ones above first", "yaml"))
            raise _Stop
        self.problems.append(Problem(mark.file, mark.line, mark.column, what, remedy, "yaml"))

    def _mark(self, event: Any) -> Mark:
        if event.start_mark.index >= len(self.text):
            # libyaml ends the last line, where the file does not.
            return Mark(self.file, *_place(self.text))
        return Mark(self.file, event.start_mark.line + 1, event.start_mark.column + 1)


def _shown(name: str) -> str:
    """
    A name in quotes, cut when it is long.
    """
    return repr(name if len(name) <= 60 else name[:59] + "…")


def _as_written(name: str) -> str:
    return name if len(name) <= 60 and name.isprintable() else _shown(name)
