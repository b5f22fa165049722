"""
The report of a batch run: exact counts, bounded examples, and the same in each format.
"""

from __future__ import annotations

import csv
import io
import re
import shutil
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from junitparser import JUnitXml
from lxml import html

from batch_runs import ARCHIVE, BAD, SMALL, at, counted, finding, hostile, message, rule, views, write_run, year
from itk3_validator.adapters.cli import main
from itk3_validator.batch.report import csv_table, junit, text, words
from itk3_validator.batch.report.bars import Bar, Part, bar, bars_over_time
from itk3_validator.batch.report.collect import Most, collect
from itk3_validator.batch.report.html import render
from itk3_validator.batch.report.model import Example, Judged, Reason, Reasons, Seen, Together
from itk3_validator.batch.schema import TABLES
from itk3_validator.finding import Outcome, Verdict
from itk3_validator.report.kinds import Kind
from itk3_validator.report.markup import markup
from test_html import SAMPLES, tags, texts


@pytest.fixture
def report(tmp_path):
    """
    The report of a run with these tables.
    """

    def made(most=None, **tables):
        with views(write_run(tmp_path / "run", **tables)) as connection:
            return collect(connection, most)

    return made


def kinds(report) -> dict[str, dict[str, int]]:
    return {each.id: {str(kind): count for kind, count in each.kinds.items()} for each in report.requirements}


def groups(found) -> list[tuple[str | None, int]]:
    return [(each.name, each.messages) for each in found.shown]


def dangling(tree) -> list[str]:
    """
    Links within the page that lead nowhere.
    """
    places = set(tree.xpath("//@id"))
    return [each for each in tree.xpath("//a/@href") if each.startswith("#") and each[1:] not in places]


def page(report) -> html.HtmlElement:
    return html.document_fromstring(render(report, name="year", tool_version="0.1.0"))


def test_totals(report):
    """
    Messages, bytes, the period, verdicts, what judged them, and why some were not judged.
    """
    found = report(**SMALL)

    assert (found.messages, found.size, found.first, found.last) == (
        9,
        9_000,
        at("2026-03-01T12:00"),
        at("2026-03-03T00:00"),
    )
    assert {str(verdict): count for verdict, count in found.verdicts.items()} == {
        "valid": 1,
        "invalid": 3,
        "undecided": 1,
        "unreadable": 2,
        "unrecognised": 1,
        "error": 1,
    }
    assert found.judged == (
        Judged("gpcm-sd-oc", "1.0.0", "report", 3),
        Judged("gpcm-sd-oc", "1.0.0", "response", 2),
        Judged("itk3-message", "1.0.0", "message", 1),
        Judged(None, None, None, 3),
    )
    assert words.together(found) is None
    assert found.unused == ("itk3-outpatient-letter",)
    assert found.reasons == Reasons(
        (
            Reason(Verdict.UNREADABLE, "a tag is not closed", 2, "plain.xml"),
            Reason(Verdict.ERROR, "it took longer than 10 s", 1, "in/8.xml"),
            Reason(Verdict.UNRECOGNISED, "no pack knows it", 1, "in/7.xml"),
        ),
        0,
    )
    assert found.codes == (Seen(None, None, "30001", None, 2),)


def test_requirements_the_worst_first(report):
    """
    Every rule of a pack that judged something, with its counts over all interactions; a rule that no message asked too.
    """
    assert list(kinds(report(**SMALL)).items()) == [
        ("GPCM-SD-OC-143", {"passed": 2, "failed": 2, "not applicable": 1}),
        ("A", {"not run": 1}),
        ("GPCM-SD-OC-9", {"passed": 3, "warning": 1, "waived": 1}),
        ("GPCM-SD-OC-155", {"undecided": 2, "not applicable": 4}),
        ("GPCM-SD-OC-150", {"passed": 5}),
        ("GPCM-SD-OC-151", {}),
    ]


