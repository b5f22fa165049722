"""
Readers of each format: the programs and libraries that people read it with, and schemas.

Each takes the text of a report, raises where it is not what it should be, and returns what a reader gets to see: the
ids in it, in their order.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fhir.resources.STU3.bundle import Bundle
from fhir.resources.STU3.operationoutcome import OperationOutcome
from jsonschema import Draft202012Validator
from junitparser import JUnitXml
from lxml import etree, isoschematron
from sarif_pydantic import Sarif

from itk3_validator.report.csv_table import COLUMNS
from itk3_validator.report.json_v1_schema import SCHEMA
from itk3_validator.stu3.table import children_of

SCHEMAS = Path(__file__).parent / "schemas"
GITLAB = Draft202012Validator(json.loads((SCHEMAS / "gitlab-code-quality.schema.json").read_text(encoding="utf-8")))
SVRL = etree.RelaxNG(file=str(SCHEMAS / "svrl.rng"))
COMMAND = re.compile(r"::(error|warning|notice) ([^:]*)::(.*)")
FHIR = "{http://hl7.org/fhir}"


def json_ids(text: str) -> list[str]:
    document = json.loads(text)
    Draft202012Validator(SCHEMA).validate(document)
    return [result["id"] for message in document["messages"] for result in message["results"]]


def ndjson_ids(text: str) -> list[str]:
    schema = Draft202012Validator({"$ref": "#/$defs/message", "$defs": SCHEMA["$defs"]})
    messages = [json.loads(line) for line in text.split("\n") if line]
    for each in messages:
        schema.validate(each)
    return [result["id"] for message in messages for result in message["results"]]


def outcomes(resource: Any) -> list[OperationOutcome]:
    if isinstance(resource, Bundle):
        assert resource.type == "collection"
        return [each.resource for each in resource.entry or ()]
    return [resource]


def outcome_ids(resource: Any) -> list[str]:
    return [issue.details.coding[0].code for each in outcomes(resource) for issue in each.issue]


def operation_outcome_json(text: str) -> Any:
    kind = {"Bundle": Bundle, "OperationOutcome": OperationOutcome}[json.loads(text)["resourceType"]]
    return kind.model_validate_json(text)


def operation_outcome_xml(text: str) -> Any:
    """
    The library reads elements in any order, so the order is held against the table of STU3.
    """
    root = etree.fromstring(text.encode())
    for each in root.iter(f"{FHIR}OperationOutcome"):
        in_order(each, "OperationOutcome")
    return {"Bundle": Bundle, "OperationOutcome": OperationOutcome}[root.tag.removeprefix(FHIR)].model_validate_xml(
        text.encode()
    )


def in_order(parent: Any, type_name: str) -> None:
    known = children_of(type_name)
    names = [child.tag.removeprefix(FHIR) for child in parent]
    places = [list(known).index(name) for name in names]
    assert places == sorted(places), names
    for child in parent:
        element = known[child.tag.removeprefix(FHIR)]
        if len(child):
            in_order(child, element.type)


def sarif_ids(text: str) -> list[str]:
    (run,) = Sarif.model_validate_json(text).runs
    rules = run.tool.driver.rules
    assert [rules[each.rule_index].id for each in run.results] == [each.rule_id for each in run.results]
    return [each.rule_id for each in run.results]


def junit_ids(text: str) -> list[str]:
    suites = JUnitXml.fromstring(text.encode())
    for suite in suites:
        told = suite.tests, suite.failures, suite.errors, suite.skipped
        suite.update_statistics()
        assert told == (suite.tests, suite.failures, suite.errors, suite.skipped)
    return [case.name for suite in suites for case in suite]


def commands(text: str) -> list[tuple[str, dict[str, str], str]]:
    """
    Workflow commands, unescaped as the documentation of GitHub Actions tells it: command, properties, message.
    """
    lines = text.split("\n")
    assert lines[-1] == ""
    return [command(line) for line in lines[:-1]]


def command(line: str) -> tuple[str, dict[str, str], str]:
    match = COMMAND.fullmatch(line)
    assert match is not None, line
    properties = dict(each.split("=", 1) for each in match[2].split(","))
    assert set(properties) <= {"file", "line", "col", "title"}
    return match[1], {name: unescaped(value) for name, value in properties.items()}, unescaped(match[3])


def unescaped(text: str) -> str:
    assert not re.search("%(?!25|0A|0D|3A|2C)", text)
    for sign, code in ((",", "%2C"), (":", "%3A"), ("\n", "%0A"), ("\r", "%0D"), ("%", "%25")):
        text = text.replace(code, sign)
    return text


def github_ids(text: str) -> list[str]:
    return [properties["title"].split(" ")[0] for _, properties, _ in commands(text)]


def gitlab_ids(text: str) -> list[str]:
    entries = json.loads(text)
    GITLAB.validate(entries)
    fingerprints = [each["fingerprint"] for each in entries]
    assert len(fingerprints) == len(set(fingerprints))
    return [each["check_name"] for each in entries]


def csv_rows(text: str) -> list[dict[str, str]]:
    head, *rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    assert head == list(COLUMNS)
    assert {len(row) for row in rows} <= {len(COLUMNS)}
    return [dict(zip(head, row, strict=True)) for row in rows]


def csv_ids(text: str) -> list[str]:
    return [each["id"] for each in csv_rows(text) if each["id"]]


def svrl_ids(text: str) -> list[str]:
    root = etree.fromstring(text.encode())
    SVRL.assertValid(root)
    return [each.get("id") for each in isoschematron.svrl_validation_errors(root)]


IDS: dict[str, Callable[[str], list[str]]] = {
    "json": json_ids,
    "ndjson": ndjson_ids,
    "operation-outcome": lambda text: outcome_ids(operation_outcome_xml(text)),
    "operation-outcome-json": lambda text: outcome_ids(operation_outcome_json(text)),
    "sarif": sarif_ids,
    "junit": junit_ids,
    "github": github_ids,
    "gitlab": gitlab_ids,
    "csv": csv_ids,
    "svrl": svrl_ids,
}
