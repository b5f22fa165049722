"""
What is done to nodes of a message: another value, nothing, one more.
"""

from __future__ import annotations

from collections.abc import Sequence

from itk3_validator.fhir import Node
from itk3_validator.workshop.editing.edit import change_node, remove_node, repeat_node
from itk3_validator.workshop.proof.mutant import Aspect, Break, Copy, Edit


def valued(nodes: Sequence[Node], value: str, what: str, aspect: Aspect = Aspect.VERB, group: str = "") -> Break:
    """
    Every one of *nodes* gets the value.
    """

    def edit(copy: Copy) -> None:
        for node in nodes:
            give(copy, node, value)

    return Break(what, nodes[0], aspect, edit, group=group)


def give(copy: Copy, node: Node, value: str) -> None:
    """
    The twin of a node gets the value, as an attribute, a text or an element has it.
    """
    twin = copy.twin(node)
    if getattr(node, "is_attribute", False):
        twin.set(node.attrname, value)
    elif isinstance(node, str):
        twin.text = value
    else:
        change_node(twin, value)


def beside(node: Node, value: str) -> Edit:
    """
    Another of the same, with that value, stands behind a node; of an attribute or text, behind the element.
    """

    def edit(copy: Copy) -> None:
        made = repeat_node(copy.twin(node))
        if getattr(node, "is_attribute", False):
            made.set(node.attrname, value)
        elif isinstance(node, str):
            made.text = value
        else:
            change_node(made, value)

    return edit


def removed(nodes: Sequence[Node]) -> Edit:
    """
    Elements with all that they hold, attributes and texts go.
    """

    def edit(copy: Copy) -> None:
        for node in nodes:
            twin = copy.twin(node)
            if getattr(node, "is_attribute", False):
                twin.attrib.pop(node.attrname, None)
            elif isinstance(node, str):
                twin.text = None
            else:
                remove_node(twin)

    return edit


def doubled(node: Node, times: int = 1) -> Edit:
    """
    Copies of an element stand behind it.
    """

    def edit(copy: Copy) -> None:
        for _ in range(times):
            repeat_node(copy.twin(node))

    return edit


def emptied(node: Node) -> Edit:
    """
    The element stays and holds nothing.
    """

    def edit(copy: Copy) -> None:
        twin = copy.twin(node)
        tail = twin.tail
        twin.clear()
        twin.tail = tail

    return edit
