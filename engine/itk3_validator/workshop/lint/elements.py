"""
Elements that FHIR STU3 does not have at a place, and values of another type than an extension has.
"""

from __future__ import annotations

from collections.abc import Iterator

from itk3_validator.pack.marked import Mapping as MarkedMapping
from itk3_validator.pack.marked import Scalar, Sequence
from itk3_validator.references import a
from itk3_validator.spelling import did_you_mean
from itk3_validator.stu3 import children_of, is_resource, resources
from itk3_validator.workshop.lint.asked import Asked
from itk3_validator.workshop.lint.kind import Found, Kind
from itk3_validator.workshop.lint.node_types import Types
from itk3_validator.workshop.lint.subject import Subject
from itk3_validator.xpath.tree import Expr, Filter, Literal, Operation, Path, Step

_CONTENT = "xhtml"

# Extension-ITK-MessageHandling-2 2.1.0 and CareConnect: the key or URL of an extension, and the value that it has.
VALUES = {
    "BusAckRequested": "valueBoolean",
    "InfAckRequested": "valueBoolean",
    "RecipientType": "valueCoding",
    "Priority": "valueCoding",
    "MessageDefinition": "valueReference",
    "SenderReference": "valueString",
    "Extension-CareConnect-NHSNumberVerificationStatus-1": "valueCodeableConcept",
    "Extension-CareConnect-CareSettingType-1": "valueCodeableConcept",
}


def _unknown_elements(subject: Subject) -> Iterator[Found]:
    for written in subject.xpaths:
        if written.tree is not None:
            for offset, what, remedy in subject.typing.unknown(written.tree, written.context):
                yield Found(written.text.at(offset), f"{what}, so it matches nothing", remedy)
    yield from _unknown_names(subject)


def _unknown_names(subject: Subject) -> Iterator[Found]:
    """
    Names that stand in options instead of a path: children in ``order``, the resource of ``refers-to``.
    """
    for rule in subject.rules:
        context = subject.context(rule)
        for ask in (*rule.check, *rule.when):
            if ask.verb.text == "order" and ask.target is not None:
                types = subject.types(subject.target(ask.target, subject.below(ask, context)))
                yield from _unordered(ask, types, subject)
            if ask.verb.text == "refers-to":
                yield from _unreferred(ask, subject)


def _unordered(ask: Asked, types: Types, subject: Subject) -> Iterator[Found]:
    if not types or _CONTENT in types or not isinstance(ask.options, Sequence):
        return
    known = {name for each in types for name in children_of(each)}
    if not known:
        return
    for node in ask.options.items:
        name = subject.text(node).text if isinstance(node, Scalar) else ""
        if isinstance(node, Scalar) and name not in known:
            where = f"{a(min(types))} has" if len(types) == 1 else "what can stand here has"
            what = f"{where} no element {name!r} in FHIR STU3, so its place is never asked"
            yield Found(node.mark, what, did_you_mean(name, known))


def _unreferred(ask: Asked, subject: Subject) -> Iterator[Found]:
    for each in ask.options.items if isinstance(ask.options, Sequence) else (ask.options,):
        node = each.get("resource") if isinstance(each, MarkedMapping) else None
        name = subject.text(node).text if isinstance(node, Scalar) else ""
        if isinstance(node, Scalar) and not is_resource(name):
            what = f"FHIR STU3 has no resource {name!r}, so no reference is to one"
            yield Found(node.mark, what, did_you_mean(name, resources()))


def _wrong_values(subject: Subject) -> Iterator[Found]:
    for written in subject.xpaths:
        if written.tree is None:
            continue
        for part, _ in subject.typing.parts(written.tree, written.context):
            if not isinstance(part, Path):
                continue
            base = part.base
            before = base.predicates if isinstance(base, Filter) else ()
            for extension, step in zip((None, *part.steps), part.steps, strict=False):
                url = _url(extension.predicates if extension is not None else before)
                meant = VALUES.get(url.rpartition("/")[2])
                name = step.test.rpartition(":")[2]
                if meant is not None and _is_value(step) and name != meant:
                    what = f"the extension {url.rpartition('/')[2]} has a {meant}, not a {name}"
                    yield Found(written.text.at(step.named), what, f"write f:{meant}")


def _is_value(step: Step) -> bool:
    return step.axis == "child" and step.is_name and step.test.rpartition(":")[2].startswith("value")


def _url(predicates: tuple[Expr, ...]) -> str:
    """
    The URL in ``[@url='X']``.
    """
    for each in predicates:
        match each:
            case Operation(
                operators=("=",),
                operands=(Path(base=None, steps=(Step(axis="attribute", test="url"),)), Literal() as url),
            ):
                return url.value
    return ""


UNKNOWN_ELEMENT = Kind(
    code="unknown-element",
    title="A path names an element or attribute that FHIR STU3 does not have there",
    why=(
        "Such a path matches nothing in any message: a rule that demands the place always fails, one that forbids it "
        "never does. The path is followed from the document, or from the selector that it begins with, through the "
        "types of FHIR STU3. The names in `order` and the resource in `refers-to` are looked up as well."
    ),
    bad="""\
        selectors:
          event: /f:Bundle/f:entry/f:resource/f:MessageHeader/f:event/f:cod
        rules:
          - id: R-1
            text: The event has a code.
            source: page 1
            check: {event: present}
        """,
    good="""\
        selectors:
          event: /f:Bundle/f:entry/f:resource/f:MessageHeader/f:event/f:code
        rules:
          - id: R-1
            text: The event has a code.
            source: page 1
            check: {event: present}
        """,
    find=_unknown_elements,
)

WRONG_VALUE_CHILD = Kind(
    code="wrong-value-child",
    title="A path asks an extension for a value of another type than its profile gives it",
    why=(
        "An Extension may hold any value[x] in FHIR itself, but its profile allows one type. BusAckRequested holds a "
        "valueBoolean: a path to its valueString matches nothing."
    ),
    bad="""\
        rules:
          - id: R-1
            text: BusAckRequested is true.
            source: page 1
            each: /f:Bundle/f:entry/f:resource/f:MessageHeader/f:extension
            check: {"./f:extension[@url='BusAckRequested']/f:valueString": {equals: "true"}}
        """,
    good="""\
        rules:
          - id: R-1
            text: BusAckRequested is true.
            source: page 1
            each: /f:Bundle/f:entry/f:resource/f:MessageHeader/f:extension
            check: {"./f:extension[@url='BusAckRequested']/f:valueBoolean": {equals: "true"}}
        """,
    find=_wrong_values,
)

KINDS = (UNKNOWN_ELEMENT, WRONG_VALUE_CHILD)
