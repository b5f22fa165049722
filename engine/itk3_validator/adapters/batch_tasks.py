"""
Chunks of a batch, done by workers: what a worker is lost with is left out, and the rest of its chunk is done again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future
from typing import Final

from itk3_validator.adapters.workers import Lost, Raised, Workers
from itk3_validator.batch.sources import Chunk
from itk3_validator.batch.work import Done, Task

# Whoever kills processes by chance seldom hits the same message twice.
_CHANCES: Final = 2


class Tasks:
    """
    Has chunks judged by workers. A message is not judged again with which a worker was lost twice, or for which one
    took too long; when it happens once more, it is not read either.
    """

    def __init__(self, workers: Workers) -> None:
        self._workers = workers

    def begin(self, chunk: Chunk) -> Callable[[], Done]:
        """
        Have a chunk judged; what is returned waits for it.
        """
        first = self._workers.submit(Task(chunk, {}))
        return lambda: self._end(chunk, first)

    def _end(self, chunk: Chunk, future: Future[Done]) -> Done:
        lost: dict[int, str] = {}
        unread: set[int] = set()
        suspected: Counter[int | None] = Counter()
        while True:
            try:
                return future.result()
            except Lost as loss:
                part = loss.part if loss.part is not None and loss.part < chunk.count else None
                suspected[part] += 1
                if part in lost:
                    unread.add(part)
                elif loss.overdue or suspected[part] >= _CHANCES:
                    lost.update(_lost(part, chunk, str(loss)))
            except Raised as raised:
                suspected[None] += 1
                if suspected[None] >= _CHANCES:
                    lost.update(_lost(None, chunk, f"it could not be read or judged ({raised})"))
                    unread.update(lost)
            future = self._workers.submit(Task(chunk, dict(lost), frozenset(unread)))


def _lost(part: int | None, chunk: Chunk, why: str) -> dict[int, str]:
    """
    The message that is to blame; all of its chunk, where nobody knows which one it is.
    """
    return dict.fromkeys(range(chunk.count) if part is None else [part], why)
