"""
The bytes of one message as received, their limits, and how they read as text.
"""

from __future__ import annotations

import errno
import os
import re
import stat
from array import array
from bisect import bisect_right
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE, BOM_UTF32_BE, BOM_UTF32_LE

from itk3_validator.errors import MessageError, MessageTooLarge
from itk3_validator.lazy import pattern
from itk3_validator.value import Value

# How many bytes are looked at of a message that is not read.
BEGINNING = 1_000_000
# The fields of a MESH control file (DTSControl) that a fact may be stated by.
CONTROL_FIELDS = ("From_DTS", "To_DTS", "WorkflowId", "Subject", "LocalId")


class Source(Value):
    """
    The bytes of one message; the name is used in reports only.

    *control* is what the MESH control file beside it states, as field and value: used by rules, and shown nowhere. For
    one that cannot be used it is the reason; what it would state is then unknown.
    """

    name: str
    data: bytes
    control: tuple[tuple[str, str], ...] | str = ()

    def __repr__(self) -> str:
        # Sources stand in tracebacks and logs, where no message belongs.
        return f"<Source {self.name!r}: {len(self.data):,} bytes>"


class Limits(Value):
    """
    What is still read; beyond it a message is unreadable.

    Args:
        message: Largest message, in bytes.

        markup: Largest markup, in bytes: everything but long attribute values. A tree takes some 30 bytes a byte of it.

        depth: Deepest nesting of elements; more than 2,048 is never read.

        entries: Most files in an archive.

        ratio: Largest size of an archive's file as a multiple of its packed size.
    """

    message: int = 100_000_000
    markup: int = 20_000_000
    depth: int = 256
    entries: int = 100_000
    ratio: int = 200


def read_file(path: str | os.PathLike[str], *, limit: int) -> Source:
    """
    Read one regular file, at most *limit* bytes of it.

    Raises:
        MessageError: It is larger than *limit*.

        OSError: It cannot be opened or read, or is no regular file.
    """
    name = os.fspath(path)
    return Source(name, read_bytes(name, limit=limit))


def read_bytes(path: str, *, limit: int, expected: int = 0, follow: bool = True) -> bytes:
    """
    What one regular file holds; else as `read_file`.

    Args:
        follow: it may be a link. Else one is not opened, where the system can tell.

        expected: its size when it was looked at before. While it has that many bytes the system is not asked again,
            which takes a fifth of the time. Whatever else may stand in its place, no more is taken of it.
    """
    descriptor = _open(path, follow=follow)
    try:
        data = _read(descriptor, expected) if 0 < expected <= limit else b""
        if not data or len(data) != expected:
            data = _content(descriptor, _size_of(descriptor, path), limit + 1)
    finally:
        os.close(descriptor)
    check_size(data, limit)
    return data


def open_file(path: str | os.PathLike[str], *, follow: bool = True) -> int:
    """
    Open one regular file to be read.

    Args:
        follow: as of `read_bytes`.

    Returns:
        Its descriptor.

    Raises:
        OSError: It cannot be opened, or is no regular file.
    """
    name = os.fspath(path)
    descriptor = _open(name, follow=follow)
    try:
        _size_of(descriptor, name)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


# Without O_NONBLOCK, opening a named pipe waits for a writer for ever.
_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


_NO_LINK = _FLAGS | getattr(os, "O_NOFOLLOW", 0)


def _open(name: str, *, follow: bool) -> int:
    try:
        return os.open(name, _FLAGS if follow else _NO_LINK)
    except ValueError:
        raise OSError(errno.EINVAL, "no file can be called so", name) from None


def _read(descriptor: int, size: int) -> bytes:
    """
    What stands at the beginning, and one byte more if there is one; nothing where it cannot be read.
    """
    try:
        return os.read(descriptor, size + 1)
    except OSError:
        return b""


def _size_of(descriptor: int, name: str) -> int:
    """
    The size of a regular file, to be read from its beginning.

    Raises:
        OSError: It is none.
    """
    found = os.fstat(descriptor)
    if stat.S_ISREG(found.st_mode):
        os.lseek(descriptor, 0, os.SEEK_SET)
        return found.st_size
    if stat.S_ISDIR(found.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), name)
    raise OSError(errno.EINVAL, "not a regular file", name)


