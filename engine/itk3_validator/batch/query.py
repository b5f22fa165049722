"""
What somebody asks of a run in SQL: it is answered from its tables, and changes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import Any, NamedTuple

import duckdb

from itk3_validator.batch.sql import connect
from itk3_validator.errors import CallInvalid

_AT_A_TIME = 1_000
# Seconds from one interruption to the next.
_AGAIN = 0.05
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
    with connect(path) as connection, _limited(connection, time_limit):
        try:
            statements = connection.extract_statements(sql)
            # Not EXPLAIN: with ANALYZE it runs what it explains, and COPY writes to any file that may be read.
            if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
                raise CallInvalid("ask one SELECT; a run is only read")
            _check_that_it_only_reads(connection, statements[0].query)
            connection.execute(statements[0])
            columns = tuple(str(each[0]) for each in connection.description or ())
            yield Answer(columns, _blocks(connection))
        except duckdb.InterruptException:
            if time_limit is None:
                raise KeyboardInterrupt from None
            raise CallInvalid(
                f"the SQL took longer than {time_limit:g} s; ask for less, or allow more with --time-limit"
            ) from None
        except duckdb.Error as error:
            raise CallInvalid(f"the SQL cannot be run: {error}") from None


@contextmanager
def _limited(connection: duckdb.DuckDBPyConnection, time_limit: float | None) -> Iterator[None]:
    """
    Interrupt what takes longer, and go on with that: between two blocks of rows there is nothing to be interrupted.
    """
    if time_limit is None:
        yield
        return
    ended = Event()
    watch = Thread(target=_interrupt, args=(connection, time_limit, ended), daemon=True)
    watch.start()
    try:
        yield
    finally:
        ended.set()
        watch.join()


def _interrupt(connection: duckdb.DuckDBPyConnection, time_limit: float, ended: Event) -> None:
    wait = time_limit
    while not ended.wait(wait):
        connection.interrupt()
        wait = _AGAIN


def _check_that_it_only_reads(connection: duckdb.DuckDBPyConnection, select: str) -> None:
    """
    WITH may hold COPY (DuckDB 2.0), which writes to any file that may be read; but only at the top of a statement, so
    it is refused here, where the SELECT stands inside another one and is not run.
    """
    try:
        connection.execute(f"EXPLAIN SELECT * FROM (\n{select.rstrip().rstrip(';')}\n)")  # noqa: S608
    except duckdb.InterruptException:
        raise
    except duckdb.Error as error:
        raise CallInvalid(f"the SQL cannot be run: {_LINE.sub(_line_before, str(error))}") from None


def _line_before(line: re.Match[str]) -> str:
    """
    Lines are told as they were written; as many characters, for the caret below.
    """
    return f"LINE {int(line[1]) - 1}:".ljust(len(line[0]))


def _blocks(connection: duckdb.DuckDBPyConnection) -> Iterator[list[tuple[Any, ...]]]:
    while block := connection.fetchmany(_AT_A_TIME):
        yield block
