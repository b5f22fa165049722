"""
What there is to decide over the archive: the rules of packs, each once however many packs have it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from enum import Enum
from typing import TypeAlias

from itk3_validator.checks.ask import AnyOf, Ask, Checks, CodeList, Target
from itk3_validator.pack.archive_checks import is_decidable
from itk3_validator.pack.archive_rule import Answered, ArchiveRule, Covers, NoAnswerBefore, UniqueValue
from itk3_validator.pack.model import Rule, RulePack
from itk3_validator.value import Value

AnyRule: TypeAlias = Rule | ArchiveRule
_NAMED = re.compile(r"\$([A-Za-z][A-Za-z0-9-]*)")


class Job(Value, eq=False):
    """
    One rule and the packs that have it, word for word and with the same code lists.

    *also* are the packs of the run that have another rule of this id.
    """

    rule: AnyRule
    packs: tuple[RulePack, ...]
    also: tuple[RulePack, ...] = ()

    @property
    def code_lists(self) -> Mapping[str, CodeList]:
        return self.packs[0].code_lists


def jobs_of(packs: Iterable[RulePack]) -> tuple[Job, ...]:
    """
    The rules over the archive, and the message rules that ask for the request, in the order of packs and rules.
    """
    grouped: list[tuple[AnyRule, list[RulePack]]] = []
    having: dict[str, list[RulePack]] = {}
    known: dict[str, list[tuple[AnyRule, list[RulePack]]]] = {}
    for pack in packs:
        for rule in _rules(pack):
            having.setdefault(rule.id, []).append(pack)
            alike = known.setdefault(rule.id, [])
            found = next((each for each in alike if _same(rule, pack, *each)), None)
            if found is not None:
                found[1].append(pack)
            else:
                alike.append((rule, [pack]))
                grouped.append(alike[-1])
    return tuple(
        Job(rule, tuple(of), tuple(each for each in having[rule.id] if each not in of)) for rule, of in grouped
    )


def asks_for_request(rule: Rule) -> bool:
    """
    Whether a message rule asks for the request, and can be decided from the values that a run keeps.
    """
    checks = (*rule.when, *rule.check)
    if rule.each is not None or rule.given or not is_decidable(checks):
        return False
    return any(target.of_request for target in targets(checks))


def places_of(rule: AnyRule) -> tuple[Target, ...]:
    """
    The places whose values a rule compares.
    """
    own, answers = _own_and_answers(rule)
    return (*own, *answers)


def _own_and_answers(rule: AnyRule) -> tuple[tuple[Target, ...], tuple[Target, ...]]:
    """
    The places that are looked at in the judged message, or its request, and those in what answers it.
    """
    if isinstance(rule, Rule):
        return tuple(targets((*rule.when, *rule.check))), ()
    when = tuple(targets(rule.when))
    match rule.asks:
        case Answered():
            return when, tuple(targets((*rule.asks.by, *rule.asks.unless)))
        case NoAnswerBefore():
            return when, tuple(targets(rule.asks.that))
        case UniqueValue():
            return (*when, rule.asks.of, *rule.asks.per), ()
        case Covers():
            return (*when, rule.asks.of), ()
        case _:
            return when, ()


class Role(Enum):
    """
    Which message of an exchange a value is looked up of.
    """

    SUBJECT = "the message that is judged"
    REQUEST = "the one that it answers"
    ANSWER = "one that answers it, or the same request"


def looked_up(jobs: Iterable[Job], role: Role) -> tuple[str, ...]:
    """
    The names of the keys that rules look up of messages in a role, sorted.
    """
    return tuple(sorted({name_of(target) for job in jobs for each, target in _in_roles(job.rule) if each is role}))


def _in_roles(rule: AnyRule) -> Iterator[tuple[Role, Target]]:
    own, answers = _own_and_answers(rule)
    for target in own:
        yield (Role.REQUEST if target.of_request else Role.SUBJECT), target
    for target in answers:
        # What answers a message has that message for its request.
        yield (Role.SUBJECT if target.of_request else Role.ANSWER), target


def targets(checks: Checks) -> Iterator[Target]:
    """
    Every place that checks look at, that of the other value too.
    """
    for each in _asks(checks):
        if each.target is not None:
            yield each.target
        if each.verb == "same-as" and "target" in each.options:
            yield each.options["target"]


def name_of(target: Target) -> str:
    """
    The name under which a run keeps the values at a place: the selector's, else the XPath.
    """
    found = _NAMED.fullmatch(target.xpath)
    return found[1] if found is not None else target.xpath


def lists_of(rule: AnyRule) -> Iterator[str]:
    """
    The code lists that a rule names.
    """
    if isinstance(rule, ArchiveRule) and isinstance(rule.asks, Covers):
        yield rule.asks.codes
    yield from (ask.options for ask in _all_asks(rule) if ask.verb == "in")


def patterns_of(rule: AnyRule) -> Iterator[str]:
    """
    The patterns that a rule holds values against.
    """
    return (ask.options for ask in _all_asks(rule) if ask.verb == "matches")


def _all_asks(rule: AnyRule) -> Iterator[Ask]:
    checks: list[Checks] = [rule.when]
    if isinstance(rule, Rule):
        checks.append(rule.check)
    elif isinstance(rule.asks, Answered):
        checks += [rule.asks.by, rule.asks.unless]
    elif isinstance(rule.asks, NoAnswerBefore):
        checks.append(rule.asks.that)
    for each in checks:
        yield from _asks(each)


def _rules(pack: RulePack) -> Iterator[AnyRule]:
    yield from (rule for rule in pack.rules if rule.status != "draft" and asks_for_request(rule))
    yield from (rule for rule in pack.archive if rule.status != "draft")


def _same(rule: AnyRule, pack: RulePack, other: AnyRule, packs: list[RulePack]) -> bool:
    lists, others = pack.code_lists, packs[0].code_lists
    return rule == other and all(lists.get(name) == others.get(name) for name in lists_of(rule))


def _asks(checks: Checks) -> Iterator[Ask]:
    for each in checks:
        if isinstance(each, AnyOf):
            for branch in each.branches:
                yield from _asks(branch)
        else:
            yield each
