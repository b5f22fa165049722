"""
The clock: the one place in the package that asks what day and time it is.
"""

from __future__ import annotations

from datetime import UTC, date, datetime


def today() -> date:
    """
    The day here.
    """
    return datetime.now().astimezone().date()


def now() -> datetime:
    """
    The time, in UTC.
    """
    return datetime.now(UTC)
