"""
The sources of a batch in chunks: each a small value that a worker process reads by itself.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from itk3_validator.inputs.columns import GUESSED, Columns
from itk3_validator.inputs.entries import Entry, Nothing
from itk3_validator.inputs.find import find
from itk3_validator.inputs.items import InLine, Item, carried_by, count_of, mark_of, size_of
from itk3_validator.inputs.load import load
from itk3_validator.inputs.locate import Located
from itk3_validator.source import Limits, Source

__all__ = ["MOST_BYTES", "MOST_CARRIED", "SIZE", "Chunk", "Columns", "chunks", "read", "total"]

SIZE = 500
MOST_BYTES = 64_000_000
# Bytes that a chunk brings along: the process that finds messages holds those of every chunk that is under way, twice.
MOST_CARRIED = 8_000_000


@dataclass(frozen=True, slots=True)
class Chunk:
    """
    Messages that follow each other in the sources. It pickles.

    Args:
        key: the same for the same messages at the same place: its number, and a digest of what tells its items apart.

        first: number of its first message, from 0.

        items: where its messages are; what cannot be entered in the middle, as a tar archive, comes with its bytes.

        nothing: folders and archives before its end in which nothing is a message.
    """

    key: str
    first: int
    items: tuple[Item, ...]
    nothing: tuple[Nothing, ...] = ()

    @property
    def count(self) -> int:
        """
        How many messages `read` yields; what cannot be read counts as one.
        """
        return sum(map(count_of, self.items))

    @property
    def carried(self) -> int:
        """
        How many bytes of messages it brings along.
        """
        return sum(map(carried_by, self.items))


def chunks(
    located: Iterable[Located],
    size: int = SIZE,
    limits: Limits | None = None,
    *,
    standard_input: BinaryIO | None = None,
    columns: Columns = GUESSED,
) -> Iterator[Chunk]:
    """
    The messages of the sources, in their order, in chunks that are the same whenever the sources are.

    Args:
        size: most messages of a chunk. It ends before that where they take about 64 MB, or 8 MB that it brings along;
            a row group is never divided.

        columns: where the messages of NDJSON and Parquet are.
    """
    items: list[Item] = []
    nothing: list[Nothing] = []
    number = first = count = taken = carried = 0
    for each in find(located, limits or Limits(), standard_input, columns):
        if isinstance(each, Nothing):
            nothing.append(each)
            continue
        messages, takes, brings = count_of(each), size_of(each), carried_by(each)
        if items and (count + messages > size or taken + takes > MOST_BYTES or carried + brings > MOST_CARRIED):
            made = _chunk(number, first, items, nothing)
            yield made
            items, nothing, count, taken, carried = [], [], 0, 0, 0
            number, first = number + 1, first + made.count
        items.append(each)
        count += messages
        taken += takes
        carried += brings
    if items or nothing:
        yield _chunk(number, first, items, nothing)


def total(located: Iterable[Located], limits: Limits | None = None, *, columns: Columns = GUESSED) -> int | None:
    """
    How many messages there are; None where to count them is to read them. Files of one message each are counted by
    their names.
    """
    number = 0
    asked = tuple(located)
    if any(each.path is None for each in asked):
        return None
    for each in find(asked, limits or Limits(), None, columns, only_count=True):
        if isinstance(each, (InLine, Source)):
            return None
        number += 0 if isinstance(each, Nothing) else count_of(each)
    return number


def read(chunk: Chunk, limits: Limits | None = None) -> Iterator[Entry]:
    """
    The messages of a chunk, exactly `chunk.count` of them; for what cannot be read, the reason.
    """
    return load(chunk.items, limits or Limits())


def _chunk(number: int, first: int, items: Iterable[Item], nothing: Iterable[Nothing]) -> Chunk:
    digest = hashlib.sha256()
    for each in items:
        digest.update(mark_of(each).encode("utf-8", "surrogatepass"))
    return Chunk(f"{number:06d}-{digest.hexdigest()[:16]}", first, tuple(items), tuple(nothing))
