"""
Verbs and values that the element at a place can never satisfy.
"""

from __future__ import annotations

from collections.abc import Iterator

from itk3_validator.checks import VERBS
from itk3_validator.checks.formats import FORMATS
from itk3_validator.checks.verb import Asks
from itk3_validator.stu3 import children_of, is_primitive
from itk3_validator.workshop.lint.asked import Asked
from itk3_validator.workshop.lint.kind import Found, Kind
from itk3_validator.workshop.lint.node_types import ATTRIBUTE, Types
from itk3_validator.workshop.lint.subject import Subject


def _placed(subject: Subject) -> Iterator[tuple[Asked, frozenset[str]]]:
    """
    Every check of the pack that has a target, with the types that stand there.
    """
    for rule in subject.rules:
        context = subject.context(rule)
        for ask in (*rule.check, *rule.when):
            yield from _typed(subject, ask, subject.below(ask, context))
    for asks in subject.interactions.values():
        for ask in asks:
            yield from _typed(subject, ask, None)


def _typed(subject: Subject, ask: Asked, context: Types) -> Iterator[tuple[Asked, frozenset[str]]]:
    if ask.target is not None:
        types = subject.types(subject.target(ask.target, context))
        if types:
            yield ask, types


def _verbs(subject: Subject) -> Iterator[Found]:
    for ask, types in _placed(subject):
        verb = VERBS.get(ask.verb.text)
        if verb is None:
            continue
        name = min(types)
        if verb.asks is Asks.VALUE and not any(map(_has_value, types)):
            coding = "coding" in children_of(name) or {"system", "code"} <= set(children_of(name))
            remedy = "ask 'coding' of it" if coding else "name the child that holds the value"
            what = f"'{verb.name}' looks at a value, and a {name} has none of its own, so this never holds"
            yield Found(ask.verb.mark, what, remedy)
        elif verb.name == "coding" and not any(
            {"system", "code"} <= _names(each) or "coding" in _names(each) for each in types
        ):
            what = f"'coding' looks at system and code, and a {name} has neither, so this never holds"
            yield Found(ask.verb.mark, what, "name the Coding or CodeableConcept, not a part of it")


def _names(type_name: str) -> set[str]:
    return set(children_of(type_name))


def _has_value(type_name: str) -> bool:
    return type_name in (ATTRIBUTE, "Reference", "xhtml") or is_primitive(type_name)


def _values(subject: Subject) -> Iterator[Found]:
    for ask, types in _placed(subject):
        if ask.verb.text not in ("equals", "one-of") or not all(is_primitive(each) for each in types):
            continue
        formats = [FORMATS[each] for each in sorted(types) if each in FORMATS]
        if len(formats) < len(types):
            continue
        for node, value in subject.fixed(ask):
            if value and all(each.wrong(value) is not None for each in formats):
                what = f"the place holds a {formats[0].name}, which is never {value!r}, so this never holds"
                yield Found(node.mark, what, f"write what stands in a message: {formats[0].says}")


VERB = Kind(
    code="verb-never-holds",
    title="A verb that looks for a value where the element has none",
    why=(
        "A Coding has no value: system and code stand in its children. `event: {equals: ITK007C}` on the Coding fails "
        "on every message, and as a condition it switches its rule off."
    ),
    bad="""\
        rules:
          - id: R-1
            text: The event is ITK007C.
            source: page 1
            check: {/f:Bundle/f:entry/f:resource/f:MessageHeader/f:event: {equals: ITK007C}}
        """,
    good="""\
        rules:
          - id: R-1
            text: The event is ITK007C.
            source: page 1
            check: {/f:Bundle/f:entry/f:resource/f:MessageHeader/f:event/f:code: {equals: ITK007C}}
        """,
    find=_verbs,
)

VALUE = Kind(
    code="value-never-found",
    title="A value that the element cannot hold",
    why="A FHIR boolean is `true` or `false`, never `True`, `yes` or `1`; a code has no blank at its end.",
    bad="""\
        rules:
          - id: R-1
            text: The Patient is active.
            source: page 1
            check: {/f:Bundle/f:entry/f:resource/f:Patient/f:active: {equals: "True"}}
        """,
    good="""\
        rules:
          - id: R-1
            text: The Patient is active.
            source: page 1
            check: {/f:Bundle/f:entry/f:resource/f:Patient/f:active: {equals: "true"}}
        """,
    find=_values,
)

KINDS = (VERB, VALUE)
