"""
The clock: the one place in the package that asks what day it is.
"""

from __future__ import annotations

from datetime import date, datetime


def today() -> date:
    """
    The day here.
    """
    return datetime.now().astimezone().date()
