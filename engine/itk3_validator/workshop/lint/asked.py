"""
The checks of a rule as they are written: which verb is asked of which target, each piece with its place.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from itk3_validator.pack.marked import Mapping as MarkedMapping
from itk3_validator.pack.marked import Node, Scalar, Sequence

_MODIFIERS = ("count", "some")


class Asked(NamedTuple):
    """
    One verb asked of one target; *target* is None for ``test``.

    *inside* says that it stands in the ``where`` of a reference, *resource* to which resource that refers, *choice*
    that it is one of several alternatives.
    """

    target: Scalar | None
    verb: Scalar
    options: Node | None
    some: Node | None = None
    inside: bool = False
    resource: str = ""
    choice: bool = False


def asked(node: Node | None) -> Iterator[Asked]:
    """
    All verbs in a mapping of checks, those in ``any-of`` and in ``where`` as well; what is malformed is left out.
    """
    if not isinstance(node, MarkedMapping):
        return
    for key, value in node.pairs:
        if key.text == "any-of":
            for branch in value.items if isinstance(value, Sequence) else ():
                yield from (each._replace(choice=True) for each in asked(branch))
        elif key.text == "test":
            yield Asked(None, key, value)
        elif isinstance(value, Scalar):
            yield Asked(key, value, None)
        elif isinstance(value, MarkedMapping):
            yield from _verbs(key, value)


def _verbs(target: Scalar, value: MarkedMapping) -> Iterator[Asked]:
    verbs = [(name, options) for name, options in value.pairs if name.text not in _MODIFIERS]
    count, some = value.get("count"), value.get("some")
    for name, options in verbs:
        yield Asked(target, name, options, some)
        if name.text == "refers-to":
            yield from _where(options)
    if count is not None and all(name.text in ("present", "absent", "unique") for name, _ in verbs):
        key = next(name for name, _ in value.pairs if name.text == "count")
        yield Asked(target, key, count)


def _where(options: Node) -> Iterator[Asked]:
    for branch in options.items if isinstance(options, Sequence) else (options,):
        if not isinstance(branch, MarkedMapping):
            continue
        named = branch.get("resource")
        resource = named.text if isinstance(named, Scalar) else ""
        for each in asked(branch.get("where")):
            yield each if each.inside else each._replace(inside=True, resource=resource)


def texts(ask: Asked) -> tuple[Scalar, ...]:
    """
    The values that ``equals``, ``one-of``, ``none-of`` or a ``coding`` names.
    """
    node: Node | None = None
    if ask.verb.text in ("equals", "one-of", "none-of"):
        node = ask.options
    elif ask.verb.text == "coding" and isinstance(ask.options, MarkedMapping):
        node = ask.options.get("code")
    if isinstance(node, Sequence):
        return tuple(each for each in node.items if isinstance(each, Scalar))
    return (node,) if isinstance(node, Scalar) else ()
