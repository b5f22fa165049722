"""
The pictures of docs/benchmarks.md, as SVG that is the same for the same results.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.messages import KIND, KINDS
from benchmarks.ours import BUNDLED, OWN, PURE
from benchmarks.targets import Results, ratio

OURS = {BUNDLED: "#005eb8", OWN: "#41b6e6", PURE: "#768692"}
OTHERS = ("#768692", "#425563", "#ed8b00", "#8a1538", "#7c2855", "#006747", "#330072")


def draw(results: Results, folder: Path) -> None:
    """
    Write sizes.svg and rules.svg to *folder*.
    """
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams.update({"svg.hashsalt": "itk3", "svg.fonttype": "none", "font.size": 9})
    folder.mkdir(parents=True, exist_ok=True)
    _save(_sizes(results), folder / "sizes.svg")
    _save(_rules(results), folder / "rules.svg")


def _save(figure: Any, path: Path) -> None:
    figure.savefig(path, metadata={"Date": None}, bbox_inches="tight")
    # Line ends without blanks, as the repository wants every text.
    path.write_text("\n".join(map(str.rstrip, path.read_text(encoding="utf-8").splitlines())) + "\n", encoding="utf-8")


def _sizes(results: Results) -> Any:
    """
    Bars: every contestant on every kind of message.
    """
    from matplotlib.figure import Figure

    kinds = [kind.name for kind in KINDS if ratio(results, "sizes", kind.name, OWN) is not None]
    names = _names(results, "sizes")
    figure = Figure(figsize=(9, 4.2))
    axes = figure.subplots()
    width = 0.85 / len(names)
    for at, name in enumerate(names):
        places = [number + (at - len(names) / 2 + 0.5) * width for number in range(len(kinds))]
        axes.bar(
            places,
            [ratio(results, "sizes", kind, name) or 0 for kind in kinds],
            width,
            label=name,
            color=_color(names, at),
        )
    axes.set_xticks(range(len(kinds)), [KIND[kind].title for kind in kinds])
    _dress(axes)
    return figure


def _rules(results: Results) -> Any:
    """
    Lines: how the cost grows with the number of rules.
    """
    from matplotlib.figure import Figure

    kinds = list(dict.fromkeys(row["kind"] for row in results["speed"] if row["part"] == "rules"))
    counts = sorted({row["count"] for row in results["speed"] if row["part"] == "rules"} | {30})
    names = _names(results, "rules")
    figure = Figure(figsize=(9, 4.2))
    for axes, kind in zip(figure.subplots(1, len(kinds), sharey=True, squeeze=False)[0], kinds, strict=True):
        for at, name in enumerate(names):
            known = [
                ratio(results, "sizes" if count == 30 else "rules", kind, name, count) or float("nan")
                for count in counts
            ]
            axes.plot(counts, known, marker="o", markersize=3, label=name, color=_color(names, at))
        axes.set_xscale("log")
        axes.set_xticks(counts, [f"{count:,}" for count in counts], minor=False)
        axes.set_xticks([], minor=True)
        axes.set_title(f"{KIND[kind].title}, by number of rules")
        _dress(axes, legend=kind == kinds[0])
    return figure


def _names(results: Results, part: str) -> list[str]:
    return list(dict.fromkeys(row["name"] for row in results["speed"] if row["part"] == part))


def _color(names: Sequence[str], at: int) -> str:
    others = [name for name in names if name not in OURS]
    return OURS.get(names[at]) or OTHERS[others.index(names[at])]


def _dress(axes: Any, *, legend: bool = True) -> None:
    axes.set_yscale("log")
    axes.axhline(1, color="black", linewidth=0.8, linestyle="--")
    axes.set_ylabel("times lxml's parse")
    axes.spines[["top", "right"]].set_visible(False)
    if legend:
        axes.figure.legend(
            *axes.get_legend_handles_labels(), loc="upper center", bbox_to_anchor=(0.5, 0), ncols=4, frameon=False
        )
