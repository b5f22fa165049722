"""
A check as data: which verb is asked of which place, with which options.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from itk3_validator.value import Row, Value


class Range(Row):
    """
    From *low* to *high*, both included; *high* None is without end.
    """

    low: int
    high: int | None

    def holds(self, number: int) -> bool:
        return self.low <= number and (self.high is None or number <= self.high)

    def __str__(self) -> str:
        if self.high is None:
            return "at least one" if self.low == 1 else f"{self.low} or more"
        if self.high == 0:
            return "none"
        high = "one" if self.high == 1 else self.high
        if self.low == self.high:
            return f"exactly {high}"
        return f"{self.low} to {high}" if self.low else f"at most {high}"


class Target(Value):
    """
    A place that a check looks at: a selector's name, or an XPath written in place.

    Attributes:
        written: as the analyst wrote it, for people.

        xpath: the XPath, its ``$names`` not yet replaced.

        label: how sentences call the place: as the selector says, or the last name of an XPath.

        of_request: read on the request instead of the message.

        relative: begins at the ``each`` node (``./f:status``).

        safe: the values found here, not what lies below, are no patient data and may be shown.
    """

    written: str
    xpath: str
    label: str
    of_request: bool = False
    relative: bool = False
    safe: bool = False


# What a verb keeps of its options: texts, tuples, mappings, ranges, targets and checks.
Options: TypeAlias = Any


class Ask(Value):
    """
    One verb asked of one target; *target* is None for ``test``, which brings its own expression.

    *count* is the range beside a value verb; *some* asks that at least one value holds.
    """

    target: Target | None
    verb: str
    options: Options
    count: Range | None = None
    some: bool = False


class AnyOf(Value):
    """
    Alternatives of which one must hold.
    """

    branches: tuple[Checks, ...]


Checks: TypeAlias = tuple[Ask | AnyOf, ...]


class CodeList(Value):
    """
    A named list of codes: code to its row (column to cell), or a span of whole numbers.

    *name* is the list's name in its pack; *system* the URI of the code system, where stated. *described* are the rows
    of the list that this one is a range of: a code outside the range still has its description.
    """

    name: str
    rows: Mapping[str, Mapping[str, str]]
    system: str | None = None
    span: tuple[int, int] | None = None
    described: Mapping[str, Mapping[str, str]] | None = None

    def __contains__(self, code: object) -> bool:
        if self.span is None:
            return code in self.rows
        low, high = self.span
        return (
            isinstance(code, str)
            and code.isascii()
            and code.isdigit()
            and (code == "0" or code[0] != "0")
            and len(code) <= len(str(high))
            and low <= int(code) <= high
        )

    def display(self, code: str) -> str | None:
        rows = self.rows if self.described is None else self.described
        return rows.get(code, {}).get("display") or None

    def __str__(self) -> str:
        if self.span is not None:
            return f"a whole number from {self.span[0]} to {self.span[1]}"
        codes = tuple(self.rows)
        if len(codes) <= 6:
            return f"one of {', '.join(codes)}"
        return f"a code of {self.name} ({codes[0]} to {codes[-1]}, {len(codes)} codes)"
