"""
FHIR elements by local name.
"""

from __future__ import annotations

from typing import Any, TypeAlias

FHIR = "http://hl7.org/fhir"
IN_FHIR = f"{{{FHIR}}}"
XHTML = "http://www.w3.org/1999/xhtml"

# What lxml's XPath returns: an element, or a string that knows its parent. The one place of Any at the lxml edge.
Node: TypeAlias = Any


def local_name(element: Node) -> str:
    """
    The name of an element without its namespace.
    """
    tag: str = element.tag
    return tag.rpartition("}")[2]


def element_of(node: Node) -> Node:
    """
    The element itself, or the one that holds an attribute or a text.
    """
    found: Node = node
    return found.getparent() if isinstance(node, str) else found


def children(element: Node, name: str) -> list[Node]:
    """
    The FHIR children of that name.
    """
    # lxml takes longer to read the name that it shall look for than Python takes to look through a few children.
    tag = IN_FHIR + name
    return [child for child in element.iterchildren() if child.tag == tag]


def child_value(element: Node, name: str) -> str | None:
    """
    The ``@value`` of the first FHIR child of that name.
    """
    tag = IN_FHIR + name
    for child in element.iterchildren():
        if child.tag == tag:
            value: str | None = child.get("value")
            return value
    return None
