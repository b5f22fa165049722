"""
The HTML page of a run: what stands where, and that nothing a message, a name or a pack says becomes markup.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from itk3_validator import Validator
from itk3_validator.finding import Outcome, Verdict
from itk3_validator.report import formats
from itk3_validator.report.formats import Asked
from itk3_validator.report.markup import element, markup
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
    Excerpt,
    Report,
    finding,
    unjudged,
)

SAMPLES = Path(__file__).parent.parent / "samples"
EVERYTHING = Report((PASSED, IDLE, WAIVED, UNDECIDED, NOTED, WARNED, CRASHED, FAILED), verdict=Verdict.INVALID)
BAD = "</p><script>alert(1)</script><img src=x onerror=alert(2)>\" ' & \x1b[31m \u202e \x00 \ud800"
SHOWN_BAD = "</p><script>alert(1)</script><img src=x onerror=alert(2)>\" ' & \\x1b[31m \\u202e \\x00 \\ud800"
NOTE = WaiverNote(
    "X-5",
    None,
    None,
    None,
    None,
    "agreed",
    "Ann",
    date(2027, 1, 2),
    "w.yaml",
    3,
    1,
    Standing.EXPIRED,
    2,
    "since 2027-01-02",
)


def render(reports, waivers=None, tool_version="0.1.0") -> str:
    return formats.render("html", reports, Asked(tool_version), waivers)


def page(*reports, **options) -> html.HtmlElement:
    return html.document_fromstring(render(reports, **options))


def texts(tree, path: str) -> list[str]:
    return [" ".join(each.text_content().split()) for each in tree.xpath(path)]


class Tags(HTMLParser):
    """
    Every tag and attribute that a browser would see.
    """

    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()
        self.urls: set[str] = set()

    def handle_starttag(self, tag, attrs):
        self.seen |= {tag, *(f"@{name}" for name, _ in attrs)}
        self.urls |= {value for name, value in attrs if name in {"href", "src"}}


def tags(text: str) -> Tags:
    parser = Tags()
    parser.feed(text)
    return parser


def test_what_failed_stands_first():
    """
    Whatever the order of the pack: failed, not run, warnings, notes, undecided, waived; the rest is folded.
    """
    tree = page(EVERYTHING)

    assert texts(tree, "//h3 | //main//summary") == [
        "Failed (1)",
        "Not run (1)",
        "Warnings (1)",
        "Notes (1)",
        "Undecided (1)",
        "Waived (1)",
        "1 passed",
        "1 not applicable",
    ]
    assert tree.xpath("//details[@open]") == []


def test_a_failed_requirement_says_all_that_is_known():
    """
    Label, id, text, sentence, place, expected, found, the line of the message, remedy, code and a link.
    """
    tree = page(Report((FAILED,), verdict=Verdict.INVALID))

    assert texts(tree, "//article/h4 | //article/p") == [
        "failed GPCM-SD-OC-143 BusAckRequested is true.",
        "BusAckRequested is 'false', and has to be 'true'.",
    ]
    assert texts(tree, "//article//dt | //article//dd | //article//mark") == [
        "Where",
        "line 41, column 13/f:Bundle/f:entry[1]",
        "Expected",
        "true",
        "Found",
        "false",
        'value="false"',
        "Remedy",
        "Set valueBoolean to true.",
        "Response code",
        "10008",
        "Level",
        "MUST",
        "Checks only",
        "whether the receiver acts on it",
        "Source",
        "clause 143",
    ]
    assert tree.xpath("//article//a/@href") == ["https://example.org/143"]


@pytest.mark.parametrize("result", [UNDECIDED, CRASHED, WAIVED], ids=lambda each: each.outcome)
def test_only_what_failed_has_a_remedy(result):
    """
    A message that may be right is not told to be changed.
    """
    tree = page(Report((replace(result, remedy="Change it.", response_code="10008"),)))

    assert [each for each in texts(tree, "//dt") if each in {"Remedy", "Response code"}] == []


@pytest.mark.parametrize(
    ("line", "caret", "marked"),
    [
        pytest.param('<valueBoolean value="a b"/>', 14, 'value="a b"', id="attribute"),
        pytest.param("<valueBoolean/>", 0, "<valueBoolean", id="element"),
        pytest.param("<p>text here</p>", 3, "text", id="text"),
        pytest.param("<f:a f:b='c'/>", 5, "f:b='c'", id="single-quotes"),
        pytest.param('<a b="never ends', 3, 'b="never ends', id="cut"),
        pytest.param("<a>", 40, None, id="beyond-the-line"),
        pytest.param("<a>", None, None, id="unknown"),
    ],
)
def test_the_token_at_the_caret_is_marked(line, caret, marked):
    """
    The line is shown whole, with what the finding speaks of marked.
    """
    result = replace(FAILED, excerpts=(Excerpt(41, line, caret),))
    tree = page(Report((result,)))

    assert (texts(tree, "//p[@class='line']"), texts(tree, "//mark")) == ([f"41 {line}"], [marked] if marked else [])


def test_ten_places_are_open_and_the_rest_folded():
    """
    Places that the baseline knows come last; none is lost.
    """
    found = tuple(finding(line, known=line == 1) for line in range(1, 13))
    tree = page(Report((replace(FAILED, findings=found, excerpts=(None,) * 12),)))

    assert len(tree.xpath("//article/div[@class='place']")) == 10
    assert texts(tree, "//article/details/summary") == ["2 more places"]
    assert texts(tree, "//article/details//dd")[-1] == "this place was known before"


@pytest.mark.parametrize(
    ("report", "told"),
    [
        pytest.param(
            unjudged(Verdict.UNREADABLE, "a tag is not closed", 3, 5, digest=""),
            ["line 3, column 5: a tag is not closed"],
            id="unreadable",
        ),
        pytest.param(
            unjudged(Verdict.UNRECOGNISED, "the root element is 'feed'", digest=""),
            ["the root element is 'feed'"],
            id="unrecognised",
        ),
    ],
)
def test_a_message_that_was_not_judged_says_why(report, told):
    """
    Verdict, reason and, where it is known, the place.
    """
    tree = page(report)

    assert texts(tree, "//section[@class='message']/p") == told


def test_a_waiver_says_whose_it_is():
    """
    Reason, owner, last day and file.
    """
    waiver = Waived("waiver", Outcome.FAIL, "agreed", "w.yaml", 3, "Ann", date(2027, 1, 2))
    tree = page(Report((replace(WAIVED, waiver=waiver),)), waivers=[NOTE])

    assert "agreed; Ann until 2027-01-02 (w.yaml, line 3)" in texts(tree, "//dd")
    assert texts(tree, "//section[@id='run']//tbody/tr/*") == [
        "X-5",
        "expired, 2 results",
        "agreed; Ann until 2027-01-02 since 2027-01-02",
    ]


def test_the_end_counts_and_leads_to_what_is_not_valid():
    """
    Counts by verdict and by kind of result, and a link to each message that is not valid.
    """
    tree = page(Report((PASSED,)), Report((FAILED,), source="b.xml", verdict=Verdict.INVALID))

    assert texts(tree, "//section[@id='run']/p") == [
        "2 messages: 1 valid, 1 invalid",
        "Results of requirements: 1 failed, 1 passed",
    ]
    (href,) = tree.xpath("//section[@id='run']//a/@href")
    assert texts(tree, f"//*[@id='{href[1:]}']/h2") == ["invalid b.xml"]


def test_the_list_at_the_end_is_bounded_and_counts_exactly():
    """
    Of 503 messages that are not valid 500 are listed.
    """
    tree = page(*[Report((FAILED,), verdict=Verdict.INVALID)] * 503)

    assert len(tree.xpath("//section[@id='run']//tbody/tr")) == 500
    assert texts(tree, "//section[@id='run']/p")[-1] == "and 3 more"


def test_no_message_at_all():
    """
    A run without messages is a page that says so.
    """
    assert texts(page(), "//main//p") == ["0 messages"]


def test_one_piece_a_message():
    """
    The page is written while messages are judged: opening, one piece each, closing.
    """
    pieces = list(formats.parts("html", iter([EVERYTHING, EVERYTHING]), Asked("0.1.0")))

    assert [piece.count("<section") for piece in pieces] == [0, 1, 1, 1]


HOSTILE = replace(
    FAILED,
    id=BAD,
    text=BAD,
    message=f"no: {BAD}",
    source=BAD,
    link="javascript:alert(1)",
    remedy=BAD,
    response_code=BAD,
    part=BAD,
    level=BAD,
    findings=(finding(xpath=BAD, expected=BAD, found=(BAD,)),),
    excerpts=(Excerpt(1, BAD, 0),),
)


def hostile() -> str:
    passed = replace(PASSED, id=BAD, text=BAD, seen=BAD)
    report = Report(
        (HOSTILE, passed),
        source=BAD,
        pack=BAD,
        pack_version=BAD,
        interaction=BAD,
        published_as=(BAD,),
        recognised_by=BAD,
        verdict=Verdict.INVALID,
    )
    lost = unjudged(Verdict.UNREADABLE, BAD, 1, 1, source=BAD)
    note = NOTE._replace(rule=BAD, reason=BAD, owner=BAD, why=BAD)
    return render([report, lost], tool_version=BAD, waivers=[note])


def test_hostile_texts_stay_text():
    """
    Names, values and rules full of markup and control characters add no tag and no attribute, and steer nothing.
    """
    plain = tags(render([EVERYTHING] * 2, waivers=[NOTE]))
    bad = hostile()

    assert tags(bad).seen - plain.seen == set()
    assert tags(bad).urls == {"#run", "#m1", "#m2"}
    assert re.findall(r"[\x00-\x09\x0b-\x1f\x7f\u202a-\u202e\ud800-\udfff]", bad) == []
    assert SHOWN_BAD in texts(html.document_fromstring(bad), "//h2")[0]


@given(st.text(st.characters(codec=None), max_size=60))
def test_any_text_comes_back(text):
    """
    Whatever a text holds, a reader of HTML sees one element with that text in it, made visible.
    """
    tree = html.fragment_fromstring(markup(element("p", text, title=text)))

    assert (tree.tag, len(tree), tree.text or "", tree.get("title")) == ("p", 0, *[shown(text)] * 2)


def shown(text: str) -> str:
    return "".join(each if each.isprintable() else escaped(each) for each in text)


def escaped(each: str) -> str:
    short = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
    width = 2 if ord(each) < 0x100 else 4 if ord(each) < 0x10000 else 8
    return short.get(each, f"\\{ {2: 'x', 4: 'u', 8: 'U'}[width] }{ord(each):0{width}x}")


def test_nothing_is_fetched_and_the_policy_says_so():
    """
    No script, handler, inline style, image or form; the policy allows the one style sheet by its hash.
    """
    text = render([EVERYTHING])
    seen = tags(text).seen
    (policy,) = html.document_fromstring(text).xpath("//meta[@http-equiv='Content-Security-Policy']/@content")

    assert seen & {"script", "img", "link", "iframe", "form", "object", "@style", "@src"} == set()
    assert [each for each in seen if each.startswith("@on")] == []
    assert re.fullmatch(
        r"default-src 'none'; style-src 'sha256-[A-Za-z0-9+/=]{44}'; base-uri 'none'; form-action 'none'", policy
    )
    assert "url(" not in text
    assert "@import" not in text


@pytest.mark.parametrize("show", [False, True], ids=["masked", "asked-for"])
def test_values_are_shown_only_when_asked_for(show):
    """
    The page shows what the report shows: a date of the payload with `--show-values`, three stars without.
    """
    sample = SAMPLES / "invalid" / "CareConnect-ITK-OPL-Composition-1_Composition.date.xml"
    text = render([Validator(show_values=show).validate(sample)])

    assert (text.count("16 May 2024") > 0, text.count("(values are masked)")) == (show, 0 if show else 1)
