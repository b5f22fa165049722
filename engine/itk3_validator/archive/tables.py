"""
The tables that every rule over the archive begins at: who is judged by which pack, who answers whom, and since when.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from itk3_validator.pack.model import RulePack

SUBJECTS = "archive_subjects"
REQUESTS = "archive_requests"
ANSWERS = "archive_answers"
EXTENT = "archive_extent"
TABLES = (SUBJECTS, REQUESTS, ANSWERS, EXTENT)

# Of messages with the same id, and of answers to one id, so many are looked at: the work stays linear.
_MOST_REQUESTS = 10
_MOST_ANSWERS = 100

# Of so many messages one may have an impossible time, and so many at most.
_ONE_IN = 1_000
_MOST_ODD = 1_000

_IDENTIFIED = "message_id IS NOT NULL AND message_id <> ''"
_ANSWERING = "response_identifier IS NOT NULL AND response_identifier <> ''"


def make_tables(connection: Any, packs: Sequence[RulePack]) -> None:
    """
    Make the tables, from ``messages``.

    A response that a general pack judged is looked at by the pack of its request as well, where that says what kind of
    message answers it: alone, nobody could know.
    """
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {REQUESTS} AS "
        "SELECT message_id AS id, message, instant, pack, interaction, "
        "row_number() OVER (PARTITION BY message_id ORDER BY instant NULLS LAST, message) AS nth FROM messages "
        # Those that nobody answers are not looked up, and the fewer there are the less a join holds in memory.
        f"WHERE {_IDENTIFIED} AND message_id IN (SELECT response_identifier FROM messages WHERE {_ANSWERING}) "
        f"QUALIFY nth <= {_MOST_REQUESTS}"
    )
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {ANSWERS} AS "
        "SELECT response_identifier AS id, message, instant FROM messages "
        f"WHERE {_ANSWERING} "
        "QUALIFY row_number() OVER (PARTITION BY response_identifier ORDER BY instant NULLS LAST, message) "
        f"<= {_MOST_ANSWERS}"
    )
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
    adopting = _adopting(packs)
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {SUBJECTS} AS WITH "
        "adopting AS (SELECT unnest($packs) AS pack, unnest($kinds) AS interaction, unnest($answered) AS answered, "
        "unnest($general) AS general), "
        "adopted AS (SELECT m.message, a.pack, a.interaction FROM messages m "
        f"JOIN {REQUESTS} r ON r.id = m.response_identifier AND r.message <> m.message "
        "JOIN adopting a ON a.pack = r.pack AND a.answered = r.interaction AND a.general = m.pack "
        "QUALIFY row_number() OVER (PARTITION BY m.message ORDER BY r.message, a.pack, a.interaction) = 1) "
        "SELECT m.message, m.pack AS judged, m.pack, m.interaction, a.pack AS adopter, false AS adopted, m.instant, "
        "nullif(m.message_id, '') AS id, nullif(m.response_identifier, '') AS answers "
        "FROM messages m LEFT JOIN adopted a USING (message) WHERE m.pack IS NOT NULL "
        "UNION ALL SELECT m.message, m.pack, a.pack, a.interaction, a.pack, true, m.instant, "
        "nullif(m.message_id, ''), nullif(m.response_identifier, '') FROM messages m JOIN adopted a USING (message)",
        adopting,
    )


def drop_tables(connection: Any) -> None:
    """
    Take away what ``make_tables`` made.
    """
    for name in TABLES:
        connection.execute(f"DROP TABLE IF EXISTS {name}")


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
