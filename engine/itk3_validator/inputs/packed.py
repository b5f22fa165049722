"""
The plain bytes of a file, whatever it is compressed with, never more of them than its size allows.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from itk3_validator.inputs.entries import HARMLESS, Refused, expands

_PIECE = 65_536


class Unpacked:
    """
    Bytes that are read forward only.

    Args:
        file: the plain bytes.

        raw: the file that they come from; the same one, when it is not compressed.

        what: what it is called when it could be a bomb.

        ratio: largest size as a multiple of what was read of *raw* until there.
    """

    def __init__(self, file: BinaryIO, raw: BinaryIO, what: str, ratio: int) -> None:
        self._file = file
        self._raw = raw
        self._what = what
        self._ratio = ratio
        self.position = 0

    def read(self, size: int) -> bytes:
        """
        At most *size* bytes, and none at the end only.

        Raises:
            Refused: These are too many for what they are unpacked from.

            OSError: It cannot be read, or is not compressed in this way; EOFError, where it breaks off.
        """
        data = self._file.read(size)
        self.position += len(data)
        if self.position > max(HARMLESS, self._ratio * self._raw.tell()):
            raise Refused(expands(self._what, self._ratio))
        return data

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
def unpacked(path: str, packed: str, what: str, ratio: int) -> Iterator[Unpacked]:
    """
    The plain bytes of a file.

    Args:
        packed: the ending of its compression, or nothing.

        what: what it is called when it could be a bomb.

        ratio: largest size as a multiple of the packed size.

    Raises:
        OSError: It cannot be opened.
    """
    with Path(path).open("rb") as raw, _plain(raw, packed) as file:
        yield Unpacked(file, raw, what, ratio)


def _plain(raw: BinaryIO, packed: str) -> BinaryIO:
    if not packed:
        return raw
    import gzip

    return gzip.GzipFile(fileobj=raw)  # type: ignore[return-value]
