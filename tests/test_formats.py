"""
What each format takes and refuses, and the exact words of a refusal.
"""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itk3_validator.checks.formats import FORMATS

GOOD = {
    "boolean": ["true", "false"],
    "integer": ["0", "-0", "42", "-7", "+5", "2147483647", "-2147483648"],
    "decimal": ["0", "-0.50", "3.14", "12345678901234567890.000", "-1"],
    "string": ["a", " a ", "Müller", "x" * 1_048_576],
    "uri": [
        "https://fhir.nhs.uk/Id/nhs-number",
        "urn:uuid:53FEFA32-fcbb-4ff8-8a92-55ee120877b7",
        "Patient/1#x",
        "http://example.org/a%20b",
        "https://fhir.nhs.uk/Id/dos-service-id|1",
        "http://example.org/ü",
    ],
    "base64Binary": ["Zm9v", "Zg==", "Zm8=", "Zm9v Zm9v", "Zm9v\n\tZm9v\r\n", "Z m 9 v", "Zh==", "+/+/"],
    "instant": [
        "2026-01-31T09:30:00+00:00",
        "2018-07-12T09:30:00.1234567Z",
        "2016-12-31T23:59:60Z",
        "2024-02-29T00:00:00-14:00",
        "2000-02-29T00:00:00-00:00",
        "-0001-02-29T00:00:00Z",
    ],
    "date": ["2026", "2026-01", "2026-12-31", "2024-02-29", "-0044-03-15"],
    "dateTime": ["2026", "2026-01", "2026-01-31", "2026-01-31T09:30:00Z", "2026-01-31T09:30:00.5+13:59"],
    "time": ["00:00:00", "23:59:60", "09:30:00.001"],
    "code": ["a", "ITK007C", "two words", "one two three", "é"],
    "oid": ["urn:oid:2.16.840.1.113883", "urn:oid:1.0.3", "urn:oid:0.1"],
    "id": ["a", "A-b.9", "x" * 64],
    "uuid": ["urn:uuid:53fefa32-fcbb-4ff8-8a92-55ee120877b7"],
    "unsignedInt": ["0", "1", "2147483647"],
    "positiveInt": ["1", "+1", "2147483647"],
    "markdown": ["# title\n\ntext"],
    "nhs-number": ["9434765919", "9912003888", "4010232137"],
    "snomed-ct": ["26643006", "138875005", "886921000000105", "1077881000000105", "999000041000000102"],
    "ods-code": ["A83008", "RR8", "02V", "RR830", "8JJ28", "K81003001"],
}

NOT_WHOLE = "is not a whole number"
NO_DATE = "has a date that is not written as YYYY, YYYY-MM or YYYY-MM-DD"
NO_TIME = "has a time that is not written as hh:mm:ss"
NO_ZONE = "has a time zone that is not written as Z, +hh:mm or -hh:mm"
NO_DAY = "names a day that does not exist"
SPACE_AROUND = "has white space around it"
WRONG_CHECK = "has a wrong check digit"
RANGE = "is outside the 32-bit range"
CUT_OFF = "is cut off: base64 comes in groups of four characters"
PADDING = "has '=' where base64 has none"
NOT_BASE64 = "holds a character that base64 does not use"
NOT_ODS = "holds something other than capital letters and digits"
NOT_OID = "is not numbers joined by dots after urn:oid:"
NOT_UUID = "is not 8-4-4-4-12 hexadecimal digits after urn:uuid:"
BAD_ID = "holds something other than letters, digits, '-' and '.'"
CODE_SPACE = "holds white space other than single spaces"

