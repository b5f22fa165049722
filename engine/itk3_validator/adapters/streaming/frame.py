"""
What comes out of a stream of messages: one of them with what is stated of it alone, or why there is none.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from typing import Any, BinaryIO, Final, TypeAlias

from itk3_validator import did_you_mean
from itk3_validator.inputs.entries import Entry, member_name
from itk3_validator.inputs.locate import STANDARD_INPUT
from itk3_validator.report.visible import visible
from itk3_validator.value import Value

# Most bytes of a frame beside its messages: names and facts.
LARGEST_REST: Final = 65_536
_PIECE: Final = 1_000_000
_FACTS: Final = "facts"
_MESSAGES: Final = ("message", "request")


class Frame(Value):
    """
    One message. *facts*, *request* and *interaction* are stated of it alone, and go before those of the settings.
    """

    entry: Entry
    facts: Mapping[str, str]
    request: bytes | None
    interaction: str | None


class Broken(Value):
    """
    A frame that holds no message, and why. *lost*: nobody can tell where the next frame begins.
    """

    name: str
    reason: str
    lost: bool = False


Frames: TypeAlias = Iterator[Frame | Broken]


class FrameError(Exception):
    """
    A frame is not as it has to be; the text is the reason, and holds nothing of a message.
    """


class NoJson(FrameError):
    """
    What should be JSON is none, or only the beginning of it.
    """


class Ended(Exception):
    """
    The input ended where more had to come.
    """


def name_of(number: int, stated: Mapping[str, Any] | None = None) -> str:
    """
    What a message is called: as its frame says, or by the number of its frame, from 1.
    """
    name: str | None = (stated or {}).get("source")
    return member_name(STANDARD_INPUT, str(number)) if name is None else name


def stated_in(text: bytes, keys: Collection[str]) -> dict[str, Any]:
    """
    The JSON object of a frame: facts by name, and everything else as text; what is null is not stated.

    Raises:
        FrameError: It is none, or holds another key, a value of another kind, or too much beside messages.
    """
    try:
        stated = json.loads(text.decode("utf-8"), object_pairs_hook=_once)
    except (ValueError, RecursionError):
        raise NoJson("the frame is no JSON object in UTF-8") from None
    if not isinstance(stated, dict):
        raise FrameError("the frame is no JSON object")
    for key, value in stated.items():
        if key not in keys:
            raise FrameError(f"the frame has the key {visible(key, longest=100)!r}; {did_you_mean(key[:100], keys)}")
        if key == _FACTS:
            _check_facts(value)
        elif not isinstance(value, str | None):
            raise FrameError(f"{key!r} of the frame is no text")
    if len(json.dumps({key: value for key, value in stated.items() if key not in _MESSAGES})) > LARGEST_REST:
        raise FrameError(f"the frame holds more than {LARGEST_REST:,} bytes beside its messages")
    return {key: value for key, value in stated.items() if value is not None}


def taken(stream: BinaryIO, size: int, limit: int) -> bytes | None:
    """
    The next bytes; None where they are more than *limit*, which are passed over.

    Raises:
        Ended: There are not so many.
    """
    if size > limit:
        _pass_over(stream, size)
        return None
    data = stream.read(size)
    if len(data) < size:
        raise Ended
    return data


def _pass_over(stream: BinaryIO, size: int) -> None:
    left = size
    while left:
        piece = stream.read(min(left, _PIECE))
        if not piece:
            raise Ended
        left -= len(piece)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        raise FrameError("the frame has a key twice")
    return made


def _check_facts(value: object) -> None:
    if value is None:
        return
    if not isinstance(value, dict) or not all(isinstance(each, str) for each in value.values()):
        raise FrameError(f"{_FACTS!r} of the frame is no object of texts")
