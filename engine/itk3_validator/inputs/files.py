"""
A message in a file of its own, plain or compressed, with its control file.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator

from itk3_validator.errors import MessageError
from itk3_validator.inputs.entries import Control, Entry, Refused, Unreadable, entry, too_large, unread
from itk3_validator.inputs.items import InFile
from itk3_validator.inputs.kinds import may_have_control
from itk3_validator.source import BEGINNING, Limits, beginning_of, read_bytes


def from_file(item: InFile, limits: Limits) -> Entry:
    """
    The message; for what cannot be read, the reason.
    """
    if item.packed:
        return _unpacked(item, limits)
    try:
        data = read_bytes(item.path, limit=limits.message, expected=item.size, follow=item.linked)
    except MessageError as error:
        return Unreadable(item.name, error.reason, beginning=beginning_of(item.path), too_large=True)
    except OSError as error:
        return Unreadable(item.name, unread(error))
    return entry(item.name, data, _control(item.path) if may_have_control(item.path) else ())


def _unpacked(item: InFile, limits: Limits) -> Entry:
    from itk3_validator.inputs.packed import reason_of, unpacked

    try:
        with unpacked(item.path, item.packed, "message", limits.ratio, follow=item.linked) as plain:
            data = b"".join(iter(lambda: plain.read(min(_PIECE, limits.message + 1 - plain.position)), b""))
    except (Refused, OSError, EOFError) as error:
        return Unreadable(item.name, reason_of(error, item.packed))
    if len(data) > limits.message:
        return Unreadable(item.name, too_large(limits.message), beginning=data[:BEGINNING], too_large=True)
    return entry(item.name, data, _control(item.path[: -len(item.packed)]))


_PIECE = 65_536


def control_changed(path: str) -> tuple[int, int] | None:
    """
    Size, in bytes, and time of modification, in nanoseconds, of the control file of a message; None where it has none.
    """
    found = next(_control_files(path), None)
    return None if found is None else (found[1].st_size, found[1].st_mtime_ns)


def _control(path: str) -> Control:
    for each, _ in _control_files(path):
        from itk3_validator.inputs.control import LARGEST, TOO_LARGE, fields_of

        try:
            return fields_of(read_bytes(each, limit=LARGEST))
        except MessageError:
            return TOO_LARGE
        except OSError as error:
            return unread(error)
    return ()


def _control_files(path: str) -> Iterator[tuple[str, os.stat_result]]:
    if not may_have_control(path):
        return
    from itk3_validator.inputs.control import control_names

    for each in control_names(path):
        try:
            about = os.lstat(each)
        except OSError:
            continue
        if stat.S_ISREG(about.st_mode):
            yield each, about