BAD = {
    "boolean": {
        "1": "is neither true nor false",
        "": "is neither true nor false",
        "True": "is not written in small letters",
        "true\n": "is neither true nor false",
    },
    "integer": {
        "": NOT_WHOLE,
        "1.0": NOT_WHOLE,
        "٣": NOT_WHOLE,
        "1\n": SPACE_AROUND,
        "007": "has a leading zero",
        "2147483648": RANGE,
        "-2147483649": RANGE,
        "9" * 100_000: RANGE,
    },
    "decimal": {
        "": "is not a decimal number",
        ".5": "is not a decimal number",
        "1,5": "is not a decimal number",
        "+1.5": "is not a decimal number",
        "1e5": "has an exponent",
        "00.5": "has a leading zero",
        "1.5 ": SPACE_AROUND,
    },
    "string": {"": "is empty", " \n": "holds white space only", "é" * 524_289: "is longer than 1 MB"},
    "markdown": {"": "is empty"},
    "uri": {
        "": "is empty",
        "a b": "holds white space",
        "http://example.org/{ODS}": "holds a character that no URI may hold",
        "http://example.org/100%": 'holds a "%" without two hexadecimal digits behind it',
    },
    "base64Binary": {
        "": "is empty",
        "  ": "is empty",
        "Zm9": CUT_OFF,
        "Zg=": CUT_OFF,
        "Zg": CUT_OFF,
        "Zg==Zg==": PADDING,
        "Z===": PADDING,
        "Zm9-": NOT_BASE64,
        "Zm9é": NOT_BASE64,
        "\ud800": NOT_BASE64,
    },
    "instant": {
        "": NO_DATE,
        "2026": "has no time",
        "2026-01-31": "has no time",
        "2026-01T09:30:00Z": "has a time but no day",
        "2026-01-31T09:30:00": "has no time zone",
        "2026-01-31T09:30+00:00": "has no seconds",
        "2026-01-31T09:30": "has no seconds and no time zone",
        "2026-01-31T24:00:00Z": "has the hour 24; midnight is 00:00:00",
        "2026-01-31T25:00:00Z": "names an hour that does not exist",
        "2026-01-31T09:60:00Z": "names a minute that does not exist",
        "2026-01-31T09:30:61Z": "names a second that does not exist",
        "2026-02-29T09:30:00Z": NO_DAY,
        "2026-13-01T09:30:00Z": "names a month that does not exist",
        "0000-01-01T09:30:00Z": "names a year that does not exist",
        "2026-01-31 09:30:00Z": "has no capital T between date and time",
        "2026-01-31t09:30:00Z": "has no capital T between date and time",
        "2026-01-31T09:30:00+0000": NO_ZONE,
        "2026-01-31T09:30:00z": NO_ZONE,
        "2026-01-31T09:30:00+14:01": "has a time zone beyond 14:00",
        "2026-01-31T09:30:00+01:60": "names a time zone that does not exist",
        "2026-01-31T09:30:00.Z": NO_TIME,
        "2026-01-31T9:30:00Z": NO_TIME,
        "2026-01-31T09:30:00Z\n": NO_TIME,
        "٢٠٢٦-01-31T09:30:00Z": NO_DATE,
    },
    "date": {
        "": NO_DATE,
        "31/01/2026": NO_DATE,
        "20260131": NO_DATE,
        "2026-01-31Z": NO_DATE,
        "2026-01-31\n": NO_DATE,
        "2026-1-31": NO_DATE,
        "2026-04-31": NO_DAY,
        "1900-02-29": NO_DAY,
        "2026-01-00": NO_DAY,
        "2026-00": "names a month that does not exist",
        "2026-01-31T09:30:00Z": "has a time; a date has none",
    },
    "dateTime": {
        "2026-01-31T09:30:00": "has no time zone",
        "2026-01-31T09:30Z": "has no seconds",
        "2026-01-31 09:30:00": "has no capital T between date and time",
        "2026-02-30": NO_DAY,
        "soon": NO_DATE,
    },
    "time": {
        "": NO_TIME,
        "09:30": "has no seconds",
        "24:00:00": "has the hour 24; midnight is 00:00:00",
        "09:30:00Z": "has a time zone; a time has none",
        "09:30:00+00:00": "has a time zone; a time has none",
        "9:30:00": NO_TIME,
    },
    "code": {
        "": "is empty",
        " a": "begins or ends with white space",
        "a\n": "begins or ends with white space",
        "a  b": CODE_SPACE,
        "a\tb": CODE_SPACE,
    },
    "oid": {
        "2.16.840": "does not begin with urn:oid:",
        "urn:oid:": NOT_OID,
        "urn:oid:2": NOT_OID,
        "urn:oid:3.1": NOT_OID,
        "urn:oid:2.016": NOT_OID,
        "urn:oid:2.16\n": NOT_OID,
    },
    "id": {"": "is empty", "a_b": BAD_ID, "é": BAD_ID, "a\n": BAD_ID, "x" * 65: "is longer than 64 characters"},
    "uuid": {
        "53fefa32-fcbb-4ff8-8a92-55ee120877b7": "does not begin with urn:uuid:",
        "urn:uuid:53FEFA32-FCBB-4FF8-8A92-55EE120877B7": "has capital letters; a UUID is written in small letters",
        "urn:uuid:53fefa32": NOT_UUID,
        "urn:uuid:53fefa32-fcbb-4ff8-8a92-55ee120877b7\n": NOT_UUID,
    },
    "unsignedInt": {
        "-1": "is not a whole number from 0 up",
        "+1": "is not a whole number from 0 up",
        "00": "has a leading zero",
        "2147483648": RANGE,
    },
    "positiveInt": {
        "0": "is not a whole number from 1 up",
        "-1": "is not a whole number from 1 up",
        "2147483648": RANGE,
    },
    "nhs-number": {
        "": "is not 10 digits",
        "943476591": "is not 10 digits",
        "94347659190": "is not 10 digits",
        "٩434765919": "is not 10 digits",
        "9434765919\n": SPACE_AROUND,
        "943 476 5919": "has separators; its 10 digits stand together",
        "943-476-5919": "has separators; its 10 digits stand together",
        "9434765918": WRONG_CHECK,
        "1234567891": WRONG_CHECK,
    },
    "snomed-ct": {
        "": "holds something other than digits",
        "xxxxxxxxx": "holds something other than digits",
        "٢6643006": "holds something other than digits",
        "26643006 ": SPACE_AROUND,
        "12345": "is not 6 to 18 digits",
        "1" * 19: "is not 6 to 18 digits",
        "026643006": "begins with 0",
        "26643007": WRONG_CHECK,
        "12345078": "has an unknown partition identifier (the two digits before the last)",
        "1234105": "is too short for the namespace that its partition identifier asks for",
    },
    "ods-code": {
        "": NOT_ODS,
        "A8-3008": NOT_ODS,
        "A83008 ": SPACE_AROUND,
        "a83008": "has small letters; an ODS code has capitals",
        "ß": NOT_ODS,
        "A8300800000": "is longer than 10 characters",
    },
}


