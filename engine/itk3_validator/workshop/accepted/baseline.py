"""
The baseline: an earlier JSON report, whose findings are known; only what is new counts.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias, TypeVar

from itk3_validator.errors import CallInvalid
from itk3_validator.finding import Outcome
from itk3_validator.report.chosen import HELD_AGAINST, waived, with_results
from itk3_validator.report.explain import Details
from itk3_validator.report.kinds import is_judged
from itk3_validator.report.model import Report, Result
from itk3_validator.report.waived import Waived

BASELINE = "baseline"
LARGEST = 100_000_000
VERSION = 1
REASON = "known since the baseline"
_POSITION = re.compile(r"\[[0-9]+\]")
_T = TypeVar("_T")


class Asked(NamedTuple):
    """
    One requirement that was held against a message: by which pack it was judged, the id, and what became of it.
    """

    pack: str | None
    rule: str
    outcome: Outcome


Known: TypeAlias = Mapping[Asked, Counter[str]]


@dataclass(frozen=True, slots=True)
class Baseline:
    """
    What an earlier report held against each message: for each requirement its places, and how often each.

    A message is found by the bytes it had, else by its name.
    """

    name: str
    by_digest: Mapping[str, Known]
    by_source: Mapping[str, Known]

    def of(self, report: Report) -> Known:
        """
        What is known of a message.
        """
        return self.by_digest.get(report.digest) or self.by_source.get(_plain(report.source)) or {}


def read_baseline(name: str, data: bytes) -> Baseline:
    """
    Read a report that ``itk3 validate --format json`` has written.

    What was waived by a baseline then is known still. What was waived by a waiver or by ``--ignore`` is not: it would
    outlive the day on which the waiver ends.

    Args:
        name: What it is called in what is told.

        data: The JSON, at most 100,000,000 bytes.

    Raises:
        CallInvalid: It is no such report.
    """
    by_digest: dict[str, dict[Asked, Counter[str]]] = {}
    by_source: dict[str, dict[Asked, Counter[str]]] = {}
    for source, digest, known in _messages(name, _document(name, data)):
        _add(by_source, _plain(source), known)
        if digest:
            _add(by_digest, digest, known)
    return Baseline(name, by_digest, by_source)


def apply(report: Report, baseline: Baseline) -> Report:
    """
    The report with the outcome `waived` where all places are known, and known places marked where some are new.
    """
    if not is_judged(report):
        return report
    known = baseline.of(report)
    if not known:
        return report
    results = tuple(_weighed(each, report, known, baseline.name) for each in report.results)
    return with_results(report, results)


def _weighed(result: Result, report: Report, known: Known, name: str) -> Result:
    before = known.get(Asked(report.pack, result.id, result.outcome))
    if before is None or result.outcome not in HELD_AGAINST:
        return result
    places = [each.xpath for each in result.findings] or [""]
    flags = _known(places, before)
    if all(flags):
        return waived(result, Waived(BASELINE, result.outcome, REASON, name))
    if not any(flags):
        return result
    findings = tuple(each._replace(known=flag) for each, flag in zip(result.findings, flags, strict=True))
    return Result(result, result.outcome, lambda: Details(result.message, findings, lambda: result.excerpts))


def _known(places: Sequence[str], before: Counter[str]) -> list[bool]:
    """
    For each place whether it is known: there before, or at another position, as often as before and no more.
    """
    left = Counter(before)
    flags = [_taken(left, each) for each in places]
    moved: Counter[str] = Counter()
    for xpath, number in left.items():
        moved[_POSITION.sub("", xpath)] += number
    return [flag or _taken(moved, _POSITION.sub("", each)) for flag, each in zip(flags, places, strict=True)]


def _taken(left: Counter[str], key: str) -> bool:
    if left[key] <= 0:
        return False
    left[key] -= 1
    return True


def _plain(source: str) -> str:
    name = source.replace("\\", "/")
    while name.startswith("./"):
        name = name[2:].lstrip("/")
    return name


def _add(known: dict[str, dict[Asked, Counter[str]]], key: str, found: Known) -> None:
    # A message that was named twice was still wrong once.
    kept = known.setdefault(key, {})
    for asked, places in found.items():
        kept[asked] = kept.get(asked, Counter()) | places


def _document(name: str, data: bytes) -> Any:
    if len(data) > LARGEST:
        raise _wrong(name, f"it has more than {LARGEST:,} bytes, the most that is read")
    try:
        document = json.loads(data)
    except json.JSONDecodeError as error:
        raise _wrong(name, f"it is no JSON: line {error.lineno}, column {error.colno}: {error.msg}") from None
    except UnicodeDecodeError:
        raise _wrong(name, "it is no JSON: its bytes are not UTF-8") from None
    except (ValueError, RecursionError):
        raise _wrong(name, "it is no JSON that a report could be: numbers too long, or nested too deep") from None
    version = document.get("report") if isinstance(document, dict) else None
    if not isinstance(version, int) or isinstance(version, bool):
        raise _wrong(name, "it is JSON, but no report of itk3")
    if version != VERSION:
        raise _wrong(name, f"it is a report of version {version}, and this itk3 reads version {VERSION}")
    return document


def _messages(name: str, document: Any) -> Iterator[tuple[str, str, Known]]:
    shape = _Shape(name)
    for number, message in enumerate(shape.get(document, "messages", list, "")):
        where = f"messages[{number}]"
        source = shape.get(message, "source", str, where)
        digest = shape.get(message, "digest", str, where)
        pack = shape.get(message, "pack", (str, type(None)), where)
        known: dict[Asked, Counter[str]] = {}
        for place, result in enumerate(shape.get(message, "results", list, where)):
            here = f"{where}.results[{place}]"
            rule = shape.get(result, "id", str, here)
            outcome = shape.held(result, here)
            findings = shape.get(result, "findings", list, here)
            xpaths = [
                shape.get(each, "xpath", str, f"{here}.findings[{nth}]") for nth, each in enumerate(findings)
            ] or [""]
            if outcome is not None:
                known[Asked(pack, rule, outcome)] = Counter(xpaths)
        yield source, digest, known


class _Shape(NamedTuple):
    """
    Takes a report apart; what is not there, or of another kind, is told by its place.
    """

    name: str

    def get(self, value: Any, key: str, kind: type[_T] | tuple[type[_T], ...], where: str) -> _T:
        path = f"{where}.{key}".removeprefix(".")
        if not isinstance(value, dict) or key not in value:
            raise _wrong(self.name, f"it is no whole report: {path} is missing")
        found = value[key]
        if not isinstance(found, kind):
            raise _wrong(self.name, f"it is no report of itk3: {path} is of another kind")
        return found

    def held(self, result: Any, where: str) -> Outcome | None:
        """
        What was held against the message then, by the baseline of that run too; None when nothing was.
        """
        waiver = result.get("waiver") if isinstance(result, dict) else None
        key, holder = "outcome", result
        if isinstance(waiver, dict) and waiver.get("by") == BASELINE:
            key, holder, where = "was", waiver, f"{where}.waiver"
        text = self.get(holder, key, str, where)
        if text not in tuple(Outcome):
            raise _wrong(self.name, f"it is no report of itk3: {where}.{key} is no outcome")
        outcome = Outcome(text)
        return outcome if outcome in HELD_AGAINST else None


def _wrong(name: str, why: str) -> CallInvalid:
    return CallInvalid(f"the baseline {name} cannot be used: {why}; name a report written with --format json:FILE")
