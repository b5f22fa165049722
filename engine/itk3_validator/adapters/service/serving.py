"""
The packs that are served now, the processes that judge by them, and how a new version takes their place.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import Final, TypeAlias
from uuid import UUID

from itk3_validator import RulePack, Validator
from itk3_validator.adapters.clock import now
from itk3_validator.adapters.service.judging import Answer, Task, Ways
from itk3_validator.adapters.service.loading import NotTaken, Signature, loaded, loading, signature
from itk3_validator.adapters.service.watch import Events
from itk3_validator.adapters.settings import Settings
from itk3_validator.adapters.workers import Busy, Closed, Lost, NeverReady, Raised, Workers
from itk3_validator.value import Value

# What lxml keeps of names is freed with the process.
_RECYCLE: Final = 10_000
# Whoever kills processes by chance seldom hits the same message twice.
_CHANCES: Final = 2
# There is no room for a process, a pipe or a thread.
_NO_MEANS: Final = (OSError, RuntimeError)

Make: TypeAlias = Callable[[Validator, Ways], Callable[[Task, Callable[[int], None]], Answer]]


class Unjudged(Exception):
    """
    No answer can be given to a message.

    Attributes:
        why: ``time-limit``, ``crash``, ``failed``, ``busy`` or ``no-process``.
    """

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class Refused(Value):
    """
    A new version of the packs that was not taken, and why: what `itk3 lint` says of it.
    """

    at: datetime
    problems: tuple[str, ...]


class Version(Value, eq=False):
    """
    One state of the packs, with the processes that judge by it. *number* counts from 1.
    """

    number: int
    since: datetime
    validator: Validator
    workers: Workers

    @property
    def packs(self) -> tuple[RulePack, ...]:
        return self.validator.packs


class Serving:
    """
    Judges by the packs of the day. It belongs to one event loop.

    Args:
        make: what works in a process.

        validator: the packs to begin with.

        processes, time_limit, waiting: as of `Workers`.
    """

    def __init__(  # noqa: PLR0913  # each is a setting of its own
        self,
        make: Make,
        settings: Settings,
        validator: Validator,
        ways: Ways,
        events: Events,
        *,
        processes: int,
        time_limit: float,
        waiting: int,
    ) -> None:
        self._make = make
        self._settings = settings
        self._ways = ways
        self._events = events
        self._processes = processes
        self._time_limit = time_limit
        self._waiting = waiting
        self._first = validator
        self._current: Version | None = None
        self._changing = asyncio.Lock()
        self._closing: set[asyncio.Future[None]] = set()
        self.refused: Refused | None = None
        self.is_able = False

    @property
    def current(self) -> Version:
        """
        The version that serves.
        """
        if self._current is None:
            raise RuntimeError("the service has not begun")
        return self._current

    async def begin(self) -> None:
        """
        Start the processes, and wait until one of them has judged something.

        Raises:
            Unjudged: None can.
        """
        self._current = await self._version(self._first)
        self.is_able = True

    async def end(self) -> None:
        """
        End all processes, whatever they do.
        """
        if self._current is not None:
            self._close(self._current.workers, kill=True)
        await asyncio.gather(*self._closing)

    async def judge(self, task: Task) -> Answer:
        """
        Have one request judged, a second time when its process is lost by something else than the time limit.

        Raises:
            Unjudged: It takes too long, ends its process twice, or cannot be judged for want of room or by a mistake.
        """
        lost = 0
        while True:
            version = self.current
            try:
                return await _answer(version.workers, task)
            except Lost as loss:
                lost += 1
                why = "time-limit" if loss.overdue else "crash"
                self._events.lost(why)
                if loss.overdue or lost >= _CHANCES:
                    raise Unjudged(why) from None
            except Raised as raised:
                self._events.crashed(raised.kind, raised.frames)
                raise Unjudged("failed") from None
            except Busy:
                raise Unjudged("busy") from None
            except NeverReady:
                self.is_able = False
                raise Unjudged("no-process") from None
            except Closed:
                # Another version has taken over in between.
                if version is self.current:
                    self.is_able = False
                    raise Unjudged("no-process") from None

    async def mend(self) -> None:
        """
        Start processes anew when there are none that can judge.
        """
        async with self._changing:
            if not self.is_able:
                with suppress(Unjudged, *_NO_MEANS):
                    await self._take(self.current.validator)

    async def reload(self) -> None:
        """
        Load the packs as they are now; serve them when they are other ones and sound, and tell when they are not.
        """
        async with self._changing:
            try:
                validator = await self._loaded()
                if _digests(validator) != _digests(self.current.validator):
                    await self._take(validator)
                    self._events.reloaded(self.current.packs)
                self.refused = None
                self._events.unrefused()
            except NotTaken as error:
                self.refused = Refused(now(), error.problems)
            except (Unjudged, *_NO_MEANS):
                self.refused = Refused(now(), ("no process can judge by the new version",))
            if self.refused is not None:
                self._events.refused(self.refused.problems)

    def signature(self) -> Signature:
        """
        What tells that a file of the packs has changed. It reads folders: not for the event loop.
        """
        return signature(self._settings, self.current.packs)

    async def _loaded(self) -> Validator:
        loader = loading(self._settings)
        try:
            return await loaded(loader)
        finally:
            self._close(loader, kill=True)

    async def _take(self, validator: Validator) -> None:
        before, self._current = self.current, await self._version(validator)
        self.is_able = True
        self._close(before.workers)

    async def _version(self, validator: Validator) -> Version:
        number = 1 if self._current is None else self._current.number + 1
        workers = Workers(
            self._make,
            (validator, self._ways),
            processes=self._processes,
            time_limit=self._time_limit,
            recycle=_RECYCLE,
            waiting=self._waiting,
            preload=["itk3_validator.adapters.service.judging", "itk3_validator.validator"],
        )
        made = Version(number, now(), validator, workers)
        try:
            await _answer(workers, _PROBE)
        except (Lost, NeverReady, Raised, Closed):
            self._close(workers, kill=True)
            raise Unjudged("no-process") from None
        except BaseException:
            self._close(workers, kill=True)
            raise
        return made

    def _close(self, workers: Workers, *, kill: bool = False) -> None:
        # It waits for what is being done.
        closing = asyncio.get_running_loop().run_in_executor(None, lambda: workers.close(kill=kill))
        self._closing.add(closing)
        closing.add_done_callback(self._closing.discard)


_PROBE: Final = Task(
    "probe", b"<Bundle/>", "", "json", (), None, None, UUID(int=0), datetime.fromtimestamp(0).astimezone()
)


async def _answer(workers: Workers, task: Task) -> Answer:
    answer: Answer = await asyncio.wrap_future(workers.submit(task, wait_for_room=False))
    return answer


def _digests(validator: Validator) -> tuple[tuple[str, str], ...]:
    return tuple((pack.name, pack.digest) for pack in validator.packs)
