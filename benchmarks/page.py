"""
docs/benchmarks.md, made as a whole from the results of a run.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from benchmarks.messages import KIND, KINDS
from benchmarks.ours import BUNDLED, OWN
from benchmarks.targets import Judged, Results, judged

KB, MB = 1024, 1024 * 1024
HEAD = """\
# Benchmarks

What judging a message costs, as a multiple of the **floor**: lxml's parse of the same bytes with safe settings, with the freeing of the tree. Below 1 means faster than just
parsing. Made by `make bench`; every figure here comes from one run of it. How it measures: [benchmarks/README.md](../benchmarks/README.md).

"""


def text(results: Results) -> str:
    """
    The page; parts that a quick run leaves out are left out.
    """
    parts = [HEAD + _made_on(results), targets(judged(results)), _sizes(results), _rules(results), _asked(results)]
    parts += [_first(results), _memory(results), _startup(results), _batch(results), _service(results)]
    return "\n".join(part for part in parts if part)


def _made_on(results: Results) -> str:
    made = results["made_on"]
    versions = ", ".join(f"{name} {version}" for name, version in made["versions"].items())
    engine = f"; the engine {made['engine']}" if "engine" in made else ""
    had, response = results["rules"]["small"][0], results["rules"]["response"][1]
    report = results["rules"]["small"][1]
    return f"""\
Commit {made["commit"]}; {made["processor"]}, {made["cores"]} cores, load {made["load"]:.1f} when the run ended; {made["system"]}; Python {made["python"]}, libxml2 {made["libxml2"]},
{versions}, node {made["node"]}{engine}. Medians of {results["rounds"]} alternating rounds, the quartiles in brackets.{results.get("note", "")}

