"""
What a break is made for: one check, and the nodes that it looks at in a passing message.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from itk3_validator.checks.verb import Unknown
from itk3_validator.fhir import Node
from itk3_validator.plan import Bound, BoundAsk, BoundChecks, Plan
from itk3_validator.scope import Scope
from itk3_validator.value import replace
from itk3_validator.workshop.proof.case import Case
from itk3_validator.workshop.proof.mutant import Break


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """
    One check of a rule on a message that the rule passes.

    *scope* stands at the node that ``./`` is relative to; *nodes* are what the check looks at; *text* is the rule's
    sentence.
    """

    plan: Plan
    case: Case
    ask: BoundAsk
    scope: Scope
    nodes: Sequence[Node]
    text: str

    @property
    def check(self) -> Any:
        return self.ask.check

    @property
    def here(self) -> Node:
        """
        Where a mutation is told when there is no node.
        """
        return self.nodes[0] if self.nodes else self.scope.context

    def at(self, scope: Scope, ask: BoundAsk) -> Look | None:
        """
        Another check seen from another node.
        """
        return look_at(replace(self, scope=scope), ask)

    def sets(self) -> Iterator[tuple[Node, ...]]:
        """
        The nodes to break together: all where one good value is enough, else the first, and the last.
        """
        if self.ask.some:
            yield tuple(self.nodes)
            return
        yield (self.nodes[0],)
        if len(self.nodes) > 1:
            yield (self.nodes[-1],)


def look_at(look: Look, ask: BoundAsk) -> Look | None:
    """
    The look of another check from the same node; None where it looks at the request.
    """
    if ask.bound is None:
        return replace(look, ask=ask, nodes=(look.scope.context,))
    if ask.bound.target.of_request:
        return None
    nodes = look.scope.nodes(ask.bound)
    return None if isinstance(nodes, Unknown) else replace(look, ask=ask, nodes=nodes)


def replace_bound(look: Look, bound: Bound) -> Look | None:
    """
    The look of an expression at one of the places that it reads.
    """
    return look_at(look, replace(look.ask, bound=bound))


def replace_nodes(look: Look, nodes: Sequence[Node]) -> Look:
    """
    The look at other nodes.
    """
    return replace(look, nodes=nodes)


Breaker = Callable[[Look], Iterator[Break]]


def asks_of(checks: BoundChecks) -> Iterator[BoundAsk]:
    """
    The checks that are joined by AND; alternatives are told apart by who asks.
    """
    for each in checks:
        if isinstance(each, BoundAsk):
            yield each
