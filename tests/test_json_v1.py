"""
The JSON report, version 1, and its published schema.
"""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from itk3_validator.finding import Outcome, Verdict
from itk3_validator.report.json_v1 import parts, render
from itk3_validator.report.json_v1_schema import SCHEMA, schema_text
from itk3_validator.report.waived import Standing, Waived, WaiverNote
from itk3_validator.value import replace
from report_standins import CRASHED, FAILED, IDLE, NOTED, PASSED, UNDECIDED, WAIVED, WARNED, Report, finding, unjudged

EVERYTHING = Report((FAILED, WARNED, NOTED, UNDECIDED, CRASHED, PASSED, IDLE, WAIVED), verdict=Verdict.INVALID)
LOST = unjudged(Verdict.UNREADABLE, "a tag is not closed", 3, 5, digest="")
UNKNOWN = unjudged(Verdict.UNRECOGNISED, "the root element is 'feed'")


def as_json(*reports: Report) -> dict:
    return json.loads(render(reports, tool_version="0.1.0"))


def test_the_whole_shape():
    """
    Every key of a report with one failure.
    """
    assert as_json(Report((FAILED,), verdict=Verdict.INVALID, published_as=("RSP-1", "RSP-2"))) == {
        "report": 1,
        "tool": {"name": "itk3-validator", "version": "0.1.0"},
        "messages": [
            {
                "source": "in/a.xml",
                "digest": "ab" * 32,
                "pack": "gpcm-sd-oc",
                "pack_version": "1.0.0",
                "pack_digest": "cd" * 32,
                "interaction": "report",
                "recognised_by": "3 of 3 clues: event, MessageDefinition, LocalExtension",
                "verdict": "invalid",
                "reason": None,
                "counts": {"pass": 0, "fail": 1, "not-applicable": 0, "undecided": 0, "error": 0, "waived": 0},
                "results": [
                    {
                        "id": "GPCM-SD-OC-143",
                        "pack": "gpcm-sd-oc",
                        "outcome": "fail",
                        "level": "MUST",
                        "severity": "error",
                        "text": "BusAckRequested is true.",
                        "part": "whether the receiver acts on it",
                        "message": "BusAckRequested is 'false', and has to be 'true'.",
                        "source": "clause 143",
                        "link": "https://example.org/143",
                        "findings": [
                            {
                                "xpath": "/f:Bundle/f:entry[1]",
                                "line": 41,
                                "column": 13,
                                "expected": "true",
                                "found": ["false"],
                                "masked": False,
                            }
                        ],
                        "remedy": "Set valueBoolean to true.",
                        "response_code": "10008",
                    }
                ],
                "published_as": ["RSP-1", "RSP-2"],
            }
        ],
    }


def test_the_exact_text():
    """
    One line for each message, so that a report can be written and read as a stream.
    """
    nothing = '"pack": null, "pack_version": null, "pack_digest": null, "interaction": null, "recognised_by": ""'
    counts = '{"pass": 0, "fail": 0, "not-applicable": 0, "undecided": 0, "error": 0, "waived": 0}'

    assert render([LOST, replace(LOST, source="b", line=None, column=None)], tool_version="0.1.0") == (
        '{"report": 1, "tool": {"name": "itk3-validator", "version": "0.1.0"}, "messages": [\n'
        f'{{"source": "in/a.xml", "digest": "", {nothing}, "verdict": "unreadable", '
        f'"reason": {{"text": "a tag is not closed", "line": 3, "column": 5}}, "counts": {counts}, "results": [], '
        '"published_as": []},\n'
        f'{{"source": "b", "digest": "", {nothing}, "verdict": "unreadable", '
        f'"reason": {{"text": "a tag is not closed", "line": null, "column": null}}, '
        f'"counts": {counts}, "results": [], "published_as": []}}\n'
        "]}\n"
    )


def test_no_messages():
    """
    A report over nothing is a report.
    """
    assert render([], tool_version="0.1.0") == (
        '{"report": 1, "tool": {"name": "itk3-validator", "version": "0.1.0"}, "messages": [\n]}\n'
    )


