"""
Messages in NDJSON: a JSON object a line, one value of which is a message; or the message itself as a JSON text.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from io import BufferedReader

from itk3_validator.inputs.columns import Columns
from itk3_validator.inputs.entries import Entry, Refused, Unreadable, member_name, too_large
from itk3_validator.inputs.items import InLine
from itk3_validator.inputs.packed import Unpacked, reason_of, unpacked
from itk3_validator.inputs.rows import guess, row_entry
from itk3_validator.source import Limits


def in_lines(path: str, name: str, packed: str, limits: Limits, columns: Columns) -> Iterator[InLine | Unreadable]:
    """
    The lines of a file that are not blank; what is wrong with it comes as an unreadable entry, after those before.

    Args:
        packed: the ending of its compression, or nothing.
    """
    try:
        with unpacked(path, packed, "file", limits.ratio) as plain, BufferedReader(plain) as reader:
            yield from _lines(reader, name, limits.message, columns)
    except (Refused, OSError, EOFError) as error:
        yield Unreadable(name, reason_of(error, packed))


def from_line(item: InLine, limits: Limits) -> Entry:
    """
    The message of a line.
    """
    try:
        record = json.loads(item.data)
        row = record if isinstance(record, dict) else {"": record}
        columns = item.columns
        column = columns.message if columns.message is not None and row is record else guess(row)
        called = row.get(columns.name) if columns.name is not None else None
    except Refused as error:
        return Unreadable(member_name(item.table, str(item.number)), str(error))
    except (ValueError, RecursionError):
        return Unreadable(member_name(item.table, str(item.number)), "the line is no JSON")
    return row_entry(item.table, item.number, called, row.get(column), limits.message)


def _lines(reader: BufferedReader[Unpacked], name: str, limit: int, columns: Columns) -> Iterator[InLine | Unreadable]:
    number = 0
    while line := reader.readline(limit + 1):
        number += 1
        if len(line) > limit and not line.endswith(b"\n"):
            yield Unreadable(member_name(name, str(number)), too_large(limit))
            while (rest := reader.readline(_PIECE)) and not rest.endswith(b"\n"):
                pass
        elif line.strip():
            yield InLine(name, number, line, columns)


_PIECE = 65_536
