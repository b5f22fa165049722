"""
Which pack speaks for a message of an archive, and how rules of several packs are counted.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from itk3_validator import Source, Validator, load_packs
from itk3_validator.archive.keys import keys_of, rows
from itk3_validator.archive.run import run

SAMPLES = Path(__file__).parent.parent / "samples" / "valid"
REPORT = (SAMPLES / "gpcm-sd-oc-primary.xml").read_bytes()
BUSINESS = (SAMPLES / "gpcm-sd-oc-business-response.xml").read_bytes()
REFERENCE = b"821207a9-a4ba-41dc-a7a2-d9bb5342f4da"


def judged(*messages: bytes) -> duckdb.DuckDBPyConnection:
    """
    The bundled packs over an archive of these messages, each recognised by itself.
    """
    packs = load_packs()
    validator = Validator()
    keys = keys_of(packs)
    connection = duckdb.connect()
    connection.execute(
        "CREATE TABLE messages (message BIGINT, pack VARCHAR, interaction VARCHAR, message_id VARCHAR,"
        " response_identifier VARCHAR, instant TIMESTAMP)"
    )
    connection.execute("CREATE TABLE keys (message BIGINT, name VARCHAR, value VARCHAR)")
    for number, data in enumerate(messages):
        report = validator.validate(Source("m", data))
        at = report.values_at(["MessageId", "response-identifier", "timestamp"])
        id_, answers, sent = (values[0] if values else None for values in at.values())
        instant = datetime.fromisoformat(sent or "").astimezone(UTC).replace(tzinfo=None)
        row = [number, report.pack, report.interaction, id_, answers, instant]
        connection.execute("INSERT INTO messages VALUES (?, ?, ?, ?, ?, ?)", row)
        for name, value in rows(report.values_at([key.name for key in keys]), keys, b"secret"):
            connection.execute("INSERT INTO keys VALUES (?, ?, ?)", [number, name, value])
    run(connection, packs)
    return connection


def outcomes(connection: duckdb.DuckDBPyConnection, rule: str) -> list[tuple[str, str, str, int]]:
    return connection.execute(
        "SELECT pack, interaction, outcome, messages FROM archive_outcomes WHERE rule = ? ORDER BY ALL", [rule]
    ).fetchall()


SAME = "RSP-ITK#MessageHeader.extension:ITKMessageHandling.SenderReference"


@pytest.mark.parametrize(
    ("response", "outcome"),
    [
        pytest.param(BUSINESS, "pass", id="the-same"),
        pytest.param(BUSINESS.replace(REFERENCE, b"another"), "fail", id="another"),
    ],
)
@pytest.mark.parametrize("turned", [False, True])
def test_the_pack_of_the_request_speaks_for_its_response(response, outcome, turned):
    """
    A response that the general pack judged is looked at by the rules of its request's pack, whatever the order; what
    that pack has dropped it says in its own words.
    """
    messages = [REPORT, response]
    connection = judged(*(reversed(messages) if turned else messages))

    assert outcomes(connection, "GPCM-SD-OC-155") == [
        ("gpcm-sd-oc", "report", "not-applicable", 1),
        ("gpcm-sd-oc", "response", outcome, 1),
    ]
    assert outcomes(connection, SAME) == [("itk3-acknowledgement", "response", "not-applicable", 1)]


def test_a_response_alone_is_the_general_packs():
    """
    Without the request nothing says which pack it belongs to.
    """
    connection = judged(BUSINESS)

    assert outcomes(connection, "GPCM-SD-OC-155") == []
    assert outcomes(connection, SAME) == [("itk3-acknowledgement", "response", "undecided", 1)]
