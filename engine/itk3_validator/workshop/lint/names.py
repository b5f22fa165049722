"""
Names that nobody uses, that stand for the same place, or that hide each other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from itk3_validator import xpath
from itk3_validator.archive.places import PLACES
from itk3_validator.pack.draft import Draft, Entry
from itk3_validator.pack.marked import Mapping as MarkedMapping
from itk3_validator.pack.marked import Node, Scalar, Sequence
from itk3_validator.plan import SENDER
from itk3_validator.report.received import RECEIVED
from itk3_validator.workshop.lint import later
from itk3_validator.workshop.lint.kind import Found, Kind
from itk3_validator.workshop.lint.subject import Subject

_VARIABLE = re.compile(r"\$([A-Za-z][A-Za-z0-9-]*)")


def _unused(subject: Subject) -> Iterator[Found]:
    # Waivers look for the sender of a message at selectors of these names, archives and responses for what they need.
    named = {*SENDER, *PLACES.values(), *RECEIVED, *_used(subject.merged.draft)}
    used = named.union(*(_used(user.draft) for user in subject.users))
    for name, entry in subject.merged.named["selectors"].items():
        if name not in used:
            yield Found(entry.key.mark, f"the selector {name!r} is never used", "use it in a rule, or remove it")


def _used(draft: Draft) -> set[str]:
    """
    Every name that a pack mentions: alone, behind ``request.``, or as ``$name``.
    """
    places: list[Node] = [
        entry.value for section in ("selectors", "interactions") for entry in _entries(draft, section)
    ]
    places += [entry.value for entry in draft.rules.values()]
    places += [*draft.tests, *(value for _, value in draft.change)]
    names: set[str] = set()
    for place in places:
        for scalar in _scalars(place):
            names.add(scalar.text.removeprefix("request."))
            names.update(_VARIABLE.findall(scalar.text))
    return names


def _entries(draft: Draft, section: str) -> list[Entry]:
    return list(draft.named.get(section, {}).values())


def _scalars(node: Node) -> Iterator[Scalar]:
    if isinstance(node, Scalar):
        yield node
    elif isinstance(node, Sequence):
        for item in node.items:
            yield from _scalars(item)
    elif isinstance(node, MarkedMapping):
        for key, value in node.pairs:
            yield key
            yield from _scalars(value)


def _shadowed(subject: Subject) -> Iterator[Found]:
    yield from _same_place(subject)
    for written in subject.xpaths:
        if written.tree is None:
            for name, mark in later.bound(written, subject):
                if name in subject.selectors:
                    what = f"${name} is bound here, so the selector {name!r} is hidden inside this expression"
                    yield Found(mark, what, "give what is gone through a name of its own")


def _same_place(subject: Subject) -> Iterator[Found]:
    """
    Two names of one place: what is changed for one of them is not changed for the other.
    """
    seen: dict[tuple[str, bool], str] = {}
    for name in subject.selectors:
        place = (_expanded(name, subject, ()), subject.follows(name))
        first = seen.setdefault(place, name)
        if first != name:
            at = subject.merged.named["selectors"][name].key.mark
            yield Found(
                at, f"the selector {name!r} is the same place as {first!r}", f"use {first!r}, and remove this one"
            )


def _expanded(name: str, subject: Subject, above: tuple[str, ...]) -> str:
    """
    The place of a selector with the selectors in it written out.
    """
    text = subject.selectors[name].text.text
    try:
        names = [each for each in xpath.variables(text) if each in subject.selectors and each not in above]
        inner = {each: _expanded(each, subject, (*above, name)) for each in names if not subject.follows(each)}
        whole = xpath.expand(text, inner)
    except xpath.XPathInvalid:
        return text
    begin = re.match(r"\$([A-Za-z][A-Za-z0-9-]*)(?=/|$)", text)
    if begin is not None and begin[1] in inner and "|" not in inner[begin[1]]:
        # `(/a/b)/c` is `/a/b/c`
        return inner[begin[1]] + whole.removeprefix(f"({inner[begin[1]]})")
    return whole


UNUSED = Kind(
    code="unused-selector",
    title="A selector is defined and never used",
    why=(
        "Either a rule was forgotten, or it names another place than was meant. A selector counts as used when the "
        "pack itself, its tests, or a pack beside it that extends it names it."
    ),
    bad="""\
        selectors:
          bundle-type: /f:Bundle/f:type
          bundle-total: /f:Bundle/f:total
        rules:
          - id: R-1
            text: The type is message.
            source: page 1
            check: {bundle-type: {equals: message}}
        """,
    good="""\
        selectors:
          bundle-type: /f:Bundle/f:type
          bundle-total: /f:Bundle/f:total
        rules:
          - id: R-1
            text: The type is message.
            source: page 1
            check: {bundle-type: {equals: message}}
          - id: R-2
            text: There is no total.
            source: page 1
            check: {bundle-total: absent}
        """,
    find=_unused,
)

SHADOWED = Kind(
    code="shadowed-selector",
    title="A selector is hidden by another name",
    why=(
        "Two selectors for one place drift apart when one of them is changed, here or in a derived pack. In XPath 2.0 "
        "and later, `for $x in ...` hides a selector that is called x."
    ),
    bad="""\
        selectors:
          bundle-type: /f:Bundle/f:type
          kind: /f:Bundle/f:type
        rules:
          - id: R-1
            text: The type is message.
            source: page 1
            check: {bundle-type: {equals: message}, kind: present}
        """,
    good="""\
        selectors:
          bundle-type: /f:Bundle/f:type
        rules:
          - id: R-1
            text: The type is message.
            source: page 1
            check: {bundle-type: {equals: message}}
        """,
    find=_shadowed,
)

KINDS = (UNUSED, SHADOWED)
