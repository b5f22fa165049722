"""
What somebody asks of a run in SQL: it is answered from its tables, and changes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import duckdb

from itk3_validator.archive.connection import Connection, OutOfTime
from itk3_validator.batch.sql import connect
from itk3_validator.errors import CallInvalid

_AT_A_TIME = 1_000
_LINE = re.compile(r"^LINE (\d+):", re.MULTILINE)


class Answer(NamedTuple):
    """
    The names of the columns, and the rows in blocks as they are found.
    """

    columns: tuple[str, ...]
    blocks: Iterator[list[tuple[Any, ...]]]


@contextmanager
def ask(path: Path, sql: str, *, time_limit: float | None = None) -> Iterator[Answer]:
    """
    The answer to one SELECT.

    Args:
        time_limit: the longest, in seconds, that it may take until its last row was fetched.

    Raises:
        CallInvalid: There is no such run, or the SQL cannot be run, is more than one question, or takes too long.
    """
    try:
        with connect(path, time_limit=time_limit) as connection:
            statements = connection.do(lambda duckdb: duckdb.extract_statements(sql))
            # Not EXPLAIN: with ANALYZE it runs what it explains, and COPY writes to any file that may be read.
            if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
                raise CallInvalid("ask one SELECT; a run is only read")
            _check_that_it_only_reads(connection, statements[0].query)
            connection.execute(statements[0])
            yield Answer(connection.columns, connection.blocks(_AT_A_TIME))
    except OutOfTime:
        raise CallInvalid(
            f"the SQL took longer than {time_limit:g} s; ask for less, or allow more with --time-limit"
        ) from None
    except duckdb.Error as error:
        raise CallInvalid(f"the SQL cannot be run: {error}") from None


def _check_that_it_only_reads(connection: Connection, select: str) -> None:
    """
    WITH may hold COPY (DuckDB 2.0), which writes to any file that may be read; but only at the top of a statement, so
    it is refused here, where the SELECT stands inside another one and is not run.
    """
    try:
        connection.execute(f"EXPLAIN SELECT * FROM (\n{select.rstrip().rstrip(';')}\n)")  # noqa: S608
    except duckdb.Error as error:
        raise CallInvalid(f"the SQL cannot be run: {_LINE.sub(_line_before, str(error))}") from None


def _line_before(line: re.Match[str]) -> str:
    """
    Lines are told as they were written; as many characters, for the caret below.
    """
    return f"LINE {int(line[1]) - 1}:".ljust(len(line[0]))
