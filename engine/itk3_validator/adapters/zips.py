"""
Messages out of a zip archive, one at a time, within limits.
"""

from __future__ import annotations

import stat
import struct
import zlib
from collections.abc import Iterator
from io import BufferedReader
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

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

_BROKEN = (
    BadZipFile,
    OSError,
    EOFError,
    ValueError,
    LookupError,
    RuntimeError,
    OverflowError,
    struct.error,
    zlib.error,
)
_CHUNK = 65_536
_DIRECTORY_ENTRY = b"PK\x01\x02"
_ENCRYPTED = 0x1
_LONGEST_DIRECTORY_ENTRY = 300


def from_zip(path: Path, name: str, limits: Limits) -> Iterator[Entry | LeftOut]:
    """
    The messages of the archive in the order of its directory; what is wrong with it comes as an unreadable entry.
    """
    try:
        with path.open("rb") as file, ZipFile(_Bounded(file, limits.entries)) as archive:
            yield from _entries(archive, name, limits, most=max(HARMLESS, limits.ratio * path.stat().st_size))
    except _TooMany:
        yield Unreadable(name, too_many(limits.entries))
    except _BROKEN as error:
        yield Unreadable(name, _why(error))


class _TooMany(Exception):
    pass


class _Bounded:
    """
    The file as `ZipFile` sees it, with a look at the directory before that makes an object of every entry in it.
    """

    def __init__(self, file: BufferedReader, entries: int) -> None:
        self._file = file
        self._entries = entries
        self.seek = file.seek
        self.tell = file.tell
        self.seekable = file.seekable
        self.close = file.close

    def read(self, size: int = -1) -> bytes:
        if size > self._entries * _LONGEST_DIRECTORY_ENTRY + _CHUNK:
            raise _TooMany
        data = self._file.read(size)
        if data.count(_DIRECTORY_ENTRY) > self._entries:
            raise _TooMany
        return data


def _entries(archive: ZipFile, name: str, limits: Limits, *, most: int) -> Iterator[Entry | LeftOut]:
    total = 0
    for info in archive.infolist():
        if info.is_dir() or is_hidden(info.filename) or stat.S_ISLNK(info.external_attr >> 16):
            continue
        if is_archive(info.filename):
            yield Unreadable(member_name(name, info.filename), NESTED)
        elif is_message(info.filename):
            label = member_name(name, info.filename)
            refusal = _refusal(info, limits)
            total += 0 if refusal else info.file_size
            if total > most:
                yield Unreadable(name, expands("archive", limits.ratio))
                return
            yield Unreadable(label, refusal) if refusal else _content(archive, info, label)
        else:
            yield LeftOut(member_name(name, info.filename))


def _content(archive: ZipFile, info: ZipInfo, name: str) -> Entry:
    try:
        # In chunks: reading all at once inflates without end what declares a small size.
        with archive.open(info) as file:
            return entry(name, b"".join(iter(lambda: file.read(_CHUNK), b"")))
    except _BROKEN as error:
        return Unreadable(name, _why(error))


def _refusal(info: ZipInfo, limits: Limits) -> str:
    if info.flag_bits & _ENCRYPTED:
        return "the message is encrypted"
    if info.compress_type not in {ZIP_STORED, ZIP_DEFLATED}:
        return f"the message is packed by method {info.compress_type}; only stored and deflated ones are opened"
    if info.file_size > limits.message:
        return too_large(limits.message)
    if info.file_size > max(HARMLESS, limits.ratio * info.compress_size):
        return expands("message", limits.ratio)
    return ""


def _why(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"the archive cannot be read: {error.strerror}"
    return "the archive is damaged, or not a zip archive"
