"""
Rules made into functions of a message, once: what is told by the rule alone is not asked again of every message.

A judge says what becomes of a rule, or of a part of it, on the message that a scope is of. The module has one function
for each thing that the rule language knows, from the rule down to the single value; each returns the judge of it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from itk3_validator.attachments import MARK
from itk3_validator.checks.presence import Count, emptiness
from itk3_validator.checks.verb import Asks, AttachmentCheck, Unknown, Wrong
from itk3_validator.fhir import Node
from itk3_validator.finding import Outcome
from itk3_validator.judgement import AND, ANY, CONDITIONS, NOT_APPLICABLE, PASS, Fault, Judgement, joined
from itk3_validator.message import attachment_of, short_value_of
from itk3_validator.plan import Bound, BoundAnyOf, BoundAsk, BoundChecks, BoundEach, BoundRule
from itk3_validator.scope import Scope

Judge: TypeAlias = Callable[[Scope], Judgement]
NodeJudge: TypeAlias = Callable[[Node, Scope], Judgement]

FAIL = Judgement(Outcome.FAIL)


def guarded(called: str, judge: Judge, scope: Scope) -> Judgement:
    """
    What a judge says. What it raises becomes an outcome: it must not stop the message, nor the batch.

    *called*: what it judges, should that be impossible to run.
    """
    try:
        return judge(scope)
    except Exception as cause:  # noqa: BLE001 - the one place, around whatever a pack asks of a message
        # The text of an exception may hold what the message says, so only its kind is kept.
        return Judgement(Outcome.ERROR, why=f"the {called} could not be run ({type(cause).__name__})")


def of_rule(rule: BoundRule) -> Judge:
    """
    What becomes of a rule on a message of one of its interactions.
    """
    checks = of_checks(rule.check, each=rule.each is not None)
    judge = _of_each(rule, rule.each, checks) if rule.each is not None else checks
    return _where_it_applies(rule, judge) if rule.when or rule.rule.given else judge


def of_checks(checks: BoundChecks, *, anyone: bool = False, each: bool = True) -> Judge:
    """
    Several checks, of which every one must hold.

    Args:
        anyone: as conditions, for which *any* value that holds is enough, so that a doubled one switches nothing off.

        each: the judge may be asked of several nodes of a message.
    """
    judges = [
        _of_alternatives(check, anyone=anyone, each=each)
        if isinstance(check, BoundAnyOf)
        else _of_check(check, anyone=anyone, each=each)
        for check in checks
    ]
    return _of_all(judges, CONDITIONS if anyone else AND)


def _of_all(judges: Sequence[Judge], order: tuple[Outcome, ...]) -> Judge:
    if len(judges) == 1:
        return judges[0]
    return lambda scope: joined([judge(scope) for judge in judges], order)


def _where_it_applies(rule: BoundRule, judge: Judge) -> Judge:
    """
    A rule that is asked only where ``when`` and ``given`` hold. Rules share conditions: these are judged once.
    """
    when, given = rule.when, rule.rule.given
    conditions = of_checks(when, anyone=True, each=False) if when else _pass

    def judged(scope: Scope) -> Judgement:
        applies = scope.held.get(when)
        if applies is None:
            applies = scope.held[when] = conditions(scope)
        if given:
            applies = joined([applies, *_stated(given, scope)], CONDITIONS)
        if applies is PASS or applies.outcome is Outcome.PASS:
            return judge(scope)
        if applies.outcome in (Outcome.FAIL, Outcome.NOT_APPLICABLE):
            return NOT_APPLICABLE
        return Judgement(applies.outcome, why=applies.why)

    return judged


def _pass(_: Scope) -> Judgement:
    return PASS


def _stated(given: Mapping[str, Collection[str]], scope: Scope) -> Iterable[Judgement]:
    for name, allowed in given.items():
        stated = scope.fact(name)
        if isinstance(stated, Unknown):
            yield Judgement(stated.outcome, why=stated.why)
        else:
            yield PASS if stated in allowed else FAIL


def _of_each(rule: BoundRule, each: BoundEach, judge: Judge) -> Judge:
    """
    The checks of every node of ``each`` for which the relative part of ``when`` holds.
    """
    conditions = of_checks(rule.when_each, anyone=True) if rule.when_each else _pass
    count = Count(each.count) if each.count is not None else None

    def judged(scope: Scope) -> Judgement:
        nodes = scope.nodes(each.bound)
        if isinstance(nodes, Unknown):
            return Judgement(nodes.outcome, why=nodes.why)
        judgements = []
        chosen = []
        for node in nodes:
            at = scope.at(node)
            applies = guarded("rule", conditions, at)
            if applies.outcome in (Outcome.FAIL, Outcome.NOT_APPLICABLE):
                continue
            chosen.append(node)
            passed = applies.outcome is Outcome.PASS
            judgements.append(judge(at) if passed else Judgement(applies.outcome, why=applies.why))
        wrong = count.wrong(chosen, scope, anyone=False) if count is not None else None
        if wrong is not None:
            judgements.append(_told(wrong, each.ask, None, scope))
        return joined(judgements)

    return judged


def _of_alternatives(alternatives: BoundAnyOf, *, anyone: bool, each: bool) -> Judge:
    branches = [of_checks(branch, anyone=anyone, each=each) for branch in alternatives.branches]

    def judged(scope: Scope) -> Judgement:
        found = joined([judge(scope) for judge in branches], ANY)
        if found.outcome is not Outcome.FAIL:
            return found
        return Judgement(found.outcome, why=found.why, parts=(found,), either=True)

    return judged


def _of_check(ask: BoundAsk, *, anyone: bool, each: bool) -> Judge:
    bound, asks = ask.bound, ask.verb.asks
    if bound is None:
        judge = _of_expression(ask)
    elif asks is Asks.NODES:
        judge = _of_nodes(ask, bound, anyone=anyone)
    else:
        judge = _of_values(ask, bound, _of_node(ask) if asks is Asks.NODE else _of_value(ask), anyone=anyone)
    return _once(ask, judge, anyone=anyone) if each and ask.fixed else judge


def _once(ask: BoundAsk, judge: Judge, *, anyone: bool) -> Judge:
    """
    A check that says the same at every node is asked once, of the message.
    """
    key = ask, anyone

    def judged(scope: Scope) -> Judgement:
        if scope.context is scope.message.root:
            return judge(scope)
        if key not in scope.asked:
            scope.asked[key] = judge(scope.at(scope.message.root))
        return scope.asked[key]

    return judged


def _of_expression(ask: BoundAsk) -> Judge:
    wrong = ask.check.wrong
    return lambda scope: _told(wrong(scope.context, scope), ask, None, scope)


def _of_nodes(ask: BoundAsk, bound: Bound, *, anyone: bool) -> Judge:
    """
    A check of all nodes of a place together, most often in the message itself.
    """
    wrong = ask.check.wrong
    place = bound.query.place

    def judged(scope: Scope) -> Judgement:
        answer = wrong(scope.found[place], scope, anyone=anyone)
        return PASS if answer is None else _told(answer, ask, None, scope)

    def judged_elsewhere(scope: Scope) -> Judgement:
        nodes = scope.nodes(bound)
        answer = nodes if isinstance(nodes, Unknown) else wrong(nodes, scope, anyone=anyone)
        return _told(answer, ask, None, scope)

    return judged if bound.plain else judged_elsewhere


def _of_values(ask: BoundAsk, bound: Bound, judge: NodeJudge, *, anyone: bool) -> Judge:
    """
    A check of the nodes of a place one by one.
    """
    alone = ask.count is None
    place, plain = bound.query.place, bound.plain
    wrong_number = _of_few(ask) if anyone else _of_number(ask)
    order = ANY if anyone or ask.some else AND

    def judged(scope: Scope) -> Judgement:
        nodes = scope.found[place] if plain else scope.nodes(bound)
        if isinstance(nodes, Unknown):
            return _told(nodes, ask, None, scope)
        if alone and len(nodes) == 1:
            return judge(nodes[0], scope)
        return wrong_number(nodes, scope) or joined([judge(node, scope) for node in nodes], order)

    return judged


def _of_few(ask: BoundAsk) -> Callable[[Sequence[Node], Scope], Judgement | None]:
    """
    Whether there are too few nodes, or too many, for any of them to be enough.
    """

    def judged(nodes: Sequence[Node], _: Scope) -> Judgement | None:
        enough = bool(nodes) and (ask.count is None or ask.count.holds(len(nodes)))
        return None if enough else FAIL

    return judged


def _of_number(ask: BoundAsk) -> Callable[[Sequence[Node], Scope], Judgement | None]:
    """
    What there is to say of how many nodes there are: exactly one, unless ``count`` or ``some`` says otherwise.
    """
    count = Count(ask.count) if ask.count is not None else None

    def judged(nodes: Sequence[Node], scope: Scope) -> Judgement | None:
        if count is not None:
            wrong = count.wrong(nodes, scope, anyone=False)
            return _told(wrong, ask, None, scope) if wrong is not None else (None if nodes else NOT_APPLICABLE)
        if not nodes:
            return _told(Wrong("is missing", ask.check.expected), ask, None, scope)
        if len(nodes) > 1 and not ask.some:
            found = tuple(value for node in nodes if (value := short_value_of(node)) is not None)
            says = f"is there {len(nodes)} times"
            return _told(Wrong(says, f"once, {ask.check.expected}", found, nodes[1]), ask, None, scope)
        return None

    return judged


def _of_node(ask: BoundAsk) -> NodeJudge:
    wrong = ask.check.wrong
    return lambda node, scope: _told(wrong(node, scope), ask, node, scope)


def _of_value(ask: BoundAsk) -> NodeJudge:
    check = ask.check
    wrong = check.wrong

    def judged(node: Node, scope: Scope) -> Judgement:
        value = short_value_of(node)
        if value is None or not value.strip():
            why = emptiness(node) or "has no value"
            return _told(Wrong(why, check.expected, () if value is None else (value,)), ask, node, scope)
        attachment = attachment_of(node, value) if MARK in value else None
        if attachment is None:
            answer = wrong(value, node, scope)
        elif isinstance(check, AttachmentCheck):
            answer = check.wrong_attachment(attachment, value)
        else:
            answer = wrong(attachment.value, node, scope)
        return PASS if answer is None else _told(answer, ask, node, scope)

    return judged


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
