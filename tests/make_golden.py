"""
Writes the files in tests/golden, one run in each format: `python tests/make_golden.py`.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from itk3_validator.report.formats import FORMATS, render
from report_examples import ASKED, REPORTS, WAIVERS

FOLDER = Path(__file__).parent / "golden"
# The page of HTML has tests of its own.
NAMES = tuple(name for name in FORMATS if name != "html")


def golden(name: str) -> str:
    """
    What the file of the format *name* has to hold.
    """
    return render(name, REPORTS, ASKED, WAIVERS)


def path(name: str) -> Path:
    return FOLDER / f"report.{name}.txt"


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for each in NAMES:
        path(each).write_text(golden(each), encoding="utf-8", newline="\n")
