"""
The formats that the verb ``format`` knows, by name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from itk3_validator.checks.identifiers import wrong_nhs_number, wrong_ods_code, wrong_snomed_ct
from itk3_validator.checks.moments import wrong_date, wrong_date_time, wrong_instant, wrong_time
from itk3_validator.checks.primitives import (
    wrong_base64,
    wrong_boolean,
    wrong_code,
    wrong_decimal,
    wrong_id,
    wrong_integer,
    wrong_oid,
    wrong_positive_int,
    wrong_string,
    wrong_unsigned_int,
    wrong_uri,
    wrong_uuid,
)
from itk3_validator.value import Value


class Format(Value):
    """
    One format: *says* what is expected, for people; *wrong* tells the cause, or None when the value is good.

    The cause follows the element's name, as in "has no time zone", and never quotes the value. *wrong* takes any
    text, however long, in linear time, and never raises.
    """

    name: str
    says: str
    wrong: Callable[[str], str | None]


FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        each.name: each
        for each in (
            Format("boolean", "true or false", wrong_boolean),
            Format("integer", "a whole number such as 42 or -7", wrong_integer),
            Format("decimal", "a decimal number such as 3.14", wrong_decimal),
            Format("string", "text of at most 1 MB", wrong_string),
            Format("uri", "a URI such as https://fhir.nhs.uk/Id/nhs-number", wrong_uri),
            Format("base64Binary", "base64 data", wrong_base64),
            Format("instant", "an instant such as 2026-01-31T09:30:00+00:00", wrong_instant),
            Format("date", "a date such as 2026-01-31, 2026-01 or 2026", wrong_date),
            Format("dateTime", "a date, or a date and time such as 2026-01-31T09:30:00+00:00", wrong_date_time),
            Format("time", "a time such as 09:30:00", wrong_time),
            Format("code", "a code: text with no white space but single spaces inside", wrong_code),
            Format("oid", "an OID such as urn:oid:2.16.840.1.113883", wrong_oid),
            Format("id", "an id of 1 to 64 letters, digits, '-' and '.'", wrong_id),
            Format("uuid", "a UUID such as urn:uuid:53fefa32-fcbb-4ff8-8a92-55ee120877b7", wrong_uuid),
            Format("unsignedInt", "a whole number from 0 up", wrong_unsigned_int),
            Format("positiveInt", "a whole number from 1 up", wrong_positive_int),
            Format("markdown", "text of at most 1 MB", wrong_string),
            Format("nhs-number", "a valid NHS number", wrong_nhs_number),
            Format("snomed-ct", "a valid SNOMED CT identifier", wrong_snomed_ct),
            Format("ods-code", "an ODS code such as A83008", wrong_ods_code),
        )
    }
)
