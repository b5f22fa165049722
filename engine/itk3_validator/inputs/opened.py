"""
The file that items were last read from, kept open: the next item is most often in the same one.
"""

from __future__ import annotations

from typing import BinaryIO


class Opened:
    """
    Opens files by path, and keeps the last one open.
    """

    def __init__(self) -> None:
        self._path: str | None = None
        self._file: BinaryIO | None = None

    def file(self, path: str) -> BinaryIO:
        """
        The open file, to be read from any place.

        Raises:
            OSError: It cannot be opened.
        """
        if self._file is None or self._path != path:
            self.close()
            self._file = open(path, "rb")  # noqa: SIM115  # it stays open from item to item
            self._path = path
        return self._file

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def __enter__(self) -> Opened:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
