"""
``${name}`` in a text: the value that stands for it, and the way back to its place in the file.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping

from itk3_validator.errors import Problem
from itk3_validator.pack.marked import Mark, Scalar
from itk3_validator.pack.names import shown
from itk3_validator.spelling import closest
from itk3_validator.value import Row

_MARKED = re.compile(r"\$\$\{|\$\{([^{}\n]*)\}|\$\{")
_LONGEST = 100_000


class _Piece(Row):
    """
    A stretch of the expanded text: where it begins there and in the source, and whether it is the source's own.
    """

    start: int
    source: int
    verbatim: bool


class Expanded(Row):
    """
    A scalar's text with every ``${name}`` replaced.
    """

    text: str
    scalar: Scalar
    pieces: tuple[_Piece, ...] = ()

    def at(self, offset: int) -> Mark:
        """
        The place in the file of the code point *offset* of the expanded text.

        Inside a value that was put in, it is the place of the ``${``.
        """
        index = bisect_right([piece.start for piece in self.pieces], max(0, offset)) - 1
        if index < 0:
            return self.scalar.at(offset)
        start, source, verbatim = self.pieces[index]
        return self.scalar.at(source + (offset - start if verbatim else 0))


def named(text: str) -> tuple[str, ...]:
    """
    The names of the values that a text is written with.
    """
    return tuple(found[1] for found in _MARKED.finditer(text) if found[1])


def expand(scalar: Scalar, values: Mapping[str, str], *, told: int = 0) -> tuple[Expanded, tuple[Problem, ...]]:
    """
    Replace every ``${name}`` by its value, once: what a value holds is taken as it is.

    ``$${`` stands for the two characters themselves. A name that is not known and a ``${`` that is not closed
    are problems, and stay in the text as they are written. A text that grows over 100,000 characters is a problem,
    and stays as it is.

    Args:
        told: how many mistakes were told before: what is meant is looked for in the first ones only.
    """
    text = scalar.text
    if "${" not in text:
        return Expanded(text, scalar), ()
    parts: list[str] = []
    pieces: list[_Piece] = []
    problems: list[Problem] = []
    done = length = 0

    def put(part: str, source: int, *, verbatim: bool) -> None:
        nonlocal length
        if part:
            parts.append(part)
            pieces.append(_Piece(length, source, verbatim))
            length += len(part)

    for found in _MARKED.finditer(text):
        put(text[done : found.start()], done, verbatim=True)
        done = found.end()
        name = found[1]
        if found[0] == "$${":
            put("${", found.start() + 1, verbatim=True)
        elif name in values:
            put(values[name], found.start(), verbatim=False)
        else:
            put(found[0], found.start(), verbatim=True)
            problems.append(_problem(scalar.at(found.start()), *_mistake(name, values, told + len(problems))))
        if length > _LONGEST:
            grown = f"with its values put in, this text is longer than {_LONGEST:,} characters", "use shorter values"
            return Expanded(text, scalar), (*problems, _problem(scalar.mark, *grown))
    put(text[done:], done, verbatim=True)
    return Expanded("".join(parts), scalar, tuple(pieces)), tuple(problems)


def _mistake(name: str | None, values: Mapping[str, str], told: int) -> tuple[str, str]:
    """
    What is wrong with a ``${name}`` that has no value, and what would do.
    """
    if name is None:
        return "the '}' is missing for the '${' here", "close it, or write $${ for the characters themselves"
    if not name:
        return "no name stands between '${' and '}'", "write the name of a value, or $${ for the characters themselves"
    near = closest(name, values, told=told)
    if near is not None:
        return f"unknown value {shown(name)}", f"did you mean {near!r}?"
    return f"unknown value {shown(name)}", "declare it under values:, or write $${ for the characters themselves"


def _problem(mark: Mark, what: str, remedy: str) -> Problem:
    return Problem(mark.file, mark.line, mark.column, what, remedy, "name")
