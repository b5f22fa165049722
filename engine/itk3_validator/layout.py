"""
The source text of a message laid out: where every start tag, attribute and text begins.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from itertools import islice
from typing import Any

from lxml import etree

from itk3_validator.attachments import KEPT, MARK
from itk3_validator.fhir import Node
from itk3_validator.lazy import pattern
from itk3_validator.message import Message
from itk3_validator.source import Lines, decode

XML_NAMESPACE = "http://www.w3.org/XML/1998/namespace"

# A '<' inside a value is never well formed, so outside comments, CDATA and instructions each one begins a tag; the
# group is there for a start tag alone.
_TAG = pattern(r"<(?:([^!?/])|!--.*?-->|!\[CDATA\[.*?\]\]>|\?.*?\?>)", re.DOTALL)
_NAME = pattern(r"[^ \t\r\n/>=]+")
_ATTRIBUTE = pattern(r"[ \t\r\n]+([^ \t\r\n/>=]+)[ \t\r\n]*=[ \t\r\n]*(\"[^\"]*+\"|'[^']*+')")
TAG_END = pattern(r"[ \t\r\n]*/?>")
_NOT_TEXT = pattern(r"(?:<!--.*?-->|<\?.*?\?>|<!\[CDATA\[(?:\]\]>)?+)*+", re.DOTALL)

# To count takes less than to number all elements of a small message (in characters), and less memory than all of one
# with many elements.
_SMALL, MANY = 20_000, 300_000
_BEFORE: Any = etree.XPath("count(preceding::*) + count(ancestor::*)", regexp=False)


class Layout:
    """
    The lines of the source, and the offset of every start tag: the elements in document order.

    *gaps* are the offsets where the middle of an attachment is left out, and how many characters more that was.
    """

    __slots__ = ("_known", "gaps", "lines")

    def __init__(self, lines: Lines, gaps: tuple[tuple[int, int], ...]) -> None:
        self.lines = lines
        self.gaps = gaps
        # Most is wrong in the header, and that comes first. Another list takes its place when more is asked for, so
        # that threads can share it.
        self._known: list[int] = []

    def start(self, number: int) -> int | None:
        """
        The offset of a start tag, by its number from 0; None where there are not so many.
        """
        known = self._known
        if number >= len(known):
            known = self._known = self._more(known, number + 1)
        return known[number] if number < len(known) else None

    def _more(self, known: list[int], wanted: int) -> list[int]:
        """
        What is known with so many offsets, and more; all of them, where there are fewer.
        """
        more = [*known]
        found = self._tags(known)
        while len(more) < wanted and (tags := list(islice(found, max(wanted - len(more), len(more), _AT_LEAST)))):
            more += [tag.start() for tag in tags if tag.lastindex]
        return more

    def last_start(self, offset: int) -> int | None:
        """
        The offset of the last start tag that does not begin behind an offset.
        """
        known = self._known
        if not known or known[-1] <= offset:
            known = self._known = [*known, *_until(offset, self._after(known))]
        number = bisect_right(known, offset)
        return known[number - 1] if number else None

    def _after(self, known: list[int]) -> Iterator[int]:
        return (tag.start() for tag in self._tags(known) if tag.lastindex)

    def _tags(self, known: list[int]) -> Iterator[re.Match[str]]:
        """
        Start tags behind those that are known, and what else may look like one.
        """
        return _TAG.finditer(self.lines.text, known[-1] + 1 if known else 0)

    def at(self, offset: int) -> tuple[int, int]:
        """
        Line and column in the message as received.
        """
        line, column = self.lines.at(offset)
        if self.gaps:
            column += sum(left_out for gap, left_out in self.gaps if offset - column < gap < offset)
        return line, column


_AT_LEAST = 32


def _until(offset: int, starts: Iterator[int]) -> Iterator[int]:
    for each in starts:
        yield each
        if each > offset:
            return


def layout_of(message: Message) -> Layout | None:
    """
    The source text laid out; None where Python cannot decode it. Ask for it with ``message.derived``.
    """
    text = decode(message.read)
    return None if text is None else Layout(Lines(text), tuple(_gaps(message, text)))


def _gaps(message: Message, text: str) -> Iterator[tuple[int, int]]:
    end = 0
    for attachment in message.attachments:
        gap = text.index(MARK, end)
        end = text.index(MARK, gap + 1) + 1
        yield gap, len(attachment) - 2 * KEPT - (end - gap)


def parts_of(message: Message, node: Node, attribute: str | None) -> tuple[Node, str | None, int | None]:
    """
    The element, the attribute's name, and which of the element's texts it is, from 1.
    """
    if not isinstance(node, str):
        return node, attribute if attribute is not None and node.get(attribute) is not None else None, None
    found: Node = node
    parent = found.getparent() if hasattr(found, "getparent") else None
    if parent is None:
        return message.root, None, None
    if found.is_attribute:
        return parent, found.attrname, None
    if found.is_text:
        return parent, None, 1
    around = parent.getparent()
    before = sum(each.tail is not None for each in parent.itersiblings(preceding=True))
    return around, None, (around.text is not None) + before + 1


def number_of(message: Message, layout: Layout, element: Node) -> int:
    """
    How many elements come before this one.
    """
    if len(layout.lines.text) <= _SMALL or layout.start(MANY) is not None:
        return int(_BEFORE(element))
    return message.derived(_numbers)[element]


def _numbers(message: Message) -> dict[Node, int]:
    return {element: number for number, element in enumerate(message.root.iter())}


def offset_of(
    message: Message, layout: Layout, element: Node, attribute: str | None, *, first_text: bool
) -> int | None:
    """
    The offset in the source text; None where the text that we read is not what the parser read.
    """
    lines = layout.lines
    start = layout.start(number_of(message, layout, element))
    if start is None:
        return None
    name = _NAME.match(lines.text, start + 1)
    if name is None or name[0].rpartition(":")[2] != split(element.tag)[1]:
        return None
    if attribute is not None:
        return _attribute_offset(lines.text, name.end(), element, attribute)
    if first_text:
        content = _NOT_TEXT.match(lines.text, tag_end(lines.text, start))
        return content.end() if content else start
    return start


def attributes(text: str, at: int) -> Iterator[re.Match[str]]:
    """
    The attributes of a start tag from the end of its name.
    """
    while found := _ATTRIBUTE.match(text, at):
        yield found
        at = found.end()


def _attribute_offset(text: str, at: int, element: Node, attribute: str) -> int | None:
    uri, name = split(attribute)
    for each in attributes(text, at):
        prefix, _, local = each[1].rpartition(":")
        bound = XML_NAMESPACE if prefix == "xml" else element.nsmap.get(prefix, "") if prefix else ""
        if local == name and bound == uri and prefix != "xmlns":
            return each.start(1)
    return None


def tag_end(text: str, start: int) -> int:
    """
    Where the start tag that begins at *start* ends.
    """
    at = start + 1
    name = _NAME.match(text, at)
    at = name.end() if name else at
    for each in attributes(text, at):
        at = each.end()
    end = TAG_END.match(text, at)
    return end.end() if end else at


def split(tag: str) -> tuple[str, str]:
    """
    Namespace and local name of a tag in lxml's writing.
    """
    uri, _, name = tag.rpartition("}")
    return uri[1:], name
