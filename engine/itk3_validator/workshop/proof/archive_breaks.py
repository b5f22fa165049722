"""
Ways to break an archive that a rule passes, verb by verb; and ways to change it that must not matter.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from itk3_validator.archive.few import Filed
from itk3_validator.archive.gather import name_of, targets
from itk3_validator.checks import VERBS
from itk3_validator.checks.ask import AnyOf, Ask, Checks
from itk3_validator.finding import Outcome
from itk3_validator.pack.archive_rule import (
    AfterRequest,
    Answered,
    ArchiveRule,
    Covers,
    NoAnswerBefore,
    RequestKnown,
    UniqueValue,
)
from itk3_validator.pack.model import RulePack

_SECOND = timedelta(seconds=1)
_ELSE = "something else"


class Broken(NamedTuple):
    """
    An archive that was changed: what was done to it, and what the rule has to come to then.
    """

    what: str
    messages: tuple[Filed, ...]
    wanted: Outcome


Breaks = Callable[[Any, Sequence[Filed], RulePack], Iterator[Broken]]


def archive_breaks(rule: ArchiveRule, messages: Sequence[Filed], pack: RulePack) -> Iterator[Broken]:
    """
    Every way to change an archive that matters for the verb of a rule.
    """
    return _BREAKS[type(rule.asks)](rule.asks, messages, pack)


def _answered(asks: Answered, messages: Sequence[Filed], pack: RulePack) -> Iterator[Broken]:
    answers = [each for each in messages if _request(each, messages) is not None]
    if asks.count.high is not None and answers:
        first = answers[0]
        more = _copies(first, asks.count.high + 1)
        yield Broken("a message has one answer too many", (*messages, *more), Outcome.FAIL)
    if not asks.count.low:
        return
    within = timedelta(seconds=asks.within or 0)
    late = tuple(_later(messages, within + _SECOND))
    rest = tuple(each for each in messages if each not in answers)
    yield Broken("nothing is answered", (*rest, *late), Outcome.FAIL)
    elsewhere = tuple(each._replace(answers="another") for each in answers)
    yield Broken("the answers are to another message", (*rest, *elsewhere, *late), Outcome.FAIL)
    yield Broken(
        "the answers come a second too late", (*rest, *_timed(answers, messages, within + _SECOND), *late), Outcome.FAIL
    )
    yield Broken(
        "the answers come at the last second", (*rest, *_timed(answers, messages, within), *late), Outcome.PASS
    )
    names = sorted({name_of(target) for target in targets(asks.by)})
    for name in names:
        other = tuple(_with(each, {name: _ELSE}) for each in answers)
        yield Broken(f"{name} of the answers is another", (*rest, *other, *late), Outcome.FAIL)


def _request_known(asks: RequestKnown, messages: Sequence[Filed], pack: RulePack) -> Iterator[Broken]:
    answers = [each for each in messages if _request(each, messages) is not None]
    for each in answers[:1]:
        asked = _request(each, messages)
        if asked is None or each.instant is None:
            continue
        early = asked._replace(id="early", instant=each.instant - timedelta(seconds=asks.within) - _SECOND)
        without = tuple(it for it in messages if it.id != asked.id)
        yield Broken("the request is taken away", (early, *without), Outcome.FAIL)
        other = tuple(it._replace(answers="another") if it is each else it for it in messages)
        yield Broken("the answer is to another message", (early, *other), Outcome.FAIL)
        yield Broken("an older message stands before them", (early, *messages), Outcome.PASS)


def _after_request(asks: AfterRequest, messages: Sequence[Filed], pack: RulePack) -> Iterator[Broken]:
    answers = [each for each in messages if _request(each, messages) is not None]
    rest = tuple(each for each in messages if each not in answers)
    early = timedelta(seconds=-asks.tolerance)
    yield Broken(
        "the answers are a second too early", (*rest, *_timed(answers, messages, early - _SECOND)), Outcome.FAIL
    )
    yield Broken("the answers are as early as they may be", (*rest, *_timed(answers, messages, early)), Outcome.PASS)


def _no_answer_before(asks: NoAnswerBefore, messages: Sequence[Filed], pack: RulePack) -> Iterator[Broken]:
    values = satisfying(asks.that, pack)
    for each in messages:
        if each.answers is None or each.instant is None or values is None:
            continue
        before = _with(each._replace(id="before", instant=each.instant - _SECOND), values)
        yield Broken("such an answer comes a second before", (*messages, before), Outcome.FAIL)
        after = before._replace(id="after", instant=each.instant + timedelta(days=1))
        yield Broken("such an answer comes after it", (*messages, after), Outcome.PASS)
        yield Broken("such an answer to another message", (*messages, before._replace(answers="another")), Outcome.PASS)


def _unique(asks: UniqueValue, messages: Sequence[Filed], pack: RulePack) -> Iterator[Broken]:
    of = name_of(asks.of)
    for each in messages:
        if not any(name == of and value for name, value in each.keys):
            continue
        again = each._replace(instant=each.instant and each.instant + _SECOND)
        yield Broken("a message comes again", (*messages, again), Outcome.FAIL)
        yield Broken("it comes again before itself", (again, *messages), Outcome.FAIL)
        yield Broken("it comes again with another value", (*messages, _with(again, {of: _ELSE})), Outcome.PASS)
        for place in asks.per:
            name = name_of(place)
            yield Broken(f"it comes again with another {name}", (*messages, _with(again, {name: _ELSE})), Outcome.PASS)


def _covers(asks: Covers, messages: Sequence[Filed], pack: RulePack) -> Iterator[Broken]:
    name = name_of(asks.of)
    codes = list(pack.code_lists[asks.codes].rows)
    carriers = [each for each in messages if any(key == name and value for key, value in each.keys)]
    # Whichever of them the rule looks at carries every code.
    every = {code: tuple(_with(each, {name: code}) for each in carriers) for code in codes}
    bare = tuple(each._replace(keys=()) for each in carriers)
    if carriers:
        yield Broken("every code is there", tuple(each for sent in every.values() for each in sent), Outcome.PASS)
    for code in codes if carriers else ():
        rest = tuple(each for other, sent in every.items() if other != code for each in sent)
        yield Broken(f"{code} is not there", (*rest, *bare), Outcome.UNDECIDED)


def satisfying(checks: Checks, pack: RulePack) -> Mapping[str, str | None] | None:
    """
    Values at the places of checks for which they hold; None where nobody knows any.
    """
    found: dict[str, str | None] = {}
    for each in checks:
        if isinstance(each, AnyOf):
            further = satisfying(each.branches[0], pack)
            if further is None:
                return None
            found.update(further)
        else:
            value = _value(each, pack)
            if value is None and each.verb != "absent":
                return None
            if each.target is not None:
                found[name_of(each.target)] = value
    return found


def _value(ask: Ask, pack: RulePack) -> str | None:
    match ask.verb:
        case "equals":
            return str(ask.options)
        case "one-of":
            return str(ask.options[0])
        case "in":
            codes = pack.code_lists[ask.options]
            return str(codes.span[0]) if codes.span is not None else next(iter(codes.rows), None)
        case "matches":
            pattern: re.Pattern[str] = VERBS["matches"].bind(ask.options, None).pattern  # type: ignore[arg-type]
            known = [code for codes in pack.code_lists.values() for code in codes.rows if pattern.fullmatch(code)]
            return str(known[0]) if known else None
        case "present" | "none-of" | "count":
            return _ELSE
        case "length":
            return "x" * max(int(ask.options.low), 1)
    return None


# archives


def _request(message: Filed, messages: Sequence[Filed]) -> Filed | None:
    return next((each for each in messages if message.answers and each.id == message.answers), None)


def _with(message: Filed, values: Mapping[str, str | None]) -> Filed:
    """
    The message with other values at places; None takes what is there away.
    """
    kept = tuple((name, value) for name, value in message.keys if name not in values)
    return message._replace(keys=(*kept, *((name, value) for name, value in values.items() if value is not None)))


def _copies(message: Filed, number: int) -> Iterator[Filed]:
    at = message.instant
    for nth in range(number):
        yield message._replace(id=f"{message.id}-{nth}", instant=at and at + nth * _SECOND)


def _timed(answers: Sequence[Filed], messages: Sequence[Filed], after: timedelta) -> Iterator[Filed]:
    """
    The answers, so much later than what they answer.
    """
    for each in answers:
        asked = _request(each, messages)
        sent = asked.instant if asked is not None else None
        yield each._replace(instant=sent + after if sent is not None else None)


def _later(messages: Sequence[Filed], after: timedelta) -> Iterator[Filed]:
    """
    A response to nobody, so much later than everything else: the archive reaches so far.
    """
    times = [each.instant for each in messages if each.instant is not None]
    last = max(times, default=datetime(2024, 1, 1))  # noqa: DTZ001 - as in the tables, UTC without saying so
    response = next((each for each in messages if each.answers), None)
    if response is not None:
        yield response._replace(id="later", answers="nobody", instant=last + after, keys=())


_BREAKS: Mapping[type, Breaks] = {
    Answered: _answered,
    RequestKnown: _request_known,
    AfterRequest: _after_request,
    NoAnswerBefore: _no_answer_before,
    UniqueValue: _unique,
    Covers: _covers,
}