def _named(name, value):
    return pytest.param(name, value, id=f"{name} {ascii(value)[:50]}")


def test_every_format_is_in_both_tables():
    """
    No format is without a value that it takes and one that it refuses.
    """
    assert set(GOOD) == set(BAD) == set(FORMATS)


@pytest.mark.parametrize(("name", "value"), [_named(name, value) for name in GOOD for value in GOOD[name]])
def test_good_values_are_quiet(name, value):
    """
    A value of the published form is not complained about.
    """
    assert FORMATS[name].wrong(value) is None


@pytest.mark.parametrize(("name", "value"), [_named(name, value) for name in BAD for value in BAD[name]])
def test_bad_values_are_told_their_cause(name, value):
    """
    A refusal says the cause in words that follow the element's name.
    """
    assert FORMATS[name].wrong(value) == BAD[name][value]


@pytest.mark.parametrize("name", FORMATS)
@given(value=st.text() | st.text(st.characters()) | st.text("0123456789TZ:+-. \n") | st.text("\ud800=aA+/ "))
def test_any_text_is_answered(name, value):
    """
    No text makes a format raise.
    """
    cause = FORMATS[name].wrong(value)

    assert cause is None or cause


@given(st.integers(0, 999_999_999), st.integers(0, 9), st.integers(0, 9))
def test_one_wrong_digit_of_an_nhs_number_is_seen(number, place, digit):
    """
    Every number with the check digit of the Data Dictionary passes; with any one digit changed it fails.
    """
    nine = f"{number:09}"
    check = 11 - sum((10 - index) * int(each) for index, each in enumerate(nine)) % 11
    wrong = FORMATS["nhs-number"].wrong
    if check == 10:
        assert all(wrong(f"{nine}{last}") == WRONG_CHECK for last in range(10))
        return
    value = f"{nine}{check % 11}"
    changed = f"{value[:place]}{digit}{value[place + 1 :]}"

    assert wrong(value) is None
    assert wrong(changed) == (None if changed == value else WRONG_CHECK)


def _verhoeff(digits):
    """
    The check digit of *digits*, from the group itself rather than from tables.
    """

    def multiply(one, other):
        turned = (one % 5 - other % 5 if one >= 5 else one % 5 + other % 5) % 5
        return turned + 5 * ((one >= 5) != (other >= 5))

    def permute(digit, times):
        for _ in range(times):
            digit = (1, 5, 7, 6, 2, 8, 3, 0, 9, 4)[digit]
        return digit

    check = 0
    for place, digit in enumerate(reversed(digits), start=1):
        check = multiply(check, permute(int(digit), place % 8))
    return next(last for last in range(10) if multiply(check, last) == 0)


@given(
    st.integers(100, 99_999_999),
    st.sampled_from(["00", "01", "02", "100000010", "100000011", "999999912"]),
    st.integers(0, 17),
    st.integers(0, 9),
)
def test_one_wrong_digit_of_a_snomed_identifier_is_seen(item, ending, place, digit):
    """
    Every identifier with its Verhoeff digit passes; with any one digit changed it fails.
    """
    wrong = FORMATS["snomed-ct"].wrong
    value = f"{item}{ending}"
    value += str(_verhoeff(value))
    place %= len(value)
    changed = f"{value[:place]}{digit}{value[place + 1 :]}"
    expected = "begins with 0" if changed.startswith("0") else WRONG_CHECK

    assert wrong(value) is None
    assert wrong(changed) == (None if changed == value else expected)


@given(st.binary(min_size=1))
def test_what_base64_encodes_is_base64(data):
    """
    Every encoder's output passes, in one line or in lines of 76.
    """
    wrong = FORMATS["base64Binary"].wrong

    assert wrong(base64.b64encode(data).decode()) is None
    assert wrong(base64.encodebytes(data).decode()) is None


@given(st.datetimes(timezones=st.timezones()).map(lambda moment: moment.replace(fold=0)))
def test_what_python_writes_is_an_instant(moment):
    """
    Every moment in a zone of whole minutes, up to fourteen hours, passes as instant and as dateTime.
    """
    seconds = moment.utcoffset().total_seconds()
    if seconds % 60 == 0 and abs(seconds) <= 14 * 3600:
        assert FORMATS["instant"].wrong(moment.isoformat()) is None
        assert FORMATS["dateTime"].wrong(moment.isoformat()) is None
    assert FORMATS["date"].wrong(moment.date().isoformat()) is None


@pytest.mark.parametrize("name", FORMATS)
def test_what_is_expected_is_said(name):
    """
    Each format has a name and words for people.
    """
    assert FORMATS[name].name == name
    assert FORMATS[name].says[0].isalpha()
