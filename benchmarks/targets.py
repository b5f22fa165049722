"""
What was promised, and whether a run keeps it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from benchmarks.messages import LARGEST
from benchmarks.ours import BUNDLED, OWN

MB = 1024 * 1024
Results = dict[str, Any]


class Target(NamedTuple):
    """
    One promise: the figure is *limit* at most, or at least with *least*.
    """

    what: str
    limit: float
    figure: Callable[[Results], float | None]
    least: bool = False
    unit: str = ""

    def judged(self, results: Results) -> Judged:
        figure = self.figure(results)
        kept = None if figure is None else (figure >= self.limit if self.least else figure <= self.limit)
        return Judged(self, figure, kept)


class Judged(NamedTuple):
    """
    A promise beside its figure; None where the run has none.
    """

    target: Target
    figure: float | None
    kept: bool | None


def judged(results: Results) -> list[Judged]:
    """
    Every promise beside its figure, in the order of the table.
    """
    return [target.judged(results) for target in TARGETS]


def ratio(results: Results, part: str, kind: str, name: str, count: int | None = None) -> float | None:
    """
    A contestant's cost as a multiple of the floor; None where it was not measured.
    """
    found = [
        row["ratio"][1]
        for row in results["speed"]
        if (row["part"], row["kind"], row["name"]) == (part, kind, name) and count in (None, row["count"])
    ]
    return float(found[0]) if found else None


def _bundled(kind: str) -> Callable[[Results], float | None]:
    return lambda results: ratio(results, "sizes", kind, BUNDLED)


def _rules(kind: str, count: int) -> Callable[[Results], float | None]:
    part = "sizes" if count == 30 else "rules"
    return lambda results: ratio(results, part, kind, OWN, count)


def _times_faster(peer: str, *kinds: str) -> Callable[[Results], float | None]:
    """
    How many times the peer takes as long with the same rules, on the kind where it does best.
    """

    def figure(results: Results) -> float | None:
        pairs = [(ratio(results, "sizes", kind, peer), ratio(results, "sizes", kind, OWN)) for kind in kinds]
        known = [theirs / ours for theirs, ours in pairs if theirs and ours]
        return min(known) if len(known) == len(kinds) else None

    return figure


def _outcomes_read(results: Results) -> float | None:
    """
    What reading all outcomes adds to `validate()`, in percent, on the kind where it adds most.
    """
    read = "and report.outcomes read"
    added = []
    for kind in ("response", "small", "markup-60k"):
        in_turns = ratio(results, "outcomes", kind, read)
        # A run of before 2026-11-20 has each beside the floor alone, which says it to some 10 %.
        apart, plain = ratio(results, "asked", kind, read), ratio(results, "asked", kind, "validate()")
        if in_turns is not None or (apart and plain):
            added.append(100 * ((in_turns or (apart or 0) / (plain or 1)) - 1))
    return max(added, default=None)


def _beyond_the_file(kind: str) -> Callable[[Results], float | None]:
    """
    Peak memory beyond the message itself, in MB.
    """

    def figure(results: Results) -> float | None:
        for row in results.get("memory", ()):
            if (row["kind"], row["who"]) == (kind, BUNDLED) and row["peak"] is not None:
                return float(row["peak"] - row["size"]) / MB
        return None

    return figure


def _startup(kept: str) -> Callable[[Results], float | None]:
    """
    The start of the command beside `import lxml.etree`, at its slowest.
    """
    return lambda results: max((row["ratio"][1] for row in _started(results, kept)), default=None)


def _started(results: Results, kept: str) -> Iterator[Any]:
    return (row for row in results.get("startup", ()) if row["case"].endswith(kept))


SAXON, ISO = "Schematron in Saxon", "isoschematron"
SIZES = ("response", "small", "markup-60k", "pdf-60k", "pdf-1m")
TARGETS = (
    Target("3.8 KB response, bundled pack", 1.65, _bundled("response")),
    Target("9 KB, 30 rules", 1.65, _rules("small", 30)),
    Target("9 KB, 100 rules", 2.2, _rules("small", 100)),
    Target("9 KB, bundled pack", 2.2, _bundled("small")),
    Target("60 KB of markup, bundled pack", 1.0, _bundled("markup-60k")),
    Target("60 KB of markup, 300 rules", 1.25, _rules("markup-60k", 300)),
    Target("60 KB of markup, 3,000 rules", 1.5, _rules("markup-60k", 3_000)),
    Target("60 KB with a PDF, bundled pack", 0.70, _bundled("pdf-60k")),
    Target("1 MB PDF, bundled pack", 0.12, _bundled("pdf-1m")),
    Target("20 MB PDF, bundled pack", 0.06, _bundled("pdf-20m")),
    Target("reading every outcome of a report, on top of the call", 5, _outcomes_read, unit=" %"),
    Target("60 KB of markup: times faster than Saxon", 4, _times_faster(SAXON, "markup-60k"), least=True),
    Target("1 MB and 20 MB PDF: times faster than Saxon", 10, _times_faster(SAXON, "pdf-1m", "pdf-20m"), least=True),
    Target("every size: times faster than isoschematron", 10, _times_faster(ISO, *SIZES, "pdf-20m"), least=True),
    Target("20 MB PDF: peak memory beyond the message", 5, _beyond_the_file("pdf-20m"), unit=" MB"),
    Target("95 MB PDF: peak memory beyond the message", 60, _beyond_the_file(LARGEST.name), unit=" MB"),
    Target("start of the command, packs kept", 2.0, _startup("kept")),
    Target("start of the command, rules read anew", 5.0, _startup("read anew")),
)
