"""
Elements of a message that is being changed: their STU3 type, their value, and where a new one goes.
"""

from __future__ import annotations

from itk3_validator import stu3
from itk3_validator.fhir import FHIR, XHTML, Node, local_name
from itk3_validator.workshop.editing.parts import Part

_REFERENCE = f"{{{FHIR}}}reference"


def type_of(element: Node) -> str | None:
    """
    The FHIR STU3 type of an element, by the names from the nearest resource around it; None where STU3 has no such.
    """
    names: list[str] = []
    each = element
    while each is not None:
        name = local_name(each)
        if stu3.is_resource(name):
            return stu3.walk(name, list(reversed(names)))
        names.append(name)
        each = each.getparent()
    return None


def set_value(element: Node, value: str, part: Part | None = None) -> bool:
    """
    Give the FHIR value at a place: of an attribute or text (as *part* says) itself, of a reference its ``f:reference``,
    of XHTML its text, of any other element its ``@value``. False where an element of that type has no value.
    """
    if part is not None and part.kind == "attribute":
        element.set(f"{{{part.namespace}}}{part.name}" if part.namespace else part.name, value)
    elif part is not None and part.kind == "text":
        element.text = value
    elif element.tag.startswith(f"{{{XHTML}}}"):
        for child in list(element):
            element.remove(child)
        element.text = value
    else:
        return _set_fhir_value(element, value)
    return True


def _set_fhir_value(element: Node, value: str) -> bool:
    type_name = type_of(element)
    reference = element.find(_REFERENCE)
    if element.get("value") is not None:
        element.set("value", value)
    elif reference is not None:
        reference.set("value", value)
    elif type_name == "Reference" or (type_name is None and local_name(element).endswith("Reference")):
        made = element.makeelement(_REFERENCE)
        place_child(element, made)
        made.set("value", value)
    elif len(element) or (type_name is not None and not stu3.is_primitive(type_name)):
        return False
    else:
        element.set("value", value)
    return True


def place_child(parent: Node, child: Node) -> None:
    """
    Put a new element where STU3 has it: behind its like, else before the first sibling that comes later.
    """
    order = {name: at for at, name in enumerate(stu3.children_of(type_of(parent) or ""))}
    siblings = list(parent.iterchildren("*"))
    twins = [each for each in siblings if each.tag == child.tag]
    own = order.get(local_name(child), len(order))
    later = [each for each in siblings if order.get(local_name(each), -1) > own]
    if twins:
        insert_at(parent, parent.index(twins[-1]) + 1, child)
    else:
        insert_at(parent, parent.index(later[0]) if later else len(parent), child)


def insert_at(parent: Node, index: int, child: Node) -> None:
    """
    Insert a child with white space like that around it.
    """
    if index == 0:
        child.tail = _blank(parent.text) if len(parent) else None
    else:
        before = parent[index - 1]
        child.tail = _blank(before.tail)
        if index == len(parent) and child.tail is not None:
            before.tail = _blank(parent.text)
    parent.insert(index, child)


def _blank(text: str | None) -> str | None:
    return text if text is not None and not text.strip() else None
