"""
The OpenAPI document of the service: what FastAPI finds out by itself, the bodies of messages, and examples.
"""

from __future__ import annotations

from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from itk3_validator.adapters.options import RESPONSE
from itk3_validator.adapters.service.accept import NAMES, PROFILE, media_type
from itk3_validator.adapters.service.models import ProblemModel
from itk3_validator.adapters.service.problem import MEDIA_TYPE
from itk3_validator.report.json_v1_schema import SCHEMA

_ABOUT: Final = """\
Judges HL7 FHIR STU3 ITK3 messages by rule packs.

A message that was judged, or could not be read, is answered 200 with a report; the header `Itk3-Verdict` says what \
became of it. Every refusal is `application/problem+json`. Send `X-Request-ID` to find a request in the log again.
"""
_EXAMPLE: Final = '<Bundle xmlns="http://hl7.org/fhir"><type value="message"/></Bundle>'
_REPORTED: Final[dict[str, Any]] = {
    "report": 1,
    "tool": {"name": "itk3-validator", "version": "0.1.0"},
    "messages": [
        {
            "source": "4e1b",
            "digest": "7d0f0e7a8f4f5d4a6f9b7a1c2e3d4c5b6a798081726354453627180900112233",
            "pack": None,
            "pack_version": None,
            "pack_digest": None,
            "interaction": None,
            "recognised_by": "",
            "reason": {"text": "no pack recognises the message", "line": None, "column": None},
            "verdict": "unrecognised",
            "counts": {"pass": 0, "fail": 0, "error": 0, "undecided": 0, "waived": 0, "not-applicable": 0},
            "results": [],
        }
    ],
}
_FORM: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["message"],
    "additionalProperties": False,
    "properties": {
        "message": {"type": "string", "format": "binary", "description": "The message."},
        "request": {"type": "string", "format": "binary", "description": "The message that it answers."},
        "fact": {
            "type": "array",
            "items": {"type": "string", "pattern": "^[^=]+=.*$"},
            "description": "What no message can say: recipient=primary.",
        },
    },
}


def with_openapi(app: FastAPI, *, token: bool) -> None:
    """
    Have the application offer the document; *token* says that callers need one.
    """
    made: dict[str, Any] = {}

    def openapi() -> dict[str, Any]:
        if not made:
            made.update(_document(app, token=token))
        return made

    app.openapi = openapi  # type: ignore[method-assign]  # as FastAPI documents it


def validate_responses() -> dict[int | str, dict[str, Any]]:
    """
    What `POST /validate` answers.
    """
    content: dict[str, Any] = {}
    for name in NAMES:
        kind = media_type(name).partition(";")[0]
        content.setdefault(kind, {"schema": {"type": "string"}})
    content["application/json"] = {
        "schema": {"oneOf": [{"$ref": "#/components/schemas/Report"}, {"type": "array", "description": "GitLab"}]},
        "example": _REPORTED,
    }
    for kind in ("application/fhir+json", "application/sarif+json"):
        content[kind] = {"schema": {"type": "object"}}
    headers = {"Itk3-Verdict": {"description": "What became of the message.", "schema": {"type": "string"}}}
    silent = {**headers, "Itk3-Silence": {"description": "Why nobody answers it.", "schema": {"type": "string"}}}
    found: dict[int | str, dict[str, Any]] = {
        200: {"description": "The report, or the ITK3 response.", "content": content, "headers": headers},
        204: {"description": f"format={RESPONSE}: the message is not to be answered.", "headers": silent},
    }
    told = {
        400: "Facts, fields or parameters that nobody knows.",
        406: "No format that the caller accepts.",
        408: "The message did not come in in time.",
        413: "The message is too large.",
        415: "Neither XML nor a form.",
        500: "The message ended the process that judged it, twice.",
        503: "No room, or no process; try again after Retry-After seconds.",
        504: "Judging took too long.",
    }
    return {**found, **{status: problem(text) for status, text in told.items()}}


def validate_body() -> dict[str, Any]:
    """
    What `POST /validate` takes.
    """
    xml = {"schema": {"type": "string"}, "examples": {"short": {"value": _EXAMPLE}}}
    form = {"schema": _FORM, "encoding": {"message": {"contentType": "application/fhir+xml"}}}
    content = {"application/fhir+xml": xml, "application/xml": xml, "text/xml": xml, "multipart/form-data": form}
    return {
        "requestBody": {"required": True, "content": content},
        "x-itk3-response": f'Accept: application/fhir+xml; profile="{PROFILE}"',
    }


def problem(description: str) -> dict[str, Any]:
    """
    A response that refuses.
    """
    return {"description": description, "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}}


def _document(app: FastAPI, *, token: bool) -> dict[str, Any]:
    made = get_openapi(title=app.title, version=app.version, description=_ABOUT, routes=app.routes)
    schemas = made.setdefault("components", {}).setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    schemas["Problem"] = ProblemModel.model_json_schema()
    schemas.update(_report_schemas())
    for path, methods in made["paths"].items():
        for operation in methods.values():
            operation["responses"].pop("422", None)
            _secure(operation, path, token=token)
    if token:
        made["components"]["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
    return made


def _secure(operation: dict[str, Any], path: str, *, token: bool) -> None:
    for status, why in (
        ("403", "A page of another site asks."),
        ("421", "The service is not asked by this name."),
        ("431", "The head of the request is too long."),
    ):
        operation["responses"].setdefault(status, problem(why))
    if token and not path.startswith("/health/"):
        operation["security"] = [{"token": []}]
        operation["responses"].setdefault("401", problem("A token is needed."))


def _report_schemas() -> dict[str, Any]:
    """
    The schema of the JSON report, with its parts where OpenAPI looks for them.
    """
    whole = {name: value for name, value in SCHEMA.items() if name not in ("$schema", "$id", "$defs")}
    parts = {f"Report.{name}": value for name, value in SCHEMA["$defs"].items()}
    made: dict[str, Any] = _moved({"Report": whole, **parts})
    return made


def _moved(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _moved(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_moved(each) for each in value]
    if isinstance(value, str) and value.startswith("#/$defs/"):
        return value.replace("#/$defs/", "#/components/schemas/Report.")
    return value
