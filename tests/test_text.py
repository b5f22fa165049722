"""
The report as people read it: every text exactly.
"""

from __future__ import annotations

import pytest

from itk3_validator.finding import Outcome, Severity, Verdict
from itk3_validator.report.kinds import FailOn, Tally, failing_kinds
from itk3_validator.report.text import render_message, render_nothing, render_summary
from itk3_validator.report.visible import source_line, visible
from itk3_validator.value import replace
from report_standins import (
    CRASHED,
    FAILED,
    IDLE,
    NOTED,
    PASSED,
    UNDECIDED,
    WAIVED,
    WARNED,
    Excerpt,
    Report,
    Result,
    finding,
    unjudged,
)

HEADER = "in/a.xml: gpcm-sd-oc 1.0.0, interaction report, 3 of 3 clues: event, MessageDefinition, LocalExtension\n"
FAIL_BLOCK = """\
in/a.xml:41:13: FAIL GPCM-SD-OC-143 BusAckRequested is true.
  BusAckRequested is 'false', and has to be 'true'.
  expected: true
  found:    false
  at:       /f:Bundle/f:entry[1]
       41 |  <valueBoolean value="false"/>
          |                ^
  remedy:   Set valueBoolean to true.
  answer:   response code 10008
"""
FAIL_VERBOSE = """\
  part:     whether the receiver acts on it
  source:   clause 143
  link:     https://example.org/143
"""
WARNING_BLOCK = """\
in/a.xml:7: WARNING X#order Elements stand in order.
  expected: id, meta
  at:       /f:Bundle/f:entry[1]
"""
UNDECIDED_BLOCK = """\
in/a.xml: UNDECIDED GPCM-SD-OC-141 RecipientType is FA when sending to the primary recipient.
  The fact recipient is not stated; --fact recipient=primary or recipient=copy decides it.
"""
ERROR_BLOCK = """\
in/a.xml: ERROR X-9 It is so.
  The rule could not be run: too deep.
"""
EVERYTHING = (FAILED, WARNED, NOTED, UNDECIDED, CRASHED, PASSED, IDLE, WAIVED)


def test_a_message_that_failed():
    """
    A header, a block for what did not pass in the order of the report, and the counts.
    """
    report = Report((FAILED, PASSED, UNDECIDED, WARNED, IDLE), verdict=Verdict.INVALID)

    assert render_message(report) == (
        HEADER
        + FAIL_BLOCK
        + UNDECIDED_BLOCK
        + WARNING_BLOCK
        + "in/a.xml: invalid: 1 failed, 1 warning, 1 undecided, 1 passed, 1 not applicable\n"
    )


def test_a_message_that_passed():
    """
    Two lines.
    """
    assert render_message(Report((PASSED, PASSED, IDLE))) == (HEADER + "in/a.xml: valid: 2 passed, 1 not applicable\n")


def test_verbose_shows_every_result():
    """
    What passed comes with what was looked at; what did not apply, what is waived, sources and links are shown.
    """
    report = Report(EVERYTHING, verdict=Verdict.INVALID)

    assert render_message(report, verbose=True) == (
        HEADER
        + FAIL_BLOCK
        + FAIL_VERBOSE
        + WARNING_BLOCK
        + "in/a.xml: NOTE X-2 A title may be given.\n"
        + UNDECIDED_BLOCK
        + ERROR_BLOCK
        + "in/a.xml: PASS GPCM-SD-OC-169 The code is one of the range.\n"
        + "  seen:     30001 (Patient known here.)\n"
        + "in/a.xml: NOT APPLICABLE GPCM-SD-OC-142 RecipientType is FI for a copy.\n"
        + "in/a.xml: WAIVED X-5 Not held against it.\n"
        + "in/a.xml: invalid: 1 failed, 1 warning, 1 note, 1 not run, 1 undecided, 1 waived, 1 passed, "
        + "1 not applicable\n"
    )


def test_verbose_tells_the_published_names():
    """
    The names that the publication uses for an interaction stand behind the pack's own.
    """
    report = Report((PASSED,), published_as=("RSP-A-1", "RSP-B-1"))
    lines = [render_message(report, verbose=verbose).splitlines()[0] for verbose in (False, True)]

    assert lines == [
        HEADER.rstrip("\n"),
        HEADER.rstrip("\n").replace("interaction report", "interaction report (published as RSP-A-1, RSP-B-1)"),
    ]


@pytest.mark.parametrize(
    ("left_out", "told"),
    [
        pytest.param(0, "it is empty", id="none"),
        pytest.param(1, "1 file does not end in .xml or .dat", id="one"),
        pytest.param(1234, "1,234 files do not end in .xml or .dat", id="many"),
    ],
)
def test_where_nothing_is_a_message(left_out, told):
    """
    A folder without a message says what else is in it.
    """
    assert render_nothing("in\x1b", left_out) == f"in\\x1b: nothing in it is a message; {told}\n"


