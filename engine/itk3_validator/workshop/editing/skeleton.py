"""
Elements made from an XPath: what a message would have to hold for the path to find something.

    snippet("/f:Bundle/f:type")     <Bundle xmlns="http://hl7.org/fhir">
                                      <type value="…"/>
                                    </Bundle>
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lxml import etree

from itk3_validator import stu3
from itk3_validator.fhir import FHIR, Node
from itk3_validator.stu3.table import ANY_RESOURCE
from itk3_validator.value import replace
from itk3_validator.workshop.editing.elements import place_child, set_value, type_of
from itk3_validator.workshop.editing.parts import NAMESPACES, Chain, Part, chain_of

BLANK = "…"


class NotMade(Exception):
    """
    An element that an XPath does not describe well enough to be made; the text says why.
    """


def build(parent: Node, chain: Chain) -> Node:
    """
    Make each part inside the one before it, the first inside *parent*, with all that the predicates ask for.

    An element goes where FHIR STU3 has it among its siblings, behind those of its own name. Of an element with an
    index only as many are made as are missing.

    Returns:
        The element of the last part, or the element that holds it when it is an attribute or a text.

    Raises:
        NotMade: A part has no name, goes back to its parent, or may stand at any level.
    """
    if not chain:
        return parent
    return _hold(_make(parent, chain[0]), chain[1:])


def snippet(
    xpath: str, *, value: str | None = BLANK, namespaces: Mapping[str, str] = NAMESPACES, indent: str = "  "
) -> str:
    """
    The XML that a path asks for, for people to read; empty when the text is no path.

    Args:
        xpath: a location path with every selector written out; a ``$name`` that is left becomes a comment.

        value: what stands as the value at the place; None where nothing shall.
    """
    chain = chain_of(xpath, namespaces)
    if not chain:
        return ""
    comments, chain = _comments(chain)
    if not chain:
        return "\n".join(comments)
    if chain[0].kind != "element":
        chain = (Part("element", namespace=FHIR), *chain)
    root = _first(chain[0])
    place = _outline(root, chain)
    if value is not None and not _is_open(chain[-1]):
        set_value(place, value, chain[-1])
    if value is not None and not len(place) and not place.attrib and not place.text:
        place.text = value
    etree.indent(root, indent)
    return "\n".join([*comments, etree.tostring(root, encoding="unicode")])


def _make(parent: Node, part: Part) -> Node:
    if part.kind in ("attribute", "text"):
        set_value(parent, part.value or "", part)
        return parent
    if part.kind != "element" or part.deep:
        raise NotMade("it does not say where it stands")
    if not part.name and not part.begins:
        raise NotMade("it does not say which element it is")
    tag = _tag(part, parent)
    for _ in range(max(1, part.index - sum(1 for _ in parent.iterchildren(tag)))):
        child = parent.makeelement(tag, nsmap=_nsmap(parent, part))
        place_child(parent, child)
        _fill(child, part)
    return child


def _fill(element: Node, part: Part) -> None:
    for chain in part.holds:
        _hold(element, chain)
    if part.value is not None:
        set_value(element, part.value)


def _hold(element: Node, chain: Chain) -> Node:
    """
    The chain inside *element*, in what is there already as far as it may be.
    """
    for part in chain:
        if part.kind == "element" and part.name and not part.holds and part.value is None and not part.deep:
            found = element.find(_tag(part, element))
            if found is not None:
                element = found
                continue
        element = _make(element, part)
    return element


def _tag(part: Part, parent: Node) -> str:
    name = part.name or _named(part, parent)
    return f"{{{part.namespace}}}{name}" if part.namespace else name


def _named(part: Part, parent: Node) -> str:
    """
    A name that begins as the path wants it; of an extension's values ``valueString``.
    """
    known = [name for name in stu3.children_of(type_of(parent) or "") if name.startswith(part.begins)]
    usual = f"{part.begins}String"
    return usual if usual in known or not known else known[0]


def _nsmap(parent: Node, part: Part) -> dict[str | None, str] | None:
    """
    XHTML brings its own default namespace, unless a prefix stands for it.
    """
    if part.namespace and part.namespace not in parent.nsmap.values():
        return {None: part.namespace}
    return None


# for people


def _comments(chain: Chain) -> tuple[list[str], Chain]:
    if chain[0].kind == "variable":
        return [f"<!-- inside what ${chain[0].name} stands for -->"], chain[1:]
    return [], chain


def _first(part: Part) -> Node:
    name = part.name or (f"{part.begins}String" if part.begins else "any")
    nsmap: Any = {None: part.namespace or FHIR}
    root = etree.Element(f"{{{part.namespace}}}{name}" if part.namespace else name, nsmap=nsmap)
    _fill(root, part)
    return root


def _outline(root: Node, chain: Chain) -> Node:
    """
    Build for reading: what cannot be made is a comment.
    """
    place = root
    for part in chain[1:]:
        if part.deep:
            place.append(etree.Comment(" at any level "))
        if part.kind == "parent":
            place = place.getparent() if place.getparent() is not None else place
        elif part.kind == "element" and not part.name and not part.begins:
            place = _any(place)
        else:
            if part.index > 1:
                place.append(etree.Comment(f" {part.name} number {part.index} "))
            place = _hold(place, (replace(part, index=1, deep=False),))
    return place


def _any(place: Node) -> Node:
    name = "AnyResource" if type_of(place) == ANY_RESOURCE else "any"
    return etree.SubElement(place, f"{{{FHIR}}}{name}")


def _is_open(part: Part) -> bool:
    """
    Whether nothing says which element it is, so that nobody knows of its value.
    """
    return part.kind == "parent" or (part.kind == "element" and not (part.name or part.begins))
