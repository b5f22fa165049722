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
    What the caller says is wrong: a fact or an interaction that no pack knows, a setting, a file that is not there.
    """


class MessageInvalid(Itk3Error):
    """
    A message that is not valid, for who asked `Report.raise_if_invalid` to say so.

    It holds nothing of the message but, where that cannot be read, names of its elements.

    Attributes:
        verdict: of the report.

        failed, undecided, not_run: ids of the requirements of which that is so, in the order of the pack. What is
            waived, and what fails below the level of an error, is left out of *failed*.

        reason, line, column: why and where an unreadable message cannot be read.
    """

    def __init__(
        self,
        verdict: str,
        failed: tuple[str, ...] = (),
        undecided: tuple[str, ...] = (),
        not_run: tuple[str, ...] = (),
        reason: str | None = None,
        line: int | None = None,
        column: int | None = None,
    ) -> None:
        self.verdict = verdict
        self.failed = failed
        self.undecided = undecided
        self.not_run = not_run
        self.reason = reason
        self.line = line
        self.column = column
        super().__init__(verdict, failed, undecided, not_run, reason, line, column)

    def __str__(self) -> str:
        told = [
            f"{words}: {', '.join(ids)}"
            for words, ids in (("failed", self.failed), ("not run", self.not_run), ("undecided", self.undecided))
            if ids
        ]
        if self.reason is not None:
            told.append(str(MessageError(self.reason, self.line, self.column)))
        return f"the message is {_SAID.get(self.verdict, self.verdict)}" + "".join(f"; {each}" for each in told)


_SAID = {"error": "not judged by every rule", "unrecognised": "not one that the packs know"}


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
