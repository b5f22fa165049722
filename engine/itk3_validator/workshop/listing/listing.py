"""
The rules of a pack after everything it extends: where each comes from, and what was renamed, changed or dropped.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from itk3_validator.errors import PackInvalid
from itk3_validator.pack.archive_rule import ArchiveRule
from itk3_validator.pack.bundled import Folder, bundled_names
from itk3_validator.pack.derive import Merged
from itk3_validator.pack.draft import Entry
from itk3_validator.pack.files import beside
from itk3_validator.pack.marked import Mapping as MarkedMapping
from itk3_validator.pack.marked import Node, Scalar, Sequence
from itk3_validator.pack.model import Rule, RulePack
from itk3_validator.pack.read import Loaded, read_pack
from itk3_validator.value import replace

NOT_CHECKABLE = "not-checkable"
DROPPED = "dropped"

_VALUE = re.compile(r"\$\{([^{}\n]*)\}")
_SELECTOR = re.compile(r"\$([A-Za-z][A-Za-z0-9-]*)")
_NAMED = ("values", "selectors", "code-lists")


@dataclass(frozen=True, slots=True)
class Change:
    """
    What a pack says otherwise than the one it inherits from: the keys of a rule, or what the rule is written with.
    """

    pack: str
    what: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Listed:
    """
    One requirement of a pack.

    *state* is the rule's status, ``not-checkable`` or ``dropped``; *origin* the pack that says it first, *was* its id
    there when that is another. *interactions* is empty when every one is meant. *why* says why it was dropped or is
    not checkable, *dropped_by* by whom. *archive*: it speaks of the messages of an archive.
    """

    id: str
    state: str
    level: str
    interactions: tuple[str, ...]
    text: str
    origin: str
    was: str | None = None
    changed: tuple[Change, ...] = ()
    dropped_by: str | None = None
    why: str | None = None
    source: str | None = None
    link: str | None = None
    response_code: str | None = None
    archive: bool = False


@dataclass(frozen=True, slots=True)
class Listing:
    """
    One pack: its rules in the order in which they are asked, then what is not checkable, then what was dropped.
    """

    pack: RulePack
    rows: tuple[Listed, ...]


def list_pack(pack: str | Path) -> Listing:
    """
    The merged rules of one pack.

    Raises:
        PackNotFound: There is no such pack.

        PackInvalid: Its rules have mistakes.
    """
    loaded = read_pack(pack)
    made, merged = _sound(loaded)
    bases = {name: _sound(read_pack(at)) for name, at in _folders(merged, loaded.folder).items()}
    rules = {rule.id: rule for rule in made.all_rules}
    rows = [_rule(rules[id_], entry, merged) for id_, entry in merged.rules.items()]
    rows.sort(key=lambda row: row.archive)
    rows += [_unseen(id_, entry, made) for id_, entry in merged.not_checkable.items()]
    rows += _dropped([(made, merged), *bases.values()], bases)
    return Listing(made, tuple(rows))


def list_packs(packs: Iterable[str | Path] | None = None) -> tuple[Listing, ...]:
    """
    The merged rules of several packs; None for all bundled ones.
    """
    return tuple(list_pack(pack) for pack in (bundled_names() if packs is None else packs))


def _sound(loaded: Loaded) -> tuple[RulePack, Merged]:
    if loaded.pack is None or loaded.merged is None:
        raise PackInvalid(loaded.problems)
    return loaded.pack, loaded.merged


def _folders(merged: Merged, folder: Folder) -> dict[str, str | Path]:
    """
    Where the packs are that a pack extends: whatever they say knows its file, and a folder is called like its pack.
    """
    entries = [each for section in merged.named.values() for each in section.values()]
    said = {_pack_of(each.key): Path(each.key.mark.file).parent for each in [*merged.rules.values(), *entries]}
    folders: dict[str, str | Path] = {}
    for name in merged.lineage:
        # One that says nothing of its own any more is looked for as the loader does.
        at = said.get(name) or beside(folder, name)
        folders[name] = at if isinstance(at, Path) and at.is_dir() else name
    return folders


def _pack_of(node: Node) -> str:
    folder = Path(node.mark.file).parent
    # `.` and `..` have no name of their own.
    return folder.name if folder.name not in ("", "..") else folder.resolve().name


def _rule(rule: Rule | ArchiveRule, entry: Entry, merged: Merged) -> Listed:
    written = entry.value.get("id") if isinstance(entry.value, MarkedMapping) else None
    first = written if isinstance(written, Scalar) else entry.key
    origin = _pack_of(first)
    return Listed(
        id=rule.id,
        state=rule.status,
        level=rule.level,
        interactions=rule.interactions,
        text=rule.text,
        origin=origin,
        was=first.text if first.text != rule.id else None,
        changed=tuple(_changes(entry, origin, merged)),
        source=rule.source,
        link=rule.link,
        response_code=rule.response_code,
        archive=isinstance(rule, ArchiveRule),
    )


def _changes(entry: Entry, origin: str, merged: Merged) -> Iterator[Change]:
    keys: dict[str, list[str]] = {}
    for key, _ in entry.value.pairs if isinstance(entry.value, MarkedMapping) else ():
        if _pack_of(key) != origin:
            keys.setdefault(_pack_of(key), []).append(key.text)
    own = merged.draft.name
    if origin != own:
        through = [f"the {_NOUNS[section]} {name}" for section, name in _changed_words(entry.value, merged)]
        keys.setdefault(own, []).extend(through)
    for pack, what in keys.items():
        if what:
            yield Change(pack, tuple(what))


_NOUNS = {"values": "value", "selectors": "selector", "code-lists": "code list"}


def _changed_words(node: Node, merged: Merged) -> list[tuple[str, str]]:
    """
    The changed values, selectors and code lists that a rule is written with, directly or by way of others.
    """
    changed = {
        (section.text, key.text)
        for section, names in merged.draft.change
        if section.text in _NAMED and isinstance(names, MarkedMapping)
        for key, _ in names.pairs
    }
    if not changed:
        return []
    seen: set[tuple[str, str]] = set()
    waiting = [node]
    while waiting:
        words = set(_words(waiting.pop(), merged.named)) - seen
        seen |= words
        waiting += [merged.named[section][name].value for section, name in words]
    return sorted(seen & changed, key=lambda each: (_NAMED.index(each[0]), each[1]))


def _words(node: Node, named: Mapping[str, Mapping[str, Entry]]) -> Iterator[tuple[str, str]]:
    for text in _texts(node):
        for name in _VALUE.findall(text):
            if name in named["values"]:
                yield "values", name
        for name in [text.removeprefix("request."), *_SELECTOR.findall(text)]:
            if name in named["selectors"]:
                yield "selectors", name
        if text in named["code-lists"]:
            yield "code-lists", text


def _texts(node: Node) -> Iterator[str]:
    """
    Every text below a node, keys too.
    """
    waiting = [node]
    while waiting:
        each = waiting.pop()
        if isinstance(each, Scalar):
            yield each.text
        elif isinstance(each, Sequence):
            waiting.extend(each.items)
        else:
            waiting.extend(part for pair in each.pairs for part in pair)


def _unseen(identifier: str, entry: Entry, pack: RulePack) -> Listed:
    because = next(each.because for each in pack.not_checkable if each.id == identifier)
    return Listed(identifier, NOT_CHECKABLE, "", (), "", entry.pack, why=because)


def _dropped(
    packs: Iterable[tuple[RulePack, Merged]], bases: Mapping[str, tuple[RulePack, Merged]]
) -> Iterator[Listed]:
    """
    What the pack and those that it extends left out, as the rule was when it was left out.
    """
    for made, merged in packs:
        below = [bases[name] for name in merged.lineage if name in bases]
        for identifier, why in merged.dropped.items():
            row = next((row for each in below for row in _known(identifier, *each)), None)
            if row is not None:
                yield replace(row, state=DROPPED, dropped_by=made.name, why=why)


def _known(identifier: str, made: RulePack, merged: Merged) -> Iterator[Listed]:
    for rule in made.all_rules:
        if rule.id == identifier:
            yield _rule(rule, merged.rules[identifier], merged)
    for each in made.not_checkable:
        if each.id == identifier:
            yield _unseen(identifier, merged.not_checkable[identifier], made)
