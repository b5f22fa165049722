"""
fhir.resources: the message as pydantic models of FHIR STU3. It parses and checks types; there are no rules in it.
"""

from __future__ import annotations

from collections.abc import Sequence

from fhir.resources.STU3.bundle import Bundle
from pydantic import ValidationError

from benchmarks.contestant import Contestant
from benchmarks.rules_table import Row


def contestants(rows: Sequence[Row]) -> list[Contestant]:  # noqa: ARG001 - as the other peers
    return [Contestant("fhir.resources, parse only", _parsed)]


def _parsed(data: bytes) -> Bundle | ValidationError:
    try:
        return Bundle.model_validate_xml(data)
    except ValidationError as error:  # such as a timestamp without its zone
        return error
