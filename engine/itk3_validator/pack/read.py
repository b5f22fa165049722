"""
From the folder of a pack, and of the packs that it extends, to a checked RulePack.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from itk3_validator.errors import PackInvalid, PackNotFound, Problem
from itk3_validator.pack.bundled import Folder, bundled, bundled_names, find
from itk3_validator.pack.checked import check
from itk3_validator.pack.derive import Merged, merge
from itk3_validator.pack.draft import Draft, draft
from itk3_validator.pack.files import beside, bounded, inside, is_bundled, key_of, name_of, rule_files
from itk3_validator.pack.inherited import Ground
from itk3_validator.pack.marked import Mark, Node, Scalar, Sequence, is_lost, is_whole
from itk3_validator.pack.model import RulePack
from itk3_validator.pack.origin import Origin, Tables, of_pack, of_rules
from itk3_validator.pack.yaml_text import read_yaml
from itk3_validator.spelling import did_you_mean
from itk3_validator.value import Value, replace

_EXTENDS = re.compile(r"(?P<name>[a-z0-9][a-z0-9-]*)@(?P<version>[0-9]+(?:\.[0-9]+){0,2})")
_DEEPEST = 20


class _Read(Value):
    """
    One pack as it was read: its draft merged with those of *bases*, the digest of its rule files, and its folder.
    """

    merged: Merged
    version: str
    xpath: str
    digest: str
    at: Folder
    bases: tuple[_Read, ...]
    whole: bool

    @property
    def name(self) -> str:
        return self.merged.draft.name

    def family(self) -> tuple[_Read, ...]:
        """
        The pack, and every pack that it extends, each folder once.
        """
        found = {key_of(self.at): self}
        ahead = [*self.bases]
        for each in ahead:
            if key_of(each.at) not in found:
                found[key_of(each.at)] = each
                ahead.extend(each.bases)
        return tuple(found.values())


class Loaded(Value):
    """
    One pack as far as it could be read, for tools that look at rule files.

    *pack* is None when there are *problems*; *merged* holds the marked values, with their places, of the pack and of
    all it extends, and is None when something of them cannot be read. *folder* is where its files are.
    """

    pack: RulePack | None
    merged: Merged | None
    problems: tuple[Problem, ...]
    folder: Folder


def read_pack(pack: str | Path, *, trust: bool = False) -> Loaded:
    """
    As ``load_pack`` without a cache, and returns what was read when there are mistakes.

    Raises:
        PackNotFound: There is no such pack.
    """
    loader = Loader(trust=trust)
    folder = find(pack)
    [made] = loader.load([folder])
    read = loader.read(folder)
    problems = PackInvalid(loader.problems).problems
    merged = read.merged if read is not None and read.whole else None
    return Loaded(None if problems else made, merged, problems, folder)


class Loader:
    """
    Reads each folder once, however many packs extend it. What is wrong with any of them is in *problems*.
    """

    def __init__(self, *, trust: bool) -> None:
        self.trust = trust
        self.problems: list[Problem] = []
        # of each pack that was loaded: the code lists that were read from a file
        self.tables: dict[str, Tables] = {}
        self._read: dict[str, _Read | None] = {}
        self._asked: dict[str, _Read | None] = {}
        self._grounds: dict[str, Ground] = {}

    def load(self, folders: Iterable[Folder]) -> tuple[RulePack | None, ...]:
        """
        The packs in some folders, in their order; None for one that is wrong.

        Raises:
            PackNotFound: One is asked for twice.
        """
        reads = [self._ask(folder) for folder in folders]
        made: dict[str, RulePack | None] = {}
        # A pack after those that it extends: it takes over what was found out of them.
        for read in sorted((each for each in reads if each is not None), key=lambda each: len(each.family())):
            made[key_of(read.at)] = self._checked(read)
        return tuple([None if read is None else made[key_of(read.at)] for read in reads])

    def _ask(self, folder: Folder) -> _Read | None:
        if key_of(folder) in self._asked:
            raise PackNotFound(f"the pack {name_of(folder)!r} is asked for twice; name it once")
        read = self.read(folder)
        self._tell_namesake(read)
        self._asked[key_of(folder)] = read
        return read

    def origin(self, folder: Folder) -> Origin:
        """
        What a pack that was loaded was made of.
        """
        read = self._read[key_of(folder)]
        if read is None:
            raise LookupError(f"{folder} was not loaded")
        return _origin(read)

    def _checked(self, read: _Read) -> RulePack | None:
        family = {each.name: each for each in read.family()}
        tables: dict[tuple[str, str], bytes] = {}

        def table(name: str, path: str) -> bytes | None:
            data = inside(family[name].at, path)
            if data is not None:
                tables[name, path] = data
            return data

        if read.merged.gaps:
            # What it extends is looked at by itself: there no names are missing.
            for base in read.bases:
                self._checked(base)
        keys = [key_of(each.at) for each in family.values()]
        made = check(
            read.merged,
            grounds=[self._grounds[key] for key in keys if key in self._grounds],
            files=table,
            trusted=frozenset(name for name, each in family.items() if self.trust or is_bundled(each.at)),
            xpath={name: each.xpath for name, each in family.items()},
        )
        self.problems.extend(made.problems)
        if made.pack is None or made.ground is None:
            return None
        self._grounds[key_of(read.at)] = made.ground
        self.tables[key_of(read.at)] = tuple(sorted(tables))
        return replace(made.pack, digest=of_pack(read.digest, tables))

    def _tell_namesake(self, read: _Read | None) -> None:
        for other in self._asked.values():
            if read is not None and other is not None and read.name == other.name:
                what = f"there is a second pack {read.name!r}, in {other.at}"
                self._tell(read.merged.draft.home, what, "use one of them, or give one another name")

    def read(self, folder: Folder, above: tuple[str, ...] = ()) -> _Read | None:
        key = key_of(folder)
        if key not in self._read:
            self._read[key] = self._read_folder(folder, above)
        return self._read[key]

    def _read_folder(self, folder: Folder, above: tuple[str, ...]) -> _Read | None:
        texts: dict[str, bytes] = {}
        contents = []
        files, problems = rule_files(folder)
        self.problems.extend(problems)
        unread = bool(problems)
        for file in files:
            data = texts[file.name] = bounded(file)
            content, found = read_yaml(str(folder / file.name), data, partly=True)
            self.problems.extend(found)
            if content is not None:
                contents.append(content)
            unread = unread or content is None
        if not contents:
            return None
        made, found = draft(contents, folder=name_of(folder), unread=unread)
        self.problems.extend(found)
        bases, missing = self._bases(made, folder, (*above, name_of(folder)))
        merged, found = merge(made, [base.merged for base in bases], missing=missing)
        self.problems.extend(found)
        return _Read(
            merged,
            version=_text(made, "version"),
            xpath=_text(made, "xpath") or "1.0",
            digest=of_rules(texts, [base.digest for base in bases]),
            at=folder,
            bases=bases,
            whole=not merged.gaps and all(map(is_whole, contents)) and all(base.whole for base in bases),
        )

    def _bases(self, made: Draft, folder: Folder, above: tuple[str, ...]) -> tuple[tuple[_Read, ...], bool]:
        """
        The packs that a pack extends, and whether there is one that cannot be used.
        """
        node = made.head.get("extends")
        items = node.items if isinstance(node, Sequence) else (() if node is None else (node,))
        bases: list[_Read | None] = []
        places: dict[str, Folder] = {}
        for item in items:
            base = self._base(item, folder, above)
            for each in base.family() if base is not None else ():
                first = places.setdefault(each.name, each.at)
                if key_of(first) != key_of(each.at):
                    what = f"this brings in a second pack {each.name!r}, from {each.at} beside {first}"
                    self._tell(item.mark, what, "give one of them another name")
                    base = None
            bases.append(base)
        read = tuple(base for base in bases if base is not None)
        return read, len(read) < len(bases)

    def _base(self, node: Node, folder: Folder, above: tuple[str, ...]) -> _Read | None:
        if is_lost(node):
            return None
        found = _EXTENDS.fullmatch(node.text) if isinstance(node, Scalar) else None
        if found is None:
            self._tell(node.mark, "this names no pack and version", "write name@1, such as itk3-message@1")
            return None
        name = found["name"]
        at = beside(folder, name)
        if name in above:
            circle = " -> ".join((*above[above.index(name) :], name))
            self._tell(node.mark, f"the pack {name!r} extends itself: {circle}", "remove this one, or another of them")
        elif len(above) == _DEEPEST:
            self._tell(node.mark, f"more than {_DEEPEST} packs extend each other in a row", "extend one further up")
        elif at is None and name not in bundled_names():
            near = did_you_mean(name, bundled_names(), told=len(self.problems))
            self._tell(node.mark, f"there is no pack {name!r} beside this one or among the bundled", near)
        else:
            base = self.read(at if at is not None else bundled() / name, above)
            if base is not None and not f"{base.version}.".startswith(f"{found['version']}."):
                self._tell(node.mark, *_other_version(name, found["version"], base.version))
            return base
        return None

    def _tell(self, mark: Mark, what: str, remedy: str) -> None:
        self.problems.append(Problem(mark.file, mark.line, mark.column, what, remedy, "derive"))


def _origin(read: _Read) -> Origin:
    return Origin(read.name, is_bundled(read.at), tuple(map(_origin, read.bases)))


def _other_version(name: str, asked: str, found: str) -> tuple[str, str]:
    if not found:
        return f"the pack {name!r} has no version", "write version: 1.0.0 in it"
    remedy = f"look at what changed in it, then write {name}@{found.partition('.')[0]}"
    return f"the pack {name!r} has the version {found}, not {asked}", remedy


def _text(made: Draft, key: str) -> str:
    node = made.head.get(key)
    return node.text if isinstance(node, Scalar) else ""
