"""
Nothing is timed before every contestant has judged the same messages the same.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence

from benchmarks.contestant import Contestant
from benchmarks.messages import ONE_FAULT_IN, Made

PATIENCE = 3.0  # seconds

# (contestant, rule): why it may judge otherwise. Empty: all of them agree on everything.
EXPLAINED: Mapping[tuple[str, str], str] = {}


def disagreements(contestants: Sequence[Contestant], made: Sequence[Made]) -> list[str]:
    """
    A line for each rule that a contestant judges otherwise than the first one.

    Who takes more than `PATIENCE` is asked about fewer messages, but not below ten, of which one has a fault.
    """
    wanted = [contestants[0].verdict(each.data) for each in made]
    return [
        f"{contestant.name} and {contestants[0].name} differ on {rule} (message {number}, {_fault_of(made[number])})"
        for contestant in contestants[1:]
        if contestant.failed is not None
        for number, verdict in enumerate(_verdicts(contestant, made))
        for rule in sorted(verdict ^ wanted[number])
        if (contestant.name, rule) not in EXPLAINED
    ]


def _verdicts(contestant: Contestant, made: Sequence[Made]) -> Iterator[frozenset[str]]:
    start = time.monotonic()
    for number, each in enumerate(made):
        if number >= ONE_FAULT_IN and time.monotonic() - start > PATIENCE:
            return
        yield contestant.verdict(each.data)


def _fault_of(made: Made) -> str:
    return made.fault.name if made.fault else "no fault"
