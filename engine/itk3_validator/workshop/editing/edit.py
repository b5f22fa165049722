"""
Small edits of a message: a value changed, an element removed, repeated or inserted. Whatever else it holds stays.

Functions of bytes give new bytes in the same encoding, with the prefixes that the message uses; comments and
processing instructions are left out, as they are when a message is judged. Functions of a node change its tree.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy

from lxml import etree

from itk3_validator import xpath
from itk3_validator.fhir import Node, element_of, local_name
from itk3_validator.message import Message, parse
from itk3_validator.source import Source
from itk3_validator.stu3 import children_of
from itk3_validator.stu3.table import ANY_RESOURCE
from itk3_validator.workshop.editing.elements import insert_at, set_value, type_of
from itk3_validator.workshop.editing.parts import Chain, Part, chain_of
from itk3_validator.workshop.editing.places import Place
from itk3_validator.workshop.editing.skeleton import NotMade, build


class EditFailed(Exception):
    """
    An edit that cannot be made; the text is a sentence that says why.
    """


def change(data: bytes, place: Place, value: str) -> bytes:
    """
    Give every node at a place another value: ``@value``, ``f:reference/@value``, the attribute or the text itself.

    Raises:
        EditFailed: There is no such place, or what stands there has no value of its own.
    """

    def edit(node: Node) -> None:
        if not _allowed(change_node, node, value):
            raise EditFailed(f"{place.written} holds other elements and no value; name a place inside it")

    return _edited(data, place, edit)


def remove(data: bytes, place: Place) -> bytes:
    """
    Take every node at a place away.

    Raises:
        EditFailed: There is no such place, or it is the root element.
    """
    return _edited(data, place, remove_node)


def repeat(data: bytes, place: Place) -> bytes:
    """
    Put a copy of every element at a place behind it.

    Raises:
        EditFailed: There is no such place, or what stands there cannot be there twice.
    """
    return _edited(data, place, repeat_node)


def insert(data: bytes, place: Place, value: str = "") -> bytes:
    """
    Make a place with that value; nothing for the element alone. Where there is one already another is put behind it.

    What is missing around it is made too, with all that the predicates of its XPath ask for.

    Raises:
        EditFailed: It cannot be said from the XPath what should be made, or where.
    """
    message = parse(Source("", data))
    node, part = insert_node(message, place)
    if value and not _allowed(set_value, node, value, part):
        raise EditFailed(f"{place.written} holds other elements and no value; name a place inside it")
    return write(message.root)


def write(root: Node) -> bytes:
    """
    A tree as bytes, in the encoding that it came in.
    """
    tree = root.getroottree()
    encoding = tree.docinfo.encoding or "UTF-8"
    return bytes(etree.tostring(tree, encoding=encoding, xml_declaration=True))  # type: ignore[arg-type]


def change_node(node: Node, value: str) -> bool:
    """
    Give one node another value; False when it has none of its own and cannot have.
    """
    if not isinstance(node, str):
        return set_value(node, value)
    text: Node = node
    parent = element_of(text)
    if text.is_attribute:
        parent.set(text.attrname, value)
    elif text.is_tail:
        parent.tail = value
    else:
        parent.text = value
    return True


def remove_node(node: Node) -> None:
    """
    Take one node away: an element with all that it holds, an attribute, a text.
    """
    if isinstance(node, str):
        text: Node = node
        if text.is_attribute:
            element_of(text).attrib.pop(text.attrname, None)
        else:
            change_node(text, "")
        return
    parent = node.getparent()
    if parent is None:
        raise EditFailed("the root element cannot be removed")
    _keep_tail(node, parent)
    parent.remove(node)


def repeat_node(node: Node) -> Node:
    """
    Put a copy of an element behind it, and return the copy.
    """
    if isinstance(node, str):
        raise EditFailed("an attribute or a text cannot be there twice")
    parent = node.getparent()
    if parent is None:
        raise EditFailed("the root element cannot be there twice")
    copy = deepcopy(node)
    copy.tail = None
    insert_at(parent, parent.index(node) + 1, copy)
    return copy


def insert_node(message: Message, place: Place) -> tuple[Node, Part]:
    """
    Make a place in the tree of a message; the element that was made, and what it is of it.
    """
    chain = chain_of(place.xpath, place.bound.query.namespaces)
    if not chain or chain[-1].kind == "variable":
        raise EditFailed(f"{place.written} does not say what should be made")
    found = place.find(message)
    try:
        if found:
            return _beside(found[-1], chain[-1], place), chain[-1]
        base, rest = _nearest(message, place, chain)
        return build(base, rest), chain[-1]
    except NotMade as why:
        raise EditFailed(f"{place.written} cannot be made: {why}") from None


def _allowed(put: Callable[..., bool], node: Node, value: str, *more: object) -> bool:
    try:
        return put(node, value, *more)
    except ValueError:
        raise EditFailed("the value holds a character that XML does not allow") from None


def _keep_tail(node: Node, parent: Node) -> None:
    """
    The text behind an element goes with it in lxml. Words stay where they were; white space goes.
    """
    before = node.getprevious()
    if not (node.tail or "").strip():
        if before is not None and node.getnext() is None:
            before.tail = node.tail
    elif before is None:
        parent.text = f"{parent.text or ''}{node.tail}"
    else:
        before.tail = f"{before.tail or ''}{node.tail}"


def _edited(data: bytes, place: Place, edit: Callable[[Node], object]) -> bytes:
    message = parse(Source("", data))
    nodes = place.find(message)
    if not nodes:
        raise EditFailed(f"{place.written} is not in the message")
    for node in nodes:
        edit(node)
    return write(message.root)


def _beside(node: Node, part: Part, place: Place) -> Node:
    """
    Another element behind the last that is there.
    """
    parent = None if isinstance(node, str) else node.getparent()
    if parent is None:
        raise EditFailed(f"{place.written} is there already and cannot be there twice; change it instead")
    made = build(parent, (part,))
    if made.getprevious() is not node:
        _keep_tail(made, parent)
        parent.remove(made)
        made.tail = None
        insert_at(parent, parent.index(node) + 1, made)
    return made


def _nearest(message: Message, place: Place, chain: Chain) -> tuple[Node, Chain]:
    """
    The element to build in, as deep as there is one with room, and the parts that are missing in it.
    """
    for text in xpath.shorter(place.xpath):
        before = chain_of(text, place.bound.query.namespaces)
        if not before or chain[: len(before)] != before or len(before) == len(chain):
            continue
        rest = chain[len(before) :]
        for node in place.find_shorter(message, text):
            if not isinstance(node, str) and _has_room(node, rest[0]):
                return node, rest
    if chain[0].kind == "element" and not place.bound.target.relative:
        raise EditFailed(f"{place.written} cannot be made: the root element is another")
    if chain[0].kind == "variable":
        raise EditFailed(f"{place.written} cannot be made: no reference leads to ${chain[0].name}")
    return message.root, chain


def _has_room(parent: Node, part: Part) -> bool:
    """
    Whether STU3 allows one more such child.
    """
    if part.kind != "element":
        return True
    type_name = type_of(parent) or ""
    if type_name == ANY_RESOURCE:
        return not len(parent)
    known = children_of(type_name).get(part.name)
    if known is None or known.max is None:
        return True
    return sum(local_name(each) == part.name for each in parent) < known.max
