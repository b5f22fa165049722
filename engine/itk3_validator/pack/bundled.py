"""
Where packs are: those that come with the package, and those that a caller names.
"""

from __future__ import annotations

import os
from functools import cache
from typing import TYPE_CHECKING, Protocol

from itk3_validator.errors import PackNotFound
from itk3_validator.pack.on_disk import OnDisk
from itk3_validator.spelling import did_you_mean

if TYPE_CHECKING:
    from pathlib import Path


class Folder(Protocol):
    """
    A folder or file on disk or inside a zip: what ``pathlib.Path``, ``OnDisk`` and the resources of a package have in
    common. Those on disk are ``os.PathLike``.
    """

    @property
    def name(self) -> str: ...

    def iterdir(self) -> object: ...

    def is_dir(self) -> bool: ...

    def is_file(self) -> bool: ...

    def read_bytes(self) -> bytes: ...

    def __truediv__(self, name: str) -> Folder: ...


@cache
def bundled(section: str = "rules") -> Folder:
    """
    The folder of the bundled packs (``rules``) or of the sample messages (``samples``).

    In a wheel it is inside the package, in a checkout at its top, and when the package runs from a zip, in there.
    """
    package = OnDisk(os.path.abspath(__file__)).parent.parent
    for folder in (package / section, package.parent.parent / section):
        if folder.is_dir():
            return folder
    from importlib.resources import files  # slow to import, and needed only inside a zip

    resource: Folder = files("itk3_validator") / section
    return resource


def bundled_names() -> tuple[str, ...]:
    """
    The names of the bundled packs, sorted.
    """
    folder = bundled()
    entries: list[Folder] = list(folder.iterdir())  # type: ignore[call-overload]
    return tuple(sorted(each.name for each in entries if each.is_dir() and (each / "pack.yaml").is_file()))


def find(pack: str | Path) -> Folder:
    """
    The folder of a pack.

    Raises:
        PackNotFound: There is none.
    """
    if isinstance(pack, str) and pack in bundled_names():
        return bundled() / pack
    from pathlib import Path

    path = Path(pack)
    if path.is_dir():
        return path
    raise PackNotFound(_nowhere(pack, path))


def _nowhere(pack: str | Path, path: Path) -> str:
    """
    Why there is no pack, and what would do.
    """
    if path.is_file():
        return f"{str(path)!r} is a file; name the folder that it is in: {path.parent}"
    if str(path) in bundled_names():
        return f"there is no folder {f'{path}/'!r} here; for the bundled pack write {path}, without a '/'"
    return f"there is no bundled pack and no folder {str(pack)!r}; {did_you_mean(str(pack), bundled_names())}"