def test_an_example_is_the_first_place_of_a_message(report):
    """
    One place a message, with everything that is known of it.
    """
    found = {each.id: each.examples for each in report(**SMALL).requirements}

    assert found["GPCM-SD-OC-143"][0] == Example(
        sources=("year.zip!/b/1.xml",),
        more=0,
        outcome=Outcome.FAIL,
        says="BusAckRequested is 'false'; expected 'true'.",
        xpath="/f:Bundle/f:entry[1]",
        line=26,
        column=27,
        expected="'true'",
        found=("false",),
        masked=False,
    )
    assert [each.sources for each in found["GPCM-SD-OC-143"]] == [("year.zip!/b/1.xml",), ("year.zip!/2.xml",)]
    assert [(each.outcome, each.masked) for each in found["GPCM-SD-OC-9"]] == [("fail", False), ("waived", True)]


def test_examples_are_bounded_and_the_first(report):
    """
    Three messages of each outcome, however many places the first of them has.
    """
    findings = [finding(number, "R", line=place) for number in (5, 1, 3, 2) for place in range(100, 0, -1)]
    found = report(
        messages=[message(number) for number in range(6)],
        rules=[rule("R")],
        outcomes=counted("R", fail=4),
        findings=findings,
    )

    assert [(each.sources, each.line) for each in found.requirements[0].examples] == [
        (("in/1.xml",), 1),
        (("in/2.xml",), 1),
        (("in/3.xml",), 1),
    ]


def test_rules_over_the_archive_take_the_place_of_what_one_message_says(report):
    """
    Of the interaction that was compared; what other interactions came to stays.
    """
    found = report(**SMALL, **ARCHIVE)
    requirement = next(each for each in found.requirements if each.id == "GPCM-SD-OC-155")

    assert requirement.over_archive
    assert kinds(found)["GPCM-SD-OC-155"] == {"failed": 1, "passed": 1, "not applicable": 1}
    assert [(each.sources, each.more, each.says) for each in requirement.examples] == [
        (("in/4.xml", "in/0.xml"), 0, "SenderReference is not that of the request.")
    ]
    assert found.coverage == (
        Seen("gpcm-sd-oc", "GPCM-SD-OC-169", "30001", "Patient known", 2),
        Seen("gpcm-sd-oc", "GPCM-SD-OC-169", "30002", None, 0),
    )


@pytest.mark.parametrize("outcome", ["undecided", "error"])
def test_what_is_told_once_of_all_messages_decides_none(report, outcome):
    """
    A rule that the archive cannot decide, or cannot run, is told once and names no message: all stay undecided.
    """
    tables = {
        "messages": [message(0, verdict="undecided")],
        "rules": [rule("GPCM-SD-OC-155")],
        "findings": [finding(0, "GPCM-SD-OC-155", outcome="undecided")],
        "archive_outcomes": counted("GPCM-SD-OC-155", **{outcome: 1}),
        "archive_findings": [{**ARCHIVE["archive_findings"][0], "messages": [], "outcome": outcome}],
    }

    assert report(**tables).together == Together(decided=0, failed=0)


def test_what_the_others_say_of_a_verdict_is_told(report):
    """
    A verdict is that of a message alone. Told beside it: undecided messages that are decided when the others are looked
    at, and messages that break a rule then. Not told: what stays undecided, what is invalid anyway, what only warns.
    """

    def over(number, outcome="fail", severity="error"):
        return {**ARCHIVE["archive_findings"][0], "messages": [number], "outcome": outcome, "severity": severity}

    verdicts = ["undecided", "undecided", "undecided", "undecided", "invalid", "valid", "valid", "valid"]
    tables = {
        "messages": [message(number, verdict=each) for number, each in enumerate(verdicts)],
        "rules": [rule("GPCM-SD-OC-155"), rule("GPCM-SD-OC-141")],
        "findings": [
            *(finding(number, "GPCM-SD-OC-155", outcome="undecided") for number in range(4)),
            finding(3, "GPCM-SD-OC-141", outcome="undecided"),
        ],
    }
    archive = {
        "archive_outcomes": counted("GPCM-SD-OC-155", fail=4, undecided=1, **{"pass": 3}),
        "archive_findings": [
            over(1),
            over(2, "undecided"),
            over(4),
            over(5),
            over(6, severity="warning"),
            over(7, "waived"),
        ],
    }
    told = (
        "Verdicts are those of each message alone. Over the archive 2 of the undecided are decided, and 2 messages not "
        "told as invalid break a rule."
    )
    found = report(**tables, **archive)

    assert found.together == Together(decided=2, failed=2)
    assert told in text.render(found).splitlines()
    assert told in page(found).text_content()


