"""
Questions about a value: XPath 1.0 expressions that are true or false for it.

lxml takes some 3 us for one and does not mind how plain it is; nearly all are put together of a few functions of text,
which Python answers in a tenth of that. What it does not know here is lxml's to answer.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from typing import Any, TypeAlias

from lxml import etree

from itk3_validator.sight.visits import VALUE
from itk3_validator.xpath.grammar import parse
from itk3_validator.xpath.tree import Call, Expr, Group, Literal, Number, Operation, Variable

_Of: TypeAlias = Callable[[str], Any]

_DEEPEST = 100
_NOTHING = etree.Element("nothing")
_BLANKS = re.compile("[ \t\r\n]+")
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def answerer(question: str) -> Callable[[str], bool]:
    """
    What answers a question about `VALUE`.
    """
    try:
        kind, of = _compiled(parse(question, deepest=_DEEPEST))
    except _Unknown:
        ask = etree.XPath(question, regexp=False)
        return lambda value: bool(ask(_NOTHING, value=value))
    return of if kind is bool else lambda value: bool(of(value))


class _Unknown(Exception):
    """
    For lxml to answer.
    """


def _compiled(tree: Expr) -> tuple[type, _Of]:
    """
    The type of an expression, which is text, a number that is one, or a truth value; and what works it out.
    """
    match tree:
        case Group(inner=inner):
            return _compiled(inner)
        case Literal() | Number():
            constant = tree.value if isinstance(tree, Literal) else float(tree.text)
            return type(constant), lambda _: constant
        case Variable(name=name) if name == VALUE:
            return str, _itself
        case Call(name="translate", arguments=(text, Literal(value=each), Literal(value=into))):
            return str, _translation(_of_type(str, _compiled(text)), each, into)
        case Call(name=name, arguments=arguments):
            return _called(name, [_compiled(each) for each in arguments])
        case Operation(operators=operators, operands=operands) if set(operators) in ({"and"}, {"or"}):
            parts = [_of_type(bool, _compiled(each)) for each in operands]
            together = all if operators[0] == "and" else any
            return bool, lambda value: together(of(value) for of in parts)
        case Operation(operators=(sign,), operands=(left, right)) if sign in _COMPARE:
            return bool, _comparison(sign, _compiled(left), _compiled(right))
    raise _Unknown


def _itself(value: str) -> str:
    return value


def _comparison(sign: str, left: tuple[type, _Of], right: tuple[type, _Of]) -> _Of:
    (kind, one), (other, two) = left, right
    # Texts are put in order as numbers, and compared with numbers as such.
    if kind is not other or (kind is not float and sign not in ("=", "!=")):
        raise _Unknown
    compare = _COMPARE[sign]
    return lambda value: compare(one(value), two(value))


def _of_type(kind: type, found: tuple[type, _Of]) -> _Of:
    own, of = found
    if own is kind:
        return of
    if kind is bool:
        return lambda value: bool(of(value))
    raise _Unknown


def _called(name: str, arguments: list[tuple[type, _Of]]) -> tuple[type, _Of]:
    match name, arguments:
        case "boolean", [one]:
            return bool, _of_type(bool, one)
        case "not", [one]:
            truth = _of_type(bool, one)
            return bool, lambda value: not truth(value)
    texts = [_of_type(str, each) for each in arguments]
    match name, texts:
        case "string", [text]:
            return str, text
        case "normalize-space", [text]:
            return str, lambda value: _normalised(text(value))
        case "string-length", [text]:
            return float, lambda value: float(len(text(value)))
        case "starts-with", [text, beginning]:
            return bool, lambda value: text(value).startswith(beginning(value))
        case "contains", [text, part]:
            return bool, lambda value: part(value) in text(value)
    raise _Unknown


def _normalised(text: str) -> str:
    # Few values have blanks, and to see that takes a quarter of the time.
    return " ".join([each for each in _BLANKS.split(text) if each]) if _BLANKS.search(text) else text


def _translation(of: _Of, each: str, into: str) -> _Of:
    """
    What stands first counts; what has no counterpart is left out.
    """
    table: dict[int, str] = {}
    for number, character in enumerate(each):
        table.setdefault(ord(character), into[number : number + 1])
    # Few values have any of them, and to see that takes a tenth of the time.
    has_any = re.compile(f"[{re.escape(each)}]").search if each else _none
    return lambda value: text.translate(table) if has_any(text := of(value)) else text


def _none(_: str) -> None:
    return None
