"""
The formats of a report: what each of them carries, and that nothing a message says becomes control in any.
"""

from __future__ import annotations

import json
import tracemalloc
from dataclasses import replace
from importlib import import_module

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itk3_validator.finding import Outcome, Verdict
from itk3_validator.report.formats import FORMATS, Asked, document, parts, render
from itk3_validator.report.kinds import Kind, Tally
from itk3_validator.report.sarif import uri
from make_golden import NAMES, golden, path
from report_examples import ASKED, BY_WAIVER, IN_PLACES, REPORTS, WAIVERS
from report_readers import IDS, commands, csv_rows, operation_outcome_json, operation_outcome_xml, outcomes
from report_standins import CRASHED, FAILED, PASSED, UNDECIDED, WARNED, Report, Result, finding, unjudged

READ = sorted(IDS)
FAILURES = ["GPCM-SD-OC-143", "FHIR-PDS-01", "FHIR-PDS-01"]
WARNINGS = ["X#order", "X-2"]


@pytest.mark.parametrize("name", FORMATS)
def test_a_format_of_the_table_can_be_made(name):
    """
    Its module is there, and the pieces of a report are the report.
    """
    assert callable(import_module(f"itk3_validator.report.{FORMATS[name].module}").document)
    assert "".join(parts(name, REPORTS, ASKED, WAIVERS)) == render(name, REPORTS, ASKED, WAIVERS)


def test_every_format_has_a_reader():
    """
    Text and the page are for people; everything else is read back below.
    """
    assert set(IDS) | {"text", "html"} >= set(FORMATS) >= set(IDS) | {"text"}


