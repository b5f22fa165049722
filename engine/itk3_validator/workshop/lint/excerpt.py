"""
The source line of a problem, and where its caret stands.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import NamedTuple

from itk3_validator.errors import Problem
from itk3_validator.report.visible import source_line

_BREAK = re.compile(r"\r\n|\r|\n")
_LONGEST = 120


class Excerpt(NamedTuple):
    """
    A source line fit to be shown, cut around the caret; *caret* is the line below it.
    """

    text: str
    caret: str


# What stands in a rule file; None when it cannot be read.
Read = Callable[[str], bytes | None]


class Excerpts:
    """
    Looks up source lines; each file is read once.
    """

    def __init__(self, read: Read) -> None:
        @cache
        def lines(file: str) -> tuple[str, ...]:
            data = read(file)
            return () if data is None else tuple(_BREAK.split(data.decode("utf-8-sig", "replace")))

        self._lines = lines

    def of(self, problem: Problem) -> Excerpt | None:
        """
        The line of a problem, or None when there is none to show.
        """
        lines = self._lines(problem.file)
        if problem.line > len(lines) or not lines[problem.line - 1].strip():
            return None
        text, caret = _cut(lines[problem.line - 1], problem.column - 1)
        shown, below = source_line(text, caret)
        return Excerpt(shown, below or "")


def _cut(text: str, caret: int) -> tuple[str, int]:
    caret = min(max(caret, 0), len(text))
    if len(text) <= _LONGEST:
        return text, caret
    start = max(0, min(caret - _LONGEST // 2, len(text) - _LONGEST))
    head, tail = "…" if start else "", "…" if start + _LONGEST < len(text) else ""
    return f"{head}{text[start : start + _LONGEST]}{tail}", caret - start + len(head)
