"""
Processes that can be killed: what ends one of them, or takes too long in it, costs one task and nothing else.

`multiprocessing.Pool` waits for ever for the result of a worker that died, and `ProcessPoolExecutor` gives up all its
tasks when one worker dies; neither can stop a task that runs.
"""

from __future__ import annotations

import os
import pickle
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing import get_all_start_methods, get_context, resource_tracker
from multiprocessing.connection import Connection, wait
from typing import Any, Final, NamedTuple, TypeAlias

from itk3_validator.adapters.working import FAILED, NEVER, READY, Beats, new_beats, serve

Work: TypeAlias = Callable[[Any, Callable[[int], None]], Any]
"""
What a worker does with one item. It calls its second argument with the number of the part that it begins; -1: none.
"""

_MOST_FAILED_STARTS: Final = 3
# Seconds until a start that failed is tried again.
_START_AGAIN: Final = 0.1
# How often, in seconds, it is looked whether a process has stopped reading or writing.
_LOOK_EVERY: Final = 0.5


class Lost(Exception):
    """
    The worker ended, or was killed, in the middle of a task.

    Attributes:
        part: the number of the part that it had begun; None, where it had begun none.

        overdue: it was killed because it took longer than the time limit; else it ended by itself.

        status: its exit status; below 0 the signal that ended it.
    """

    def __init__(self, part: int | None, *, overdue: bool, status: int | None) -> None:
        super().__init__(part, overdue, status)
        self.part = part
        self.overdue = overdue
        self.status = status

    def __str__(self) -> str:
        if self.overdue:
            return "it took longer than the time limit"
        if self.status is not None and self.status < 0:
            return f"it ended its process (signal {-self.status})"
        return f"it ended its process (status {self.status})"


class Raised(Exception):
    """
    A task raised an exception. What it said is not told: that may be what a message says.

    Attributes:
        kind: the name of its class.

        frames: where the program was, innermost last, as `file:line in function`.

        part: the number of the part that it had begun; None, where it had begun none.
    """

    def __init__(self, kind: str, frames: tuple[str, ...], *, part: int | None = None) -> None:
        super().__init__(kind, frames)
        self.kind = kind
        self.frames = frames
        self.part = part

    def __str__(self) -> str:
        return f"{self.kind} at {self.frames[-1]}" if self.frames else self.kind


class NeverReady(Exception):
    """
    No worker could be made ready; no task will ever be done.
    """


class Busy(Exception):
    """
    As many tasks are waiting as may.
    """


class Closed(Exception):
    """
    The workers are closed, and take no task.
    """


class _Task(NamedTuple):
    future: Future[Any]
    item: bytes


@dataclass(slots=True, eq=False)
class _Worker:
    process: Any
    connection: Connection
    beats: Beats
    ready: bool = False
    task: _Task | None = None
    begun: int = 0
    done: int = 0
    # Resident memory when it was ready, in bytes.
    held: int = 0
    stuck: bool = False
    started: int = field(default_factory=time.monotonic_ns)

    def due(self, limit: int) -> int:
        """
        When it has to begin another part, in nanoseconds of the monotonic clock.
        """
        return max(self.begun, self.beats.since) + limit

    @property
    def part(self) -> int | None:
        """
        The number of the part of its task that it began last; None for none.
        """
        part = self.beats.part if self.beats.since >= self.begun else -1
        return part if part >= 0 else None


