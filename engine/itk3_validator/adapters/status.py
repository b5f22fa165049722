"""
The exit statuses of `itk3`, and which one a run has earned.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

    from itk3_validator.report.kinds import Tally

DONE = 0
FAILED = 1
WRONG = 2
BROKEN = 3
NOTHING = 4
FRAMING_LOST = 5
INTERRUPTED = 130
PIPE_CLOSED = 141


def status_of(tally: Tally, fail_on: Collection[str]) -> int:
    """
    The first of these that is true.

    1: a rule failed at or above *fail_on*. 3: a message was unreadable, or a rule could not be run. 4: no message was
    judged, because there was none, none was recognised, or no rule was left to ask. 0: none of these.
    """
    from itk3_validator import Verdict
    from itk3_validator.report.kinds import FailOn, Kind, failing_kinds

    if any(tally.kinds[kind] for kind in failing_kinds(FailOn(each) for each in fail_on)):
        return FAILED
    if tally.verdicts[Verdict.UNREADABLE] or tally.verdicts[Verdict.ERROR] or tally.kinds[Kind.ERROR]:
        return BROKEN
    return DONE if tally.judged else NOTHING


def why(status: int, tally: Tally) -> str:
    """
    A line for who asked for quiet, and would see a status alone: why messages were not judged; else nothing.
    """
    if status not in _WORDS:
        return ""
    from itk3_validator import Verdict

    verdicts = [f"{number:,} {each}" for each in Verdict if (number := tally.verdicts[each])]
    told = f": {', '.join(verdicts)}" if verdicts else ""
    return f"itk3: {_WORDS[status]} ({tally.messages:,} message{'' if tally.messages == 1 else 's'}{told})\n"


_WORDS = {
    BROKEN: "messages were unreadable, or could not be judged by every rule",
    NOTHING: "no message was judged",
}