@pytest.mark.parametrize("name", NAMES)
def test_the_golden_file(name):
    """
    A run with every verdict and outcome, to the letter. `python tests/make_golden.py` writes the files.
    """
    assert golden(name) == path(name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", READ)
def test_a_reader_takes_it(name):
    """
    The program, library or schema that the format is read with takes a run, one message, and none.
    """
    assert FAILURES[0] in IDS[name](golden(name))
    assert FAILURES[0] in IDS[name](render(name, REPORTS[1:2], ASKED))
    assert IDS[name](render(name, [], ASKED)) == []


@pytest.mark.parametrize(
    ("name", "ids"),
    [
        pytest.param("github", [*FAILURES, *WARNINGS, "GPCM-SD-OC-141", "X-9"], id="github"),
        pytest.param("gitlab", [*FAILURES, *WARNINGS, "GPCM-SD-OC-141", "X-9"], id="gitlab"),
        pytest.param("svrl", [*FAILURES, *WARNINGS, "X-9"], id="svrl"),
        pytest.param(
            "sarif",
            [*FAILURES, "FHIR-PDS-01", *WARNINGS, "GPCM-SD-OC-141", "X-9", "X-5", "X-5", "X-6"],
            id="sarif",
        ),
        pytest.param(
            "operation-outcome",
            ["invalid", *FAILURES, "FHIR-PDS-01", *WARNINGS, "GPCM-SD-OC-141", "X-9", "X-5", "X-5", "X-6"],
            id="operation-outcome",
        ),
    ],
)
def test_what_a_list_of_places_tells(name, ids):
    """
    Each place that failed, what was not run, and, where the format can say it, what is undecided or waived.
    """
    assert IDS[name](render(name, REPORTS[1:2], ASKED)) == ids


@pytest.mark.parametrize(
    ("name", "read"),
    [("operation-outcome", operation_outcome_xml), ("operation-outcome-json", operation_outcome_json)],
)
def test_the_operation_outcome(name, read):
    """
    One message is an OperationOutcome, several are a Bundle of them; severity and code of each issue.
    """
    (one,) = outcomes(read(render(name, REPORTS[1:2], ASKED)))
    several = outcomes(read(golden(name)))

    assert one == several[1]
    assert [(each.severity, each.code, each.details.coding[0].code) for each in one.issue] == [
        ("information", "informational", "invalid"),
        ("error", "invariant", "GPCM-SD-OC-143"),
        ("error", "invariant", "FHIR-PDS-01"),
        ("error", "invariant", "FHIR-PDS-01"),
        ("information", "informational", "FHIR-PDS-01"),
        ("warning", "invariant", "X#order"),
        ("information", "invariant", "X-2"),
        ("warning", "incomplete", "GPCM-SD-OC-141"),
        ("error", "exception", "X-9"),
        ("information", "informational", "X-5"),
        ("information", "informational", "X-5"),
        ("information", "informational", "X-6"),
    ]
    assert [each.issue[0].severity for each in several[4:7]] == ["fatal", "fatal", "error"]
    assert one.issue[1].location == ["/f:Bundle/f:entry[1]"]


def test_both_forms_of_the_operation_outcome_say_the_same():
    """
    XML and JSON are read as equal resources.
    """
    xml, json_text = golden("operation-outcome"), golden("operation-outcome-json")

    assert operation_outcome_xml(xml) == operation_outcome_json(json_text)


def weights(report: Report) -> list[tuple[str, str, str, bool]]:
    (run,) = json.loads(render("sarif", [report], ASKED))["runs"]
    return [(each["ruleId"], each["kind"], each["level"], "suppressions" in each) for each in run["results"]]


@pytest.mark.parametrize(
    ("report", "weight"),
    [
        pytest.param(Report((FAILED,)), [("GPCM-SD-OC-143", "fail", "error", False)], id="failed"),
        pytest.param(Report((WARNED,)), [("X#order", "fail", "warning", False)], id="warning"),
        pytest.param(Report((UNDECIDED,)), [("GPCM-SD-OC-141", "open", "none", False)], id="undecided"),
        pytest.param(Report((CRASHED,)), [("X-9", "review", "none", False)], id="not-run"),
        pytest.param(Report((BY_WAIVER,)), [("X-5", "fail", "error", True)], id="waived"),
        pytest.param(
            Report((replace(BY_WAIVER, waiver=BY_WAIVER.waiver._replace(was=Outcome.UNDECIDED)),)),
            [("X-5", "open", "none", True)],
            id="waived-undecided",
        ),
        pytest.param(
            Report((replace(FAILED, findings=(finding(known=True),)),)),
            [("GPCM-SD-OC-143", "fail", "error", True)],
            id="known",
        ),
        pytest.param(unjudged(Verdict.UNREADABLE, "why"), [("unreadable", "fail", "error", False)], id="unreadable"),
        pytest.param(unjudged(Verdict.UNRECOGNISED, "why"), [("unrecognised", "fail", "warning", False)], id="unknown"),
        pytest.param(Report((PASSED,)), [], id="passed"),
    ],
)
def test_what_sarif_makes_of_an_outcome(report, weight):
    """
    Only what failed has a level; what is waived is there and suppressed.
    """
    assert weights(report) == weight


def test_sarif_tells_of_the_run():
    """
    A rule that could not be run, an unreadable message, and a waiver to look at.
    """
    (run,) = json.loads(golden("sarif"))["runs"]
    (invocation,) = run["invocations"]

    assert not invocation["executionSuccessful"]
    assert [each["message"]["text"] for each in invocation["toolExecutionNotifications"]] == [
        "X-9 could not be run on 2 messages"
    ]
    assert [each["message"]["text"] for each in invocation["toolConfigurationNotifications"]] == [
        "waiver unused: nothing of it failed"
    ]
    assert json.loads(render("sarif", REPORTS[:1], ASKED))["runs"][0]["invocations"][0]["executionSuccessful"]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        pytest.param("in/a b.xml", "in/a%20b.xml", id="blank"),
        pytest.param("/tmp/a.xml", "file:///tmp/a.xml", id="absolute"),
        pytest.param("in.zip!/a.xml", "in.zip!/a.xml", id="archive"),
        pytest.param("<stdin>", "%3Cstdin%3E", id="stdin"),
        pytest.param("sha256:ab", "sha256%3Aab", id="no-scheme"),
        pytest.param("b\udcff.xml", "b%FF.xml", id="not-utf-8"),
        pytest.param("b\ud800.xml", "b%5Cud800.xml", id="no-character"),
        pytest.param("ä?#%.xml", "%C3%A4%3F%23%25.xml", id="reserved"),
    ],
)
def test_names_as_uris(source, expected):
    """
    The name of a message is a URI reference that leads to its file.
    """
    assert uri(source) == expected


