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
    took too long; when it happens once more, it is not read either. One that cannot be read twice, for an exception, is
    neither.
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
        chances = _CHANCES
        while True:
            try:
                return future.result()
            except (Lost, Raised) as error:
                if len(unread) == chunk.count:
                    # There is nothing more to leave out, and to ask again would have no end.
                    chances -= 1
                    if not chances:
                        raise
                _blame(error, chunk, lost, unread, suspected)
            future = self._workers.submit(Task(chunk, dict(lost), frozenset(unread)))


def _blame(
    error: Lost | Raised, chunk: Chunk, lost: dict[int, str], unread: set[int], suspected: Counter[int | None]
) -> None:
    """
    Leave out the message that is to blame; all of its chunk, where nobody knows which one it is.
    """
    # Of a message that is not even read nothing is left to leave out.
    part = error.part if error.part in range(chunk.count) and error.part not in unread else None
    blamed = range(chunk.count) if part is None else (part,)
    suspected[part] += 1
    again = suspected[part] >= _CHANCES
    if isinstance(error, Raised):
        if again:
            lost.update(dict.fromkeys(blamed, f"it could not be read or judged ({error})"))
            unread.update(blamed)
    elif lost.keys() >= set(blamed):
        unread.update(blamed)
    elif error.overdue or again:
        lost.update(dict.fromkeys(blamed, str(error)))
