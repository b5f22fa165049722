"""
SQL over the tables of a run: a DuckDB connection that sees these and nothing else.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

import duckdb
import pyarrow as pa

from itk3_validator.archive.connection import Connection
from itk3_validator.batch.folder import MANIFEST, files_of, parts_of
from itk3_validator.batch.run import sum_of
from itk3_validator.batch.schema import TABLES
from itk3_validator.batch.tables import outcomes_table
from itk3_validator.errors import CallInvalid

MEMORY: Final = "200MB"
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
    memory: str = MEMORY,
    ordered: bool = True,
    spill: Path | None = None,
    time_limit: float | None = None,
) -> Iterator[Connection]:
    """
    A connection in which the tables of a run are views. It reads their files, no other, and writes none; what does not
    fit into *memory* goes to a folder that is gone afterwards.

    Args:
        tables: those that are wanted.

        ordered: rows without an ORDER BY come in the order of their files; else in one that is theirs alone, on one
            thread, which takes less memory.

        spill: that folder, where it is for nobody else: what a killed process left there is cleared away.

        time_limit: the longest, in seconds, that all that is done with the connection may take.

    Raises:
        CallInvalid: There is no run in this folder, or what was there is missing or damaged.
    """
    files = files_of(path, tables)
    if not (path / MANIFEST).exists():
        raise CallInvalid(f"{path} is not the folder of a run; itk3 batch SOURCE -o {path} makes one")
    with _folder_of_our_own(spill) as beyond_memory:
        config: dict[str, str | bool | int | float | list[str]] = {
            **_CLOSED,
            "memory_limit": memory,
            "temp_directory": beyond_memory,
            "threads": 2 if ordered else 1,
            "preserve_insertion_order": ordered,
        }
        with closing(Connection(duckdb.connect(":memory:", config=config), time_limit=time_limit)) as connection:
            _close(connection, files)
            _create_views(connection, path, files)
            yield connection


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
