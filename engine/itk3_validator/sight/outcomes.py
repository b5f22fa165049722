"""
The outcomes of one message, worked out rule by rule.
"""

from __future__ import annotations

from collections.abc import Sequence

from itk3_validator.call import Call
from itk3_validator.evaluate import judge, scope_of
from itk3_validator.finding import UNTOLD, Outcome, Severity, Verdict, verdict_of, weight_of
from itk3_validator.message import Message
from itk3_validator.nodes import Nodes
from itk3_validator.plan import BoundRule, Plan
from itk3_validator.recognise import Recognised, Unrecognised, recognise
from itk3_validator.scope import Scope
from itk3_validator.value import Frozen, Row

_VERDICTS = tuple(verdict_of(weight) for weight in range(16))


class Part(Row):
    """
    The outcomes of some rules, in their order, and what they weigh for the verdict.
    """

    outcomes: tuple[Outcome, ...]
    weight: int


class Judged:
    """
    The outcomes of all rules of a plan: *parts* of those at *places* in the plan. Messages that are alike share it.
    """

    __slots__ = ("_by_id", "_told", "parts", "places", "verdict")

    def __init__(self, parts: tuple[Part, ...], places: tuple[Sequence[int], ...]) -> None:
        weight = 0
        for part in parts:
            weight |= part.weight
        self.verdict: Verdict = _VERDICTS[weight]
        self.parts = parts
        self.places = places
        self._by_id: Frozen[str, Outcome] | None = None
        self._told: tuple[tuple[BoundRule, Outcome], ...] | None = None

    def by_id(self, plan: Plan) -> Frozen[str, Outcome]:
        """
        The outcome of each of the plan's rules, in their order.
        """
        if self._by_id is None:
            found = [Outcome.ERROR] * len(plan.ids)
            for part, places in zip(self.parts, self.places, strict=True):
                for place, outcome in zip(places, part.outcomes, strict=True):
                    found[place] = outcome
            self._by_id = Frozen(zip(plan.ids, found, strict=True))
        return self._by_id

    def told(self, plan: Plan) -> Sequence[tuple[BoundRule, Outcome]]:
        """
        Those of the plan's rules that neither passed nor did not apply, each with its outcome, in their order.
        """
        if self._told is None:
            pairs = zip(plan.rules, self.by_id(plan).values(), strict=True)
            self._told = tuple(pair for pair in pairs if pair[1] not in UNTOLD)
        return self._told


class Known(Row):
    """
    What a message is, and the outcomes of its rules.
    """

    found: Recognised
    judged: Judged


def judged_plainly(plans: Sequence[Plan], message: Message, call: Call) -> Known | Unrecognised:
    """
    With nothing remembered.
    """
    nodes = Nodes(message)
    found = recognised(plans, message, call, nodes)
    if isinstance(found, Unrecognised):
        return found
    plan = found.plan
    part = part_of(plan.rules, scope_for(plan, message, call, nodes), found.interaction)
    return Known(found, Judged((part,), (range(len(plan.rules)),)))


def recognised(
    plans: Sequence[Plan], message: Message, call: Call, nodes: Nodes | None = None
) -> Recognised | Unrecognised:
    """
    What a message is, by what it says and what is said with it. *nodes*: as of `scope_of`.
    """
    return recognise(
        plans,
        message,
        stated=call.stated,
        interaction=call.interaction,
        request=call.answers,
        facts=call.facts,
        nodes=nodes,
    )


def scope_for(plan: Plan, message: Message, call: Call, nodes: Nodes | None = None) -> Scope:
    """
    The message as the rules of a plan see it. *nodes*: as of `scope_of`.
    """
    facts = call.facts_for(plan.pack)
    return scope_of(plan, message, facts=facts, request=call.request, nodes=nodes)


def part_of(rules: Sequence[BoundRule], scope: Scope, interaction: str) -> Part:
    """
    The outcomes of some rules.
    """
    outcomes = tuple([judge(rule, scope, interaction).outcome for rule in rules])
    failed = [rule for rule, outcome in zip(rules, outcomes, strict=True) if outcome is Outcome.FAIL]
    # How much a rule weighs matters only when it failed.
    others = ((outcome, Severity.ERROR) for outcome in {*outcomes} - {Outcome.FAIL})
    return Part(outcomes, weight_of(others) | weight_of((Outcome.FAIL, rule.rule.severity) for rule in failed))
