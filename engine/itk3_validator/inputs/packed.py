"""
The plain bytes of a file, whatever it is compressed with, never more of them than its size allows.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from io import RawIOBase
from typing import TYPE_CHECKING, Any, BinaryIO

from itk3_validator.inputs.entries import HARMLESS, Refused, expands, unread
from itk3_validator.source import open_file

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_PIECE = 65_536
# 128 MB, what `zstd --long` asks for: what is packed may ask for a window of 2 GB.
_WINDOW = 27


class Unpacked(RawIOBase):
    """
    Bytes that are read forward only.

    Args:
        file: the plain bytes.

        raw: the file that they come from; the same one, when it is not compressed.

        what: what it is called when it could be a bomb.

        ratio: largest size as a multiple of what was read of *raw* until there.

        damaged: what *file* raises, beside OSError and EOFError, where it cannot be unpacked.
    """

    def __init__(
        self, file: BinaryIO, raw: BinaryIO, what: str, ratio: int, damaged: tuple[type[Exception], ...] = ()
    ) -> None:
        self._file = file
        self._raw = raw
        self._what = what
        self._ratio = ratio
        self._damaged = damaged
        self.position = 0
        self._allowed = HARMLESS

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        view = memoryview(buffer).cast("B")
        data = self.read(len(view))
        view[: len(data)] = data
        return len(data)

    def read(self, size: int = -1) -> bytes:
        """
        At most *size* bytes, and none at the end only.

        Raises:
            Refused: These are too many for what they are unpacked from.

            OSError: It cannot be read, or is not compressed in this way.

            EOFError: It breaks off before its end.
        """
        data = self._read(size)
        self.position += len(data)
        if self.position > self._allowed:
            self._allowed = max(HARMLESS, self._ratio * self._raw.tell())
            if self.position > self._allowed:
                raise Refused(expands(self._what, self._ratio))
        return data

    def _read(self, size: int) -> bytes:
        try:
            return self._file.read(size)
        except self._damaged as error:
            raise OSError(*error.args[:1]) from None

    def skip(self, offset: int) -> int:
        """
        Go on to a position, or to the end, and tell where that is.
        """
        if self._file is self._raw:
            self.position = self._file.seek(offset)
        while self.position < offset and self.read(min(_PIECE, offset - self.position)):
            pass
        return self.position


@contextmanager
def unpacked(path: str, packed: str, what: str, ratio: int, *, follow: bool = True) -> Iterator[Unpacked]:
    """
    The plain bytes of a file.

    Args:
        packed: the ending of its compression, or nothing.

        what: what it is called when it could be a bomb.

        ratio: largest size as a multiple of the packed size.

        follow: the file may be a link.

    Raises:
        Refused: What unpacks it is not installed.

        OSError: It cannot be opened.
    """
    with os.fdopen(open_file(path, follow=follow), "rb") as raw:
        if not packed:
            yield Unpacked(raw, raw, what, ratio)
            return
        file, damaged = _gzip(raw) if packed == ".gz" else _zstd(raw)
        with file:
            yield Unpacked(file, raw, what, ratio, damaged)


def _gzip(raw: BinaryIO) -> tuple[BinaryIO, tuple[type[Exception], ...]]:
    import gzip
    import zlib

    return gzip.GzipFile(fileobj=raw), (zlib.error,)  # type: ignore[return-value]


def _zstd(raw: BinaryIO) -> tuple[BinaryIO, tuple[type[Exception], ...]]:
    zstd = zstandard()
    most = {zstd.DecompressionParameter.window_log_max: _WINDOW}
    return zstd.ZstdFile(raw, options=most), (zstd.ZstdError,)


def reason_of(error: Exception, packed: str) -> str:
    """
    Why a file cannot be read to its end, as it is told.
    """
    if isinstance(error, Refused):
        return str(error)
    if isinstance(error, EOFError):
        return "the file breaks off before its end"
    if isinstance(error, OSError) and error.strerror:
        return unread(error)
    return f"the file is damaged, or not {_CALLED[packed]}"


_CALLED = {"": "a file that can be read", ".gz": "a gzip file", ".zst": "a Zstandard file"}


def zstandard() -> Any:
    """
    The module of the standard library, from Python 3.14 on, or what stands in for it.

    Raises:
        Refused: Neither is there.
    """
    for name in ("compression.zstd", "backports.zstd"):
        with suppress(ImportError):
            return import_module(name)
    raise Refused('to open it, install what Zstandard needs: pip install "itk3-validator[batch]"')
