"""
The other side of `workers`: what runs inside a process.
"""

from __future__ import annotations

import ctypes
import gc
import os
import pickle
import signal
import threading
import time
from collections.abc import Callable
from multiprocessing import parent_process
from multiprocessing.connection import Connection, wait
from traceback import walk_tb
from typing import Any, Final

READY: Final = "ready"
NEVER: Final = "never"
DONE: Final = "done"
FAILED: Final = "failed"

_MOST_FRAMES: Final = 20
_COLLECT: Final = (20_000, 20, 20)


class Beats:
    """
    Memory that a process and its owner share: which part of the task has begun, and when.

    A pipe would cost as much as judging a small message.
    """

    __slots__ = ("_shared",)

    def __init__(self, shared: Any) -> None:
        self._shared = shared

    def __call__(self, part: int) -> None:
        self._shared[0] = time.monotonic_ns()
        self._shared[1] = part

    @property
    def since(self) -> int:
        """
        Nanoseconds of the monotonic clock, which all processes share.
        """
        return int(self._shared[0])

    @property
    def part(self) -> int:
        return int(self._shared[1])


def new_beats(context: Any) -> Beats:
    """
    Beats that can be handed to a process of this context when it starts.
    """
    return Beats(context.RawArray(ctypes.c_longlong, [0, -1]))


def serve(connection: Connection, beats: Beats, make: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    """
    Make what works, and do one task after the other until nobody asks any more.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_follow_parent, daemon=True).start()
    try:
        work = make(*arguments)
    except Exception as error:  # noqa: BLE001  # whatever it is, its owner has to know
        _send(connection, NEVER, _described(error))
        return
    seldom_collect()
    _send(connection, READY, None)
    while task := _received(connection):
        beats(-1)
        try:
            answer = DONE, work(pickle.loads(task), beats)  # noqa: S301  # from our own parent
            data = pickle.dumps(answer, pickle.HIGHEST_PROTOCOL)
        except Exception as error:  # noqa: BLE001  # it costs this task alone
            data = pickle.dumps((FAILED, _described(error)))
        connection.send_bytes(data)


def seldom_collect() -> None:
    """
    What is made is there to stay, and what a task leaves is hardly ever in a circle: to look for those as often as
    Python does takes 5 % of a batch.
    """
    gc.freeze()
    gc.set_threshold(*_COLLECT)


def _received(connection: Connection) -> bytes:
    try:
        return connection.recv_bytes()
    except (EOFError, OSError):
        return b""


def _send(connection: Connection, kind: str, answer: Any) -> None:
    connection.send_bytes(pickle.dumps((kind, answer)))


def _follow_parent() -> None:
    """
    End with the parent, however that ends and whatever is being done here.
    """
    parent = parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)


def _described(error: BaseException) -> tuple[str, tuple[str, ...]]:
    """
    What was raised and where. Its text may hold what a message says, so it is not told.
    """
    frames = [
        f"{os.path.basename(frame.f_code.co_filename)}:{line} in {frame.f_code.co_name}"  # noqa: PTH119
        for frame, line in walk_tb(error.__traceback__)
    ]
    return type(error).__qualname__, tuple(frames[-_MOST_FRAMES:])
