"""
The checks of a rule one by one, and where they begin.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from itk3_validator.checks import VERBS
from itk3_validator.checks.presence import Count
from itk3_validator.checks.verb import Unknown
from itk3_validator.evaluate import holds
from itk3_validator.fhir import Node
from itk3_validator.finding import Outcome
from itk3_validator.plan import BoundAnyOf, BoundAsk, BoundChecks, BoundRule
from itk3_validator.scope import Scope


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """
    One check of a rule. *beside* are the alternatives of which one must hold with it, each time without its own.
    """

    ask: BoundAsk
    own: tuple[BoundChecks, ...] = ()
    beside: tuple[BoundChecks, ...] = ()

    @property
    def told(self) -> str:
        target = self.ask.bound.target.written if self.ask.bound is not None else self.ask.check.expected
        return f"{target} {self.ask.verb.name}"


def asked_of(rule: BoundRule) -> Iterator[Asked]:
    """
    The checks of a rule one by one, and how many nodes its ``each`` wants.
    """
    if rule.each is not None and rule.each.count is not None:
        yield Asked(BoundAsk(rule.each.bound, VERBS["count"], Count(rule.each.count), None, some=False))
    yield from checks_of(rule.check)


def checks_of(
    checks: BoundChecks, own: tuple[BoundChecks, ...] = (), beside: tuple[BoundChecks, ...] = ()
) -> Iterator[Asked]:
    """
    Checks one by one, those of alternatives with what stands beside them.
    """
    for each in checks:
        if isinstance(each, BoundAnyOf):
            for branch in each.branches:
                others = tuple(other for other in each.branches if other is not branch)
                yield from checks_of(branch, (*own, branch), (*beside, *others))
        else:
            yield Asked(each, own, beside)


def contexts(rule: BoundRule, asked: Asked, scope: Scope) -> tuple[Scope, ...]:
    """
    Where the checks of a rule begin: the message, or each node that the rule chooses.
    """
    if rule.each is None or (asked.ask.bound is rule.each.bound and not asked.ask.bound.target.relative):
        return (scope,)
    return tuple(scope.at(node) for node in chosen(rule, scope))


def chosen(rule: BoundRule, scope: Scope) -> tuple[Node, ...]:
    """
    The nodes of ``each`` that the relative part of ``when`` chooses.
    """
    nodes = scope.nodes(rule.each.bound) if rule.each is not None else ()
    if isinstance(nodes, Unknown):
        return ()
    return tuple(node for node in nodes if holds(rule.when_each, scope.at(node)).outcome is Outcome.PASS)
