"""
Checked packs, kept as JSON: one file a pack, made when the wheel is built or in the user's cache folder.

A file is used when it was written by this engine, for this trust, and the digest of the pack's files (taken anew from
their bytes) is the digest in it. Anything else about it that is not as expected makes it as good as no file.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from zlib import crc32

from itk3_validator.pack import portable
from itk3_validator.pack.bundled import Folder
from itk3_validator.pack.digests import sha256
from itk3_validator.pack.files import is_bundled, is_on_disk, key_of, name_of
from itk3_validator.pack.model import RulePack
from itk3_validator.pack.on_disk import OnDisk
from itk3_validator.pack.origin import Now, Origin, Tables
from itk3_validator.version import __version__

if TYPE_CHECKING:
    from pathlib import Path

MOST = 64
LARGEST = 100_000_000
ENGINE = "engine"
_FORMAT = 1
_PACKAGE = OnDisk(os.path.abspath(__file__)).parent.parent
_MADE = _PACKAGE / "checked"  # is there in a wheel only


class Cache:
    """
    The kept packs of one run, for packs whose word ``safe`` is believed (*trust*) or not.
    """

    def __init__(self, *, trust: bool, engine: str | None = None) -> None:
        self.trust = trust
        self._now = Now()
        self._engine = this_engine() if engine is None else engine

    def get(self, folder: Folder, mend: Callable[[], RulePack]) -> RulePack | None:
        """
        The pack in *folder* as it was kept; None when it was not, or when a file has changed since.

        Args:
            mend: reads the pack from its files.
        """
        if not is_on_disk(folder):
            return None
        data = self._data(folder)
        try:
            return self._read(data, folder, mend) if data is not None else None
        except (OSError, ValueError, RecursionError):
            return None

    def put(self, pack: RulePack, folder: Folder, origin: Origin, tables: Tables) -> None:
        """
        Keep a pack in the user's cache folder, if that can be written and is nobody else's.
        """
        home = user_folder()
        if home is not None and is_on_disk(folder):
            data = self.written(pack, folder, origin, tables)
            try:
                _write(home, self._name(folder), data)
            except OSError:
                return

    def written(self, pack: RulePack, folder: Folder, origin: Origin, tables: Tables) -> bytes:
        """
        A pack as it is kept: three lines of JSON, of which the first speaks of the other two.
        """
        rest = b"".join(_line(each) for each in (portable.head(pack), portable.body(pack)))
        about = {
            "for": self._for(folder),
            "crc32": crc32(rest),
            "origin": _plain(origin),
            "tables": tables,
        }
        return _line(about) + rest

    def _data(self, folder: Folder) -> bytes | None:
        if is_bundled(folder) and _MADE.is_dir():
            made = _MADE / f"{name_of(folder)}.json"
            return made.read_bytes() if made.is_file() else None
        home = user_folder()
        return None if home is None else _private(home, self._name(folder))

    def _read(self, data: bytes, folder: Folder, mend: Callable[[], RulePack]) -> RulePack | None:
        first, _, rest = data.partition(b"\n")
        about = json.loads(first)
        if not isinstance(about, dict) or about.get("for") != self._for(folder):
            return None
        if about.get("crc32") != crc32(rest):
            return None
        head, _, body = rest.partition(b"\n")
        pack = portable.unpacked(json.loads(head), _Once(body).read, folder, mend)
        origin, tables = _origin(about.get("origin")), _tables(about.get("tables"))
        return pack if self._now.digest(origin, folder, tables) == pack.digest else None

    def _for(self, folder: Folder) -> list[Any]:
        """
        What a kept pack depends on, beside its files. Where bundled packs are does not matter; they are always trusted.
        """
        bundled = is_bundled(folder)
        return [_FORMAT, self._engine, bundled or self.trust, bundled, name_of(folder) if bundled else key_of(folder)]

    def _name(self, folder: Folder) -> str:
        return f"{sha256(_line(self._for(folder))).hexdigest()[:40]}.json"


class _Once:
    """
    JSON that is read when it is first asked for.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._read: Any = None

    def read(self) -> Any:
        if self._read is None:
            self._read = json.loads(self._data)
        return self._read


