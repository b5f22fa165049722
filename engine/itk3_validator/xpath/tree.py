"""
The syntax tree of an XPath 1.0 expression: frozen values that know where they stand in the text.

``start`` and ``end`` are offsets of code points: ``text[start:end]`` is the source of that part. Chains of operators
are kept flat (``a or b or c`` is one Operation with three operands), so the tree is as deep as the brackets.
"""

from __future__ import annotations

from typing import TypeAlias

from itk3_validator.value import Value


class Literal(Value):
    """
    A text in quotation marks; *value* is without them.
    """

    value: str
    start: int
    end: int


class Number(Value):
    """
    A number as written.
    """

    text: str
    start: int
    end: int


class Variable(Value):
    """
    ``$name``; *name* is without the dollar sign.
    """

    name: str
    start: int
    end: int


class Call(Value):
    """
    A function with its arguments.
    """

    name: str
    arguments: tuple[Expr, ...]
    start: int
    end: int


class Group(Value):
    """
    An expression in parentheses.
    """

    inner: Expr
    start: int
    end: int


class Filter(Value):
    """
    A group, variable, call or value with predicates: ``(/f:A/f:B)[1]``.
    """

    base: Expr
    predicates: tuple[Expr, ...]
    start: int
    end: int


class Step(Value):
    """
    One step of a path.

    *separator* is what stands before it, at *slashes*: ``/``, ``//`` or nothing. *test* is ``f:code``, ``f:*``, ``*``,
    ``node()``, ``text()`` ...; ``.`` and ``..`` are read as ``self::node()`` and ``parent::node()``, ``@x`` as
    ``attribute::x``. *start* is where the step begins, behind the separator; *named* where its test stands.
    """

    separator: str
    axis: str
    test: str
    predicates: tuple[Expr, ...]
    slashes: int
    start: int
    named: int
    end: int

    @property
    def prefix(self) -> str:
        return self.test.partition(":")[0] if ":" in self.test and not self.test.endswith(")") else ""

    @property
    def is_name(self) -> bool:
        return not self.test.endswith((")", "*"))


class Path(Value):
    """
    A location path: from the document (*absolute*), from the nodes of *base*, or from the context node.
    """

    absolute: bool
    base: Expr | None
    steps: tuple[Step, ...]
    start: int
    end: int


class Union(Value):
    """
    Two paths or more, joined by ``|``.
    """

    paths: tuple[Expr, ...]
    start: int
    end: int


class Negation(Value):
    """
    A value with minus signs before it.
    """

    signs: int
    operand: Expr
    start: int
    end: int


class Operation(Value):
    """
    Operands joined by operators of one precedence, from left to right; one operator fewer than operands.
    """

    operators: tuple[str, ...]
    operands: tuple[Expr, ...]
    start: int
    end: int


Expr: TypeAlias = Literal | Number | Variable | Call | Group | Filter | Path | Union | Negation | Operation