class Workers:
    """
    Processes that each make what works once, and then do one task after the other.

    Threads may share it. `submit` returns a `concurrent.futures.Future`, which `asyncio.wrap_future` can await.

    Args:
        make: called once in each process with *arguments*; returns the work. It and they have to pickle.

        processes: how many there are at a time.

        time_limit: the longest, in seconds, that a task or a part of it may take; the process is killed then.

        recycle: how many tasks a process does before a fresh one takes its place: what lxml keeps of names is freed.

        memory: resident memory, in bytes, with which it does no more tasks either, where the system tells (Linux); of
            one that begins with as much, a quarter of that more than it began with.

        start_limit: the longest, in seconds, that a process may take to be ready.

        waiting: how many tasks may wait for a process.

        preload: modules that are imported once for all processes, where the system allows that.

        method: how processes are started; a fork server where there is one, since forking a process that has threads
            is not safe.
    """

    def __init__(  # noqa: PLR0913 - each has a default, and a name at the call
        self,
        make: Callable[..., Work],
        arguments: tuple[Any, ...] = (),
        *,
        processes: int,
        time_limit: float | None = None,
        start_limit: float = 120,
        recycle: int | None = None,
        memory: int | None = None,
        waiting: int | None = None,
        preload: Iterable[str] = (),
        method: str | None = None,
    ) -> None:
        self._context: Any = get_context(method or _method())
        if self._context.get_start_method() == "forkserver":
            self._context.set_forkserver_preload([__name__, *preload])
        self._made = (make, arguments)
        self._processes = processes
        self._limit = None if time_limit is None else int(time_limit * 1e9)
        self._start_limit = int(start_limit * 1e9)
        self._recycle = recycle
        self._memory = memory
        self._most_waiting = 2 * processes if waiting is None else waiting
        self._waiting: deque[_Task] = deque()
        self._room = threading.Condition()
        self._closed = False
        self._killing = False
        self._broken: str | None = None
        self._failed_starts = 0
        self._workers: list[_Worker] = []
        self._leaving: list[_Worker] = []
        self._called, self._calls = self._context.Pipe(duplex=False)
        self._talking: tuple[_Worker, int] | None = None
        self._ended = threading.Event()
        threading.Thread(target=self._watch, name="itk3-workers-watch", daemon=True).start()
        self._thread = threading.Thread(target=self._manage, name="itk3-workers", daemon=True)
        self._thread.start()

    def submit(self, item: Any, *, wait_for_room: bool = True) -> Future[Any]:
        """
        Have one task done. The future holds what the work returns, or raises Lost, Raised or NeverReady.

        A future that is cancelled before a process takes it up is never begun, and its place is free at once.

        Raises:
            Busy: As many tasks are waiting as may, and *wait_for_room* is false.

            Closed: The workers are closed.
        """
        task = _Task(Future(), pickle.dumps(item, pickle.HIGHEST_PROTOCOL))
        with self._room:
            while len(self._waiting) >= self._most_waiting and not (self._closed or self._broken):
                if not wait_for_room:
                    raise Busy(f"{self._most_waiting:,} tasks are waiting")
                self._room.wait()
            if self._closed:
                raise Closed("the workers are closed")
            if self._broken is not None:
                task.future.set_exception(NeverReady(self._broken))
                return task.future
            self._waiting.append(task)
        # What is called keeps nothing of the task: the future would hold itself, and its result until it is collected.
        task.future.add_done_callback(self._leave_out)
        self._call()
        return task.future

    @property
    def processes(self) -> tuple[int, ...]:
        """
        The process ids of those that are there now.
        """
        return tuple(each.process.pid for each in list(self._workers))

    def close(self, *, kill: bool = False) -> None:
        """
        Take no more tasks, do those that are there, and end the processes; with *kill*, or when waiting for them is
        interrupted, end them at once.
        """
        with self._room:
            self._closed = True
            self._killing = self._killing or kill
            self._room.notify_all()
        self._call()
        if threading.current_thread() is not self._thread:
            try:
                self._thread.join()
            except BaseException:
                # Whoever goes on from here may end, and what Python does then minds processes that are half closed.
                self._killing = True
                self._call()
                # Python 3.11 takes a thread for ended once waiting for it was interrupted.
                self._ended.wait()
                raise

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        self.close(kill=kind is not None)

    def _leave_out(self, future: Future[Any]) -> None:
        """
        Free the place of a task that was cancelled.
        """
        if not future.cancelled():
            return
        with self._room:
            task = next((each for each in self._waiting if each.future is future), None)
            if task is not None:
                self._waiting.remove(task)
                self._room.notify()

    def _call(self) -> None:
        with suppress(OSError):
            self._calls.send_bytes(b".")

    def _manage(self) -> None:
        """
        The only thread that knows the processes.
        """
        try:
            while not self._killing and not (self._closed and self._is_idle()):
                self._fill()
                self._hear(self._wait())
                self._kill_overdue()
        except BaseException as error:
            self._broken = f"{type(error).__name__}"
            raise
        finally:
            self._end()
            self._ended.set()

    def _is_idle(self) -> bool:
        return not self._waiting and all(each.task is None for each in self._workers)

    def _fill(self) -> None:
        """
        Start the processes that are missing, and give a task to each that has none.
        """
        while len(self._workers) < self._processes and self._broken is None:
            self._workers.append(self._start())
        for worker in self._workers:
            while worker.ready and worker.task is None and (task := self._next()) is not None:
                self._give(worker, task)

    def _start(self) -> _Worker:
        """
        Where the fork server has just been killed a start fails; the next one finds another server.
        """
        for _ in range(_MOST_FAILED_STARTS - 1):
            with suppress(OSError, EOFError):
                return self._start_once()
            time.sleep(_START_AGAIN)
        return self._start_once()

    def _start_once(self) -> _Worker:
        _hear_no_interrupt()
        ours, theirs = self._context.Pipe()
        beats = new_beats(self._context)
        process = self._context.Process(target=serve, args=(theirs, beats, *self._made), daemon=True)
        process.start()
        theirs.close()
        return _Worker(process, ours, beats)

    def _next(self) -> _Task | None:
        with self._room:
            while self._waiting:
                task = self._waiting.popleft()
                self._room.notify()
                if task.future.set_running_or_notify_cancel():
                    return task
        return None

    def _give(self, worker: _Worker, task: _Task) -> None:
        worker.task, worker.begun = task, time.monotonic_ns()
        # A worker that has died says so by its sentinel.
        with suppress(OSError), self._talk(worker):
            worker.connection.send_bytes(task.item)

    @contextmanager
    def _talk(self, worker: _Worker) -> Iterator[None]:
        """
        What is larger than a pipe holds takes the other side to go on reading or writing.
        """
        self._talking = worker, time.monotonic_ns()
        try:
            yield
        finally:
            self._talking = None

    def _watch(self) -> None:
        """
        Kill a process that stands still in the middle of a task or an answer, for which the manager waits.
        """
        while not self._ended.wait(_LOOK_EVERY):
            talking = self._talking
            if talking is None:
                continue
            worker, since = talking
            if self._killing or (self._limit is not None and since + self._limit < time.monotonic_ns()):
                worker.stuck = True
                # It may have gone on, and ended, in between.
                with suppress(ValueError):
                    worker.process.kill()

    def _wait(self) -> list[Any]:
        handles = [self._called, *(each.connection for each in self._workers)]
        handles += [each.process.sentinel for each in (*self._workers, *self._leaving)]
        dues = [due for each in self._workers if (due := self._due(each)) is not None]
        if not dues:
            return wait(handles)
        return wait(handles, max((min(dues) - time.monotonic_ns()) / 1e9, 0.001))

    def _due(self, worker: _Worker) -> int | None:
        """
        When a process is killed unless it gets on, in nanoseconds of the monotonic clock; None for one without a task.
        """
        if not worker.ready:
            return worker.started + self._start_limit
        return worker.due(self._limit) if worker.task is not None and self._limit is not None else None

    def _hear(self, heard: list[Any]) -> None:
        if self._called in heard:
            while self._called.poll():
                self._called.recv_bytes()
        for worker in list(self._workers):
            if worker.connection in heard or worker.process.sentinel in heard:
                self._hear_one(worker, ended=worker.process.sentinel in heard)
        for worker in [each for each in self._leaving if each.process.sentinel in heard]:
            self._leaving.remove(worker)
            _bury(worker)

    def _hear_one(self, worker: _Worker, *, ended: bool) -> None:
        # A worker may end after it has answered.
        try:
            while worker.connection.poll():
                with self._talk(worker):
                    data = worker.connection.recv_bytes()
                self._answered(worker, *pickle.loads(data))  # noqa: S301  # our own process
        except (EOFError, OSError):
            ended = True
        if ended and worker in self._workers:
            self._lost(worker, overdue=worker.stuck)

    def _answered(self, worker: _Worker, kind: str, answer: Any) -> None:
        if kind == READY:
            worker.ready = True
            worker.held = _resident(worker.process.pid) if self._memory is not None else 0
            self._failed_starts = 0
        elif kind == NEVER:
            self._break(str(Raised(*answer)))
        elif worker.task is not None:
            future, worker.task = worker.task.future, None
            worker.done += 1
            if self._is_worn(worker):
                self._dismiss(worker)
            if kind == FAILED:
                future.set_exception(Raised(*answer, part=worker.part))
            else:
                future.set_result(answer)

    def _is_worn(self, worker: _Worker) -> bool:
        if self._recycle is not None and worker.done >= self._recycle:
            return True
        if self._memory is None:
            return False
        # Another one would begin with as much.
        return _resident(worker.process.pid) > max(self._memory, worker.held + self._memory // 4)

    def _dismiss(self, worker: _Worker) -> None:
        self._workers.remove(worker)
        self._leaving.append(worker)
        with suppress(OSError):
            worker.connection.send_bytes(b"")

    def _kill_overdue(self) -> None:
        now = time.monotonic_ns()
        for worker in list(self._workers):
            due = self._due(worker)
            if due is not None and due < now:
                worker.process.kill()
                self._lost(worker, overdue=True)

    def _lost(self, worker: _Worker, *, overdue: bool) -> None:
        self._workers.remove(worker)
        status = _bury(worker)
        if not worker.ready:
            self._failed_starts += 1
            if self._failed_starts >= _MOST_FAILED_STARTS:
                self._break(f"its processes end while they start (status {status})")
        if worker.task is not None:
            worker.task.future.set_exception(Lost(worker.part, overdue=overdue, status=status))

    def _break(self, why: str) -> None:
        with self._room:
            self._broken = why
            waiting = list(self._waiting)
            self._waiting.clear()
            self._room.notify_all()
        for task in waiting:
            if task.future.set_running_or_notify_cancel():
                task.future.set_exception(NeverReady(why))

    def _end(self) -> None:
        self._closed = True
        self._break(self._broken or "the workers were closed")
        for worker in self._workers:
            if self._killing or worker.task is not None:
                worker.process.kill()
            else:
                self._leaving.append(worker)
                with suppress(OSError):
                    worker.connection.send_bytes(b"")
        for worker in [each for each in self._workers if each not in self._leaving]:
            if worker.task is not None:
                worker.task.future.set_exception(Closed("the workers were closed"))
            _bury(worker)
        for worker in self._leaving:
            _bury(worker)
        self._workers.clear()
        self._leaving.clear()


def _hear_no_interrupt() -> None:
    """
    What this thread starts does not hear Ctrl-C, which a terminal sends to all processes: it ends with its owner.

    Python's resource tracker comes first: when it is started the thread hears again.
    """
    if sys.platform != "win32":
        resource_tracker.ensure_running()
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})


def _resident(process: int) -> int:
    """
    The resident memory of a process, in bytes; 0 where nobody tells.
    """
    try:
        with open(f"/proc/{process}/statm", "rb") as file:  # noqa: PTH123 - read after every task
            return int(file.read().split()[1]) * _PAGE
    except OSError:
        return 0


_PAGE: Final = os.sysconf("SC_PAGESIZE") if hasattr(os, "sysconf") else 0


def _bury(worker: _Worker) -> int | None:
    worker.process.join(5)
    if worker.process.exitcode is None:
        worker.process.kill()
        worker.process.join()
    worker.connection.close()
    status: int | None = worker.process.exitcode
    worker.process.close()
    return status


def _method() -> str:
    return "forkserver" if "forkserver" in get_all_start_methods() and sys.platform != "darwin" else "spawn"


def usable_processors() -> int:
    """
    How many processors this process may use.
    """
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity is not None else os.cpu_count() or 1
