"""
Expressions that say something else than they seem to: XPath that is right by its grammar alone.
"""

from __future__ import annotations

from collections.abc import Iterator

from itk3_validator.pack.marked import Mapping as MarkedMapping
from itk3_validator.pack.marked import Scalar, Sequence
from itk3_validator.stu3 import is_primitive
from itk3_validator.workshop.lint import later
from itk3_validator.workshop.lint.kind import Found, Kind
from itk3_validator.workshop.lint.node_types import Types
from itk3_validator.workshop.lint.subject import Subject
from itk3_validator.xpath.tree import Call, Expr, Group, Negation, Operation, Path, Variable

_COMPARING = frozenset({"=", "!=", "<", "<=", ">", ">="})
_BOOLEAN_CALLS = frozenset({"true", "false", "not", "boolean", "contains", "starts-with", "lang"})
# Functions that take the text of a node; of an element of FHIR that is nothing, or white space.
_OF_TEXT = frozenset(
    {
        "string",
        "number",
        "contains",
        "starts-with",
        "substring",
        "substring-before",
        "substring-after",
        "string-length",
        "normalize-space",
        "translate",
        "concat",
    }
)
_BRACKETS = "put brackets around what belongs together: (A and B) or C, or A and (B or C)"


def _mixed(subject: Subject) -> Iterator[Found]:
    what = "'and' and 'or' are mixed without brackets; 'and' binds tighter, whatever was meant"
    for written in subject.xpaths:
        if written.tree is None:
            for mark in later.mixed(written, subject):
                yield Found(mark, what, _BRACKETS)
            continue
        for part, _ in subject.typing.parts(written.tree, written.context):
            if isinstance(part, Operation) and part.operators[0] == "or":
                inner = [each for each in part.operands if isinstance(each, Operation) and each.operators[0] == "and"]
                for each in inner[:1]:
                    yield Found(written.text.at(each.start), what, _BRACKETS)


def _booleans(subject: Subject) -> Iterator[Found]:
    for rule in subject.rules:
        for ask in (*rule.check, *rule.when):
            yield from _boolean_in_list(ask.options if ask.verb.text in ("one-of", "none-of") else None)
    for entry in subject.merged.named["code-lists"].values():
        codes = entry.value.get("codes") if isinstance(entry.value, MarkedMapping) else None
        yield from _boolean_in_list(codes)
    what = "a condition is compared here: it is true or false, and none of the values beside it"
    remedy = "compare with each value: @value='a' or @value='b'; in a rule write one-of: [a, b], or {equals: \"true\"}"
    for written in subject.xpaths:
        if written.tree is None:
            for mark in later.booleans(written, subject):
                yield Found(mark, what, remedy)
            continue
        for part, _ in subject.typing.parts(written.tree, written.context):
            if isinstance(part, Operation) and part.operators[0] in _COMPARING:
                kinds = [_is_boolean(each) for each in part.operands]
                if any(kinds) and not all(kinds):
                    at = part.operands[kinds.index(True)]
                    yield Found(written.text.at(at.start), what, remedy)


def _boolean_in_list(node: object) -> Iterator[Found]:
    if not isinstance(node, Sequence):
        return
    items = [each for each in node.items if isinstance(each, Scalar)]
    plain = [each for each in items if each.style == "plain" and each.text in ("true", "false")]
    if plain and len({each.text for each in items} - {"true", "false"}) > 0:
        what = f"{plain[0].text} stands among other values, as if the list were a condition"
        yield Found(
            plain[0].mark, what, f'remove it; where the text itself is meant, write "{plain[0].text}" in quotes'
        )


def _is_boolean(tree: Expr) -> bool:
    match tree:
        case Group(inner=inner):
            return _is_boolean(inner)
        case Operation(operators=operators):
            return operators[0] in {"and", "or", *_COMPARING}
        case Call(name=name):
            return name in _BOOLEAN_CALLS
    return False


def _compared(subject: Subject) -> Iterator[Found]:
    for written in subject.xpaths:
        if written.tree is None:
            continue
        for part, context in subject.typing.parts(written.tree, written.context):
            for each in _read_as_text(part):
                if _is_element(subject.typing.of(each, context)) and _is_place(each):
                    source = written.text.text[each.start : each.end]
                    what = f"{source} is read as text, but a FHIR element holds no text: its value is an attribute"
                    yield Found(written.text.at(each.start), what, f"write {source}/@value")


def _read_as_text(tree: Expr) -> tuple[Expr, ...]:
    match tree:
        case Operation(operators=operators, operands=operands) if operators[0] in _COMPARING | {"+", "-", "*"}:
            # Compared with a condition, only whether there are such nodes counts: told as another kind.
            return () if any(map(_is_boolean, operands)) else operands
        case Call(name=name, arguments=arguments) if name in _OF_TEXT:
            return arguments
        case Negation(operand=operand):
            return (operand,)
    return ()


def _is_element(types: Types) -> bool:
    return bool(types) and all(is_primitive(each) for each in types or ())


def _is_place(tree: Expr) -> bool:
    return isinstance(tree, Path | Variable | Group)


MIXED = Kind(
    code="mixed-and-or",
    title="and and or are mixed without brackets",
    why=(
        "`A and B or C` means `(A and B) or C`: when C holds, A and B do not matter. Who wrote it mostly meant "
        "`A and (B or C)`. With brackets nobody has to guess."
    ),
    bad="""\
        rules:
          - id: R-1
            text: The Bundle is of a known type and has an entry.
            source: page 1
            check: {test: "f:entry and f:type/@value='message' or f:type/@value='document'"}
        """,
    good="""\
        rules:
          - id: R-1
            text: The Bundle is of a known type and has an entry.
            source: page 1
            check: {test: "f:entry and (f:type/@value='message' or f:type/@value='document')"}
        """,
    find=_mixed,
)

BOOLEAN = Kind(
    code="boolean-in-list",
    title="A boolean where a value or a list of values was meant",
    why=(
        "`@value = ('a' or 'b')` compares with a condition, which is true: it then only asks whether there is a value. "
        "So does `@value = true()`. In a list of a rule, a bare `true` among other values is the same mistake."
    ),
    bad="""\
        rules:
          - id: R-1
            text: The type is message or document.
            source: page 1
            check: {test: "/f:Bundle/f:type/@value = ('message' or 'document')"}
        """,
    good="""\
        rules:
          - id: R-1
            text: The type is message or document.
            source: page 1
            check: {/f:Bundle/f:type: {one-of: [message, document]}}
        """,
    find=_booleans,
)

COMPARED = Kind(
    code="element-as-text",
    title="An expression compares an element instead of its value",
    why=(
        "In FHIR the value of an element stands in its attribute `value`. `f:code = 'x'` compares with the text inside "
        "the element, which is empty, so it never holds, and `f:code != 'x'` always does."
    ),
    bad="""\
        selectors:
          entries: "/f:Bundle[f:type='message']/f:entry"
        rules:
          - id: R-1
            text: There is an entry.
            source: page 1
            check: {entries: present}
        """,
    good="""\
        selectors:
          entries: "/f:Bundle[f:type/@value='message']/f:entry"
        rules:
          - id: R-1
            text: There is an entry.
            source: page 1
            check: {entries: present}
        """,
    find=_compared,
)

KINDS = (MIXED, BOOLEAN, COMPARED)
