"""
What a pack was made of: its folder, those of the packs that it extends, and a digest of every file that was read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from itk3_validator.pack.bundled import Folder, bundled
from itk3_validator.pack.digests import sha256
from itk3_validator.pack.files import beside, bounded, inside, is_bundled, key_of, name_of, rule_files
from itk3_validator.value import Value

_Made = TypeVar("_Made")


class Origin(Value):
    """
    A pack's folder: its name, whether it is one of those that come with the package, and what the pack extends.
    """

    name: str
    bundled: bool
    bases: tuple[Origin, ...]


# (pack, path inside its folder) of the code lists that are read from a file
Tables = tuple[tuple[str, str], ...]


def of_rules(files: Mapping[str, bytes], bases: Iterable[str]) -> str:
    """
    The digest of a pack's rule files, in the order of their names, and of those of the packs that it extends.
    """
    digest = sha256()
    for name, data in files.items():
        digest.update(_framed(name, data))
    for base in bases:
        digest.update(base.encode())
    return str(digest.hexdigest())


def of_pack(rules: str, tables: Mapping[tuple[str, str], bytes]) -> str:
    """
    The digest of a pack: that of its rules, and the files of its code lists.
    """
    digest = sha256(rules.encode())
    for (name, path), data in sorted(tables.items()):
        digest.update(_framed(f"{name}/{path}", data))
    return str(digest.hexdigest())


class Now:
    """
    The digests that packs have now, by the bytes of their files and nothing more. Each file is read once.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[object, ...], Any] = {}

    def digest(self, origin: Origin, folder: Folder, tables: Tables) -> str | None:
        """
        The digest of a pack; None when its files are not where they were, or not of the same packs.
        """
        rules, family = self._rules(origin, folder)
        if rules is None or any(name not in family for name, _ in tables):
            return None
        read = {(name, path): self._once(inside, family[name], path) for name, path in tables}
        found = {key: data for key, data in read.items() if data is not None}
        return of_pack(rules, found) if len(found) == len(read) else None

    def _rules(self, origin: Origin, folder: Folder) -> tuple[str | None, Mapping[str, Folder]]:
        """
        The digest of a pack's rules and of what it extends, and where each of these packs is.
        """
        key = (self._rules, self._once(key_of, folder), origin)
        if key not in self._known:
            family: dict[str, Folder] = {}
            self._known[key] = self._digest(origin, folder, family), family
        found: tuple[str | None, Mapping[str, Folder]] = self._known[key]
        return found

    def _digest(self, origin: Origin, folder: Folder, family: dict[str, Folder]) -> str | None:
        if name_of(folder) != origin.name or self._once(is_bundled, folder) != origin.bundled:
            return None
        family[origin.name] = folder
        bases = []
        for base in origin.bases:
            at = self._once(beside, folder, base.name)
            digest, others = self._rules(base, bundled() / base.name if at is None else at)
            if digest is None or any(not self._same(family.setdefault(name, at), at) for name, at in others.items()):
                return None
            bases.append(digest)
        files = self._once(_files, folder)
        return None if files is None else of_rules(files, bases)

    def _same(self, one: Folder, other: Folder) -> bool:
        return one is other or self._once(key_of, one) == self._once(key_of, other)

    def _once(self, make: Callable[..., _Made], folder: Folder, *rest: str) -> _Made:
        key = (make, str(folder), *rest)
        if key not in self._known:
            self._known[key] = make(folder, *rest)
        found: _Made = self._known[key]
        return found


def _files(folder: Folder) -> dict[str, bytes] | None:
    files, problems = rule_files(folder)
    return None if problems else {each.name: bounded(each) for each in files}


def _framed(name: str, data: bytes) -> bytes:
    """
    Bytes for a digest that tell where one file ends and the next begins.
    """
    return f"{name}\0{len(data)}\0".encode() + data
