"""
Follows the names of XML elements through the types of FHIR STU3.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from itk3_validator.spelling import closest, did_you_mean
from itk3_validator.stu3.table import ANY_RESOURCE, XHTML_CONTENT, Element, children_of
from itk3_validator.value import Value

_MOST_NAMED = 4


class UnknownStep(Value):
    """
    The first name of a path that STU3 does not have there: its index, the type it is missing from, what was meant.
    """

    index: int
    parent: str
    near: str | None
    remedy: str


def walk(start: str, names: Sequence[str]) -> str | None:
    """
    The type reached from the type *start* by element names, or None when a name is not there.

    As in XML, a resource inside another stands in an element of its own name: ``Bundle``, then ``entry``,
    ``resource``, ``MessageHeader``, ``event``. Whatever lies below ``div`` is ``xhtml``.
    """
    reached, steps = _follow(start, names)
    return reached if steps == len(names) else None


def unknown_step(names: Sequence[str], start: str = ANY_RESOURCE) -> UnknownStep | None:
    """
    The first of the element names that STU3 does not have there, or None when it has all of them.

    Args:
        names: Local names of XML elements, from the outermost: ``["MessageHeader", "event", "code"]``.

        start: The type they begin below; left out, the first name is that of a resource. When STU3 has no such type,
            the first name counts as unknown.
    """
    parent, index = _follow(start, names)
    if index == len(names):
        return None
    return UnknownStep(index, parent, *_meant(names[index], children_of(parent)))


def _follow(start: str, names: Sequence[str]) -> tuple[str, int]:
    """
    The type reached, and how many of the names led there.
    """
    reached = start
    for index, name in enumerate(names):
        if reached == XHTML_CONTENT:
            return reached, len(names)
        element = children_of(reached).get(name)
        if element is None:
            return reached, index
        reached = element.type
    return reached, len(names)


def _meant(name: str, known: Mapping[str, Element]) -> tuple[str | None, str]:
    """
    The name meant, as far as one is near, and the remedy.
    """
    typed = [each for each in known if name and each == f"{name}{known[each].type[:1].upper()}{known[each].type[1:]}"]
    if len(typed) > 1:
        more = f" or {len(typed) - _MOST_NAMED} more" if len(typed) > _MOST_NAMED else ""
        return None, f"write it with its type: {', '.join(typed[:_MOST_NAMED])}{more}"
    return closest(name, known), did_you_mean(name, known)
