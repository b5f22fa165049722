"""
Which selector of a pack each column of the table `messages` is read at, and what becomes of a time.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Final

# Column to selector; a pack without that selector leaves the column null.
PLACES: Final = {
    "message_id": "MessageId",
    "response_identifier": "response-identifier",
    "response_status": "response-code",
    "sender": "sender-identifier",
    "sender_endpoint": "source-endpoint",
    "sender_reference": "SenderReference",
    "event": "event",
    "response_code": "ResponseCode",
    "timestamp": "timestamp",
    "document_id": "document-identifier",
    "bus_ack_requested": "BusAckRequested",
    "inf_ack_requested": "InfAckRequested",
}

_INSTANT: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?(?:Z|[+-][0-9]{2}:[0-9]{2})"
)
_UTC: Final = ("+00:00", "Z")


def instant(text: str | None) -> datetime | None:
    """
    A FHIR instant in UTC, without saying so; None where the text is none, or no clock of Python's knows it.
    """
    if text is None or not _INSTANT.fullmatch(text):
        return None
    try:
        if text.endswith(_UTC):
            # Most are; to take the zone from a time takes five times as long as to read one without.
            return datetime.fromisoformat(text.removesuffix(_UTC[0]).removesuffix(_UTC[1]))
        return datetime.fromisoformat(text).astimezone(UTC).replace(tzinfo=None)
    except (ValueError, OverflowError):
        return None
