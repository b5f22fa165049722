"""
Inherited ids that a pack gives another name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from itk3_validator.errors import PackNotFound
from itk3_validator.pack.bundled import bundled_names
from itk3_validator.pack.marked import Scalar
from itk3_validator.pack.read import read_pack


def renamed_in(packs: Iterable[str | Path] | None = None) -> Mapping[str, Mapping[str, str]]:
    """
    By the name of the pack, the old ids and the new ones.

    Args:
        packs: names of bundled packs, or folders; None for all bundled packs.

    Raises:
        PackNotFound: There is no such pack.
    """
    found: dict[str, Mapping[str, str]] = {}
    for each in bundled_names() if packs is None else packs:
        merged = read_pack(each).merged
        if merged is None:
            continue
        renamed: dict[str, str] = {}
        for ids in (*(_ids(_beside(each, base)) for base in reversed(merged.lineage)), _ids(each)):
            renamed = {old: ids.get(new, new) for old, new in renamed.items()} | ids
        found[merged.draft.name] = renamed
    return found


def _beside(pack: str | Path, base: str) -> str | Path:
    """
    Where a pack that is extended is: a bundled one by its name, another one in the folder beside.
    """
    return base if base in bundled_names() else Path(pack).resolve().parent / base


def _ids(pack: str | Path) -> dict[str, str]:
    try:
        merged = read_pack(pack).merged
    except PackNotFound:
        return {}
    pairs = merged.draft.ids if merged is not None else ()
    return {old.text: new.text for old, new in pairs if isinstance(new, Scalar)}
