"""
Messages out of a tar archive, plain or compressed, one at a time in one pass, within limits.
"""

from __future__ import annotations

import struct
import tarfile
import zlib
from collections.abc import Iterator
from io import SEEK_SET, RawIOBase
from tarfile import BLOCKSIZE, TarFile, TarInfo

from itk3_validator.inputs.entries import (
    Entry,
    LeftOut,
    Refused,
    Unreadable,
    entry,
    member_name,
    too_large,
    too_many,
)
from itk3_validator.inputs.kinds import is_hidden
from itk3_validator.inputs.members import refusal_of
from itk3_validator.inputs.packed import Unpacked, unpacked
from itk3_validator.source import Limits

_BROKEN = (tarfile.TarError, OSError, EOFError, ValueError, LookupError, OverflowError, struct.error, zlib.error)
_PIECE = 65_536
_HEADERS = 1_000_000


def from_tar(path: str, name: str, packed: str, limits: Limits) -> Iterator[Entry | LeftOut]:
    """
    The messages of the archive in its order; what is wrong with it comes as an unreadable entry, after those before.

    Args:
        packed: the ending of its compression, or nothing.
    """
    try:
        with unpacked(path, packed, "archive", limits.ratio) as plain:
            reader = _Reader(plain)
            with TarFile(fileobj=reader, mode="r") as archive:
                yield from _entries(archive, reader, name, limits)
    except Refused as error:
        yield Unreadable(name, str(error))
    except _BROKEN as error:
        yield Unreadable(name, _why(error))


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


def _entries(archive: TarFile, reader: _Reader, name: str, limits: Limits) -> Iterator[Entry | LeftOut]:
    number = 0
    while (member := archive.next()) is not None:
        number += 1
        if number > limits.entries:
            raise Refused(too_many(limits.entries))
        archive.members.clear()  # type: ignore[attr-defined]  # it would keep every header until the end
        yield from _entry(archive, reader, member, name, limits)
        reader.allowed = _HEADERS
    if len(reader.last) != BLOCKSIZE or any(reader.last):
        raise Refused("the archive breaks off before its end, or is damaged there")


def _entry(archive: TarFile, reader: _Reader, member: TarInfo, name: str, limits: Limits) -> Iterator[Entry | LeftOut]:
    if is_hidden(member.name) or not (member.isreg() or member.islnk()):
        return
    label = member_name(name, member.name)
    other = refusal_of(member.name, label)
    if other is not None:
        yield other
        return
    refusal = _refusal(member, limits)
    reader.allowed = limits.message + _PIECE
    yield Unreadable(label, refusal) if refusal else entry(label, _content(archive, member))


def _refusal(member: TarInfo, limits: Limits) -> str:
    if member.islnk():
        return "a link inside an archive is not followed"
    if member.issparse():
        return "a sparse file inside an archive is not opened"
    return too_large(limits.message) if member.size > limits.message else ""


def _content(archive: TarFile, member: TarInfo) -> bytes:
    file = archive.extractfile(member)
    if file is None:
        raise Refused("the archive is damaged")
    with file:
        return b"".join(iter(lambda: file.read(_PIECE), b""))


def _why(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"the archive cannot be read: {error.strerror}"
    if isinstance(error, EOFError):
        return "the archive breaks off before its end"
    return "the archive breaks off before its end, is damaged, or is not a tar archive"
