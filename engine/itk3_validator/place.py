"""
Where a node stands in the message as received: XPath, line, column, and its line to show.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_right
from collections.abc import Iterator
from typing import Any, NamedTuple

from lxml import etree

from itk3_validator.attachments import KEPT, MARK
from itk3_validator.fhir import FHIR, XHTML, Node
from itk3_validator.finding import Place
from itk3_validator.message import Message
from itk3_validator.source import Lines, decode

_PREFIXES = {FHIR: "f", XHTML: "h"}
_XML = "http://www.w3.org/XML/1998/namespace"

# A '<' inside a value is never well formed, so outside comments, CDATA and instructions each one begins a tag.
_TAG = re.compile(r"<(?:!--.*?-->|!\[CDATA\[.*?\]\]>|\?.*?\?>|/|(?P<start>))", re.DOTALL)
_NAME = re.compile(r"[^ \t\r\n/>=]+")
_ATTRIBUTE = re.compile(r"[ \t\r\n]+([^ \t\r\n/>=]+)[ \t\r\n]*=[ \t\r\n]*(\"[^\"]*+\"|'[^']*+')")
_TAG_END = re.compile(r"[ \t\r\n]*/?>")
_NOT_TEXT = re.compile(r"(?:<!--.*?-->|<\?.*?\?>|<!\[CDATA\[(?:\]\]>)?+)*+", re.DOTALL)

# Holding every element of a larger message for its number would cost more than counting.
_MANY = 300_000
_BEFORE: Any = etree.XPath("count(preceding::*) + count(ancestor::*)", regexp=False)
_TWIN = "*[local-name() = $name and namespace-uri() = $uri]"
_TWINS_BEFORE: Any = etree.XPath(f"count(preceding-sibling::{_TWIN})", regexp=False)
_TWIN_AFTER: Any = etree.XPath(f"boolean(following-sibling::{_TWIN})", regexp=False)


def place_of(message: Message, node: Node, *, attribute: str | None = None) -> Place:
    """
    The place of an element, or of an attribute or text that an XPath found.

    The XPath selects exactly that node, with ``f`` for FHIR and ``h`` for XHTML whatever prefixes the message uses.
    An element's column is that of its ``<``, an attribute's that of its name, a text's that of its first character.
    A text that follows a child element has the line and column of the element around it.

    *attribute* names an attribute of *node* to point to instead; when it is not there, the place is that of *node*.
    """
    element, attribute, text = _parts(message, node, attribute)
    xpath = _path(element)
    if attribute is not None:
        xpath = f"{xpath}/@{_attribute_step(attribute)}"
    elif text is not None:
        xpath = f"{xpath}/text(){_text_index(element, text)}"
    layout = message.derived(_layout)
    offset = None if layout is None else _offset(message, layout, element, attribute, first_text=text == 1)
    if layout is None or offset is None:
        return Place(xpath, element.sourceline, None)
    return Place(xpath, *layout.at(offset))


def source_line(
    message: Message, node: Node, *, show: bool, safe: bool = False, attribute: str | None = None
) -> tuple[str, int]:
    """
    The source line of a node, at most 120 characters of it, and the offset in it of the node's column.

    Unless *show*, a ``…`` stands for every text, comment, instruction and non-empty attribute value but those of
    ``url`` and ``xmlns``; with *safe* the node's own start tag is shown as it is. Control characters stay as they are.
    ``("", 0)`` where the message cannot be decoded.
    """
    element, attribute, text = _parts(message, node, attribute)
    layout = message.derived(_layout)
    offset = None if layout is None else _offset(message, layout, element, attribute, first_text=text == 1)
    if layout is None or offset is None:
        return "", 0
    lines = layout.lines
    begin, end = lines.span(lines.at(offset)[0])
    # What is far away is cut in the end: a line may be 100 MB long, and of an attachment only so much is kept.
    begin, end = max(begin, offset - _AROUND), min(end, offset + _AROUND)
    if show:
        return _cut(lines.text[begin:end], offset - begin)
    own = range(0)
    if safe:
        start = layout.starts[_number(message, layout, element)]
        own = range(start, _tag_end(lines.text, start))
    hidden = (each for each in _hidden(layout, begin, end) if each[0] not in own)
    return _cut(*_masked(lines.text, begin, end, offset, hidden))


_AROUND = 400
_WIDTH = 120


def _parts(message: Message, node: Node, attribute: str | None) -> tuple[Node, str | None, int | None]:
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


def _path(element: Node) -> str:
    steps = []
    while element is not None:
        steps.append(_step(element))
        element = element.getparent()
    return "/" + "/".join(reversed(steps))


def _step(element: Node) -> str:
    uri, name = _split(element.tag)
    if not uri:
        step = name
    elif uri in _PREFIXES:
        step = f"{_PREFIXES[uri]}:{name}"
    else:
        step = f"*[namespace-uri()={_literal(uri)} and local-name()='{name}']"
    before = int(_TWINS_BEFORE(element, name=name, uri=uri))
    if before or _TWIN_AFTER(element, name=name, uri=uri):
        return f"{step}[{before + 1}]"
    return step


def _attribute_step(attribute: str) -> str:
    uri, name = _split(attribute)
    if not uri:
        return name
    if uri == _XML:
        return f"xml:{name}"
    if uri in _PREFIXES:
        return f"{_PREFIXES[uri]}:{name}"
    return f"*[namespace-uri()={_literal(uri)} and local-name()='{name}']"


def _text_index(element: Node, index: int) -> str:
    number = (element.text is not None) + sum(each.tail is not None for each in element)
    return f"[{index}]" if number > 1 else ""


def _split(tag: str) -> tuple[str, str]:
    uri, _, name = tag.rpartition("}")
    return uri[1:], name


def _literal(uri: str) -> str:
    """
    An XPath literal; a URI with a quotation mark is refused by the parser.
    """
    return f'"{uri}"' if "'" in uri else f"'{uri}'"


class _Layout(NamedTuple):
    """
    The lines of the source, and the offset of every start tag: the elements in document order.

    *gaps* are the offsets where the middle of an attachment is left out, and how many characters more that was.
    """

    lines: Lines
    starts: array[int]
    gaps: tuple[tuple[int, int], ...]

    def at(self, offset: int) -> tuple[int, int]:
        """
        Line and column in the message as received.
        """
        line, column = self.lines.at(offset)
        return line, column + sum(left_out for gap, left_out in self.gaps if offset - column < gap < offset)


def _layout(message: Message) -> _Layout | None:
    text = decode(message.read)
    if text is None:
        return None
    starts = array("q", (tag.start() for tag in _TAG.finditer(text) if tag["start"] is not None))
    return _Layout(Lines(text), starts, tuple(_gaps(message, text)))


def _gaps(message: Message, text: str) -> Iterator[tuple[int, int]]:
    end = 0
    for attachment in message.attachments:
        gap = text.index(MARK, end)
        end = text.index(MARK, gap + 1) + 1
        yield gap, len(attachment) - 2 * KEPT - (end - gap)


def _numbers(message: Message) -> dict[Node, int]:
    return {element: number for number, element in enumerate(message.root.iter())}


def _number(message: Message, layout: _Layout, element: Node) -> int:
    """
    How many elements come before this one.
    """
    if len(layout.starts) > _MANY:
        return int(_BEFORE(element))
    return message.derived(_numbers)[element]


def _offset(message: Message, layout: _Layout, element: Node, attribute: str | None, *, first_text: bool) -> int | None:
    """
    The offset in the source text; None where the text that we read is not what the parser read.
    """
    lines, starts, _ = layout
    number = _number(message, layout, element)
    if number >= len(starts):
        return None
    start = starts[number]
    name = _NAME.match(lines.text, start + 1)
    if name is None or name[0].rpartition(":")[2] != _split(element.tag)[1]:
        return None
    if attribute is not None:
        return _attribute_offset(lines.text, name.end(), element, attribute)
    if first_text:
        content = _NOT_TEXT.match(lines.text, _tag_end(lines.text, start))
        return content.end() if content else start
    return start


def _attributes(text: str, at: int) -> Iterator[re.Match[str]]:
    """
    The attributes of a start tag from the end of its name.
    """
    while found := _ATTRIBUTE.match(text, at):
        yield found
        at = found.end()


def _attribute_offset(text: str, at: int, element: Node, attribute: str) -> int | None:
    uri, name = _split(attribute)
    for each in _attributes(text, at):
        prefix, _, local = each[1].rpartition(":")
        bound = _XML if prefix == "xml" else element.nsmap.get(prefix, "") if prefix else ""
        if local == name and bound == uri and prefix != "xmlns":
            return each.start(1)
    return None


def _tag_end(text: str, start: int) -> int:
    at = start + 1
    name = _NAME.match(text, at)
    at = name.end() if name else at
    for each in _attributes(text, at):
        at = each.end()
    end = _TAG_END.match(text, at)
    return end.end() if end else at


_TOKEN = re.compile(
    r"<!--(?P<comment>.*?)-->|<!\[CDATA\[(?P<cdata>.*?)\]\]>|<\?(?P<instruction>.*?)\?>|</[^>]*+>"
    r"|<(?P<tag>[^ \t\r\n/>=]+)|(?P<text>[^<]++)",
    re.DOTALL,
)
_SHOWN = re.compile(r"url|xmlns(:.*)?", re.DOTALL)
_BLACK = re.compile(r"[^ \t\r\n](?:.*[^ \t\r\n])?", re.DOTALL)


def _hidden(layout: _Layout, begin: int, end: int) -> Iterator[tuple[int, int]]:
    """
    The stretches of the source from *begin* to *end* that may hold content.
    """
    text, starts = layout.lines.text, layout.starts
    last = bisect_right(starts, begin) - 1
    at = starts[last] if last >= 0 else 0
    while at < end and (token := _TOKEN.match(text, at)):
        at = token.end()
        kind = token.lastgroup
        if kind == "tag":
            for each in _attributes(text, at):
                at = each.end()
                if not _SHOWN.fullmatch(each[1]):
                    yield each.start(2) + 1, each.end(2) - 1
            tail = _TAG_END.match(text, at)
            at = tail.end() if tail else at
        elif kind == "text":
            black = _BLACK.search(text, token.start(), at)
            if black:
                yield black.span()
        elif kind is not None:
            yield token.span(kind)


def _masked(text: str, begin: int, end: int, offset: int, hidden: Iterator[tuple[int, int]]) -> tuple[str, int]:
    """
    The source from *begin* to *end* with each hidden stretch as ``…``, and where *offset* went.
    """
    line, caret, at = "", 0, begin
    for first, last in hidden:
        start, stop = max(first, begin), min(last, end)
        if start >= stop:
            continue
        if at <= offset < stop:
            caret = len(line) + min(offset, start) - at
        line += text[at:start] + "…"
        at = stop
    if offset >= at:
        caret = len(line) + offset - at
    return line + text[at:end], caret


def _cut(line: str, caret: int) -> tuple[str, int]:
    """
    At most 120 characters around the caret; ``…`` where something is cut off.
    """
    if len(line) <= _WIDTH:
        return line, caret
    start = max(0, min(caret - _WIDTH // 2, len(line) - _WIDTH))
    shown = line[start : start + _WIDTH]
    if start:
        shown = f"…{shown[1:]}"
    if start + _WIDTH < len(line):
        shown = f"{shown[:-1]}…"
    return shown, caret - start