def _content(descriptor: int, size: int, most: int) -> bytes:
    # A file object makes room for *most* bytes before it reads the first: four times as long as reading 9 KB.
    data = os.read(descriptor, min(size + 1, most))
    if len(data) == size:
        return data
    pieces = [data]
    while (left := most - sum(map(len, pieces))) > 0 and (piece := os.read(descriptor, min(left, _PIECE))):
        pieces.append(piece)
    return b"".join(pieces)


_PIECE = 1_000_000


def beginning_of(path: str | os.PathLike[str]) -> bytes | None:
    """
    The first bytes of a file that is not read as a message; None where it cannot be opened.
    """
    try:
        with open(path, "rb") as stream:  # noqa: PTH123 - a path as it was given
            return stream.read(BEGINNING)
    except OSError:
        return None


def check_size(data: bytes, limit: int) -> None:
    """
    Raises:
        MessageError: There are more than *limit* bytes.
    """
    if len(data) > limit:
        raise MessageTooLarge(f"the message is larger than {limit:,} bytes, the most that is read")


_SIGNS = (
    (BOM_UTF8, "utf-8-sig"),
    (BOM_UTF32_LE, "utf-32"),
    (BOM_UTF32_BE, "utf-32"),
    (BOM_UTF16_LE, "utf-16"),
    (BOM_UTF16_BE, "utf-16"),
    (b"<\0\0\0", "utf-32-le"),
    (b"\0\0\0<", "utf-32-be"),
    (b"<\0", "utf-16-le"),
    (b"\0<", "utf-16-be"),
)
_DECLARED = pattern(
    rb"<\?xml[ \t\r\n]+version[ \t\r\n]*=[ \t\r\n]*[\"']1\.[0-9]+[\"']"
    rb"[ \t\r\n]+encoding[ \t\r\n]*=[ \t\r\n]*[\"']([A-Za-z][A-Za-z0-9._-]*)[\"']"
)

# What most messages begin with; looked at first, it needs no pattern to be compiled.
_USUAL = b'<?xml version="1.0" encoding="UTF-8"?>'


def encoding_of(data: bytes) -> str:
    """
    The name of the encoding as XML 1.0 appendix F finds it: byte order mark, first bytes, declaration, else UTF-8.

    A declared name is returned as it stands; Python may not know it.
    """
    if data.startswith(_USUAL):
        return "UTF-8"
    for sign, encoding in _SIGNS:
        if data.startswith(sign):
            return encoding
    declared = _DECLARED.match(data, 0, 1_000) if data.startswith(b"<?xml") else None
    return declared[1].decode("ascii") if declared else "utf-8"


def is_wide(data: bytes) -> bool:
    """
    Whether the first bytes show an encoding with two or four bytes a character.
    """
    # None of the signs is how a declaration begins.
    return not data.startswith(b"<?") and any(
        data.startswith(sign) for sign, encoding in _SIGNS if encoding != "utf-8-sig"
    )


def decode(data: bytes) -> str | None:
    """
    The message as text, without a byte order mark; None where Python cannot decode it.
    """
    try:
        return data.decode(encoding_of(data))
    except (LookupError, ValueError):
        return None


def wrong_byte(data: bytes) -> tuple[int, int] | None:
    """
    Line and column of the first byte that the encoding of the message does not allow; None where Python sees none.
    """
    encoding = encoding_of(data)
    try:
        data.decode(encoding)
    except UnicodeDecodeError as error:
        before = data[: error.start].decode(encoding, "ignore")
        return line_and_column(before, len(before))
    except (LookupError, ValueError):
        pass
    return None


def line_and_column(text: str, offset: int) -> tuple[int, int]:
    """
    Line and column of a code point, both from 1, when it is the only one asked for: else see `Lines`.
    """
    ends, start = text.count("\n", 0, offset), text.rfind("\n", 0, offset) + 1
    if text.find("\r", 0, offset) >= 0:
        ends += text.count("\r", 0, offset) - text.count("\r\n", 0, offset)
        start = max(start, text.rfind("\r", 0, offset) + 1)
    return ends + 1, offset - start + 1


_LINE_END = pattern(r"\r\n|\r|\n")


# Up to there, lines are counted; to find out where each of them begins takes as long as counting some twenty times.
_NEAR = 20_000


