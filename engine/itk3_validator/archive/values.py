"""
Values side by side: a row a message with a list for each key, made from the table ``keys``, which has a row a node.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

VALUES: Final = "archive_values"

# Messages at a time: what is grouped stays in memory, and so do a few steps of each table that is made.
STEP: Final = 25_000


def columns_of(names: Mapping[str, bool]) -> Mapping[str, str]:
    """
    Key to the column that holds its values.
    """
    return {name: f"k{at}" for at, name in enumerate(names)}


def steps(connection: Any) -> Iterator[str]:
    """
    Conditions of which one holds for each message; there is one at least.
    """
    last = connection.execute("SELECT max(message) FROM messages").fetchall()[0][0] or 0
    for first in range(0, last + 1, STEP):
        yield f"message BETWEEN {first:d} AND {first + STEP - 1:d}"


def make_values(connection: Any, kept: Mapping[str, str], where: str) -> None:
    """
    Make the table of values of some messages: ``message``, and for each column of *kept*, with the key that it is for,
    a list of VARCHAR, an element a node; NULL, where there is none.
    """
    if not kept:
        connection.execute(f"CREATE OR REPLACE TEMP TABLE {VALUES} AS SELECT 0::BIGINT AS message WHERE false")
        return
    # Nearly every message has one value at a place. Lists are slow to collect, and cannot be moved out of memory.
    grouped = ", ".join(
        f"max(value) FILTER (WHERE name = ${at}) AS v_{at}, count(*) FILTER (WHERE name = ${at}) AS n_{at}"
        for at in kept
    )
    single = ", ".join(f"CASE WHEN n_{at} = 1 THEN [v_{at}] END AS {at}" for at in kept)
    several = ", ".join(f"list(value) FILTER (WHERE name = ${at}) AS {at}" for at in kept)
    most = f"greatest({', '.join(f'n_{at}' for at in kept)})"
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {VALUES} AS "
        f"WITH grouped AS MATERIALIZED (SELECT message, {grouped} FROM keys WHERE {where} GROUP BY message) "
        f"SELECT message, {single} FROM grouped WHERE {most} <= 1 "
        f"UNION ALL SELECT message, {several} FROM keys WHERE {where} "
        f"AND message IN (SELECT message FROM grouped WHERE {most} > 1) GROUP BY message",
        dict(kept),
    )
