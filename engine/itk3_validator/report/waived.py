"""
Why a result is not held against its message, and what the waivers of a run came to.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from itk3_validator.finding import Outcome

if TYPE_CHECKING:
    from datetime import date


class Waived(NamedTuple):
    """
    Why one result is waived. *by* is ``waiver`` or ``baseline``; *was* is the outcome without it.

    *file* and *line* are those of the waiver; of a baseline the file alone.
    """

    by: str
    was: Outcome
    reason: str
    file: str
    line: int | None = None
    owner: str | None = None
    expires: date | None = None

    def in_words(self) -> str:
        """
        The reason, whose it is, until when, and where that is written.
        """
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        until = f" until {self.expires.isoformat()}" if self.expires is not None else ""
        owner = f"; {self.owner}{until}" if self.owner is not None else until
        return f"{self.reason}{owner} ({place})"


class Standing(StrEnum):
    """
    What a waiver came to in a run. Only a used one has waived anything.
    """

    USED = "used"
    UNUSED = "unused"
    EXPIRED = "expired"
    UNKNOWN = "unknown"


class WaiverNote(NamedTuple):
    """
    One waiver after a run, as it is written and what it came to.

    *results* counts what it waived; of an expired one what it would have waived. *why* is empty for a used one.
    """

    rule: str
    pack: str | None
    interaction: str | None
    sender: str | None
    source: str | None
    reason: str
    owner: str
    expires: date
    file: str
    line: int
    column: int
    standing: Standing
    results: int
    why: str
