"""
A plan applied to a message: one judgement a rule. No I/O, no clock, no globals.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from itk3_validator.attachments import MARK
from itk3_validator.checks.presence import Count, emptiness
from itk3_validator.checks.verb import Asks, AttachmentCheck, Unknown, Wrong
from itk3_validator.fhir import Node
from itk3_validator.finding import Outcome
from itk3_validator.judgement import AND, ANY, CONDITIONS, NOT_APPLICABLE, PASS, Fault, Judgement, joined
from itk3_validator.message import Message, attachment_of, short_value_of
from itk3_validator.nodes import Nodes
from itk3_validator.plan import BoundAnyOf, BoundAsk, BoundChecks, BoundEach, BoundRule, Plan
from itk3_validator.scope import Scope

NO_REQUEST = Unknown(Outcome.UNDECIDED, "the request that this message answers is needed to decide this")
FAIL = Judgement(Outcome.FAIL)


def evaluate(
    plan: Plan,
    message: Message,
    *,
    interaction: str,
    facts: Mapping[str, str] | None = None,
    request: Message | Unknown = NO_REQUEST,
) -> tuple[Judgement, ...]:
    """
    Judge every rule of *plan* on *message*.

    Args:
        interaction: the kind of message it is, as recognised or as the caller says.

        facts: what the caller states; names and values are those that the pack declares.

        request: the message that this one answers, or why there is none. It is read, never judged.

    Returns:
        One judgement for each rule, in the order of ``plan.rules``.
    """
    scope = scope_of(plan, message, facts=facts or {}, request=request)
    return tuple(judge(rule, scope, interaction) for rule in plan.rules)


def scope_of(
    plan: Plan,
    message: Message,
    *,
    facts: Mapping[str, str],
    request: Message | Unknown,
    nodes: Nodes | None = None,
) -> Scope:
    """
    The message as the checks of this plan see it.

    *nodes*: what was found in it already, for whoever knows that nothing in it has changed since.
    """
    nodes = nodes if nodes is not None else Nodes(message)
    return Scope(message, nodes, declared=plan.pack.facts, facts=facts, request=request, judge_checks=_judge_all)


def judge(rule: BoundRule, scope: Scope, interaction: str) -> Judgement:
    """
    One rule on one message. What cannot be run is an error, and never looks like a pass.
    """
    interactions = rule.rule.interactions
    if interactions and interaction not in interactions:
        return NOT_APPLICABLE
    return _guarded("rule", _judge, rule, scope)


def holds(checks: BoundChecks, scope: Scope, *, called: str = "rule") -> Judgement:
    """
    Whether checks hold as conditions: *any* value that does is enough, so that a doubled one switches nothing off.

    *called*: what the checks are, should one of them be impossible to run.
    """
    return _guarded(called, _hold, checks, scope) if checks else PASS


def _guarded(called: str, judge_checks: Callable[[Any, Scope], Judgement], judged: Any, scope: Scope) -> Judgement:
    """
    Checks on one message. What they raise becomes an outcome: it must not stop the message, nor the batch.
    """
    try:
        return judge_checks(judged, scope)
    except Exception as cause:  # noqa: BLE001 - the one place, around whatever a pack asks of a message
        # The text of an exception may hold what the message says, so only its kind is kept.
        return Judgement(Outcome.ERROR, why=f"the {called} could not be run ({type(cause).__name__})")


def _hold(checks: BoundChecks, scope: Scope) -> Judgement:
    return _judge_all(checks, scope, anyone=True)


def _judge(rule: BoundRule, scope: Scope) -> Judgement:
    if rule.when or rule.rule.given:
        applies = _applies(rule, scope)
        if applies is not PASS:
            return applies
    return _judge_all(rule.check, scope) if rule.each is None else _judge_each(rule, rule.each, scope)


def _applies(rule: BoundRule, scope: Scope) -> Judgement:
    """
    Whether a rule is asked of a message, by ``when`` and ``given``. Rules share conditions: these are judged once.
    """
    applies = scope.held.get(rule.when)
    if applies is None:
        applies = scope.held[rule.when] = holds(rule.when, scope)
    if rule.rule.given:
        given = [_stated(name, allowed, scope) for name, allowed in rule.rule.given.items()]
        applies = joined([applies, *given], CONDITIONS)
    if applies.outcome is Outcome.PASS:
        return PASS
    if applies.outcome in (Outcome.FAIL, Outcome.NOT_APPLICABLE):
        return NOT_APPLICABLE
    return Judgement(applies.outcome, why=applies.why)


def _stated(name: str, allowed: Collection[str], scope: Scope) -> Judgement:
    stated = scope.fact(name)
    if isinstance(stated, Unknown):
        return Judgement(stated.outcome, why=stated.why)
    return PASS if stated in allowed else FAIL


def _judge_each(rule: BoundRule, each: BoundEach, scope: Scope) -> Judgement:
    """
    The checks of every node of ``each`` for which the relative part of ``when`` holds.
    """
    nodes = scope.nodes(each.bound)
    if isinstance(nodes, Unknown):
        return Judgement(nodes.outcome, why=nodes.why)
    judgements = []
    chosen = []
    for node in nodes:
        at = scope.at(node)
        applies = holds(rule.when_each, at)
        if applies.outcome in (Outcome.FAIL, Outcome.NOT_APPLICABLE):
            continue
        chosen.append(node)
        judgements.append(
            _judge_all(rule.check, at)
            if applies.outcome is Outcome.PASS
            else Judgement(applies.outcome, why=applies.why)
        )
    wrong = Count(each.count).wrong(chosen, scope, anyone=False) if each.count is not None else None
    if wrong is not None:
        judgements.append(_told(wrong, each.ask, None, scope))
    return joined(judgements)


def _judge_all(checks: BoundChecks, scope: Scope, *, anyone: bool = False) -> Judgement:
    if len(checks) == 1:
        return _ask(checks[0], scope, anyone=anyone)
    return joined([_ask(each, scope, anyone=anyone) for each in checks], CONDITIONS if anyone else AND)


def _any_of(alternatives: BoundAnyOf, scope: Scope, *, anyone: bool) -> Judgement:
    judged = joined([_judge_all(branch, scope, anyone=anyone) for branch in alternatives.branches], ANY)
    if judged.outcome is not Outcome.FAIL:
        return judged
    return Judgement(judged.outcome, why=judged.why, parts=(judged,), either=True)


def _ask(ask: BoundAsk | BoundAnyOf, scope: Scope, *, anyone: bool) -> Judgement:
    if isinstance(ask, BoundAnyOf):
        return _any_of(ask, scope, anyone=anyone)
    if ask.fixed and scope.context is not scope.message.root:
        return _asked_once(ask, scope, anyone=anyone)
    if ask.bound is None:
        return _told(ask.check.wrong(scope.context, scope), ask, None, scope)
    nodes = scope.nodes(ask.bound)
    if isinstance(nodes, Unknown):
        return Judgement(nodes.outcome, why=nodes.why)
    if ask.verb.asks is Asks.NODES:
        answer = ask.check.wrong(nodes, scope, anyone=anyone)
        return PASS if answer is None else _told(answer, ask, None, scope)
    return _one_by_one(nodes, ask, scope, anyone=anyone)


def _one_by_one(nodes: Sequence[Node], ask: BoundAsk, scope: Scope, *, anyone: bool) -> Judgement:
    if len(nodes) == 1 and ask.count is None:
        return _one(nodes[0], ask, scope)
    wrong_number = _few(nodes, ask) if anyone else _number(nodes, ask, scope)
    if wrong_number is not None:
        return wrong_number
    return joined([_one(node, ask, scope) for node in nodes], ANY if anyone or ask.some else AND)


def _asked_once(ask: BoundAsk, scope: Scope, *, anyone: bool) -> Judgement:
    """
    What a check says that says the same at every node of ``each``.
    """
    key = ask, anyone
    if key not in scope.asked:
        scope.asked[key] = _ask(ask, scope.at(scope.message.root), anyone=anyone)
    return scope.asked[key]


def _few(nodes: Sequence[Node], ask: BoundAsk) -> Judgement | None:
    """
    Whether there are too few nodes, or too many, for any of them to be enough.
    """
    enough = bool(nodes) and (ask.count is None or ask.count.holds(len(nodes)))
    return None if enough else FAIL


def _number(nodes: Sequence[Node], ask: BoundAsk, scope: Scope) -> Judgement | None:
    """
    What there is to say of how many nodes there are: exactly one, unless ``count`` or ``some`` says otherwise.
    """
    if ask.count is not None:
        wrong = Count(ask.count).wrong(nodes, scope, anyone=False)
        return _told(wrong, ask, None, scope) if wrong is not None else (None if nodes else NOT_APPLICABLE)
    if not nodes:
        return _told(Wrong("is missing", ask.check.expected), ask, None, scope)
    if len(nodes) > 1 and not ask.some:
        found = tuple(value for node in nodes if (value := short_value_of(node)) is not None)
        says = f"is there {len(nodes)} times"
        return _told(Wrong(says, f"once, {ask.check.expected}", found, nodes[1]), ask, None, scope)
    return None


def _one(node: Node, ask: BoundAsk, scope: Scope) -> Judgement:
    if ask.verb.asks is Asks.NODE:
        return _told(ask.check.wrong(node, scope), ask, node, scope)
    value = short_value_of(node)
    if value is None or not value.strip():
        why = emptiness(node) or "has no value"
        return _told(Wrong(why, ask.check.expected, () if value is None else (value,)), ask, node, scope)
    attachment = attachment_of(node, value) if MARK in value else None
    if attachment is None:
        answer = ask.check.wrong(value, node, scope)
        return PASS if answer is None else _told(answer, ask, node, scope)
    if isinstance(ask.check, AttachmentCheck):
        return _told(ask.check.wrong_attachment(attachment, value), ask, node, scope)
    return _told(ask.check.wrong(attachment.value, node, scope), ask, node, scope)


def _told(answer: Any, ask: BoundAsk, node: Node | None, scope: Scope) -> Judgement:
    """
    What a check says, as a judgement.
    """
    if answer is None:
        return PASS
    if isinstance(answer, Unknown):
        return Judgement(answer.outcome, why=answer.why)
    wrongs: tuple[Wrong, ...] = (answer,) if isinstance(answer, Wrong) else answer
    faults = tuple(Fault(each, ask, each.at if each.at is not None else node, scope.context) for each in wrongs)
    return Judgement(Outcome.FAIL, faults)
