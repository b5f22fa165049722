"""
New versions of the packs: when there is one, and loading it in a process of its own.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, TypeAlias

from itk3_validator import Itk3Error, PackInvalid, RulePack, Validator
from itk3_validator.adapters.settings import Settings
from itk3_validator.adapters.validators import validator_of
from itk3_validator.adapters.workers import Closed, Lost, NeverReady, Raised, Workers
from itk3_validator.workshop.pack_folders import pack_folders

# The longest, in seconds, that packs may take to load.
_LOADING: Final = 60
_MOST_TOLD: Final = 50

Signature: TypeAlias = tuple[tuple[str, int, int, int], ...]


class NotTaken(Exception):
    """
    A version of the packs that cannot be used, and why: what `itk3 lint` says of it.
    """

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__(problems)
        self.problems = problems


def loading(settings: Settings) -> Workers:
    """
    A process that loads packs: a version that hangs or crashes harms nobody else.
    """
    return Workers(make_loader, (settings,), processes=1, time_limit=_LOADING)


async def loaded(loader: Workers) -> Validator:
    """
    The packs as they are now.

    Raises:
        NotTaken: They have mistakes, or cannot be loaded.
    """
    try:
        found: Any = await asyncio.wrap_future(loader.submit(None))
    except (Closed, Lost, NeverReady, Raised) as error:
        raise NotTaken((f"they cannot be loaded: {error}",)) from None
    if not isinstance(found, Validator):
        raise NotTaken(found)
    return found


def make_loader(settings: Settings) -> Callable[[None, Callable[[int], None]], Validator | tuple[str, ...]]:
    """
    What loads packs in a process: the validator, or what is wrong.
    """

    def load(_task: None, _begin: Callable[[int], None]) -> Validator | tuple[str, ...]:
        try:
            return validator_of(settings)
        except PackInvalid as error:
            return tuple(str(each) for each in error.problems[:_MOST_TOLD])
        except Itk3Error as error:
            return (str(error),)

    return load


def signature(settings: Settings, packs: Iterable[RulePack]) -> Signature:
    """
    What tells that a file of the packs has changed.
    """
    return tuple(sorted(each for folder in pack_folders(settings.packs, tuple(packs)) for each in _stamps(folder)))


def _stamps(folder: Path) -> Iterator[tuple[str, int, int, int]]:
    for at, folders, files in os.walk(folder):
        folders.sort()
        for name in files:
            path = os.path.join(at, name)  # noqa: PTH118  # as os.walk gives it
            with suppress(OSError):
                found = os.stat(path, follow_symlinks=False)  # noqa: PTH116
                yield path, found.st_mtime_ns, found.st_size, found.st_ino
