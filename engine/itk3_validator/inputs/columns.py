"""
What the columns of tables are called.
"""

from __future__ import annotations

from itk3_validator.value import Row


class Columns(Row):
    """
    The columns of tables (Parquet, NDJSON).

    Args:
        message: what holds the messages; without it the one column that holds XML.

        name: what a message is called after; without it the number of its row or line, from 1.
    """

    message: str | None = None
    name: str | None = None


GUESSED = Columns()
