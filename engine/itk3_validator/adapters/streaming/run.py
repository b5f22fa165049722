"""
A stream judged: an answer for each frame, in their order, each on its way before the next frame is read.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, BinaryIO, Final

from itk3_validator import CallInvalid, Report, Source, Verdict
from itk3_validator.adapters import clock
from itk3_validator.adapters.judging import Judging, Stated, unjudged
from itk3_validator.adapters.status import FRAMING_LOST, status_of
from itk3_validator.adapters.streaming.frame import Broken, Frame
from itk3_validator.adapters.streaming.length import by_length
from itk3_validator.adapters.streaming.lines import by_line
from itk3_validator.report import json_v1
from itk3_validator.report.behind import Said
from itk3_validator.report.chosen import chosen
from itk3_validator.report.kinds import Tally
from itk3_validator.value import replace

if TYPE_CHECKING:
    from itk3_validator.adapters.accepted import Accepted

FRAMINGS: Final = {"length": by_length, "ndjson": by_line}


def run(framing: str, judging: Judging, stated: Stated, accepted: Accepted | None) -> int:
    """
    Answer standard input on standard output, and return the exit status.

    Raises:
        CallInvalid: There is no standard input.
    """
    if sys.stdin is None:
        raise CallInvalid("--stream reads standard input, and there is none")
    tally = Tally()
    for each in FRAMINGS[framing](sys.stdin.buffer, judging.settings.limits.message):
        report, line = _answer(each, judging, stated, accepted)
        _write(sys.stdout.buffer, line)
        tally = tally.plus(report)
        if isinstance(each, Broken) and each.lost:
            return FRAMING_LOST
    return status_of(tally, judging.settings.fail_on)


def _write(out: BinaryIO, line: str) -> None:
    out.write(line.encode("ascii"))
    out.flush()


def _answer(frame: Frame | Broken, judging: Judging, stated: Stated, accepted: Accepted | None) -> tuple[Report, str]:
    if isinstance(frame, Broken):
        report = Report(judging.named(frame.name), Verdict.ERROR, Said(str, frame.reason))
        return report, json_v1.line(report)
    try:
        report = _judged(frame, judging, stated, accepted)
        return report, json_v1.line(report)
    except CallInvalid as error:
        reason = str(error)
    except Exception as error:  # noqa: BLE001  # one bad message never ends a stream; the text may hold what it says
        reason = f"it could not be judged ({type(error).__name__})"
    report = unjudged(frame.entry, judging.named(frame.entry.name), reason)
    return report, json_v1.line(report)


def _judged(frame: Frame, judging: Judging, stated: Stated, accepted: Accepted | None) -> Report:
    settings, name = judging.settings, frame.entry.name
    report = judging.report(
        frame.entry,
        Stated(
            {**stated.facts, **frame.facts},
            stated.request if frame.request is None else Source("request", frame.request),
            stated.interaction if frame.interaction is None else frame.interaction,
        ),
    )
    if accepted is not None:
        # A stream may go on for months: a waiver ends on its day, not with the process.
        report = replace(accepted, today=clock.today()).apply(report, name)
    return chosen(report, only=settings.only, ignore=settings.ignore)
