"""
Attachments cut out of the bytes of a message before they are parsed.

The bulk of a message with a PDF is one attribute: ``<content value="JVBERi0xLjQK..."/>``. A parser takes some 25 ms for
20 MB of it; to find where it ends and to see that it is base64 takes one. So `cut` shortens it before the parse, to its
first and last 512 characters with a mark and a number between them, and nothing is copied: an `Attachment` says where
in the bytes the whole value stands. `value_of` gives the whole value when a rule asks for it.

*What is cut.* The ``value`` of an element that FHIR gives base64 (``content``, ``data``, ``blob``, ``...Base64Binary``)
when it has 8,192 characters or more and is base64 from the first to the last.

*Why the tree is the same.* Base64 can neither end a value, a comment or an instruction, nor begin an entity, nor be
wrong UTF-8. What stands before it reads as a start tag up to ``value="``. So it is one, or it stands in a comment or an
instruction, which are dropped in either case, or in CDATA, or the message is not well formed. With CDATA in the message
nothing is cut; and when the shortened message is refused, `parse` reads the whole one and tells what it finds there.

*Why no other value can look like a shortened one.* The mark is U+0081, a control character of no use. When the message
has it elsewhere, as bytes or as a character reference, nothing is cut; and DTDs, which could define more, are refused.

*Why places and excerpts are the same.* Line ends are not base64, and an excerpt shows at most 400 characters to each
side of a place, which is never inside a value: 512 are there. Columns behind a cut are put right by what was left out.

*What an XPath may see.* Expressions run in lxml see the shortened value. It is there, is not blank and begins as the
whole does, which is enough for nearly all of them; `attachment_use` finds the others, for which nothing is cut.
"""

from __future__ import annotations

from collections.abc import Iterator

from itk3_validator.lazy import pattern
from itk3_validator.source import encoding_of
from itk3_validator.value import Value

MARK = "\x81"
KEPT = 512
SHORTEST = 8_192
ELEMENTS = frozenset({"content", "data", "blob"})
ELEMENTS_ENDING = "Base64Binary"

# A value of SHORTEST characters fills one stretch without a quotation mark wherever the stretches begin.
_STRETCH = SHORTEST // 2
_LONGEST_TAG = 1_024
# A multiple of four; what it decodes to stays in the processor's cache.
_SLICE = 1 << 20

_SPACE = rb"[ \t\r\n]"
_START_TAG = pattern(
    rb"<(?:[A-Za-z_][A-Za-z0-9._-]*+:)?(?:%(elements)s|[A-Za-z]+%(ending)s)"
    rb"(?:%(s)s++[A-Za-z_][A-Za-z0-9._:-]*+%(s)s*+=%(s)s*+(?:\"[^\"<]*+\"|'[^'<]*+'))*+"
    rb"%(s)s++value%(s)s*+=%(s)s*+"
    % {b"s": _SPACE, b"elements": "|".join(sorted(ELEMENTS)).encode(), b"ending": ELEMENTS_ENDING.encode()}
)
_MARK = MARK.encode("utf-8")
_MARK_REFERENCE = pattern(rb"&#(?:0*+129|x0*+81);")


class Attachment(Value):
    """
    Where a base64 value stands in the bytes of a message: valid as FHIR's base64Binary, and ASCII.
    """

    data: bytes
    start: int
    end: int

    def __len__(self) -> int:
        return self.end - self.start

    @property
    def value(self) -> str:
        """
        The whole value: a copy.
        """
        return str(memoryview(self.data)[self.start : self.end], "ascii")

    @property
    def digest(self) -> str:
        """
        SHA-256 of what the value decodes to, lower-case hex.
        """
        import hashlib  # slow to import, and seldom asked for

        digest = hashlib.sha256()
        for piece in _decoded(self.data, self.start, self.end):
            digest.update(piece)
        return digest.hexdigest()


