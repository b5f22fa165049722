"""
The verb about what comes again: ``unique``.
"""

from __future__ import annotations

from itk3_validator.archive.asks import valued
from itk3_validator.archive.gather import Job, name_of
from itk3_validator.archive.judging import NO_FOUND, NOBODY, OPEN, PASSED, Judged, Reason, applicable, last, reason_of
from itk3_validator.archive.statement import Look, Statement
from itk3_validator.finding import Outcome
from itk3_validator.pack.archive_rule import UniqueValue


def unique(asks: UniqueValue, job: Job, statement: Statement) -> Judged:
    """
    Whether an earlier message has the same value.
    """
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
