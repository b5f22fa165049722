"""
What stands around a place of a message: the names there, one level up, and further down.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from itk3_validator.fhir import Node, local_name

_MOST = 8
# How far below a path is looked for what it misses.
_DEEPEST = 4


def same_letters(name: str, elements: Iterable[Node]) -> str | None:
    """
    The first of the elements whose name differs only in upper and lower case.
    """
    return next((local_name(each) for each in elements if local_name(each).casefold() == name.casefold()), None)


def has_attribute(element: Node, name: str) -> bool:
    """
    Whether an element has this attribute.
    """
    return element.get(name) is not None


def child_named(element: Node, name: str) -> bool:
    """
    Whether an element has a child of that name, in whatever namespace.
    """
    return any(local_name(each) == name for each in element)


def way_down(name: str, uri: str, elements: Iterable[Node]) -> tuple[Node, ...]:
    """
    The elements on the way to the nearest such element below, the uppermost first; nothing when it is far or not there.
    """
    level: list[tuple[tuple[Node, ...], Node]] = [((each,), each) for each in elements]
    for _ in range(_DEEPEST):
        for way, element in level:
            if element.find(_tag(name, uri)) is not None:
                return way
        level = [((*way, child), child) for way, element in level for child in element]
    return ()


def higher_up(name: str, uri: str, elements: Iterable[Node]) -> str | None:
    """
    The first of the elements around these that has such a child.
    """
    parents = dict.fromkeys(parent for each in elements if (parent := each.getparent()) is not None)
    return next((local_name(each) for each in parents if each.find(_tag(name, uri)) is not None), None)


def _tag(name: str, uri: str) -> str:
    return f"{{{uri}}}{name}" if uri else name


def names_to(element: Node) -> list[str]:
    """
    The names of an element and of those around it, the outermost first.
    """
    return [*reversed([local_name(each) for each in element.iterancestors()]), local_name(element)]


def inside(elements: Sequence[Node]) -> str:
    """
    The names of the elements, as they stand in a sentence.
    """
    names = dict.fromkeys(local_name(each) for each in elements if not isinstance(each, str))
    return " and ".join(list(names)[:_MOST]) or "it"


def some(names: Sequence[str]) -> str:
    """
    The first few of these, as they stand in a sentence.
    """
    more = f" and {len(names) - _MOST} more" if len(names) > _MOST else ""
    return ", ".join(names[:_MOST]) + more