class Cut(Value):
    """
    A message with its attachments shortened: the n-th of them has the mark twice, with n between.
    """

    data: bytes
    attachments: tuple[Attachment, ...]


def may_be_cut(data: bytes) -> bool:
    """
    Whether a value is so long that it may be an attachment, found out in next to no time.
    """
    for at in range(0, len(data) - _STRETCH, _STRETCH):  # noqa: SIM110 - of a small message any() takes longer than this
        if data.find(b'"', at, at + _STRETCH) < 0:
            return True
    return False


def cut(data: bytes) -> Cut | None:
    """
    The message with its attachments shortened; None where it has none, or something that makes cutting unsafe.
    """
    if not may_be_cut(data):
        return None
    found = tuple(_attachments(data))
    if not found or encoding_of(data).lower() not in ("utf-8", "utf-8-sig"):
        return None
    pieces = []
    at = 0
    for number, each in enumerate(found):
        pieces += [data[at : each.start + KEPT], b"%s%d%s" % (_MARK, number, _MARK)]
        at = each.end - KEPT
    pieces.append(data[at:])
    return None if any(map(_is_unsafe, pieces[::2])) else Cut(b"".join(pieces), found)


def restored(value: str, attachments: tuple[Attachment, ...]) -> Attachment:
    """
    The attachment that a shortened value stands for.
    """
    return attachments[int(value.split(MARK, 2)[1])]


def _is_unsafe(piece: bytes) -> bool:
    # One byte is looked for a hundred times faster than two.
    return (
        (b"\x81" in piece and _MARK in piece)
        or (b"[" in piece and b"<![CDATA[" in piece)
        or (b"&" in piece and b"#" in piece and _MARK_REFERENCE.search(piece) is not None)
    )


def _attachments(data: bytes) -> Iterator[Attachment]:
    at, end = 0, len(data)
    while at < end:
        if data.find(b'"', at, at + _STRETCH) >= 0:
            at += _STRETCH
            continue
        opened = max(data.rfind(b'"', max(0, at - _STRETCH), at), data.rfind(b"'", max(0, at - _STRETCH), at))
        if opened < 0 or not _is_value_of_attachment(data, opened):
            at += _STRETCH
            continue
        closed, is_base64 = _value(data, opened)
        if closed < 0:
            return
        if closed - opened > SHORTEST and is_base64:
            yield Attachment(data, opened + 1, closed)
        at = closed + 1


def _is_value_of_attachment(data: bytes, quote: int) -> bool:
    before = data[max(0, quote - _LONGEST_TAG) : quote]
    return _START_TAG.fullmatch(before, max(0, before.rfind(b"<"))) is not None


def _value(data: bytes, quote: int) -> tuple[int, bool]:
    """
    Where the value ends that begins with this quotation mark (-1: nowhere), and whether it is base64: slice by slice,
    so that each comes from memory once.
    """
    import pybase64  # only messages with attachments need it

    mark, view, is_base64 = data[quote : quote + 1], memoryview(data), True
    for at in range(quote + 1, len(data), _SLICE):
        closed = data.find(mark, at, at + _SLICE)
        if is_base64:
            try:
                size = len(pybase64.b64decode(view[at : closed if closed >= 0 else at + _SLICE], validate=True))
            except ValueError:
                is_base64 = False
            else:
                # Padding inside: such a slice gives less than three bytes for four characters.
                is_base64 = closed >= 0 or size == _SLICE // 4 * 3
        if closed >= 0:
            return closed, is_base64
    return -1, False


def _decoded(data: bytes, start: int, end: int) -> Iterator[bytes]:
    """
    What base64 decodes to, slice by slice.

    Raises:
        ValueError: It is no base64.
    """
    import pybase64  # only messages with attachments need it

    view = memoryview(data)
    for at in range(start, end, _SLICE):
        yield pybase64.b64decode(view[at : min(at + _SLICE, end)], validate=True)
