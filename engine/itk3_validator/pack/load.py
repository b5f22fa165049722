"""
The packs that a caller names, from their folders or as they were kept when these were last read.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from itk3_validator.errors import PackInvalid
from itk3_validator.pack.bundled import Folder, bundled_names, find
from itk3_validator.pack.files import key_of
from itk3_validator.pack.model import RulePack

if TYPE_CHECKING:
    from pathlib import Path

    from itk3_validator.pack.cache import Cache


def load_packs(
    packs: Iterable[str | Path] | None = None, *, trust: bool = False, cache: bool = False
) -> tuple[RulePack, ...]:
    """
    Load packs with everything they extend.

    Args:
        packs: names of bundled packs, or folders; None for all bundled packs.

        trust: take the word ``safe`` of packs that are not bundled as well.

        cache: use what an earlier call kept of packs that have not changed since, and keep what is read now, in the
            user's cache folder.

    Raises:
        PackNotFound: There is no such pack, or one is asked for twice.

        PackInvalid: Every mistake in all their files at once.
    """
    folders = [find(pack) for pack in (bundled_names() if packs is None else packs)]
    if not cache:
        return _read(folders, trust=trust)
    from itk3_validator.pack.cache import Cache

    kept = Cache(trust=trust)
    found = [kept.get(folder, partial(_read_one, folder, trust=trust)) for folder in folders]
    loaded = tuple(pack for pack in found if pack is not None)
    if len(loaded) == len(folders) == len({pack.name for pack in loaded}):
        return loaded
    return _read(folders, trust=trust, keep=kept)


def write_checked(folder: Path, engine: str) -> None:
    """
    Write the bundled packs as they are kept in a wheel. What a wheel holds belongs to *engine*, and to no other.
    """
    from itk3_validator.pack.cache import ENGINE, Cache
    from itk3_validator.pack.read import Loader

    loader, cache = Loader(trust=False), Cache(trust=False, engine=engine)
    folders = list(map(find, bundled_names()))
    for at, pack in zip(folders, loader.load(folders), strict=True):
        if pack is None or loader.problems:
            raise PackInvalid(loader.problems)
        written = cache.written(pack, at, loader.origin(at), loader.tables[key_of(at)])
        (folder / f"{pack.name}.json").write_bytes(written)
    (folder / ENGINE).write_text(engine, encoding="ascii")


def load_pack(pack: str | Path, *, trust: bool = False) -> RulePack:
    """
    Load one pack; see ``load_packs``.
    """
    return load_packs([pack], trust=trust)[0]


def _read_one(folder: Folder, *, trust: bool) -> RulePack:
    return _read([folder], trust=trust)[0]


def _read(folders: Sequence[Folder], *, trust: bool, keep: Cache | None = None) -> tuple[RulePack, ...]:
    from itk3_validator.pack.read import Loader  # what reads YAML is slow to import

    loader = Loader(trust=trust)
    made = loader.load(folders)
    if loader.problems:
        raise PackInvalid(loader.problems)
    packs = tuple(pack for pack in made if pack is not None)
    if keep is not None:
        for pack, folder in zip(packs, folders, strict=True):
            keep.put(pack, folder, loader.origin(folder), loader.tables[key_of(folder)])
    return packs
