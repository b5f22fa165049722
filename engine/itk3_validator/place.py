"""
Where a node stands in the message as received: XPath, line, column.
"""

from __future__ import annotations

from typing import Any

from lxml import etree

from itk3_validator.fhir import FHIR, IN_FHIR, XHTML, Node
from itk3_validator.finding import Place
from itk3_validator.layout import MANY, XML_NAMESPACE, layout_of, offset_of, parts_of, split
from itk3_validator.message import Message

_PREFIXES = {FHIR: "f", XHTML: "h"}
_TWIN = "*[local-name() = $name and namespace-uri() = $uri]"
_TWINS_BEFORE: Any = etree.XPath(f"count(preceding-sibling::{_TWIN})", regexp=False)
_TWIN_AFTER: Any = etree.XPath(f"boolean(following-sibling::{_TWIN})", regexp=False)
# To look at all children takes less than to remember their numbers; to hold more than so many, too much memory.
_FEW = 100


def place_of(message: Message, node: Node, *, attribute: str | None = None) -> Place:
    """
    The place of an element, or of an attribute or text that an XPath found.

    The XPath selects exactly that node, with ``f`` for FHIR and ``h`` for XHTML whatever prefixes the message uses.
    An element's column is that of its ``<``, an attribute's that of its name, a text's that of its first character.
    A text that follows a child element has the line and column of the element around it.

    *attribute* names an attribute of *node* to point to instead; when it is not there, the place is that of *node*.
    """
    parts = parts_of(message, node, attribute)
    known = message.derived(_places)
    place = known.get(parts)
    if place is None:
        place = known[parts] = _place(message, *parts)
    return place


def _places(_: Message) -> dict[tuple[Node, str | None, int | None], Place]:
    """
    The places that were worked out so far: what is missing is placed at its ancestor, and often much is missing there.
    """
    return {}


def _place(message: Message, element: Node, attribute: str | None, text: int | None) -> Place:
    xpath = _path(message, element)
    if attribute is not None:
        xpath = f"{xpath}/@{_attribute_step(attribute)}"
    elif text is not None:
        xpath = f"{xpath}/text(){_text_index(element, text)}"
    layout = message.derived(layout_of)
    offset = None if layout is None else offset_of(message, layout, element, attribute, first_text=text == 1)
    if layout is None or offset is None:
        return Place(xpath, element.sourceline, None)
    return Place(xpath, *layout.at(offset))


def _path(message: Message, element: Node) -> str:
    known = message.derived(_paths)
    above = []
    at = element
    while at is not None and at not in known:
        above.append(at)
        at = at.getparent()
    path = "" if at is None else known[at]
    for each in reversed(above):
        path = known[each] = f"{path}/{_step(message, each)}"
    return path


def _paths(_: Message) -> dict[Node, str]:
    """
    The paths that were worked out so far.
    """
    return {}


def _step(message: Message, element: Node) -> str:
    tag: str = element.tag
    number = _number_among_twins(message, element, tag)
    step = f"f:{tag[len(IN_FHIR) :]}" if tag.startswith(IN_FHIR) else _other_step(tag)
    return f"{step}[{number}]" if number else step


def _other_step(tag: str) -> str:
    uri, name = split(tag)
    if not uri:
        return name
    if uri in _PREFIXES:
        return f"{_PREFIXES[uri]}:{name}"
    return f"*[namespace-uri()={_literal(uri)} and local-name()='{name}']"


def _number_among_twins(message: Message, element: Node, tag: str) -> int:
    """
    Which of the elements of its name in its parent it is, from 1; 0 for the only one.
    """
    parent = element.getparent()
    if parent is None:
        return 0
    siblings = len(parent)
    if siblings == 1:
        return 0
    if siblings > MANY:
        uri, name = split(tag)
        before = int(_TWINS_BEFORE(element, name=name, uri=uri))
        return before + 1 if before or _TWIN_AFTER(element, name=name, uri=uri) else 0
    if siblings <= _FEW:
        twins = [each for each in parent if each.tag == tag]
        return twins.index(element) + 1 if len(twins) > 1 else 0
    known = message.derived(_numbered)
    if element not in known:
        twins = [each for each in parent if each.tag == tag]
        known.update({each: number if len(twins) > 1 else 0 for number, each in enumerate(twins, start=1)})
    return known[element]


def _numbered(_: Message) -> dict[Node, int]:
    """
    The numbers among twins that were worked out so far, of elements that have many siblings.
    """
    return {}


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
