"""
Runs made by hand: the tables of a batch run with known contents, as Parquet files.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
from pyarrow import parquet

from itk3_validator import load_packs
from itk3_validator.batch.schema import TABLES

Row = Mapping[str, Any]


def write_run(folder: Path, **tables: Iterable[Row]) -> Path:
    """
    A run of these tables; a table that is not named is empty.
    """
    for name, schema in TABLES.items():
        (folder / name).mkdir(parents=True)
        rows = [dict(row) for row in tables.get(name, ())]
        parquet.write_table(pa.Table.from_pylist(rows, schema=schema), folder / name / "0.parquet")
    return folder


def views(folder: Path) -> duckdb.DuckDBPyConnection:
    """
    A connection with the tables of a run as views.
    """
    connection = duckdb.connect()
    for each in sorted(folder.iterdir()):
        connection.execute(f"CREATE VIEW {each.name} AS FROM read_parquet('{each}/*.parquet')")
    return connection


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def message(number: int, **fields: Any) -> Row:
    made = {
        "message": number,
        "source": f"in/{number}.xml",
        "bytes": 1_000,
        "pack": "gpcm-sd-oc",
        "pack_version": "1.0.0",
        "interaction": "report",
        "verdict": "valid",
        "sender": "A11111",
        "instant": at("2026-03-01T12:00"),
    }
    return {**made, **fields}


def finding(number: int, rule: str, **fields: Any) -> Row:
    made = {
        "message": number,
        "pack": "gpcm-sd-oc",
        "rule": rule,
        "outcome": "fail",
        "level": "MUST",
        "severity": "error",
        "says": "BusAckRequested is 'false'; expected 'true'.",
        "xpath": "/f:Bundle/f:entry[1]",
        "line": 26,
        "column": 27,
        "expected": "'true'",
        "found": ["false"],
        "masked": False,
    }
    return {**made, **fields}


def counted(rule: str, **outcomes: int) -> list[Row]:
    made = {"pack": "gpcm-sd-oc", "interaction": "report", "rule": rule}
    return [{**made, "outcome": name.replace("_", "-"), "messages": each} for name, each in outcomes.items()]


def rule(name: str, **fields: Any) -> Row:
    made = {"pack": "gpcm-sd-oc", "rule": name, "text": f"{name} holds.", "level": "MUST", "severity": "error"}
    return {**made, "source": "ITK3 header requirements", "title": "GP Connect", **fields}


LOST = {"pack": None, "pack_version": None, "interaction": None, "sender": None, "instant": None}

SMALL: Mapping[str, list[Row]] = {
    "messages": [
        message(0),
        message(1, verdict="invalid", source="year.zip!/b/1.xml", errors=2),
        message(2, verdict="invalid", source="year.zip!/2.xml", sender="B22222", instant=at("2026-03-03T00:00")),
        message(3, verdict="undecided", interaction="response", response_code="30001"),
        message(4, verdict="invalid", interaction="response", response_code="30001"),
        message(5, **LOST, verdict="unreadable", reason="a tag is not closed", source="plain.xml"),
        message(6, **LOST, verdict="unreadable", reason="a tag is not closed"),
        message(7, **LOST, verdict="unrecognised", reason="no pack knows it"),
        message(8, verdict="error", pack="itk3-message", interaction="message", reason="it took longer than 10 s"),
    ],
    "rules": [
        rule("GPCM-SD-OC-143", remedy="Set valueBoolean to true.", link="https://example.org/143"),
        rule("GPCM-SD-OC-9", level="SHOULD", severity="warning"),
        rule("GPCM-SD-OC-155", remedy="Echo it."),
        rule("GPCM-SD-OC-150"),
        rule("GPCM-SD-OC-151"),
        rule("A", pack="itk3-message"),
        rule("OPL-1", pack="itk3-outpatient-letter"),
    ],
    "outcomes": [
        *counted("GPCM-SD-OC-143", fail=2, **{"pass": 2}, not_applicable=1),
        *counted("GPCM-SD-OC-9", fail=1, **{"pass": 3}, waived=1),
        *counted("GPCM-SD-OC-155", undecided=2, not_applicable=3),
        {**counted("GPCM-SD-OC-155", not_applicable=1)[0], "interaction": "response"},
        *counted("GPCM-SD-OC-150", **{"pass": 5}),
        {**counted("A", error=1)[0], "pack": "itk3-message"},
    ],
    "findings": [
        finding(1, "GPCM-SD-OC-143", line=90),
        finding(1, "GPCM-SD-OC-143"),
        finding(2, "GPCM-SD-OC-143"),
        finding(1, "GPCM-SD-OC-9", severity="warning"),
        finding(4, "GPCM-SD-OC-9", outcome="waived", found=["***"], masked=True),
        finding(3, "GPCM-SD-OC-155", outcome="undecided", xpath=None, line=None, column=None, expected=None, found=[]),
        finding(8, "A", pack="itk3-message", outcome="error", says="It could not be run.", found=None, xpath=None),
    ],
}
ARCHIVE: Mapping[str, list[Row]] = {
    "archive_outcomes": [*counted("GPCM-SD-OC-155", fail=1, **{"pass": 1})],
    "archive_findings": [
        {
            **{
                key: value
                for key, value in finding(4, "GPCM-SD-OC-155").items()
                if key in TABLES["archive_findings"].names
            },
            "messages": [4, 0],
            "says": "SenderReference is not that of the request.",
        }
    ],
    "archive_coverage": [
        {"pack": "gpcm-sd-oc", "rule": "GPCM-SD-OC-169", "code": "30001", "display": "Patient known", "messages": 2},
        {"pack": "gpcm-sd-oc", "rule": "GPCM-SD-OC-169", "code": "30002", "display": None, "messages": 0},
    ],
}


def year(messages: int) -> duckdb.DuckDBPyConnection:
    """
    A connection with the tables of a year of messages, made by DuckDB: every 97th message breaks one of 40 rules.
    """
    connection = duckdb.connect()
    for name, schema in TABLES.items():
        if name.startswith("archive_"):
            connection.register("none", schema.empty_table())
            connection.execute(f"CREATE TABLE {name} AS FROM none")
            connection.unregister("none")
    rules = [
        {"pack": pack.name, "rule": each.id, "text": each.text, "level": each.level, "severity": str(each.severity)}
        | {"source": each.source, "link": each.link, "remedy": each.remedy, "title": pack.title}
        for pack in load_packs(["gpcm-sd-oc"])
        for each in pack.rules
    ]
    connection.register("made", pa.Table.from_pylist(rules, schema=TABLES["rules"]))
    connection.execute("CREATE TABLE rules AS FROM made")
    connection.execute(
        """
        CREATE TABLE messages AS SELECT range AS message,
            format('archive-{}.zip!/in/{}.xml', range * 12 // $messages + 1, range) AS source,
            9000 + range % 500 AS bytes,
            CASE WHEN range % 5000 = 7 THEN NULL ELSE 'gpcm-sd-oc' END AS pack, '1.0.0' AS pack_version,
            CASE WHEN range % 2 = 0 THEN 'report' ELSE 'response' END AS interaction,
            CASE WHEN range % 5000 = 7 THEN 'unreadable' WHEN range % 97 = 0 THEN 'invalid'
                 WHEN range % 31 = 0 THEN 'undecided' ELSE 'valid' END AS verdict,
            CASE WHEN range % 5000 = 7 THEN 'not well-formed XML: a tag is not closed' END AS reason,
            CASE WHEN range % 2 = 1 THEN (30001 + range % 18)::VARCHAR END AS response_code,
            CASE WHEN range % 5000 <> 7 THEN format('A{:05d}', (range * range) % 400) END AS sender,
            CASE WHEN range % 5000 <> 7
                 THEN TIMESTAMP '2025-04-01' + to_seconds((range * 31536000 // $messages)::BIGINT) END AS instant
        FROM range($messages)
        """,
        {"messages": messages},
    )
    connection.execute(
        """
        CREATE TABLE broken AS SELECT message, interaction, rule
        FROM messages JOIN (SELECT rule, row_number() OVER (ORDER BY rule) AS number FROM rules) AS numbered
            ON number = (message // 97) % 40 + 1
        WHERE message % 97 = 0 AND pack IS NOT NULL
        """
    )
    connection.execute(
        """
        CREATE TABLE findings AS SELECT message, 'gpcm-sd-oc' AS pack, rule, 'fail' AS outcome, 'MUST' AS level,
            'error' AS severity, 'BusAckRequested is ''false''; expected ''true''.' AS says,
            '/f:Bundle/f:entry[1]/f:resource/f:MessageHeader/f:extension/f:extension[1]/f:valueBoolean/@value' AS xpath,
            26 AS line, 27 AS "column", '''true''' AS expected, ['false'] AS found, false AS masked
        FROM broken, range(2)
        """
    )
    connection.execute(
        """
        CREATE TABLE outcomes AS
        SELECT 'gpcm-sd-oc' AS pack, interaction, rule, 'fail' AS outcome, count(*) AS messages FROM broken GROUP BY ALL
        UNION ALL BY NAME
        SELECT 'gpcm-sd-oc' AS pack, every.interaction, every.rule, 'pass' AS outcome,
            every.messages - coalesce(failed.messages, 0) AS messages
        FROM (SELECT interaction, rule, count(*) AS messages
              FROM rules, messages WHERE messages.pack IS NOT NULL GROUP BY ALL) AS every
        LEFT JOIN (SELECT interaction, rule, count(*) AS messages FROM broken GROUP BY ALL) AS failed
            USING (interaction, rule)
        """
    )
    return connection


BAD = "</p><script>alert(1)</script><img src=x onerror=alert(2)>\" ' & \x1b[31m \u202e \x00 ]]> =1+1"


def hostile(fields: Mapping[str, list[Row]]) -> Mapping[str, list[Row]]:
    """
    The same tables, with a hostile text wherever a message, a name or a pack could put one.
    """
    free = {"source", "reason", "sender", "response_code", "says", "xpath", "expected", "text", "level", "title"}
    free |= {"link", "remedy", "pack_version", "interaction", "code", "display"}
    return {name: [{**row, **_bad(row, free)} for row in rows] for name, rows in fields.items()}


def _bad(row: Row, free: Iterable[str]) -> Row:
    made: dict[str, Any] = {name: BAD for name in free if row.get(name) is not None}
    for name in ("pack", "rule"):
        if row.get(name) is not None:
            made[name] = f"{row[name]}{BAD}"
    return {**made, "found": [BAD] * 7} if row.get("found") else made
