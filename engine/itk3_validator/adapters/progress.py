"""
How far a batch has come: one line that is written over on a terminal, else a line now and then.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Thread
from typing import Final, TextIO

from itk3_validator.batch.folder import Part

_ON_TERMINAL: Final = 0.2
_ELSEWHERE: Final = 15.0
_NOT_READ: Final = ("unreadable", "unrecognised", "error")


class Progress:
    """
    Tells what is counted so far.

    Args:
        out: where to; standard error.

        total: counts all messages, or finds that this would take too long (None); it is asked beside the run.
    """

    def __init__(self, out: TextIO, *, quiet: bool, total: Callable[[], int | None]) -> None:
        self._out = out
        self._total: int | None = None
        if not quiet:
            Thread(target=self._count, args=(total,), daemon=True).start()
        self._quiet = quiet
        self._terminal = out.isatty()
        self._every = _ON_TERMINAL if self._terminal else _ELSEWHERE
        self._begun = self._told = time.monotonic()
        self._before: int | None = None

    def __call__(self, whole: Part) -> None:
        now = time.monotonic()
        if self._before is None:
            self._before = whole.messages
            if self._before and not self._quiet:
                self._write(f"going on after {self._before:,} message{'s' if self._before != 1 else ''}")
        if self._quiet or now - self._told < self._every:
            return
        self._told = now
        self._write(line(whole, rate=(whole.messages - self._before) / (now - self._begun), total=self._total))

    def end(self) -> None:
        """
        Leave the terminal as it was.
        """
        if self._terminal and not self._quiet:
            self._out.write("\r\x1b[K")
            self._out.flush()

    def _count(self, total: Callable[[], int | None]) -> None:
        self._total = total()

    def _write(self, text: str) -> None:
        self._out.write(f"\r\x1b[K{text}" if self._terminal else f"{text}\n")
        self._out.flush()


def line(whole: Part, *, rate: float, total: int | None) -> str:
    """
    What is counted, in a line.

    Args:
        rate: messages a second.

        total: how many messages there are, when that is known.
    """
    of = "" if total is None else f" of {total:,}"
    left = [] if total is None or not rate else [f"{_time((total - whole.messages) / rate)} left"]
    others = [f"{whole.verdicts[each]:,} {each}" for each in _NOT_READ if whole.verdicts[each]]
    counted = [f"{whole.messages:,}{of} messages", f"{rate:,.0f} a second", f"{whole.verdicts['invalid']:,} invalid"]
    return ", ".join([*counted, *others, *left])


def _time(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
