"""
One message after the other judged as the settings ask.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

from itk3_validator import Report, Source, Validator, Verdict
from itk3_validator.adapters.settings import Settings
from itk3_validator.inputs.entries import Entry, Unreadable
from itk3_validator.report.behind import Said
from itk3_validator.report.visible import hashed
from itk3_validator.value import Value

if TYPE_CHECKING:
    from itk3_validator.report.received import Received


class Judge(Protocol):
    """
    A validator, or what judges as one does.
    """

    def validate(
        self,
        message: Source,
        *,
        facts: Mapping[str, str] | None = None,
        request: Source | None = None,
        interaction: str | None = None,
    ) -> Report: ...


class Stated(Value):
    """
    What is known of a message beside its bytes.
    """

    facts: Mapping[str, str]
    request: Source | None
    interaction: str | None


class Judging(Value):
    """
    What judges, and the settings for all messages.
    """

    judge: Judge
    validator: Validator
    settings: Settings

    def report(self, entry: Entry, stated: Stated) -> Report:
        """
        The report of a message, also of one that could not be read.
        """
        name = self.named(entry.name)
        if isinstance(entry, Unreadable):
            behind = Said(lambda: entry.digest, entry.reason, received_of=lambda: _received(self.validator, entry))
            return Report(name, Verdict.UNREADABLE, behind)
        message = Source(name, entry.data, entry.control)
        return self.judge.validate(message, facts=stated.facts, request=stated.request, interaction=stated.interaction)

    def named(self, name: str) -> str:
        """
        What a message is called in reports.
        """
        return hashed(name) if self.settings.hash_names else name


def unjudged(entry: Entry, name: str, reason: str) -> Report:
    """
    The report of a message with which something went wrong here; *name* is what it is called.
    """

    def digest() -> str:
        import hashlib  # slow to import, and seldom asked for

        return entry.digest if isinstance(entry, Unreadable) else hashlib.sha256(entry.data).hexdigest()

    return Report(name, Verdict.ERROR, Said(digest, reason))


def _received(validator: Validator, entry: Unreadable) -> Received | None:
    from itk3_validator.report.received import unread

    return unread(entry.beginning, validator.packs, too_large=entry.too_large)
