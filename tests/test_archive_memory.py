"""
Rules over a large archive take no more memory than over a small one.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pytest

from itk3_validator import load_packs
from itk3_validator.archive.keys import keys_of
from itk3_validator.archive.run import run

PACK = "gpcm-sd-oc"
# A report, and the response to it. Every hundredth report has the id of the one before, and no response.
IS_REPORT = "range % 2 = 0"
IS_AGAIN = "(range % 200 IN (198, 199))"
ID = f"md5((CASE WHEN {IS_AGAIN} THEN range - 2 ELSE range END)::VARCHAR)"
ANSWERED = f"CASE WHEN {IS_AGAIN} THEN 'nobody' ELSE md5((range - 1)::VARCHAR) END"
REFERENCE = "md5('s' || range // 2)"
OF_ALL = {
    "MessageId": ID,
    "SenderReference": REFERENCE,
    "SenderReference-returnable": REFERENCE,
    "RecipientType-code": "'FA'",
    "BusAckRequested": "'true'",
    "InfAckRequested": "'false'",
    "source-endpoint": "'E' || range % 200",
}
OF_REPORTS = {"document-identifier": "md5('d' || range)"}
OF_RESPONSES = {
    "response": "NULL",
    "response-identifier": ANSWERED,
    "response-code": "'ok'",
    "ResponseCode": "'30001'",
}


@contextmanager
def archive(number: int, memory: str, spill: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """
    So many messages, which are computed whenever they are read, in a DuckDB that may hold so much.
    """
    settings = {"memory_limit": memory, "threads": 1, "temp_directory": str(spill), "preserve_insertion_order": False}
    connection = duckdb.connect(config=settings)
    connection.execute(
        f"CREATE VIEW messages AS SELECT range AS message, '{PACK}' AS pack, "
        f"CASE WHEN {IS_REPORT} THEN 'report' ELSE 'response' END AS interaction, {ID} AS message_id, "
        f"CASE WHEN NOT {IS_REPORT} THEN {ANSWERED} END AS response_identifier, "
        f"TIMESTAMP '2024-01-01' + to_seconds(range * 60) AS instant FROM range({number:d})"
    )
    places = [
        f"SELECT range AS message, '{name}' AS name, ({value})::VARCHAR AS value FROM range({number:d}) WHERE {where}"
        for values, where in ((OF_ALL, "true"), (OF_REPORTS, IS_REPORT), (OF_RESPONSES, f"NOT ({IS_REPORT})"))
        for name, value in values.items()
    ]
    connection.execute(f"CREATE VIEW keys AS {' UNION ALL '.join(places)}")
    try:
        yield connection
    finally:
        connection.close()


def test_every_key_of_the_pack_is_made():
    """
    Otherwise the archive below would be easier than a real one; what tells an unreadable message hardly any has.
    """
    assert {key.name for key in keys_of(load_packs([PACK]))} - {"unreadable"} == {*OF_ALL, *OF_REPORTS, *OF_RESPONSES}


@pytest.mark.long
@pytest.mark.parametrize("number", [20_000, 100_000])
def test_memory_does_not_grow_with_messages(tmp_path, number):
    """
    What suffices for some thousand messages suffices for many, and every message is counted.
    """
    with archive(number, "48MB", tmp_path) as connection:
        run(connection, load_packs([PACK]))
        counted = connection.execute("SELECT rule, interaction, outcome, messages FROM archive_outcomes").fetchall()
    found = {(rule, kind, outcome): messages for rule, kind, outcome, messages in counted}
    again = number // 200

    assert found["ITK-ResponseCodes-1#20007", "report", "fail"] == again
    assert found["GPCM-SD-OC-155", "response", "pass"] == number // 2 - 2 * again
    # A request that is not there, and two of one id with a SenderReference each.
    assert found["GPCM-SD-OC-155", "response", "undecided"] == 2 * again
    assert found["GPCM-SD-OC-143/3", "report", "pass"] == number // 2
