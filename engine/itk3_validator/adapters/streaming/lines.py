"""
Frames that are lines: a JSON object with the message in it, as text or in base64.
"""

from __future__ import annotations

import binascii
from typing import Any, BinaryIO, Final

import pybase64

from itk3_validator.adapters.streaming.frame import (
    LARGEST_REST,
    Broken,
    Frame,
    FrameError,
    Frames,
    NoJson,
    name_of,
    stated_in,
)
from itk3_validator.inputs.entries import Unreadable, entry, too_large
from itk3_validator.inputs.rows import encoded

_KEYS: Final = ("message", "source", "facts", "request", "interaction")
_PIECE: Final = 1_000_000


def by_line(stream: BinaryIO, limit: int) -> Frames:
    """
    The frames of a stream, until it ends; blank lines are none.

    Args:
        stream: read as far as a line goes and no further, but for what it keeps itself.

        limit: largest message, and largest request, in bytes; a line has at most twice as many, and 64 KB.
    """
    number, longest = 0, 2 * limit + LARGEST_REST
    while line := stream.readline(longest + 1):
        number += bool(line.strip())
        if len(line) > longest and not line.endswith(b"\n"):
            _pass_over_line(stream)
            reason = f"the line is larger than {longest:,} bytes, the most that is read"
            yield Frame(Unreadable(name_of(number), reason, too_large=True), {}, None, None)
        elif line.strip():
            yield _frame(line, number, limit)


def _pass_over_line(stream: BinaryIO) -> None:
    while (rest := stream.readline(_PIECE)) and not rest.endswith(b"\n"):
        pass


def _frame(line: bytes, number: int, limit: int) -> Frame | Broken:
    name = name_of(number)
    try:
        stated = stated_in(line, _KEYS)
        name = name_of(number, stated)
        data, request = _bytes("message", stated), _bytes("request", stated)
    except FrameError as error:
        if isinstance(error, NoJson) and not line.endswith(b"\n"):
            return Broken(name, "the input ends in the middle of a line", lost=True)
        return Broken(name, str(error))
    if data is None:
        return Broken(name, "the frame has no 'message'")
    if request is not None and len(request) > limit:
        return Broken(name, f"the request is larger than {limit:,} bytes, the most that is read")
    large = len(data) > limit
    message = Unreadable(name, too_large(limit), too_large=True) if large else entry(name, data)
    return Frame(message, stated.get("facts", {}), request, stated.get("interaction"))


def _bytes(key: str, stated: dict[str, Any]) -> bytes | None:
    """
    What is XML as text, or else base64: no base64 has a ``<``.
    """
    text: str | None = stated.get(key)
    if text is None or "<" in text:
        return None if text is None else encoded(text)
    try:
        return pybase64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise FrameError(f"{key!r} of the frame is neither XML nor base64") from None
