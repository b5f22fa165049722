"""
Dates and times of FHIR STU3: what is wrong with a value, or None.

Source: HL7 FHIR STU3 (3.0.2), Datatypes, date, dateTime, time and instant.
"""

from __future__ import annotations

import re

from itk3_validator.lazy import pattern

_DATE = pattern(r"(-?[0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?")
_TIME = pattern(r"([0-9]{2}):([0-9]{2})(?::([0-9]{2})(\.[0-9]+)?)?")
_ZONE = pattern(r"Z|[+-]([0-9]{2}):([0-9]{2})")
_ZONE_AT_END = pattern(r"(?:[Zz]|[+-][0-9:]*)\Z")
# What is right on any day of any year, so that nearly no instant has to be taken apart.
_PLAIN_INSTANT = pattern(
    r"[1-9][0-9]{3}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])"
    r"T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]+)?(?:Z|[+-](?:0[0-9]|1[0-3]):[0-5][0-9])"
)
_LONG_MONTHS = (1, 3, 5, 7, 8, 10, 12)


def wrong_date(value: str) -> str | None:
    """
    ``YYYY``, ``YYYY-MM`` or ``YYYY-MM-DD``, a day that exists, no time and no zone.
    """
    if "T" in value:
        return "has a time; a date has none"
    return _wrong_day(value)


def wrong_time(value: str) -> str | None:
    """
    ``hh:mm:ss`` with or without a fraction of a second, no zone.
    """
    if _ZONE_AT_END.search(value):
        return "has a time zone; a time has none"
    return _wrong_clock(value)


def wrong_date_time(value: str) -> str | None:
    """
    A date, whole or in part, or a whole date with a time that has seconds and a zone.
    """
    if "T" not in value:
        return _no_capital_t(value) or _wrong_day(value)
    return wrong_instant(value)


def wrong_instant(value: str) -> str | None:
    """
    A whole date and a time to the second or finer, with a zone up to 14:00.
    """
    if _PLAIN_INSTANT.fullmatch(value):
        return None
    day, t, clock_and_zone = value.partition("T")
    wrong = _no_capital_t(value) if not t else None
    wrong = wrong or _wrong_day(day)
    if wrong is not None:
        return wrong
    if not t:
        return "has no time"
    if day.lstrip("-").count("-") < 2:
        return "has a time but no day"
    zone = _ZONE_AT_END.search(clock_and_zone)
    clock = clock_and_zone[: zone.start()] if zone else clock_and_zone
    wrong = _wrong_clock(clock)
    if zone is None:
        return f"{wrong} and no time zone" if wrong == _NO_SECONDS else wrong or "has no time zone"
    return wrong or _wrong_zone(zone.group())


_NO_SECONDS = "has no seconds"


def _no_capital_t(value: str) -> str | None:
    if re.match(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[ t][0-9]", value):
        return "has no capital T between date and time"
    return None


def _wrong_day(value: str) -> str | None:
    parts = _DATE.fullmatch(value)
    if parts is None:
        return "has a date that is not written as YYYY, YYYY-MM or YYYY-MM-DD"
    year, month, day = int(parts[1]), parts[2], parts[3]
    if year == 0:
        return "names a year that does not exist"
    if month is not None and not 1 <= int(month) <= 12:
        return "names a month that does not exist"
    if day is not None and not 1 <= int(day) <= _days(year, int(month)):
        return "names a day that does not exist"
    return None


def _days(year: int, month: int) -> int:
    if month == 2:
        count = year if year > 0 else year + 1  # -0001 is the year before 0001
        return 29 if count % 4 == 0 and (count % 100 != 0 or count % 400 == 0) else 28
    return 31 if month in _LONG_MONTHS else 30


def _wrong_clock(value: str) -> str | None:
    parts = _TIME.fullmatch(value)
    if parts is None:
        return "has a time that is not written as hh:mm:ss"
    hour, minute, second = parts[1], parts[2], parts[3]
    if hour == "24":
        return "has the hour 24; midnight is 00:00:00"
    if int(hour) > 23:
        return "names an hour that does not exist"
    if int(minute) > 59:
        return "names a minute that does not exist"
    if second is None:
        return _NO_SECONDS
    return None if int(second) <= 60 else "names a second that does not exist"  # 60 is a leap second


def _wrong_zone(value: str) -> str | None:
    parts = _ZONE.fullmatch(value)
    if parts is None:
        return "has a time zone that is not written as Z, +hh:mm or -hh:mm"
    if parts[1] is None:
        return None
    if int(parts[2]) > 59:
        return "names a time zone that does not exist"
    return None if (parts[1], parts[2]) <= ("14", "00") else "has a time zone beyond 14:00"
