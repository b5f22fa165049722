"""
Waivers: results that somebody accepts until a day, with a reason.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fnmatch import fnmatchcase

from itk3_validator.pack.marked import Mark
from itk3_validator.pack.model import RulePack
from itk3_validator.report.chosen import HELD_AGAINST, waived, with_results
from itk3_validator.report.kinds import is_judged
from itk3_validator.report.model import Report, Result
from itk3_validator.report.waived import Standing, Waived, WaiverNote
from itk3_validator.value import replace
from itk3_validator.workshop.accepted.scope import names_nothing

WAIVER = "waiver"


@dataclass(frozen=True, slots=True)
class Waiver:
    """
    A requirement whose failure is accepted, and for which messages; a scope that is None leaves none out.

    Attributes:
        expires: the last day on which it counts.

        pack: the pack by which the message is judged, or in which the rule is written.

        sender: what the message states of its sender: an ODS code or a mailbox.

        source: the form of the message's name: ``*`` stands for anything, also ``/``; ``?`` for one character.

        mark: where the waiver stands.
    """

    rule: str
    reason: str
    owner: str
    expires: date
    pack: str | None
    interaction: str | None
    sender: str | None
    source: str | None
    mark: Mark


def apply(report: Report, waivers: Sequence[Waiver], today: date, *, name: str | None = None) -> Report:
    """
    The report with the outcome `waived` where a waiver covers a failure, an undecided outcome or an error.

    Args:
        waivers: The first in their order that covers a result is its reason.

        today: A waiver counts on its last day, and not after it.

        name: The message's name, where the report bears another.
    """
    live = [each for each in waivers if today <= each.expires]
    here = _governing(live, report, name)
    reasons: dict[str, Waiver] = {}
    for number, result in _covered(here, report):
        reasons.setdefault(result.id, here[number])
    if not reasons:
        return report
    return with_results(
        report,
        (waived(each, _reason(reasons[each.id], each)) if each.id in reasons else each for each in report.results),
    )


@dataclass(frozen=True, slots=True)
class Usage:
    """
    What the waivers of a run come to: how often each met a message of its scope, and how many results it covered.
    """

    waivers: tuple[Waiver, ...]
    met: Counter[int] = field(default_factory=Counter)
    covered: Counter[int] = field(default_factory=Counter)

    def plus(self, report: Report, *, name: str | None = None) -> Usage:
        """
        The usage with one more message in it, as it was reported before any waiver.
        """
        here = _governing(self.waivers, report, name)
        if not here:
            return self
        covered = Counter(number for number, _ in _covered(here, report))
        return Usage(self.waivers, self.met + Counter(here.keys()), self.covered + covered)

    def notes(self, packs: Iterable[RulePack], today: date) -> tuple[WaiverNote, ...]:
        """
        One note a waiver, in their order.

        Args:
            packs: The packs of the run, to tell a waiver that names nothing.
        """
        known = tuple(packs)
        return tuple(
            WaiverNote(
                rule=each.rule,
                pack=each.pack,
                interaction=each.interaction,
                sender=each.sender,
                source=each.source,
                reason=each.reason,
                owner=each.owner,
                expires=each.expires,
                file=each.mark.file,
                line=each.mark.line,
                column=each.mark.column,
                standing=standing,
                results=self.covered[number],
                why=why,
            )
            for number, each in enumerate(self.waivers)
            for standing, why in [self._standing(number, known, today)]
        )

    def _standing(self, number: int, packs: Sequence[RulePack], today: date) -> tuple[Standing, str]:
        waiver, covered = self.waivers[number], self.covered[number]
        nothing = names_nothing(packs, waiver.rule, waiver.pack, waiver.interaction, waiver.sender)
        if nothing:
            return Standing.UNKNOWN, nothing
        if today > waiver.expires:
            later = next((each for each in self.waivers if today <= each.expires and _alike(each, waiver)), None)
            if later is not None:
                now = f"{later.owner} accepts it until {later.expires.isoformat()}, remove this one"
            elif covered:
                now = f"held against messages again: {_results(covered)}"
            else:
                now = "it would waive nothing, remove it"
            return Standing.EXPIRED, f"{waiver.owner} accepted it until {waiver.expires.isoformat()}; {now}"
        if covered:
            return Standing.USED, ""
        if self.met[number]:
            return Standing.UNUSED, "nothing of this run has to be waived by it; remove it"
        return Standing.UNUSED, "no message of this run is in its scope"


def _alike(one: Waiver, other: Waiver) -> bool:
    """
    Whether both are of the same rule and the same messages.
    """
    return one == replace(other, reason=one.reason, owner=one.owner, expires=one.expires, mark=one.mark)


def _results(number: int) -> str:
    return "1 result" if number == 1 else f"{number:,} results"


def _governing(waivers: Sequence[Waiver], report: Report, name: str | None) -> dict[int, Waiver]:
    """
    The waivers in whose scope the message is, and whose rule was asked of it, each with its number.
    """
    if not (waivers and is_judged(report)):
        return {}
    asked, source = report.outcomes, _slashed(name or report.source)
    return {
        number: each
        for number, each in enumerate(waivers)
        if each.rule in asked
        and each.interaction in (None, report.interaction)
        and (each.source is None or fnmatchcase(source, _slashed(each.source)))
        and (each.sender is None or each.sender in report.sender)
    }


def _covered(waivers: Mapping[int, Waiver], report: Report) -> Iterator[tuple[int, Result]]:
    """
    The results held against the message that waivers cover, whatever the day.
    """
    for result in report.results if waivers else ():
        if result.outcome in HELD_AGAINST:
            for number, each in waivers.items():
                if each.rule == result.id and each.pack in (None, report.pack, result.pack):
                    yield number, result


def _slashed(name: str) -> str:
    return name.replace("\\", "/")


def _reason(waiver: Waiver, result: Result) -> Waived:
    mark = waiver.mark
    return Waived(WAIVER, result.outcome, waiver.reason, mark.file, mark.line, waiver.owner, waiver.expires)
