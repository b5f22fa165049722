"""
The rules over the archive, run over the tables of a run.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final, NamedTuple

from itk3_validator.archive.asks import pattern_of
from itk3_validator.archive.coverage import cover
from itk3_validator.archive.gather import Job, jobs_of, patterns_of
from itk3_validator.archive.judging import NO_FOUND, NOBODY, Judged, Reason, subjects
from itk3_validator.archive.keys import keys_of
from itk3_validator.archive.pairing import paired
from itk3_validator.archive.statement import Statement, Undecidable
from itk3_validator.archive.tables import Group, drop_tables, groups, make_tables
from itk3_validator.archive.telling import FINDINGS, OUTCOMES, count, make_results, tell, worded
from itk3_validator.archive.values import columns_of, steps
from itk3_validator.archive.verbs import judged
from itk3_validator.archive.waived import Waived, with_waived
from itk3_validator.finding import Outcome
from itk3_validator.pack.archive_rule import ArchiveRule, Covers
from itk3_validator.pack.model import Rule, RulePack

__all__ = ["COVERAGE", "FINDINGS", "OUTCOMES", "Results", "Waived", "run"]

COVERAGE: Final = "archive_coverage"

_JUDGED: Final = "archive_judged"


class Results(NamedTuple):
    """
    The names of the tables that a run over the archive has made in its connection.

    *outcomes*: pack, interaction, rule, outcome, messages. For a rule that has rows here they take the place of those
    in ``outcomes``: what was undecided for want of the request is counted as what it came to.

    *findings*: messages (BIGINT[], the judged one first), pack, rule, outcome, level, severity, says, expected,
    found (VARCHAR[]), masked.

    *coverage*: pack, rule, code, display, messages; how many messages carry each code of a list.
    """

    outcomes: str = OUTCOMES
    findings: str = FINDINGS
    coverage: str = COVERAGE


class _Asked(NamedTuple):
    """
    What holds for all rules: key to whether its values are kept as they are, what is waived, how many subjects there
    are, and conditions of which one holds for each message.
    """

    plain: Mapping[str, bool]
    waived: tuple[Waived, ...]
    groups: tuple[Group, ...]
    where: tuple[str, ...]


def run(
    connection: Any,
    packs: Iterable[RulePack],
    *,
    show_values: bool = False,
    only: Collection[str] = (),
    waived: Collection[Waived] = (),
) -> Results:
    """
    Run the rules over the archive of *packs*, and decide the message rules that ask for the request.

    Args:
        connection: a DuckDB connection with the tables or views ``messages`` (message, pack, interaction, message_id,
            response_identifier, instant) and ``keys``. The results are made there as tables; what is needed on the way
            are temporary tables, which are dropped again. Nothing outside the connection is read.

        packs: those that judged the messages.

        show_values: values of places that are not safe were kept as they are, and may be shown.

        only: the ids of the rules to run; none runs all.

        waived: of what a failure or an undecided outcome becomes ``waived``: told, and not counted.
    """
    used = tuple(packs)
    make_results(connection)
    _make_coverage(connection)
    plain = {key.name: key.plain for key in keys_of(used, show_values=show_values)}
    jobs = [job for job in jobs_of(used) if not only or job.rule.id in only]
    try:
        make_tables(connection, used, jobs, columns_of(plain))
        asked = _Asked(plain, tuple(waived), groups(connection), tuple(steps(connection)))
        for job in jobs:
            _run(connection, job, asked)
    finally:
        drop_tables(connection)
        connection.execute(f"DROP TABLE IF EXISTS {_JUDGED}")
    return Results()


def _make_coverage(connection: Any) -> None:
    connection.execute(
        f"CREATE OR REPLACE TABLE {COVERAGE}"
        " (pack VARCHAR, rule VARCHAR, code VARCHAR, display VARCHAR, messages BIGINT)"
    )


def _run(connection: Any, job: Job, asked: _Asked) -> None:
    """
    Decide one rule; what DuckDB cannot run is an error of this rule alone, unless it wants memory, disk or time.
    """
    import duckdb

    try:
        _decide(connection, job, asked)
    except (duckdb.OutOfMemoryException, duckdb.IOException, duckdb.InterruptException):
        # It may be right the next time, and an error would stay in the run.
        raise
    except duckdb.Error as error:
        # Its text may hold values of messages.
        why = f"the rule could not be run over the archive ({type(error).__name__})"
        _forget(connection, job)
        statement = Statement(asked.plain)
        _end(connection, job, _for_all(job, statement, Outcome.ERROR, why), statement, asked)


def _decide(connection: Any, job: Job, asked: _Asked) -> None:
    rule, statement = job.rule, Statement(asked.plain)
    try:
        _check_patterns(connection, job)
        if isinstance(rule, ArchiveRule) and isinstance(rule.asks, Covers):
            found = cover(connection, rule.asks, job, statement, COVERAGE)
        else:
            found = paired(job, statement) if isinstance(rule, Rule) else judged(job, statement)
    except Undecidable as why:
        statement = Statement(asked.plain)
        found = _for_all(job, statement, Outcome.UNDECIDED, str(why))
    _end(connection, job, found, statement, asked)


def _end(connection: Any, job: Job, found: Judged, statement: Statement, asked: _Asked) -> None:
    found = found._replace(reasons=[worded(job.rule, each) for each in found.reasons])
    found = with_waived(found, job, statement, [each for each in asked.waived if each.rule == job.rule.id])
    statement.make(connection, _JUDGED, found.sql)
    count(connection, job, _JUDGED, found, asked.groups)
    tell(connection, job, _JUDGED, found, asked.plain, asked.where)


def _forget(connection: Any, job: Job) -> None:
    """
    Take away what was told of a rule before it failed.
    """
    packs = [pack.name for pack in job.packs]
    for table in (OUTCOMES, FINDINGS, COVERAGE):
        connection.execute(
            f"DELETE FROM {table} WHERE rule = $rule AND list_contains($packs, pack)",
            {"rule": job.rule.id, "packs": packs},
        )


def _check_patterns(connection: Any, job: Job) -> None:
    """
    DuckDB repeats 1,000 times at most, and what is repeated inside of it counts; a message rule may repeat more.
    """
    import duckdb

    for each in patterns_of(job.rule):
        try:
            connection.execute("SELECT regexp_full_match('', $pattern, 's')", {"pattern": pattern_of(each)})
        except duckdb.InvalidInputException:
            raise Undecidable(f"the pattern {each} is more than DuckDB can run; repeat less in it") from None


def _for_all(job: Job, statement: Statement, outcome: Outcome, why: str) -> Judged:
    """
    A rule that the kept values do not decide: it comes to the same wherever it may apply, and is told once.
    """
    base = subjects(job, statement)
    sql = (
        f"SELECT message, pack, interaction, 0 AS why, {NOBODY} AS others, {NO_FOUND} AS found FROM {base} WHERE meant"
    )
    return Judged(sql, (Reason(outcome, why),), once=True)
