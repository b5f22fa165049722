"""
From the rows of a table to messages: which column holds them, and the bytes of what is stored as text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from itk3_validator.inputs.entries import Entry, Refused, Unreadable, entry, member_name, too_large
from itk3_validator.source import encoding_of


def guess(values: Mapping[str, object]) -> str:
    """
    The column that holds XML.

    Args:
        values: column to a value of it.

    Raises:
        Refused: None of them does, or several do.
    """
    found = [name for name, value in values.items() if _is_xml(value)]
    if len(found) == 1:
        return found[0]
    raise Refused(f"{'several columns hold' if found else 'no column holds'} XML; name the one with the messages")


def row_entry(table: str, number: int, name: object, value: object, limit: int) -> Entry:
    """
    The message of a row.

    Args:
        number: the number of the row, from 1.

        name: what stands in the column of names; None where there is none.

        limit: largest message, in bytes.
    """
    # JSON can write half a surrogate pair, which no text in UTF-8 can hold.
    called = str(number if name is None else name).encode("utf-8", "backslashreplace").decode("utf-8")
    label = member_name(table, called)
    if isinstance(value, str):
        value = encoded(value)
    if not isinstance(value, bytes):
        return Unreadable(label, "there is no message in its column")
    return Unreadable(label, too_large(limit)) if len(value) > limit else entry(label, value)


def first_values(rows: Iterable[Mapping[str, object]]) -> dict[str, object]:
    """
    The first value of each column that has one; no more rows are asked for than that takes.
    """
    found: dict[str, object] = {}
    for row in rows:
        found.update({name: value for name, value in row.items() if value is not None and name not in found})
        if len(found) == len(row):
            break
    return found


_XML_TEXT = re.compile(r"\ufeff?\s*<")
_XML_BYTES = re.compile(rb"(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)?[\s\x00]*<")
# Encodings whose names are taken from a message: all of them quick, whatever the text.
_KNOWN = re.compile(r"us-ascii|iso-8859-[0-9]{1,2}|windows-125[0-9]|utf-16(le|be)?", re.IGNORECASE)


def _is_xml(value: object) -> bool:
    if isinstance(value, str):
        return _XML_TEXT.match(value) is not None
    return isinstance(value, bytes) and _XML_BYTES.match(value) is not None


def encoded(text: str) -> bytes:
    """
    The bytes of a message that was stored as text: in the encoding that it declares, where that can hold it.
    """
    plain = text.encode("utf-8", "surrogatepass")
    declared = encoding_of(plain)
    if _KNOWN.fullmatch(declared):
        try:
            return text.encode(declared)
        except (LookupError, ValueError):
            pass
    return plain
