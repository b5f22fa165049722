"""
Reports as FHIR STU3 OperationOutcome in JSON.
"""

from __future__ import annotations

import json
from typing import Any

from itk3_validator.report.formats import Asked
from itk3_validator.report.operation_outcome import Outcomes, Syntax


def document(_asked: Asked) -> Outcomes:
    """
    No outcome yet.
    """
    return Outcomes(
        Syntax(
            opening='{"resourceType": "Bundle", "type": "collection"',
            first=', "entry": [\n',
            between=",\n",
            entry=_entry,
            last="\n]",
            closing="}\n",
            alone=_alone,
        )
    )


def _entry(resource: dict[str, Any]) -> str:
    return json.dumps({"resource": resource})


def _alone(resource: dict[str, Any]) -> str:
    return json.dumps(resource, indent=2) + "\n"
