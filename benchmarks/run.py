"""
What is measured, in which order; the answer is the content of results.json.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Collection, Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

from benchmarks import first_call, memory, ours, startup
from benchmarks.agreement import disagreements
from benchmarks.chosen import SINGLE
from benchmarks.contestant import Contestant
from benchmarks.messages import KIND, KINDS, LARGEST, Supply, alike, failing, mangled, messages, plain
from benchmarks.packs import rows
from benchmarks.peers import peers
from benchmarks.record import made_on
from benchmarks.rounds import beside, measure
from benchmarks.rules_table import REPORT, RESPONSE, Row

Make: TypeAlias = Callable[[str, int, int], Sequence[bytes]]


class Scope(NamedTuple):
    """
    How much is measured. *whole*: peers that are not installed are an error, and processes are started too.
    """

    rounds: int
    kinds: tuple[str, ...]
    counts: tuple[int, ...]
    whole: bool


FULL = Scope(15, tuple(kind.name for kind in KINDS), (100, 300, 3_000), whole=True)
QUICK = Scope(9, tuple(kind.name for kind in KINDS if kind.name != "pdf-20m"), (100, 300), whole=False)

GROWING = ("small", "markup-60k")  # the kinds on which the number of rules grows
ASKED = ("response", "small", "markup-60k")  # the kinds of which more is asked than the outcomes
COMPARED = {"pdf-1m": 10, "pdf-20m": 2}  # how many messages are compared; of the others 60
STREAMS = {"asked": plain, "asked of alike": alike, "asked of failing": failing, "asked of mangled": mangled}
TOO_SLOW = 1.0  # seconds for one message: it would take hours
IN_MEMORY = ("pdf-1m", "pdf-20m", LARGEST.name)


def run(scope: Scope, only: Collection[str] | None = None) -> tuple[dict[str, Any], list[str]]:
    """
    The results, and where contestants disagree; with disagreements the results are not to be believed.
    """
    disagree: list[str] = []
    speed: list[dict[str, Any]] = []
    for kind in scope.kinds:
        if only and kind not in only:
            continue
        for part, count, all_of_them in _matches(kind, scope):
            _tell(f"{part}: {KIND[kind].title}, {count} rules")
            made = messages(kind, COMPARED.get(kind, 60))
            contestants = [each for each in all_of_them if _able(each, made[0].data)]
            disagree += disagreements(contestants, made)
            extra = [ours.bundled(), ours.not_compiled()] if part == "sizes" else []
            speed += _timed(part, kind, count, [*extra, *contestants], plain, scope.rounds)
        if kind in ASKED:
            speed += _asked(kind, scope.rounds)
    results = {"made_on": made_on(), "rounds": scope.rounds, "rules": _rules(), "speed": speed}
    return (results | _processes() if scope.whole else results), disagree


def _matches(kind: str, scope: Scope) -> Iterable[tuple[str, int, list[Contestant]]]:
    """
    Who is timed together: part of the page, number of rules, contestants with ours first.
    """
    table = RESPONSE if kind == "response" else REPORT
    yield "sizes", len(table), _all(table, whole=scope.whole)
    for count in scope.counts if kind in GROWING else ():
        judges = [each for each in _all(rows(count), whole=scope.whole) if each.failed is not None]
        yield "rules", count, judges


def _all(table: Sequence[Row], *, whole: bool) -> list[Contestant]:
    return [ours.own(table), *peers(table, whole=whole)]


def _asked(kind: str, rounds: int) -> list[dict[str, Any]]:
    """
    What more than the outcomes costs: on all messages, on those that have a fault, and on those of which hardly two
    have the same shape, so that nothing remembered helps.
    """
    _tell(f"asked: {KIND[kind].title}")
    bundled, _ = ours.applying(messages(kind, 1)[0].data)
    judge, outcomes, *_ = ours.variants()
    read = beside(judge, outcomes, Supply(plain, kind), rounds=rounds)
    return [
        *(
            row
            for part, make in STREAMS.items()
            for row in _timed(part, kind, bundled, ours.variants()[: 5 if part == "asked" else 3], make, rounds)
        ),
        {"part": "outcomes", "kind": kind, "count": bundled, **read._asdict()},
    ]


def _timed(
    part: str, kind: str, count: int, contestants: Sequence[Contestant], make: Make, rounds: int
) -> list[dict[str, Any]]:
    measured = measure(contestants, Supply(make, kind), rounds=rounds)
    return [{"part": part, "kind": kind, "count": count, **each._asdict()} for each in measured]


def _able(contestant: Contestant, data: bytes) -> bool:
    """
    Whether the contestant takes such a message at all, in less than `TOO_SLOW`: fhir.resources reads no value above
    10 MB, node-schematron needs more than a second for hundreds of rules.
    """
    try:
        contestant.run(data)
        spent = contestant.seconds([data])
    except Exception as error:  # noqa: BLE001 - whatever a peer raises, it is told and the others go on
        _tell(f"{contestant.name} cannot: {type(error).__name__}: {str(error)[:100]}")
        return False
    if spent > TOO_SLOW:
        _tell(f"{contestant.name} takes {spent:.1f} s")
    return spent <= TOO_SLOW


def _rules() -> dict[str, tuple[int, int]]:
    """
    Of the bundled pack: how many rules it has, and how many of them apply to a response and to a report.
    """
    return {kind: ours.applying(messages(kind, 1)[0].data) for kind in ("response", "small")}


def _processes() -> dict[str, Any]:
    """
    What is measured from outside, in processes that do nothing else.
    """
    with tempfile.TemporaryDirectory() as folder:
        files = {kind: _written(Path(folder), kind, 1)[0] for kind in IN_MEMORY}
        small = _written(Path(folder), "small", 20)
        _tell("memory")
        held = [
            {"kind": kind, **memory.measure(key, small[0], file)}
            for kind, file in files.items()
            for key in SINGLE
            if kind != LARGEST.name or key in ("floor", "bundled")
        ]
        _tell("first call")
        first = first_call.measure([str(file) for file in small], rounds=9)
    _tell("start-up")
    return {"memory": held, "first": first, "startup": [row._asdict() for row in startup.measure()]}


def _written(folder: Path, kind: str, count: int) -> list[Path]:
    files = [folder / f"{kind}-{number}.xml" for number in range(count)]
    for file, made in zip(files, messages(kind, count), strict=True):
        file.write_bytes(made.data)
    return files


def _tell(what: str) -> None:
    print(what, file=sys.stderr, flush=True)