def this_engine() -> str:
    """
    The version of the engine, and what tells its source from that of others of this version.
    """
    made = _MADE / ENGINE
    return made.read_bytes().decode("ascii") if made.is_file() else f"{__version__} {_of_sources()}"


def user_folder() -> str | None:
    """
    The user's cache folder for this package; None where there is none, or its owner is not known.
    """
    if not hasattr(os, "geteuid"):
        return None
    stated = os.environ.get("XDG_CACHE_HOME", "")
    home = stated if os.path.isabs(stated) else os.path.expanduser("~/.cache")
    return os.path.join(home, "itk3-validator") if os.path.isabs(home) else None


def _of_sources() -> str:
    """
    A checkout has no version of its own for each change: when the modules that make a pack were written tells.
    """
    told = []
    for folder in (".", "checks", "pack", "xpath"):
        with os.scandir(_PACKAGE / folder) as entries:
            files = [(each.path, each.stat()) for each in entries if each.name.endswith(".py")]
        told += [f"{path} {about.st_mtime_ns} {about.st_size}" for path, about in files]
    return str(sha256("\n".join(sorted(told)).encode("utf-8", "surrogateescape")).hexdigest())[:16]


def _line(plain: Any) -> bytes:
    return json.dumps(plain, separators=(",", ":")).encode("ascii") + b"\n"


def _plain(origin: Origin) -> list[Any]:
    return [origin.name, origin.bundled, [_plain(base) for base in origin.bases]]


def _origin(plain: Any) -> Origin:
    match plain:
        case [str(name), bool(bundled), list(bases)]:
            return Origin(name, bundled, tuple(map(_origin, bases)))
    raise portable.NotPortable("no origin")


def _tables(plain: Any) -> Tables:
    match plain:
        case list() if all(isinstance(name, str) and isinstance(path, str) for name, path in plain):
            return tuple((name, path) for name, path in plain)
    raise portable.NotPortable("no tables")


# the user's cache folder


def _private(home: str, name: str) -> bytes | None:
    """
    A file that this user alone can have written.
    """
    try:
        if not _is_ours(home):
            return None
        with open(os.open(os.path.join(home, name), os.O_RDONLY | os.O_NOFOLLOW), "rb") as file:
            about = os.fstat(file.fileno())
            fit = stat.S_ISREG(about.st_mode) and about.st_uid == os.geteuid() and not about.st_mode & 0o022
            return file.read() if fit and about.st_size <= LARGEST else None
    except OSError:
        return None


def _is_ours(home: str) -> bool:
    about = os.lstat(home)
    return stat.S_ISDIR(about.st_mode) and about.st_uid == os.geteuid() and not about.st_mode & 0o077


def _write(folder: str, name: str, data: bytes) -> None:
    from pathlib import Path  # slow to import, and seldom written

    home = Path(folder)
    home.parent.mkdir(parents=True, exist_ok=True)
    home.mkdir(mode=0o700, exist_ok=True)
    if len(data) > LARGEST or not _is_ours(folder):
        return
    new = home / f"{name}.{os.getpid()}"
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    try:
        with open(os.open(new, flags, 0o600), "wb") as file:
            file.write(data)
        new.replace(home / name)
    except OSError:
        new.unlink(missing_ok=True)
        raise
    _make_room(home)


def _make_room(home: Path) -> None:
    """
    Remove the oldest files beyond those that are kept; also what a run that was stopped left behind.
    """
    files = [each for each in home.iterdir() if each.is_file() and not each.is_symlink()]
    for file in sorted(files, key=lambda each: (-each.stat().st_mtime_ns, each.name))[MOST:]:
        file.unlink(missing_ok=True)
