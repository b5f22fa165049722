"""
Where the rules of packs are read from.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from itk3_validator.pack.bundled import bundled
from itk3_validator.pack.model import RulePack


def pack_folders(asked: Sequence[str | Path] | None, packs: Iterable[RulePack]) -> tuple[Path, ...]:
    """
    The folders of packs and of all that they extend; that of the bundled packs is always one of them.

    Args:
        asked: names or folders, as they were given; None for the bundled packs.

        packs: what was loaded for each of them.
    """
    home = bundled()
    folders = [Path(home)] if isinstance(home, os.PathLike) else []
    for each, pack in zip(asked or (), packs, strict=False):
        folder = Path(each)
        if isinstance(each, Path):
            folders += [folder, *(folder.resolve().parent / name for name in pack.lineage)]
    return tuple(dict.fromkeys(each for each in folders if each.is_dir()))
