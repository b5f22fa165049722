"""
Frames that begin with their length: `LENGTH [REQUEST-LENGTH] [JSON]`, a line feed, and so many bytes.
"""

from __future__ import annotations

import re
from typing import BinaryIO, Final

from itk3_validator.adapters.streaming.frame import (
    LARGEST_REST,
    Broken,
    Ended,
    Frame,
    FrameError,
    Frames,
    name_of,
    stated_in,
    taken,
)
from itk3_validator.inputs.entries import Unreadable, entry, too_large
from itk3_validator.lazy import pattern

_KEYS: Final = ("source", "facts", "interaction")
_HEADER: Final = pattern(rb"([0-9]{1,15})(?: ([0-9]{1,15}))?(?: (\{.*\}))?", re.DOTALL)


def by_length(stream: BinaryIO, limit: int) -> Frames:
    """
    The frames of a stream, until it ends or one cannot be told from the next.

    Args:
        stream: read as far as a frame goes and no further, but for what it keeps itself.

        limit: largest message, and largest request, in bytes.
    """
    number = 0
    while header := stream.readline(LARGEST_REST + 1):
        number += 1
        found = _HEADER.fullmatch(header.removesuffix(b"\n")) if header.endswith(b"\n") else None
        if found is None:
            yield Broken(name_of(number), _why(header), lost=True)
            return
        size, request_size = int(found[1]), None if found[2] is None else int(found[2])
        try:
            data = taken(stream, size, limit)
            request = None if request_size is None else taken(stream, request_size, limit)
        except Ended:
            yield Broken(name_of(number), "the input ends in the middle of a frame", lost=True)
            return
        yield _frame(number, found[3] or b"{}", data, request, wanted=request_size is not None, limit=limit)


def _frame(
    number: int, told: bytes, data: bytes | None, request: bytes | None, *, wanted: bool, limit: int
) -> Frame | Broken:
    try:
        stated = stated_in(told, _KEYS)
    except FrameError as error:
        return Broken(name_of(number), str(error))
    name = name_of(number, stated)
    if wanted and request is None:
        return Broken(name, f"the request is larger than {limit:,} bytes, the most that is read")
    message = Unreadable(name, too_large(limit), too_large=True) if data is None else entry(name, data)
    return Frame(message, stated.get("facts", {}), request, stated.get("interaction"))


def _why(header: bytes) -> str:
    if header.endswith(b"\n"):
        return "a frame has to begin with a line LENGTH [REQUEST-LENGTH] [JSON object]"
    if len(header) > LARGEST_REST:
        return f"the first line of a frame is longer than {LARGEST_REST:,} bytes"
    return "the input ends in the first line of a frame"
