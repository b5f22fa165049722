"""
Run the benchmarks: `python -m benchmarks` measures everything and writes results.json and the page made from it;
`--quick` measures less, prints, and writes nothing; `--page` writes the page from the results that are there.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from benchmarks import page, pictures
from benchmarks.record import RESULTS, read, write
from benchmarks.run import FULL, QUICK, run


def main(arguments: list[str]) -> int:
    """
    0; or 1 when contestants disagree, or a target is asked for by `--check` and not met.
    """
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help="fewer rounds, only what this environment has; writes nothing"
    )
    parser.add_argument("--page", action="store_true", help=f"measure nothing; write the page from {RESULTS.name}")
    parser.add_argument("--kind", action="append", metavar="NAME", help="only this kind of message; with --quick")
    asked = parser.parse_args(arguments)
    if asked.page:
        results = read()
    else:
        results, disagree = run(QUICK if asked.quick else FULL, only=asked.kind)
        if disagree:
            print(*disagree, "Contestants disagree: nothing is written.", sep="\n", file=sys.stderr)
            return 1
    if asked.quick:
        print(page.text(results))
        return 0
    if not asked.page:
        write(results)
        results = read()
    pictures.draw(results, Path("docs/benchmarks"))
    Path("docs/benchmarks.md").write_text(page.text(results), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