def test_an_example_names_five_messages_and_counts_the_others(report):
    """
    A finding over the archive may speak of thousands of messages.
    """
    archive = [{**ARCHIVE["archive_findings"][0], "messages": [7, 3, *range(20, 30)]}]
    found = report(
        messages=[message(number) for number in range(40)],
        rules=[rule("GPCM-SD-OC-155")],
        archive_outcomes=counted("GPCM-SD-OC-155", fail=12),
        archive_findings=archive,
    )
    (example,) = found.requirements[0].examples

    assert (example.sources, example.more) == (("in/7.xml", "in/3.xml", "in/20.xml", "in/21.xml", "in/22.xml"), 7)


def test_what_is_left_out_is_counted(report):
    """
    Groups and reasons beyond the most are counted exactly, with their verdicts.
    """
    senders = ["A", "A", "B", "C", "C", "C", None]
    rows = [
        message(number, sender=each, verdict="invalid" if each == "A" else "unreadable", reason=f"why {number}")
        for number, each in enumerate(senders)
    ]
    found = report(Most(groups=2, reasons=3), messages=rows)

    assert (groups(found.senders), found.senders.left_out) == ([("C", 3), ("A", 2)], 2)
    assert {str(each): count for each, count in found.senders.others.verdicts.items() if count} == {"unreadable": 2}
    assert (len(found.reasons.shown), found.reasons.others) == (3, 4)


@pytest.mark.parametrize(
    ("step", "unit", "first"),
    [
        pytest.param(timedelta(hours=20), "day", "2026-01-01"),
        pytest.param(timedelta(days=20), "month", "2026-01"),
        pytest.param(timedelta(days=200), "year", "2026"),
    ],
    ids=["days", "months", "years"],
)
def test_times_are_as_fine_as_fits(step, unit, first):
    """
    Days; months where there are more days than can be shown, then years. What says no time comes last.
    """
    rows = [message(each, instant=at("2026-01-01T00:00") + each * step) for each in range(12)]
    found = report_of([*rows, message(12, instant=None)], Most(times=11))

    assert (found.unit, found.times.shown[0].name, found.times.left_out) == (unit, first, 0)
    assert (found.times.shown[-1].name, found.times.shown[-1].messages) == (None, 1)
    assert sum(each.messages for each in found.times.shown) == 13


def report_of(rows, most=None):
    """
    The report of these messages, and nothing else.
    """
    connection = duckdb.connect()
    for name, schema in TABLES.items():
        held = rows if name == "messages" else []
        connection.register("held", pa.Table.from_pylist([dict(row) for row in held], schema=schema))
        connection.execute(f"CREATE TABLE {name} AS FROM held")
        connection.unregister("held")
    return collect(connection, most)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(list(Verdict)),
            st.none() | st.text(st.characters(exclude_categories=["Cs"]), max_size=3),
            st.sampled_from(["a.zip!/1.xml", "a.zip!/b/2.xml", "in/3.xml", "in/b/4.xml", "5.xml", "sha256:ab"]),
            st.none() | st.datetimes(datetime.fromisoformat("1970-01-01"), datetime.fromisoformat("2100-01-01")),
        ),
        max_size=12,
    )
)
def test_groups_add_up(drawn):
    """
    Whatever the messages are, each group has its exact count, and shown and left out are all of them.
    """
    rows = [
        message(number, verdict=str(verdict), sender=sender, source=source, instant=instant)
        for number, (verdict, sender, source, instant) in enumerate(drawn)
    ]
    found = report_of(rows, Most(groups=3, times=100))
    folders = {"a.zip!/1.xml": "a.zip", "a.zip!/b/2.xml": "a.zip", "in/3.xml": "in", "in/b/4.xml": "in/b"}
    wanted = {
        "senders": Counter(sender for _, sender, _, _ in drawn),
        "sources": Counter(folders.get(source) for _, _, source, _ in drawn),
        "times": Counter(instant and instant.date().isoformat() for _, _, _, instant in drawn),
    }

    for name, counts in wanted.items():
        got = getattr(found, name)
        assert {each.name: each.messages for each in got.shown}.items() <= dict(counts).items()
        assert len(got.shown) + got.left_out == len(counts)
        assert sum(each.messages for each in got.shown) + got.others.messages == len(rows)
    assert found.verdicts == {each: sum(1 for verdict, *_ in drawn if verdict is each) for each in Verdict}


