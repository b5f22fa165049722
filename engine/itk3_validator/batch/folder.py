"""
The folder of a run: written so that nothing is lost or there twice, whenever the program is killed.

Rows are written in parts. A part is there once its entry in `parts/` is: that is renamed into place last, after every
file of the part has reached the disk. Files of a part without an entry are taken for what a killed run left.
"""

from __future__ import annotations

import json
import os
import re
import secrets
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from itk3_validator.batch.schema import ALWAYS_OTHER, TABLES
from itk3_validator.batch.tables import Count
from itk3_validator.errors import CallInvalid
from itk3_validator.finding import Outcome

MANIFEST: Final = "manifest.json"
SECRET: Final = "secret"  # the name of the file
PARTS: Final = "parts"
SPILL: Final = "spill"  # what DuckDB holds beyond its memory while a run is finished
FINISHED: Final = "finished.json"
_LOCK: Final = "lock"
_IN_PARTS: Final = ("messages", "findings", "keys")
# What is counted over all messages; a run that was killed while it was finished may have fewer there than it has now.
_OVER_ALL: Final = ("outcomes", "archive_outcomes", "archive_findings", "archive_coverage")
# A dictionary of texts that are each there once is written, and then given up: it takes time and room.
_PARQUET: Final[Mapping[str, Any]] = {
    "compression": "zstd",
    "use_dictionary": sorted({field.name for table in TABLES.values() for field in table} - ALWAYS_OTHER),
}
_OF_A_PART: Final = re.compile(r"\.?[0-9]{6,}\.parquet")


class Part(NamedTuple):
    """
    A part of a run that is there: the keys of its chunks, and what is counted in it.
    """

    chunks: tuple[str, ...]
    messages: int
    outcomes: Counter[Count]
    verdicts: Counter[str]
    judged: int

    def plus(self, other: Part) -> Part:
        return Part(
            (*self.chunks, *other.chunks),
            self.messages + other.messages,
            self.outcomes + other.outcomes,
            self.verdicts + other.verdicts,
            self.judged + other.judged,
        )


NO_PART: Final = Part((), 0, Counter(), Counter(), 0)


