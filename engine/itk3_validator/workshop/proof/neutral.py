"""
Changes of a message that must not matter: how its XML is written, and the order of what has none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from io import BytesIO

from lxml import etree

from itk3_validator.fhir import FHIR, Node, local_name
from itk3_validator.message import Message, parse
from itk3_validator.source import Source


def neutral(message: Message) -> Iterator[tuple[str, Message]]:
    """
    The message written otherwise, each with a name for people. All say the same.
    """
    for words, data in (
        ("another prefix", _prefixed(message.root)),
        ("comments and processing instructions", _commented(message.root)),
        ("no white space between elements", _spaced(message.root, None)),
        ("much white space between elements", _spaced(message.root, "\r\n\t \r\n")),
        ("in UTF-16", _encoded(message.root, "UTF-16")),
        ("in ISO-8859-1", _encoded(message.root, "ISO-8859-1")),
        ("every empty tag written as two", _opened(message.root)),
        ("entries after the first in another order", _sorted(message.root, _entries)),
        ("parts of extensions in another order", _sorted(message.root, _parts)),
    ):
        yield words, parse(Source(message.source.name, data))


def _prefixed(root: Node) -> bytes:
    made = etree.Element(root.tag, root.attrib, nsmap={"any": FHIR})
    made.text, made.tail = root.text, None
    made.extend(deepcopy(child) for child in root)
    etree.cleanup_namespaces(made, top_nsmap={"any": FHIR})
    return _encoded(made, "UTF-8")


def _commented(root: Node) -> bytes:
    made = deepcopy(root)
    for element in list(made.iter()):
        if element.tag.startswith(f"{{{FHIR}}}") and len(element):
            element.insert(0, etree.Comment(" a comment "))
            element.append(etree.ProcessingInstruction("an", "instruction"))
    inner: bytes = etree.tostring(made)
    return b"<!-- before -->" + inner + b"<!-- behind -->"


def _spaced(root: Node, space: str | None) -> bytes:
    made = deepcopy(root)
    for element in made.iter():
        if element.tag.startswith(f"{{{FHIR}}}"):
            if len(element) and not (element.text or "").strip():
                element.text = space
            if element is not made and not (element.tail or "").strip():
                element.tail = space
    return _encoded(made, "UTF-8")


def _encoded(root: Node, encoding: str) -> bytes:
    tree = root.getroottree() if root.getparent() is None else etree.ElementTree(root)
    stream = BytesIO()
    tree.write(stream, encoding=encoding, xml_declaration=True)
    return stream.getvalue()


def _opened(root: Node) -> bytes:
    made = deepcopy(root)
    for element in made.iter():
        if not len(element) and element.text is None:
            element.text = ""
    return _encoded(made, "UTF-8")


def _sorted(root: Node, groups: Callable[[Node], Iterator[list[Node]]]) -> bytes:
    """
    The members of each group in the opposite order; what stands between them stays.
    """
    made = deepcopy(root)
    for group in list(groups(made)):
        places = [(each.getparent(), each.getparent().index(each)) for each in group]
        copies = [deepcopy(each) for each in reversed(group)]
        for (parent, index), copy in zip(places, copies, strict=True):
            parent[index] = copy
    return _encoded(made, "UTF-8")


def _entries(root: Node) -> Iterator[list[Node]]:
    """
    Of the outermost Bundle the entries after the first: a message begins with its header, a document with its
    Composition, and of the others the order says nothing.
    """
    entries = [child for child in root if local_name(child) == "entry"]
    if len(entries) > 2:
        yield entries[1:]


def _parts(root: Node) -> Iterator[list[Node]]:
    """
    The parts of an extension, which are told apart by their url.
    """
    for extension in root.iter(f"{{{FHIR}}}extension"):
        inner = [child for child in extension if local_name(child) == "extension"]
        if len(inner) > 1 and len({each.get("url") for each in inner}) == len(inner):
            yield inner
