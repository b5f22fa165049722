"""
A plan applied to a message: one judgement a rule. No I/O, no clock, no globals.

How a rule is judged, verb by verb, stands in `judges`; what it is made into is kept with the plan.
"""

from __future__ import annotations

from collections.abc import Mapping

from itk3_validator.checks.verb import Unknown
from itk3_validator.finding import Outcome
from itk3_validator.judgement import NOT_APPLICABLE, PASS, Judgement
from itk3_validator.judges import guarded, of_checks, of_rule
from itk3_validator.message import Message
from itk3_validator.nodes import Nodes
from itk3_validator.plan import BoundChecks, BoundRule, Plan
from itk3_validator.scope import Scope

NO_REQUEST = Unknown(Outcome.UNDECIDED, "the request that this message answers is needed to decide this")


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
    facts: Mapping[str, str | Unknown],
    request: Message | Unknown,
    nodes: Nodes | None = None,
) -> Scope:
    """
    The message as the checks of this plan see it.

    *nodes*: what was found in it already, for whoever knows that nothing in it has changed since.
    """
    nodes = nodes if nodes is not None else Nodes(message)
    return Scope(
        message,
        nodes,
        plan.judges,
        declared=plan.pack.facts,
        facts=facts,
        request=request,
        judge_checks=_judge_all,
    )


def judge(rule: BoundRule, scope: Scope, interaction: str) -> Judgement:
    """
    One rule on one message. What cannot be run is an error, and never looks like a pass.
    """
    interactions = rule.rule.interactions
    if interactions and interaction not in interactions:
        return NOT_APPLICABLE
    made = scope.judges.get(rule)
    if made is None:
        made = scope.judges[rule] = of_rule(rule)
    return guarded("rule", made, scope)


def holds(checks: BoundChecks, scope: Scope, *, called: str = "rule") -> Judgement:
    """
    Whether checks hold as conditions: *any* value that does is enough, so that a doubled one switches nothing off.

    *called*: what the checks are, should one of them be impossible to run.
    """
    if not checks:
        return PASS
    judges = scope.judges
    if checks not in judges:
        judges[checks] = of_checks(checks, anyone=True)
    return guarded(called, judges[checks], scope)


def _judge_all(checks: BoundChecks, scope: Scope) -> Judgement:
    key = checks, "all"
    if key not in scope.judges:
        scope.judges[key] = of_checks(checks)
    return scope.judges[key](scope)
