"""
For each format, values that are nearly of it and that its publication refuses.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_DAY = (("a month 13", "2024-13-01"), ("30 February", "2024-02-30"), ("a date written for people", "16 May 2024"))
_ZONED = (
    ("no time zone", "2024-05-16T10:15:00"),
    ("no seconds", "2024-05-16T10:15+00:00"),
    ("a space for the T", "2024-05-16 10:15:00+00:00"),
    ("an hour 25", "2024-05-16T25:15:00+00:00"),
    ("30 February", "2024-02-30T10:15:00+00:00"),
)
_NUMBER = (("a word for a number", "one"), ("a leading zero", "01"), ("a comma in it", "1,5"))

# The text is what stands instead: "the value has no time zone".
WRONG: Mapping[str, tuple[tuple[str, str], ...]] = MappingProxyType(
    {
        "boolean": (("a capital", "True"), ("capitals", "FALSE"), ("a number", "1"), ("another word", "yes")),
        "integer": (*_NUMBER, ("a fraction", "1.0"), ("a number of 33 bits", "2147483648")),
        "decimal": (("a word for a number", "one"), ("an exponent", "1e3"), ("a comma in it", "1,5")),
        "unsignedInt": (*_NUMBER, ("a sign", "-1")),
        "positiveInt": (*_NUMBER, ("nothing but a zero", "0"), ("a sign", "-1")),
        "string": (),
        "markdown": (),
        "uri": (("white space in it", "https://fhir.nhs.uk/a b"), ("angle brackets", "<https://fhir.nhs.uk>")),
        "base64Binary": (
            ("a file name", "ecg-20240516.pdf"),
            ("a group cut off", "QUJDR"),
            ("'=' inside", "QU=JDRA=="),
        ),
        "instant": (*_ZONED, ("a date alone", "2024-05-16"), ("a year alone", "2024")),
        "date": (*_DAY, ("a time behind it", "2024-05-16T10:15:00Z"), ("two digits of a year", "24-05-16")),
        "dateTime": (*_ZONED, *_DAY),
        "time": (("no seconds", "10:15"), ("an hour 25", "25:15:00"), ("a time zone", "10:15:00Z")),
        "code": (("a space in front", " final"), ("a space at its end", "final "), ("two spaces inside", "a  b")),
        "oid": (("no urn:oid: in front", "2.16.840.1.113883"), ("a letter in it", "urn:oid:2.16.x")),
        "id": (("an underscore", "a_b"), ("65 characters", "a" * 65), ("white space in it", "a b")),
        "uuid": (
            ("no urn:uuid: in front", "53fefa32-fcbb-4ff8-8a92-55ee120877b7"),
            ("capitals", "urn:uuid:53FEFA32-FCBB-4FF8-8A92-55EE120877B7"),
            ("a digit too few", "urn:uuid:53fefa32-fcbb-4ff8-8a92-55ee120877b"),
        ),
        "nhs-number": (
            ("a wrong check digit", "9990357219"),
            ("a digit too few", "999035721"),
            ("a digit too many", "99903572180"),
            ("a letter in it", "999035721X"),
        ),
        "snomed-ct": (
            ("a wrong check digit", "823681000000101"),
            ("a letter in it", "82368100000010x"),
            ("too few digits", "12345"),
        ),
        "ods-code": (("a space in it", "A8 3008"), ("a sign in it", "A83-008"), ("more than 12 characters", "A" * 20)),
    }
)

# White space around a value is no part of it in these.
TRIMMED = frozenset({"string", "markdown", "base64Binary"})
