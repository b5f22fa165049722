"""
What counts, shares and groups of a batch report are called.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Final

from itk3_validator.batch.report.model import BatchReport, Example, Group, Judged, Requirement, Seen
from itk3_validator.finding import Outcome, Verdict
from itk3_validator.report.kinds import Kind

# As columns, from what needs attention to what does not; the first and the last but one are always there.
ORDER: Final = (
    Kind.FAILED,
    Kind.ERROR,
    Kind.WARNING,
    Kind.NOTE,
    Kind.UNDECIDED,
    Kind.WAIVED,
    Kind.PASSED,
    Kind.NOT_APPLICABLE,
)
WORST_FIRST: Final = (
    Verdict.INVALID,
    Verdict.ERROR,
    Verdict.UNREADABLE,
    Verdict.UNRECOGNISED,
    Verdict.UNDECIDED,
    Verdict.VALID,
)
NAMELESS: Final = {
    "sender": "no sender is known",
    "day": "no time is known",
    "month": "no time is known",
    "year": "no time is known",
    "source": "by itself",
}
NOT_WHOLE: Final = "The run is not whole yet; the same itk3 batch command goes on with it."
FAILURES: Final = frozenset({Kind.FAILED, Kind.WARNING, Kind.NOTE})
_OVERVIEW: Final = (
    "failed in some message",
    "could not be decided everywhere",
    "passed wherever they applied",
    "applied to no message",
)
_SIZES: Final = ("bytes", "kB", "MB", "GB", "TB")


def shown_kinds(requirements: Iterable[Requirement]) -> tuple[Kind, ...]:
    """
    The kinds that occur, and always those that a reader looks for.
    """
    found = {kind for each in requirements for kind in each.kinds} | {Kind.FAILED, Kind.UNDECIDED, Kind.PASSED}
    return tuple(each for each in ORDER if each in found)


def shown_verdicts(report: BatchReport) -> tuple[Verdict, ...]:
    """
    The verdicts that occur, the worst first.
    """
    return tuple(each for each in WORST_FIRST if report.verdicts[each])


def told(number: int, one: str, many: str | None = None) -> str:
    """
    `1 message`, `12,000 messages`.
    """
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def share(part: int, whole: int) -> str:
    """
    A part in per cent. Some is never told as none, nor nearly all as all.
    """
    if not whole or part in {0, whole}:
        return f"{100 if whole and part else 0} %"
    tenths = round(1000 * part / whole)
    return "<0.1 %" if not tenths else ">99.9 %" if tenths == 1000 else f"{tenths / 10:.1f} %"


def size(number: int) -> str:
    """
    Bytes in units of a thousand.
    """
    amount, unit = float(number), 0
    while amount >= 1000 and unit < len(_SIZES) - 1:
        amount, unit = amount / 1000, unit + 1
    return f"{number:,} bytes" if not unit else f"{amount:.1f} {_SIZES[unit]}"


def period(first: datetime | None, last: datetime | None) -> str:
    """
    From when to when messages say that they were sent.
    """
    if first is None or last is None:
        return "none says when it was sent"
    days = sorted({first.date().isoformat(), last.date().isoformat()})
    return f"sent on {days[0]}" if len(days) == 1 else f"sent from {days[0]} to {days[1]}"


def together(report: BatchReport) -> str | None:
    """
    What is not in the verdicts, as a sentence; None where that is nothing.
    """
    decided, failed = report.together
    parts = [
        *([f"{decided:,} of the undecided {'is' if decided == 1 else 'are'} decided"] if decided else []),
        *(
            [f"{told(failed, 'message')} not told as invalid {'breaks' if failed == 1 else 'break'} a rule"]
            if failed
            else []
        ),
    ]
    return f"Verdicts are those of each message alone. Over the archive {', and '.join(parts)}." if parts else None


def counts(numbers: Mapping[Kind, int]) -> str:
    """
    `12 failed, 3 undecided`; what is none is left out.
    """
    return ", ".join(_count(kind, numbers[kind]) for kind in ORDER if numbers.get(kind)) or "no message"


def _count(kind: Kind, number: int) -> str:
    return told(number, kind.value) if kind in {Kind.WARNING, Kind.NOTE} else f"{number:,} {kind.value}"


def verdicts(group: Group) -> str:
    """
    `12 invalid, 3 valid`; what is none is left out.
    """
    return ", ".join(f"{group.verdicts[each]:,} {each.value}" for each in WORST_FIRST if group.verdicts[each])


def overview(requirements: Sequence[Requirement]) -> str:
    """
    How many requirements failed somewhere, how many passed wherever they applied, and the others.
    """
    groups: Counter[str] = Counter()
    for each in requirements:
        found = set(each.kinds)
        if found & FAILURES:
            groups["failed in some message"] += 1
        elif Kind.ERROR in found or Kind.UNDECIDED in found:
            groups["could not be decided everywhere"] += 1
        elif Kind.PASSED in found:
            groups["passed wherever they applied"] += 1
        else:
            groups["applied to no message"] += 1
    parts = ", ".join(f"{groups[each]:,} {each}" for each in _OVERVIEW if groups[each])
    return f"{told(len(requirements), 'requirement')}: {parts}"


def by_rule(coverage: Iterable[Seen]) -> Iterator[tuple[str, Sequence[Seen]]]:
    """
    The codes of each rule that asks for a list of them.
    """
    for (_, rule), codes in groupby(coverage, key=lambda each: (each.pack, each.rule)):
        yield rule or "", tuple(codes)


def coverage(rule: str, codes: Sequence[Seen]) -> str:
    """
    `GPCM-SD-OC-169/2: 3 of 18 codes were seen`.
    """
    seen = sum(1 for each in codes if each.messages)
    return f"{rule}: {seen:,} of {told(len(codes), 'code')} {'was' if seen == 1 else 'were'} seen"


def judge(judged: Judged) -> str:
    """
    The pack and interaction that messages were judged by.
    """
    if judged.pack is None:
        return "not judged"
    return " ".join(each for each in (judged.pack, judged.version, judged.interaction) if each)


def several_packs(requirements: Iterable[Requirement]) -> bool:
    """
    Whether it has to be said which pack a requirement is of.
    """
    return len({each.pack for each in requirements}) > 1


def place(example: Example) -> str:
    """
    The message and where in it: `in/a.xml, line 3, column 5`.
    """
    where = "" if example.line is None else f", line {example.line}"
    where += "" if example.line is None or example.column is None else f", column {example.column}"
    more = f" and {told(example.more, 'more message')}" if example.more else ""
    return f"{', '.join(example.sources)}{where}{more}"


def found(example: Example) -> str:
    """
    The values that were found.
    """
    return ", ".join(f"'{each}'" if each.strip() != each or not each else each for each in example.found)


def with_examples(requirements: Iterable[Requirement]) -> Iterator[Requirement]:
    """
    The requirements that have something to show, the worst first.
    """
    return (each for each in requirements if each.examples)


def is_failure(example: Example) -> bool:
    """
    Whether the message is to be mended, so that a remedy is of use.
    """
    return example.outcome is Outcome.FAIL
