"""
The exceptions of the package; each names who must act.
"""

from __future__ import annotations

from collections.abc import Iterable

from itk3_validator.value import Value


class Itk3Error(Exception):
    """
    The base of everything that this package raises on purpose.
    """


class Problem(Value):
    """
    One mistake in a rule file, at the place where the analyst mends it.

    Line and column count code points from 1. *remedy* says what would do. *code* is its kind, one of ``itk3 lint``.
    """

    file: str
    line: int
    column: int
    what: str
    remedy: str = ""
    code: str = ""

    def __str__(self) -> str:
        tail = f"; {self.remedy}" if self.remedy else ""
        return f"{self.file}:{self.line}:{self.column}: {self.what}{tail}"

    # Its kind does not tell one mistake from another.

    def __eq__(self, other: object) -> bool:
        return _told(self) == _told(other) if isinstance(other, Problem) else NotImplemented

    def __hash__(self) -> int:
        return hash(_told(self))

    def __lt__(self, other: Problem) -> bool:
        return _told(self) < _told(other)


def _told(problem: Problem) -> tuple[str, int, int, str, str]:
    return problem.file, problem.line, problem.column, problem.what, problem.remedy


class PackInvalid(Itk3Error):
    """
    Rule files that cannot be used: every problem at once, for the analyst.
    """

    subject = "the rules"

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(set(problems)))
        super().__init__(self.problems)

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems)


class WaiversInvalid(PackInvalid):
    """
    Files of waivers that cannot be used: every problem at once.
    """

    subject = "the waivers"


class PackNotFound(Itk3Error):
    """
    A pack that was asked for by name or folder is not there.
    """


class CallInvalid(Itk3Error):
    """
    The caller stated a fact, an interaction or a setting that no loaded pack knows.
    """


class MessageError(Itk3Error):
    """
    A message that cannot be read, for its sender.

    ``validate`` turns it into a report with the verdict ``unreadable``. Line and column
    count code points from 1 and are None where the parser does not know them.
    """

    def __init__(self, reason: str, line: int | None = None, column: int | None = None) -> None:
        self.reason = reason
        self.line = line
        self.column = column
        super().__init__(reason, line, column)

    def __str__(self) -> str:
        if self.line is None:
            return self.reason
        return f"line {self.line}, column {self.column}: {self.reason}"


class MessageTooLarge(MessageError):
    """
    A message that is not read because of its size.
    """
