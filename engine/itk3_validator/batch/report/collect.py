"""
From the tables of a run to its report.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from itk3_validator.batch.report import queries
from itk3_validator.batch.report.model import (
    BatchReport,
    Example,
    Group,
    Groups,
    Judged,
    Reason,
    Reasons,
    Requirement,
    Seen,
    Together,
)
from itk3_validator.finding import Outcome, Severity, Verdict
from itk3_validator.report.kinds import Kind

if TYPE_CHECKING:
    from itk3_validator.archive.connection import Connection

Key = tuple[str, str]

_UNITS: Final = ("day", "month", "year")
_WORST: Final = (Kind.FAILED, Kind.ERROR, Kind.WARNING, Kind.UNDECIDED, Kind.WAIVED, Kind.NOTE)
_TOLD_FIRST: Final = tuple(Outcome(each) for each in ("fail", "error", "undecided", "waived", "pass", "not-applicable"))


class Most(NamedTuple):
    """
    How much is told of what has no bound of its own; the rest is counted.
    """

    groups: int = 20
    times: int = 400
    reasons: int = 20
    codes: int = 100
    coverage: int = 200
    examples: int = 3


def collect(connection: Connection, most: Most | None = None, *, whole: bool = True) -> BatchReport:
    """
    The report of the run whose tables *connection* has as views; *whole*: every message of its sources is judged.
    """
    most = most or Most()
    ask = _Asking(connection)
    messages, size, first, last, verdicts = ask(queries.TOTALS)[0]
    everything = _group(None, verdicts or {})
    unit, times = _times(ask, most.times, everything)
    codes = ask(queries.CODES, most=most.codes)
    reasons = ask(queries.REASONS, most=most.reasons)
    return BatchReport(
        whole,
        messages,
        size,
        first,
        last,
        everything.verdicts,
        Together(*ask(queries.TOGETHER)[0]),
        tuple(Judged(*row) for row in ask(queries.JUDGED)),
        tuple(pack for (pack,) in ask(queries.UNUSED)),
        _requirements(ask, most.examples),
        _groups(ask(queries.WORST_FIRST, by="sender", most=most.groups), everything),
        unit,
        times,
        _groups(ask(queries.WORST_FIRST, by="origin", most=most.groups), everything),
        Reasons(
            tuple(Reason(Verdict(verdict), *told) for verdict, *told, _ in reasons),
            _others(reasons, sum(count for _, _, count, *_ in reasons)),
        ),
        tuple(Seen(None, None, code, None, count) for code, count, _ in codes),
        _others(codes, len(codes)),
        tuple(Seen(*row) for row in ask(queries.COVERAGE, most=most.coverage)),
    )


class _Asking:
    """
    A connection in which every query of a report can be asked.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        for view in queries.VIEWS:
            connection.execute(view)

    def __call__(self, query: str, **values: object) -> list[Any]:
        return self._connection.execute(query, values or None).fetchall()


def _others(rows: Sequence[Sequence[Any]], shown: int) -> int:
    """
    How many were left out; the last column of each row counts all.
    """
    return int(rows[0][-1]) - shown if rows else 0


def _group(name: str | None, verdicts: Mapping[str, int]) -> Group:
    return Group(name, {each: verdicts.get(each.value, 0) for each in Verdict})


def _groups(rows: Sequence[Sequence[Any]], everything: Group) -> Groups:
    shown = tuple(_group(name, verdicts) for name, verdicts, _ in rows)
    rest = {each: count - sum(group.verdicts[each] for group in shown) for each, count in everything.verdicts.items()}
    return Groups(shown, _others(rows, len(shown)), Group(None, rest))


def _times(ask: _Asking, most: int, everything: Group) -> tuple[str, Groups]:
    """
    Messages by day; by month or year where there would be more than *most*. Those that do not say when come last.
    """
    found = Groups((), 0, everything)
    unit = _UNITS[0]
    for unit in _UNITS:
        found = _groups(ask(queries.LATEST_FIRST, by=unit, most=most), everything)
        if not found.left_out:
            break
    shown = sorted(found.shown, key=lambda each: (each.name is None, each.name or ""))
    return unit, found._replace(shown=tuple(shown))


def _requirements(ask: _Asking, most: int) -> tuple[Requirement, ...]:
    """
    Every rule of the packs that have judged something, the worst first.
    """
    counted: dict[Key, dict[Outcome, int]] = defaultdict(dict)
    for pack, rule, outcome, messages in ask(queries.COUNTS):
        counted[pack, rule][Outcome(outcome)] = messages
    examples: dict[Key, list[Example]] = defaultdict(list)
    for pack, rule, *told in ask(queries.EXAMPLES, most=most):
        examples[pack, rule].append(_example(*told))
    words = {(pack, rule): told for pack, rule, *told in ask(queries.RULES)}
    compared = set(ask(queries.COMPARED))
    made = [
        _requirement(key, words.get(key), counted.get(key, {}), examples.get(key, ()), over_archive=key in compared)
        for key in {*words, *counted}
    ]
    return tuple(sorted(made, key=_rank))


def _requirement(
    key: Key,
    words: Sequence[Any] | None,
    outcomes: Mapping[Outcome, int],
    examples: Iterable[Example],
    *,
    over_archive: bool,
) -> Requirement:
    text, level, severity, source, link, remedy = words or ("", "", None, None, None, None)
    return Requirement(
        *key,
        text or "",
        level or "",
        Severity(severity or Severity.ERROR),
        source,
        link,
        remedy,
        over_archive=over_archive,
        outcomes={each: outcomes.get(each, 0) for each in Outcome},
        examples=tuple(sorted(examples, key=lambda each: _TOLD_FIRST.index(each.outcome))),
    )


def _example(sources: Sequence[str], messages: int, outcome: str, *told: Any) -> Example:
    says, xpath, line, column, expected, found, masked = told
    return Example(
        tuple(sources),
        messages - len(sources),
        Outcome(outcome),
        says,
        xpath,
        line,
        column,
        expected,
        tuple(found or ()),
        masked=bool(masked),
    )


def _rank(requirement: Requirement) -> tuple[object, ...]:
    kinds = requirement.kinds
    parts = [(int(part), "") if part.isdecimal() else (0, part) for part in re.split(r"(\d+)", requirement.id)]
    return (*(-kinds.get(each, 0) for each in _WORST), not kinds, requirement.pack, parts)
