"""
Files that reports are written to: never over what is read, and whole or not at all.
"""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO

from itk3_validator import CallInvalid
from itk3_validator.inputs.kinds import is_hidden, kind_of
from itk3_validator.inputs.locate import Located


def check_outputs(
    targets: Iterable[Path], *, messages: Iterable[Located], files: Iterable[Path], packs: Iterable[Path]
) -> None:
    """
    Refuse a target that the run reads.

    Args:
        messages: What is judged; of a folder, every file in it that counts as a message.

        files: The settings, the request, and what else is read.

        packs: The folders of the rules.

    Raises:
        CallInvalid: There is one.
    """
    places = [Path(each.path) for each in messages if each.path is not None]
    for target in targets:
        if any(_is(target, each) or _is_message_of(target, each) for each in places):
            raise CallInvalid(f"--format: {target} is to be read, so no report can be written over it")
        if any(_is(target, each) for each in files):
            raise CallInvalid(f"--format: {target} is to be read, so no report can be written over it")
        for pack in packs:
            if target.resolve().is_relative_to(pack.resolve()):
                raise CallInvalid(f"--format: {target} is in the folder of rules {pack}; write the report elsewhere")


def _is(target: Path, other: Path) -> bool:
    with suppress(OSError):
        if target.samefile(other):
            return True
    return target.resolve() == other.resolve()


def _is_message_of(target: Path, folder: Path) -> bool:
    if not target.resolve().is_relative_to(folder.resolve()) or not folder.is_dir():
        return False
    name = target.resolve().relative_to(folder.resolve()).as_posix()
    return (kind_of(name) is not None or name.lower().endswith(".ctl")) and not is_hidden(name)


@contextmanager
def whole_file(target: Path) -> Iterator[TextIO]:
    """
    A text file that takes the place of *target* when everything is written. Until then, and when it never comes to
    that, what was there stays as it was.

    A pipe or a device is written to as it is.

    Raises:
        CallInvalid: It cannot be written.
    """
    try:
        path = target.resolve()
        mode = path.stat().st_mode if path.exists() else None
        if mode is not None and stat.S_ISDIR(mode):
            raise IsADirectoryError(None, "it is a folder")
        is_plain = mode is None or stat.S_ISREG(mode)
        beside = path.with_name(f".itk3-{secrets.token_hex(8)}.part") if is_plain else path
        file = beside.open("x" if is_plain else "w", encoding="utf-8", errors="backslashreplace", newline="\n")
    except OSError as error:
        raise CallInvalid(f"--format: {target} cannot be written: {error.strerror}") from None
    try:
        with file:
            yield file
            file.flush()
            if is_plain:
                os.fsync(file.fileno())
        if mode is not None and is_plain:
            beside.chmod(stat.S_IMODE(mode))
        if is_plain:
            beside.replace(path)
    finally:
        if is_plain:
            beside.unlink(missing_ok=True)
