"""
The tables of a run: their names, columns and types. `docs/batch.md` says what stands in them.
"""

from __future__ import annotations

from typing import Final

import pyarrow as pa


def _table(*columns: tuple[str, pa.DataType]) -> pa.Schema:
    return pa.schema([pa.field(name, kind) for name, kind in columns])


_TEXT: Final = pa.string()
_TEXTS: Final = pa.list_(pa.field("item", _TEXT))
_NUMBER: Final = pa.int64()
_NUMBERS: Final = pa.list_(pa.field("item", _NUMBER))
_SMALL: Final = pa.int32()
_FLAG: Final = pa.bool_()
# UTC, without saying so in the type: DuckDB needs more libraries for a timestamp with a zone.
_INSTANT: Final = pa.timestamp("us")

MESSAGES: Final = _table(
    ("message", _NUMBER),
    ("source", _TEXT),
    ("digest", _TEXT),
    ("bytes", _NUMBER),
    ("pack", _TEXT),
    ("pack_version", _TEXT),
    ("interaction", _TEXT),
    ("verdict", _TEXT),
    ("reason", _TEXT),
    ("message_id", _TEXT),
    ("response_identifier", _TEXT),
    ("response_status", _TEXT),
    ("sender", _TEXT),
    ("sender_endpoint", _TEXT),
    ("sender_reference", _TEXT),
    ("event", _TEXT),
    ("response_code", _TEXT),
    ("timestamp", _TEXT),
    ("instant", _INSTANT),
    ("document_id", _TEXT),
    ("bus_ack_requested", _FLAG),
    ("inf_ack_requested", _FLAG),
    ("errors", _SMALL),
    ("warnings", _SMALL),
    ("undecided", _SMALL),
)
FINDINGS: Final = _table(
    ("message", _NUMBER),
    ("pack", _TEXT),
    ("rule", _TEXT),
    ("outcome", _TEXT),
    ("level", _TEXT),
    ("severity", _TEXT),
    ("says", _TEXT),
    ("xpath", _TEXT),
    ("line", _SMALL),
    ("column", _SMALL),
    ("expected", _TEXT),
    ("found", _TEXTS),
    ("masked", _FLAG),
)
OUTCOMES: Final = _table(
    ("pack", _TEXT),
    ("interaction", _TEXT),
    ("rule", _TEXT),
    ("outcome", _TEXT),
    ("messages", _NUMBER),
)
KEYS: Final = _table(
    ("message", _NUMBER),
    ("name", _TEXT),
    ("value", _TEXT),
)
RULES: Final = _table(
    ("pack", _TEXT),
    ("rule", _TEXT),
    ("text", _TEXT),
    ("level", _TEXT),
    ("severity", _TEXT),
    ("source", _TEXT),
    ("link", _TEXT),
    ("remedy", _TEXT),
    ("title", _TEXT),
)
ARCHIVE_OUTCOMES: Final = _table(
    ("pack", _TEXT),
    ("interaction", _TEXT),
    ("rule", _TEXT),
    ("outcome", _TEXT),
    ("messages", _NUMBER),
)
ARCHIVE_FINDINGS: Final = _table(
    ("messages", _NUMBERS),
    ("pack", _TEXT),
    ("rule", _TEXT),
    ("outcome", _TEXT),
    ("level", _TEXT),
    ("severity", _TEXT),
    ("says", _TEXT),
    ("expected", _TEXT),
    ("found", _TEXTS),
    ("masked", _FLAG),
)
ARCHIVE_COVERAGE: Final = _table(
    ("pack", _TEXT),
    ("rule", _TEXT),
    ("code", _TEXT),
    ("display", _TEXT),
    ("messages", _NUMBER),
)

# Columns that seldom hold the same twice.
ALWAYS_OTHER: Final = frozenset(
    {
        "message",
        "source",
        "digest",
        "bytes",
        "message_id",
        "response_identifier",
        "sender_reference",
        "timestamp",
        "instant",
        "document_id",
        "value",
    }
)

TABLES: Final = {
    "messages": MESSAGES,
    "findings": FINDINGS,
    "outcomes": OUTCOMES,
    "keys": KEYS,
    "rules": RULES,
    "archive_outcomes": ARCHIVE_OUTCOMES,
    "archive_findings": ARCHIVE_FINDINGS,
    "archive_coverage": ARCHIVE_COVERAGE,
}
