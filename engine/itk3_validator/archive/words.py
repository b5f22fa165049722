"""
How what rules over the archive find is told to people.
"""

from __future__ import annotations

from itk3_validator.pack.archive_verbs import UNITS


def span(seconds: int) -> str:
    """
    A span of time as a rule writes it: ``14 days``, ``1 hour``.
    """
    for unit, length in reversed(UNITS.items()):
        # Nobody says two weeks of 14 days.
        if unit != "week" and seconds >= length and seconds % length == 0:
            number = seconds // length
            return f"{number} {unit}" if number == 1 else f"{number} {unit}s"
    return f"{seconds} seconds"
