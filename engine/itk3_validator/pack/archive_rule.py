"""
A rule over the archive, checked: what one message of a run has to be to the others.
"""

from __future__ import annotations

from typing import TypeAlias

from itk3_validator.checks.ask import Checks, Range, Target
from itk3_validator.finding import LEVELS, Severity
from itk3_validator.value import Value


class Answered(Value):
    """
    How many messages answer this one, of those that hold *by*, within *within* seconds; not asked where an answer holds
    *unless*.
    """

    by: Checks
    unless: Checks
    count: Range
    within: int | None


class RequestKnown(Value):
    """
    The message that this one answers is there; a request is at most *within* seconds older than its answer.
    """

    within: int


class AfterRequest(Value):
    """
    The message is not earlier than the one it answers, but for *tolerance* seconds.
    """

    tolerance: int


class NoAnswerBefore(Value):
    """
    No earlier answer to the same request holds *that*.
    """

    that: Checks


class UniqueValue(Value):
    """
    No earlier message that the rule applies to has the same value at *of*, and the same values at every one of *per*.
    """

    of: Target
    per: tuple[Target, ...]


class Covers(Value):
    """
    Every code of the list *codes* occurs at *of*.
    """

    of: Target
    codes: str


ArchiveOptions: TypeAlias = Answered | RequestKnown | AfterRequest | NoAnswerBefore | UniqueValue | Covers


class ArchiveRule(Value):
    """
    One rule of the section ``archive``. *pack* is the pack that last had a say in it; *verb* says what *asks* is.
    """

    id: str
    pack: str
    text: str
    level: str
    interactions: tuple[str, ...]
    when: Checks
    verb: str
    asks: ArchiveOptions
    message: str | None = None
    remedy: str | None = None
    response_code: str | None = None
    part: str | None = None
    status: str = "active"
    source: str | None = None
    link: str | None = None
    unprovable: str | None = None

    @property
    def severity(self) -> Severity:
        return LEVELS[self.level]
