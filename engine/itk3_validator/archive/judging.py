"""
Each kind of rule over the archive in SQL: one row a message, with the outcome and what is to be told.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from itk3_validator.archive.asks import PASS, outcome, valued
from itk3_validator.archive.gather import Job, name_of, targets
from itk3_validator.archive.statement import Look, Statement
from itk3_validator.archive.tables import ANSWERS, EXTENT, REQUESTS, SUBJECTS
from itk3_validator.archive.words import span
from itk3_validator.checks.ask import Checks
from itk3_validator.finding import Outcome
from itk3_validator.pack.archive_rule import (
    AfterRequest,
    Answered,
    ArchiveRule,
    NoAnswerBefore,
    RequestKnown,
    UniqueValue,
)

NOBODY = "[]::BIGINT[]"
NO_FOUND = "[]::VARCHAR[]"
_TIME = "strftime({}, '%Y-%m-%dT%H:%M:%SZ')"


class Reason(NamedTuple):
    """
    Why a rule came to an outcome: a sentence in which ``{found}`` is what was found, and what was expected.

    *place*: the key that what is found comes from, where it is a value of a message.
    """

    outcome: Outcome
    says: str = ""
    expected: str = ""
    place: str | None = None


class Judged(NamedTuple):
    """
    A SELECT of message, pack, interaction, why, others, found.

    *why* is None where the rule does not apply, else the number of a reason. *once*: a reason is told once, of no
    message in particular.
    """

    sql: str
    reasons: Sequence[Reason]
    once: bool = False


def judged(job: Job, statement: Statement) -> Judged:
    """
    A rule of the section ``archive``, but for ``covers``, as a SELECT.

    Raises:
        Undecidable: The values are kept in a way that does not tell.
    """
    rule = job.rule
    assert isinstance(rule, ArchiveRule)  # noqa: S101 - the caller tells them apart
    return _JUDGED[type(rule.asks)](rule.asks, job, statement)


def subjects(job: Job, statement: Statement) -> str:
    """
    The messages that the packs of a rule speak for, each with what ``for`` and ``when`` come to (``applies``).

    One that a pack has adopted is asked only what the pack that judged it has no rule for.
    """
    packs = statement.put([pack.name for pack in job.packs])
    known = statement.put([pack.name for pack in (*job.packs, *job.also)])
    meant = "true"
    if job.rule.interactions:
        meant = f"list_contains({statement.put(list(job.rule.interactions))}, s.interaction)"
    # What an adopting pack has dropped it says in its own words.
    meant += f" AND (s.adopted OR s.adopter IS NULL OR list_contains({known}, s.adopter))"
    return statement.table(
        f"SELECT s.*, {meant} AS meant FROM {SUBJECTS} s WHERE list_contains({packs}, s.pack) "
        f"AND NOT (s.adopted AND list_contains({known}, s.judged))"
    )


def applicable(job: Job, statement: Statement) -> str:
    """
    The subjects with ``applies``: pass where the rule is asked of them.
    """
    base = subjects(job, statement)
    if not job.rule.when:
        return statement.table(f"SELECT *, CASE WHEN meant THEN 'pass' ELSE 'fail' END AS applies FROM {base}")
    look = Look(statement, f"{base} s{_requested(job.rule.when)}", {"self": "s.message", "request": "r.message"})
    column = outcome(job.rule.when, look, job.code_lists, anyone=True)
    asked = statement.table(look.sql("s.message, s.adopted", "WHERE s.meant"))
    settled = statement.table(
        f"SELECT message, adopted, CASE WHEN bool_and({column} = 'pass') THEN 'pass' "
        # Messages that share an id and say different things leave open which of them is meant.
        f"WHEN bool_or({column} IN ('pass', 'undecided')) THEN 'undecided' ELSE 'fail' END AS applies "
        f"FROM {asked} GROUP BY message, adopted"
    )
    return statement.table(
        f"SELECT s.*, coalesce(a.applies, 'fail') AS applies FROM {base} s "
        f"LEFT JOIN {settled} a USING (message, adopted)"
    )


def requests_of(subject: str) -> str:
    """
    The FROM clause for the messages that the subjects answer; none where there is none.
    """
    return f" LEFT JOIN {REQUESTS} r ON r.id = {subject}.answers AND r.message <> {subject}.message"


def _first_and_last(column: str, where: str) -> str:
    """
    Of many messages the first and the last: that is enough to look at, and needs no list of all.
    """
    return (
        f"list_distinct(list_filter([min({column}) FILTER (WHERE {where}), max({column}) FILTER (WHERE {where})], "
        "lambda each: each IS NOT NULL))"
    )


def _requested(checks: Checks) -> str:
    asked = any(target.of_request for target in targets(checks))
    return requests_of("s") if asked else " LEFT JOIN (SELECT NULL::BIGINT AS message) r ON false"


def reason_of(subject: str, cases: str) -> str:
    """
    The outcome of a message: not-applicable where the rule is not asked of it.
    """
    return f"CASE WHEN {subject}.applies = 'undecided' THEN 0 WHEN {subject}.applies <> 'pass' THEN NULL {cases} END"


# The first two reasons of every rule.
OPEN = Reason(Outcome.UNDECIDED, "the request that this message answers is needed to decide this")
PASSED = Reason(Outcome.PASS)


def _undecided(says: str) -> Reason:
    return Reason(Outcome.UNDECIDED, says)


def _answered(asks: Answered, job: Job, statement: Statement) -> Judged:
    base = applicable(job, statement)
    look = Look(
        statement,
        f"{base} s JOIN {ANSWERS} a ON a.id = s.id AND a.message <> s.message",
        {"self": "a.message", "request": "s.message"},
    )
    by = outcome(asks.by, look, job.code_lists, anyone=True)
    unless = outcome(asks.unless, look, job.code_lists, anyone=True) if asks.unless else "'fail'"
    within = statement.put(asks.within) if asks.within is not None else None
    in_time = "true"
    if within is not None:
        in_time = f"coalesce(a.instant <= s.instant + to_seconds({within}), true)"
    answers = statement.table(
        look.sql(
            f"s.message, s.adopted, a.message AS answer, a.instant, {in_time} AS timely",
            "WHERE s.applies = 'pass'",
        )
    )
    counted = statement.table(
        f"SELECT message, adopted, count(*) FILTER (WHERE {by} = 'pass') AS n, "
        f"count(*) FILTER (WHERE {by} = 'pass' AND timely) AS timely, "
        f"coalesce(bool_or({unless} = 'pass'), false) AS refused, "
        f"min(instant) FILTER (WHERE {by} = 'pass') AS first, "
        f"{_first_and_last('answer', f'{by} = {PASS}')} AS answers "
        f"FROM {answers} GROUP BY message, adopted"
    )
    low, high = asks.count.low, asks.count.high
    n = "coalesce(c.n, 0)"
    cases = "WHEN s.id IS NULL OR coalesce(c.refused, false) THEN NULL "
    if high is not None:
        cases += f"WHEN {n} > {high:d} THEN 2 "
    cases += f"WHEN coalesce(c.timely, 0) >= {low:d} THEN CASE WHEN {n} = 0 THEN NULL ELSE 1 END "
    cases += f"WHEN {n} >= {low:d} THEN 3 WHEN e.responses = 0 THEN 5 WHEN s.instant IS NULL THEN 6 "
    cases += f"WHEN e.last >= s.instant + to_seconds({within or 0}) THEN 4 ELSE 7 "
    due = f" within {span(asks.within)}" if asks.within is not None else ""
    expected = f"{asks.count}{due}"
    few = "no such message of the archive answers" if low == 1 else "{found} such messages of the archive answer"
    reasons = (
        *(OPEN, PASSED),
        Reason(Outcome.FAIL, "{found} such messages of the archive answer this one", expected),
        Reason(Outcome.FAIL, f"the answer, first given at {{found}}, did not come{due}", expected),
        Reason(Outcome.FAIL, f"{few} this one{due}", expected),
        _undecided("the archive holds no responses"),
        _undecided("the message has no time from which an answer could be awaited"),
        _undecided(f"the archive ends less than {span(asks.within or 0)} after the message"),
    )
    why = statement.table(
        f"SELECT s.message, s.pack, s.interaction, {reason_of('s', cases)} AS why, c.n, c.first, "
        f"coalesce(c.answers, {NOBODY}) AS others "
        f"FROM {base} s LEFT JOIN {counted} c USING (message, adopted) CROSS JOIN {EXTENT} e"
    )
    number = (
        "WHEN 2 THEN [n::VARCHAR]" if low == 1 else "WHEN 2 THEN [n::VARCHAR] WHEN 4 THEN [coalesce(n, 0)::VARCHAR]"
    )
    found = f"CASE why {number} WHEN 3 THEN [{_TIME.format('first')}] ELSE {NO_FOUND} END"
    return Judged(last(why, found), reasons)


def _request_known(asks: RequestKnown, job: Job, statement: Statement) -> Judged:
    base = applicable(job, statement)
    within = statement.put(asks.within)
    known = statement.table(
        f"SELECT DISTINCT s.message, s.adopted, true AS known FROM {base} s "
        f"JOIN {REQUESTS} r ON r.id = s.answers AND r.message <> s.message"
    )
    cases = (
        "WHEN s.answers IS NULL THEN NULL WHEN k.known THEN 1 WHEN e.requests = 0 THEN 3 WHEN s.instant IS NULL THEN 4 "
        f"WHEN e.first <= s.instant - to_seconds({within}) THEN 2 ELSE 5"
    )
    why = statement.table(
        f"SELECT s.message, s.pack, s.interaction, {reason_of('s', cases)} AS why, s.answers, "
        f"{NOBODY} AS others FROM {base} s LEFT JOIN {known} k USING (message, adopted) CROSS JOIN {EXTENT} e"
    )
    reasons = (
        *(OPEN, PASSED),
        Reason(
            Outcome.FAIL, "the archive holds no message with the id {found}, which this one answers", "such a message"
        ),
        _undecided("the archive holds no requests"),
        _undecided("the message has no time that can be read, so its request may be older than the archive"),
        _undecided(f"the archive begins less than {span(asks.within)} before the message, so its request may be older"),
    )
    found = f"CASE WHEN why = 2 THEN [answers] ELSE {NO_FOUND} END"
    return Judged(last(why, found), reasons)


def _after_request(asks: AfterRequest, job: Job, statement: Statement) -> Judged:
    base = applicable(job, statement)
    tolerance = statement.put(asks.tolerance)
    # Of several messages with the id the earliest one counts.
    cases = (
        "WHEN s.answers IS NULL THEN NULL WHEN r.message IS NULL THEN 0 "
        "WHEN s.instant IS NULL OR r.instant IS NULL THEN 3 "
        f"WHEN s.instant + to_seconds({tolerance}) >= r.instant THEN 1 ELSE 2"
    )
    why = statement.table(
        f"SELECT s.message, s.pack, s.interaction, {reason_of('s', cases)} AS why, s.instant, "
        f"CASE WHEN r.message IS NULL THEN {NOBODY} ELSE [r.message] END AS others "
        f"FROM {base} s {requests_of('s')} AND r.nth = 1"
    )
    reasons = (
        *(OPEN, PASSED),
        Reason(
            Outcome.FAIL,
            "the message is of {found}, earlier than the one that it answers",
            "the time of the message that it answers, or later",
        ),
        _undecided("the times of both messages are needed to decide this"),
    )
    found = f"CASE WHEN why = 2 THEN [{_TIME.format('instant')}] ELSE {NO_FOUND} END"
    return Judged(last(why, found), reasons)


def _no_answer_before(asks: NoAnswerBefore, job: Job, statement: Statement) -> Judged:
    base = applicable(job, statement)
    look = Look(
        statement,
        f"{base} s JOIN {ANSWERS} a ON a.id = s.answers AND a.message <> s.message",
        {"self": "a.message", "request": "NULL"},
    )
    that = outcome(asks.that, look, job.code_lists, anyone=True)
    others = statement.table(
        look.sql(
            "s.message, s.adopted, a.message AS answer, a.instant AS said, s.instant AS own", "WHERE s.applies = 'pass'"
        )
    )
    before = statement.table(
        f"SELECT message, adopted, {_first_and_last('answer', 'said < own')} AS answers, "
        "bool_or(said IS NULL OR own IS NULL) AS timeless, strftime(min(said), '%Y-%m-%dT%H:%M:%SZ') AS first "
        f"FROM {others} WHERE {that} = 'pass' GROUP BY message, adopted"
    )
    cases = "WHEN s.answers IS NULL THEN NULL WHEN len(b.answers) > 0 THEN 2 WHEN b.timeless THEN 3 ELSE 1"
    why = statement.table(
        f"SELECT s.message, s.pack, s.interaction, {reason_of('s', cases)} AS why, b.first, "
        f"coalesce(b.answers, {NOBODY}) AS others FROM {base} s LEFT JOIN {before} b USING (message, adopted)"
    )
    reasons = (
        *(OPEN, PASSED),
        Reason(
            Outcome.FAIL,
            "the request was answered already, at {found}, in a way that ends the exchange",
            "no such answer before this one",
        ),
        _undecided("the times of the answers are needed to decide this"),
    )
    found = f"CASE WHEN why = 2 THEN [first] ELSE {NO_FOUND} END"
    return Judged(last(why, found), reasons)


def _unique(asks: UniqueValue, job: Job, statement: Statement) -> Judged:
    base = applicable(job, statement)
    look = Look(statement, f"{base} s", {"self": "s.message", "request": "NULL"})
    here = look.join(valued(asks.of, look), "self")
    per = [look.column(f"{look.join(valued(each, look), 'self')}.found") for each in asks.per]
    valued_ = statement.table(
        look.sql(
            f"s.message, s.pack, s.interaction, s.adopted, s.instant, s.applies, unnest({here}.found) AS value",
            "WHERE s.applies = 'pass'",
        )
    )
    order = ", ".join(("value", *per))
    # The earliest one is the one that has the value; the others repeat it.
    ranked = statement.table(
        "SELECT *, row_number() OVER w AS nth, first_value(message) OVER w AS first "
        f"FROM {valued_} WINDOW w AS (PARTITION BY {order} ORDER BY instant NULLS LAST, message, adopted)"
    )
    told = statement.table(
        "SELECT message, adopted, bool_or(nth > 1) AS again, min(first) FILTER (WHERE nth > 1) AS first, "
        f"arg_min(value, first) FILTER (WHERE nth > 1) AS value FROM {ranked} GROUP BY message, adopted"
    )
    cases = "WHEN t.message IS NULL THEN NULL WHEN t.again THEN 2 ELSE 1"
    why = statement.table(
        f"SELECT s.message, s.pack, s.interaction, {reason_of('s', cases)} AS why, t.value, "
        f"CASE WHEN t.first IS NULL OR t.first = s.message THEN {NOBODY} ELSE [t.first] END AS others "
        f"FROM {base} s LEFT JOIN {told} t USING (message, adopted)"
    )
    says = f"{asks.of.label} is {{found}}, as in an earlier message of the archive"
    reasons = (OPEN, PASSED, Reason(Outcome.FAIL, says, "a value that no other message has", name_of(asks.of)))
    found = f"CASE WHEN why = 2 THEN [value] ELSE {NO_FOUND} END"
    return Judged(last(why, found), reasons)


def last(why: str, found: str) -> str:
    """
    The SELECT that a rule ends in.
    """
    return f"SELECT message, pack, interaction, why, others, {found} AS found FROM {why}"


_JUDGED: Mapping[type, Callable[[Any, Job, Statement], Judged]] = {
    Answered: _answered,
    RequestKnown: _request_known,
    AfterRequest: _after_request,
    NoAnswerBefore: _no_answer_before,
    UniqueValue: _unique,
}