@pytest.mark.parametrize(
    ("failing", "counts"),
    [
        pytest.param(None, (2, 1, 4), id="error"),
        pytest.param({Kind.FAILED, Kind.WARNING}, (3, 1, 4), id="warning"),
        pytest.param({Kind.FAILED, Kind.UNDECIDED}, (3, 1, 5 - 2), id="undecided"),
    ],
)
def test_junit_fails_what_fails_the_run(failing, counts):
    """
    Failures, errors and skipped cases follow `--fail-on`.
    """
    report = replace(REPORTS[1], results=REPORTS[1].results[:-1])
    text = render("junit", [report], Asked("0.1.0", failing=failing))
    failures, errors, skipped = counts

    assert f'failures="{failures}" errors="{errors}" skipped="{skipped}"' in text


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        pytest.param("=1+1", "'=1+1", id="equals"),
        pytest.param("+1", "'+1", id="plus"),
        pytest.param("-1", "'-1", id="minus"),
        pytest.param("@SUM(A1)", "'@SUM(A1)", id="at"),
        pytest.param(" =1+1", "' =1+1", id="after-a-blank"),
        pytest.param("＝1", "'＝1", id="wide"),
        pytest.param("::error::x", "'::error::x", id="command"),
        pytest.param("\t=1+1", "\\t=1+1", id="tab"),
        pytest.param('a,"b"\nc', 'a,"b"\\nc', id="quotes"),
        pytest.param("1-2=3", "1-2=3", id="inside"),
        pytest.param("x" * 6_000, "x" * 5_000 + "… (6,000 characters)", id="long"),
    ],
)
def test_a_cell_is_no_formula(value, cell):
    """
    What a spreadsheet would compute is text, in every column that holds what somebody else wrote.
    """
    result = replace(FAILED, text=value, message=value, remedy=value, findings=(finding(found=(value,)),))

    (row,) = csv_rows(render("csv", [Report((result,), source=value)], ASKED))

    assert {row["source"], row["text"], row["message"], row["found"], row["remedy"]} == {cell}


def test_an_annotation_stays_one():
    """
    What is part of a workflow command stands in it escaped, and a line end ends nothing.
    """
    hostile = "100%\n::error::x,line=1:%0A\r\x1b[2J"
    report = Report((replace(FAILED, message=hostile),), source="a,b:c%0A.xml")

    ((command, properties, message),) = commands(render("github", [report], ASKED))

    assert command == "error"
    assert properties == {"file": "a,b:c%0A.xml", "line": "41", "col": "13", "title": "GPCM-SD-OC-143"}
    assert message == (
        "BusAckRequested is true. 100%\\n::error::x,line=1:%0A\\r\\x1b[2J. Remedy: Set valueBoolean to true."
    )


NASTY = (
    "\x1b[31mred\x1b[0m",
    "a\x00b\x08c\x7f\x9b",
    "%0A::error::x",
    "::add-mask::x",
    "##[error]x",
    "=cmd|' /C calc'!A0",
    "<b>&amp;</b>]]><!--",
    "\"';--",
    "\ud800 \udcff \ufffe \uffff",
    "\u202eabc\u2066\ufeff",
    "https://x/\ud800 <\n>",
    "line\nend\r\n\u2028",
    " ",
    "",
    "x" * 100_000,
    "\U0001f600" * 3_000,
)
WILD = st.sampled_from(NASTY) | st.text(st.characters(), max_size=40)
ID = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._&#:/\[\]-]{0,20}", fullmatch=True)


