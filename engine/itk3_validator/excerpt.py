"""
The source line of a node, to be shown to people: cut around its place, and masked where it is not to be read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from itk3_validator.fhir import Node
from itk3_validator.layout import TAG_END, Layout, attributes, layout_of, number_of, offset_of, parts_of, tag_end
from itk3_validator.lazy import pattern
from itk3_validator.message import Message

_AROUND = 400
_WIDTH = 120
_TOKEN = pattern(
    r"<!--(?P<comment>.*?)-->|<!\[CDATA\[(?P<cdata>.*?)\]\]>|<\?(?P<instruction>.*?)\?>|</[^>]*+>"
    r"|<(?P<tag>[^ \t\r\n/>=]+)|(?P<text>[^<]++)",
    re.DOTALL,
)
_SHOWN = pattern(r"url|xmlns(:.*)?", re.DOTALL)
_BLACK = pattern(r"[^ \t\r\n](?:.*[^ \t\r\n])?", re.DOTALL)


def source_line(
    message: Message, node: Node, *, show: bool, safe: bool = False, attribute: str | None = None
) -> tuple[str, int]:
    """
    The source line of a node, at most 120 characters of it, and the offset in it of the node's column.

    Unless *show*, a ``…`` stands for every text, comment, instruction and non-empty attribute value but those of
    ``url`` and ``xmlns``; with *safe* the node's own start tag is shown as it is. Control characters stay as they are.
    ``("", 0)`` where the message cannot be decoded.
    """
    element, attribute, text = parts_of(message, node, attribute)
    layout = message.derived(layout_of)
    offset = None if layout is None else offset_of(message, layout, element, attribute, first_text=text == 1)
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
        start = layout.start(number_of(message, layout, element))
        own = range(0) if start is None else range(start, tag_end(lines.text, start))
    hidden = (each for each in _hidden(layout, begin, end) if each[0] not in own)
    return _cut(*_masked(lines.text, begin, end, offset, hidden))


def _hidden(layout: Layout, begin: int, end: int) -> Iterator[tuple[int, int]]:
    """
    The stretches of the source from *begin* to *end* that may hold content.
    """
    text = layout.lines.text
    at = layout.last_start(begin) or 0
    while at < end and (token := _TOKEN.match(text, at)):
        at = token.end()
        kind = token.lastgroup
        if kind == "tag":
            for each in attributes(text, at):
                at = each.end()
                if not _SHOWN.fullmatch(each[1]):
                    yield each.start(2) + 1, each.end(2) - 1
            tail = TAG_END.match(text, at)
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
