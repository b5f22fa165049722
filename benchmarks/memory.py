"""
Peak memory for one message, in a process of its own: `python -m benchmarks.memory KEY SMALL FILE` says bytes.

What is counted is how far the process grows above what it held after a small message, with the bytes of the message
itself: everything that a caller pays for judging a file.
"""

from __future__ import annotations

import re
import statistics
import subprocess
import sys
from pathlib import Path

from benchmarks.chosen import SINGLE, chosen


def measure(key: str, small: Path, file: Path, *, rounds: int = 3) -> dict[str, object]:
    """
    Bytes at the peak, of which the file itself is *size*; None where the contestant refuses the message.
    """
    command = [sys.executable, "-m", "benchmarks.memory", key, str(small), str(file)]
    runs = [
        subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False) for _ in range(rounds)
    ]
    good = [int(each.stdout) for each in runs if each.returncode == 0]
    return {
        "who": SINGLE[key],
        "size": file.stat().st_size,
        "peak": statistics.median(good) if len(good) == rounds else None,
    }


def _peak(key: str, small: Path, file: Path) -> int:
    contestant = chosen(key)
    contestant.run(small.read_bytes())
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # from here on the peak is counted anew
    before = _status("VmRSS")
    contestant.run(file.read_bytes())
    return _status("VmHWM") - before


def _status(name: str) -> int:
    found = re.search(rf"^{name}:\s+(\d+) kB", Path("/proc/self/status").read_text(encoding="ascii"), re.MULTILINE)
    assert found is not None, name
    return int(found.group(1)) * 1024


if __name__ == "__main__":
    print(_peak(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])))
