"""
The report of a batch run: exact counts, and a bounded number of examples. Its size does not grow with the messages.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from itk3_validator.finding import Outcome, Severity, Verdict
from itk3_validator.report.kinds import Kind, kind


class Group(NamedTuple):
    """
    Messages that have something in common; *name* is None where they do not say what.
    """

    name: str | None
    verdicts: Mapping[Verdict, int]

    @property
    def messages(self) -> int:
        return sum(self.verdicts.values())


class Groups(NamedTuple):
    """
    Some groups of messages, and all *others* counted together: *left_out* is how many groups these are.
    """

    shown: tuple[Group, ...]
    left_out: int
    others: Group


class Together(NamedTuple):
    """
    What rules over the archive change about verdicts, which are those of each message alone.

    *decided*: undecided messages of which they leave nothing undecided. *failed*: messages that are not invalid, and
    break one of these rules with severity error.
    """

    decided: int
    failed: int


class Judged(NamedTuple):
    """
    How many messages a pack has judged as an interaction; None where no pack has judged them.
    """

    pack: str | None
    version: str | None
    interaction: str | None
    messages: int


class Example(NamedTuple):
    """
    One finding. *sources* names its message, or some of those it speaks of; *more* counts the others.
    """

    sources: tuple[str, ...]
    more: int
    outcome: Outcome
    says: str | None
    xpath: str | None
    line: int | None
    column: int | None
    expected: str | None
    found: tuple[str, ...]
    masked: bool


class Requirement(NamedTuple):
    """
    A rule over all messages: of how many it came to each outcome. *over_archive*: several messages were compared.
    """

    pack: str
    id: str
    text: str
    level: str
    severity: Severity
    source: str | None
    link: str | None
    remedy: str | None
    over_archive: bool
    outcomes: Mapping[Outcome, int]
    examples: tuple[Example, ...]

    @property
    def kinds(self) -> Mapping[Kind, int]:
        """
        The same counts, where a failure says how much it weighs; a kind without a message is left out.
        """
        return {kind(outcome, self.severity): count for outcome, count in self.outcomes.items() if count}


class Seen(NamedTuple):
    """
    A code, and how many messages carry it. *rule* is None where no rule asks for its list.
    """

    pack: str | None
    rule: str | None
    code: str
    display: str | None
    messages: int


class Reason(NamedTuple):
    """
    Why messages were not judged, or not in full; *example* is one of them.
    """

    verdict: Verdict
    reason: str
    messages: int
    example: str


class Reasons(NamedTuple):
    """
    The most frequent reasons, and how many messages have others.
    """

    shown: tuple[Reason, ...]
    others: int


class BatchReport(NamedTuple):
    """
    What a run came to; *whole*: every message of its sources is judged.

    *first* and *last* are the instants, in UTC, between which the messages say that they were sent. *unit* is what
    *times* are: days, or months or years where there are many. *unused*: packs that judged no message.
    """

    whole: bool
    messages: int
    size: int
    first: datetime | None
    last: datetime | None
    verdicts: Mapping[Verdict, int]
    together: Together
    judged: tuple[Judged, ...]
    unused: tuple[str, ...]
    requirements: tuple[Requirement, ...]
    senders: Groups
    unit: str
    times: Groups
    sources: Groups
    reasons: Reasons
    codes: tuple[Seen, ...]
    codes_left_out: int
    coverage: tuple[Seen, ...]
