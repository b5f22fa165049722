"""
Which selector of a pack each column of the table `messages` is read at.
"""

from __future__ import annotations

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
