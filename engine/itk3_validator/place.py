"""
Where a node stands in the message as received: XPath, line, column.
"""

from __future__ import annotations

from typing import Any

from lxml import etree

from itk3_validator.fhir import FHIR, XHTML, Node
from itk3_validator.finding import Place
from itk3_validator.layout import XML_NAMESPACE, layout_of, offset_of, parts_of, split
from itk3_validator.message import Message

_PREFIXES = {FHIR: "f", XHTML: "h"}
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
    element, attribute, text = parts_of(message, node, attribute)
    xpath = _path(element)
    if attribute is not None:
        xpath = f"{xpath}/@{_attribute_step(attribute)}"
    elif text is not None:
        xpath = f"{xpath}/text(){_text_index(element, text)}"
    layout = message.derived(layout_of)
    offset = None if layout is None else offset_of(message, layout, element, attribute, first_text=text == 1)
    if layout is None or offset is None:
        return Place(xpath, element.sourceline, None)
    return Place(xpath, *layout.at(offset))


def _path(element: Node) -> str:
    steps = []
    while element is not None:
        steps.append(_step(element))
        element = element.getparent()
    return "/" + "/".join(reversed(steps))


def _step(element: Node) -> str:
    uri, name = split(element.tag)
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
    uri, name = split(attribute)
    if not uri:
        return name
    if uri == XML_NAMESPACE:
        return f"xml:{name}"
    if uri in _PREFIXES:
        return f"{_PREFIXES[uri]}:{name}"
    return f"*[namespace-uri()={_literal(uri)} and local-name()='{name}']"


def _text_index(element: Node, index: int) -> str:
    number = (element.text is not None) + sum(each.tail is not None for each in element)
    return f"[{index}]" if number > 1 else ""


def _literal(uri: str) -> str:
    """
    An XPath literal; a URI with a quotation mark is refused by the parser.
    """
    return f'"{uri}"' if "'" in uri else f"'{uri}'"