def test_a_run_without_messages(report):
    """
    Every format can say that there was none.
    """
    found = report()

    assert text.render(found) == "0 messages, 0 bytes\n"
    assert len(csv_table.render(found).splitlines()) == 1
    assert len(list(JUnitXml.fromstring(junit.render(found).encode()))) == 1
    assert texts(page(found), "//h2 | //main//p") == ["The whole run", "0 messages"]


def test_text(report):
    """
    As people read it.
    """
    expected = (Path(__file__).parent / "batch-report.txt").read_text(encoding="utf-8")

    assert text.render(report(**SMALL, **ARCHIVE)) == expected


def test_csv_has_a_row_a_requirement(report):
    """
    Exact counts under the names of the outcomes.
    """
    found = report(**SMALL)
    rows = list(csv.DictReader(io.StringIO(csv_table.render(found))))

    assert [each["requirement"] for each in rows] == list(kinds(found))
    assert rows[0] == {
        "pack": "gpcm-sd-oc",
        "requirement": "GPCM-SD-OC-143",
        "level": "MUST",
        "severity": "error",
        "text": "GPCM-SD-OC-143 holds.",
        "over_archive": "false",
        "pass": "2",
        "fail": "2",
        "not-applicable": "1",
        "undecided": "0",
        "error": "0",
        "waived": "0",
        "source": "ITK3 header requirements",
        "link": "https://example.org/143",
        "remedy": "Set valueBoolean to true.",
    }


def test_junit_fails_what_failed(report):
    """
    A case a requirement: failure, error, skipped, output, or nothing at all.
    """
    read = JUnitXml.fromstring(junit.render(report(**SMALL, **ARCHIVE)).encode())
    cases = {case.name: [type(each).__name__ for each in case.result] for suite in read for case in suite}
    outputs = {case.name: case.system_out is not None for suite in read for case in suite}

    assert [(suite.name, suite.tests, suite.failures, suite.errors, suite.skipped) for suite in read] == [
        ("messages", 3, 0, 3, 0),
        ("gpcm-sd-oc", 5, 2, 0, 1),
        ("itk3-message", 1, 0, 1, 0),
    ]
    assert cases["GPCM-SD-OC-143"] == ["Failure"]
    assert cases["GPCM-SD-OC-151"] == ["Skipped"]
    assert (cases["GPCM-SD-OC-9"], outputs["GPCM-SD-OC-9"]) == ([], True)
    assert (cases["GPCM-SD-OC-150"], outputs["GPCM-SD-OC-150"]) == ([], False)


def test_the_page_has_the_numbers_beside_the_pictures(report):
    """
    A row a requirement with a link to its examples, and each sender, day, source, reason and code.
    """
    tree = page(report(**SMALL, **ARCHIVE))
    rows = {
        section: texts(tree, f"(//section[@id='{section}']//tbody)[1]/tr[1]/*[normalize-space()]")
        for section in ("requirements", "reasons", "senders", "times", "sources", "codes")
    }

    assert texts(tree, "//h2") == [
        "The whole run",
        "By requirement",
        "Examples",
        "Not judged, or not in full",
        "By sender",
        "By day",
        "By source",
        "Codes",
    ]
    assert rows == {
        "requirements": ["GPCM-SD-OC-143 GPCM-SD-OC-143 holds. (gpcm-sd-oc)", "2", "0", "0", "0", "0", "2", "1"],
        "reasons": ["a tag is not closed", "unreadable", "2", "plain.xml"],
        "senders": ["A11111", "5", "2", "1", "0", "0", "1", "1"],
        "times": ["2026-03-01", "5", "2", "1", "0", "0", "1", "1"],
        "sources": ["in", "6", "1", "1", "1", "1", "1", "1"],
        "codes": ["30001 Patient known", "2"],
    }
    assert dangling(tree) == []
    assert tree.xpath("//*[name()='svg'][not(@role='img' and @aria-label) and not(@aria-hidden='true')]") == []


