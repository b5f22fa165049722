"""
From the folder of a pack, and of the packs that it extends, to a checked RulePack.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from itk3_validator.errors import PackInvalid, PackNotFound, Problem
from itk3_validator.pack.bundled import Folder, bundled, bundled_names
from itk3_validator.pack.checked import check
from itk3_validator.pack.derive import Merged, merge
from itk3_validator.pack.draft import Draft, draft
from itk3_validator.pack.marked import Mapping as MarkedMapping
from itk3_validator.pack.marked import Mark, Node, Scalar, Sequence
from itk3_validator.pack.model import RulePack
from itk3_validator.pack.yaml_text import LARGEST, read_yaml
from itk3_validator.spelling import did_you_mean

_EXTENDS = re.compile(r"(?P<name>[a-z0-9][a-z0-9-]*)@(?P<version>[0-9]+(?:\.[0-9]+){0,2})")
_MOST_FILES = 1000


@dataclass(frozen=True, slots=True)
class _Read:
    """
    One pack as it was read: its draft merged with its bases, its digest, and the mistakes so far.

    *at* is the folder that its CSV files are in.
    """

    merged: Merged
    version: str
    xpath: str
    digest: str
    at: Folder


def load_packs(packs: Iterable[str | Path] | None = None, *, trust: bool = False) -> tuple[RulePack, ...]:
    """
    Load packs with everything they extend.

    Args:
        packs: names of bundled packs, or folders; None for all bundled packs.

        trust: take the word ``safe`` of packs that are not bundled as well.

    Raises:
        PackNotFound: There is no such pack.

        PackInvalid: Every mistake in all their files at once.
    """
    loader = _Loader(trust=trust)
    names: Iterable[str | Path] = bundled_names() if packs is None else packs
    loaded = [loader.load(pack) for pack in names]
    if loader.problems:
        raise PackInvalid(loader.problems)
    made = tuple(pack for pack in loaded if pack is not None)
    if len({pack.name for pack in made}) < len(made):
        double = next(pack.name for pack in made if sum(each.name == pack.name for each in made) > 1)
        raise PackNotFound(f"the pack {double!r} is asked for twice; name it once")
    return made


def load_pack(pack: str | Path, *, trust: bool = False) -> RulePack:
    """
    Load one pack; see ``load_packs``.
    """
    return load_packs([pack], trust=trust)[0]


class _Loader:
    """
    Reads each folder once, however many packs extend it.
    """

    def __init__(self, *, trust: bool) -> None:
        self.trust = trust
        self.problems: list[Problem] = []
        self._read: dict[str, _Read | None] = {}
        self._folders: dict[str, Folder] = {}

    def load(self, pack: str | Path) -> RulePack | None:
        read = self._draft(self._find(pack), above=())
        if read is None:
            return None
        names = (read.merged.draft.name, *read.merged.lineage)
        reads = {name: self._read[str(self._folders[name])] for name in names if name in self._folders}
        known = {name: each for name, each in reads.items() if each is not None}
        made, problems = check(
            read.merged,
            files=lambda name, path: _csv(known[name].at, path) if name in known else None,
            trusted=frozenset(name for name, each in known.items() if self.trust or _is_bundled(each.at)),
            digest=read.digest,
            xpath={name: each.xpath for name, each in known.items()},
        )
        self.problems.extend(problems)
        return made

    def _find(self, pack: str | Path) -> Folder:
        if isinstance(pack, str) and pack in bundled_names():
            return bundled() / pack
        path = Path(pack)
        if path.is_dir():
            # A path such as `.` has no name of its own.
            return path if path.name else path.resolve()
        names = bundled_names()
        near = did_you_mean(str(pack), names)
        raise PackNotFound(f"there is no bundled pack and no folder {str(pack)!r}; {near}")

    def _draft(self, folder: Folder, above: tuple[str, ...]) -> _Read | None:
        key = str(folder)
        if key not in self._read:
            self._read[key] = self._read_folder(folder, above)
        return self._read[key]

    def _read_folder(self, folder: Folder, above: tuple[str, ...]) -> _Read | None:
        digest = hashlib.sha256()
        contents = []
        files = _yaml_files(folder)
        for file in files:
            data = _bounded(file)
            digest.update(f"{file.name}\0{len(data)}\0".encode() + data)
            content, problems = read_yaml(str(folder / file.name), data)
            self.problems.extend(problems)
            if content is not None:
                contents.append(content)
        if not files:
            remedy = "write one that begins with 'pack: NAME'"
            self.problems.append(Problem(str(folder), 1, 1, "this folder holds no rule file (*.yaml)", remedy))
        if not files or len(contents) < len(files):
            # Without a file that cannot be read, everything that names its selectors would look wrong too.
            return None
        made, problems = draft(contents, folder=folder.name)
        self.problems.extend(problems)
        self._folders[made.name] = folder
        bases = self._bases(made, folder, (*above, made.name))
        if bases is None:
            return None
        merged, problems = merge(made, [base.merged for base in bases])
        self.problems.extend(problems)
        for base in bases:
            digest.update(base.digest.encode())
        for path in _csv_files(contents):
            digest.update(path.encode() + (_csv(folder, path) or b""))
        return _Read(merged, _text(made, "version"), _text(made, "xpath") or "1.0", digest.hexdigest(), folder)

    def _bases(self, made: Draft, folder: Folder, above: tuple[str, ...]) -> list[_Read] | None:
        """
        The packs that a pack extends; None when one of them cannot be read.
        """
        node = made.head.get("extends")
        items = node.items if isinstance(node, Sequence) else (() if node is None else (node,))
        bases = [self._base(item, folder, above) for item in items]
        read = [base for base in bases if base is not None]
        return read if len(read) == len(bases) else None

    def _base(self, node: Node, folder: Folder, above: tuple[str, ...]) -> _Read | None:
        found = _EXTENDS.fullmatch(node.text) if isinstance(node, Scalar) else None
        if found is None:
            self._tell(node.mark, "this names no pack and version", "write name@1, such as itk3-message@1")
            return None
        name = found["name"]
        beside = _beside(folder, name)
        if name in above:
            circle = " -> ".join((*above, name))
            self._tell(node.mark, f"the pack {name!r} extends itself: {circle}", "remove one of them")
        elif beside is None and name not in bundled_names():
            near = did_you_mean(name, bundled_names())
            self._tell(node.mark, f"there is no pack {name!r} beside this one or among the bundled", near)
        else:
            base = self._draft(beside if beside is not None else bundled() / name, above)
            if base is None or f"{base.version}.".startswith(f"{found['version']}."):
                return base
            remedy = f"look at what changed in it, then write {name}@{base.version.split('.')[0]}"
            self._tell(node.mark, f"the pack {name!r} has the version {base.version}, not {found['version']}", remedy)
        return None

    def _tell(self, mark: Mark, what: str, remedy: str) -> None:
        self.problems.append(Problem(mark.file, mark.line, mark.column, what, remedy))


def _beside(folder: Folder, name: str) -> Folder | None:
    if not isinstance(folder, Path):
        return None
    beside = folder.resolve().parent / name
    return beside if (beside / "pack.yaml").is_file() else None


def _is_bundled(folder: Folder) -> bool:
    home = bundled()
    if isinstance(folder, Path) and isinstance(home, Path):
        return folder.resolve().parent == home.resolve()
    return not isinstance(folder, Path)


def _yaml_files(folder: Folder) -> list[Folder]:
    entries: list[Folder] = list(folder.iterdir())  # type: ignore[call-overload]
    files = [each for each in entries if each.name.endswith((".yaml", ".yml")) and each.is_file() and not _link(each)]
    return sorted(files, key=lambda each: each.name)[:_MOST_FILES]


def _csv_files(contents: Iterable[MarkedMapping]) -> list[str]:
    """
    The files that the code lists of a pack name, for its digest.
    """
    names = set()
    for content in contents:
        lists = content.get("code-lists")
        for _, value in lists.pairs if isinstance(lists, MarkedMapping) else ():
            file = value.get("file") if isinstance(value, MarkedMapping) else None
            if isinstance(file, Scalar):
                names.add(file.text)
    return sorted(names)


def _csv(folder: Folder, path: str) -> bytes | None:
    """
    A file inside a pack's folder; a link or a way out of it is as good as no file.
    """
    parts = path.split("/")
    if path.startswith("/") or "\\" in path or any(part in ("", ".", "..") for part in parts):
        return None
    file = folder
    for part in parts:
        file = file / part
        if _link(file):
            return None
    return _bounded(file) if file.is_file() else None


def _bounded(file: Folder) -> bytes:
    """
    The file's bytes, one more than a rule file may have at the most.
    """
    if isinstance(file, Path):
        with file.open("rb") as stream:
            return stream.read(LARGEST + 1)
    return file.read_bytes()[: LARGEST + 1]


def _link(file: Folder) -> bool:
    return isinstance(file, Path) and file.is_symlink()


def _text(made: Draft, key: str) -> str:
    node = made.head.get(key)
    return node.text if isinstance(node, Scalar) else ""
