"""
What the running of a test begins with: its message found and edited, and what becomes of it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from itk3_validator.errors import MessageError
from itk3_validator.finding import Outcome
from itk3_validator.message import parse
from itk3_validator.pack.bundled import Folder, bundled
from itk3_validator.pack.model import RulePack, Trial
from itk3_validator.source import Limits, Source, check_size, read_file
from itk3_validator.workshop.editing import edit
from itk3_validator.workshop.editing.places import place_of_pack

SAID = {
    Outcome.PASS: "passes",
    Outcome.FAIL: "fails",
    Outcome.NOT_APPLICABLE: "is not applicable",
    Outcome.UNDECIDED: "is undecided",
    Outcome.ERROR: "could not be run",
    Outcome.WAIVED: "is waived",
}


class Standing(StrEnum):
    """
    What became of one test: it held, it did not, or it could not be run as it is written.
    """

    HELD = "held"
    FAILED = "failed"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class TrialResult:
    """
    One test of a pack, from 1. *problems* are sentences; *outcomes* of all rules, empty when it could not be run.
    """

    pack: str
    number: int
    trial: Trial
    standing: Standing
    problems: tuple[str, ...] = ()
    outcomes: Mapping[str, Outcome] = field(default_factory=dict)

    @property
    def place(self) -> str:
        return f"{self.trial.file}:{self.trial.line}"

    @property
    def title(self) -> str:
        messages = ", ".join(each.message for each in self.trial.messages) or self.trial.message
        return self.trial.name or f"{messages}, {_told(self.trial)}"


class TrialInvalid(Exception):
    """
    A test that cannot be run as it is written; the text is a sentence that says why.
    """


@dataclass(frozen=True, slots=True)
class Prepared:
    """
    The message of a test with its edits made, and its request.
    """

    message: Source
    request: Source | None


def prepare(pack: RulePack, trial: Trial) -> Prepared:
    """
    Find the message and the request of a test, and edit the message: change, remove, repeat, insert, in that order.

    Raises:
        TrialInvalid: A file is not there or cannot be read as a message, or an edit cannot be made.
    """
    home = home_of(pack, trial)
    source = read_sample(home, trial.message)
    request = read_sample(home, trial.request) if trial.request is not None else None
    for each in (source, request):
        _check_readable(each)
    return Prepared(Source(source.name, _edited(pack, trial, source.data)), request)


def read_sample(home: Folder, name: str) -> Source:
    """
    A message from the folder of a pack, else from the bundled samples, and from nowhere else.

    Raises:
        TrialInvalid: There is no such file in either, or it cannot be read.
    """
    if not _stays_inside(name):
        raise TrialInvalid(f"{name!r} leads out of the pack's folder; name a file in it, or in samples/")
    for folder in (home, bundled("samples")):
        file = _file(folder, name)
        if file is not None:
            return _read(file, name)
    raise TrialInvalid(f"there is no message {name!r} in the pack's folder or in samples/")


def home_of(pack: RulePack, trial: Trial) -> Folder:
    """
    The folder of the pack that a test belongs to.
    """
    folder = Path(trial.file).parent
    return folder if folder.is_dir() else bundled() / pack.name


def _told(trial: Trial) -> str:
    return "; ".join(f"{outcome} {', '.join(ids)}" for outcome, ids in trial.expect.items()) or "pass"


def _edited(pack: RulePack, trial: Trial, data: bytes) -> bytes:
    edits: tuple[tuple[str, str, Callable[..., bytes], tuple[str, ...]], ...] = (
        *(("change", place, edit.change, (value,)) for place, value in trial.change.items()),
        *(("remove", place, edit.remove, ()) for place in trial.remove),
        *(("repeat", place, edit.repeat, ()) for place in trial.repeat),
        *(("insert", place, edit.insert, (value,)) for place, value in trial.insert.items()),
    )
    for name, place, make, values in edits:
        try:
            data = make(data, place_of_pack(pack, place), *values)
        except edit.EditFailed as why:
            raise TrialInvalid(f"{name}: {why}") from None
    return data


# files


def _check_readable(source: Source | None) -> None:
    if source is None:
        return
    try:
        parse(source)
    except MessageError as error:
        raise TrialInvalid(f"{source.name} cannot be read: {error}") from None


def _stays_inside(name: str) -> bool:
    parts = name.split("/")
    return "\\" not in name and "\0" not in name and not any(part in ("", ".", "..") for part in parts)


def _file(folder: Folder, name: str) -> Folder | None:
    file = folder
    for part in name.split("/"):
        file = file / part
        if isinstance(file, os.PathLike) and Path(file).is_symlink():
            return None
    return file if file.is_file() else None


def _read(file: Folder, name: str) -> Source:
    limit = Limits().message
    try:
        data = read_file(file, limit=limit).data if isinstance(file, os.PathLike) else file.read_bytes()
        check_size(data, limit)
    except MessageError as error:
        raise TrialInvalid(f"{name} cannot be read: {error}") from None
    except OSError as error:
        raise TrialInvalid(f"{name} cannot be read: {error.strerror}") from None
    return Source(name, data)
