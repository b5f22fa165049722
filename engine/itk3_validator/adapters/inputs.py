"""
The messages that a command line names: files, folders, patterns, archives and standard input.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import BinaryIO, NamedTuple

from itk3_validator import CallInvalid, Limits, MessageError, read_file
from itk3_validator.adapters.entries import (
    Entry,
    LeftOut,
    Nothing,
    Unreadable,
    entry,
    is_archive,
    is_message,
    too_large,
)

STANDARD_INPUT = "<stdin>"


class Located(NamedTuple):
    """
    A file or folder that exists, and the name as it was given. Without a path it is standard input.
    """

    name: str
    path: Path | None


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


def read(located: Sequence[Located], limits: Limits, standard_input: BinaryIO | None) -> Iterator[Entry | Nothing]:
    """
    The messages, one at a time; for what cannot be read, the reason. One bad entry does not end it.

    A folder or an archive in which nothing is a message says so.
    """
    for name, path in located:
        found = left_out = 0
        for each in _all(name, path, limits, standard_input):
            if isinstance(each, LeftOut):
                left_out += 1
            else:
                found += 1
                yield each
        if not found:
            yield Nothing(name, left_out)


def _all(name: str, path: Path | None, limits: Limits, standard_input: BinaryIO | None) -> Iterator[Entry | LeftOut]:
    if path is None:
        yield _standard_input(standard_input, limits)
    elif path.is_dir():
        yield from _folder(path, name, limits)
    else:
        yield from _file(path, name, limits)


def _locate(text: str) -> tuple[Located, ...]:
    if text == "-":
        return (Located(STANDARD_INPUT, None),)
    path = Path(text)
    if text and os.path.lexists(path):
        return (Located(text, path),)
    return tuple(Located(str(match), match) for match in _matches(text)) if _is_pattern(text) else ()


def _is_pattern(text: str) -> bool:
    return any(each in text for each in "*?[")


def _matches(pattern: str) -> list[Path]:
    path = Path(pattern)
    try:
        found = {
            match for match in Path(path.anchor).glob(str(path.relative_to(path.anchor))) if _is_meant(match, path)
        }
    except (ValueError, NotImplementedError, OSError):
        return []
    return sorted(match for match in found if not found.intersection(match.parents))


def _is_meant(match: Path, pattern: Path) -> bool:
    dotted = [part for part in pattern.parts if part.startswith(".")]
    hidden = [part for part in match.parts if part.startswith(".")]
    return match.exists() and all(any(fnmatchcase(part, each) for each in dotted) for part in hidden)


def _missing(text: str) -> str:
    if _is_pattern(text):
        return f"nothing matches {text}"
    return f"there is no file or folder {text}" if text else "the name of a message is empty"


def _standard_input(stream: BinaryIO | None, limits: Limits) -> Entry:
    if stream is None:
        return Unreadable(STANDARD_INPUT, "standard input is closed")
    try:
        data = stream.read(limits.message + 1)
    except OSError as error:
        return Unreadable(STANDARD_INPUT, _why(error))
    return (
        Unreadable(STANDARD_INPUT, too_large(limits.message))
        if len(data) > limits.message
        else entry(STANDARD_INPUT, data)
    )


def _folder(folder: Path, name: str, limits: Limits) -> Iterator[Entry | LeftOut]:
    # A stack of our own: folders may be nested deeper than Python recurses.
    waiting = [(folder, name, True)]
    while waiting:
        path, label, is_folder = waiting.pop()
        if not is_folder:
            is_read = is_message(label) or is_archive(label)
            yield from _file(path, label, limits) if is_read else (LeftOut(label),)
            continue
        try:
            waiting.extend(reversed(_children(path, label)))
        except OSError as error:
            yield Unreadable(label, _why(error))


def _children(folder: Path, name: str) -> list[tuple[Path, str, bool]]:
    with os.scandir(folder) as found:
        children = sorted((each for each in found if not each.name.startswith(".")), key=lambda each: each.name)
    return [
        (folder / each.name, os.path.join(name, each.name), is_folder)  # noqa: PTH118  # the name keeps its ./
        for each in children
        if (is_folder := each.is_dir(follow_symlinks=False)) or each.is_file(follow_symlinks=False)
    ]


def _file(path: Path, name: str, limits: Limits) -> Iterator[Entry | LeftOut]:
    if is_archive(name):
        yield from _archive(path, name, limits)
        return
    try:
        yield entry(name, read_file(path, limit=limits.message).data)
    except MessageError as error:
        yield Unreadable(name, error.reason)
    except OSError as error:
        yield Unreadable(name, _why(error))


def _archive(path: Path, name: str, limits: Limits) -> Iterator[Entry | LeftOut]:
    if not path.is_file():
        yield Unreadable(name, "the archive is not a regular file")
    elif name.lower().endswith(".zip"):
        from itk3_validator.adapters.zips import from_zip

        yield from from_zip(path, name, limits)
    else:
        from itk3_validator.adapters.tars import from_tar

        yield from from_tar(path, name, limits)


def _why(error: OSError) -> str:
    return f"it cannot be read: {error.strerror or type(error).__name__}"
