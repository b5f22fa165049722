"""
What the names on a command line stand for.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING

from itk3_validator.errors import CallInvalid
from itk3_validator.value import Row

if TYPE_CHECKING:
    from pathlib import Path

STANDARD_INPUT = "<stdin>"


class Located(Row):
    """
    A file or folder that exists, and the name as it was given. Without a path it is standard input.
    """

    name: str
    path: str | None


def locate(messages: Iterable[str]) -> tuple[Located, ...]:
    """
    What the arguments stand for, in their order; a pattern's matches sorted.

    Raises:
        CallInvalid: A path that is not there, a pattern that nothing matches, or `-` given twice; all of them told.
    """
    found: list[Located] = []
    missing: list[str] = []
    for each in messages:
        located = _locate(each)
        found.extend(located)
        if not located:
            missing.append(_missing(each))
    if sum(each.path is None for each in found) > 1:
        missing.append("standard input (-) can be read once only")
    if missing:
        raise CallInvalid("\n".join(missing))
    return tuple(found)


def _locate(text: str) -> tuple[Located, ...]:
    if text == "-":
        return (Located(STANDARD_INPUT, None),)
    if text and os.path.lexists(text):
        return (Located(text, text),)
    return tuple(Located(str(match), str(match)) for match in _matches(text)) if _is_pattern(text) else ()


def _is_pattern(text: str) -> bool:
    return any(each in text for each in "*?[")


def _matches(pattern: str) -> list[Path]:
    from pathlib import Path  # slow to import

    path = Path(pattern)
    try:
        found = {
            match for match in Path(path.anchor).glob(str(path.relative_to(path.anchor))) if _is_meant(match, path)
        }
    except (ValueError, NotImplementedError, OSError):
        return []
    return sorted(match for match in found if not found.intersection(match.parents))


def _is_meant(match: Path, pattern: Path) -> bool:
    from fnmatch import fnmatchcase

    dotted = [part for part in pattern.parts if part.startswith(".")]
    hidden = [part for part in match.parts if part.startswith(".")]
    return match.exists() and all(any(fnmatchcase(part, each) for each in dotted) for part in hidden)


def _missing(text: str) -> str:
    if _is_pattern(text):
        return f"nothing matches {text}"
    return f"there is no file or folder {text}" if text else "the name of a message is empty"