class Folder:
    """
    The folder of a run that this process alone writes to.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.parts = tuple(_parts(path))

    def begin(self, manifest: Mapping[str, Any]) -> None:
        """
        Make it the folder of this run, or clear away what a killed run left of a part.
        """
        for name in (*_IN_PARTS, PARTS):
            _make_folder(self.path / name)
        known = {_file_name(number) for number in range(len(self.parts))}
        for name in _IN_PARTS:
            for file in (self.path / name).iterdir():
                # What else there is somebody else has put there.
                if file.name not in known and _OF_A_PART.fullmatch(file.name):
                    file.unlink()
        if self.manifest() is None:
            _put(self.path / MANIFEST, lambda file: _write_json(file, manifest))

    def manifest(self) -> Mapping[str, Any] | None:
        found: Mapping[str, Any] | None = _read_json(self.path / MANIFEST)
        return found

    def commit(self, tables: Mapping[str, pa.Table], part: Part) -> None:
        """
        Add a part.
        """
        number = len(self.parts)
        for name in _IN_PARTS:
            self._put_table(name, number, tables[name])
        _put(self.path / PARTS / f"{number:06d}.json", lambda file: _write_json(file, _as_json(part)))
        self.parts = (*self.parts, part)

    def put(self, name: str, table: pa.Table) -> None:
        """
        Write a table that has one file only, in the place of what was there.
        """
        _make_folder(self.path / name)
        self._put_table(name, 0, table)

    def put_rows(self, name: str, rows: Iterable[pa.RecordBatch]) -> None:
        """
        The same with rows that are too many to be held, in blocks as they come.
        """
        _make_folder(self.path / name)
        _put(self.path / name / _file_name(0), lambda file: _write_blocks(file, rows, TABLES[name]))

    def finish(self, told: Mapping[str, Any]) -> None:
        """
        Say that the run is whole.
        """
        _put(self.path / FINISHED, lambda file: _write_json(file, told))

    @property
    def is_finished(self) -> bool:
        return (self.path / FINISHED).exists()

    def _put_table(self, name: str, number: int, table: pa.Table) -> None:
        _put(self.path / name / _file_name(number), lambda file: pq.write_table(table, file, **_PARQUET))


@contextmanager
def folder_of(path: Path) -> Iterator[tuple[Folder, bytes]]:
    """
    The folder of a run, new or begun before, and the key of its hashes. Nobody else may write to it meanwhile.

    Raises:
        CallInvalid: It cannot be made or written, holds something else, or another process writes to it.
    """
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        other = sorted(each.name for each in path.iterdir() if not _may_be_begun(each))
        begun = (path / MANIFEST).exists()
        if other and not begun:
            raise CallInvalid(f"-o {path}: the folder holds {other[0]}, so it is no run; name another one")
        descriptor = os.open(path / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise CallInvalid(f"-o {path} cannot be written: {error.strerror}") from None
    try:
        _lock(descriptor, path)
        yield Folder(path), _secret(path)
    finally:
        os.close(descriptor)


def _may_be_begun(each: Path) -> bool:
    """
    Whether it is what a run makes before its manifest. A file that is not yet in its place has a dot before its name.
    """
    if each.name in (*_IN_PARTS, PARTS):
        return each.is_dir() and not any(each.iterdir())
    return each.name.removeprefix(".") in (_LOCK, SECRET, MANIFEST)


def parts_of(path: Path) -> tuple[Part, ...]:
    """
    The parts of a run that are there; to be read only.
    """
    return tuple(_parts(path))


def files_of(path: Path, tables: Iterable[str]) -> Mapping[str, tuple[Path, ...]]:
    """
    The files of tables of a run; those of a part that is not whole are left out, and of a run that is not whole those
    that speak of all its messages.

    Raises:
        CallInvalid: One is missing that was there: what is left would tell less than was found.
    """
    # Before the parts: a run that goes on meanwhile has more of them later.
    finished = _read_json(path / FINISHED)
    parts = parts_of(path)
    messages = sum(part.messages for part in parts)
    if finished is not None and finished["messages"] != messages:
        raise CallInvalid(f"the run {path} had {finished['messages']:,} messages, and {messages:,} are there")
    return {name: _files(path / name, len(parts), whole=finished is not None) for name in tables}


def _files(table: Path, parts: int, *, whole: bool) -> tuple[Path, ...]:
    if table.name in _OVER_ALL and not whole:
        return ()
    in_parts = table.name in _IN_PARTS
    files = [table / _file_name(number) for number in range(parts if in_parts else 1)]
    there = tuple([each for each in files if each.exists()])
    if len(there) < len(files) and (in_parts or whole):
        missing = next(each for each in files if each not in there)
        raise CallInvalid(f"{missing} is missing; begin the run anew in another folder")
    return there


def _parts(path: Path) -> Iterator[Part]:
    number = 0
    while (read := _read_json(path / PARTS / f"{number:06d}.json")) is not None:
        yield _from_json(read)
        number += 1


def _file_name(number: int) -> str:
    return f"{number:06d}.parquet"


def _lock(descriptor: int, path: Path) -> None:
    try:
        import fcntl
    except ImportError:  # pragma: no cover - a system without it
        return
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise CallInvalid(f"-o {path}: another process writes to this run") from None


def _secret(path: Path) -> bytes:
    file = path / SECRET
    if not file.exists():
        _put(file, lambda stream: stream.write(secrets.token_bytes(32)))
    return file.read_bytes()


def _make_folder(path: Path) -> None:
    path.mkdir(mode=0o700, exist_ok=True)


def _put(target: Path, write: Callable[[Any], object]) -> None:
    """
    A file, whole and on the disk, or not there.
    """
    beside = target.with_name(f".{target.name}")
    try:
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(target)
    except BaseException as error:
        beside.unlink(missing_ok=True)
        if isinstance(error, OSError):
            error.add_note(f"{target} cannot be written")
        raise
    _sync(target.parent)


def _sync(folder: Path) -> None:
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _write_blocks(file: Any, rows: Iterable[pa.RecordBatch], schema: pa.Schema) -> None:
    with pq.ParquetWriter(file, schema, **_PARQUET) as writer:
        for each in rows:
            writer.write_table(pa.Table.from_batches([each]).cast(schema))


def _write_json(file: Any, value: Any) -> None:
    file.write(json.dumps(value, indent=1).encode("utf-8"))


def _read_json(file: Path) -> Any:
    """
    What a file of a run says; None where there is none.

    Raises:
        CallInvalid: It cannot be read.
    """
    try:
        return json.loads(file.read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise CallInvalid(f"{file} cannot be read: {error.strerror}") from None
    except ValueError:
        raise CallInvalid(f"{file} is damaged; begin the run anew in another folder") from None


def _as_json(part: Part) -> Mapping[str, Any]:
    return {
        "chunks": part.chunks,
        "messages": part.messages,
        "judged": part.judged,
        "verdicts": dict(sorted(part.verdicts.items())),
        "outcomes": [[*map(str, key), number] for key, number in sorted(part.outcomes.items())],
    }


def _from_json(read: Mapping[str, Any]) -> Part:
    return Part(
        tuple(read["chunks"]),
        read["messages"],
        Counter(
            {
                Count(pack, interaction, rule, Outcome(outcome)): number
                for pack, interaction, rule, outcome, number in read["outcomes"]
            }
        ),
        Counter(read["verdicts"]),
        read["judged"],
    )
