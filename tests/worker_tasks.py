"""
What the processes of `test_workers` do; they import it.
"""

from __future__ import annotations

import ctypes
import os
import signal
import struct
import sys
import time
from pathlib import Path


def make(*arguments):
    """
    A task is `(what, *with)`.
    """

    def work(task, begin):
        what, *given = task
        return globals()[f"_{what}"](begin, *given)

    return work


def make_nothing():
    raise ValueError("Jane Doe")


def make_hang():
    while True:
        time.sleep(60)


_held = []


def make_large(size):
    _held.append(b"x" * size)
    return make()


def make_end():
    os._exit(7)


def _echo(begin, value):
    return value


def _process(begin):
    return os.getpid()


def _grow(begin):
    _held.append(b"x" * 300_000_000)
    return os.getpid()


def _wait_for(begin, file):
    while not Path(file).exists():
        time.sleep(0.005)
    return "seen"


def _raises(begin, text):
    raise ValueError(text)


def _stumbles(begin, part):
    begin(part)
    raise ValueError


def _unpicklable(begin):
    return lambda: None


def _ends(begin, part, status):
    begin(part)
    os._exit(status)


def _crashes(begin, part):
    begin(part)
    ctypes.string_at(0)


def _is_killed(begin, part):
    begin(part)
    os.kill(os.getpid(), signal.SIGKILL)


def _hangs(begin, part):
    begin(part)
    while True:
        time.sleep(1)


def _parts(begin, number, seconds):
    for part in range(number):
        begin(part)
        time.sleep(seconds)
    return number


def _hangs_for_good(begin, file):
    Path(file).write_text(str(os.getpid()), encoding="ascii")
    while True:
        pass


def _stops_in_its_answer(begin):
    frame = sys._getframe()
    while "connection" not in frame.f_locals:
        frame = frame.f_back
    # The beginning of an answer of so many bytes, as `multiprocessing` writes it.
    os.write(frame.f_locals["connection"].fileno(), struct.pack("!i", 1_000) + b"x")
    os.kill(os.getpid(), signal.SIGSTOP)