@pytest.mark.parametrize(
    ("fail_on", "shown"),
    [
        pytest.param([], FAIL_BLOCK + ERROR_BLOCK, id="error"),
        pytest.param([FailOn.WARNING], FAIL_BLOCK + WARNING_BLOCK + ERROR_BLOCK, id="warning"),
        pytest.param([FailOn.UNDECIDED], FAIL_BLOCK + UNDECIDED_BLOCK + ERROR_BLOCK, id="undecided"),
    ],
)
def test_quiet_shows_what_makes_the_run_fail(fail_on, shown):
    """
    Nothing but the blocks that --fail-on asks for and rules that could not be run.
    """
    report = Report(EVERYTHING, verdict=Verdict.INVALID)

    assert render_message(report, quiet=True, failing=failing_kinds(fail_on)) == shown


def test_quiet_shows_nothing_on_success():
    """
    Undecided outcomes and warnings do not make a run fail unless asked.
    """
    assert render_message(Report((PASSED, UNDECIDED, WARNED, IDLE)), quiet=True) == ""


@pytest.mark.parametrize("quiet", [False, True])
@pytest.mark.parametrize(
    ("report", "text"),
    [
        pytest.param(
            unjudged(Verdict.UNREADABLE, "the message is empty"),
            "in/a.xml: UNREADABLE the message is empty\n",
            id="no-place",
        ),
        pytest.param(
            unjudged(Verdict.UNREADABLE, "a tag is not closed", 3, 5),
            "in/a.xml:3:5: UNREADABLE a tag is not closed\n",
            id="place",
        ),
        pytest.param(
            unjudged(Verdict.UNRECOGNISED, "the root element is 'feed'"),
            "in/a.xml: UNRECOGNISED the root element is 'feed'\n",
            id="unrecognised",
        ),
    ],
)
def test_a_message_that_was_not_judged(report, text, quiet):
    """
    One line with the reason, also when quiet: silence would look like success.
    """
    assert render_message(report, quiet=quiet) == text


def test_several_places_of_one_rule():
    """
    Each place has its own line; the sentence and the remedy stand once.
    """
    second = finding(50, 2, expected="", found=(), xpath="/f:Bundle/f:entry[2]")
    result = replace(
        FAILED, findings=(finding(), second), excerpts=(None, Excerpt(50, "<a/>", None)), response_code=None
    )

    assert render_message(Report((result,)), quiet=True) == (
        "in/a.xml:41:13: FAIL GPCM-SD-OC-143 BusAckRequested is true.\n"
        "  BusAckRequested is 'false', and has to be 'true'.\n"
        "  expected: true\n"
        "  found:    false\n"
        "  at:       /f:Bundle/f:entry[1]\n"
        "in/a.xml:50:2: FAIL GPCM-SD-OC-143 also here\n"
        "  at:       /f:Bundle/f:entry[2]\n"
        "       50 | <a/>\n"
        "  remedy:   Set valueBoolean to true.\n"
    )


def test_very_many_places_of_one_rule():
    """
    Ten are shown, and that there are more; all with --verbose.
    """
    result = Result(outcome=Outcome.FAIL, findings=(finding(),) * 1234)

    short = render_message(Report((result,)), quiet=True)
    long = render_message(Report((result,)), verbose=True)

    assert short.count("at: ") == 10
    assert short.endswith("  and 1,224 more places; --verbose shows all\n")
    assert long.count("at: ") == 1234


def test_several_values_are_told_apart():
    """
    Values stand beside each other; one that is empty or has blanks at its ends is quoted.
    """
    result = Result(outcome=Outcome.FAIL, findings=(finding(found=("true", "", " x", "y")),))

    assert "  found:    true, '', ' x', y\n" in render_message(Report((result,)), quiet=True)


def test_colour_marks_labels_and_verdicts_only():
    """
    The words are the same with colour and without.
    """
    report = Report((FAILED,), verdict=Verdict.INVALID)

    coloured = render_message(report, colour=True)

    assert "in/a.xml:41:13: \x1b[1;31mFAIL\x1b[0m GPCM-SD-OC-143 " in coloured
    assert "in/a.xml: \x1b[1;31minvalid\x1b[0m: 1 failed\n" in coloured
    for code in ("\x1b[1;31m", "\x1b[32m", "\x1b[0m"):
        coloured = coloured.replace(code, "")
    assert coloured == render_message(report)


HOSTILE = "\x1b[2J\r\n\x9b31m\u202eevil\x07\x00\udcff"
ESCAPED = "\\x1b[2J\\r\\n\\x9b31m\\u202eevil\\x07\\x00\\udcff"


