"""
Files, folders and archives to read messages from, and what is read.
"""

from __future__ import annotations

import gzip
import io
import tarfile
import zipfile
from pathlib import Path

from itk3_validator import Limits
from itk3_validator.inputs.entries import Entry, Nothing, Unreadable
from itk3_validator.inputs.load import read
from itk3_validator.inputs.locate import locate
from itk3_validator.inputs.packed import zstandard

# The ending of a name to what packs its bytes; that of .tgz and .tzst as well.
PACK = {"gz": gzip.compress, "zst": zstandard().compress}


def write(name: str, data: bytes = b"<a/>") -> Path:
    file = Path(name)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(data)
    return file


def write_zip(name: str, entries: dict[str, bytes], **options) -> Path:
    with zipfile.ZipFile(name, "w", **options) as archive:
        for each, data in entries.items():
            archive.writestr(each, data)
    return Path(name)


def write_tar(name: str, entries: dict[str, bytes], mode: str = "w", **options) -> Path:
    with tarfile.open(name, mode, **options) as archive:
        for each, data in entries.items():
            member = tarfile.TarInfo(each)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return Path(name)


def write_archive(name: str, content: dict[str, bytes]) -> Path:
    """
    An archive of the kind that its name says.
    """
    if name.endswith("zip"):
        return write_zip(name, content, compression=zipfile.ZIP_DEFLATED)
    plain = write_tar(name, content)
    packed = next((pack for ending, pack in PACK.items() if name.lower().endswith(ending)), bytes)
    return write(name, packed(plain.read_bytes()))


def everything(*messages: str, limits: Limits | None = None, standard_input: bytes = b"") -> list[Entry | Nothing]:
    return list(read(locate(messages), limits or Limits(), io.BytesIO(standard_input)))


def entries(*messages: str, **options) -> list[tuple[str, bytes | str]]:
    """
    What is a message, or should have been one.
    """
    found = [each for each in everything(*messages, **options) if not isinstance(each, Nothing)]
    return [(each.name, each.reason if isinstance(each, Unreadable) else each.data) for each in found]


def names(*messages: str, limits: Limits | None = None) -> list[str]:
    return [name for name, _ in entries(*messages, limits=limits)]
