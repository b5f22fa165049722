"""
Lint over packs: what loading refuses and what the checks find, all of it at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from itk3_validator.errors import Problem
from itk3_validator.pack.bundled import Folder, bundled, bundled_names
from itk3_validator.pack.derive import Merged
from itk3_validator.pack.files import is_bundled, key_of
from itk3_validator.pack.read import Loaded, read_pack
from itk3_validator.workshop.lint.registry import KINDS
from itk3_validator.workshop.lint.subject import Subject

_MOST_BESIDE = 200


@dataclass(frozen=True, slots=True)
class Linted:
    """
    What lint found in *packs*, sorted by place. *loads* says whether every pack can be used nevertheless.
    """

    packs: tuple[str, ...]
    problems: tuple[Problem, ...]
    loads: bool


def lint(packs: Iterable[str | Path] | None = None) -> Linted:
    """
    Look at packs by name or folder; None for all bundled ones.

    Raises:
        PackNotFound: There is no such pack.
    """
    shelf = _Shelf()
    loaded = [shelf.read(pack) for pack in (bundled_names() if packs is None else packs)]
    refused = {problem for each in loaded for problem in each.problems}
    places = {(each.file, each.line, each.column) for each in refused}
    found = {
        problem
        for each in loaded
        for problem in _found(each, shelf)
        # What loading says of a place is the reason for whatever else is wrong there.
        if (problem.file, problem.line, problem.column) not in places
    }
    names = tuple(each.merged.draft.name if each.merged is not None else each.folder.name for each in loaded)
    return Linted(names, tuple(sorted({*refused, *found})), loads=not refused)


def _found(loaded: Loaded, shelf: _Shelf) -> Iterator[Problem]:
    if loaded.merged is None:
        return
    subject = Subject.of(loaded, loaded.merged, shelf.users(loaded))
    for kind in KINDS.values():
        yield from kind.problems(subject)


class _Shelf:
    """
    Reads each pack once.
    """

    def __init__(self) -> None:
        self._read: dict[str, Loaded] = {}

    def read(self, pack: str | Path) -> Loaded:
        key = str(bundled() / pack) if isinstance(pack, str) and pack in bundled_names() else str(Path(pack).resolve())
        if key not in self._read:
            self._read[key] = read_pack(pack)
        return self._read[key]

    def users(self, loaded: Loaded) -> tuple[Merged, ...]:
        """
        The packs beside a pack, and the bundled ones, that extend it.
        """
        name = loaded.merged.draft.name if loaded.merged is not None else ""
        beside = [self.read(each) for each in _beside(loaded.folder)]
        return tuple(each.merged for each in beside if each.merged is not None and name in each.merged.lineage)


def _beside(folder: Folder) -> Iterator[str | Path]:
    if is_bundled(folder):
        yield from (name for name in bundled_names() if name != folder.name)
        return
    own = Path(key_of(folder))
    packs = sorted(each.parent for each in own.parent.glob("*/pack.yaml") if each.parent != own)
    yield from packs[:_MOST_BESIDE]
