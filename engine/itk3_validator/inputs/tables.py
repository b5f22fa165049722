"""
Messages in a column of a Parquet file, read in small batches; no other column is read, but that of the names.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from itk3_validator.inputs.columns import Columns
from itk3_validator.inputs.entries import HARMLESS, Entry, Refused, Unreadable, member_name, unread
from itk3_validator.inputs.items import InTable, names_of
from itk3_validator.inputs.opened import CHANGED
from itk3_validator.inputs.rows import first_values, guess, row_entry
from itk3_validator.source import Limits

if TYPE_CHECKING:
    from pyarrow.parquet import ParquetFile

# A row group up to this size is read where it is judged. Of a larger one the rows are passed on: nothing can enter it
# in the middle without reading what is before.
MOST_ROWS = 5_000
MOST_BYTES = 64_000_000
_BUFFER = 1_000_000
# Larger batches are not faster: 16 rows of 24 KB take 2.5 microseconds each, 1,000 take 4.2.
_BATCH = 16
_BATCH_BYTES = 16_000_000
# Batches in which the first value of a column is looked for.
_LOOKED_AT = 64


def in_table(path: str, name: str, limits: Limits, columns: Columns) -> Iterator[InTable | Entry]:
    """
    The row groups of the file, or the rows of those that are large; what is wrong with it comes as an unreadable entry.
    """
    try:
        with _open(path) as file:
            columns = _columns(file, columns)
            yield from _groups(file, path, name, columns, limits)
    except _errors() as error:
        yield Unreadable(name, _why(error))


def from_table(item: InTable, limits: Limits) -> Iterator[Entry]:
    """
    The messages of a row group, as many as it has rows.
    """
    read = 0
    try:
        with _open(item.path) as file:
            if Path(item.path).stat().st_mtime_ns != item.changed:
                raise Refused(CHANGED)
            for each in _rows(file, item, limits):
                if read < item.rows:
                    read += 1
                    yield each
        reason = _DAMAGED
    except _errors() as error:
        reason = _why(error)
    for name in names_of(item)[read:]:
        yield Unreadable(name, reason)


def _open(path: str) -> ParquetFile:
    try:
        from pyarrow.parquet import ParquetFile
    except ImportError:
        raise Refused('to open it, install what Parquet needs: pip install "itk3-validator[batch]"') from None
    return ParquetFile(path, pre_buffer=False, buffer_size=_BUFFER)


def _errors() -> tuple[type[Exception], ...]:
    try:
        from pyarrow import ArrowException
    except ImportError:
        return (Refused,)
    return Refused, OSError, ValueError, ArrowException


def _columns(file: ParquetFile, asked: Columns) -> Columns:
    known = file.schema_arrow.names
    if any(column is not None and known.count(column) != 1 for column in asked):
        raise Refused("it has no column of the name that was given, or two of them")
    if asked.message is not None:
        return asked
    holding = [field.name for field in file.schema_arrow if _holds_text(field.type) and field.name != asked.name]
    if len(holding) == 1:
        return asked._replace(message=holding[0])
    batches = file.iter_batches(_BATCH, columns=holding, use_threads=False) if holding else iter(())
    return asked._replace(
        message=guess(first_values(row for batch in islice(batches, _LOOKED_AT) for row in batch.to_pylist()))
    )


def _holds_text(kind: object) -> bool:
    words = str(kind)
    return not words.startswith(("list", "struct", "map", "large_list")) and ("string" in words or "binary" in words)


def _groups(file: ParquetFile, path: str, name: str, columns: Columns, limits: Limits) -> Iterator[InTable | Entry]:
    changed = Path(path).stat().st_mtime_ns
    first = 1
    for group in range(file.num_row_groups):
        # Not its columns: what is wrong with the metadata of a column ends the process (pyarrow 26).
        found = file.metadata.row_group(group)
        rows, size = found.num_rows, found.total_byte_size
        if rows < 0 or size < 0:
            raise Refused(_DAMAGED)
        item = InTable(name, path, group, first, rows, size, changed, columns)
        first += rows
        if rows > MOST_ROWS or size > MOST_BYTES:
            try:
                yield from _rows(file, item, limits)
            except Refused as error:
                yield Unreadable(member_name(name, str(item.first)), str(error))
        elif rows:
            yield item


def _rows(file: ParquetFile, item: InTable, limits: Limits) -> Iterator[Entry]:
    message, name = item.columns
    average = item.size // max(item.rows, 1)
    if average > max(HARMLESS, limits.message):
        raise Refused(f"its messages are larger than {limits.message:,} bytes, the most that is read")
    wanted = [each for each in (message, name) if each is not None]
    size = max(1, min(_BATCH, _BATCH_BYTES // max(average, 1)))
    number = item.first
    for batch in file.iter_batches(size, row_groups=[item.group], columns=wanted, use_threads=False):
        values = batch.column(message).to_pylist()
        names = batch.column(name).to_pylist() if name is not None else [None] * len(values)
        for value, called in zip(values, names, strict=True):
            yield row_entry(item.name, number, called, value, limits.message)
            number += 1


_DAMAGED = "the file is damaged, or not a Parquet file"


def _why(error: Exception) -> str:
    if isinstance(error, Refused):
        return str(error)
    return unread(error) if isinstance(error, OSError) and error.strerror else _DAMAGED
