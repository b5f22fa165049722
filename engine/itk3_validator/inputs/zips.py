"""
Messages in a zip archive: the directory is read once, then each message from its place, within limits.
"""

from __future__ import annotations

import stat
import struct
import zlib
from collections.abc import Iterator
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from itk3_validator.inputs.control import LARGEST, TOO_LARGE, control_names, fields_of
from itk3_validator.inputs.entries import (
    HARMLESS,
    Control,
    Entry,
    LeftOut,
    Refused,
    Unreadable,
    entry,
    expands,
    member_name,
    too_large,
    too_many,
)
from itk3_validator.inputs.items import InZip
from itk3_validator.inputs.kinds import is_hidden
from itk3_validator.inputs.members import refusal_of
from itk3_validator.inputs.opened import Opened
from itk3_validator.source import Limits

_BROKEN = (BadZipFile, OSError, EOFError, ValueError, LookupError, RuntimeError, OverflowError, struct.error)
# The last two where a place is impossible.
_UNREAD = (OSError, ValueError, OverflowError)
_PIECE = 65_536
_DIRECTORY_ENTRY = b"PK\x01\x02"
_LONGEST_DIRECTORY_ENTRY = 300
_ENCRYPTED = 0x1
# APPNOTE.TXT 4.3.7, the local file header: signature, then among others the lengths of name and extra field.
_LOCAL_HEADER = struct.Struct("<4s22xHH")
_LOCAL = b"PK\x03\x04"


def in_zip(path: str, name: str, limits: Limits) -> Iterator[InZip | Unreadable | LeftOut]:
    """
    The messages of the archive in the order of its directory; what is wrong with it comes as an unreadable entry.
    """
    try:
        with Path(path).open("rb") as file, ZipFile(_Bounded(file, limits.entries)) as archive:
            most = max(HARMLESS, limits.ratio * Path(path).stat().st_size)
            yield from _members(archive, path, name, limits, most=most)
    except Refused as error:
        yield Unreadable(name, str(error))
    except _BROKEN as error:
        yield Unreadable(name, _why(error))


def from_zip(item: InZip, opened: Opened) -> Entry:
    """
    The message at its place in the archive.
    """
    try:
        data = _content(opened.file(item.path), item)
        if data is None:
            return Unreadable(item.name, _DAMAGED)
    except _UNREAD as error:
        return Unreadable(item.name, _why(error))
    return entry(item.name, data, _stated(item.control, opened) if item.control is not None else ())


def _stated(item: InZip | str, opened: Opened) -> Control:
    """
    What a control file states.
    """
    if isinstance(item, str):
        return item
    try:
        data = _content(opened.file(item.path), item)
    except _UNREAD:
        data = None
    return "it is damaged" if data is None else fields_of(data)


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
        if size > self._entries * _LONGEST_DIRECTORY_ENTRY + _PIECE:
            raise Refused(too_many(self._entries))
        data = self._file.read(size)
        if data.count(_DIRECTORY_ENTRY) > self._entries:
            raise Refused(too_many(self._entries))
        return data


def _members(
    archive: ZipFile, path: str, name: str, limits: Limits, *, most: int
) -> Iterator[InZip | Unreadable | LeftOut]:
    total = 0
    for info in archive.infolist():
        if info.is_dir() or is_hidden(info.filename) or stat.S_ISLNK(info.external_attr >> 16):
            continue
        label = member_name(name, info.filename)
        other = refusal_of(info.filename, label)
        if other is not None:
            yield other
            continue
        refusal = _refusal(info, limits)
        total += 0 if refusal else info.file_size
        if total > most:
            yield Unreadable(name, expands("archive", limits.ratio))
            return
        if refusal:
            yield Unreadable(label, refusal)
        else:
            yield _member(info, path, label)._replace(control=_control(archive, info, path, limits))


def _member(info: ZipInfo, path: str, label: str) -> InZip:
    return InZip(
        label, path, info.header_offset, info.compress_size, info.file_size, method=info.compress_type, crc=info.CRC
    )


def _control(archive: ZipFile, info: ZipInfo, path: str, limits: Limits) -> InZip | str | None:
    for name in control_names(info.filename):
        control = archive.NameToInfo.get(name)
        if control is None or stat.S_ISLNK(control.external_attr >> 16):
            continue
        if control.file_size > LARGEST:
            return TOO_LARGE
        return (
            "it is encrypted, or packed by another method" if _refusal(control, limits) else _member(control, path, "")
        )
    return None


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


def _content(file: BinaryIO, item: InZip) -> bytes | None:
    """
    The unpacked bytes; None where they are not those that the directory announces.
    """
    file.seek(item.offset)
    header = file.read(_LOCAL_HEADER.size)
    if len(header) < _LOCAL_HEADER.size:
        return None
    signature, name, extra = _LOCAL_HEADER.unpack(header)
    if signature != _LOCAL:
        return None
    file.seek(name + extra, 1)
    try:
        data = file.read(item.size) if item.method == ZIP_STORED else _inflated(file, item)
    except zlib.error:
        return None
    return data if len(data) == item.size and zlib.crc32(data) == item.crc else None


def _inflated(file: BinaryIO, item: InZip) -> bytes:
    """
    The unpacked bytes, at most one more than were announced.
    """
    # In pieces on both sides: the packed size may be a lie as well, and reading all at once inflates without end.
    inflate = zlib.decompressobj(-zlib.MAX_WBITS)
    found, size, left = [], 0, item.packed
    while left > 0 and size <= item.size and not inflate.eof:
        packed = file.read(min(_PIECE, left))
        left = left - len(packed) if packed else 0
        found.append(inflate.decompress(packed, item.size + 1 - size))
        size += len(found[-1])
    return b"".join(found)


def _why(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"the archive cannot be read: {error.strerror}"
    return _DAMAGED


_DAMAGED = "the archive is damaged, or not a zip archive"
