"""
Messages out of a tar archive, plain or gzipped, one at a time in one pass, within limits.
"""

from __future__ import annotations

import gzip
import io
import struct
import tarfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from tarfile import BLOCKSIZE, TarFile, TarInfo
from typing import BinaryIO

from itk3_validator import Limits
from itk3_validator.adapters.entries import (
    HARMLESS,
    NESTED,
    Entry,
    LeftOut,
    Unreadable,
    entry,
    expands,
    is_archive,
    is_hidden,
    is_message,
    member_name,
    too_large,
    too_many,
)

_BROKEN = (tarfile.TarError, OSError, EOFError, ValueError, LookupError, OverflowError, struct.error, zlib.error)
_CHUNK = 65_536
_HEADERS = 1_000_000


def from_tar(path: Path, name: str, limits: Limits) -> Iterator[Entry | LeftOut]:
    """
    The messages of the archive in its order; what is wrong with it comes as an unreadable entry, after those before.
    """
    try:
        with path.open("rb") as raw, _unpacked(raw, name) as plain:
            reader = _Reader(plain, raw, limits.ratio)
            with TarFile(fileobj=reader, mode="r") as archive:
                yield from _entries(archive, reader, name, limits)
    except _Refused as error:
        yield Unreadable(name, str(error))
    except _BROKEN as error:
        yield Unreadable(name, _why(error))


class _Refused(Exception):
    pass


def _unpacked(raw: BinaryIO, name: str) -> BinaryIO:
    return gzip.GzipFile(fileobj=raw) if name.lower().endswith("gz") else raw  # type: ignore[return-value]


class _Reader(io.RawIOBase):
    """
    The unpacked bytes as `TarFile` sees them: forward only, with a bound on what it may read for one header.

    Long names, extended headers and sparse maps would otherwise be collected in memory, whatever their size.
    """

    def __init__(self, file: BinaryIO, raw: BinaryIO, ratio: int) -> None:
        self._file = file
        self._raw = raw
        self._ratio = ratio
        self._position = 0
        self.allowed = _HEADERS
        self.last = b""

    def read(self, size: int = -1) -> bytes:
        if not 0 <= size <= self.allowed:
            raise _Refused("the archive is damaged: a header in it is too large")
        self.allowed -= size
        self.last = self._take(size)
        return self.last

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        if whence != io.SEEK_SET or offset < self._position:
            raise _Refused("the archive is damaged: a header in it has an impossible size")
        if self._file is self._raw:
            self._position = self._file.seek(offset)
        while self._position < offset and self._take(min(_CHUNK, offset - self._position)):
            pass
        return self._position

    def _take(self, size: int) -> bytes:
        data = self._file.read(size)
        self._position += len(data)
        if self._position > max(HARMLESS, self._ratio * self._raw.tell()):
            raise _Refused(expands("archive", self._ratio))
        return data


def _entries(archive: TarFile, reader: _Reader, name: str, limits: Limits) -> Iterator[Entry | LeftOut]:
    number = 0
    while (member := archive.next()) is not None:
        number += 1
        if number > limits.entries:
            raise _Refused(too_many(limits.entries))
        archive.members.clear()  # type: ignore[attr-defined]  # it would keep every header until the end
        yield from _entry(archive, reader, member, name, limits)
        reader.allowed = _HEADERS
    if len(reader.last) != BLOCKSIZE or any(reader.last):
        raise _Refused("the archive breaks off before its end, or is damaged there")


def _entry(archive: TarFile, reader: _Reader, member: TarInfo, name: str, limits: Limits) -> Iterator[Entry | LeftOut]:
    if is_hidden(member.name) or not (member.isreg() or member.islnk()):
        return
    label = member_name(name, member.name)
    if is_archive(member.name):
        yield Unreadable(label, NESTED)
    elif is_message(member.name):
        refusal = _refusal(member, limits)
        reader.allowed = limits.message + _CHUNK
        yield Unreadable(label, refusal) if refusal else entry(label, _content(archive, member))
    else:
        yield LeftOut(label)


def _refusal(member: TarInfo, limits: Limits) -> str:
    if member.islnk():
        return "a link inside an archive is not followed"
    if member.issparse():
        return "a sparse file inside an archive is not opened"
    return too_large(limits.message) if member.size > limits.message else ""


def _content(archive: TarFile, member: TarInfo) -> bytes:
    file = archive.extractfile(member)
    if file is None:
        raise _Refused("the archive is damaged")
    with file:
        return b"".join(iter(lambda: file.read(_CHUNK), b""))


def _why(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"the archive cannot be read: {error.strerror}"
    if isinstance(error, EOFError):
        return "the archive breaks off before its end"
    return "the archive breaks off before its end, is damaged, or is not a tar archive"
