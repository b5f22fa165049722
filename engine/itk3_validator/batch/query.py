"""
What somebody asks of a run in SQL: it is answered from its tables, and changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import duckdb

from itk3_validator.batch.sql import connect
from itk3_validator.errors import CallInvalid

_AT_A_TIME = 1_000


class Answer(NamedTuple):
    """
    The names of the columns, and the rows in blocks as they are found.
    """

    columns: tuple[str, ...]
    blocks: Iterator[list[tuple[Any, ...]]]


@contextmanager
def ask(path: Path, sql: str) -> Iterator[Answer]:
    """
    The answer to one SELECT.

    Raises:
        CallInvalid: There is no such run, or the SQL cannot be run, or is more than one question.
    """
    with connect(path) as connection:
        try:
            statements = connection.extract_statements(sql)
            # Not EXPLAIN: with ANALYZE it runs what it explains, and COPY writes to any file that may be read.
            if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
                raise CallInvalid("ask one SELECT; a run is only read")
            _check_that_it_only_reads(connection, statements[0].query)
            connection.execute(statements[0])
            columns = tuple(str(each[0]) for each in connection.description or ())
            yield Answer(columns, _blocks(connection))
        except duckdb.Error as error:
            raise CallInvalid(f"the SQL cannot be run: {error}") from None


def _check_that_it_only_reads(connection: duckdb.DuckDBPyConnection, select: str) -> None:
    """
    WITH may hold COPY (DuckDB 2.0), which writes to any file that may be read; but only at the top of a statement, so
    it is refused here, where the SELECT stands inside another one and is not run.
    """
    connection.execute(f"EXPLAIN SELECT * FROM (\n{select.rstrip().rstrip(';')}\n)")  # noqa: S608


def _blocks(connection: duckdb.DuckDBPyConnection) -> Iterator[list[tuple[Any, ...]]]:
    while block := connection.fetchmany(_AT_A_TIME):
        yield block