class Lines:
    """
    Where the lines of a text begin; CR LF, a lone CR and a lone LF each end a line.
    """

    __slots__ = ("_known", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self._known: array[int] | None = None

    @property
    def _starts(self) -> array[int]:
        starts = self._known
        if starts is None:
            starts = array("q", [0])
            starts.extend([end.end() for end in _LINE_END.finditer(self.text)])
            self._known = starts
        return starts

    def at(self, offset: int) -> tuple[int, int]:
        """
        Line and column of a code point of the text, both from 1.
        """
        if offset <= _NEAR and self._known is None:
            return line_and_column(self.text, offset)
        starts = self._starts
        line = bisect_right(starts, offset)
        return line, offset - starts[line - 1] + 1

    def span(self, line: int) -> tuple[int, int]:
        """
        Where a line begins and ends in the text, its line end left out.
        """
        starts = self._starts
        start = starts[line - 1]
        end = starts[line] if line < len(starts) else len(self.text)
        while end > start and self.text[end - 1] in "\r\n":
            end -= 1
        return start, end


DOCTYPE = "the message has a DOCTYPE, which FHIR does not allow; leave it out"
_WIDE_NAME = pattern(r"utf[-_]?(16|32)|(iso[-_]?10646[-/_]?)?ucs", re.IGNORECASE)
_BLANK = pattern(rb"(?:\xef\xbb\xbf)?+[ \t\r\n]*+")
_TO_DOCTYPE = pattern(rb"(?:\xef\xbb\xbf)?+(?:[ \t\r\n]++|<\?.*?\?>|<!--.*?-->)*+<!DOCTYPE", re.DOTALL)
_LONG_VALUE = pattern(rb"=[ \t\r\n]*+(?:\"[^\"<]{1000,}+\"|'[^'<]{1000,}+')")


def check_bytes(data: bytes, limits: Limits) -> None:
    """
    Refuse what no parser should see: nothing at all, too much, a DOCTYPE, a NUL byte.

    Raises:
        MessageError: One of these.
    """
    check_size(data, limits.message)
    plain = _plain(data)
    _check_prolog(data, plain)
    _check_markup(plain, limits.markup)


def _plain(data: bytes) -> bytes:
    """
    The message with one byte for each character of markup.
    """
    encoding = encoding_of(data)
    if not is_wide(data):
        if encoding.upper() != "UTF-8" and _WIDE_NAME.match(encoding):
            raise MessageError("the XML declaration names an encoding that the message is not in; write UTF-8", 1, 1)
        return data
    try:
        plain = data.decode(encoding).encode("utf-8")
    except ValueError:
        raise MessageError(f"the message is not the {encoding[:6].upper()} that its first bytes announce") from None
    if encoding.startswith("utf-16-") and not plain.startswith(b"<?"):
        raise MessageError("the message is UTF-16 without byte order mark and XML declaration; write UTF-8")
    return plain


def _check_prolog(data: bytes, plain: bytes) -> None:
    """
    Refuse what shows before the first tag, so that no DOCTYPE ever reaches the parser.
    """
    if plain in (b"", BOM_UTF8):
        raise MessageError("the message is empty" + (": a byte order mark and nothing else" if data else ""))
    if _BLANK.fullmatch(plain):
        raise MessageError("the message is empty: white space and nothing else")
    doctype = _TO_DOCTYPE.match(plain)
    if doctype:
        raise _at(DOCTYPE, plain, doctype.end() - len(b"<!DOCTYPE"))
    nul = plain.find(b"\0")
    if nul >= 0:
        raise _at("the message has a NUL byte, which XML does not allow", plain, nul)


def _at(reason: str, plain: bytes, offset: int) -> MessageError:
    """
    The error at an offset of the plain bytes.
    """
    # Not the declared encoding: nobody has looked at that yet, and some of Python's are slow on purpose-made bytes.
    try:
        before = plain[:offset].decode("utf-8-sig")
    except UnicodeDecodeError:
        before = plain[:offset].decode("latin-1")
    return MessageError(reason, *line_and_column(before, len(before)))


def _check_markup(plain: bytes, limit: int) -> None:
    """
    100 MB of ``<b/>`` would take 2.9 GB as a tree; 100 MB of one value take 100 MB.
    """
    if len(plain) <= limit:
        return
    markup = len(plain) - sum(value.end() - value.start() for value in _LONG_VALUE.finditer(plain))
    if markup > limit:
        raise MessageTooLarge(
            f"the message has more than {limit:,} bytes of markup (its long attribute values not counted),"
            " the most that is read"
        )
