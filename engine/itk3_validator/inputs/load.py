"""
From items to messages: here the bytes are read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import BinaryIO

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
        for each in find(located, limits, standard_input, columns):
            if isinstance(each, Nothing):
                yield each
            else:
                yield from _load(each, limits, opened)


def load(items: Iterable[Item], limits: Limits) -> Iterator[Entry]:
    """
    The messages of the items, in their order; for what cannot be read, the reason.
    """
    with Opened() as opened:
        for each in items:
            yield from _load(each, limits, opened)


def _load(item: Item, limits: Limits, opened: Opened) -> Iterator[Entry]:
    if isinstance(item, (Source, Unreadable)):
        yield item
    elif isinstance(item, InFile):
        from itk3_validator.inputs.files import from_file

        yield from_file(item, limits)
    elif isinstance(item, InLine):
        from itk3_validator.inputs.lines import from_line

        yield from_line(item, limits)
    elif isinstance(item, InTable):
        from itk3_validator.inputs.tables import from_table

        yield from from_table(item, limits)
    elif isinstance(item, InTar):
        from itk3_validator.inputs.tars import from_plain

        yield from_plain(item, opened)
    else:
        from itk3_validator.inputs.zips import from_zip

        yield from_zip(item, opened)
