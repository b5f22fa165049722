"""
How long the command takes to judge one message, whole process, beside `python -c "import lxml.etree"`.

    python -m benchmarks.startup

From an installed wheel and from a checkout; with one pack named and with all bundled packs competing; with the packs
kept checked and with the rule files read anew.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
MESSAGE = ROOT / "samples" / "valid" / "gpcm-sd-oc-primary.xml"
ROUNDS = 21
_WARMING = 3  # writes bytecode and the cache

_FLOOR = ("-c", "import lxml.etree")
# As the installed script does it.
_ITK3 = ("-c", "from itk3_validator.adapters.cli import run; run()")
_PACKS = {"gpcm-sd-oc": ("--pack", "gpcm-sd-oc"), "all bundled packs": ()}
_KEPT = {"kept": ((), 2.0), "read anew": (("--no-cache",), 5.0)}


class Row(NamedTuple):
    """
    One case: seconds (median and quartiles of all rounds), and the ratio to the floor of the same round (median and
    quartiles). *target* is the largest ratio that is wanted; None where none is set.
    """

    installed: str
    case: str
    seconds: tuple[float, float, float]
    ratio: tuple[float, float, float]
    target: float | None

    @property
    def met(self) -> bool | None:
        return None if self.target is None else self.ratio[1] <= self.target


class _Case(NamedTuple):
    installed: str
    case: str
    arguments: tuple[str, ...]
    path: Path
    target: float | None


def measure(rounds: int = ROUNDS) -> tuple[Row, ...]:
    """
    Measure all cases in alternating rounds, the floor right before each.

    Raises:
        CalledProcessError: The wheel cannot be built, or a run does not end as it must.
    """
    with tempfile.TemporaryDirectory() as work:
        environment = {**os.environ, "XDG_CACHE_HOME": str(Path(work, "cache"))}
        for name in ("PYTHONDONTWRITEBYTECODE", "PYTHONPATH", "PYTHONPYCACHEPREFIX"):
            environment.pop(name, None)
        cases = tuple(
            _Case(installed, case, arguments, path, target)
            for installed, path in (("wheel", _wheel(Path(work, "wheel"))), ("checkout", ROOT / "engine"))
            for case, arguments, target in _cases()
        )
        for case in cases:
            for _ in range(_WARMING):
                _run(case, environment)
        taken = [[(_floor(environment), _run(case, environment)) for case in cases] for _ in range(rounds)]
    return tuple(_row(case, [each[number] for each in taken]) for number, case in enumerate(cases))


def _cases() -> tuple[tuple[str, tuple[str, ...], float | None], ...]:
    message = ("validate", str(MESSAGE), "--fact", "recipient=primary")
    judged = tuple(
        (f"{packs}, {kept}", (*message, *options, *further), target)
        for packs, options in _PACKS.items()
        for kept, (further, target) in _KEPT.items()
    )
    return (*judged, ("--help", ("--help",), None))


def _wheel(folder: Path) -> Path:
    """
    The wheel of this source, installed in a folder to be put on the path.
    """
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    built = [*pip, "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder / "dist"), str(ROOT)]
    subprocess.run(built, check=True)
    [wheel] = (folder / "dist").glob("*.whl")
    subprocess.run([*pip, "install", "--no-deps", "--target", str(folder / "site"), str(wheel)], check=True)
    return folder / "site"


def _floor(environment: Mapping[str, str]) -> float:
    return _timed(_FLOOR, environment)


def _run(case: _Case, environment: Mapping[str, str]) -> float:
    return _timed((*_ITK3, *case.arguments), {**environment, "PYTHONPATH": str(case.path)})


def _timed(arguments: Sequence[str], environment: Mapping[str, str]) -> float:
    """
    Seconds from starting a process to its end.
    """
    command = [sys.executable, *arguments]
    begun = time.perf_counter()
    subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - begun


def _row(case: _Case, taken: Sequence[tuple[float, float]]) -> Row:
    seconds = _quartiles([own for _, own in taken])
    ratio = _quartiles([own / floor for floor, own in taken])
    return Row(case.installed, case.case, seconds, ratio, case.target)


def _quartiles(values: Sequence[float]) -> tuple[float, float, float]:
    low, middle, high = statistics.quantiles(values, n=4, method="inclusive")
    return low, middle, high


def _told(row: Row) -> str:
    wanted = "" if row.target is None else f"  at most {row.target:.1f}: {'met' if row.met else 'not met'}"
    spent, (low, middle, high) = row.seconds[1] * 1000, row.ratio
    return f"{row.installed:9} {row.case:30} {spent:6.1f} ms {middle:5.2f} ({low:.2f}-{high:.2f}){wanted}"


if __name__ == "__main__":
    print(*map(_told, measure()), sep="\n")