def test_the_page_says_where_and_what_to_do(report):
    """
    Of a requirement that failed: counts, the first example with its place, the others folded, the remedy and a link.
    """
    tree = page(report(**SMALL))

    assert texts(tree, "//article[1]/h3 | //article[1]/p | //article[1]/details/summary") == [
        "failed GPCM-SD-OC-143 GPCM-SD-OC-143 holds.",
        "2 failed, 2 passed, 1 not applicable",
        "1 more example",
    ]
    assert texts(tree, "//article[1]/*[not(self::details)]//dd | //article[1]/dl//dd") == [
        "year.zip!/b/1.xml, line 26, column 27",
        "/f:Bundle/f:entry[1]",
        "'true'",
        "false",
        "Set valueBoolean to true.",
        "MUST",
        "ITK3 header requirements",
    ]


def test_only_a_failure_has_a_remedy(report):
    """
    What is undecided may be right as it is.
    """
    tree = page(report(**SMALL))

    assert texts(tree, "//article[.//code='GPCM-SD-OC-155']//dt[.='Remedy']") == []


def test_hostile_texts_stay_text(report, tmp_path):
    """
    Names, values and rules full of markup and control characters add no tag, steer nothing and start no formula.
    """
    with views(write_run(tmp_path / "plain", **SMALL, **ARCHIVE)) as connection:
        plain = tags(render(collect(connection), name="run", tool_version="0.1.0"))
    found = report(**hostile({**SMALL, **ARCHIVE}))
    written = render(found, name=BAD, tool_version=BAD)
    steering = r"[\x00-\x09\x0b-\x1f\x7f\u202a-\u202e]"

    assert tags(written).seen - plain.seen == set()
    assert {each for each in tags(written).urls if not re.fullmatch("#[a-z0-9]+", each)} == set()
    for each in (written, text.render(found), junit.render(found), csv_table.render(found)):
        assert re.findall(steering, each) == []
    assert "<script>" in texts(html.document_fromstring(written), "//article[1]/h3")[0]
    assert JUnitXml.fromstring(junit.render(found).encode())


def test_a_formula_is_no_formula(report):
    """
    A text that a spreadsheet would run has an apostrophe before it.
    """
    found = report(messages=[message(0)], rules=[rule("=1+1", text="@sum")], outcomes=counted("=1+1", fail=1))
    row = next(csv.DictReader(io.StringIO(csv_table.render(found))))

    assert (row["requirement"], row["text"]) == ("'=1+1", "'@sum")


def test_the_page_is_bounded(report):
    """
    Thousands of rules, senders, days and codes with long hostile texts: under 2 MB, and what is left out is counted.
    """
    long = (BAD + "&\U000e0001") * 30
    number = 2_000
    rows = [
        message(
            each,
            sender=f"{each}{long}",
            source=f"{each}/{long}/x",
            response_code=f"{each}{long}",
            verdict="unreadable" if each % 2 else "invalid",
            reason=f"{each}{long}",
            instant=at("2000-01-01T00:00") + timedelta(days=each * 20),
        )
        for each in range(400)
    ]
    texts_of = {"text": long, "remedy": long, "source": long, "link": f"https://example.org/{'&' * 400}"}
    found = report(
        messages=rows,
        rules=[rule(f"R{each}{long[:300]}", **texts_of) for each in range(number)],
        outcomes=[row for each in range(number) for row in counted(f"R{each}{long[:300]}", fail=1)],
        findings=[
            finding(each % 400, f"R{each}{long[:300]}", says=long, xpath=long, expected=long, found=[long] * 9)
            for each in range(number)
        ],
        archive_coverage=[
            {**ARCHIVE["archive_coverage"][0], "code": f"{each}{long}", "display": long} for each in range(999)
        ],
    )
    written = render(found, name=long, tool_version="0.1.0")
    tree = html.document_fromstring(written)
    shown = len(tree.xpath("//section[@id='requirements']//tbody/tr"))

    assert len(written.encode()) < 2_000_000
    assert f"and {number - shown:,} more requirements" in written
    assert shown > 100
    assert dangling(tree) == []


