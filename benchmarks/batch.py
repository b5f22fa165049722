"""
The batch engine beside worker processes that merely parse the same messages: `python -m benchmarks.batch`.

    python -m benchmarks.batch --messages 50000 --rounds 3     rates, and how reading and a second process count
    python -m benchmarks.batch --million                       one run over a million messages, with its memory
    python -m benchmarks.batch --page                          docs/benchmarks-batch.md from batch.json
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.contestant import parse
from benchmarks.make_archive import FORMS, write
from benchmarks.packs import rows as rules
from benchmarks.page import targets
from benchmarks.record import made_on
from benchmarks.targets import Results, Target
from benchmarks.written import write_pack
from itk3_validator import BatchSettings, Limits, Validator
from itk3_validator.adapters.batch_tasks import Tasks
from itk3_validator.adapters.workers import Workers
from itk3_validator.adapters.working import seldom_collect
from itk3_validator.batch.folder import folder_of
from itk3_validator.batch.judging import Given, Judge, keys_of
from itk3_validator.batch.run import run
from itk3_validator.batch.sources import Chunk, chunks, read
from itk3_validator.batch.work import PRELOAD, Task, make_work
from itk3_validator.inputs.locate import locate
from itk3_validator.source import Source

RESULTS = Path(__file__).with_name("batch.json")
PAGE = Path(__file__).resolve().parent.parent / "docs" / "benchmarks-batch.md"
LIMITS = Limits()
FACTS = (("recipient", "primary"),)
_TICK = os.sysconf("SC_CLK_TCK")


class Cost(NamedTuple):
    """
    What a run over an archive took: seconds on the wall, and processor time of all processes.
    """

    wall: float
    processor: float


def make_parse(limits: Limits) -> Callable[[Task, Callable[[int], None]], int]:
    """
    The floor: read the messages of a chunk and parse them, nothing else.
    """

    def work(task: Task, begin: Callable[[int], None]) -> int:
        number = 0
        for entry in read(task.chunk, limits):
            begin(number)
            number += 1
            if isinstance(entry, Source):
                parse_or_not(entry.data)
        return number

    return work


def parse_or_not(data: bytes) -> None:
    """
    Parse; a message that is cut off costs as much as there is of it.
    """
    with suppress(SyntaxError):
        parse(data)


def judge_of(pack: Path | str) -> Judge:
    """
    A judge as `itk3 batch` makes it.
    """
    validator = Validator([pack])
    facts = FACTS if any("recipient" in each.facts for each in validator.packs) else ()
    return Judge(BatchSettings(facts=facts), validator, keys=keys_of(validator.packs), secret=b"0" * 32)


def cost_of_run(archive: Path, judge: Judge, processes: int, work: Path) -> Cost:
    """
    Judge an archive and write the results.
    """
    out = work / "run"
    shutil.rmtree(out, ignore_errors=True)

    def go(workers: Workers) -> None:
        with folder_of(out) as (folder, _):
            folder.begin({})
            found = chunks(locate([str(archive)]), 500, LIMITS)
            run(folder, found, Tasks(workers).begin, ahead=2 * processes + 2, part_messages=10_000)

    return _cost(make_work, (judge, LIMITS), processes, go)


def cost_of_parse(archive: Path, processes: int) -> Cost:
    """
    Merely parse an archive, with the same chunks and processes.
    """

    def go(workers: Workers) -> None:
        waiting: deque[Any] = deque()
        for chunk in chunks(locate([str(archive)]), 500, LIMITS):
            waiting.append(workers.submit(Task(chunk, {})))
            if len(waiting) >= 2 * processes + 2:
                waiting.popleft().result()
        for each in waiting:
            each.result()

    return _cost(make_parse, (LIMITS,), processes, go)


def _cost(make: Any, arguments: tuple[Any, ...], processes: int, go: Callable[[Workers], None]) -> Cost:
    with Workers(make, arguments, processes=processes, preload=PRELOAD) as workers:
        empty = Task(Chunk("", 0, ()), {})
        for each in [workers.submit(empty) for _ in range(4 * processes)]:
            each.result()
        before = _processor(workers)
        start = time.perf_counter()
        go(workers)
        return Cost(time.perf_counter() - start, _processor(workers) - before)


def _processor(workers: Workers) -> float:
    """
    Processor time of this process and its workers, in seconds.
    """
    found = time.process_time()
    for each in workers.processes:
        fields = Path(f"/proc/{each}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        found += (int(fields[11]) + int(fields[12])) / _TICK
    return found


def rates(work: Path, messages: int, rounds: int) -> list[dict[str, Any]]:
    """
    Runs beside the floor, in alternating rounds.
    """
    archives = {source: _archive(work, source, messages) for source in _SOURCES}
    plans = {"30 rules": judge_of(write_pack(work, "thirty", rules(30))), "gpcm-sd-oc": judge_of("gpcm-sd-oc")}
    found = []
    for source, archive in archives.items():
        # The 30 rules are about reports.
        for name, judge in plans.items() if source != _WITH_RESPONSES else (("gpcm-sd-oc", plans["gpcm-sd-oc"]),):
            for processes in (2, 1) if source == "parquet" else (2,):
                taken = [
                    (cost_of_parse(archive, processes), cost_of_run(archive, judge, processes, work))
                    for _ in range(rounds)
                ]
                found.append(_row(source, name, processes, messages, taken))
                print(found[-1], flush=True)
    return found


_WITH_RESPONSES = "parquet, with responses"
# Source to its form, and how many of a hundred reports are answered in it.
_SOURCES = {"parquet": ("parquet", 0), "folder": ("folder", 0), _WITH_RESPONSES: ("parquet", 80)}


def _archive(work: Path, source: str, messages: int) -> Path:
    form, answered = _SOURCES[source]
    archive = work / f"{source}{FORMS[form][0]}"
    write(archive, min(messages, 10_000), form=form, answered=answered, copies=max(messages // 10_000, 1))
    return archive


def _row(form: str, name: str, processes: int, messages: int, taken: list[tuple[Cost, Cost]]) -> dict[str, Any]:
    return {
        "source": form,
        "plan": name,
        "processes": processes,
        "messages": messages,
        "rate": statistics.median(messages / done.wall for _, done in taken),
        "floor": statistics.median(messages / floor.wall for floor, _ in taken),
        "of_floor": statistics.median(floor.wall / done.wall for floor, done in taken),
        "of_floor_by_processor": statistics.median(floor.processor / done.processor for floor, done in taken),
    }


def reading(work: Path, messages: int, rounds: int) -> list[dict[str, Any]]:
    """
    Judging messages that are read, beside judging those that are in memory; one process, its processor time.
    """
    found = []
    judge = judge_of("gpcm-sd-oc")
    for form in ("parquet", "folder"):
        archive = work / f"read{FORMS[form][0]}"
        write(archive, messages, form=form, answered=0)
        parts = list(chunks(locate([str(archive)]), 500, LIMITS))
        held = [[_given(entry) for entry in read(each, LIMITS)] for each in parts]
        ratios = []
        # As in the processes of a batch.
        seldom_collect()
        for _ in range(rounds + 1):
            here = _time(judge, iter(held))
            there = _time(judge, ((_given(entry) for entry in read(each, LIMITS)) for each in parts))
            ratios.append(there / here)
        found.append({"source": form, "messages": messages, "of_memory": statistics.median(ratios[1:])})
        print(found[-1], flush=True)
    return found


def _time(judge: Judge, batches: Iterator[Any]) -> float:
    start = time.process_time()
    for each in batches:
        judge(each)
    return time.process_time() - start


def _given(entry: Any) -> Given:
    return Given(entry.name, entry.data if isinstance(entry, Source) else None)


def million(work: Path, archive: Path | None, *, messages: int = 1_000_000) -> dict[str, Any]:
    """
    One run of the command over a million messages: its counts beside the expected ones, and the memory of each process.
    """
    if archive is None:
        archive = work / "million.parquet"
        write(archive, 10_000, form="parquet", copies=messages // 10_000)
    expected = json.loads(archive.with_name(f"{archive.name}.expected.json").read_text(encoding="utf-8"))
    out = work / "million"
    start = time.perf_counter()
    command = [sys.executable, "-m", "itk3_validator", "batch", str(archive), "-o", str(out), "--pack", "gpcm-sd-oc"]
    process = subprocess.Popen([*command, "--processes", "2"], stdout=subprocess.DEVNULL)
    peaks: dict[int, tuple[str, int]] = {}
    while process.poll() is None:
        for each in _family(process.pid):
            peaks[each] = _peak(each, process.pid) or peaks.get(each, ("", 0))
        time.sleep(0.2)
    seconds = time.perf_counter() - start
    if process.returncode not in (0, 1) or not (out / "finished.json").is_file():
        sys.exit(f"the run ended with status {process.returncode} before it was finished: {out}")
    found = {
        "messages": expected["messages"],
        "seconds": seconds,
        "rate": expected["messages"] / seconds,
        "peaks_mb": {
            kind: max((size for name, size in peaks.values() if name == kind), default=0) / 1e6
            for kind in ("owner", "worker")
        },
        "counts_are_exact": _counted(out) == (expected["verdicts"], [list(each) for each in expected["outcomes"]]),
        "result_mb": sum(each.stat().st_size for each in out.rglob("*") if each.is_file()) / 1e6,
    }
    print(found, flush=True)
    return found


def _counted(out: Path) -> tuple[dict[str, int], list[list[Any]]]:
    import pyarrow.parquet as pq

    verdicts: dict[str, int] = {}
    for each in sorted((out / "parts").iterdir()):
        for verdict, number in json.loads(each.read_bytes())["verdicts"].items():
            verdicts[verdict] = verdicts.get(verdict, 0) + number
    rows = pq.read_table(out / "outcomes").to_pylist()
    return dict(sorted(verdicts.items())), [list(each.values()) for each in rows]


def _family(process: int) -> Iterator[int]:
    """
    A process and everything below it.
    """
    yield process
    # Each thread has children of its own.
    for file in Path(f"/proc/{process}/task").glob("*/children"):
        with suppress(OSError):
            for each in file.read_text(encoding="ascii").split():
                yield from _family(int(each))


def _peak(process: int, owner: int) -> tuple[str, int] | None:
    """
    What a process is, and its largest resident memory in bytes.
    """
    try:
        lines = Path(f"/proc/{process}/status").read_text(encoding="utf-8").splitlines()
    except OSError:
        return None
    sizes = [int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM")]
    return ("owner" if process == owner else "worker", sizes[0]) if sizes else None


# The page ------------------------------------------------------------------------------------------------------------


_HEAD = """\
# The batch engine, measured

