"""
Elements of a page. Text and attributes are escaped as they are put in, so that nothing a message says becomes markup.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from itertools import zip_longest
from typing import TypeAlias

from lxml import etree

from itk3_validator.report.visible import visible

Element: TypeAlias = etree._Element  # noqa: SLF001 - lxml has no public name for it
Child: TypeAlias = Element | str | None

# A table of so few columns does not need the whole width, where one is of numbers.
_SMALL = 3


def element(tag: str, *children: Child, **attributes: str | int | None) -> Element:
    """
    An element with children and attributes; what is None is left out.

    Attributes are written as Python can: ``class_`` is ``class``, ``aria_label`` is ``aria-label``.
    """
    made = etree.Element(tag)
    for name, value in attributes.items():
        if value is not None:
            made.set(name.removesuffix("_").replace("_", "-"), _shown(str(value)))
    return filled(made, children)


def filled(parent: Element, children: Iterable[Child]) -> Element:
    """
    *parent* with *children* at its end.
    """
    last = None
    for child in children:
        if isinstance(child, str):
            if last is None:
                parent.text = (parent.text or "") + _shown(child)
            else:
                last.tail = (last.tail or "") + _shown(child)
        elif child is not None:
            parent.append(child)
            last = child
    return parent


def link(url: str | None, *children: Child) -> Element:
    """
    A link to a page elsewhere; an address that is not of the web stays text.
    """
    if url is not None and url.lower().startswith(("https://", "http://")):
        return element("a", *children, href=url, rel="noopener noreferrer")
    return element("span", *children)


def table(head: Iterable[str], rows: Iterable[Iterable[Child | int]], *, caption: str) -> Element:
    """
    A table whose first column names the row. On a narrow screen it scrolls by itself, with the keyboard too.
    """
    written = [list(row) for row in rows]
    # A column of numbers has its head to the right as well.
    numbers = [isinstance(each, int) for each in written[0]] if written else []
    top = element(
        "tr",
        *(
            element("th", each, scope="col", class_="number" if number else None)
            for each, number in zip_longest(head, numbers)
        ),
    )
    body = (element("tr", *(_cell(at, each) for at, each in enumerate(row))) for row in written)
    whole = element(
        "table",
        element("caption", element("span", caption)),
        element("thead", top),
        element("tbody", *body),
        class_="small" if len(top) <= _SMALL and any(numbers) else None,
    )
    return element("div", whole, class_="wide", role="group", aria_label=caption, tabindex=0)


def _cell(column: int, content: Child | int) -> Element:
    shown = f"{content:,}" if isinstance(content, int) else content
    if not column:
        return element("th", shown, scope="row")
    if isinstance(content, int):
        return element("td", shown, class_="number" if content else "number none")
    return element("td", shown)


def markup(made: Element) -> str:
    """
    An element as HTML.
    """
    return etree.tostring(made, encoding="unicode", method="html")


def _shown(text: str) -> str:
    return visible(text, longest=sys.maxsize)
