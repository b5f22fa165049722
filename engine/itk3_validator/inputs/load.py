"""
From items to messages: here the bytes are read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import BinaryIO

from itk3_validator.errors import MessageError
from itk3_validator.inputs.entries import Entry, Nothing, Unreadable, entry, unread
from itk3_validator.inputs.find import find
from itk3_validator.inputs.items import InFile, InZip, Item
from itk3_validator.inputs.locate import Located
from itk3_validator.inputs.opened import Opened
from itk3_validator.source import Limits, Source, read_file


def read(located: Iterable[Located], limits: Limits, standard_input: BinaryIO | None) -> Iterator[Entry | Nothing]:
    """
    The messages, one at a time; for what cannot be read, the reason. One bad entry does not end it.

    A folder or an archive in which nothing is a message says so.
    """
    with Opened() as opened:
        for each in find(located, limits, standard_input):
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
        yield _from_file(item, limits)
    else:
        yield _from_zip(item, opened)


def _from_file(item: InFile, limits: Limits) -> Entry:
    try:
        return entry(item.name, read_file(item.path, limit=limits.message).data)
    except MessageError as error:
        return Unreadable(item.name, error.reason)
    except OSError as error:
        return Unreadable(item.name, unread(error))


def _from_zip(item: InZip, opened: Opened) -> Entry:
    from itk3_validator.inputs.zips import from_zip

    return from_zip(item, opened)
