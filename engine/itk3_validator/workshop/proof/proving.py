"""
The proof of the rules of packs.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from itk3_validator.evaluate import judge, scope_of
from itk3_validator.finding import Outcome
from itk3_validator.plan import BoundRule, Plan
from itk3_validator.value import replace
from itk3_validator.workshop.proof.case import Case, cases_of, extended
from itk3_validator.workshop.proof.changed import changed_rules
from itk3_validator.workshop.proof.model import Proof
from itk3_validator.workshop.proof.neutral import neutral
from itk3_validator.workshop.proof.rule import prove_rule


def prove(plans: Sequence[Plan], *, only: Collection[str] = (), inherited: bool = False) -> tuple[Proof, ...]:
    """
    Prove the rules of packs, in the order of packs and rules.

    Args:
        plans: packs ready to run; drafts are not in them.

        only: ids of rules; without them the rules that a pack has a say in, be it by a value that they use, and all
            with *inherited*.
    """
    return tuple(proof for plan in plans for proof in _prove(plan, only, inherited=inherited))


def _prove(plan: Plan, only: Collection[str], *, inherited: bool) -> Iterator[Proof]:
    bases = tuple(extended(plan.pack))
    changed = changed_rules(plan, bases)
    rules = [rule for rule in plan.rules if _meant(rule, plan, only, changed, inherited=inherited)]
    if not rules:
        return
    cases = cases_of(plan, bases if any(rule.rule.pack != plan.pack.name for rule in rules) else ())
    stirred = _Stirred(plan, rules, cases)
    for rule in rules:
        proof = prove_rule(plan, rule, cases)
        yield replace(
            proof,
            neutral=stirred.number.get(rule.rule.id, 0),
            problems=(*proof.problems, *stirred.problems.get(rule.rule.id, ())),
        )


def _meant(rule: BoundRule, plan: Plan, only: Collection[str], changed: Collection[str], *, inherited: bool) -> bool:
    if only:
        return rule.rule.id in only
    return inherited or rule.rule.pack == plan.pack.name or rule.rule.id in changed


class _Stirred:
    """
    The rules on messages that are only written otherwise: how many were tried, and what came out otherwise.

    As few messages are taken as it needs for every rule to pass one that it passes at all.
    """

    def __init__(self, plan: Plan, rules: Sequence[BoundRule], cases: Sequence[Case]) -> None:
        self.number: dict[str, int] = {}
        self.problems: dict[str, list[str]] = {}
        for case, outcomes in _covering(rules, cases):
            for words, message in neutral(case.message):
                scope = scope_of(plan, message, facts=case.facts, request=case.request)
                for rule, before in outcomes:
                    self._compare(rule, before, judge(rule, scope, case.interaction).outcome, f"{words}, {case.name}")

    def _compare(self, rule: BoundRule, before: Outcome, after: Outcome, words: str) -> None:
        name = rule.rule.id
        self.number[name] = self.number.get(name, 0) + (before is Outcome.PASS)
        if after is not before:
            told = f"it is {before.value}, and {after.value} when only the writing is another: {words}"
            self.problems.setdefault(name, []).append(told)


def _covering(
    rules: Sequence[BoundRule], cases: Sequence[Case]
) -> Iterator[tuple[Case, list[tuple[BoundRule, Outcome]]]]:
    missing = {rule.rule.id for rule in rules}
    judged = [(case, [(rule, case.outcome(rule)) for rule in rules]) for case in cases]
    while missing and judged:
        passed = [{rule.rule.id for rule, outcome in outcomes if outcome is Outcome.PASS} for _, outcomes in judged]
        most = max(range(len(judged)), key=lambda at: (len(passed[at] & missing), -at))
        if not passed[most] & missing:
            return
        missing -= passed[most]
        yield judged[most]
