"""
Whether an expression may tell a shortened attachment from the whole one: see `itk3_validator.attachments`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from itk3_validator.attachments import ELEMENTS, ELEMENTS_ENDING, KEPT, MARK
from itk3_validator.xpath.grammar import parse
from itk3_validator.xpath.problems import XPathInvalid
from itk3_validator.xpath.tree import Call, Expr, Filter, Group, Literal, Negation, Operation, Path, Step, Union

_DEEPEST = 100
# What asks of its argument only whether it is there, how often, or what it is called.
_BLIND = frozenset(
    {"boolean", "count", "false", "lang", "last", "local-name", "name", "namespace-uri", "not", "position", "true"}
)
_WITH_LITERAL = re.compile(
    r"@[A-Za-z]++\s*+!?=\s*+(?:'[^']{0,500}'|\"[^\"]{0,500}\")"
    r"|starts-with\((?:local-name\(\)|[\w:/-]*+@[A-Za-z]++),\s*+(?:'[^']{0,500}'|\"[^\"]{0,500}\")\)"
)
_LOOKS_IN = re.compile(r"[=<>+'\"]|(?<![A-Za-z_-])-|\b(?:div|mod)\b|[\w)\].]\s*+\*")
_CALLS = re.compile(r"([\w-]+)\s*+\(")
_CALLS_WITHOUT = _BLIND | {"and", "or", "text", "node"}


def reads_attachments(text: str) -> bool:
    """
    Whether an XPath 1.0 expression may come out otherwise when attachments are shortened.

    An attachment is there, is not blank and begins as it does; its length, its end and whether it equals another value
    are seen only in the whole. In doubt it is True.
    """
    if MARK in text:
        return True
    # Nearly every expression compares attributes with short texts at most: a tenth of the time of reading it.
    rest = _WITH_LITERAL.sub("", text)
    if not _LOOKS_IN.search(rest) and _CALLS_WITHOUT.issuperset(_CALLS.findall(rest)):
        return False
    try:
        return _reads(parse(text, deepest=_DEEPEST), None)
    except XPathInvalid:
        return True


def _reads(tree: Expr, around: Step | None) -> bool:
    """
    Whether an expression, or a part of it, looks in. *around* is the step whose predicate it stands in.
    """
    return _looks_in(tree, around) or any(_reads(part, step) for part, step in _parts(tree, around))


def _parts(tree: Expr, around: Step | None) -> Iterator[tuple[Expr, Step | None]]:
    match tree:
        case Path(base=base, steps=steps):
            if base is not None:
                yield base, around
            for step in steps:
                yield from ((predicate, step) for predicate in step.predicates)
        case Filter(base=base, predicates=predicates):
            yield base, around
            last = _last_step(base)
            yield from ((predicate, last) for predicate in predicates)
        case Group(inner=part) | Negation(operand=part):
            yield part, around
        case Union(paths=parts) | Call(arguments=parts) | Operation(operands=parts):
            yield from ((part, around) for part in parts)


def _looks_in(tree: Expr, around: Step | None) -> bool:
    match tree:
        case Negation(operand=operand):
            return _is_attachment(operand, around)
        case Call(name=name, arguments=arguments):
            return name not in _BLIND and not _is_blind(name, arguments, around)
        case Operation(operators=operators, operands=operands):
            return not {"and", "or"}.issuperset(operators) and _compares(operators, operands, around)
    return False


def _is_blind(name: str, arguments: tuple[Expr, ...], around: Step | None) -> bool:
    if name == "starts-with" and len(arguments) == 2 and _is_short(arguments[1]):
        return True
    # Without an argument: the context node, which may be an attribute.
    return bool(arguments) and not any(_is_attachment(each, around) for each in arguments)


def _compares(operators: tuple[str, ...], operands: tuple[Expr, ...], around: Step | None) -> bool:
    """
    Whether a comparison or a sum looks into an attachment: anything but whether it is, or is not, a short text.
    """
    if len(operands) == 2 and operators[0] in ("=", "!=") and any(_is_short(each) for each in operands):
        return False
    return any(_is_attachment(each, around) for each in operands)


def _is_short(tree: Expr) -> bool:
    return isinstance(tree, Literal) and len(tree.value) < KEPT


def _is_attachment(tree: Expr, around: Step | None) -> bool:
    """
    Whether the value of an expression may be that of an attachment.
    """
    match tree:
        case Path(absolute=absolute, base=base, steps=(*before, last)):
            outer = around if base is None and not absolute else _last_step(base)
            return _may_hold(last, before[-1] if before else outer)
        case Filter(base=inner) | Group(inner=inner) | Negation(operand=inner):
            return _is_attachment(inner, around)
        case Union(paths=paths):
            return any(_is_attachment(each, around) for each in paths)
    # A call and an operation have looked already; a variable is a fact or holds elements.
    return False


def _last_step(tree: Expr | None) -> Step | None:
    match tree:
        case Path(steps=(*_, last)):
            return last
        case Filter(base=inner) | Group(inner=inner):
            return _last_step(inner)
    return None


def _may_hold(last: Step, before: Step | None) -> bool:
    """
    Whether a path that ends with these steps may find an attachment: the text of an element has none.
    """
    if last.axis.endswith("self"):
        return not last.is_name
    if last.axis != "attribute" or last.test not in ("value", "*", "node()"):
        return False
    if before is None or not before.is_name or last.separator == "//":
        return True
    name = before.test.rpartition(":")[2]
    return name in ELEMENTS or name.endswith(ELEMENTS_ENDING)
