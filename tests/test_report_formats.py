"""
The formats of a report: what holds for each of them.
"""

from __future__ import annotations

import json
from importlib import import_module

import pytest
from jsonschema import Draft202012Validator

from itk3_validator.finding import Verdict
from itk3_validator.report.formats import FORMATS, Asked, parts, render
from itk3_validator.report.json_v1_schema import SCHEMA
from report_standins import CRASHED, FAILED, IDLE, NOTED, PASSED, UNDECIDED, WAIVED, WARNED, Report, unjudged

ASKED = Asked("0.1.0")
EVERYTHING = Report((FAILED, WARNED, NOTED, UNDECIDED, CRASHED, PASSED, IDLE, WAIVED), verdict=Verdict.INVALID)
REPORTS = (
    Report((PASSED, IDLE), source="valid.xml"),
    EVERYTHING,
    Report((PASSED, UNDECIDED), source="undecided.xml", verdict=Verdict.UNDECIDED),
    unjudged(Verdict.UNREADABLE, "a tag is not closed", 3, 5, source="unreadable.xml"),
    unjudged(Verdict.UNRECOGNISED, "the root element is 'feed'", source="unrecognised.xml"),
    Report((PASSED, CRASHED), source="error.xml", verdict=Verdict.ERROR),
)


@pytest.mark.parametrize("name", FORMATS)
def test_a_format_of_the_table_can_be_made(name):
    """
    Its module is there, and a report over nothing is made of its pieces.
    """
    assert callable(import_module(f"itk3_validator.report.{FORMATS[name].module}").document)
    assert render(name, [], ASKED) == "".join(parts(name, [], ASKED))


def test_ndjson_is_the_messages_of_the_json_report():
    """
    A line for each message, each as it stands in the JSON report, and valid by its schema.
    """
    lines = [json.loads(line) for line in render("ndjson", REPORTS, ASKED).splitlines()]
    schema = {"$ref": "#/$defs/message", "$defs": SCHEMA["$defs"]}

    assert lines == json.loads(render("json", REPORTS, ASKED))["messages"]
    assert [list(Draft202012Validator(schema).iter_errors(line)) for line in lines] == [[]] * len(REPORTS)
