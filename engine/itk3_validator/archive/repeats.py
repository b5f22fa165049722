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
    look = Look(statement, {"s": base}, "{s} s", {"self": "s"})
    found = look.column(valued(asks.of, look))
    per = [look.column(valued(each, look)) for each in asks.per]
    columns = "message, pack, interaction, adopted, instant, open"
    at = statement.table(look.sql(", ".join(f"s.{each}" for each in columns.split(", "))))
    each = statement.table(f"SELECT *, unnest({found}) AS value FROM {at} WHERE NOT open")
    order = ", ".join(("value", *per))
    # Few values come again, and what tells them takes less memory than they do. Two of one hash are told apart below.
    often = statement.table(f"SELECT hash({order}) AS mark FROM {each} GROUP BY mark HAVING count(*) > 1")
    # The earliest one is the one that has the value; the others repeat it.
    ranked = statement.table(
        "SELECT *, row_number() OVER w AS nth, first_value(message) OVER w AS first "
        f"FROM {each} WHERE hash({order}) IN (SELECT mark FROM {often}) "
        f"WINDOW w AS (PARTITION BY {order} ORDER BY instant NULLS LAST, message, adopted)"
    )
    told = statement.table(
        "SELECT message, adopted, min(first) AS first, arg_min(value, first) AS value "
        f"FROM {ranked} WHERE nth > 1 GROUP BY message, adopted"
    )
    cases = f"WHEN s.{found} IS NULL THEN NULL WHEN t.message IS NOT NULL THEN 2 ELSE 1"
    why = statement.table(
        f"SELECT s.message, s.pack, s.interaction, {reason_of('s', cases)} AS why, t.value, "
        f"CASE WHEN t.first IS NULL OR t.first = s.message THEN {NOBODY} ELSE [t.first] END AS others "
        f"FROM {at} s LEFT JOIN {told} t USING (message, adopted)"
    )
    says = f"{asks.of.label} is {{found}}, as in an earlier message of the archive"
    reasons = (OPEN, PASSED, Reason(Outcome.FAIL, says, "a value that no other message has", name_of(asks.of)))
    found = f"CASE WHEN why = 2 THEN [value] ELSE {NO_FOUND} END"
    return Judged(last(why, found), reasons)
