"""
A run with every verdict, every outcome, and everything that a format has a place for.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from itk3_validator.finding import Outcome, Severity, Verdict
from itk3_validator.report.formats import Asked
from itk3_validator.report.waived import Standing, Waived, WaiverNote
from report_standins import (
    CRASHED,
    FAILED,
    IDLE,
    NOTED,
    PASSED,
    UNDECIDED,
    WAIVED,
    WARNED,
    Report,
    Result,
    finding,
    unjudged,
)

ASKED = Asked("0.1.0")

BY_WAIVER = replace(
    WAIVED,
    message="title is missing; expected a value.",
    findings=(finding(9, 5, expected="a value", found=()),),
    waiver=Waived(
        "waiver", Outcome.FAIL, "mended in release 4", "waivers.yaml", 3, "A. Lee, integration team", date(2031, 3, 31)
    ),
)
BY_BASELINE = replace(
    WAIVED,
    id="X-6",
    severity=Severity.WARNING,
    level="SHOULD",
    waiver=Waived("baseline", Outcome.FAIL, "known since the baseline", "report.json"),
)
IN_PLACES = Result(
    id="FHIR-PDS-01",
    outcome=Outcome.FAIL,
    text="The NHS number has ten digits and a check digit that fits",
    message="identifier.value is ***; expected an NHS number.",
    findings=(
        finding(50, 9, xpath="/f:Bundle/f:entry[2]/@value", expected="an NHS number", found=("***",), masked=True),
        finding(60, 9, xpath="/f:Bundle/f:entry[3]/@value", expected="an NHS number", found=("***",), masked=True),
        finding(
            70,
            9,
            xpath="/f:Bundle/f:entry[4]/@value",
            expected="an NHS number",
            found=("***",),
            masked=True,
            known=True,
        ),
    ),
    remedy="Send the number that PDS holds.",
)

REPORTS = (
    Report((PASSED, IDLE), source="in/valid.xml"),
    Report(
        (FAILED, IN_PLACES, WARNED, NOTED, UNDECIDED, CRASHED, PASSED, IDLE, WAIVED, BY_WAIVER, BY_BASELINE),
        source="in/invalid.xml",
        verdict=Verdict.INVALID,
    ),
    Report((PASSED, UNDECIDED), source="in/undecided.xml", verdict=Verdict.UNDECIDED),
    Report((IDLE,), source="in/nothing-applied.xml", verdict=Verdict.UNDECIDED),
    unjudged(Verdict.UNREADABLE, "a tag is not closed", 3, 5, source="in/unreadable.xml"),
    unjudged(Verdict.UNREADABLE, "it is larger than 100,000,000 bytes", source="in.zip!/large.xml", digest=""),
    unjudged(Verdict.UNRECOGNISED, "the root element is 'feed'", source="in/unrecognised.xml"),
    Report((PASSED, CRASHED), source="in/error.xml", verdict=Verdict.ERROR),
    unjudged(Verdict.ERROR, "it took longer than the time limit", source="in/overdue.xml"),
)

WAIVERS = (
    WaiverNote(
        "X-5",
        "gpcm-sd-oc",
        *[None] * 3,
        "mended in release 4",
        "A. Lee",
        date(2031, 3, 31),
        "waivers.yaml",
        3,
        5,
        Standing.USED,
        1,
        "",
    ),
    WaiverNote(
        "X-7",
        *[None] * 4,
        "not yet",
        "B. Roy",
        date(2031, 3, 31),
        "waivers.yaml",
        9,
        5,
        Standing.UNUSED,
        0,
        "nothing of it failed",
    ),
)
