"""
Which format an answer has: what the caller names, or the best of what it accepts.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from itk3_validator import CallInvalid, did_you_mean
from itk3_validator.adapters.options import RESPONSE
from itk3_validator.report.formats import FORMATS

FHIR_XML: Final = "application/fhir+xml"
PROFILE: Final = "https://fhir.nhs.uk/STU3/StructureDefinition/ITK-Message-Bundle-1"
DEFAULT: Final = "json"

# The first is what a caller gets who accepts anything.
NAMES: Final = (DEFAULT, *(name for name in FORMATS if name != DEFAULT), RESPONSE)

_MOST_RANGES: Final = 50


class _Range(NamedTuple):
    """
    One part of an Accept header: `text/*;q=0.5`. *profile* says that the ITK3 response is meant.
    """

    kind: str
    subkind: str
    quality: float
    profile: bool


def media_type(name: str) -> str:
    """
    The media type of a format, with its character set where it is text.
    """
    if name == RESPONSE:
        return FHIR_XML
    found = FORMATS[name].media_type
    return f"{found}; charset=utf-8" if found.startswith("text/") else found


def named(name: str) -> str:
    """
    The format that the caller names.

    Raises:
        CallInvalid: There is none of that name.
    """
    if name not in NAMES:
        raise CallInvalid(f"there is no such format; {did_you_mean(name, NAMES)}")
    return name


def negotiated(accept: str | None) -> str | None:
    """
    The format that an Accept header likes best; None when there is none that it takes.

    Formats of one quality are taken in the order of `NAMES`. ``application/fhir+xml`` is the OperationOutcome; with the
    profile of the ITK3 message bundle it is the ITK3 response.
    """
    if accept is None or not accept.strip():
        return DEFAULT
    ranges = list(_ranges(accept))
    best, found = 0.0, None
    for name in NAMES:
        quality = _quality(name, ranges)
        if quality > best:
            best, found = quality, name
    return found


def _quality(name: str, ranges: list[_Range]) -> float:
    """
    What the most exact range says that speaks of the format: RFC 9110, 12.5.1.
    """
    kind, _, subkind = media_type(name).partition(";")[0].partition("/")
    exact, quality = -1, 0.0
    for each in ranges:
        fits = (each.kind in (kind, "*")) and (each.subkind in (subkind, "*"))
        # Nobody gets an ITK3 response without asking for one.
        if not fits or each.profile is not (name == RESPONSE):
            continue
        rank = (each.kind != "*") + (each.subkind != "*")
        if rank > exact:
            exact, quality = rank, each.quality
    return quality


def _ranges(accept: str) -> Iterator[_Range]:
    for part in accept.split(",")[:_MOST_RANGES]:
        whole, *parameters = (each.strip() for each in part.split(";"))
        kind, slash, subkind = whole.lower().partition("/")
        if not (kind and slash and subkind):
            continue
        stated = dict(_parameter(each) for each in parameters)
        yield _Range(kind, subkind, _number(stated.get("q", "1")), stated.get("profile") == PROFILE)


def _parameter(text: str) -> tuple[str, str]:
    name, _, value = text.partition("=")
    return name.strip().lower(), value.strip().strip('"')


def _number(text: str) -> float:
    try:
        return min(max(float(text), 0.0), 1.0)
    except ValueError:
        return 0.0
