"""
What a run accepts: the waivers and the baseline that the command line names, read before any message.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path

from itk3_validator import CallInvalid, MessageError, Report, RulePack, Source, read_file
from itk3_validator.adapters import clock
from itk3_validator.adapters.settings import Settings
from itk3_validator.report.waived import WaiverNote
from itk3_validator.value import Value, replace
from itk3_validator.workshop.accepted import baseline as known
from itk3_validator.workshop.accepted import waivers as waiving
from itk3_validator.workshop.accepted.file import read_waivers

_LARGEST_WAIVERS = 5_000_000


class Accepted(Value):
    """
    Waivers and their use so far, the baseline, and the day. *usage* is None when no file of waivers was named.
    """

    today: date
    usage: waiving.Usage | None
    baseline: known.Baseline | None

    def apply(self, report: Report, name: str) -> Report:
        """
        The report with what is accepted waived; *name* is the message's own, where the report hides it.
        """
        if self.usage is not None:
            report = waiving.apply(report, self.usage.waivers, self.today, name=name)
        return report if self.baseline is None else known.apply(report, self.baseline)

    def plus(self, report: Report, name: str) -> Accepted:
        """
        The same with one more message counted, as it was reported before anything was waived.
        """
        return self if self.usage is None else replace(self, usage=self.usage.plus(report, name=name))

    def notes(self, packs: Iterable[RulePack], named: Callable[[str], str]) -> tuple[WaiverNote, ...] | None:
        """
        What the waivers came to; *named* hides what is told of the names of messages.
        """
        if self.usage is None:
            return None
        notes = self.usage.notes(packs, self.today)
        return tuple(each._replace(source=None if each.source is None else named(each.source)) for each in notes)


def accepted(settings: Settings, packs: Iterable[RulePack], *, today: date | None = None) -> Accepted:
    """
    Read what the settings name. A waiver of a rule that ``--only`` leaves out is no part of the run.

    Args:
        today: The day for which waivers count; the day here, where it is not said.

    Raises:
        CallInvalid: A file that cannot be read, or a baseline that is no report.

        WaiversInvalid: Every mistake in the waivers.
    """
    usage = None
    day = today if today is not None else clock.today()
    if settings.waivers:
        files = [_read("--waivers", path, _LARGEST_WAIVERS) for path in settings.waivers]
        waivers = read_waivers(files, packs, today=day)
        usage = waiving.Usage(tuple(each for each in waivers if not settings.only or each.rule in settings.only))
    baseline = None
    if settings.baseline is not None:
        file = _read("--baseline", settings.baseline, known.LARGEST)
        baseline = known.read_baseline(file.name, file.data)
    return Accepted(day, usage, baseline)


def _read(option: str, path: Path, limit: int) -> Source:
    try:
        return read_file(path, limit=limit)
    except MessageError:
        raise CallInvalid(f"{option} {path} is larger than {limit:,} bytes, the most that is read") from None
    except OSError as error:
        raise CallInvalid(f"{option} {path} cannot be read: {error.strerror}") from None
