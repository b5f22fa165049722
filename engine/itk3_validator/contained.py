"""
What the resources of a message contain, and which of them a local reference means.
"""

from __future__ import annotations

from itertools import chain

from itk3_validator.fhir import FHIR, Node, child_value
from itk3_validator.message import Message
from itk3_validator.value import Value, field

_CONTAINED = f"{{{FHIR}}}contained"
# Published messages exist whose payload is a `bundle`; what is in it must not count as part of the outer Bundle.
BUNDLES = (f"{{{FHIR}}}Bundle", f"{{{FHIR}}}bundle")


class Containers(Value):
    """
    The resources that contain others: by container and id what is contained, and the container nearest to an element.
    """

    held: dict[Node, dict[str | None, tuple[Node, ...]]]
    nearest: dict[Node, Node | None] = field(default_factory=dict)


def contained(message: Message, element: Node, name: str) -> tuple[Node, ...]:
    """
    The resources of that id contained in the nearest resource around *element* that has any.

    Without a *name* the containing resource itself. Every reference of one name gets the same tuple.
    """
    containers = message.derived(_containers)
    container = _nearest(containers, element)
    while container is not None:
        found = containers.held[container].get(name) if name else (container,)
        if found:
            return found
        container = _nearest(containers, container.getparent())
    return ()


def _containers(message: Message) -> Containers:
    held: dict[Node, dict[str | None, list[Node]]] = {}
    for holder in message.root.iter(_CONTAINED):
        by_id = held.setdefault(holder.getparent(), {})
        for resource in holder.iterchildren("*"):
            by_id.setdefault(child_value(resource, "id"), []).append(resource)
    return Containers(
        {container: {name: tuple(found) for name, found in by_id.items()} for container, by_id in held.items()}
    )


def _nearest(containers: Containers, element: Node | None) -> Node | None:
    """
    The nearest container at or above an element, up to the Bundle around it. No element is passed twice.
    """
    found, passed = None, []
    for each in () if element is None else chain((element,), element.iterancestors()):
        if each in containers.nearest:
            found = containers.nearest[each]
            break
        passed.append(each)
        if each.tag in BUNDLES:
            break
        if each in containers.held:
            found = each
            break
    containers.nearest.update(dict.fromkeys(passed, found))
    return found
