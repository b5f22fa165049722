"""
FHIR STU3 primitives other than dates and times: what is wrong with a value, or None.

Source: HL7 FHIR STU3 (3.0.2), Datatypes. Where its page and its StructureDefinitions differ (the sign of an integer,
a 0 in an oid), what either allows is allowed.
"""

from __future__ import annotations

import re

from itk3_validator.lazy import pattern

_MAX_INTEGER = 2_147_483_647
_MAX_STRING = 1_048_576
_WHITE_SPACE = " \t\r\n"

_INTEGER = pattern(r"-?0|[-+]?[1-9][0-9]*")
_UNSIGNED = pattern(r"0|[1-9][0-9]*")
_POSITIVE = pattern(r"\+?[1-9][0-9]*")
_LEADING_ZERO = pattern(r"[-+]?0[0-9]+(\.[0-9]+)?")
_DECIMAL = pattern(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?")
_EXPONENT = pattern(r"[-+]?[0-9]+(\.[0-9]+)?[eE][-+]?[0-9]+")
_SPACE = pattern(r"[ \t\r\n]")
_WIDE_SPACE = pattern(r"[\t\r\n]|  ")
_NOT_IN_URI = pattern(r'[\x00-\x1f<>"{}\\^`\x7f]')
_BAD_PERCENT = pattern(r"%(?![0-9A-Fa-f]{2})")
_OID = pattern(r"urn:oid:[0-2](\.(0|[1-9][0-9]*))+")
_ID = pattern(r"[A-Za-z0-9.-]+")
_HEX = "[0-9a-f]"
_UUID = pattern(f"urn:uuid:{_HEX}{{8}}(-{_HEX}{{4}}){{3}}-{_HEX}{{12}}")
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/=]")


def wrong_boolean(value: str) -> str | None:
    """
    ``true`` or ``false``; 0 and 1 are not booleans in FHIR.
    """
    if value in ("true", "false"):
        return None
    if value.lower() in ("true", "false"):
        return "is not written in small letters"
    return "is neither true nor false"


def wrong_integer(value: str) -> str | None:
    """
    A whole number of 32 bits.
    """
    if not _INTEGER.fullmatch(value):
        return _wrong_number(value, "is not a whole number")
    return _outside(value)


def wrong_unsigned_int(value: str) -> str | None:
    """
    A whole number from 0 to 2,147,483,647, without a sign.
    """
    if not _UNSIGNED.fullmatch(value):
        return _wrong_number(value, "is not a whole number from 0 up")
    return _outside(value)


def wrong_positive_int(value: str) -> str | None:
    """
    A whole number from 1 to 2,147,483,647.
    """
    if not _POSITIVE.fullmatch(value):
        return _wrong_number(value, "is not a whole number from 1 up")
    return _outside(value)


def wrong_decimal(value: str) -> str | None:
    """
    Digits with or without a fraction; no exponent.
    """
    if _DECIMAL.fullmatch(value):
        return None
    if _EXPONENT.fullmatch(value):
        return "has an exponent"
    return _wrong_number(value, "is not a decimal number")


def wrong_string(value: str) -> str | None:
    """
    Any text of at most 1 MB (UTF-8) that is more than white space; markdown is the same.
    """
    if not value:
        return "is empty"
    if not value.strip(_WHITE_SPACE):
        return "holds white space only"
    if len(value) * 4 > _MAX_STRING and len(value.encode("utf-8", "surrogatepass")) > _MAX_STRING:
        return "is longer than 1 MB"
    return None


def wrong_uri(value: str) -> str | None:
    """
    A URI reference. Letters outside ASCII and ``|`` (a version behind it) pass, and so does a UUID in capitals.
    """
    if not value:
        return "is empty"
    if _SPACE.search(value):
        return "holds white space"
    if _NOT_IN_URI.search(value):
        return "holds a character that no URI may hold"
    return 'holds a "%" without two hexadecimal digits behind it' if _BAD_PERCENT.search(value) else None


def wrong_base64(value: str) -> str | None:
    """
    Base64 of RFC 4648 with padding; white space anywhere is passed over.
    """
    data = _without_space(value)
    if not data:
        return "is empty"
    try:
        _decoded(data)
    except ValueError:
        return _base64_cause(data)
    return None


def base64_of(value: str) -> bytes:
    """
    The bytes that base64 stands for.

    Raises:
        ValueError: `wrong_base64` says why.
    """
    return _decoded(_without_space(value))


def _without_space(value: str) -> bytes:
    data = value.encode("utf-8", "surrogatepass")
    return data.translate(None, _WHITE_SPACE.encode()) if _SPACE.search(value) else data


def _decoded(data: bytes) -> bytes:
    import pybase64  # few messages need it

    found: bytes = pybase64.b64decode(data, validate=True)
    return found


def wrong_code(value: str) -> str | None:
    """
    Text without white space at its ends and with single spaces inside at most.
    """
    if not value:
        return "is empty"
    if value[0] in _WHITE_SPACE or value[-1] in _WHITE_SPACE:
        return "begins or ends with white space"
    return "holds white space other than single spaces" if _WIDE_SPACE.search(value) else None


def wrong_oid(value: str) -> str | None:
    """
    ``urn:oid:`` and numbers joined by dots.
    """
    if not value.startswith("urn:oid:"):
        return "does not begin with urn:oid:"
    return None if _OID.fullmatch(value) else "is not numbers joined by dots after urn:oid:"


def wrong_id(value: str) -> str | None:
    """
    1 to 64 ASCII letters, digits, hyphens and dots.
    """
    if not value:
        return "is empty"
    if not _ID.fullmatch(value):
        return "holds something other than letters, digits, '-' and '.'"
    return "is longer than 64 characters" if len(value) > 64 else None


def wrong_uuid(value: str) -> str | None:
    """
    ``urn:uuid:`` and a UUID in small letters.
    """
    if _UUID.fullmatch(value):
        return None
    if not value.lower().startswith("urn:uuid:"):
        return "does not begin with urn:uuid:"
    if value.isascii() and _UUID.fullmatch(value.lower()):
        return "has capital letters; a UUID is written in small letters"
    return "is not 8-4-4-4-12 hexadecimal digits after urn:uuid:"


def _wrong_number(value: str, otherwise: str) -> str:
    if value != value.strip():
        return "has white space around it"
    return "has a leading zero" if _LEADING_ZERO.fullmatch(value) else otherwise


def _outside(value: str) -> str | None:
    if len(value) <= 11 and -_MAX_INTEGER - 1 <= int(value) <= _MAX_INTEGER:
        return None
    return "is outside the 32-bit range"


def _base64_cause(data: bytes) -> str:
    if _NOT_BASE64.search(data):
        return "holds a character that base64 does not use"
    if b"=" in data.rstrip(b"=") or len(data) - len(data.rstrip(b"=")) > 2:
        return "has '=' where base64 has none"
    return "is cut off: base64 comes in groups of four characters"
