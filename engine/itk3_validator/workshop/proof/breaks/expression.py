"""
Breaks of the verb ``test``: everything that the expression reads.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from itk3_validator import xpath
from itk3_validator.errors import Itk3Error
from itk3_validator.message import value_of
from itk3_validator.workshop.editing.places import place_of_pack
from itk3_validator.workshop.proof.breaks.near import OTHER, near_misses
from itk3_validator.workshop.proof.doing import beside, doubled, emptied, removed, valued
from itk3_validator.workshop.proof.look import Look, replace_bound
from itk3_validator.workshop.proof.making import makes, parse_tree
from itk3_validator.workshop.proof.mutant import Break
from itk3_validator.xpath.tree import Call, Expr, Filter, Group, Negation, Operation, Path, Union, Variable

_LITERAL = re.compile(r"'[^']*'|\"[^\"]*\"")
_PART = r"(?:[A-Za-z][\w.-]*:[A-Za-z][\w.-]*|@[A-Za-z][\w.-]*)"
_PATH = re.compile(rf"(?:\$[A-Za-z][A-Za-z0-9-]*(?:/{_PART})*|\.?/?{_PART}(?:/{_PART})*)(?![\w.:(-])")
_COMPARE = frozenset({"=", "!=", "<", "<=", ">", ">="})
_OF_TEXT = frozenset({"string", "number", "normalize-space", "starts-with", "contains", "translate", "concat", "sum"})


def test(look: Look) -> Iterator[Break]:
    """
    Each path that the expression reads is removed, doubled, emptied, changed, or made where it is not there.

    What an expression means nobody knows but its author, so of each path it is enough that one break is noticed, and
    where values are compared one break of the value: else the path has no say in the outcome. Where the values decide,
    a wrong one beside the right one must be noticed too; ``=`` is true when any one value is equal.
    """
    for text, compared in dict(_paths(look)).items():
        inner = _inner(look, text)
        if inner is not None and inner.nodes:
            yield from _of_path(inner, text)
            if compared:
                yield from _of_value(inner, text)
        elif inner is not None:
            yield from _of_nothing(inner, text)


def _inner(look: Look, text: str) -> Look | None:
    try:
        return replace_bound(look, place_of_pack(look.plan.pack, text).bound)
    except Itk3Error:
        return None


def _of_path(inner: Look, text: str) -> Iterator[Break]:
    group = f"what {text} finds"
    yield Break(f"{text} is removed", inner.here, edit=removed(inner.nodes), group=group)
    if value_of(inner.nodes[0]) is not None:
        yield valued(inner.nodes, OTHER, f"{text} has another value", group=group)
    if not isinstance(inner.nodes[0], str):
        yield Break(f"{text} is there twice", inner.here, edit=doubled(inner.nodes[0]), group=group)
        yield Break(f"{text} is there with nothing in it", inner.here, edit=emptied(inner.nodes[0]), group=group)


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


def _paths(look: Look) -> Iterator[tuple[str, bool]]:
    """
    The paths of an expression, those whose values are compared last.
    """
    text = look.check.written
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


def _all(parts: Sequence[Expr], text: str, *, compared: bool) -> Iterator[tuple[str, bool]]:
    for part in parts:
        yield from _outermost(part, text, compared=compared)
