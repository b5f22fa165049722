"""
Breaks of the verb ``test``: everything that the expression reads.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from itk3_validator import xpath
from itk3_validator.errors import Itk3Error
from itk3_validator.message import value_of
from itk3_validator.plan import Bound, Plan
from itk3_validator.workshop.editing.places import place_of_pack
from itk3_validator.workshop.proof.breaks.near import OTHER, near_misses
from itk3_validator.workshop.proof.doing import beside, doubled, emptied, removed, valued
from itk3_validator.workshop.proof.look import Look, replace_bound
from itk3_validator.workshop.proof.making import makes, parse_tree
from itk3_validator.workshop.proof.mutant import Break
from itk3_validator.workshop.words import ONE_IS_ENOUGH
from itk3_validator.xpath.tree import Call, Expr, Filter, Group, Negation, Operation, Path, Step, Union, Variable

_LITERAL = re.compile(r"'[^']*'|\"[^\"]*\"")
_PART = r"(?:[A-Za-z][\w.-]*:[A-Za-z][\w.-]*|@[A-Za-z][\w.-]*)"
_PATH = re.compile(rf"(?:\$[A-Za-z][A-Za-z0-9-]*(?:/{_PART})*|\.?/?{_PART}(?:/{_PART})*)(?![\w.:(-])")
_COMPARE = frozenset({"=", "!=", "<", "<=", ">", ">="})
_OF_TEXT = frozenset({"string", "number", "normalize-space", "starts-with", "contains", "translate", "concat", "sum"})

# Words of a rule that is kept where there is nothing to speak of.
_MAY_BE_MISSING = re.compile(
    r"\b(?:if|when|where|unless|every|each|all|any|no|not|none|never|only|may|optional|at most)\b", re.IGNORECASE
)
_EVERY = re.compile(r"\bevery\s+\$")


def test(look: Look) -> Iterator[Break]:
    """
    Each path that the expression reads is removed, doubled, emptied, changed, or made where it is not there.

    What an expression means nobody knows but its author, so of each path it is enough that one break is noticed, and
    where values are compared one break of the value: else the path has no say in the outcome. Where the values decide,
    a wrong one beside the right one must be noticed too; ``=`` is true when any one value is equal.
    """
    rests = frozenset(_rests_on(look.check.written)) if not ONE_IS_ENOUGH.search(look.text) else frozenset()
    for text, compared in dict(_paths(look.check.written)).items():
        inner = _inner(look, text)
        if inner is not None and inner.nodes:
            yield from _of_path(inner, text)
            if compared:
                yield from _of_value(inner, text)
            elif text in rests:
                yield from _of_several(inner, text)
        elif inner is not None:
            yield from _of_nothing(inner, text)


def read_by(plan: Plan, written: str) -> Iterator[tuple[str, Bound]]:
    """
    The paths of an expression with what they are bound to, those whose values are compared last.
    """
    for text in dict(_paths(written)):
        bound = _bound(plan, text)
        if bound is not None:
            yield text, bound


def _bound(plan: Plan, text: str) -> Bound | None:
    try:
        return place_of_pack(plan.pack, text).bound
    except Itk3Error:
        return None


def _inner(look: Look, text: str) -> Look | None:
    bound = _bound(look.plan, text)
    return replace_bound(look, bound) if bound is not None else None


def _of_path(inner: Look, text: str) -> Iterator[Break]:
    group = f"what {text} finds"
    meant = _may_be_missing(inner, text)
    yield Break(
        f"{text} is removed", inner.here, edit=removed(inner.nodes), group=group, alone=not meant, known=not meant
    )
    if value_of(inner.nodes[0]) is not None:
        yield valued(inner.nodes, OTHER, f"{text} has another value", group=group)
    if not isinstance(inner.nodes[0], str):
        yield Break(f"{text} is there twice", inner.here, edit=doubled(inner.nodes[0]), group=group)
        yield Break(f"{text} is there with nothing in it", inner.here, edit=emptied(inner.nodes[0]), group=group)


def _of_several(inner: Look, text: str) -> Iterator[Break]:
    last, number = inner.nodes[-1], len(inner.nodes)
    yield Break(f"{text} is there once more with another value", last, edit=beside(last, OTHER))
    if number > 1:
        yield valued((last,), OTHER, f"one of the {number} of {text} has another value")


def _may_be_missing(look: Look, text: str) -> bool:
    """
    Whether the rule's text, or the expression itself, speaks of a message that has none.
    """
    written = look.check.written
    said = _MAY_BE_MISSING.search(look.text) or _EVERY.search(_LITERAL.sub("''", written))
    return said is not None or f"not({text})" in written


def _of_value(inner: Look, text: str) -> Iterator[Break]:
    group = f"the value of {text}"
    value = value_of(inner.nodes[0])
    if value is None:
        return
    for words, other in near_misses(value):
        yield valued(inner.nodes, other, words.replace("the value", group), group=group)
    yield valued(inner.nodes, "", f"{group} is empty", group=group)
    what = f"{text} is there once more with another value"
    yield Break(what, inner.nodes[-1], edit=beside(inner.nodes[-1], OTHER), after=group)


def _of_nothing(inner: Look, text: str) -> Iterator[Break]:
    for value in ("a-value", None):
        for named, edit in makes(inner, value):
            yield Break(f"{text} is inserted{named}", inner.here, edit=edit, group=f"what {text} finds")


def _paths(text: str) -> Iterator[tuple[str, bool]]:
    """
    The paths of an expression, those whose values are compared last.
    """
    try:
        found = list(_outermost(parse_tree(text), text, compared=False))
    except xpath.XPathInvalid:
        # XPath 2.0 and 3.0 have more than we read: the plain paths alone then.
        found = [(each, False) for each in _PATH.findall(_LITERAL.sub("''", text))]
    return iter(sorted(found, key=lambda each: each[1]))


def _outermost(tree: Expr, text: str, *, compared: bool) -> Iterator[tuple[str, bool]]:
    """
    The longest paths of an expression that stand by themselves, and whether their values are compared.
    """
    match tree:
        case Path(steps=steps):
            if steps and not (len(steps) == 1 and steps[0].test == "node()" and tree.base is None):
                yield text[tree.start : tree.end], compared
        case Variable(name=name):
            if not name.startswith("fact."):
                yield text[tree.start : tree.end], compared
        case Filter() | Union():
            yield text[tree.start : tree.end], compared
        case Call(name=name, arguments=parts):
            yield from _all(parts, text, compared=name in _OF_TEXT)
        case Operation(operators=operators, operands=parts):
            yield from _all(parts, text, compared=operators[0] in _COMPARE)
        case Group(inner=part) | Negation(operand=part):
            yield from _outermost(part, text, compared=compared)


def _rests_on(text: str) -> Iterator[str]:
    """
    The paths that have to find something and choose it by its own value: a bad one beside a good one is passed over.
    """
    try:
        tree = parse_tree(text)
    except xpath.XPathInvalid:
        return
    for path in _joined(tree):
        match path:
            case Filter(predicates=predicates) | Path(steps=(*_, Step(predicates=predicates))):
                if any(_reads_itself(each) for each in predicates):
                    yield text[path.start : path.end]


def _joined(tree: Expr) -> Iterator[Expr]:
    match tree:
        case Group(inner=inner) | Call(name="boolean", arguments=(inner,)):
            yield from _joined(inner)
        case Operation(operators=("and" | "or", *_), operands=parts):
            for part in parts:
                yield from _joined(part)
        case _:
            yield tree


def _reads_itself(tree: Expr) -> bool:
    """
    Whether a predicate compares the value of the node that it chooses.
    """
    match tree:
        case Path(base=None, absolute=False, steps=(Step(axis="attribute", test="value"),)):
            return True
        case Path(base=None, absolute=False, steps=(Step(axis="self", test="node()"),)):
            return True
        case Call(arguments=parts) | Operation(operands=parts):
            return any(_reads_itself(each) for each in parts)
        case Group(inner=inner) | Negation(operand=inner):
            return _reads_itself(inner)
    return False


def _all(parts: Sequence[Expr], text: str, *, compared: bool) -> Iterator[tuple[str, bool]]:
    for part in parts:
        yield from _outermost(part, text, compared=compared)
