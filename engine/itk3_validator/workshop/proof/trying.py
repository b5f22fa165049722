"""
One break tried: the broken message made, judged by the rule under proof, and what that means.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lxml import etree

from itk3_validator.checks.verb import Asks, Unknown
from itk3_validator.evaluate import holds, judge, scope_of
from itk3_validator.finding import Outcome
from itk3_validator.message import Message, value_of
from itk3_validator.place import place_of
from itk3_validator.plan import BoundRule, Plan
from itk3_validator.scope import Scope
from itk3_validator.workshop.editing.edit import EditFailed
from itk3_validator.workshop.editing.skeleton import NotMade
from itk3_validator.workshop.proof.asked import Asked, chosen, contexts
from itk3_validator.workshop.proof.case import Case
from itk3_validator.workshop.proof.model import Mutation, Verdict
from itk3_validator.workshop.proof.mutant import Break, Copy, Edit


@dataclass(frozen=True, slots=True, eq=False)
class Trier:
    """
    Tries breaks of one check on one message; *passing* are all the messages that the rule passes.
    """

    plan: Plan
    rule: BoundRule
    asked: Asked
    case: Case
    passing: Sequence[Case]

    def tried(self, each: Break, also: tuple[Edit, ...]) -> Mutation:
        """
        The broken message, judged by the rule under proof alone.
        """
        try:
            scope = self._scope(each, also)
        except (NotMade, EditFailed) as reason:
            return self._mutation(each, Outcome.PASS, Verdict.SURVIVED, f"it cannot be made: {reason}")
        if scope is None:
            return self._mutation(each, Outcome.PASS, Verdict.SURVIVED, "it cannot be made: nothing would change")
        outcome = judge(self.rule, scope, self.case.interaction).outcome
        if outcome is Outcome.FAIL:
            return self._mutation(each, outcome, Verdict.KILLED)
        why = self._excuse(each, scope)
        return self._mutation(each, outcome, Verdict.EXCUSED if why else Verdict.SURVIVED, why)

    def _scope(self, each: Break, also: tuple[Edit, ...]) -> Scope | None:
        case, facts = self.case, dict(each.facts) if each.facts else self.case.facts
        message, request = case.message, case.request
        if each.of_request and isinstance(request, Message) and each.edit is not None:
            request = _edited(request, (each.edit,))
            message = _edited(message, also) if also else message
        elif each.edit is not None:
            message = _edited(message, (each.edit, *also))
        elif also:
            message = _edited(message, also)
        if message is case.message and request is case.request and facts == case.facts:
            return None
        if message is not case.message and _written(message) == _written(case.message):
            return None
        return scope_of(self.plan, message, facts=facts, request=request)

    def _excuse(self, each: Break, scope: Scope) -> str:
        """
        Why the rule need not fail; empty when it should.
        """
        if self.rule.when and holds(self.rule.when, scope).outcome is not Outcome.PASS:
            return f"its 'when' no longer holds, and {self._told_elsewhere(scope) or 'no other rule tells it'}"
        if self.rule.each is not None and len(chosen(self.rule, scope)) < len(chosen(self.rule, self.case.scope)):
            return (
                f"its 'each' no longer chooses the node, and {self._told_elsewhere(scope) or 'no other rule tells it'}"
            )
        if each.tolerated and any(self._shows(case) for case in self.passing if case.shown):
            return "a test shows that another value beside it is meant to pass"
        if each.known:
            return self._told_elsewhere(scope)
        return ""

    def _shows(self, case: Case) -> bool:
        """
        Whether a test that passes has a value that alone would not do.
        """
        ask = self.asked.ask
        if ask.verb.asks is not Asks.VALUE or ask.bound is None:
            return False
        for scope in contexts(self.rule, self.asked, case.scope):
            nodes = scope.nodes(ask.bound)
            for node in nodes if not isinstance(nodes, Unknown) else ():
                value = value_of(node)
                if value is not None and ask.check.wrong(value, node, scope) is not None:
                    return True
        return False

    def _told_elsewhere(self, scope: Scope) -> str:
        for rule in self.plan.rules:
            fails = judge(rule, scope, self.case.interaction).outcome is Outcome.FAIL
            if fails and self.case.outcome(rule) is not Outcome.FAIL:
                return f"{rule.rule.id} tells it"
        return ""

    def _mutation(self, each: Break, outcome: Outcome, verdict: Verdict, why: str = "") -> Mutation:
        place = "" if each.of_request else place_of(self.case.message, each.at).xpath
        return Mutation(each.what, place, self.asked.ask.verb.name, self.case.name, outcome, verdict, why)


def _edited(message: Message, edits: tuple[Edit, ...]) -> Message:
    copy = Copy(message)
    for edit in edits:
        edit(copy)
    return copy.message(message.source.name)


def _written(message: Message) -> bytes:
    written: bytes = etree.tostring(message.root)
    return written