The **bundled pack** is `gpcm-sd-oc` with what it extends: {had} rules, of which {report} apply to a report and {response} to a response. The other
columns judge one table of 30 rules (10 for the response), the same for everybody; verdicts were compared before anything was timed.
"""


def targets(all_judged: Sequence[Judged]) -> str:
    """
    Promises beside their figures, as far as these are known.
    """
    known = [each for each in all_judged if each.figure is not None]
    kept = sum(bool(each.kept) for each in known)
    rows = [
        (
            each.target.what,
            f"at {'least' if each.target.least else 'most'} {each.target.limit:g}{each.target.unit}",
            f"{_short(each.figure)}{each.target.unit}",
            "met" if each.kept else "**not met**",
        )
        for each in known
        if each.figure is not None
    ]
    return f"## Targets: {kept} of {len(known)} met\n\n" + _table(("what", "target", "measured", ""), rows)


def _sizes(results: Results) -> str:
    speed = [row for row in results["speed"] if row["part"] == "sizes"]
    kinds = [kind.name for kind in KINDS if any(row["kind"] == kind.name for row in speed)]
    names = dict.fromkeys(row["name"] for row in speed)
    by = {(row["name"], row["kind"]): row for row in speed}
    floors = [_time(next(row for row in speed if row["kind"] == kind)["floor"][1]) for kind in kinds]
    body = [("lxml parse (the floor)", *floors)]
    body += [(_strong(name), *(_ratio(by.get((name, kind))) for kind in kinds)) for name in names]
    heads = ("contestant", *(KIND[kind].title for kind in kinds))
    return (
        "## Sizes of message\n\n![costs by size](benchmarks/sizes.svg)\n\n" + _table(heads, body) + "\n" + _ABOUT_PEERS
    )


_ABOUT_PEERS = """\
"XPath per rule" and elementpath say which rules failed; isoschematron, Saxon, node-schematron and this project also say where. Saxon runs a stylesheet that goes straight to the
contexts of the rules, which is faster than a Schematron that walks over all nodes. fhir.resources only parses, and takes no value of more than 10 MB; a dash: it refuses the message, or takes more than a second for it.
"""


def _rules(results: Results) -> str:
    rows = [
        row for row in results["speed"] if row["part"] == "rules" or (row["part"] == "sizes" and row["count"] == 30)
    ]
    out = "## Number of rules\n\n![costs by number of rules](benchmarks/rules.svg)\n\n"
    out += "Rules of the same kinds at more places; how they are made: `benchmarks/packs.py`.\n"
    for kind in dict.fromkeys(row["kind"] for row in results["speed"] if row["part"] == "rules"):
        here = {(row["name"], row["count"]): row for row in rows if row["kind"] == kind and row["name"] != BUNDLED}
        counts = sorted({count for _, count in here})
        names = dict.fromkeys(name for name, count in here if count != 30)
        body = [(_strong(name), *(_ratio(here.get((name, count))) for count in counts)) for name in names]
        out += f"\n{KIND[kind].title}:\n\n" + _table(("contestant", *(f"{count:,} rules" for count in counts)), body)
    return out


_STREAMS = {
    "asked": "of many shapes",
    "asked of alike": "of one shape",
    "asked of failing": "failing",
    "asked of mangled": "mangled",
}
_ABOUT_STREAMS = """\
The bundled pack on different streams of messages, none of which repeats one: *of many shapes*, as everywhere else on this page, from a dozen vendors' systems with parts that a message may have or
lack, every tenth breaking a rule; *of one shape*, which differ in their values alone; *failing*, each breaking a rule; *mangled*, each with three small elements lost or doubled
anywhere, so that hardly two are alike and nothing remembered of one helps with another.
"""


def _asked(results: Results) -> str:
    out = "## What more of a report costs, and what the stream does\n\n" + _ABOUT_STREAMS
    rows = [row for row in results["speed"] if row["part"] in _STREAMS]
    for kind in dict.fromkeys(row["kind"] for row in rows):
        by = {(row["name"], row["part"]): row for row in rows if row["kind"] == kind}
        streams = [part for part in _STREAMS if any(part == each for _, each in by)]
        names = dict.fromkeys(name for name, _ in by)
        body = [(name, *(_ratio(by.get((name, part))) for part in streams)) for name in names]
        out += f"\n{KIND[kind].title}:\n\n" + _table(("asked", *(_STREAMS[part] for part in streams)), body)
    return out if rows else ""


def _first(results: Results) -> str:
    rows = results.get("first")
    if not rows:
        return ""
    steps = {
        "ready": "import and compile",
        "first": "first message",
        "second": "second",
        "steady": "third to 20th, median",
    }
    body = [(_strong(row["who"]), *(_times(row[step]) for step in steps)) for row in rows]
    return (
        "## First call\n\nA process of its own, messages of 9 KB, 30 rules or the bundled pack; processor time. Import and compile come once.\n\n"
        + _table(("contestant", *steps.values()), body)
    )


def _memory(results: Results) -> str:
    rows = results.get("memory")
    if not rows:
        return ""
    by = {(row["who"], row["kind"]): row for row in rows}
    kinds = list(dict.fromkeys(row["kind"] for row in rows))
    heads = ("contestant", *(KIND[kind].title for kind in kinds))
    body = [
        (_strong(who), *(_peak(by.get((who, kind))) for kind in kinds))
        for who in dict.fromkeys(row["who"] for row in rows)
    ]
    return (
        "## Memory\n\nHow far a process that has judged a small message grows at its peak, in MB, *with* the bytes of the message it reads; "
        "in brackets what is beyond them.\n\n" + _table(heads, body)
    )


def _startup(results: Results) -> str:
    rows = results.get("startup")
    if not rows:
        return ""
    body = [
        (
            row["installed"],
            row["case"],
            f"{row['seconds'][1] * 1000:.0f} ms",
            _ratio(row),
            "" if row["target"] is None else f"at most {row['target']:g}",
        )
        for row in rows
    ]
    return (
        '## Start of the command\n\n`itk3 validate` of one message, whole process, as a multiple of `python -c "import lxml.etree"`.\n\n'
        + _table(("installed from", "case", "time", "ratio", "target"), body)
    )


def _batch(results: Results) -> str:
    """
    What the run over archives has measured, in its own words.
    """
    batch = results.get("batch")
    return f"## Archives\n\n{batch['about']}\n\n" + _table(batch["heads"], batch["rows"]) if batch else ""


def _service(results: Results) -> str:
    """
    What the service under load has measured, in its own words.
    """
    service = results.get("service")
    return f"## Service\n\n{service['about']}\n\n" + _table(service["heads"], service["rows"]) if service else ""


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heads, ["---"] + ["---:"] * (len(heads) - 1), *rows]
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)


def _ratio(row: Mapping[str, Any] | None) -> str:
    if row is None:
        return "–"
    low, median, high = row["ratio"]
    return f"{_short(median)} ({_short(low)}–{_short(high)})"


def _peak(row: Mapping[str, Any] | None) -> str:
    if row is None or row["peak"] is None:
        return "–"
    return f"{row['peak'] / MB:.1f} ({(row['peak'] - row['size']) / MB:.1f})"


def _times(spread: Sequence[float]) -> str:
    low, median, high = spread
    return f"{_time(median)} ({_time(low)}–{_time(high)})"


def _time(seconds: float) -> str:
    return f"{seconds * 1e6:,.0f} µs" if seconds < 0.001 else f"{seconds * 1e3:,.{1 if seconds < 0.1 else 0}f} ms"


def _short(figure: float | None) -> str:
    """
    Three figures are as many as the noise allows.
    """
    if figure is None:
        return "–"
    places = 0 if abs(figure) >= 100 else 1 if abs(figure) >= 10 else 2 if abs(figure) >= 0.1 else 3
    return f"{figure:,.{places}f}"


def _strong(name: str) -> str:
    return f"**{name}**" if name in (BUNDLED, OWN) else name
