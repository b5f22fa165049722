"""
Archives for tests: the tables of a run made of a few rows, and what the rules over the archive come to on them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import duckdb

from itk3_validator import RulePack
from itk3_validator.archive.run import run


class Sent(NamedTuple):
    """
    One message of an archive; *at* is a day and an hour of May 2024, `3 10:15`, or nothing where it cannot be read.
    """

    id: str | None
    at: str | None = "1 12:00"
    answers: str | None = None
    interaction: str = "report"
    keys: Mapping[str, Sequence[str | None]] = {}
    pack: str | None = "small"


class Found(NamedTuple):
    """
    What a run over an archive has made, as rows.
    """

    connection: duckdb.DuckDBPyConnection
    packs: tuple[RulePack, ...]

    def outcomes(self, rule: str) -> dict[str, int]:
        """
        How many messages came to each outcome.
        """
        return dict(
            self._rows("SELECT outcome, sum(messages)::INT FROM archive_outcomes WHERE rule = ? GROUP BY 1", rule)
        )

    def findings(self, rule: str, outcome: str = "fail") -> list[tuple[list[int], str]]:
        """
        The messages and the sentence of each finding.
        """
        return self._rows(
            "SELECT messages, says FROM archive_findings WHERE rule = ? AND outcome = ? ORDER BY ALL", rule, outcome
        )

    def of(self, rule: str, message: int) -> str:
        """
        The outcome of one message; a pass where nothing is told of it.
        """
        told = self._rows("SELECT outcome FROM archive_findings WHERE rule = ? AND messages[1] = ?", rule, message)
        return told[0][0] if told else "pass"

    def coverage(self, rule: str) -> dict[str, int]:
        return dict(self._rows("SELECT code, messages FROM archive_coverage WHERE rule = ?", rule))

    def _rows(self, sql: str, *parameters: Any) -> list[Any]:
        return self.connection.execute(sql, parameters).fetchall()


def archive(messages: Iterable[Sent], packs: Iterable[RulePack], **more: Any) -> Found:
    """
    Run the rules over an archive that holds these messages, numbered from 0.
    """
    connection = duckdb.connect(config={"enable_external_access": "false", "threads": "1"})
    connection.execute(
        "CREATE TABLE messages (message BIGINT, pack VARCHAR, interaction VARCHAR, message_id VARCHAR,"
        " response_identifier VARCHAR, instant TIMESTAMP)"
    )
    connection.execute("CREATE TABLE keys (message BIGINT, name VARCHAR, value VARCHAR)")
    for number, each in enumerate(messages):
        day, _, clock = (each.at or "").partition(" ")
        at = datetime.fromisoformat(f"2024-05-{int(day):02}T{clock}:00") if each.at else None
        row = [number, each.pack, each.interaction if each.pack else None, each.id, each.answers, at]
        connection.execute("INSERT INTO messages VALUES (?, ?, ?, ?, ?, ?)", row)
        for name, values in each.keys.items():
            for value in values:
                connection.execute("INSERT INTO keys VALUES (?, ?, ?)", [number, name, value])
    asked = tuple(packs)
    run(connection, asked, **more)
    return Found(connection, asked)
