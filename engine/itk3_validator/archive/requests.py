"""
The verbs about the message that one answers: ``request-known`` and ``after-request``.
"""

from __future__ import annotations

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
from itk3_validator.archive.statement import Statement
from itk3_validator.archive.tables import EXTENT, REQUESTS
from itk3_validator.archive.words import span
from itk3_validator.finding import Outcome
from itk3_validator.pack.archive_rule import AfterRequest, RequestKnown


def request_known(asks: RequestKnown, job: Job, statement: Statement) -> Judged:
    """
    Whether the message that this one answers is there.
    """
    base = applicable(job, statement)
    within = statement.put(asks.within)
    cases = (
        "WHEN s.answers IS NULL THEN NULL WHEN r.message IS NOT NULL THEN 1 "
        "WHEN e.requests = 0 THEN 3 WHEN s.instant IS NULL THEN 4 "
        f"WHEN e.first <= s.instant - to_seconds({within}) THEN 2 ELSE 5"
    )
    why = statement.table(
        f"SELECT s.message, s.pack, s.interaction, {reason_of('s', cases)} AS why, s.named, "
        f"{NOBODY} AS others FROM {base} s LEFT JOIN {REQUESTS} r ON r.id = s.answers "
        # A message that names itself needs a second one with its id.
        f"AND r.nth = CASE WHEN s.answers = s.id THEN 2 ELSE 1 END CROSS JOIN {EXTENT} e"
    )
    reasons = (
        *(OPEN, PASSED),
        Reason(
            Outcome.FAIL, "the archive holds no message with the id {found}, which this one answers", "such a message"
        ),
        undecided("the archive holds no requests"),
        undecided("the message has no time that can be read, so its request may be older than the archive"),
        undecided(f"the archive begins less than {span(asks.within)} before the message, so its request may be older"),
    )
    found = f"CASE WHEN why = 2 THEN [named] ELSE {NO_FOUND} END"
    return Judged(last(why, found), reasons)


def after_request(asks: AfterRequest, job: Job, statement: Statement) -> Judged:
    """
    Whether a message is earlier than the one that it answers.
    """
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
        f"FROM {base} s LEFT JOIN {REQUESTS} r ON r.id = s.answers AND r.message <> s.message AND r.nth = 1"
    )
    reasons = (
        *(OPEN, PASSED),
        Reason(
            Outcome.FAIL,
            "the message is of {found}, earlier than the one that it answers",
            "the time of the message that it answers, or later",
        ),
        undecided("the times of both messages are needed to decide this"),
    )
    found = f"CASE WHEN why = 2 THEN [{TIME.format('instant')}] ELSE {NO_FOUND} END"
    return Judged(last(why, found), reasons)