def test_a_year_of_messages_adds_up():
    """
    Every rule is asked of every message that was judged, and the page stays small.
    """
    found = collect(year(100_000))
    judged = 100_000 - found.verdicts[Verdict.UNREADABLE]

    assert {sum(each.outcomes.values()) for each in found.requirements} == {judged}
    assert sum(each.outcomes[Outcome.FAIL] for each in found.requirements) == found.verdicts[Verdict.INVALID]
    assert {len(each.examples) for each in found.requirements if each.outcomes[Outcome.FAIL]} == {3}
    assert (found.unit, sum(each.messages for each in found.times.shown)) == ("day", 100_000)
    assert len(render(found, name="year", tool_version="0.1.0")) < 1_000_000


@pytest.mark.parametrize(
    ("part", "whole", "told"),
    [
        pytest.param(0, 0, "0 %", id="of-none"),
        pytest.param(0, 10, "0 %", id="none"),
        pytest.param(1, 1_000_000, "<0.1 %", id="hardly-any"),
        pytest.param(1, 8, "12.5 %", id="some"),
        pytest.param(999_999, 1_000_000, ">99.9 %", id="nearly-all"),
        pytest.param(10, 10, "100 %", id="all"),
    ],
)
def test_a_share_never_hides_the_last_one(part, whole, told):
    """
    Some is not told as none, nor nearly all as all.
    """
    assert words.share(part, whole) == told


@pytest.mark.parametrize(
    ("number", "told"), [(0, "0 bytes"), (999, "999 bytes"), (1_000, "1.0 kB"), (9_240_000_000, "9.2 GB")]
)
def test_sizes(number, told):
    """
    In units of a thousand.
    """
    assert words.size(number) == told


def boxes(made) -> list[tuple[str, float, float]]:
    found = html.fragment_fromstring(markup(made)).xpath(".//rect")
    return [(each.get("class"), float(each.get("x")), float(each.get("width"))) for each in found]


def test_a_bar_shows_the_last_one_too():
    """
    One of a million is wide enough to be seen, none is not drawn, and together they fill the bar.
    """
    drawn = boxes(bar([Part("a", 1), Part("b", 0), Part("c", 999_999)]))

    assert [style for style, _, _ in drawn] == ["a", "c"]
    assert drawn[0][2] > 1
    assert sum(width for *_, width in drawn) == pytest.approx(100, abs=0.1)


@pytest.mark.parametrize(
    ("names", "slots"),
    [
        pytest.param(["2026-02-27", "2026-03-02"], [0, 3], id="days-with-a-gap"),
        pytest.param(["2025-11", "2026-02"], [0, 3], id="months-with-a-gap"),
        pytest.param(["1999", "2026"], [0, 27], id="years-with-a-gap"),
        pytest.param(["1970-01-01", "2026-03-01", "2026-03-05"], [0, 1, 2], id="mostly-gap"),
    ],
)
def test_times_stand_where_they_are(names, slots):
    """
    A time without messages is a gap, unless there would be nothing but gaps.
    """
    drawn = boxes(bars_over_time([Bar(name, [Part("a", 1)]) for name in names], label="x"))

    assert [round(x) for _, x, _ in drawn] == slots


def test_kinds_weigh_as_the_rule_does(report):
    """
    A failure of a rule that only warns is a warning.
    """
    found = report(
        messages=[message(0)],
        rules=[rule("R", severity="warning"), rule("S", severity="information")],
        outcomes=[*counted("R", fail=1), *counted("S", fail=1)],
    )

    assert [dict(each.kinds) for each in found.requirements] == [{Kind.WARNING: 1}, {Kind.NOTE: 1}]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """
    A real run over the samples.
    """
    folder = tmp_path_factory.mktemp("batch")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(SAMPLES.parent)
        status = main(["batch", "samples", "-o", str(folder / "run"), "--processes", "1", "--quiet"])
    assert status == 1
    return folder / "run"


def rows_of(path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))


