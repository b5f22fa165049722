"""
The tables that every rule over the archive begins at: who is judged by which pack, who answers whom, and since when.

Ids of messages are texts of any length. Here they are numbers, so that no rule has to hold texts to find out who
answers whom; and beside each message stand its values, so that none has to look for these.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from itk3_validator.archive.gather import Job, Role, looked_up
from itk3_validator.archive.values import VALUES, make_values, steps
from itk3_validator.pack.model import RulePack

SUBJECTS: Final = "archive_subjects"
REQUESTS: Final = "archive_requests"
ANSWERS: Final = "archive_answers"
EXTENT: Final = "archive_extent"

# What subjects have beside values. `id`: the number of the message's own id, -1 where no message answers that;
# `answers`: the number of the id that it answers; `named`: the text of that; `several`: more than one message has it.
SUBJECT: Final = (
    *("message", "judged", "pack", "interaction", "adopter", "adopted", "instant"),
    *("id", "answers", "named", "several"),
)

_NUMBERED, _RANKED, _REPLIES, _ADOPTED, _IDS = (
    f"archive_{name}" for name in ("numbered", "ranked", "replies", "adopted", "ids")
)
_ON_THE_WAY: Final = (_NUMBERED, _RANKED, _REPLIES, _ADOPTED, _IDS, VALUES)

# Of messages with the same id, and of answers to one id, so many are looked at: the work stays linear.
_MOST_REQUESTS: Final = 10
_MOST_ANSWERS: Final = 100

# Of so many messages one may have an impossible time, and so many at most.
_ONE_IN: Final = 1_000
_MOST_ODD: Final = 1_000

_IDENTIFIED: Final = "message_id IS NOT NULL AND message_id <> ''"
_ANSWERING: Final = "response_identifier IS NOT NULL AND response_identifier <> ''"


def make_tables(connection: Any, packs: Sequence[RulePack], jobs: Sequence[Job], columns: Mapping[str, str]) -> None:
    """
    Make the tables, from ``messages`` and ``keys``, with the values that *jobs* look up of their messages.

    A response that a general pack judged is looked at by the pack of its request as well, where that says what kind of
    message answers it: alone, nobody could know.

    Args:
        columns: key to the column that holds its values.
    """
    _make_extent(connection)
    _make_numbered(connection)
    _make_ranked(connection)
    _make_adopted(connection, packs)
    _make_with_values(connection, {role: looked_up(jobs, role) for role in Role}, columns)
    _drop(connection, _ON_THE_WAY)


class Group(NamedTuple):
    """
    How many subjects are alike in what decides whether a rule is asked of them.
    """

    judged: str
    pack: str
    interaction: str | None
    adopted: bool
    messages: int


def groups(connection: Any) -> tuple[Group, ...]:
    """
    All subjects, counted.
    """
    columns = "judged, pack, interaction, adopted"
    return tuple(
        Group(*row)
        for row in connection.execute(f"SELECT {columns}, count(*) FROM {SUBJECTS} GROUP BY {columns}").fetchall()
    )


def drop_tables(connection: Any) -> None:
    """
    Take away what ``make_tables`` made.
    """
    _drop(connection, (SUBJECTS, REQUESTS, ANSWERS, EXTENT, *_ON_THE_WAY))


def _drop(connection: Any, tables: Sequence[str]) -> None:
    for name in tables:
        connection.execute(f"DROP TABLE IF EXISTS {name}")


def _make_extent(connection: Any) -> None:
    # A few messages with an impossible time must not make the archive look longer than it is. A quantile would keep
    # every time in memory.
    timed = connection.execute("SELECT count(instant) FROM messages").fetchall()[0][0]
    odd = min(timed // _ONE_IN, _MOST_ODD) + 1
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {EXTENT} AS SELECT min(instant, {odd:d})[-1] AS first, "
        f"max(instant, {odd:d})[-1] AS last, "
        f"count(*) FILTER (WHERE {_IDENTIFIED} AND NOT ({_ANSWERING})) AS requests, "
        f"count(*) FILTER (WHERE {_ANSWERING}) AS responses FROM messages"
    )


def _make_numbered(connection: Any) -> None:
    """
    Messages with numbers for ids: those that somebody answers have one above 0, so that the others are not looked up.
    """
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {_IDS} AS SELECT response_identifier AS text, row_number() OVER () AS number "
        f"FROM (SELECT DISTINCT response_identifier FROM messages WHERE {_ANSWERING})"
    )
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {_NUMBERED} AS SELECT m.message, m.pack, m.interaction, m.instant, "
        f"CASE WHEN {_IDENTIFIED} THEN coalesce(own.number, -1) END AS id, "
        f"other.number AS answers, other.text AS named FROM messages m LEFT JOIN {_IDS} own ON own.text = m.message_id "
        f"LEFT JOIN {_IDS} other ON other.text = m.response_identifier"
    )


def _make_ranked(connection: Any) -> None:
    """
    Messages that are answered, the earliest of an id first, and messages that answer.
    """
    order = "ORDER BY instant NULLS LAST, message"
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {_RANKED} AS SELECT id, message, instant, pack, interaction, "
        f"row_number() OVER (PARTITION BY id {order}) AS nth, count(*) OVER (PARTITION BY id) > 1 AS several "
        f"FROM {_NUMBERED} WHERE id > 0 QUALIFY nth <= {_MOST_REQUESTS}"
    )
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {_REPLIES} AS SELECT answers AS id, message, instant "
        f"FROM {_NUMBERED} WHERE answers IS NOT NULL "
        f"QUALIFY row_number() OVER (PARTITION BY answers {order}) <= {_MOST_ANSWERS}"
    )


def _make_adopted(connection: Any, packs: Sequence[RulePack]) -> None:
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {_ADOPTED} AS WITH "
        "adopting AS (SELECT unnest($packs) AS pack, unnest($kinds) AS interaction, unnest($answered) AS answered, "
        "unnest($general) AS general) "
        f"SELECT m.message, a.pack, a.interaction FROM {_NUMBERED} m "
        f"JOIN {_RANKED} r ON r.id = m.answers AND r.message <> m.message "
        "JOIN adopting a ON a.pack = r.pack AND a.answered = r.interaction AND a.general = m.pack "
        "QUALIFY row_number() OVER (PARTITION BY m.message ORDER BY r.message, a.pack, a.interaction) = 1",
        _adopting(packs),
    )


def _make_with_values(connection: Any, asked: Mapping[Role, Sequence[str]], columns: Mapping[str, str]) -> None:
    made = {Role.SUBJECT: (SUBJECTS, _SUBJECTS), Role.REQUEST: (REQUESTS, _RANKED), Role.ANSWER: (ANSWERS, _REPLIES)}
    kept = {columns[name]: name for names in asked.values() for name in names}
    begun = False
    for where in steps(connection):
        make_values(connection, kept, where)
        for role, (table, source) in made.items():
            values = "".join(f", v.{columns[name]}" for name in asked[role])
            begin = f"INSERT INTO {table}" if begun else f"CREATE OR REPLACE TEMP TABLE {table} AS"
            connection.execute(
                f"{begin} SELECT t.*{values} FROM (SELECT * FROM {source} WHERE {where}) t "
                f"LEFT JOIN {VALUES} v USING (message)"
            )
        begun = True


_SUBJECTS: Final = (
    f"(WITH n AS (SELECT *, answers IN (SELECT id FROM {_RANKED} WHERE several) AS several FROM {_NUMBERED}) "
    "SELECT n.message, n.pack AS judged, n.pack, n.interaction, a.pack AS adopter, false AS adopted, n.instant, n.id, "
    f"n.answers, n.named, n.several FROM n LEFT JOIN {_ADOPTED} a USING (message) WHERE n.pack IS NOT NULL "
    "UNION ALL SELECT n.message, n.pack, a.pack, a.interaction, a.pack, true, n.instant, n.id, n.answers, n.named, "
    f"n.several FROM n JOIN {_ADOPTED} a USING (message))"
)


def _adopting(packs: Sequence[RulePack]) -> dict[str, list[str]]:
    found = [
        (pack.name, each.name, each.answers, general)
        for pack in packs
        for each in pack.interactions.values()
        if each.answers is not None
        for general in pack.lineage
    ]
    # An empty list would have no type.
    found = found or [("", "", "", "")]
    return {name: [row[at] for row in found] for at, name in enumerate(("packs", "kinds", "answered", "general"))}
