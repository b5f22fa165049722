"""
NHS numbers, SNOMED CT identifiers and ODS codes: what is wrong with a value, or None.
"""

from __future__ import annotations

from itk3_validator.lazy import pattern

_DIGITS = pattern(r"[0-9]+")
_SPACED = pattern(r"[0-9]{3}[ -][0-9]{3}[ -][0-9]{4}")
_ODS_CODE = pattern(r"[A-Z0-9]{1,10}")

_SPACE_AROUND = "has white space around it"
_SHORT_PARTITIONS = ("00", "01", "02")
_LONG_PARTITIONS = ("10", "11", "12")

# The dihedral group D5, and the permutation by which each place is turned before it is multiplied in.
_MULTIPLY = (
    (0, 1, 2, 3, 4, 5, 6, 7, 8, 9),
    (1, 2, 3, 4, 0, 6, 7, 8, 9, 5),
    (2, 3, 4, 0, 1, 7, 8, 9, 5, 6),
    (3, 4, 0, 1, 2, 8, 9, 5, 6, 7),
    (4, 0, 1, 2, 3, 9, 5, 6, 7, 8),
    (5, 9, 8, 7, 6, 0, 4, 3, 2, 1),
    (6, 5, 9, 8, 7, 1, 0, 4, 3, 2),
    (7, 6, 5, 9, 8, 2, 1, 0, 4, 3),
    (8, 7, 6, 5, 9, 3, 2, 1, 0, 4),
    (9, 8, 7, 6, 5, 4, 3, 2, 1, 0),
)
_PERMUTE = (
    (0, 1, 2, 3, 4, 5, 6, 7, 8, 9),
    (1, 5, 7, 6, 2, 8, 3, 0, 9, 4),
    (5, 8, 0, 3, 7, 9, 6, 1, 4, 2),
    (8, 9, 1, 6, 0, 4, 3, 5, 2, 7),
    (9, 4, 5, 3, 1, 2, 6, 8, 7, 0),
    (4, 2, 8, 6, 5, 7, 3, 9, 0, 1),
    (2, 7, 9, 3, 8, 0, 6, 4, 1, 5),
    (7, 0, 4, 6, 9, 1, 3, 2, 5, 8),
)


def wrong_nhs_number(value: str) -> str | None:
    """
    Ten digits of which the last is the modulus 11 check digit.

    Source: NHS Data Dictionary, NHS NUMBER.
    """
    if value != value.strip():
        return _SPACE_AROUND
    if _SPACED.fullmatch(value):
        return "has separators; its 10 digits stand together"
    if len(value) != 10 or not _DIGITS.fullmatch(value):
        return "is not 10 digits"
    weighted = sum(weight * int(digit) for weight, digit in zip(range(10, 0, -1), value, strict=True))
    return None if weighted % 11 == 0 else "has a wrong check digit"


def wrong_snomed_ct(value: str) -> str | None:
    """
    6 to 18 digits: item, for extensions a namespace of 7, partition identifier of 2, Verhoeff check digit.

    Concepts, descriptions and relationships all pass. Source: SNOMED CT Release File Specification, SCTID.
    """
    if not _DIGITS.fullmatch(value):
        return _SPACE_AROUND if value != value.strip() else "holds something other than digits"
    if not 6 <= len(value) <= 18:
        return "is not 6 to 18 digits"
    if value.startswith("0"):
        return "begins with 0"
    return _wrong_partition(value) if _verhoeff_holds(value) else "has a wrong check digit"


def wrong_ods_code(value: str) -> str | None:
    """
    1 to 10 capital letters and digits. Whether an organisation has it only the Organisation Data Service knows.

    Published codes have up to 9; the tenth leaves room. Source: NHS England, Organisations and services; DCB0090.
    """
    if _ODS_CODE.fullmatch(value):
        return None
    if value != value.strip():
        return _SPACE_AROUND
    if _ODS_CODE.fullmatch(value.upper()) and value.isascii():
        return "has small letters; an ODS code has capitals"
    if len(value) > 10:
        return "is longer than 10 characters"
    return "holds something other than capital letters and digits"


def _wrong_partition(value: str) -> str | None:
    partition = value[-3:-1]
    if partition not in _SHORT_PARTITIONS + _LONG_PARTITIONS:
        return "has an unknown partition identifier (the two digits before the last)"
    if partition in _LONG_PARTITIONS and len(value) < 11:
        return "is too short for the namespace that its partition identifier asks for"
    return None


def _verhoeff_holds(value: str) -> bool:
    check = 0
    for place, digit in enumerate(reversed(value)):
        check = _MULTIPLY[check][_PERMUTE[place % 8][int(digit)]]
    return check == 0