@st.composite
def wild_reports(draw) -> list[Report]:
    told = {key: draw(WILD) for key in ("text", "message", "source", "link", "remedy", "part", "response_code", "pack")}
    place = finding(
        draw(st.none() | st.integers(1, 9)),
        draw(st.none() | st.integers(1, 9)),
        xpath="/" + draw(WILD),
        expected=draw(WILD),
    )
    places = (place._replace(found=(draw(WILD),)), place)
    waiver = BY_WAIVER.waiver._replace(reason=draw(WILD), owner=draw(WILD), file=draw(WILD))
    results = [
        Result(
            id=draw(ID), outcome=outcome, findings=places if outcome in {Outcome.FAIL, Outcome.WAIVED} else (), **told
        )
        for outcome in Outcome
    ]
    results[-1] = replace(results[-1], waiver=waiver)
    judged = Report(tuple(results), source=draw(WILD), recognised_by=draw(WILD), verdict=Verdict.INVALID)
    return [judged, unjudged(draw(st.sampled_from([Verdict.UNREADABLE, Verdict.UNRECOGNISED])), draw(WILD))]


@pytest.mark.parametrize("name", READ)
@settings(max_examples=60, deadline=None)
@given(reports=wild_reports())
def test_nothing_becomes_control(name, reports):
    """
    Whatever stands in a report: readers take it, each line is visible, and none of them commands a build server.
    """
    text = render(name, reports, ASKED)

    if name != "gitlab" or (reports[0].source and reports[1].source):
        IDS[name](text)
    assert not [each for each in set(text) - {"\n"} if not each.isprintable()]
    starts = () if name == "github" else ("::", "##[")
    assert not [line for line in text.split("\n") if starts and line.lstrip().startswith(starts)]
    assert text.encode()


@pytest.mark.parametrize(
    ("source", "path"),
    [("./in/a.xml", "in/a.xml"), ("in/./a.xml", "in/./a.xml"), ("../a.xml", "../a.xml"), ("./", "./")],
)
def test_a_path_for_gitlab(source, path):
    """
    GitLab finds no file by a path that begins with ./, as `itk3 validate .` makes them.
    """
    entries = json.loads(render("gitlab", [Report((FAILED,), source=source, verdict=Verdict.INVALID)], ASKED))

    assert [each["location"]["path"] for each in entries] == [path]


@pytest.mark.parametrize("name", READ)
def test_what_is_masked_stays_masked(name):
    """
    A format tells what findings tell, and those are masked when they are made.
    """
    text = render(name, [Report((IN_PLACES,), verdict=Verdict.INVALID)], ASKED)

    assert "***" in text


class Endless:
    """
    Messages, each of its own name, and a rule that fails in each.
    """

    def __init__(self, number: int) -> None:
        self.number = number

    def __iter__(self):
        for each in range(self.number):
            yield Report((FAILED, CRASHED, UNDECIDED), source=f"in/{each}.xml", verdict=Verdict.INVALID)


@pytest.mark.parametrize("name", NAMES)
def test_memory_does_not_grow_with_messages(name):
    """
    After a thousand messages a document holds no more than after a hundred.
    """
    made, tally, held = document(name, ASKED), Tally(), []
    made.opening()
    tracemalloc.start()
    try:
        for number, report in enumerate(Endless(1_000), start=1):
            tally = tally.plus(report)
            made.message(report)
            if number in {100, 1_000}:
                held.append(tracemalloc.get_traced_memory()[0])
    finally:
        tracemalloc.stop()

    assert held[1] - held[0] < 50_000
