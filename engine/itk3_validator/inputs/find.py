"""
The messages in what a command line names, found in a stable order and not read yet where that can wait.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Iterator
from typing import BinaryIO, TypeAlias

from itk3_validator.inputs.columns import GUESSED, Columns
from itk3_validator.inputs.entries import Entry, LeftOut, Nothing, Unreadable, entry, too_large, unread
from itk3_validator.inputs.items import InFile, Item
from itk3_validator.inputs.kinds import Holds, Kind, kind_of, kind_of_named, may_have_control
from itk3_validator.inputs.locate import STANDARD_INPUT, Located
from itk3_validator.source import BEGINNING, Limits

_InFile: TypeAlias = Callable[[str, str, str], InFile | Unreadable]


def find(
    located: Iterable[Located],
    limits: Limits,
    standard_input: BinaryIO | None,
    columns: Columns = GUESSED,
    *,
    only_count: bool = False,
) -> Iterator[Item | Nothing]:
    """
    The messages, one at a time; for what cannot be found, the reason. One bad entry does not end it.

    A folder or an archive in which nothing is a message says so.

    Args:
        only_count: files of one message each are not looked at, so that their items are good for nothing but counting.
    """
    in_file = _unseen_file if only_count else _in_file
    for name, path in located:
        found = left_out = 0
        for each in _all(name, path, limits, standard_input, columns, in_file):
            if isinstance(each, LeftOut):
                left_out += 1
            else:
                found += 1
                yield each
        if not found:
            yield Nothing(name, left_out)


def _all(
    name: str,
    path: str | None,
    limits: Limits,
    standard_input: BinaryIO | None,
    columns: Columns,
    in_file: _InFile,
) -> Iterator[Item | LeftOut]:
    if path is None:
        yield _standard_input(standard_input, limits)
    elif os.path.isdir(path):
        yield from _folder(path, name, limits, columns, in_file)
    elif (kind := kind_of_named(name)).holds is Holds.MESSAGE:
        yield in_file(path, name, kind.packed)
    else:
        yield from _file(path, name, kind, limits, columns)


def _standard_input(stream: BinaryIO | None, limits: Limits) -> Entry:
    if stream is None:
        return Unreadable(STANDARD_INPUT, "standard input is closed")
    try:
        data = stream.read(limits.message + 1)
    except OSError as error:
        return Unreadable(STANDARD_INPUT, unread(error))
    return (
        Unreadable(STANDARD_INPUT, too_large(limits.message), beginning=data[:BEGINNING], too_large=True)
        if len(data) > limits.message
        else entry(STANDARD_INPUT, data)
    )


def _folder(folder: str, name: str, limits: Limits, columns: Columns, in_file: _InFile) -> Iterator[Item | LeftOut]:
    from itk3_validator.inputs.folders import files_in

    for each in files_in(folder, name):
        if isinstance(each, Unreadable):
            yield each
            continue
        path, label = each
        kind = kind_of(label)
        if kind is None:
            yield LeftOut(label)
        elif kind.holds is Holds.MESSAGE:
            found = in_file(path, label, kind.packed)
            # It was none a moment ago.
            yield Unreadable(label, "it is a link") if isinstance(found, InFile) and found.linked else found
        else:
            yield from _file(path, label, kind, limits, columns)


def _file(path: str, name: str, kind: Kind, limits: Limits, columns: Columns) -> Iterator[Item | LeftOut]:
    if not os.path.isfile(path):
        yield Unreadable(name, "the archive is not a regular file")
    else:
        yield from _opened(path, name, kind, limits, columns)


def _opened(path: str, name: str, kind: Kind, limits: Limits, columns: Columns) -> Iterator[Item | LeftOut]:
    if kind.holds is Holds.ZIP:
        from itk3_validator.inputs.zips import in_zip

        yield from in_zip(path, name, limits)
    elif kind.holds is Holds.TAR:
        from itk3_validator.inputs.tars import from_tar

        yield from from_tar(path, name, kind.packed, limits)
    elif kind.holds is Holds.LINES:
        from itk3_validator.inputs.lines import in_lines

        yield from in_lines(path, name, kind.packed, limits, columns)
    else:
        from itk3_validator.inputs.tables import in_table

        yield from in_table(path, name, limits, columns)


def _unseen_file(path: str, name: str, packed: str) -> InFile:
    return InFile(name, path, 0, 0, packed)


def _in_file(path: str, name: str, packed: str) -> InFile | Unreadable:
    try:
        found = os.lstat(path)
        linked = stat.S_ISLNK(found.st_mode)
        if linked:
            found = os.stat(path)
    except OSError as error:
        return Unreadable(name, unread(error))
    plain = path[: -len(packed)] if packed else path
    control = None
    if may_have_control(plain):
        from itk3_validator.inputs.files import control_changed

        control = control_changed(plain)
    return InFile(name, path, found.st_size, found.st_mtime_ns, packed, control, linked)
