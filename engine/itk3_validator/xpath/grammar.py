"""
Tokens to a syntax tree, by the grammar of XPath 1.0.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from itk3_validator.xpath import mistakes
from itk3_validator.xpath.brackets import check_brackets
from itk3_validator.xpath.tokens import Kind, Token, tokenise
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

_LOOSEST_FIRST = ({"or"}, {"and"}, {"=", "!="}, {"<", "<=", ">", ">="}, {"+", "-"}, {"*", "div", "mod"})
_BINARY = frozenset().union(*_LOOSEST_FIRST)
_SHORT = 500
_PRIMARY: tuple[Kind, ...] = ("literal", "number", "variable", "function")


def parse(text: str, *, deepest: int) -> Expr:
    """
    Read *text* as one XPath 1.0 expression, whatever its names mean.

    Raises:
        XPathInvalid: The text breaks the grammar, or its brackets are nested deeper than *deepest*.
    """
    return _parse_again(text, deepest) if len(text) <= _SHORT else _parse(text, deepest)


def _parse(text: str, deepest: int) -> Expr:
    tokens = tokenise(text)
    check_brackets(tokens, deepest=deepest)
    reader = _Reader(tokens)
    whole = reader.expression()
    reader.demand("")
    return whole


# Packs that extend one pack say the same, and several readers ask of each XPath: three of four texts come again.
_parse_again = lru_cache(maxsize=1_000)(_parse)


class _Reader:
    """
    Reads one expression from left to right; each method takes the tokens of what it is named for.
    """

    def __init__(self, tokens: Sequence[Token]) -> None:
        self._tokens = tokens
        self._at = 0

    @property
    def _token(self) -> Token:
        return self._tokens[self._at]

    @property
    def _previous(self) -> Token | None:
        return self._tokens[self._at - 1] if self._at else None

    def _take(self) -> Token:
        self._at += 1
        return self._tokens[self._at - 1]

    def _sees(self, *texts: str) -> bool:
        return self._token.kind in ("mark", "operator") and self._token.text in texts

    def _is(self, *kinds: Kind) -> bool:
        return self._token.kind in kinds

    def demand(self, text: str) -> Token:
        """
        Take the mark *text*, or the end for an empty one: an expression before it is complete.
        """
        if self._token.text != text or not self._is("mark", "end"):
            raise mistakes.not_continued(self._previous, self._token)
        return self._token if not text else self._take()

    def expression(self) -> Expr:
        operands, operators = [self._operand()], []
        while self._is("operator") and self._token.text in _BINARY:
            operators.append(self._take().text)
            operands.append(self._operand())
        return _fold(operands, operators)

    def _operand(self) -> Expr:
        start, signs = self._token.offset, 0
        while self._sees("-"):
            self._take()
            signs += 1
        operand = self._union()
        return Negation(signs, operand, start, operand.end) if signs else operand

    def _union(self) -> Expr:
        paths = [self._path()]
        while self._sees("|"):
            self._take()
            paths.append(self._path())
        return paths[0] if len(paths) == 1 else Union(tuple(paths), paths[0].start, paths[-1].end)

    def _path(self) -> Expr:
        start = self._token.offset
        if self._is(*_PRIMARY) or self._sees("("):
            base = self._filter()
            steps = self._steps()
            return Path(absolute=False, base=base, steps=steps, start=start, end=steps[-1].end) if steps else base
        if self._sees("/") and not self._starts_step(self._tokens[self._at + 1]):
            return Path(absolute=True, base=None, steps=(), start=start, end=self._take().end)
        absolute = self._sees("/", "//")
        steps = self._steps() if absolute else (self._step("", start), *self._steps())
        return Path(absolute=absolute, base=None, steps=steps, start=start, end=steps[-1].end)

    def _filter(self) -> Expr:
        base = self._primary()
        predicates = self._predicates()
        return Filter(base, predicates, base.start, self._end()) if predicates else base

    def _primary(self) -> Expr:
        token = self._take()
        if token.kind == "literal":
            return Literal(token.text[1:-1], token.offset, token.end)
        if token.kind == "number":
            return Number(token.text, token.offset, token.end)
        if token.kind == "variable":
            return Variable(token.text[1:], token.offset, token.end)
        if token.kind == "function":
            return self._call(token)
        inner = self.expression()
        return Group(inner, token.offset, self.demand(")").end)

    def _call(self, name: Token) -> Call:
        self._take()
        if self._sees(")"):
            return Call(name.text, (), name.offset, self._take().end)
        arguments = [self.expression()]
        while self._sees(","):
            self._take()
            arguments.append(self.expression())
        return Call(name.text, tuple(arguments), name.offset, self.demand(")").end)

    def _steps(self) -> tuple[Step, ...]:
        steps = []
        while self._sees("/", "//"):
            separator = self._take()
            steps.append(self._step(separator.text, separator.offset))
        return tuple(steps)

    @staticmethod
    def _starts_step(token: Token) -> bool:
        """
        Whether what stands behind a `/` belongs to it; what cannot, yet begins an operand, is left to be refused there.
        """
        return token.kind not in ("operator", "end") and token.text not in (")", "]", "[", ",")

    def _step(self, separator: str, slashes: int) -> Step:
        start = self._token.offset
        if self._sees(".", ".."):
            axis = "self" if self._take().text == "." else "parent"
            return Step(separator, axis, "node()", (), slashes, start, start, self._end())
        axis = "child"
        if self._sees("@"):
            self._take()
            axis = "attribute"
        elif self._is("axis"):
            axis = self._take().text
            self._take()
        named = self._token.offset
        test = self._test()
        predicates = self._predicates()
        return Step(separator, axis, test, predicates, slashes, start, named, self._end())

    def _test(self) -> str:
        if self._is("name", "wildcard"):
            return self._take().text
        if not self._is("node-type"):
            raise mistakes.nothing_here(self._previous, self._token)
        node_type = self._take().text
        self._take()
        target = ""
        if node_type == "processing-instruction" and self._is("literal"):
            target = self._take().text
        if not self._sees(")"):
            raise mistakes.not_empty(node_type, self._token)
        self._take()
        return f"{node_type}({target})"

    def _predicates(self) -> tuple[Expr, ...]:
        predicates = []
        while self._sees("["):
            self._take()
            predicates.append(self.expression())
            self.demand("]")
        return tuple(predicates)

    def _end(self) -> int:
        return self._tokens[self._at - 1].end


def _fold(operands: Sequence[Expr], operators: Sequence[str], level: int = 0) -> Expr:
    """
    Group a flat row of operands, the loosest operators outermost.
    """
    if not operators:
        return operands[0]
    parts: list[Expr] = []
    joints: list[str] = []
    first = 0
    for at, operator in enumerate((*operators, "")):
        if not operator or operator in _LOOSEST_FIRST[level]:
            parts.append(_fold(operands[first : at + 1], operators[first:at], level + 1))
            joints.append(operator)
            first = at + 1
    if len(parts) == 1:
        return parts[0]
    return Operation(tuple(joints[:-1]), tuple(parts), parts[0].start, parts[-1].end)
