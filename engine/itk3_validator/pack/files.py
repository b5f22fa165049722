"""
The files of a pack's folder: which belong to it, and how they are read without leaving it.
"""

from __future__ import annotations

import os
from typing import Any

from itk3_validator.errors import Problem
from itk3_validator.pack.bundled import Folder, bundled

LARGEST = 5_000_000  # bytes of a file
_MOST_FILES = 1000


def name_of(folder: Folder) -> str:
    """
    The name of a folder, also of one that is given as ``.`` or ``..``.
    """
    if is_on_disk(folder) and folder.name in ("", ".."):
        return os.path.basename(key_of(folder))
    return folder.name


def key_of(folder: Folder) -> str:
    """
    The same text for the same folder, however its path is written.
    """
    return os.path.realpath(folder) if isinstance(folder, os.PathLike) else str(folder)


def is_on_disk(folder: Folder) -> bool:
    """
    Whether a folder is no part of a zip.
    """
    return isinstance(folder, os.PathLike)


def beside(folder: Folder, name: str) -> Folder | None:
    """
    The folder of that name beside *folder*, when it holds rule files.
    """
    if not is_on_disk(folder):
        return None
    on_disk: Any = folder
    found: Folder = (folder / ".." if folder.name in ("", "..") else on_disk.parent) / name
    return found if found.is_dir() and rule_files(found)[0] else None


def is_bundled(folder: Folder) -> bool:
    """
    Whether the folder is one of those that come with the package.
    """
    if is_on_disk(folder):
        return os.path.dirname(key_of(folder)) == key_of(bundled())
    return True


def rule_files(folder: Folder) -> tuple[list[Folder], list[Problem]]:
    """
    The rule files of a folder, sorted by name; hidden ones (of editors, of file systems) do not count.
    """
    links, files = _listed(folder)
    link = "this file is a link, and links are not followed", "put the file itself here"
    problems = [_problem(folder / name, *link) for name in links]
    if not files and not problems:
        remedy = "write one that begins with 'pack: NAME'"
        problems.append(_problem(folder, "this folder holds no rule file (*.yaml)", remedy))
    if len(files) > _MOST_FILES:
        what = f"this folder holds {len(files):,} rule files, and {_MOST_FILES:,} are the most"
        problems.append(_problem(folder, what, "join some of them"))
    return files[:_MOST_FILES], problems


def _listed(folder: Folder) -> tuple[list[str], list[Folder]]:
    """
    The names of the rule files that are links, and the files that are none; both sorted.
    """
    if isinstance(folder, os.PathLike):
        with os.scandir(os.fspath(folder)) as entries:
            named = sorted((each for each in entries if _is_named_so(each.name)), key=lambda each: each.name)
        links = [each.name for each in named if each.is_symlink()]
        return links, [folder / each.name for each in named if each.is_file(follow_symlinks=False)]
    inside: list[Folder] = list(folder.iterdir())  # type: ignore[call-overload]
    return [], sorted(
        (each for each in inside if _is_named_so(each.name) and each.is_file()), key=lambda each: each.name
    )


def _is_named_so(name: str) -> bool:
    return name.endswith((".yaml", ".yml")) and not name.startswith(".")


def _problem(at: Folder, what: str, remedy: str) -> Problem:
    return Problem(str(at), 1, 1, what, remedy, "shape")


def inside(folder: Folder, path: str) -> bytes | None:
    """
    A file inside a pack's folder; a link or a way out of it is as good as no file.
    """
    parts = path.split("/")
    if path.startswith("/") or "\\" in path or "\0" in path or any(part in ("", ".", "..") for part in parts):
        return None
    file = folder
    for part in parts:
        file = file / part
        if _is_link(file):
            return None
    return bounded(file) if file.is_file() else None


def bounded(file: Folder) -> bytes:
    """
    The file's bytes, one more than a rule file may have at the most.
    """
    if isinstance(file, os.PathLike):
        with open(file, "rb") as stream:
            return stream.read(LARGEST + 1)
    return file.read_bytes()[: LARGEST + 1]


def _is_link(file: Folder) -> bool:
    return isinstance(file, os.PathLike) and os.path.islink(file)
