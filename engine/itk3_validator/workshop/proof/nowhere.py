"""
Places of a rule that no message of the tests and samples has.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from shlex import quote

from itk3_validator.plan import Bound, BoundRule, Plan
from itk3_validator.workshop.proof.asked import Asked, checks_of, contexts
from itk3_validator.workshop.proof.breaks.expression import read_by
from itk3_validator.workshop.proof.case import Case


def nowhere(plan: Plan, rule: BoundRule, cases: Sequence[Case]) -> Iterator[str]:
    """
    A sentence for each place of ``when``, ``each`` and the checks that finds nothing, whatever the message.
    """
    if not cases:
        return
    told = set()
    each = rule.each.bound if rule.each is not None else None
    if each is not None and not each.target.of_request and not any(case.scope.nodes(each) for case in cases):
        yield _told(each.target.written)
        return
    for asked in (*checks_of(rule.when), *checks_of(rule.check)):
        for written, bound in _places(plan, asked):
            if written not in told and not any(_found(rule, asked, bound, case) for case in cases):
                told.add(written)
                yield _told(written)


def _places(plan: Plan, asked: Asked) -> Iterator[tuple[str, Bound]]:
    bound = asked.ask.bound
    if asked.ask.verb.name == "test":
        yield from read_by(plan, asked.ask.check.written)
    elif bound is not None and asked.ask.verb.name != "absent" and not bound.target.of_request:
        yield bound.target.written, bound


def _found(rule: BoundRule, asked: Asked, bound: Bound, case: Case) -> bool:
    scopes = contexts(rule, asked, case.scope) if bound.target.relative else (case.scope,)
    return any(scope.nodes(bound) for scope in scopes)


def _told(written: str) -> str:
    where = "any message of the tests and samples"
    return f"{written} finds nothing in {where}; itk3 try {quote(written)} MESSAGE --pack DIR shows why"
