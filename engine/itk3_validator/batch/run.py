"""
A run: chunks are judged in any order, and written in theirs.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from functools import reduce
from typing import Final, NamedTuple, TypeAlias

import pyarrow as pa

from itk3_validator.batch.folder import NO_PART, Folder, Part
from itk3_validator.batch.schema import TABLES
from itk3_validator.batch.sources import Chunk
from itk3_validator.batch.tables import Answers, counts
from itk3_validator.batch.work import Done
from itk3_validator.errors import CallInvalid
from itk3_validator.inputs.items import name_of

# Bytes of messages that chunks under way bring along; a single chunk may bring more.
MOST_UNDER_WAY: Final = 64_000_000
PART_BYTES: Final = 1_000_000_000
PART_ROWS_BYTES: Final = 50_000_000

Begin: TypeAlias = Callable[[Chunk], Callable[[], Done]]
"""
Has a chunk judged, and returns what waits for it.
"""


class Judged(NamedTuple):
    """
    What became of a chunk, without the messages that it may have brought along.
    """

    key: str
    messages: int
    done: Done


def run(
    folder: Folder,
    chunks: Iterable[Chunk],
    begin: Begin,
    *,
    ahead: int,
    told: Callable[[Part], None] = lambda _: None,
    part_messages: int,
) -> Part:
    """
    Judge what the folder does not hold yet, and write it there.

    Where a part ends depends on its messages alone, so that a run that was killed and went on has the same files.

    Args:
        ahead: how many chunks are under way at a time.

        told: called with everything counted so far, whenever another chunk is there; outcomes are those of whole parts.

        part_messages: a part ends with the chunk that brings it to so many messages.

    Returns:
        Everything counted.

    Raises:
        CallInvalid: The sources are not those with which the run was begun.
    """
    whole = sum_of(folder.parts)
    told(whole)
    rest = _after(whole.chunks, chunks, folder)
    waiting = _Waiting(part_messages)
    for judged in _in_order(rest, begin, ahead):
        waiting.add(judged)
        if waiting.is_full:
            whole = whole.plus(waiting.commit(folder))
            waiting = _Waiting(part_messages)
        told(whole.plus(waiting.part))
    if waiting.judged:
        whole = whole.plus(waiting.commit(folder))
    return whole


class _Waiting:
    """
    What becomes the next part.
    """

    def __init__(self, most_messages: int) -> None:
        self.judged: list[Judged] = []
        self.part = NO_PART
        self._bytes = self._rows_bytes = 0
        self._most_messages = most_messages

    def add(self, judged: Judged) -> None:
        """
        One more chunk. Its outcomes are counted when the part is written: for all of its messages in one go.
        """
        key, messages, done = judged
        self.judged.append(judged)
        self.part = self.part.plus(Part((key,), messages, Counter(), done.verdicts, done.judged))
        self._bytes += done.size
        self._rows_bytes += sum(rows.size for rows in done.tables.values())

    @property
    def is_full(self) -> bool:
        return (
            self.part.messages >= self._most_messages
            or self._bytes >= PART_BYTES
            or self._rows_bytes >= PART_ROWS_BYTES
        )

    def commit(self, folder: Folder) -> Part:
        """
        Write the part, and return it with its outcomes.
        """
        done = [each.done for each in self.judged]
        found: Counter[Answers] = Counter()
        rules: dict[str, tuple[str, ...]] = {}
        for each in done:
            found.update(each.answers)
            rules.update(each.rules)
        part = self.part._replace(outcomes=counts(found, rules))
        folder.commit({name: _table(name, [each.tables[name] for each in done]) for name in done[0].tables}, part)
        return part


def _table(name: str, written: Iterable[pa.Buffer]) -> pa.Table:
    schema = TABLES[name]
    return pa.Table.from_batches([pa.ipc.read_record_batch(each, schema) for each in written], schema=schema)


def sum_of(parts: Iterable[Part]) -> Part:
    """
    Several parts as one.
    """
    return reduce(Part.plus, parts, NO_PART)


def _after(known: tuple[str, ...], chunks: Iterable[Chunk], folder: Folder) -> Iterator[Chunk]:
    """
    The chunks that are not there yet.
    """
    number = 0
    for number, chunk in enumerate(chunks, start=1):
        if number > len(known):
            if folder.is_finished:
                raise _changed(folder, "there are more of them")
            yield chunk
        elif chunk.key != known[number - 1]:
            name = name_of(chunk.items[0]) if chunk.items else "one in which nothing is a message"
            told = "or shortly after it (a file that was copied or touched since is another one)"
            raise _changed(folder, f"the first that differs is {name} {told}")
    if number < len(known):
        raise _changed(folder, "there are fewer of them")


def _changed(folder: Folder, how: str) -> CallInvalid:
    return CallInvalid(
        f"the messages are not those with which the run {folder.path} was begun: {how}; name another folder with -o"
    )


def _in_order(chunks: Iterable[Chunk], begin: Begin, ahead: int) -> Iterator[Judged]:
    under_way: deque[_UnderWay] = deque()
    carried = 0
    for chunk in chunks:
        under_way.append(_UnderWay(chunk.key, chunk.count, chunk.carried, begin(chunk)))
        carried += under_way[-1].carried
        del chunk
        while len(under_way) >= ahead or carried > MOST_UNDER_WAY:
            first = under_way.popleft()
            carried -= first.carried
            yield first.judged()
    while under_way:
        yield under_way.popleft().judged()


class _UnderWay(NamedTuple):
    key: str
    messages: int
    carried: int
    done: Callable[[], Done]

    def judged(self) -> Judged:
        return Judged(self.key, self.messages, self.done())
