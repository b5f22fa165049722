"""
The file that items were last read from, kept open: the next item is most often in the same one.
"""

from __future__ import annotations

import errno
import os
from typing import BinaryIO

CHANGED = "it has changed since it was found"


class Opened:
    """
    Opens files by path, and keeps the last one open.
    """

    def __init__(self) -> None:
        self._opened: tuple[str, int | None] | None = None
        self._file: BinaryIO | None = None

    def file(self, path: str, changed: int | None = None) -> BinaryIO:
        """
        The open file, to be read from any place.

        Args:
            changed: the time of modification, in nanoseconds, that it has to have, where places in another file of this
                name would be other messages.

        Raises:
            OSError: It cannot be opened, or has changed.
        """
        if self._file is None or self._opened != (path, changed):
            self.close()
            self._file = open(path, "rb")  # noqa: SIM115  # it stays open from item to item
            self._opened = path, changed
            if changed is not None and os.fstat(self._file.fileno()).st_mtime_ns != changed:
                self.close()
                raise OSError(errno.ESTALE, CHANGED, path)
        return self._file

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def __enter__(self) -> Opened:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
