"""
Writing the files of a draft: all of them or none, and never over a file that is there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from itk3_validator.errors import CallInvalid
from itk3_validator.pack.bundled import bundled, bundled_names
from itk3_validator.pack.files import is_bundled
from itk3_validator.spelling import did_you_mean

SCHEMA = "rule-pack.schema.json"


class Written(NamedTuple):
    """
    The files that a draft consists of, and what the analyst has to know of it, a sentence each.
    """

    files: tuple[Path, ...]
    remarks: tuple[str, ...] = ()


def write(files: Mapping[Path, bytes]) -> tuple[Path, ...]:
    """
    Write new files, with the folders they need.

    Raises:
        CallInvalid: One of them is there already, or cannot be written; then none is left behind.
    """
    done: list[Path] = []
    try:
        for path, data in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("xb") as stream:
                done.append(path)
                stream.write(data)
    except FileExistsError as error:
        withdraw(done)
        raise CallInvalid(f"{error.filename} is there already, and nothing is written over it") from None
    except OSError as error:
        withdraw(done)
        raise CallInvalid(f"{error.filename} cannot be written: {error.strerror}") from None
    return tuple(done)


def withdraw(files: list[Path] | tuple[Path, ...]) -> None:
    """
    Take away files that were just written.
    """
    for path in files:
        path.unlink(missing_ok=True)


def schema_beside(folder: Path) -> tuple[dict[Path, bytes], tuple[str, ...]]:
    """
    The schema that the first line of a rule file names, to be written beside the folder of its pack.

    One that is there already stays; a remark tells when it is not the one of this version.
    """
    path = (folder if folder.name not in ("", "..") else folder.resolve()).parent / SCHEMA
    data = (bundled() / SCHEMA).read_bytes()
    if not path.exists():
        return {path: data}, ()
    if path.read_bytes() == data:
        return {}, ()
    return {}, (f"{path} is not the schema of this version; remove it, and the next `itk3 new` writes it again",)


def pack_folder(folder: Path) -> Path:
    """
    The folder of a pack of one's own, to which a file is to be added.

    Raises:
        CallInvalid: There is no such folder, or it is a pack that comes with the package.
    """
    if not folder.is_dir():
        near = did_you_mean(folder.name, [each.parent.name for each in folder.parent.glob("*/*.yaml")])
        raise CallInvalid(f"there is no folder {str(folder)!r}; {near or 'itk3 new pack NAME makes one'}")
    if is_bundled(folder) and not _in_checkout(folder):
        raise CallInvalid(f"{folder} comes with the package; make a pack of your own: itk3 new pack NAME --extends ...")
    return folder


def _in_checkout(folder: Path) -> bool:
    return (folder.resolve().parent.parent / "pyproject.toml").is_file()


def check_name(name: str) -> None:
    """
    Whether a pack can be called so.

    Raises:
        CallInvalid: It cannot.
    """
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]*", name):
        raise CallInvalid(f"{name!r} cannot be the name of a pack; use lower-case letters, digits and hyphens")
    if name in bundled_names():
        raise CallInvalid(f"{name!r} is the name of a bundled pack; choose another, and --extends {name}")


def check_new(folder: Path) -> None:
    """
    Whether a pack can be written there.

    Raises:
        CallInvalid: Something is there already.
    """
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise CallInvalid(f"{folder} is there already, and is no folder")
    if folder.is_dir() and any(folder.iterdir()):
        raise CallInvalid(f"{folder} is there already, and not empty; nothing is written over it")
