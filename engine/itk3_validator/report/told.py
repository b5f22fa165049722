"""
What there is to tell of a message that was not simply valid, one entry a place: for formats that hold a list of them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import NamedTuple

from itk3_validator.finding import Finding, Outcome, Verdict
from itk3_validator.report.kinds import Kind, is_unjudged, kind_of
from itk3_validator.report.model import Report, Result
from itk3_validator.report.visible import visible

_LONGEST_SENTENCE = 2_000
_QUIET = frozenset({Kind.PASSED, Kind.NOT_APPLICABLE})
_NO_RULE = "no rule applied to the message"


class Told(NamedTuple):
    """
    One entry. *result* is None, and *id* the verdict, where it is about the message as a whole.

    *kind* is that of the result, ``waived`` also at a place that the baseline knows; or the verdict. *text* is the
    rule's, or the reason; *detail* is what is wrong here, what was found, and the remedy. Both are fit to be shown:
    nothing in them steers or hides. *line* and *column* count code points from 1.
    """

    id: str
    kind: Kind | Verdict
    text: str
    detail: str = ""
    result: Result | None = None
    finding: Finding | None = None
    line: int | None = None
    column: int | None = None

    @property
    def says(self) -> str:
        """
        Text and detail; the id where there are none.
        """
        return " ".join(each for each in (self.text, self.detail) if each.strip()) or self.id


def told(report: Report) -> Iterator[Told]:
    """
    The entries of one message: why it was not judged; else results that neither passed nor did not apply,
    in their order, each place of them. A message of which no rule applied has an entry that says so.
    """
    if is_unjudged(report):
        reason = visible(report.reason or "", longest=_LONGEST_SENTENCE)
        yield Told(report.verdict.value, report.verdict, reason, line=report.line, column=report.column)
        return
    outcomes = report.counts
    if report.verdict is Verdict.UNDECIDED and not outcomes[Outcome.UNDECIDED]:
        yield Told(report.verdict.value, Kind.UNDECIDED, _NO_RULE)
    for result in report.results:
        kind = kind_of(result)
        if kind not in _QUIET:
            yield from _places(result, kind)


def summary(report: Report) -> str:
    """
    The verdict and how many results there are of each outcome: ``invalid: 1 fail, 81 pass``.
    """
    counts = ", ".join(f"{number:,} {outcome}" for outcome, number in report.counts.items() if number)
    return f"{report.verdict}: {counts}" if counts else report.verdict.value


def fingerprint(report: Report, entry: Told, number: int) -> str:
    """
    What stays the same from run to run for the same mistake: 32 hexadecimal digits.

    It is made from the name of the message, pack, id and place, not from lines, which move, nor from values.

    Args:
        report: The message.

        entry: One of its entries.

        number: How many entries of the same rule and place stand before it.
    """
    pack = entry.result.pack if entry.result is not None else ""
    place = entry.finding.xpath if entry.finding is not None else ""
    text = "\0".join((report.source, pack, entry.id, place, str(number)))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def numbered(report: Report) -> Iterator[tuple[Told, str]]:
    """
    The entries of one message, each with its fingerprint.
    """
    seen: dict[tuple[str, str, str], int] = {}
    for entry in told(report):
        pack = entry.result.pack if entry.result is not None else ""
        place = pack, entry.id, entry.finding.xpath if entry.finding is not None else ""
        yield entry, fingerprint(report, entry, seen.get(place, 0))
        seen[place] = seen.get(place, 0) + 1


def why_not_held(result: Result) -> str:
    """
    Why a result, or a place of it, is not held against its message.
    """
    if result.outcome is not Outcome.WAIVED:
        return "in the baseline"
    if result.waiver is None:
        return "ignored, as the command asked"
    return visible(result.waiver.in_words(), longest=_LONGEST_SENTENCE)


def _places(result: Result, kind: Kind) -> Iterator[Told]:
    text = visible(_ended(result.text), longest=_LONGEST_SENTENCE)
    if not result.findings:
        yield Told(result.id, kind, text, _detail(result, kind, None), result)
    for finding in result.findings:
        here = Kind.WAIVED if finding.known else kind
        detail = _detail(result, here, finding if len(result.findings) > 1 else None)
        yield Told(result.id, here, text, detail, result, finding, finding.line, finding.column)


def _detail(result: Result, kind: Kind, finding: Finding | None) -> str:
    """
    What is wrong; where a rule failed in several places, also what was expected and found in this one; the remedy.
    """
    said = [_ended(result.message)] if result.message and result.message != result.text else []
    if finding is not None:
        found = ", ".join(f"'{value}'" for value in finding.found) or "nothing"
        said.append(f"Here: found {found}; expected {finding.expected}.")
    if result.remedy and kind in {Kind.FAILED, Kind.WARNING, Kind.NOTE}:
        said.append(f"Remedy: {_ended(result.remedy)}")
    if kind is Kind.WAIVED:
        said.append(f"Waived: {_ended(why_not_held(result))}")
    return " ".join(visible(each, longest=_LONGEST_SENTENCE) for each in said)


def _ended(text: str) -> str:
    return text if not text or text.endswith((".", "!", "?")) else f"{text}."
