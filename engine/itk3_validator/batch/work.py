"""
What one process does with one chunk.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from hashlib import sha256
from typing import Final, NamedTuple

import pyarrow as pa

from itk3_validator.batch.judging import Given, Judge
from itk3_validator.batch.sources import Chunk, read
from itk3_validator.batch.tables import Answers, answers, rules_by_pack
from itk3_validator.finding import Verdict
from itk3_validator.inputs.entries import Unreadable
from itk3_validator.inputs.items import Item, names_of
from itk3_validator.source import Limits, Source
from itk3_validator.value import replace

PRELOAD: Final = (
    __name__,
    "itk3_validator.checks.patterns",
    "itk3_validator.inputs.files",
    "itk3_validator.inputs.tables",
    "itk3_validator.place",
    "itk3_validator.sight.remembered",
    "itk3_validator.xpath.expansion",
    "itk3_validator.xpath.outline",
    "pyarrow.compute",
    "pyarrow.parquet",
)
"""
Modules that every process comes to import for this work, together 0.1 s: to be imported before processes are forked.
"""


_BESIDE: Final = "it is read only together with another message, with which that failed"


class Task(NamedTuple):
    """
    A chunk, and those of its messages that are not to be judged: their places in it, and why. The *unread* among them
    are not even read, nor is what can be read only together with them.
    """

    chunk: Chunk
    lost: Mapping[int, str]
    unread: frozenset[int] = frozenset()


class Done(NamedTuple):
    """
    What became of a chunk.

    *tables*: rows by the name of their table, as Arrow writes a record batch for another process. *answers* are counted
    with the *rules* of each pack, in the order of the letters.
    """

    tables: Mapping[str, pa.Buffer]
    answers: Counter[Answers]
    rules: Mapping[str, tuple[str, ...]]
    verdicts: Counter[str]
    judged: int
    size: int


def make_work(judge: Judge, limits: Limits) -> Callable[[Task, Callable[[int], None]], Done]:
    """
    The work of a process, whose packs are loaded already.
    """
    pa.set_cpu_count(1)
    judge.make_ready()
    rules = rules_by_pack(judge.validator.packs, judge.settings.only)

    def work(task: Task, begin: Callable[[int], None]) -> Done:
        rows = judge.rows(_given(task, limits), begin)
        shared = rows.shared
        verdicts: Counter[str] = Counter()
        for each, number in shared.items():
            verdicts[each.verdict] += number
        return Done(
            {name: batch.serialize() for name, batch in rows.tables(task.chunk.first).items()},
            answers(shared),
            rules,
            verdicts,
            sum(number for each, number in shared.items() if each.outcomes),
            rows.size,
        )

    return work


def _given(task: Task, limits: Limits) -> Iterator[Given]:
    """
    The messages of a chunk, as they are read.
    """
    chunk, lost = task.chunk, task.lost
    if task.unread:
        chunk = replace(chunk, items=tuple(_items(task)))
    for place, entry in enumerate(read(chunk, limits)):
        yield _of(entry) if place not in lost else _lost(entry, lost[place])


def _items(task: Task) -> Iterator[Item]:
    place = 0
    for item in task.chunk.items:
        names = names_of(item)
        if task.unread.isdisjoint(range(place, place + len(names))):
            yield item
        else:
            yield from [Unreadable(name, _BESIDE) for name in names]
        place += len(names)


def _of(entry: Source | Unreadable) -> Given:
    if isinstance(entry, Unreadable):
        return Given(entry.name, None, reason=entry.reason, digest=entry.digest or None)
    return Given(entry.name, entry.data, control=entry.control)


def _lost(entry: Source | Unreadable, why: str) -> Given:
    digest = entry.digest if isinstance(entry, Unreadable) else sha256(entry.data).hexdigest()
    return Given(entry.name, None, instead=Verdict.ERROR, reason=why, digest=digest or None)
