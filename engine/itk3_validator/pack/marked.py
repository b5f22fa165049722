"""
Marked values: what a rule file holds, every piece with its place in the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TypeAlias

from itk3_validator.lazy import pattern
from itk3_validator.value import Row, Value

_BREAK = pattern(r"\r\n|\r|\n")
_BLANKS = " \t\r\n"
# The style of what stands for a value that could not be read.
LOST = "lost"
_TOKENS = {
    "single": pattern(r"''|.", re.DOTALL),
    "double": pattern(r"\\(?:x.{2}|u.{4}|U.{8}|\r\n|.)|.", re.DOTALL),
}
_TOKEN = pattern(r".", re.DOTALL)
_BLANK_ESCAPES = frozenset({r"\ ", r"\t", "\\\t", r"\n", r"\r", "\\\n", "\\\r", "\\\r\n"})


class Mark(Row):
    """
    A place in a rule file; line and column count code points from 1.
    """

    file: str
    line: int
    column: int


class Scalar(Row):
    """
    A text, always a text: ``true``, ``007`` and ``~`` mean what is written, and nothing is ``""``.

    *style* is plain, single, double, literal or folded, or lost for what could not be read. *raw* is the source
    between the quotes, or the source lines below a ``|`` or ``>``; when it is empty, every offset is at *mark*.
    """

    text: str
    mark: Mark
    style: str = "plain"
    raw: str = ""

    def at(self, offset: int) -> Mark:
        """
        The place in the file of the code point *offset* of the text; at most the end of the text.

        Exact, but for white space that YAML folded: that is placed right after the word before it.
        """
        if not self.raw:
            return self.mark
        offset = max(0, min(offset, len(self.text)))
        before = self.raw[: _raw_offset(self, offset)]
        breaks = [found.end() for found in _BREAK.finditer(before)]
        line, column = self._start()
        if breaks:
            return Mark(self.mark.file, line + len(breaks), 1 + len(before) - breaks[-1])
        return Mark(self.mark.file, line, column + len(before))

    def _start(self) -> tuple[int, int]:
        """
        Line and column at which *raw* begins.
        """
        if self.style in ("literal", "folded"):
            return self.mark.line + 1, 1
        return self.mark.line, self.mark.column + (self.style != "plain")


class Sequence(Value):
    """
    A list; *mark* is its first item's dash, or its bracket.
    """

    items: tuple[Node, ...]
    mark: Mark


class Mapping(Value):
    """
    Keys and values in the order of the file, each key once.

    *whole* is false where pairs could not be read; *twice* are those whose key had stood before.
    """

    pairs: tuple[tuple[Scalar, Node], ...]
    mark: Mark
    whole: bool = True
    twice: tuple[tuple[Scalar, Node], ...] = ()

    def get(self, key: str) -> Node | None:
        """
        The value of *key*, or None. Looks through the pairs, so walk ``pairs`` instead of asking for each.
        """
        return next((value for name, value in self.pairs if name.text == key), None)

    def keys(self) -> tuple[str, ...]:
        """
        The texts of the keys, in the order of the file.
        """
        return tuple(name.text for name, _ in self.pairs)


Node: TypeAlias = Scalar | Sequence | Mapping


def is_whole(node: Node) -> bool:
    """
    Whether everything in it could be read.
    """
    if isinstance(node, Mapping):
        return node.whole and all(not is_lost(key) and is_whole(value) for key, value in node.pairs)
    return all(map(is_whole, node.items)) if isinstance(node, Sequence) else not is_lost(node)


def is_lost(node: object) -> bool:
    """
    Whether what stands at this place could not be read, which has been told.
    """
    return isinstance(node, Scalar) and node.style == LOST


def _raw_offset(scalar: Scalar, offset: int) -> int:
    if scalar.style == "literal":
        return _literal_offset(scalar, offset)
    tokens = [(found.start(), found.group()) for found in _TOKENS.get(scalar.style, _TOKEN).finditer(scalar.raw)]
    if scalar.style == "folded" or _BREAK.search(scalar.raw):
        return _folded_offset(scalar, offset, tokens)
    return tokens[offset][0] if offset < len(tokens) else len(scalar.raw)


def _literal_offset(scalar: Scalar, offset: int) -> int:
    """
    Line for line the text is the source, less an indentation that is the same on every line.
    """
    row = scalar.text.count("\n", 0, offset)
    column = offset - (scalar.text.rfind("\n", 0, offset) + 1)
    rows = list(_rows(scalar.raw))
    if row >= len(rows):
        return len(scalar.raw)
    texts = scalar.text.split("\n")
    indent = next((len(raw) - len(text) for (_, raw), text in zip(rows, texts, strict=False) if text), 0)
    start, raw = rows[row]
    return start + min(indent + column, len(raw))


def _rows(raw: str) -> Iterator[tuple[int, str]]:
    """
    The lines of *raw*, each with where it begins.
    """
    start = 0
    for found in _BREAK.finditer(raw):
        yield start, raw[start : found.start()]
        start = found.end()
    yield start, raw[start:]


def _folded_offset(scalar: Scalar, offset: int, tokens: list[tuple[int, str]]) -> int:
    """
    Folding changes white space only, so the n-th visible character is the same on both sides.
    """
    ahead = sum(each not in _BLANKS for each in scalar.text[:offset])
    visible = [(start, token) for start, token in tokens if not _is_blank(token)]
    if ahead < len(visible) and offset < len(scalar.text) and scalar.text[offset] not in _BLANKS:
        return visible[ahead][0]
    if not 0 < ahead <= len(visible):
        return 0
    start, token = visible[ahead - 1]
    return start + len(token)


def _is_blank(token: str) -> bool:
    if token in _BLANK_ESCAPES:
        return True
    if len(token) > 2 and token[0] == "\\":
        return chr(int(token.lstrip("\\xuU"), 16)) in _BLANKS
    return token in _BLANKS
