"""
What there is to tell of outcomes, worked out once for all messages that are alike.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

from itk3_validator.batch.rows import LETTERS, Shared, finding_rows, numbers
from itk3_validator.finding import Outcome
from itk3_validator.report.model import Report

_MOST_KNOWN: Final = 1_024


class Told(NamedTuple):
    """
    What is told of the outcomes of messages that are *alike*.

    *findings* has, for each rule that there is something to tell of, its row of `findings`; an empty one where places
    and values are those of one message. None is where it *is_same_for_all*.
    """

    alike: object
    shared: Shared
    findings: tuple[tuple[Any, ...], ...]
    is_same_for_all: bool

    def rows(self, report: Report) -> Sequence[tuple[Any, ...]]:
        """
        The rows of `findings` of one of these messages.
        """
        rows: list[tuple[Any, ...]] = []
        for result, row in zip(report.told, self.findings, strict=True):
            if row:
                rows.append(row)
            else:
                rows += finding_rows(report.pack, result)
        return rows


class Tellings:
    """
    What was told of messages so far.

    Args:
        answering: all messages answer one request, of which it depends on more than outcomes why they are undecided.
    """

    def __init__(self, *, answering: bool) -> None:
        self._answering = answering
        self._known: dict[int, Told] = {}

    def of(self, alike: object, report: Callable[[], Report]) -> Told:
        """
        What is told of the outcomes of a message.

        Args:
            alike: what messages that are alike have in common; None says nothing.

            report: the report of the message, made only where it is new.
        """
        told = self._known.get(id(alike))
        # What is held here is the only object of its number.
        if told is not None and told.alike is alike:
            return told
        told = _told(alike, report(), shared=alike is not None and not self._answering)
        if told.alike is not None:
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            self._known[id(alike)] = told
        return told


def _told(alike: object, report: Report, *, shared: bool) -> Told:
    results = report.told
    rows = tuple(
        next(finding_rows(report.pack, each)) if shared and each.outcome is Outcome.UNDECIDED else ()
        for each in results
    )
    letters = "".join([LETTERS[each] for each in report.outcomes.values()])
    columns = Shared(
        report.pack,
        report.pack_version,
        report.interaction,
        str(report.verdict),
        report.reason,
        *numbers(results),
        letters,
    )
    return Told(alike if shared else None, columns, rows, all(rows))