def test_the_pieces_are_the_document():
    """
    What is streamed is what is rendered.
    """
    reports = [EVERYTHING, LOST, UNKNOWN]

    assert "".join(parts(reports, tool_version="1")) == render(reports, tool_version="1")


@pytest.mark.parametrize("reports", [[], [EVERYTHING], [LOST], [UNKNOWN], [EVERYTHING, LOST, UNKNOWN]])
def test_the_schema_holds(reports):
    """
    Every kind of report is valid by the published schema.
    """
    assert list(Draft202012Validator(SCHEMA).iter_errors(as_json(*reports))) == []


def without(document: dict, *path: str | int) -> dict:
    *parents, last = path
    inner = document
    for each in parents:
        inner = inner[each]
    del inner[last]
    return document


RESULT = ("messages", 0, "results", 0)


@pytest.mark.parametrize(
    "path",
    [
        *[(key,) for key in SCHEMA["required"]],
        *[("messages", 0, key) for key in SCHEMA["$defs"]["message"]["required"]],
        *[(*RESULT, key) for key in SCHEMA["$defs"]["result"]["required"]],
        *[(*RESULT, "findings", 0, key) for key in SCHEMA["$defs"]["finding"]["required"]],
        ("messages", 0, "counts", "waived"),
    ],
    ids=lambda path: str(path[-1]),
)
def test_every_key_is_required(path):
    """
    A report in which a key is missing is not valid: the schema describes what is really written.
    """
    assert not Draft202012Validator(SCHEMA).is_valid(without(as_json(EVERYTHING), *path))


def test_every_key_is_described():
    """
    The schema knows every key that is written, the few that need not be there last, and says what it means.
    """
    waiver = Waived("waiver", Outcome.FAIL, "mended in release 4", "w.yaml", 3, "A. Lee", date(2031, 3, 31))
    known = replace(FAILED, waiver=waiver, findings=(finding(known=True),))
    note = WaiverNote("X", *[None] * 4, "why", "who", date(2031, 3, 31), "w.yaml", 3, 5, Standing.UNUSED, 0, "nothing")
    whole = json.loads(render([Report((known,))], tool_version="0.1.0", waivers=[note]))
    message = whole["messages"][0]
    definitions = SCHEMA["$defs"]

    assert list(Draft202012Validator(SCHEMA).iter_errors(whole)) == []
    assert list(SCHEMA["properties"]) == list(whole)
    assert list(definitions["message"]["properties"]) == list(message)
    assert list(definitions["result"]["properties"]) == list(message["results"][0])
    assert list(definitions["finding"]["properties"]) == list(message["results"][0]["findings"][0])
    assert list(definitions["waived"]["properties"]) == list(message["results"][0]["waiver"])
    assert list(definitions["waiver"]["properties"]) == list(whole["waivers"][0])
    assert list(definitions["reason"]["properties"]) == list(as_json(LOST)["messages"][0]["reason"])
    assert all(each["description"] for made in definitions.values() for each in made["properties"].values())


def test_the_schema_is_one():
    """
    It is a schema of draft 2020-12, and the file in docs/ is what the code holds.
    """
    Draft202012Validator.check_schema(SCHEMA)
    published = Path(__file__).parent.parent / "docs" / "report-v1.schema.json"

    assert published.read_text(encoding="utf-8") == schema_text()


def test_the_text_is_ascii_and_stays_what_it_was():
    """
    Nothing in it can steer a terminal; reading it gives back the very characters.
    """
    hostile = '\x1b[2J\x9b\u202e漢\U0001f600\x00"\\</script>'
    report = Report((replace(FAILED, text=hostile, findings=(finding(found=(hostile,)),)),), source=hostile)

    text = render([report], tool_version="0.1.0")

    assert set(text) - {"\n"} <= {chr(code) for code in range(32, 127)}
    message = json.loads(text)["messages"][0]
    assert message["source"] == message["results"][0]["text"] == hostile
    assert message["results"][0]["findings"][0]["found"] == [hostile]


def test_a_file_name_that_is_not_utf_8():
    """
    It is written in a form that every reader of JSON takes.
    """
    assert as_json(replace(LOST, source="b\udcffd.xml"))["messages"][0]["source"] == "b\\udcffd.xml"
