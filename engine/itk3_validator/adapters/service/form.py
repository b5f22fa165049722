"""
Messages that come as a form (multipart/form-data), read in memory: nothing of them is ever written to a disk.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from itk3_validator import CallInvalid, did_you_mean

MESSAGE: Final = "message"
REQUEST: Final = "request"
FACT: Final = "fact"
_FIELDS: Final = (MESSAGE, REQUEST, FACT)

_MOST_PARTS: Final = 102
_LONGEST_FACT: Final = 10_000
# A request has all of its parts read in one go; the parser is quick where it gets much at a time.
_PIECE: Final = 1_000_000


class Form(NamedTuple):
    """
    What a form holds: the message, the message that it answers, and facts as `NAME=VALUE`.
    """

    message: bytes
    request: bytes | None
    facts: tuple[str, ...]


def read_form(content_type: str, body: bytes) -> Form:
    """
    Read a form.

    Raises:
        CallInvalid: It is broken, or holds fields that nobody knows, or none called ``message``.
    """
    boundary = parse_options_header(content_type)[1].get(b"boundary")
    if not boundary:
        raise CallInvalid("the Content-Type of the form names no boundary")
    try:
        parts = _Parts(boundary)
        for start in range(0, len(body), _PIECE):
            parts.parser.write(body[start : start + _PIECE])
        parts.parser.finalize()
    except FormParserError:
        raise CallInvalid("the form is no multipart/form-data (RFC 7578)") from None
    if not parts.is_ended:
        raise CallInvalid("the form breaks off")
    return _form(parts.found)


def _form(found: Mapping[str, list[bytes]]) -> Form:
    for name in found:
        if name not in _FIELDS:
            raise CallInvalid(f"the form has a field that was unexpected; {did_you_mean(name, _FIELDS)}")
    message, request = found.get(MESSAGE, []), found.get(REQUEST, [])
    if len(message) != 1 or len(request) > 1:
        raise CallInvalid("a form holds one field called message, and at most one called request")
    return Form(message[0], request[0] if request else None, tuple(_text(each) for each in found.get(FACT, [])))


def _text(value: bytes) -> str:
    if len(value) > _LONGEST_FACT:
        raise CallInvalid(f"a fact is longer than {_LONGEST_FACT:,} bytes")
    try:
        return value.decode("utf-8")
    except ValueError:
        raise CallInvalid("a fact is not written in UTF-8") from None


class _Parts:
    """
    Collects the parts of a form by the names of their fields.
    """

    def __init__(self, boundary: bytes) -> None:
        self.found: dict[str, list[bytes]] = {}
        self.is_ended = False
        self._header = ""
        self._value = b""
        self._name = ""
        self._data: list[bytes] = []
        self._count = 0
        self.parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._begin,
                "on_header_field": self._take_header,
                "on_header_value": self._take_value,
                "on_header_end": self._end_header,
                "on_part_data": self._take_data,
                "on_part_end": self._end_part,
                "on_end": self._end,
            },
        )

    def _begin(self) -> None:
        self._count += 1
        if self._count > _MOST_PARTS:
            raise CallInvalid(f"the form has more than {_MOST_PARTS} fields")
        self._header, self._value, self._name, self._data = "", b"", "", []

    def _take_header(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end].decode("latin-1").lower()

    def _take_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _end_header(self) -> None:
        if self._header == "content-disposition":
            name = parse_options_header(self._value)[1].get(b"name", b"")
            self._name = name.decode("utf-8", "replace")
        self._header, self._value = "", b""

    def _take_data(self, data: bytes, start: int, end: int) -> None:
        self._data.append(data[start:end])

    def _end_part(self) -> None:
        self.found.setdefault(self._name, []).append(b"".join(self._data))

    def _end(self) -> None:
        self.is_ended = True
