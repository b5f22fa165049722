"""
From items to messages: here the bytes are read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, BinaryIO

from itk3_validator.inputs.columns import GUESSED, Columns
from itk3_validator.inputs.entries import Entry, Nothing, Unreadable
from itk3_validator.inputs.find import find
from itk3_validator.inputs.items import InFile, InLine, InTable, InTar, Item
from itk3_validator.inputs.locate import Located
from itk3_validator.inputs.opened import Opened
from itk3_validator.source import Limits, Source


def read(
    located: Iterable[Located], limits: Limits, standard_input: BinaryIO | None, columns: Columns = GUESSED
) -> Iterator[Entry | Nothing]:
    """
    The messages, one at a time; for what cannot be read, the reason. One bad entry does not end it.

    A folder or an archive in which nothing is a message says so.
    """
    with Opened() as opened:
        read_one = _reader(limits, opened)
        for each in find(located, limits, standard_input, columns):
            if isinstance(each, Nothing):
                yield each
            else:
                yield from read_one(each)


def load(items: Iterable[Item], limits: Limits) -> Iterator[Entry]:
    """
    The messages of the items, in their order; for what cannot be read, the reason.
    """
    with Opened() as opened:
        read_one = _reader(limits, opened)
        for each in items:
            yield from read_one(each)


def _reader(limits: Limits, opened: Opened) -> Callable[[Item], Iterable[Entry]]:
    """
    What reads an item of any kind. To find out how takes as long as reading a small file, so it is done once a kind.
    """
    known: dict[type, Callable[[Any], Iterable[Entry]]] = {}

    def read_one(item: Item) -> Iterable[Entry]:
        kind = type(item)
        if kind not in known:
            known[kind] = _reader_of(kind, limits, opened)
        return known[kind](item)

    return read_one


def _reader_of(kind: type, limits: Limits, opened: Opened) -> Callable[[Any], Iterable[Entry]]:
    if kind is Source or kind is Unreadable:
        return lambda item: (item,)
    if kind is InFile:
        from itk3_validator.inputs.files import from_file

        return lambda item: (from_file(item, limits),)
    if kind is InLine:
        from itk3_validator.inputs.lines import from_line

        return lambda item: (from_line(item, limits),)
    if kind is InTable:
        from itk3_validator.inputs.tables import from_table

        return lambda item: from_table(item, limits)
    if kind is InTar:
        from itk3_validator.inputs.tars import from_plain

        return lambda item: (from_plain(item, opened),)
    from itk3_validator.inputs.zips import from_zip

    return lambda item: (from_zip(item, opened),)
