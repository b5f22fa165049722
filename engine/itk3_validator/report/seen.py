"""
A message that was judged, before there is a report: of most messages of an archive a report would say nothing new.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from itk3_validator.call import Call
from itk3_validator.message import Incoming
from itk3_validator.plan import Plan
from itk3_validator.report.model import Report
from itk3_validator.sight.outcomes import Known
from itk3_validator.value import Row

Values: TypeAlias = Mapping[str, tuple[str | None, ...]]


class Seen(Row):
    """
    What is known at once of a message that was judged. It holds the message.
    """

    incoming: Incoming
    call: Call
    known: Known
    make: Callable[[Incoming, Call, Known], Report]
    read: Callable[[Plan, Incoming, tuple[str, ...]], Values]

    @property
    def alike(self) -> object:
        """
        As of its report.
        """
        return self.known.judged

    @property
    def pack_digest(self) -> str:
        return self.known.found.plan.pack.digest

    def values_at(self, names: tuple[str, ...]) -> Values:
        """
        As of its report.
        """
        return self.read(self.known.found.plan, self.incoming, names)

    def report(self) -> Report:
        """
        Its report, made anew.
        """
        return self.make(self.incoming, self.call, self.known)
