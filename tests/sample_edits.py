"""
Small edits of a sample's text that leave every other character, comments and indentation included, as they are.

An edit is a function from text to text. A place is an XPath that selects exactly one element; the prefixes `f` and `h`
stand for FHIR and XHTML. The samples are tidy: one element begins on a line, no CDATA, no `>` inside an attribute.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Iterator
from typing import NamedTuple
from xml.sax.saxutils import quoteattr

from lxml import etree

Edit = Callable[[str], str]

NAMESPACES = {"f": "http://hl7.org/fhir", "h": "http://www.w3.org/1999/xhtml"}
TAG = re.compile(r"<!--.*?-->|<\?.*?\?>|<(?P<close>/)?(?P<name>[^\s/>]+)[^>]*?(?P<empty>/)?>", re.DOTALL)


class Span(NamedTuple):
    """
    Where an element stands in the text, in code points: its start tag's begin and end, and the element's end.
    """

    start: int
    tag_end: int
    end: int


def value(place: str, new: str) -> Edit:
    """
    Give the element's `@value` another text.
    """
    return attribute(place, "value", new)


def attribute(place: str, name: str, new: str) -> Edit:
    def edit(text: str) -> str:
        span = _span(text, place)
        tag, done = re.subn(rf'\b{name}="[^"]*"', lambda _: f"{name}={quoteattr(new)}", text[span.start : span.tag_end])
        if done != 1:
            raise ValueError(f"{place} has no attribute {name}")
        return text[: span.start] + tag + text[span.tag_end :]

    return edit


def remove(place: str) -> Edit:
    """
    Take the element's lines away, and a comment that stands alone on the line above.
    """

    def edit(text: str) -> str:
        start, end = _lines(text, _span(text, place))
        above = text.rfind("\n", 0, start - 1) + 1
        if text[above:start].strip().startswith("<!--") and text[above:start].strip().endswith("-->"):
            start = above
        return text[:start] + text[end:]

    return edit


def replace(place: str, xml: str) -> Edit:
    return lambda text: _instead(text, place, lambda _: xml)


def after(place: str, xml: str) -> Edit:
    """
    Put *xml* behind the element, on lines of its own with the same indentation.
    """
    return lambda text: _instead(text, place, lambda element: f"{element}\n{xml}")


def before(place: str, xml: str) -> Edit:
    return lambda text: _instead(text, place, lambda element: f"{xml}\n{element}")


def repeat(place: str) -> Edit:
    return lambda text: _instead(text, place, lambda element: f"{element}\n{element}")


def move_after(place: str, target: str) -> Edit:
    """
    Move the element behind the one at *target* (both places are read in the text as it was before).
    """

    def edit(text: str) -> str:
        element = _element(text, _span(text, place))
        start, end = _lines(text, _span(text, place))
        _, behind = _lines(text, _span(text, target))
        _, target_indent = _indent(text, _span(text, target))
        moved = textwrap.indent(element, target_indent) + "\n"
        if behind <= start:
            return text[:behind] + moved + text[behind:start] + text[end:]
        return text[:start] + text[end:behind] + moved + text[behind:]

    return edit


def rename(place: str, name: str) -> Edit:
    """
    Give the element another name, in its start tag and its end tag.
    """

    def edit(text: str) -> str:
        span = _span(text, place)
        element = re.sub(r"^<[^\s/>]+", f"<{name}", text[span.start : span.end])
        return text[: span.start] + re.sub(r"</[^>]+>\Z", f"</{name}>", element) + text[span.end :]

    return edit


def heading(*lines: str) -> Edit:
    """
    Put *lines* in place of the comment at the top.
    """
    comment = "\n".join(("<!--", *(f"  {line}" for line in lines), "-->"))
    return lambda text: re.sub(r"<!--.*?-->", lambda _: comment, text, count=1, flags=re.DOTALL)


def _instead(text: str, place: str, make: Callable[[str], str]) -> str:
    span = _span(text, place)
    start, end = _lines(text, span)
    _, indent = _indent(text, span)
    return text[:start] + textwrap.indent(make(_element(text, span)), indent) + "\n" + text[end:]


def _span(text: str, place: str) -> Span:
    root = etree.fromstring(text.encode())
    found = root.xpath(place, namespaces=NAMESPACES)
    if len(found) != 1:
        raise ValueError(f"{len(found)} elements at {place}, wanted one")
    number = list(root.iter("*")).index(found[0])
    return sorted(_spans(text))[number]


def _spans(text: str) -> Iterator[Span]:
    open_tags: list[re.Match[str]] = []
    for tag in TAG.finditer(text):
        if tag["name"] is None:
            continue
        if tag["close"]:
            first = open_tags.pop()
            yield Span(first.start(), first.end(), tag.end())
        elif tag["empty"]:
            yield Span(tag.start(), tag.end(), tag.end())
        else:
            open_tags.append(tag)


def _lines(text: str, span: Span) -> tuple[int, int]:
    return text.rfind("\n", 0, span.start) + 1, text.index("\n", span.end) + 1


def _indent(text: str, span: Span) -> tuple[int, str]:
    start = text.rfind("\n", 0, span.start) + 1
    return start, text[start : span.start]


def _element(text: str, span: Span) -> str:
    """
    The element's own text, its first line at the margin.
    """
    return textwrap.dedent(text[_indent(text, span)[0] : span.end])