def test_nothing_from_a_message_steers_the_terminal():
    """
    Control characters are escaped wherever they come from: names, texts, values, source lines, packs.
    """
    result = Result(
        id=HOSTILE,
        outcome=Outcome.FAIL,
        text=HOSTILE,
        message=f"{HOSTILE}.",
        source=HOSTILE,
        link=HOSTILE,
        findings=(finding(xpath=HOSTILE, expected=HOSTILE, found=(HOSTILE, f"{HOSTILE} ")),) * 2,
        excerpts=(Excerpt(1, HOSTILE, 3), None),
        remedy=HOSTILE,
        response_code=HOSTILE,
        part=HOSTILE,
    )
    seen = Result(id=HOSTILE, text=HOSTILE, seen=HOSTILE)
    report = Report((result, seen), source=HOSTILE, pack=HOSTILE, interaction=HOSTILE, recognised_by=HOSTILE)
    lost = unjudged(Verdict.UNREADABLE, HOSTILE, source=HOSTILE)

    text = render_message(report, verbose=True) + render_message(lost)

    assert set(text) - {"\n"} <= {chr(code) for code in range(32, 127)}
    assert text.count(ESCAPED) == 31


@pytest.mark.parametrize("start", ["::", "  ::"])
def test_no_line_is_a_command_of_a_build_server(start):
    """
    A line that begins with `::` would be one.
    """
    result = Result(outcome=Outcome.FAIL, message=f"{start}add-mask::x")
    text = render_message(Report((result,), source=f"{start}error::x"))

    assert not any(line.lstrip().startswith("::") for line in text.splitlines())
    assert text.splitlines()[0].lstrip().startswith("\\x3a:error::x: gpcm-sd-oc")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("Ä – 漢", "Ä – 漢", id="letters"),
        pytest.param("a\tb\nc\rd", "a\\tb\\nc\\rd", id="short-names"),
        pytest.param("\x7f\xa0\u2028\U000e0001", "\\x7f\\xa0\\u2028\\U000e0001", id="by-number"),
        pytest.param("C:\\new", "C:\\new", id="backslash-stays"),
        pytest.param("x" * 500, "x" * 500, id="at-the-limit"),
        pytest.param("x" * 31_457_280, "x" * 500 + "… (31,457,280 characters)", id="long"),
    ],
)
def test_visible(text, shown):
    """
    What cannot be printed is escaped; what is very long is cut.
    """
    assert visible(text) == shown


@pytest.mark.parametrize(
    ("text", "caret", "lines"),
    [
        pytest.param("<a b='1'/>", 3, ("<a b='1'/>", "   ^"), id="plain"),
        pytest.param("\t\t<a/>", 2, ("  <a/>", "  ^"), id="tabs"),
        pytest.param("<a x='漢' b='1'/>", 9, ("<a x='漢' b='1'/>", "          ^"), id="wide"),
        pytest.param("<a x='e\u0301' b='1'/>", 10, ("<a x='e\u0301' b='1'/>", "         ^"), id="combining"),
        pytest.param("\x1b<a/>", 1, ("\\x1b<a/>", "    ^"), id="escaped"),
        pytest.param("<a/>", None, ("<a/>", None), id="no-caret"),
    ],
)
def test_the_caret_stands_under_its_character(text, caret, lines):
    """
    Whatever stands before it takes the columns that a terminal gives it.
    """
    assert source_line(text, caret) == lines


def tally(*reports: Report) -> Tally:
    total = Tally()
    for each in reports:
        total = total.plus(each)
    return total


VALID = Report((PASSED, IDLE))
INVALID = Report((FAILED, WARNED, WARNED), verdict=Verdict.INVALID)
LOST = unjudged(Verdict.UNREADABLE, "the message is empty")


@pytest.mark.parametrize(
    ("reports", "line"),
    [
        pytest.param([], "0 messages\n", id="none"),
        pytest.param([VALID], "", id="one"),
        pytest.param([VALID, VALID], "2 messages: 2 valid; 2 passed, 2 not applicable\n", id="two"),
        pytest.param([LOST, LOST], "2 messages: 2 unreadable\n", id="nothing-judged"),
        pytest.param(
            [LOST, INVALID, VALID],
            "3 messages: 1 valid, 1 invalid, 1 unreadable; 1 failed, 2 warnings, 1 passed, 1 not applicable\n",
            id="mixed",
        ),
    ],
)
def test_the_last_line(reports, line):
    """
    Several messages end in one line with their verdicts and the counts of all; quiet leaves it out.
    """
    assert render_summary(tally(*reports)) == line
    assert render_summary(tally(*reports), quiet=True) == ""


@pytest.mark.parametrize(
    ("fail_on", "kinds"),
    [
        pytest.param(FailOn.ERROR, {"failed"}, id="error"),
        pytest.param(FailOn.WARNING, {"failed", "warning"}, id="warning"),
        pytest.param(FailOn.UNDECIDED, {"failed", "undecided"}, id="undecided"),
    ],
)
def test_what_makes_a_run_fail(fail_on, kinds):
    """
    Errors always do; the others when asked for; rules of level MAY never.
    """
    assert failing_kinds([fail_on]) == kinds
    assert Severity.INFORMATION not in kinds
