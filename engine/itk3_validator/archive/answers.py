"""
The verbs about the answers to a message: ``answered`` and ``no-answer-before``.
"""

from __future__ import annotations

from itk3_validator.archive.asks import PASS, outcome
from itk3_validator.archive.gather import Job
from itk3_validator.archive.judging import (
    NO_FOUND,
    NOBODY,
    OPEN,
    PASSED,
    TIME,
    Judged,
    Reason,
    applicable,
    last,
    reason_of,
    undecided,
)
from itk3_validator.archive.statement import Look, Statement
from itk3_validator.archive.tables import ANSWERS, EXTENT
from itk3_validator.archive.words import span
from itk3_validator.finding import Outcome
from itk3_validator.pack.archive_rule import Answered, NoAnswerBefore


def answered(asks: Answered, job: Job, statement: Statement) -> Judged:
    """
    How many messages answer this one, and when.
    """
    base = applicable(job, statement)
    look = Look(
        statement,
        {"s": base, "a": ANSWERS},
        "{s} s JOIN {a} a ON a.id = s.id AND a.message <> s.message",
        {"self": "a", "request": "s"},
    )
    by = outcome(asks.by, look, job.code_lists, anyone=True)
    unless = outcome(asks.unless, look, job.code_lists, anyone=True) if asks.unless else "'fail'"
    within = statement.put(asks.within) if asks.within is not None else None
    in_time = "true"
    if within is not None:
        in_time = f"coalesce(a.instant <= s.instant + to_seconds({within}), true)"
    answers = statement.table(
        look.sql(f"s.message, s.adopted, a.message AS answer, a.instant, {in_time} AS timely", "WHERE NOT s.open")
    )
    counted = statement.stage(
        f"SELECT message, adopted, count(*) FILTER (WHERE {by} = 'pass') AS n, "
        f"count(*) FILTER (WHERE {by} = 'pass' AND timely) AS timely, "
        f"coalesce(bool_or({unless} = 'pass'), false) AS refused, "
        f"min(instant) FILTER (WHERE {by} = 'pass') AS first, "
        f"{_first_and_last('answer', f'{by} = {PASS}')} "
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
        undecided("the archive holds no responses"),
        undecided("the message has no time from which an answer could be awaited"),
        undecided(f"the archive ends less than {span(asks.within or 0)} after the message"),
    )
    why = statement.table(
        f"SELECT s.message, s.pack, s.interaction, {reason_of('s', cases)} AS why, c.n, c.first, "
        f"{_listed('c')} AS others "
        f"FROM {base} s LEFT JOIN {counted} c USING (message, adopted) CROSS JOIN {EXTENT} e"
    )
    number = (
        "WHEN 2 THEN [n::VARCHAR]" if low == 1 else "WHEN 2 THEN [n::VARCHAR] WHEN 4 THEN [coalesce(n, 0)::VARCHAR]"
    )
    found = f"CASE why {number} WHEN 3 THEN [{TIME.format('first')}] ELSE {NO_FOUND} END"
    return Judged(last(why, found), reasons)


def no_answer_before(asks: NoAnswerBefore, job: Job, statement: Statement) -> Judged:
    """
    Whether an earlier answer to the same message ends the exchange.
    """
    base = applicable(job, statement)
    look = Look(
        statement,
        {"s": base, "a": ANSWERS},
        "{s} s JOIN {a} a ON a.id = s.answers AND a.message <> s.message",
        {"self": "a"},
    )
    that = outcome(asks.that, look, job.code_lists, anyone=True)
    others = statement.table(
        look.sql("s.message, s.adopted, a.message AS answer, a.instant AS said, s.instant AS own", "WHERE NOT s.open")
    )
    before = statement.stage(
        f"SELECT message, adopted, {_first_and_last('answer', 'said < own')}, "
        "bool_or(said IS NULL OR own IS NULL) AS timeless, strftime(min(said), '%Y-%m-%dT%H:%M:%SZ') AS first "
        f"FROM {others} WHERE {that} = 'pass' GROUP BY message, adopted"
    )
    cases = "WHEN s.answers IS NULL THEN NULL WHEN b.lowest IS NOT NULL THEN 2 WHEN b.timeless THEN 3 ELSE 1"
    why = statement.table(
        f"SELECT s.message, s.pack, s.interaction, {reason_of('s', cases)} AS why, b.first, "
        f"{_listed('b')} AS others FROM {base} s LEFT JOIN {before} b USING (message, adopted)"
    )
    reasons = (
        *(OPEN, PASSED),
        Reason(
            Outcome.FAIL,
            "the request was answered already, at {found}, in a way that ends the exchange",
            "no such answer before this one",
        ),
        undecided("the times of the answers are needed to decide this"),
    )
    found = f"CASE WHEN why = 2 THEN [first] ELSE {NO_FOUND} END"
    return Judged(last(why, found), reasons)


def _first_and_last(column: str, where: str) -> str:
    """
    Of many messages the first and the last: that is enough to look at, and needs no list of all.
    """
    return f"min({column}) FILTER (WHERE {where}) AS lowest, max({column}) FILTER (WHERE {where}) AS highest"


def _listed(table: str) -> str:
    return (
        f"CASE WHEN {table}.lowest IS NULL THEN {NOBODY} WHEN {table}.lowest = {table}.highest THEN [{table}.lowest] "
        f"ELSE [{table}.lowest, {table}.highest] END"
    )
