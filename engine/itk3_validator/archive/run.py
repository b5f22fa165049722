"""
The rules over the archive, run over the tables of a run.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any, NamedTuple

from itk3_validator.archive.asks import pattern_of
from itk3_validator.archive.coverage import cover
from itk3_validator.archive.gather import Job, jobs_of, patterns_of
from itk3_validator.archive.judging import Judged, Reason, subjects
from itk3_validator.archive.keys import keys_of
from itk3_validator.archive.pairing import paired
from itk3_validator.archive.statement import Statement, Undecidable
from itk3_validator.archive.tables import drop_tables, make_tables
from itk3_validator.archive.verbs import judged
from itk3_validator.finding import Outcome
from itk3_validator.pack.archive_rule import ArchiveRule, Covers
from itk3_validator.pack.model import Rule, RulePack

OUTCOMES = "archive_outcomes"
FINDINGS = "archive_findings"
COVERAGE = "archive_coverage"

_JUDGED = "archive_judged"
_MASK = "***"
_LONGEST = 200


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


class Waived(NamedTuple):
    """
    A rule that is not held against messages: against those of a pack (or where the rule is that pack's own) and of an
    interaction, or, without these, of all.
    """

    rule: str
    pack: str | None = None
    interaction: str | None = None


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
    asked = tuple(packs)
    _make_results(connection)
    make_tables(connection, asked)
    plain = {key.name: key.plain for key in keys_of(asked, show_values=show_values)}
    try:
        for job in jobs_of(asked):
            if not only or job.rule.id in only:
                _run(connection, job, Statement(plain), [each for each in waived if each.rule == job.rule.id])
    finally:
        drop_tables(connection)
        connection.execute(f"DROP TABLE IF EXISTS {_JUDGED}")
    return Results()


def _make_results(connection: Any) -> None:
    connection.execute(
        f"CREATE OR REPLACE TABLE {OUTCOMES}"
        " (pack VARCHAR, interaction VARCHAR, rule VARCHAR, outcome VARCHAR, messages BIGINT)"
    )
    connection.execute(
        f"CREATE OR REPLACE TABLE {FINDINGS} (messages BIGINT[], pack VARCHAR, rule VARCHAR, outcome VARCHAR,"
        " level VARCHAR, severity VARCHAR, says VARCHAR, expected VARCHAR, found VARCHAR[], masked BOOLEAN)"
    )
    connection.execute(
        f"CREATE OR REPLACE TABLE {COVERAGE}"
        " (pack VARCHAR, rule VARCHAR, code VARCHAR, display VARCHAR, messages BIGINT)"
    )


def _run(connection: Any, job: Job, statement: Statement, waived: Sequence[Waived]) -> None:
    rule = job.rule
    try:
        _check_patterns(connection, job)
        if isinstance(rule, ArchiveRule) and isinstance(rule.asks, Covers):
            found = cover(connection, rule.asks, job, statement, COVERAGE)
        else:
            found = paired(job, statement) if isinstance(rule, Rule) else judged(job, statement)
    except Undecidable as why:
        statement = Statement(statement.plain)
        found = _left_open(job, statement, str(why))
    found = found._replace(reasons=[_worded(rule, each) for each in found.reasons])
    found = _with_waived(found, job, statement, waived)
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {_JUDGED} AS {statement.sql(found.sql)}", statement.parameters)
    _count(connection, job, found.reasons)
    _tell(connection, job, found, statement)


def _with_waived(found: Judged, job: Job, statement: Statement, waived: Sequence[Waived]) -> Judged:
    """
    The same with every reason a second time, as it is told of messages that it is not held against.
    """
    if not waived:
        return found
    covered = " OR ".join(_covered(each, job, statement) for each in waived)
    sql = (
        f"SELECT * REPLACE (why + CASE WHEN {covered} THEN {len(found.reasons):d} ELSE 0 END AS why) FROM ({found.sql})"
    )
    again = [each if each.outcome is Outcome.PASS else each._replace(outcome=Outcome.WAIVED) for each in found.reasons]
    return found._replace(sql=sql, reasons=(*found.reasons, *again))


def _covered(waived: Waived, job: Job, statement: Statement) -> str:
    asked = []
    if waived.pack is not None and waived.pack != job.rule.pack:
        asked.append(f"pack = {statement.put(waived.pack)}")
    if waived.interaction is not None:
        asked.append(f"interaction = {statement.put(waived.interaction)}")
    return f"({' AND '.join(asked) or 'true'})"


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


def _left_open(job: Job, statement: Statement, why: str) -> Judged:
    """
    A rule that the kept values do not decide: undecided wherever it may apply, and told once.
    """
    base = subjects(job, statement)
    sql = (
        "SELECT message, pack, interaction, CASE WHEN meant THEN 0 END AS why, []::BIGINT[] AS others, "
        f"[]::VARCHAR[] AS found FROM {base}"
    )
    return Judged(sql, (Reason(Outcome.UNDECIDED, why),), once=True)


def _count(connection: Any, job: Job, reasons: Iterable[Reason]) -> None:
    connection.execute(
        f"INSERT INTO {OUTCOMES} SELECT pack, interaction, $rule, "
        "CASE WHEN why IS NULL THEN 'not-applicable' ELSE $outcomes[why + 1] END AS outcome, count(*) "
        f"FROM {_JUDGED} GROUP BY ALL ORDER BY ALL",
        {"rule": job.rule.id, "outcomes": [each.outcome.value for each in reasons]},
    )


def _tell(connection: Any, job: Job, found: Judged, statement: Statement) -> None:
    """
    One finding for each message that does not pass.
    """
    rule = job.rule
    hidden = [each.place is not None and not statement.plain.get(each.place, False) for each in found.reasons]
    parameters = {
        "rule": rule.id,
        "level": rule.level,
        "severity": rule.severity.value,
        "outcomes": [each.outcome.value for each in found.reasons],
        "pieces": [each.says.split("{found}") for each in found.reasons],
        "expected": [each.expected for each in found.reasons],
        "hidden": hidden,
        "quoted": [each.place is not None for each in found.reasons],
    }
    rows = (
        "SELECT message, pack, why + 1 AS reason, others, "
        f"CASE WHEN $hidden[why + 1] THEN list_transform(found, lambda v: '{_MASK}') "
        f"ELSE list_transform(found, lambda v: CASE WHEN length(v) > {_LONGEST} THEN v[:{_LONGEST}] || '...' "
        "ELSE v END) "
        f"END AS found FROM {_JUDGED} WHERE why IS NOT NULL AND $outcomes[why + 1] <> 'pass'"
    )
    messages = "[message] || others"
    if found.once:
        messages = "[]::BIGINT[]"
        rows = f"SELECT * FROM ({rows}) QUALIFY row_number() OVER (PARTITION BY pack, reason ORDER BY message) = 1"
    words = (
        "CASE WHEN len(found) = 0 THEN 'nothing' WHEN $quoted[reason] AND NOT $hidden[reason] "
        "THEN array_to_string(list_transform(found, lambda v: '''' || v || ''''), ', ') "
        "ELSE array_to_string(found, ', ') END"
    )
    connection.execute(
        f"INSERT INTO {FINDINGS} SELECT {messages}, pack, $rule, $outcomes[reason], $level, $severity, "
        "list_reduce($pieces[reason], lambda said, rest: said || words || rest), nullif($expected[reason], ''), found, "
        "$hidden[reason] AND len(found) > 0 "
        f"FROM (SELECT *, {words} AS words FROM ({rows})) ORDER BY message",
        parameters,
    )


def _worded(rule: ArchiveRule | Rule, reason: Reason) -> Reason:
    """
    The reason in the words of the rule, where it has some.
    """
    if reason.outcome is not Outcome.FAIL:
        return reason
    says = reason.says
    if rule.message is not None:
        says = rule.message.replace("{expected}", reason.expected)
        says = says.replace("{selector}", reason.place or "").replace("{display}", "")
    elif isinstance(rule, Rule) and reason.expected:
        says = f"{says}; expected {reason.expected}."
    return reason._replace(says=says)
