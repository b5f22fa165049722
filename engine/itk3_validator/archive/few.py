"""
An archive of a few messages, made in memory: for the tests of packs and their proof.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from datetime import datetime
from typing import Any, NamedTuple

from itk3_validator.archive.connection import Connection
from itk3_validator.archive.keys import keys_of, rows
from itk3_validator.archive.places import PLACES, instant
from itk3_validator.archive.run import run
from itk3_validator.errors import CallInvalid
from itk3_validator.finding import Outcome
from itk3_validator.judgement import AND
from itk3_validator.pack.model import RulePack
from itk3_validator.report.model import Report

_COLUMNS = ("message_id", "response_identifier", "timestamp")


class Filed(NamedTuple):
    """
    One message as an archive keeps it; *keys* are the values at the places that rules compare.
    """

    pack: str
    interaction: str
    id: str | None
    answers: str | None
    instant: datetime | None
    keys: tuple[tuple[str, str | None], ...]


class Told(NamedTuple):
    """
    What a rule over the archive says: the outcome, the messages that it speaks of, and the sentence.
    """

    outcome: Outcome
    messages: tuple[int, ...]
    says: str


class Come(NamedTuple):
    """
    What rules came to over an archive: rule to what decides for all messages, and rule to its findings.
    """

    outcomes: Mapping[str, Outcome]
    told: Mapping[str, Sequence[Told]]


def filed(report: Report, packs: Iterable[RulePack]) -> Filed:
    """
    What an archive keeps of a message that was judged.
    """
    keys = keys_of(packs, show_values=True)
    places = [PLACES[column] for column in _COLUMNS]
    values = report.values_at([*places, *(key.name for key in keys)])
    id_, answers, at = (next((each for each in values[place] if each), None) for place in places)
    kept = tuple(rows(values, keys, b""))
    return Filed(report.pack or "", report.interaction or "", id_, answers, instant(at), kept)


def judge_few(messages: Sequence[Filed], packs: Iterable[RulePack]) -> Come:
    """
    What the rules come to over an archive of these messages.

    Raises:
        CallInvalid: DuckDB is not installed.
    """
    with closing(_connected()) as connection:
        counted, found = connection.do(lambda duckdb: _judged(duckdb, messages, packs))
    outcomes: dict[str, set[str]] = {}
    for rule, outcome in counted:
        outcomes.setdefault(rule, set()).add(outcome)
    told: dict[str, list[Told]] = {}
    for rule, outcome, spoken, says in found:
        told.setdefault(rule, []).append(Told(Outcome(outcome), tuple(spoken), says))
    decided = {rule: next(each for each in AND if each.value in had) for rule, had in outcomes.items()}
    return Come(decided, told)


def _judged(
    connection: Any, messages: Sequence[Filed], packs: Iterable[RulePack]
) -> tuple[list[tuple[str, str]], list[tuple[str, str, list[int], str]]]:
    """
    Rule and outcome, and rule, outcome, messages and sentence of each finding.
    """
    connection.execute(
        "CREATE TABLE messages (message BIGINT, pack VARCHAR, interaction VARCHAR, message_id VARCHAR,"
        " response_identifier VARCHAR, instant TIMESTAMP)"
    )
    connection.execute("CREATE TABLE keys (message BIGINT, name VARCHAR, value VARCHAR)")
    _insert(connection, "messages", [(number, *each[:5]) for number, each in enumerate(messages)])
    _insert(connection, "keys", [(number, *key) for number, each in enumerate(messages) for key in each.keys])
    made = run(connection, packs, show_values=True)
    counted = connection.execute(f"SELECT DISTINCT rule, outcome FROM {made.outcomes}").fetchall()
    found = connection.execute(
        f"SELECT rule, outcome, messages, says FROM {made.findings} ORDER BY rule, messages"
    ).fetchall()
    return counted, found


def _insert(connection: Any, table: str, values: Sequence[tuple[Any, ...]]) -> None:
    if values:
        places = ", ".join("?" for _ in values[0])
        connection.execute("BEGIN")
        connection.executemany(f"INSERT INTO {table} VALUES ({places})", values)
        connection.execute("COMMIT")


def _connected() -> Connection:
    try:
        import duckdb
    except ImportError:
        raise CallInvalid(
            "rules over the archive need DuckDB; install it with: pip install 'itk3-validator[batch]'"
        ) from None
    config = {"enable_external_access": "false", "threads": "1", "memory_limit": "200MB"}
    return Connection(duckdb.connect(config={**config, "autoinstall_known_extensions": "false"}))
