"""
Why a request is refused, as RFC 9457 says it (application/problem+json).
"""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Final

MEDIA_TYPE: Final = "application/problem+json"


class Problem(Exception):
    """
    Ends a request with a status and a sentence. The sentence goes to the caller and into no log.

    Attributes:
        reason: a word for metrics and logs, such as ``busy``.

        headers: what the answer says beside it.
    """

    def __init__(self, status: int, reason: str, detail: str, **headers: str) -> None:
        super().__init__(status, reason)
        self.status = status
        self.reason = reason
        self.detail = detail
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}

    def body(self, request_id: str) -> bytes:
        """
        The JSON of it.
        """
        title = HTTPStatus(self.status).phrase
        told = {"type": "about:blank", "title": title, "status": self.status, "reason": self.reason}
        return json.dumps({**told, "detail": self.detail, "request_id": request_id}).encode()


def mistake() -> Problem:
    """
    What a caller is told of an exception that nobody expected: nothing of it.
    """
    return Problem(500, "failed", "this is a mistake in the service")
