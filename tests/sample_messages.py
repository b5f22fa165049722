"""
The valid samples as text to change, packs written for one test, and reports as plain values to compare.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from itk3_validator import Report, Validator

ROOT = Path(__file__).resolve().parent.parent
VALID = ROOT / "samples" / "valid"
INVALID = ROOT / "samples" / "invalid"


@cache
def text(name: str) -> str:
    return (VALID / f"{name}.xml").read_text(encoding="utf-8")


def changed(name: str, *pairs: tuple[str, str]) -> bytes:
    """
    A valid sample with the first occurrence of each text replaced; one that is not there is a mistake of the test.
    """
    changed = text(name)
    for old, new in pairs:
        if old not in changed:
            raise ValueError(f"{name} does not hold {old!r}")
        changed = changed.replace(old, new, 1)
    return changed.encode()


@cache
def validator(*packs: str, show_values: bool = False) -> Validator:
    return Validator(packs=packs or None, show_values=show_values)


def written(folder: Path, name: str, body: str, *, version: str = "1.0.0") -> Path:
    """
    A pack of one file in a folder of its own.
    """
    pack = folder / name
    pack.mkdir()
    head = f"pack: {name}\nversion: {version}\ntitle: A test\nsource: {{document: The test}}\n"
    (pack / "pack.yaml").write_text(head + body, encoding="utf-8")
    return pack


def fields(report: Report) -> dict[str, Any]:
    """
    Everything a report says.
    """
    judged_by = "pack pack_version pack_digest interaction recognised_by"
    said = "source digest verdict reason line column counts outcomes"
    return {
        **{name: getattr(report, name) for name in f"{judged_by} {said}".split()},
        "results": [result_fields(each) for each in report.results],
    }


def result_fields(result: Any) -> dict[str, Any]:
    names = "id pack outcome level severity text source link remedy response_code part message findings excerpts seen"
    return {name: getattr(result, name) for name in names.split()}


def result(report: Report, id: str) -> Any:
    return next(each for each in report.results if each.id == id)
