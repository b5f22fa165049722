"""
What comes out of an input: messages, and what could not be read with the reason.
"""

from __future__ import annotations

from typing import TypeAlias

from itk3_validator.source import BEGINNING, Source
from itk3_validator.value import Row

# Below this many bytes nothing is called a bomb: small and repetitive files pack very well.
HARMLESS = 1_000_000


class Unreadable(Row):
    """
    Something that should have been a message, and why it is none.

    *digest* is the SHA-256 of its bytes, in lower-case hex; empty when they could not all be read. *beginning* are its
    first bytes, where they are known; *too_large*: its size is the reason.
    """

    name: str
    reason: str
    digest: str = ""
    beginning: bytes | None = None
    too_large: bool = False

    def __repr__(self) -> str:
        return f"<Unreadable {self.name!r}: {self.reason}>"


class Nothing(Row):
    """
    A folder or an archive in which nothing is a message; *left_out* is the number of other files in it.
    """

    name: str
    left_out: int


class LeftOut(Row):
    """
    A file in a folder or an archive that, by its name, is no message.
    """

    name: str


Entry: TypeAlias = Source | Unreadable
# What the control file of a message states, as field and value; or why it cannot be used.
Control: TypeAlias = tuple[tuple[str, str], ...] | str


class Refused(Exception):
    """
    What is read is beyond a limit, or no such thing; the text is the reason.
    """


def entry(name: str, data: bytes, control: Control = ()) -> Entry:
    """
    The message of these bytes, unless they are compressed.
    """
    if data.startswith(_COMPRESSED):
        import hashlib  # slow to import, and seldom asked for

        return Unreadable(name, COMPRESSED, hashlib.sha256(data).hexdigest(), data[:BEGINNING])
    return Source(name, data, control)


def member_name(archive: str, name: str) -> str:
    """
    What an entry is called in reports; it is never a path on disk.
    """
    return f"{archive}!/{name}"


def too_large(limit: int) -> str:
    """
    The reason for more bytes than are taken.
    """
    return f"the message is larger than {limit:,} bytes, the most that is read"


def too_many(limit: int) -> str:
    """
    The reason for more entries than are taken.
    """
    return f"the archive has more than {limit:,} entries, the most that are read"


def expands(what: str, ratio: int) -> str:
    """
    The reason for an archive or a message that could be a bomb.
    """
    return f"the {what} unpacks to more than {ratio} times its packed size, the most that is read"


def unread(error: OSError) -> str:
    """
    The reason for a file or a folder that the system does not let us read.
    """
    return f"it cannot be read: {error.strerror or type(error).__name__}"


COMPRESSED = "this is a compressed file, which is not opened; unpack it"
# gzip, bzip2, xz, Zstandard, zip, 7z: no XML begins so.
_COMPRESSED = (b"\x1f\x8b", b"BZh", b"\xfd7zXZ\0", b"\x28\xb5\x2f\xfd", b"PK\x03\x04", b"7z\xbc\xaf\x27\x1c")

NESTED = "an archive inside an archive is not opened; unpack it and name it"
