"""
Nothing is timed before every contestant has judged the same messages the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from benchmarks.contestant import Contestant
from benchmarks.messages import Made

# (contestant, rule): why it may judge otherwise. Empty: all of them agree on everything.
EXPLAINED: Mapping[tuple[str, str], str] = {}


def disagreements(contestants: Sequence[Contestant], made: Sequence[Made]) -> list[str]:
    """
    A line for each rule that a contestant judges otherwise than the first one.
    """
    return [
        f"{contestant.name} and {contestants[0].name} differ on {rule} (message {number}, {_fault_of(each)})"
        for number, each in enumerate(made)
        for wanted in [contestants[0].verdict(each.data)]
        for contestant in contestants[1:]
        if contestant.failed is not None
        for rule in sorted(contestant.verdict(each.data) ^ wanted)
        if (contestant.name, rule) not in EXPLAINED
    ]


def _fault_of(made: Made) -> str:
    return made.fault.name if made.fault else "no fault"
