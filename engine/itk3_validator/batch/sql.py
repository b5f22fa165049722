"""
SQL over the tables of a run: a DuckDB connection that sees these and nothing else.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, Final, TypeVar

import duckdb
import pyarrow as pa

from itk3_validator.archive.connection import Connection
from itk3_validator.batch.folder import MANIFEST, files_of, parts_of
from itk3_validator.batch.run import sum_of
from itk3_validator.batch.schema import TABLES
from itk3_validator.batch.tables import outcomes_table
from itk3_validator.errors import CallInvalid

T = TypeVar("T")

# What DuckDB may take, one after the other until it is enough; the process takes some 80 MB more. A million messages
# need less than 100 MB, but not all that DuckDB holds can go to the disk: what ends large is better than no answer.
MEMORY: Final = ("128MB", "200MB", "500MB", "2GB")
# Two threads that keep the order of rows take more than the one thread that finishes a run.
READING: Final = MEMORY[1:]
_CLOSED: Final = {
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "allow_community_extensions": False,
    "allow_unsigned_extensions": False,
    # Otherwise a name that is no table is looked for among the variables of Python.
    "python_enable_replacements": False,
}


@contextmanager
def connect(
    path: Path,
    *,
    tables: Iterable[str] = tuple(TABLES),
    memory: str | None = None,
    ordered: bool = True,
    spill: Path | None = None,
    time_limit: float | None = None,
) -> Iterator[Connection]:
    """
    A connection in which the tables of a run are views. It reads their files, no other, and writes none; what does not
    fit into its memory goes to a folder that is gone afterwards.

    Args:
        tables: those that are wanted.

        memory: what DuckDB may take; when not said, what is asked is asked again with more of it, as `READING` says.

        ordered: rows without an ORDER BY come in the order of their files; else in one that is theirs alone, on one
            thread, which takes less memory.

        spill: that folder, where it is for nobody else: what a killed process left there is cleared away.

        time_limit: the longest, in seconds, that all that is done with the connection may take.

    Raises:
        CallInvalid: There is no run in this folder, or what was there is missing or damaged. From the connection, where
            no *memory* is said: it is never enough.
    """
    files = files_of(path, tables)
    if not (path / MANIFEST).exists():
        raise CallInvalid(f"{path} is not the folder of a run; itk3 batch SOURCE -o {path} makes one")
    with _folder_of_our_own(spill) as beyond_memory:
        config: dict[str, str | bool | int | float | list[str]] = {
            **_CLOSED,
            "temp_directory": beyond_memory,
            "threads": 2 if ordered else 1,
            "preserve_insertion_order": ordered,
        }

        def opened(limit: str) -> Any:
            made = duckdb.connect(":memory:", config={**config, "memory_limit": limit})
            connection = Connection(made, time_limit=time_limit)
            _close(connection, files)
            _create_views(connection, path, files)
            return made

        with closing(
            Connection(opened(memory), time_limit=time_limit)
            if memory is not None
            else _Growing(path, opened, time_limit=time_limit)
        ) as connection:
            yield connection


class _Growing(Connection):
    """
    A connection that is opened anew with more memory where it has too little, and asked the same again: it only reads.
    """

    def __init__(self, path: Path, opened: Callable[[str], Any], *, time_limit: float | None) -> None:
        super().__init__(None, time_limit=time_limit)
        self._path = path
        self._opened = opened
        self._more = list(READING)
        self._memory = ""
        self._created: list[str] = []
        self._asked: Callable[[], object] | None = None
        self._until_it_fits(lambda: None)

    def execute(self, query: Any, values: Any = None) -> Connection:
        ask = partial(super().execute, query, values)
        self._until_it_fits(ask)
        self._asked = ask
        if isinstance(query, str) and query.startswith("CREATE"):
            self._created.append(query)
        return self

    def fetchall(self) -> list[Any]:
        return self._until_it_fits(super().fetchall, self._asked)

    def blocks(self, size: int) -> Iterator[list[tuple[Any, ...]]]:
        blocks = super().blocks
        first, rest = self._until_it_fits(lambda: _begun(blocks(size)), self._asked)
        yield from first
        try:
            # What was told once is not told again.
            yield from rest
        except duckdb.OutOfMemoryException:
            raise self._too_large() from None

    def _until_it_fits(self, work: Callable[[], T], before: Callable[[], object] | None = None) -> T:
        """
        What *work* returns; with more memory *before* comes before it.
        """
        anew = self._connection is None
        while True:
            try:
                if anew:
                    self._open()
                    if before is not None:
                        before()
                return work()
            except duckdb.OutOfMemoryException:
                anew = True

    def _open(self) -> None:
        if not self._more:
            raise self._too_large() from None
        self.close()
        self._memory = self._more.pop(0)
        self._connection = self._opened(self._memory)
        for each in self._created:
            super().execute(each)

    def close(self) -> None:
        if self._connection is not None:
            super().close()

    def _too_large(self) -> CallInvalid:
        return CallInvalid(
            f"what is asked of the run {self._path} needs more than {self._memory} of memory; "
            "ask for less at a time, or judge its sources as several runs"
        )


def _begun(blocks: Iterator[T]) -> tuple[list[T], Iterator[T]]:
    """
    The first of several, if there is one, and the others.
    """
    return list(islice(blocks, 1)), blocks


@contextmanager
def _folder_of_our_own(path: Path | None) -> Iterator[str]:
    if path is None:
        with tempfile.TemporaryDirectory(prefix="itk3-") as made:
            yield made
        return
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(mode=0o700)
    try:
        yield str(path)
    finally:
        shutil.rmtree(path, ignore_errors=True)


def _close(connection: Connection, files: Mapping[str, tuple[Path, ...]]) -> None:
    allowed = [str(file) for found in files.values() for file in found]
    connection.execute(f"SET allowed_paths = {_list(allowed)}")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")


def _create_views(connection: Connection, path: Path, files: Mapping[str, tuple[Path, ...]]) -> None:
    for name, found in files.items():
        if found:
            listed = _list([str(file) for file in found])
            # A folder above the run that is called name=value would be taken for a column.
            read = f"read_parquet({listed}, hive_partitioning = false)"
            try:
                connection.execute(f'CREATE VIEW "{name}" AS SELECT * FROM {read}')  # noqa: S608
            except (duckdb.InvalidInputException, duckdb.IOException):
                raise CallInvalid(
                    f"the table {name} of the run {path} cannot be read; a file of it is damaged"
                ) from None
        else:
            _create_table(connection, name, _counted(path) if name == "outcomes" else TABLES[name].empty_table())


def _create_table(connection: Connection, name: str, held: pa.Table) -> None:
    connection.do(lambda duckdb: duckdb.register("held", held))
    connection.execute(f'CREATE TABLE "{name}" AS SELECT * FROM held')  # noqa: S608
    connection.do(lambda duckdb: duckdb.unregister("held"))


def _counted(path: Path) -> pa.Table:
    """
    The outcomes of a run that is not whole yet.
    """
    return outcomes_table(sum_of(parts_of(path)).outcomes)


def _list(texts: list[str]) -> str:
    quoted = ", ".join("'" + each.replace("'", "''") + "'" for each in texts)
    return f"[{quoted}]"