def test_every_format_of_a_real_run(run, tmp_path, capsys):
    """
    Text to standard output and the others to files, all of the same run: the counts are those of `itk3 batch query`.
    """
    names = {"csv": "report.csv", "junit": "report.xml", "html": "report.html"}
    asked = [f"--format={name}:{tmp_path / file}" for name, file in names.items()]

    assert main(["batch", "report", str(run), "--format", "text", *asked]) == 0
    told = capsys.readouterr().out
    table = rows_of(tmp_path / "report.csv")
    assert main(["batch", "query", str(run), QUERY, "--format", "csv"]) == 0
    failed = {
        (each["pack"], each["rule"]): each["messages"] for each in csv.DictReader(io.StringIO(capsys.readouterr().out))
    }
    assert {(each["pack"], each["requirement"]): each["fail"] for each in table if each["fail"] != "0"} == failed
    assert [each["requirement"] for each in table if not each["text"]] == []
    assert {"GPCM-SD-OC-155", "GPCM-SD-OC-143/3"} <= {
        each["requirement"] for each in table if each["over_archive"] == "true"
    }
    assert told.splitlines()[0].startswith(f"{len(list(SAMPLES.rglob('*.xml')))} messages, ")
    assert JUnitXml.fromfile(str(tmp_path / "report.xml")).failures > 100
    tree = html.document_fromstring((tmp_path / "report.html").read_text(encoding="utf-8"))
    assert texts(tree, "//header/p") == ["Run run"]
    assert len(tree.xpath("//section[@id='requirements']//tbody/tr")) == len(table)


QUERY = """
    SELECT pack, rule, sum(messages) AS messages FROM (
        SELECT pack, interaction, rule, outcome, messages FROM archive_outcomes UNION ALL
        SELECT pack, interaction, rule, outcome, messages FROM outcomes AS each WHERE NOT EXISTS (
            SELECT * FROM archive_outcomes AS other
            WHERE other.pack = each.pack AND other.interaction = each.interaction AND other.rule = each.rule))
    WHERE outcome = 'fail' GROUP BY ALL ORDER BY ALL
"""


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        pytest.param(
            ["RUN", "--format", "htm"], "itk3: --format 'htm' is not known; did you mean 'html'?", id="unknown"
        ),
        pytest.param(
            ["RUN", "--format", "html:"], "itk3: --format 'html:' names no file after the colon", id="no-file"
        ),
        pytest.param(
            ["RUN", "--format", "html", "--format", "csv"],
            "itk3: --format: two reports cannot both go to standard output; write one to a file: html:report.html",
            id="twice",
        ),
        pytest.param(
            ["RUN", "--format", "csv:RUN/messages/a.csv"],
            "itk3: --format: RUN/messages/a.csv is in the folder of the run RUN; write the report elsewhere",
            id="into-the-run",
        ),
        pytest.param(
            ["nowhere"],
            "itk3: nowhere is not the folder of a run; itk3 batch SOURCE -o nowhere makes one",
            id="no-run",
        ),
    ],
)
def test_what_cannot_be_meant(run, capsys, monkeypatch, arguments, complaint):
    """
    Status 2, a sentence, and nothing written.
    """
    monkeypatch.chdir(run.parent)
    given = [each.replace("RUN", "run") for each in arguments]

    assert (main(["batch", "report", *given]), *capsys.readouterr()) == (2, "", f"{complaint.replace('RUN', 'run')}\n")


def test_a_report_that_needs_more_memory_gets_it(run, capsys, monkeypatch):
    """
    What it asks is asked again with more, and it is the same; where the most is not enough, that is told.
    """
    told = []
    for memory in (("300MB",), ("1KB", "20MB", "300MB"), ("20MB",)):
        monkeypatch.setattr("itk3_validator.batch.sql.READING", memory, raising=False)
        told.append((main(["batch", "report", str(run), "--format", "csv"]), *capsys.readouterr()))

    assert (told[0][0], told[0][2]) == (0, "")
    assert told[1] == told[0]
    assert told[2][:2] == (2, "")
    assert told[2][2].startswith(f"itk3: what is asked of the run {run} needs more than 20MB of memory; ask for less")


def test_a_run_that_is_not_whole_says_so(run, tmp_path, capsys):
    """
    In the text and on the page.
    """
    part = tmp_path / "part"
    shutil.copytree(run, part)
    (part / "finished.json").unlink()

    assert main(["batch", "report", str(part), "--format", "text", "--format", f"html:{tmp_path / 'part.html'}"]) == 0
    assert capsys.readouterr().out.splitlines()[0] == words.NOT_WHOLE
    assert words.NOT_WHOLE in (tmp_path / "part.html").read_text(encoding="utf-8")
