"""
The verb ``test``: an XPath expression that is true.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from itk3_validator.checks.ask import Options
from itk3_validator.checks.verb import Answer, Asks, Binder, Reading, Scope, Unknown, Verb, Wrong
from itk3_validator.message import Node
from itk3_validator.value import Value


class Expression(Value):
    """
    *query* is the compiled XPath 1.0, of which can be told what it reads; None for other versions. *facts* are the
    names of those that it asks for, as ``fact.name``.
    """

    holds: Callable[[Node, Scope], bool | Unknown]
    written: str
    query: Any = None
    facts: tuple[str, ...] = ()

    @property
    def expected(self) -> str:
        return self.written

    def wrong(self, context: Node, scope: Scope) -> Answer:
        answer = self.holds(context, scope)
        if isinstance(answer, Unknown):
            return answer
        return None if answer else Wrong("does not hold", self.expected, at=context)


def _read(node: Any, reading: Reading) -> Options | None:
    return reading.expression(node)


def _bind(options: Options, binder: Binder) -> Expression:
    holds = binder.expression(options)
    return Expression(holds, options["written"], getattr(holds, "query", None), tuple(getattr(holds, "facts", ())))


TEST = Verb(
    name="test",
    summary="This XPath is true. It stands in place of a target; selectors are $name, facts $fact.name.",
    asks=Asks.EXPRESSION,
    schema={"type": "string", "minLength": 1},
    read=_read,
    bind=_bind,
)
