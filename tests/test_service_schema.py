"""
`itk3 serve` against its own OpenAPI: schemathesis draws calls from it, and holds every answer to it.
"""

from __future__ import annotations

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from service_runs import PRIMARY, running

pytestmark = pytest.mark.server

OPERATIONS = (
    "POST /validate",
    "GET /packs",
    "GET /packs/{id}/rules",
    "GET /requirements/{id}",
    "GET /health/live",
    "GET /health/ready",
    "GET /metrics",
)
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
MESSAGE = PRIMARY.read_bytes()
MESSAGES = st.binary(max_size=100) | st.integers(0, len(MESSAGE)).map(lambda end: MESSAGE[:end]) | st.just(MESSAGE)

for name in ("application/fhir+xml", "application/xml", "text/xml"):
    schemathesis.openapi.media_type(name, MESSAGES)


@pytest.fixture(scope="module")
def operations():
    with running("--pack", "gpcm-sd-oc") as service:
        schema = schemathesis.openapi.from_url(f"{service.url}/openapi.json")
        yield {each.ok().label: each.ok() for each in schema.get_all_operations()}


def test_every_operation_is_documented(operations):
    """
    These, and no others.
    """
    assert sorted(operations) == sorted(OPERATIONS)


@pytest.mark.parametrize(
    ("name", "mode"),
    [
        *((name, schemathesis.GenerationMode.POSITIVE) for name in OPERATIONS),
        # Any other call is right by its document, whatever is asked for.
        ("POST /validate", schemathesis.GenerationMode.NEGATIVE),
    ],
    ids=str,
)
def test_every_answer_is_as_documented(operations, name, mode):
    """
    Status, media type, headers and body of every answer are those of the document, to right calls and to wrong ones;
    none is a mistake of ours.
    """

    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(operations[name].as_strategy(generation_mode=mode))
    def hold(case):
        case.call_and_validate(checks=CHECKS)

    hold()
