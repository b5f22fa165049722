"""
Rules that a pack takes over and changes without naming them: by a value, a selector or a code list that they use.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from itk3_validator.checks.reference import RefersTo
from itk3_validator.pack.model import RulePack
from itk3_validator.plan import BoundAnyOf, BoundAsk, BoundChecks, BoundRule, Plan, compile_pack


def changed_rules(plan: Plan, extended: Iterable[RulePack]) -> frozenset[str]:
    """
    Ids of inherited rules that ask something else than in every pack they come from.
    """
    known: dict[str, list[Any]] = {}
    for pack in extended:
        for rule in compile_pack(pack).rules:
            known.setdefault(rule.rule.id, []).append(_asks(rule))
    return frozenset(
        rule.rule.id for rule in plan.rules if rule.rule.id in known and _asks(rule) not in known[rule.rule.id]
    )


def _asks(rule: BoundRule) -> tuple[Any, ...]:
    """
    Everything that a rule asks, with selectors and code lists written out.
    """
    each = rule.each.bound.query.text if rule.each is not None else None
    checks = [list(_written(checks)) for checks in (rule.when, rule.when_each, rule.check)]
    return (rule.rule.when, rule.rule.given, rule.rule.each, rule.rule.check, each, checks)


def _written(checks: BoundChecks) -> Iterator[Any]:
    for each in checks:
        if isinstance(each, BoundAnyOf):
            for branch in each.branches:
                yield from _written(branch)
        else:
            yield from _of_ask(each)


def _of_ask(ask: BoundAsk) -> Iterator[Any]:
    if ask.bound is not None:
        yield ask.bound.query.text
        for follow in ask.bound.query.follows:
            yield follow.references.text
    yield ask.codes
    for name in ("key", "place"):
        place = getattr(ask.check, name, None)
        if place is not None:
            yield place.query.text
    if isinstance(ask.check, RefersTo):
        for alternative in ask.check.alternatives:
            yield from _written(alternative.where or ())
