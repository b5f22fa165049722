"""
The formats of the verb ``format``, written a second time from FHIR STU3 and the publications, as plainly as can be.
"""

from __future__ import annotations

import base64
import binascii
import re
from calendar import monthrange
from collections.abc import Callable

MEGABYTE = 1_048_576
INTEGER = range(-(2**31), 2**31)
DAY = r"-?[0-9]{4}-[0-9]{2}-[0-9]{2}"
CLOCK = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]:(?:[0-5][0-9]|60)(?:\.[0-9]+)?"
ZONE = r"(?:Z|[+-](?:(?:0[0-9]|1[0-3]):[0-5][0-9]|14:00))"


def written(form: str) -> Callable[[str], bool]:
    return lambda value: re.fullmatch(form, value) is not None


def whole(form: str) -> Callable[[str], bool]:
    return lambda value: re.fullmatch(form, value) is not None and len(value) < 12 and int(value) in INTEGER


def is_text(value: str) -> bool:
    return bool(value.strip(" \t\r\n")) and len(value.encode("utf-8", "surrogatepass")) <= MEGABYTE


def is_uri(value: str) -> bool:
    return bool(re.fullmatch(r'(?:[^\x00-\x20<>"{}\\^`\x7f%]|%[0-9A-Fa-f]{2})+', value))


def is_base64(value: str) -> bool:
    plain = re.sub(r"[ \t\r\n]", "", value)
    try:
        return bool(plain) and bool(base64.b64decode(plain, validate=True) or plain)
    except (binascii.Error, ValueError):
        return False


def is_date(value: str) -> bool:
    parts = re.fullmatch(r"(-?[0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?", value)
    if parts is None or int(parts[1]) == 0 or not 1 <= int(parts[2] or 1) <= 12:
        return False
    # There is no year 0: -0001 is a leap year, as year 0 of astronomers is. Every 400 years the calendar is the same.
    year = int(parts[1]) if int(parts[1]) > 0 else int(parts[1]) + 1
    return 1 <= int(parts[3] or 1) <= monthrange(year % 400 + 400, int(parts[2] or 1))[1]


def is_instant(value: str) -> bool:
    day, _, rest = value.partition("T")
    return is_date(day) and bool(re.fullmatch(DAY, day) and re.fullmatch(CLOCK + ZONE, rest))


def is_nhs_number(value: str) -> bool:
    if not re.fullmatch("[0-9]{10}", value):
        return False
    check = 11 - sum(int(digit) * (10 - place) for place, digit in enumerate(value[:9])) % 11
    return str(check).replace("11", "0") == value[9]


def is_snomed_ct(value: str) -> bool:
    if not re.fullmatch("[1-9][0-9]{5,17}", value) or value[-3:-1] not in ("00", "01", "02", "10", "11", "12"):
        return False
    return verhoeff(value) == 0 and (value[-3] == "0" or len(value) >= 11)


def verhoeff(value: str) -> int:
    """
    The check of Verhoeff: each digit is an element of the dihedral group D5, turned by its place.
    """
    turn = (1, 5, 7, 6, 2, 8, 3, 0, 9, 4)
    check = 0
    for place, text in enumerate(reversed(value)):
        digit = int(text)
        for _ in range(place % 8):
            digit = turn[digit]
        left, right = check % 5, digit % 5
        rotated = (left - right if check >= 5 else left + right) % 5
        check = rotated + 5 * ((check >= 5) != (digit >= 5))
    return check


HOLDS: dict[str, Callable[[str], bool]] = {
    "boolean": written("true|false"),
    "integer": whole("-?0|[+-]?[1-9][0-9]*"),
    "unsignedInt": whole("0|[1-9][0-9]*"),
    "positiveInt": whole(r"\+?[1-9][0-9]*"),
    "decimal": written(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?"),
    "string": is_text,
    "markdown": is_text,
    "uri": is_uri,
    "base64Binary": is_base64,
    "instant": is_instant,
    "date": is_date,
    "dateTime": lambda value: is_instant(value) if "T" in value else is_date(value),
    "time": written(CLOCK),
    "code": written(r"[^ \t\r\n]+(?: [^ \t\r\n]+)*"),
    "oid": written(r"urn:oid:[0-2](?:\.(?:0|[1-9][0-9]*))+"),
    "id": written("[A-Za-z0-9.-]{1,64}"),
    "uuid": written("urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"),
    "nhs-number": is_nhs_number,
    "snomed-ct": is_snomed_ct,
    "ods-code": written("[A-Z0-9]{1,10}"),
}
