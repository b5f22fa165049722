"""
Which codes of a list were seen, and how often: evidence for a requirement that codes are supported.
"""

from __future__ import annotations

from typing import Any

from itk3_validator.archive.asks import valued
from itk3_validator.archive.gather import Job, name_of
from itk3_validator.archive.judging import NO_FOUND, NOBODY, PASSED, Judged, Reason, applicable, subjects
from itk3_validator.archive.statement import Look, Statement, Undecidable
from itk3_validator.finding import Outcome
from itk3_validator.pack.archive_rule import Covers

_MOST_NAMED = 20


def cover(connection: Any, asks: Covers, job: Job, statement: Statement, table: str) -> Judged:
    """
    Count the codes into *table*, and say of every message that carries one what the archive comes to: pass when each
    code of the list was seen, else undecided, for what was not seen may be supported nevertheless.

    Raises:
        Undecidable: The values are kept in a way that does not tell.
    """
    name = name_of(asks.of)
    if not statement.plain.get(name, False):
        raise Undecidable(f"{name} is not marked safe, so the run keeps hashes of its values, which tell no code")
    _count(connection, asks, job, Statement(statement.plain), table)
    codes = job.code_lists[asks.codes]
    reasons = [PASSED]
    ends = []
    for pack in job.packs:
        rows = connection.execute(
            f"SELECT code, messages FROM {table} WHERE pack = $pack AND rule = $rule",
            {"pack": pack.name, "rule": job.rule.id},
        ).fetchall()
        missing = [code for code, number in rows if not number]
        ends.append(len(reasons) if missing else 0)
        if missing:
            named = ", ".join(missing[:_MOST_NAMED]) + (" ..." if len(missing) > _MOST_NAMED else "")
            says = f"{len(rows) - len(missing)} of the {len(rows)} codes of {codes.name} were seen; not seen: {named}"
            reasons.append(Reason(Outcome.UNDECIDED, says))
    carriers = _carriers(asks, job, statement)
    ending = statement.table(
        f"SELECT unnest({statement.put([pack.name for pack in job.packs])}) AS pack, "
        f"unnest({statement.put(ends)}) AS why"
    )
    sql = (
        f"SELECT message, pack, interaction, why, {NOBODY} AS others, {NO_FOUND} AS found "
        f"FROM {carriers} JOIN {ending} USING (pack) WHERE NOT open AND codes IS NOT NULL"
    )
    return Judged(sql, tuple(reasons), once=True)


def _carriers(asks: Covers, job: Job, statement: Statement) -> str:
    """
    The messages that the rule is asked of, with the different codes that each carries.
    """
    look = Look(statement, {"s": applicable(job, statement)}, "{s} s", {"self": "s"})
    codes = look.column(valued(asks.of, look))
    carriers = look.sql("s.message, s.pack, s.interaction, s.open")
    return statement.table(f"SELECT message, pack, interaction, open, {codes} AS codes FROM ({carriers})")


def _count(connection: Any, asks: Covers, job: Job, statement: Statement, table: str) -> None:
    codes = job.code_lists[asks.codes]
    carried = statement.table(
        f"SELECT pack, unnest(codes) AS code FROM {_carriers(asks, job, statement)} WHERE NOT open"
    )
    seen = statement.table(f"SELECT pack, code, count(*) AS n FROM {carried} GROUP BY pack, code")
    judging = statement.table(f"SELECT DISTINCT pack FROM {subjects(job, statement)}")
    listed = statement.table(
        f"SELECT unnest({statement.put(list(codes.rows))}) AS code, "
        f"unnest({statement.put([codes.display(code) for code in codes.rows] or [''])}) AS display, "
        f"unnest({statement.put(list(range(len(codes.rows))))}) AS place"
    )
    last = (
        f"SELECT j.pack, {statement.put(job.rule.id)}, l.code, l.display, coalesce(s.n, 0) "
        f"FROM {judging} j CROSS JOIN {listed} l LEFT JOIN {seen} s ON s.pack = j.pack AND s.code = l.code "
        "ORDER BY j.pack, l.place"
    )
    connection.execute(f"INSERT INTO {table} {statement.sql(last)}", statement.parameters)
