"""
Messages that were found and not read yet: small values, which another process can read by itself.
"""

from __future__ import annotations

from typing import TypeAlias
from zlib import crc32

from itk3_validator.inputs.columns import Columns
from itk3_validator.inputs.entries import Control, Unreadable, member_name
from itk3_validator.source import Source
from itk3_validator.value import Row


class InFile(Row):
    """
    A message in a file of its own.

    *size* is that of the file, in bytes; *changed* its time of modification, in nanoseconds; *packed* the ending of its
    compression, or nothing; *control* both of these of its control file. It is read through a link only if it was
    *linked* when it was found.
    """

    name: str
    path: str
    size: int
    changed: int
    packed: str = ""
    control: tuple[int, int] | None = None
    linked: bool = False


class InTar(Row):
    """
    A message in a tar archive that is not compressed: *size* bytes at *offset* of the file.

    *changed* is the time of modification of the archive, in nanoseconds.
    """

    name: str
    path: str
    offset: int
    size: int
    changed: int
    control: Control = ()


class InZip(Row):
    """
    A message in a zip archive, with what its directory says of it, so that nobody needs to read that again.

    Args:
        offset: where its local header begins.

        packed: its size in the archive, in bytes.

        size: its size, in bytes.

        method: 0 stored, 8 deflated.

        crc: CRC-32 of the message.

        control: its control file, in the same archive; or why that cannot be used.
    """

    name: str
    path: str
    offset: int
    packed: int
    size: int
    method: int
    crc: int
    control: InZip | str | None = None


class InLine(Row):
    """
    A message in a line of NDJSON, which comes with its bytes; *number* counts from 1.
    """

    table: str
    number: int
    data: bytes
    columns: Columns


class InTable(Row):
    """
    The messages of one row group of a Parquet file.

    Args:
        first: number of its first row in the file, from 1.

        rows: how many rows it has.

        size: about how many bytes its messages take.

        changed: the time of modification of the file, in nanoseconds.
    """

    name: str
    path: str
    group: int
    first: int
    rows: int
    size: int
    changed: int
    columns: Columns


# What cannot be entered in the middle comes with its bytes.
Item: TypeAlias = InFile | InLine | InTable | InTar | InZip | Source | Unreadable


def size_of(item: Item) -> int:
    """
    About how many bytes the messages of an item take.
    """
    if isinstance(item, (InLine, Source)):
        return len(item.data)
    return 0 if isinstance(item, Unreadable) else item.size


def carried_by(item: Item) -> int:
    """
    How many bytes of messages an item brings along, because nobody can enter in their middle.
    """
    return len(item.data) if isinstance(item, (InLine, Source)) else 0


def count_of(item: Item) -> int:
    """
    How many messages an item stands for.
    """
    return item.rows if isinstance(item, InTable) else 1


def name_of(item: Item) -> str:
    """
    What an item is called that nobody has read.
    """
    return f"{item.table}:{item.number}" if isinstance(item, InLine) else item.name


def names_of(item: Item) -> tuple[str, ...]:
    """
    What the messages of an item are called that nobody has read.
    """
    if isinstance(item, InTable):
        return tuple([member_name(item.name, str(item.first + number)) for number in range(item.rows)])
    return (name_of(item),)


def mark_of(item: Item) -> str:
    """
    What tells an item from another one, and from the same one once it has changed.
    """
    if type(item) is InFile:
        return repr(tuple(item))
    match item:
        case Source():
            return repr((item.name, len(item.data), crc32(item.data), item.control))
        case InLine():
            return repr((item.table, item.number, len(item.data), crc32(item.data)))
        case Unreadable():
            return repr((item.name, item.reason))
        case _:
            return repr(tuple(item))
