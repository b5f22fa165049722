"""
The files in a folder and everything below it, in a stable order.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

from itk3_validator.inputs.entries import Unreadable, unread


def files_in(folder: str, name: str) -> Iterator[tuple[str, str] | Unreadable]:
    """
    Path and name of every regular file, sorted by name in each folder; hidden ones and links are left out.

    A folder that cannot be listed is told at its place. *name* is what the folder is called; each name begins with it.
    """
    # A stack of our own: folders may be nested deeper than Python recurses.
    waiting: list[tuple[str, str, Iterator[str], frozenset[str]]] = []
    try:
        waiting.append((_prefix(folder), _prefix(name), *_children(folder)))
    except OSError as error:
        yield Unreadable(name, unread(error))
    while waiting:
        within, label, names, folders = waiting[-1]
        child = next(names, None)
        if child is None:
            waiting.pop()
            continue
        path, called = within + child, label + child
        if child not in folders:
            yield path, called
            continue
        try:
            waiting.append((_prefix(path), _prefix(called), *_children(path)))
        except OSError as error:
            yield Unreadable(called, unread(error))


def _prefix(folder: str) -> str:
    """
    What stands before the names of what is in a folder; it keeps its ./ where it has one.
    """
    return os.path.join(folder, "")  # noqa: PTH118


def _children(folder: str) -> tuple[Iterator[str], frozenset[str]]:
    """
    The names in a folder, sorted, and which of them are folders: names alone, for there may be a million of them.
    """
    names, folders = [], []
    with os.scandir(folder) as found:
        for each in found:
            if each.name.startswith("."):
                continue
            if each.is_dir(follow_symlinks=False):
                folders.append(each.name)
            elif not each.is_file(follow_symlinks=False):
                continue
            names.append(each.name)
    names.sort()
    return iter(names), frozenset(folders)
