"""
The first message of a process: `python -m benchmarks.first_call KEY FILE...` says how long it took, as JSON.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence

from benchmarks.chosen import SINGLE, chosen
from benchmarks.rounds import spread

STEPS = ("ready", "first", "second", "steady")


def measure(files: Sequence[str], *, rounds: int) -> list[dict[str, object]]:
    """
    Processes of every contestant in turn; for each the median and quartiles in seconds of every step: ready (import and
    compile), first and second message, and the median of the messages after that.
    """
    taken: dict[str, list[Mapping[str, float]]] = {key: [] for key in SINGLE}
    for _ in range(rounds + 1):
        for key in SINGLE:
            command = [sys.executable, "-m", "benchmarks.first_call", key, *files]
            environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
            answer = subprocess.run(command, check=True, stdout=subprocess.PIPE, env=environment).stdout
            taken[key].append(json.loads(answer))
    # The first round has written bytecode and filled caches of the disk.
    return [
        {"who": SINGLE[key], **{step: spread([each[step] for each in runs[1:]]) for step in STEPS}}
        for key, runs in taken.items()
    ]


def _once(key: str, files: Sequence[str]) -> dict[str, float]:
    messages = []
    for name in files:
        with open(name, "rb") as stream:  # noqa: PTH123 - pathlib takes longer than the step that is timed
            messages.append(stream.read())
    clock = time.process_time
    start = clock()
    contestant = chosen(key)
    ready = clock() - start
    spent = [contestant.seconds([data]) for data in messages]
    return dict(zip(STEPS, (ready, spent[0], spent[1], statistics.median(spent[2:])), strict=True))


if __name__ == "__main__":
    print(json.dumps(_once(sys.argv[1], sys.argv[2:])))