Written by `python -m benchmarks.batch` from `benchmarks/batch.json`. The floor is what the same worker processes take
to read the same messages and merely parse them with lxml. Runs write their results. By processor time a busy machine
disturbs little; by the wall it disturbs much. The messages are reports of 9 KB, every tenth of which breaks a rule; in
the archive with responses half are responses of 3.7 KB, to which no target applies.
"""


def page(results: Mapping[str, Any]) -> str:
    """
    What is known, as Markdown.
    """
    parts = [_HEAD, targets([each.judged(dict(results)) for each in TARGETS])]
    if "rates" in results:
        parts.append(_rates(results["rates"]))
    if "reading" in results:
        parts.append(_reading(results["reading"]))
    if "million" in results:
        parts.append(_million(results["million"]))
    made = results["made_on"]
    machine = f"{made['processor']}, {made['cores']} cores, load {made['load']:.1f} at its end"
    parts.append(
        f"Commit {made['commit']}, {made['engine']}; {machine}; Python {made['python']}.{results.get('note', '')}\n"
    )
    return "\n".join(parts)


def _rates(rows: list[Mapping[str, Any]]) -> str:
    lines = [
        f"| {row['source']} | {row['plan']} | {row['processes']} | {row['rate']:,.0f} | {row['floor']:,.0f} |"
        f" {row['of_floor']:.2f} | {row['of_floor_by_processor']:.2f} |"
        for row in rows
    ]
    head = "| source | rules | processes | messages a second | floor | share of the floor | by processor time |\n"
    head += "|---|---|---:|---:|---:|---:|---:|\n"
    return f"## Rates, {rows[0]['messages']:,} messages\n\n{head}" + "\n".join(lines) + "\n"


def _share(source: str, plan: str, processes: int) -> Callable[[Results], float | None]:
    """
    The share of the floor that a run came to.
    """

    def figure(results: Results) -> float | None:
        found = _row_of(results, source, plan, processes)
        return None if found is None else float(found["of_floor"])

    return figure


def _scaling(plan: str) -> Callable[[Results], float | None]:
    """
    How many times as fast two processes are.
    """

    def figure(results: Results) -> float | None:
        two, one = (_row_of(results, "parquet", plan, number) for number in (2, 1))
        return None if two is None or one is None else float(two["rate"] / one["rate"])

    return figure


def _of_memory(source: str) -> Callable[[Results], float | None]:
    def figure(results: Results) -> float | None:
        found = {row["source"]: float(row["of_memory"]) for row in results.get("reading", ())}
        return found.get(source)

    return figure


def _row_of(results: Results, source: str, plan: str, processes: int) -> Mapping[str, Any] | None:
    asked = source, plan, processes
    rows = results.get("rates", ())
    return next((row for row in rows if (row["source"], row["plan"], row["processes"]) == asked), None)


def _peak_of(kind: str) -> Callable[[Results], float | None]:
    return lambda results: float(results["million"]["peaks_mb"][kind]) if "million" in results else None


# With the compiled part; without it 0.60 and 0.40 are asked.
TARGETS = (
    *(
        Target(f"{source}, {plan}: share of the rate of mere parsing, two processes", limit, figure, least=True)
        for plan, limit in (("30 rules", 0.85), ("gpcm-sd-oc", 0.7))
        for source in ("parquet", "folder")
        for figure in (_share(source, plan, 2),)
    ),
    *(
        Target(f"{plan}: two processes as a multiple of one", 1.7, _scaling(plan), least=True)
        for plan in ("30 rules", "gpcm-sd-oc")
    ),
    *(
        Target(f"{source}: judging what is read as a multiple of judging what is in memory", 1.1, _of_memory(source))
        for source in ("parquet", "folder")
    ),
    *(
        Target(f"a million messages: resident memory of {of}", 400, _peak_of(kind), unit=" MB")
        for kind, of in (("owner", "the process that writes"), ("worker", "a worker"))
    ),
)


def summary(results: Mapping[str, Any]) -> dict[str, Any]:
    """
    What the page of all benchmarks tells of archives: *about*, *heads* and *rows* of text.
    """
    about = (
        "What `itk3 batch` judges in a second, results written, beside the same processes that merely parse the same"
        " messages with lxml; [benchmarks-batch.md](benchmarks-batch.md) has the rest."
    )
    if "million" in results:
        row = results["million"]
        peaks = f"{row['peaks_mb']['owner']:,.0f} MB of the owner, {row['peaks_mb']['worker']:,.0f} MB of a worker"
        about += f" At {row['messages']:,} messages the largest resident memory is {peaks}."
    rows = [
        [
            f"{row['source']}, {row['plan']}",
            str(row["processes"]),
            f"{row['rate']:,.0f}",
            f"{row['floor']:,.0f}",
            f"{row['of_floor']:.2f}",
        ]
        for row in results.get("rates", ())
    ]
    heads = ["source, rules", "processes", "messages a second", "floor", "share of the floor"]
    return {"about": about, "heads": heads, "rows": rows}


def _reading(rows: list[Mapping[str, Any]]) -> str:
    told = "; ".join(f"{row['source']} {row['of_memory']:.2f}" for row in rows)
    return f"## Reading\n\nJudging what is read, as a multiple of judging what is in memory: {told}.\n"


def _million(row: Mapping[str, Any]) -> str:
    exact = "are exactly those expected" if row["counts_are_exact"] else "are NOT those expected"
    return (
        f"## {row['messages']:,} messages\n\n`itk3 batch` with two processes: {row['seconds']:,.0f} s,"
        f" {row['rate']:,.0f} messages a second, {row['result_mb']:,.0f} MB of results. Its counts {exact}."
        f" Largest resident memory: {row['peaks_mb']['owner']:,.0f} MB of the owner,"
        f" {row['peaks_mb']['worker']:,.0f} MB of a worker.\n"
    )


def main(arguments: list[str]) -> int:
    """
    The command line.
    """
    parser = argparse.ArgumentParser(description="Measure the batch engine.")
    parser.add_argument("--messages", type=int, default=50_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--million", action="store_true")
    parser.add_argument("--archive", type=Path, help="for --million: an archive that make_archive wrote")
    parser.add_argument("--page", action="store_true", help="only write the page")
    given = parser.parse_args(arguments)
    results = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    if not given.page:
        results["made_on"] = made_on()
        with tempfile.TemporaryDirectory() as work:
            if given.million:
                results["million"] = million(Path(work), given.archive)
            else:
                results["rates"] = rates(Path(work), given.messages, given.rounds)
                results["reading"] = reading(Path(work), min(given.messages, 4_000), given.rounds)
        results |= summary(results)
        RESULTS.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    PAGE.write_text(page(results), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
