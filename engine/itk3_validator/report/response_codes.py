"""
The published ITK response codes and what goes with each, read from the bundled code list when first asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from itk3_validator.pack.bundled import bundled
from itk3_validator.value import Value

SYSTEM = "https://fhir.nhs.uk/STU3/CodeSystem/ITK-ResponseCodes-1"

_FILE = "itk3-message/codes/itk-response-codes.csv"


class ResponseCode(Value):
    """
    One code of ITK-ResponseCodes-1.

    *issue_codes* are the codes that are published for the issue, the one to use first.
    """

    code: str
    display: str
    response_code: str
    severity: str
    issue_codes: tuple[str, ...]
    negative: bool
    infrastructure: bool


@cache
def response_codes() -> Mapping[str, ResponseCode]:
    """
    Every code of ITK-ResponseCodes-1.
    """
    import csv
    import io

    file = bundled()
    for step in _FILE.split("/"):
        file = file / step
    rows = csv.DictReader(io.StringIO(file.read_bytes().decode("utf-8"), newline=""))
    return MappingProxyType({row["code"]: _code(row) for row in rows})


def _code(row: Mapping[str, str]) -> ResponseCode:
    return ResponseCode(
        code=row["code"],
        display=row["display"],
        response_code=row["response-code"],
        severity=row["severity"],
        issue_codes=tuple(row["issue-code"].split("|")),
        negative=row["sign"] == "negative",
        infrastructure=row["kind"] == "infrastructure",
    )
