"""
The nodes that a path selects, in one spelling: to tell whether a path can select only what another one does.
"""

from __future__ import annotations

from collections.abc import Mapping

from itk3_validator.xpath.grammar import parse
from itk3_validator.xpath.part import Location, Part
from itk3_validator.xpath.tree import (
    Call,
    Expr,
    Filter,
    Group,
    Literal,
    Negation,
    Number,
    Operation,
    Path,
    Step,
    Union,
    Variable,
)

_DEEPEST = 100
_TRUTH = frozenset({"=", "!=", "<", "<=", ">", ">=", "and", "or"})
_TRUE_OR_FALSE = frozenset({"boolean", "contains", "not", "starts-with"})
# Predicates behind parentheses: they choose among all nodes found so far, not among those of one parent.
_ALL = "()"


def location(path: Expr | str, *, here: Location = ()) -> Location:
    """
    Where a path leads; white space, quotes and needless parentheses make no difference. Names stay as they are.

    Args:
        here: where a path that begins at ``./`` begins.

    Raises:
        XPathInvalid: A text that is no XPath.
    """
    match parse(path, deepest=_DEEPEST) if isinstance(path, str) else path:
        case Group(inner=inner):
            return location(inner, here=here)
        case Path(absolute=True, steps=steps):
            return (Part("/"), *_parts(steps))
        case Path(base=base, steps=steps):
            return (*(here if base is None else location(base, here=here)), *_parts(steps))
        case Filter(base=base, predicates=predicates):
            return _filtered(location(base, here=here), predicates)
        case tree:
            return (Part(_text(tree)),)


def begun(path: Location, known: Mapping[str, Location]) -> Location:
    """
    The location with the name that it begins at written out, when that is known.
    """
    first = path[0].name if path else ""
    before = known.get(first[1:], ()) if first.startswith("$") else ()
    return _behind(_with(before, path[0].predicates), path[1:]) if before else path


def _filtered(path: Location, predicates: tuple[Expr, ...]) -> Location:
    """
    A path with predicates behind its parentheses. Those that do not count might as well stand at its last step.
    """
    counting = next((at for at, each in enumerate(predicates) if _counts(each)), len(predicates))
    if not path:
        counting = 0
    rest = _texts(predicates[counting:])
    return _behind(_with(path, _texts(predicates[:counting])), (Part(_ALL, rest),) if rest else ())


def _with(path: Location, predicates: tuple[str, ...]) -> Location:
    if not predicates:
        return path
    return (*path[:-1], Part(path[-1].name, path[-1].predicates + predicates))


def _behind(before: Location, rest: Location) -> Location:
    if before and rest and before[-1].name == rest[0].name == _ALL:
        return (*_with(before, rest[0].predicates), *rest[1:])
    return before + rest


def _counts(predicate: Expr) -> bool:
    """
    Whether a predicate may ask for a place in the row, such as ``[1]``.
    """
    match predicate:
        case Path():
            asks = False
        case Operation(operators=operators):
            asks = not _TRUTH.issuperset(operators)
        case Call(name=name):
            asks = name not in _TRUE_OR_FALSE
        case _:
            asks = True
    return asks or any(each in _text(predicate) for each in ("position(", "last("))


def names(path: Location) -> tuple[str, ...]:
    """
    The steps without their predicates; the same for two locations of which one is within the other.
    """
    return tuple(part.name for part in path if part.name != _ALL)


def within(path: Location, other: Location) -> bool:
    """
    Whether *path* selects, in every message, nothing but nodes that *other* selects: the same steps, and at most
    further predicates. False where that cannot be told.
    """
    same = True
    left = list(reversed(path))
    for part in other:
        while left and left[-1].name == _ALL != part.name:
            left.pop()
            same = False
        mine = left.pop() if left else None
        if mine is None or mine.name != part.name or mine.predicates[: len(part.predicates)] != part.predicates:
            return False
        # The first of fewer nodes may be another one.
        if part.name == _ALL and not same:
            return False
        same = same and mine == part
    return all(part.name == _ALL for part in left)


def _parts(steps: tuple[Step, ...]) -> Location:
    return tuple(
        Part(f"{'//' if step.separator == '//' else ''}{step.axis}::{step.test}", _texts(step.predicates))
        for step in steps
        if (step.axis, step.test, step.predicates) != ("self", "node()", ()) or step.separator == "//"
    )


def _texts(trees: tuple[Expr, ...]) -> tuple[str, ...]:
    return tuple(_text(tree) for tree in trees)


def _text(tree: Expr) -> str:
    """
    An expression in one spelling.
    """
    match tree:
        case Literal(value=value):
            said = f'"{value}"' if "'" in value else f"'{value}'"
        case Number(text=text):
            said = text
        case Variable(name=name):
            said = f"${name}"
        case Call(name=name, arguments=arguments):
            said = f"{name}({','.join(_texts(arguments))})"
        case Negation(signs=signs, operand=operand):
            said = f"{'-' * signs}{_text(operand)}"
        case Operation(operators=operators, operands=(first, *others)):
            pairs = zip(operators, others, strict=True)
            said = f"({_text(first)}{''.join(f' {each} {_text(other)}' for each, other in pairs)})"
        case Union(paths=paths):
            said = f"({'|'.join(_texts(paths))})"
        case _:
            said = "/".join(part.name + "".join(f"[{each}]" for each in part.predicates) for part in location(tree))
    return said
