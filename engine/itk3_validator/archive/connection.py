"""
A connection to DuckDB that can be left while DuckDB is at work: by Ctrl-C, and when its time is over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import suppress
from threading import Thread
from time import monotonic
from typing import TYPE_CHECKING, Any, Final, TypeVar

if TYPE_CHECKING:
    import pyarrow as pa

T = TypeVar("T")

# Seconds. Where a wait without end cannot be interrupted (Windows), one of this length can.
_SLICE: Final = 0.2
# Seconds from one interruption to the next: one that comes before DuckDB has begun is lost.
_AGAIN: Final = 0.05
# Seconds. In the middle of one long value DuckDB sees no interruption.
_PATIENCE: Final = 5.0


class OutOfTime(Exception):
    """
    What was asked takes longer than it may.
    """


class Connection:
    """
    A connection whose calls are each done in a thread of their own: one that waits inside of DuckDB (2.0) need not see
    Ctrl-C.

    Whatever ends the wait, DuckDB is interrupted, the thread ends, and the connection is good for nothing more: a
    further call raises the same again. What DuckDB still does not leave after 5 seconds is left alone with it.

    Args:
        connection: one of DuckDB, which is closed with this one.

        time_limit: the longest, in seconds from now, that all of it may take; no limit when not said.

    Raises:
        OutOfTime: From any call: it took longer.

        KeyboardInterrupt: From any call of the main thread: somebody pressed Ctrl-C.
    """

    def __init__(self, connection: Any, *, time_limit: float | None = None) -> None:
        self._connection = connection
        self._until = None if time_limit is None else monotonic() + time_limit
        self._ended: BaseException | None = None
        self._left = False

    def do(self, work: Callable[[Any], T]) -> T:
        """
        What *work* returns, called with the connection of DuckDB. Where it ends early it ends at DuckDB's next answer,
        so that it has to let an InterruptException pass.
        """
        if self._ended is not None:
            raise self._ended
        done: Future[T] = Future()
        try:
            Thread(target=_work, args=(work, self._connection, done), daemon=True).start()
            self._wait(done)
        except BaseException as reason:
            self._ended, self._left = reason, True
            self._left = not self._stopped(done)
            raise
        return done.result()

    def execute(self, query: Any, values: Any = None) -> Connection:
        self.do(lambda connection: connection.execute(query, values))
        return self

    @property
    def columns(self) -> tuple[str, ...]:
        """
        The names of the columns of what was executed last.
        """
        return tuple(str(each[0]) for each in self._connection.description or ())

    def fetchall(self) -> list[Any]:
        rows: list[Any] = self.do(lambda connection: connection.fetchall())
        return rows

    def blocks(self, size: int) -> Iterator[list[tuple[Any, ...]]]:
        """
        The rows of what was executed last, *size* at a time.
        """
        while block := self.do(lambda connection: connection.fetchmany(size)):
            yield block

    def batches(self, query: str, size: int) -> Iterator[pa.RecordBatch]:
        """
        What a SELECT finds, *size* rows at a time. Of what was executed DuckDB makes record batches by copying it.
        """
        reader = self.do(lambda connection: connection.sql(query).to_arrow_reader(size))
        while (batch := self.do(lambda _: next(reader, None))) is not None:
            yield batch

    def close(self) -> None:
        # DuckDB refuses to close what it works on. Nobody else holds it then, so it goes when DuckDB is through.
        if not self._left:
            self._connection.close()

    def _wait(self, done: Future[Any]) -> None:
        while not done.done():
            left = _SLICE if self._until is None else min(self._until - monotonic(), _SLICE)
            if left <= 0:
                raise OutOfTime
            _look(done, left)

    def _stopped(self, done: Future[Any]) -> bool:
        """
        Whether DuckDB has left its work, which it is told again and again.
        """
        until = monotonic() + _PATIENCE
        while not done.done() and monotonic() < until:
            self._connection.interrupt()
            _look(done, _AGAIN)
        return done.done()


def _work(work: Callable[[Any], T], connection: Any, done: Future[T]) -> None:
    try:
        done.set_result(work(connection))
    except BaseException as error:  # noqa: BLE001 - whoever waits raises it
        done.set_exception(error)


def _look(done: Future[Any], seconds: float) -> None:
    with suppress(TimeoutError):
        done.exception(seconds)
