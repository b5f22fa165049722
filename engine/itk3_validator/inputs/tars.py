"""
Messages out of a tar archive, plain or compressed, one at a time in one pass, within limits.
"""

from __future__ import annotations

import os
import struct
import tarfile
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property, partial
from io import SEEK_SET, RawIOBase
from pathlib import Path
from tarfile import BLOCKSIZE, TarFile, TarInfo
from typing import TypeAlias

from itk3_validator.inputs.control import LARGEST, TOO_LARGE, control_names, fields_of, is_control
from itk3_validator.inputs.entries import (
    Control,
    Entry,
    LeftOut,
    Refused,
    Unreadable,
    entry,
    member_name,
    too_large,
    too_many,
)
from itk3_validator.inputs.items import InTar
from itk3_validator.inputs.kinds import is_hidden
from itk3_validator.inputs.members import refusal_of
from itk3_validator.inputs.opened import Opened
from itk3_validator.inputs.packed import Unpacked, unpacked
from itk3_validator.source import Limits

_BROKEN = (tarfile.TarError, OSError, EOFError, ValueError, LookupError, OverflowError, struct.error)
_PIECE = 65_536
_HEADERS = 1_000_000


def from_tar(path: str, name: str, packed: str, limits: Limits) -> Iterator[InTar | Entry | LeftOut]:
    """
    The messages of the archive in its order; what is wrong with it comes as an unreadable entry, after those before.

    Of an archive that is not compressed these are places in it.

    Args:
        packed: the ending of its compression, or nothing.
    """
    archive = _Archive(path, name, packed, limits)
    try:
        for member, content in archive.members():
            yield from _entry(archive, member, content)
    except Refused as error:
        yield Unreadable(name, str(error))
    except _BROKEN as error:
        yield Unreadable(name, _why(error))


def from_plain(item: InTar, opened: Opened) -> Entry:
    """
    The message at its place in an archive that is not compressed.
    """
    try:
        file = opened.file(item.path, item.changed)
        file.seek(item.offset)
        data = file.read(item.size)
    except OSError as error:
        return Unreadable(item.name, _why(error))
    if len(data) < item.size:
        return Unreadable(item.name, _why(EOFError()))
    return entry(item.name, data, item.control)


Content: TypeAlias = Callable[[int], bytes]


class _Archive:
    """
    A tar archive that is gone through once for its messages, and once before that if there are control files to know.
    """

    def __init__(self, path: str, name: str, packed: str, limits: Limits) -> None:
        self.path = path
        self.name = name
        self.packed = packed
        self.limits = limits

    def members(self) -> Iterator[tuple[TarInfo, Content]]:
        """
        Every member, with what reads its content until the next one is asked for.

        Raises:
            Refused: The archive is damaged, or beyond a limit; and any of `_BROKEN`.
        """
        with unpacked(self.path, self.packed, "archive", self.limits.ratio) as plain:
            reader = _Reader(plain)
            with TarFile(fileobj=reader, mode="r") as archive:
                yield from _members(archive, reader, self.limits.entries)

    def control(self, names: Sequence[str]) -> Control:
        """
        What the control file states that has one of these names. Of an archive that breaks off nobody knows whether it
        held one.
        """
        if not names:
            return ()
        found, other = self._controls
        return next((found[each] for each in names if each in found), other)

    @cached_property
    def _controls(self) -> tuple[dict[str, Control], Control]:
        """
        What the control files state, by their names; and what is said of any other.
        """
        found: dict[str, Control] = {}
        try:
            for member, content in self.members():
                if is_control(member.name) and member.isreg():
                    found[member.name] = TOO_LARGE if member.size > LARGEST else fields_of(content(LARGEST))
        except (Refused, *_BROKEN):
            return found, "the archive cannot be read to its end"
        return found, ()

    @cached_property
    def stat(self) -> os.stat_result:
        return Path(self.path).stat()


class _Reader(RawIOBase):
    """
    The unpacked bytes as `TarFile` sees them: forward only, with a bound on what it may read for one header.

    Long names, extended headers and sparse maps would otherwise be collected in memory, whatever their size.
    """

    def __init__(self, plain: Unpacked) -> None:
        self._plain = plain
        self.allowed = _HEADERS
        self.last = b""

    def read(self, size: int = -1) -> bytes:
        if not 0 <= size <= self.allowed:
            raise Refused("the archive is damaged: a header in it is too large")
        self.allowed -= size
        self.last = self._plain.read(size)
        return self.last

    def tell(self) -> int:
        return self._plain.position

    def seek(self, offset: int, whence: int = SEEK_SET) -> int:
        if whence != SEEK_SET or offset < self._plain.position:
            raise Refused("the archive is damaged: a header in it has an impossible size")
        return self._plain.skip(offset)


def _members(archive: TarFile, reader: _Reader, most: int) -> Iterator[tuple[TarInfo, Content]]:
    number = 0
    while (member := archive.next()) is not None:
        number += 1
        if number > most:
            raise Refused(too_many(most))
        archive.members.clear()  # type: ignore[attr-defined]  # it would keep every header until the end
        yield member, partial(_content, reader, member)
        reader.allowed = _HEADERS
    if len(reader.last) != BLOCKSIZE or any(reader.last):
        raise Refused("the archive breaks off before its end, or is damaged there")


def _entry(archive: _Archive, member: TarInfo, content: Content) -> Iterator[InTar | Entry | LeftOut]:
    if is_hidden(member.name) or not (member.isreg() or member.islnk()):
        return
    label = member_name(archive.name, member.name)
    other = refusal_of(member.name, label)
    refusal = _refusal(member, archive.limits)
    if other is not None:
        yield other
    elif refusal:
        yield Unreadable(label, refusal)
    else:
        control = archive.control(control_names(member.name))
        if archive.packed:
            yield entry(label, content(archive.limits.message), control)
        elif member.offset_data + member.size > archive.stat.st_size:
            raise EOFError
        else:
            yield InTar(label, archive.path, member.offset_data, member.size, archive.stat.st_mtime_ns, control)


def _refusal(member: TarInfo, limits: Limits) -> str:
    if member.islnk():
        return "a link inside an archive is not followed"
    if member.issparse():
        return "a sparse file inside an archive is not opened"
    if member.size < 0:
        raise Refused("the archive is damaged: a header in it has an impossible size")
    return too_large(limits.message) if member.size > limits.message else ""


def _content(reader: _Reader, member: TarInfo, most: int) -> bytes:
    # Not by extractfile: that puts two buffers between, and takes as long as unpacking.
    reader.allowed = most
    reader.seek(member.offset_data)
    data = b"".join(iter(lambda: reader.read(min(_PIECE, member.offset_data + member.size - reader.tell())), b""))
    if len(data) < member.size:
        raise EOFError
    return data


def _why(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"the archive cannot be read: {error.strerror}"
    if isinstance(error, EOFError):
        return "the archive breaks off before its end"
    return "the archive breaks off before its end, is damaged, or is not a tar archive"
