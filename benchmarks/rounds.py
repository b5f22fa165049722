"""
Alternating rounds: each contestant beside the floor, in the same process, on the same messages, again and again.
"""

from __future__ import annotations

import gc
import statistics
from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeAlias

from benchmarks.contestant import FLOOR, Contestant

Supply: TypeAlias = Callable[[int], Sequence[bytes]]
BUDGET = 0.01  # seconds that a contestant may take in a round, before it is down to one message
FLOOR_BUDGET = 0.005
MOST = 100  # messages a round
SLOW, FEW = 0.2, 5  # a contestant that takes longer than that for a message gets no more rounds than this


class Spread(NamedTuple):
    """
    Median and quartiles.
    """

    low: float
    median: float
    high: float


class Measured(NamedTuple):
    """
    A contestant's cost a message: as a multiple of the floor in the same round, and in seconds.
    """

    name: str
    ratio: Spread
    seconds: Spread
    floor: Spread
    rounds: int


def measure(
    contestants: Sequence[Contestant],
    fresh: Supply,
    *,
    rounds: int,
    floor: Contestant = FLOOR,
) -> list[Measured]:
    """
    Time every contestant in each round, right beside the floor: after it in one round, before it in the next.

    *fresh* gives so many messages that nobody has seen: what a contestant remembers of messages helps it as far as it
    would with those of an archive.
    """
    warm = [_warm(each, fresh, BUDGET) for each in contestants]
    floor_size = _warm(floor, fresh, FLOOR_BUDGET).size
    gc.collect()
    gc.freeze()  # what the peers have loaded must not be walked over in another's time
    taken: list[list[tuple[float, float]]] = [[] for _ in contestants]
    for number in range(rounds):
        order = range(len(contestants)) if number % 2 else range(len(contestants) - 1, -1, -1)
        for at in order:
            if warm[at].slow and number >= FEW:
                continue
            messages = fresh(max(warm[at].size, floor_size))
            own = contestants[at], messages[: warm[at].size]
            beside = floor, messages
            spent = [each.seconds(some) / len(some) for each, some in ((beside, own) if number % 2 else (own, beside))]
            taken[at].append((spent[1], spent[0]) if number % 2 else (spent[0], spent[1]))
    gc.unfreeze()
    return [_measured(each.name, pairs) for each, pairs in zip(contestants, taken, strict=True)]


TURNS = 8


def beside(plain: Contestant, more: Contestant, fresh: Supply, *, rounds: int) -> Measured:
    """
    What *more* takes as a multiple of *plain*, where the two hardly differ: in each round they take turns, each with
    messages of its own, and who begins changes.
    """
    pair = plain, more
    sizes = [_warm(each, fresh, BUDGET / TURNS).size for each in pair]
    gc.collect()
    gc.freeze()
    taken = []
    for number in range(rounds):
        spent = [0.0, 0.0]
        for turn in range(TURNS):
            for at in (0, 1) if (number + turn) % 2 else (1, 0):
                spent[at] += pair[at].seconds(fresh(min(sizes))) / min(sizes) / TURNS
        taken.append((spent[1], spent[0]))
    gc.unfreeze()
    return _measured(more.name, taken)


def spread(values: list[float]) -> Spread:
    """
    Median and quartiles; of one value, that value.
    """
    return Spread(*statistics.quantiles(values if len(values) > 1 else values[:1] * 2, n=4, method="inclusive"))


class _Warm(NamedTuple):
    """
    How many messages a contestant manages in its budget, at least one; and whether one alone takes long.
    """

    size: int
    slow: bool


def _warm(contestant: Contestant, fresh: Supply, budget: float) -> _Warm:
    spent, size, warmed = contestant.seconds(fresh(1)), 1, 0.0
    while (warmed := warmed + spent) < contestant.warming:
        size = max(1, min(MOST, int(budget * size / max(spent, 1e-6)), size * 4))
        spent = contestant.seconds(fresh(size))
    return _Warm(size, spent / size > SLOW)


def _measured(name: str, pairs: Sequence[tuple[float, float]]) -> Measured:
    return Measured(
        name,
        spread([own / floor for own, floor in pairs]),
        spread([own for own, _ in pairs]),
        spread([floor for _, floor in pairs]),
        len(pairs),
    )
