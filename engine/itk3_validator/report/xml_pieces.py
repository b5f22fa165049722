"""
XML that is written piece by piece. It is ASCII, so that it is what its declaration says wherever it is written to.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any, TypeAlias

from lxml import etree

from itk3_validator.report.visible import visible

Element: TypeAlias = etree._Element  # noqa: SLF001 - lxml has no public name for it

DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'


def element(
    tag: str,
    attributes: Mapping[str, str | int],
    *children: Element | str,
    namespaces: Mapping[Any, str] | None = None,
) -> Element:
    """
    An element with text, or with children. What XML cannot hold, and what could steer or hide, is written out; line
    ends of a text stay.
    """
    made = etree.Element(tag, nsmap=dict(namespaces) if namespaces is not None else None)
    for name, value in attributes.items():
        made.set(name, _shown(str(value)))
    for child in children:
        if isinstance(child, str):
            made.text = "\n".join(_shown(line) for line in child.split("\n"))
        else:
            made.append(child)
    return made


def piece(made: Element) -> str:
    """
    An element as text, a line or more.
    """
    return etree.tostring(made, encoding="us-ascii").decode() + "\n"


def _shown(text: str) -> str:
    return visible(text, longest=sys.maxsize)
