"""
The verbs of rules over the archive: what must fail beside what must stay quiet, and what stays open.
"""

from __future__ import annotations

from collections import Counter
from fnmatch import fnmatchcase

import duckdb
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from archives import Sent, archive
from itk3_validator import load_pack
from itk3_validator.archive.run import Waived, run
from itk3_validator.archive.waived import pattern_of
from pack_builder import write_pack

SELECTORS = """\
selectors:
  id: {xpath: /f:Bundle/f:id, safe: true}
  code: {xpath: /f:Bundle/f:type, safe: true}
  asked: {xpath: /f:Bundle/f:total, safe: true}
  sender: {xpath: /f:Bundle/f:language, safe: true}
  name: {xpath: /f:Bundle/f:implicitRules}
code-lists:
  business: {codes: {"30001": known, "30002": unknown}}
interactions: {report: {}, response: {requires: {/f:Bundle/f:id: present}}}
archive:
"""
ANSWERED = """\
  - id: R
    text: A report that asks for it is answered.
    for: report
    when: {asked: {equals: "true"}}
    check: {answered: {within: 2 days, by: {code: {matches: "3.*"}}, unless: {code: {equals: "20009"}}}}
"""


@pytest.fixture
def judge(tmp_path):
    """
    Run the rules of a small pack over messages.
    """

    def run(rules: str, *messages: Sent, **more):
        pack = load_pack(write_pack(tmp_path, SELECTORS + rules), trust=True)
        return archive(messages, [pack], **more)

    return run


def asking(id_: str = "q", at: str | None = "1 12:00", **keys: list[str]) -> Sent:
    return Sent(id_, at, keys={"asked": ["true"], **keys})


def answer(code: str, at: str | None = "1 13:00", answers: str = "q", id_: str = "a") -> Sent:
    return Sent(id_, at, answers, "response", {"code": [code]})


LATER = Sent("z", "9 12:00", "other", "response")


@pytest.mark.parametrize(
    ("messages", "outcome"),
    [
        pytest.param([asking(), answer("30001"), LATER], "pass", id="answered"),
        pytest.param([answer("30001"), asking(), LATER], "pass", id="in-any-order"),
        pytest.param([asking(), LATER], "fail", id="not-answered"),
        pytest.param([asking(), answer("10001"), LATER], "fail", id="answered-otherwise"),
        pytest.param([asking(), answer("30001", answers="Q"), LATER], "fail", id="another-id"),
        pytest.param([asking(), answer("30001", "3 12:00"), LATER], "pass", id="at-the-last-moment"),
        pytest.param([asking(), answer("30001", "3 12:01"), LATER], "fail", id="too-late"),
        pytest.param([asking(), answer("30001", None), LATER], "pass", id="at-an-unknown-time"),
        pytest.param([asking(), answer("20009"), LATER], "not-applicable", id="refused"),
        pytest.param([asking(asked=["false"]), LATER], "not-applicable", id="not-asked-for"),
        pytest.param([Sent(None, keys={"asked": ["true"]}), LATER], "not-applicable", id="without-an-id"),
        pytest.param([asking(at="8 12:00"), LATER], "undecided", id="the-archive-ends-before"),
        pytest.param([asking(), asking("r", "9 12:00")], "undecided", id="no-responses-at-all"),
        pytest.param([asking(at=None), LATER], "undecided", id="without-a-time"),
        pytest.param([Sent("q", "1 12:00", "q", keys={"asked": ["true"]}), LATER], "fail", id="its-own-answer-is-none"),
    ],
)
def test_answered(judge, messages, outcome):
    """
    A request is answered in time, unless it was refused; what the archive is too short for stays open.
    """
    found = judge(ANSWERED, *messages)
    expected = Counter(outcome if each.interaction == "report" else "not-applicable" for each in messages)

    assert found.outcomes("R") == expected


@pytest.mark.parametrize(
    ("count", "answers", "outcome"),
    [
        pytest.param("0..1", [], "not-applicable", id="none"),
        pytest.param("0..1", ["30001"], "pass", id="one"),
        pytest.param("0..1", ["30001", "30002"], "fail", id="two"),
        pytest.param("0..1", ["30001", "10001"], "pass", id="one-of-each"),
    ],
)
def test_the_number_of_answers(judge, count, answers, outcome):
    """
    ``count`` bounds the answers that hold ``by``.
    """
    asks = f"{{answered: {{count: {count}, by: {{code: {{matches: '3.*'}}}}}}}}"
    rule = f"  - {{id: R, text: T., for: report, check: {asks}}}\n"
    sent = [answer(code, id_=f"a{number}") for number, code in enumerate(answers)]
    found = judge(rule, asking(), *sent)

    assert found.outcomes("R") == {outcome: 1} | ({"not-applicable": len(sent)} if sent else {})


KNOWN = "  - {id: R, text: T., for: response, check: {request-known: {within: 2 days}}}\n"


@pytest.mark.parametrize(
    ("messages", "outcome"),
    [
        pytest.param([asking("x", "1 12:00"), asking(), answer("1", "5 12:00")], "pass", id="known"),
        pytest.param([asking("x", "1 12:00"), answer("1", "5 12:00")], "fail", id="not-known"),
        pytest.param([asking("x", "4 12:00"), answer("1", "5 12:00")], "undecided", id="older-than-the-archive"),
        pytest.param([Sent("y", "1 12:00", "?", "report"), answer("1", "5 12:00")], "undecided", id="no-requests"),
        pytest.param([asking("x", "1 12:00"), answer("1", None)], "undecided", id="without-a-time"),
        pytest.param([asking("x"), Sent("a", "5 12:00", None, "response")], "not-applicable", id="answers-nothing"),
        pytest.param([asking("x"), Sent("a", "5 12:00", "", "response")], "not-applicable", id="answers-a-blank"),
        pytest.param([asking("x"), Sent("a", "5 12:00", "a", "response")], "fail", id="answers-itself"),
    ],
)
def test_request_known(judge, messages, outcome):
    """
    A response answers a message of the archive, unless the archive is too short to tell.
    """
    found = judge(KNOWN, *messages)
    expected = Counter([outcome, *("not-applicable" for _ in messages[1:])])

    assert found.outcomes("R") == expected


AFTER = "  - {id: R, text: T., for: response, check: {after-request: {tolerance: 5 minutes}}}\n"


@pytest.mark.parametrize(
    ("asked", "answered", "outcome"),
    [
        pytest.param("1 12:00", "1 12:30", "pass", id="later"),
        pytest.param("1 12:00", "1 11:55", "pass", id="within-the-tolerance"),
        pytest.param("1 12:00", "1 11:54", "fail", id="earlier"),
        pytest.param(None, "1 11:54", "undecided", id="request-without-a-time"),
        pytest.param("1 12:00", None, "undecided", id="answer-without-a-time"),
    ],
)
def test_after_request(judge, asked, answered, outcome):
    """
    A response is not earlier than its request, but for what clocks differ.
    """
    found = judge(AFTER, asking(at=asked), answer("1", answered))

    assert found.outcomes("R") == {outcome: 1, "not-applicable": 1}


def test_without_its_request_no_time_is_compared(judge):
    """
    What the archive does not hold leaves the rule undecided.
    """
    assert judge(AFTER, answer("1")).outcomes("R") == {"undecided": 1}


BEFORE = """\
  - id: R
    text: No business response follows a refusal.
    for: response
    when: {code: {matches: "3.*"}}
    check: {no-answer-before: {code: {equals: "20009"}}}
"""


@pytest.mark.parametrize(
    ("refusal", "business", "outcome"),
    [
        pytest.param(answer("20009", "1 13:00", id_="n"), answer("30001", "1 14:00"), "fail", id="after-a-refusal"),
        pytest.param(answer("20009", "1 15:00", id_="n"), answer("30001", "1 14:00"), "pass", id="before-it"),
        pytest.param(answer("20013", "1 13:00", id_="n"), answer("30001", "1 14:00"), "pass", id="after-a-success"),
        pytest.param(answer("20009", "1 13:00", "p", "n"), answer("30001", "1 14:00"), "pass", id="of-another-request"),
        pytest.param(answer("20009", None, id_="n"), answer("30001", "1 14:00"), "undecided", id="at-an-unknown-time"),
    ],
)
def test_no_answer_before(judge, refusal, business, outcome):
    """
    An answer that ends the exchange is the last one.
    """
    found = judge(BEFORE, asking(), refusal, business)

    assert found.outcomes("R") == {outcome: 1, "not-applicable": 2}


def reports(*sent: tuple[str, str | None, dict[str, list[str]]]) -> list[Sent]:
    return [Sent(id_, at, keys=keys) for id_, at, keys in sent]


@pytest.mark.parametrize(
    ("check", "messages", "findings"),
    [
        pytest.param(
            "code", reports(("1", "1 10:00", {"code": ["x"]}), ("2", "1 11:00", {"code": ["y"]})), [], id="two"
        ),
        pytest.param(
            "code",
            reports(
                ("1", "1 10:00", {"code": ["x"]}), ("2", "1 11:00", {"code": ["x"]}), ("3", "1 09:30", {"code": ["x"]})
            ),
            [[0, 2], [1, 2]],
            id="the-earliest-has-it",
        ),
        pytest.param(
            "code", reports(("1", None, {"code": ["x"]}), ("2", None, {"code": ["x"]})), [[1, 0]], id="timeless"
        ),
        pytest.param("code", reports(("1", "1 10:00", {}), ("2", "1 11:00", {})), [], id="no-value"),
        pytest.param(
            "code", reports(("1", "1 10:00", {"code": [""]}), ("2", "1 11:00", {"code": [""]})), [], id="blank"
        ),
        pytest.param("code", reports(("1", "1 10:00", {"code": ["x", "x"]})), [], id="twice-in-one"),
        pytest.param(
            "{of: code, per: sender}",
            reports(
                ("1", "1 10:00", {"code": ["x"], "sender": ["A"]}), ("2", "1 11:00", {"code": ["x"], "sender": ["B"]})
            ),
            [],
            id="of-two-senders",
        ),
        pytest.param(
            "{of: code, per: [sender, asked]}",
            reports(
                ("1", "1 10:00", {"code": ["x"], "sender": ["A"], "asked": ["1"]}),
                ("2", "1 11:00", {"code": ["x"], "sender": ["A"], "asked": ["1"]}),
            ),
            [[1, 0]],
            id="of-one-sender",
        ),
    ],
)
def test_unique(judge, check, messages, findings):
    """
    The earliest message has the value; each later one repeats it.
    """
    found = judge(f"  - {{id: R, text: T., for: report, check: {{unique: {check}}}}}\n", *messages)

    assert sorted(each for each, _ in found.findings("R")) == findings


def test_only_what_the_rule_applies_to_is_compared(judge):
    """
    A response may carry the value of a report.
    """
    rule = "  - {id: R, text: T., for: report, check: {unique: code}}\n"
    found = judge(rule, Sent("1", keys={"code": ["x"]}), Sent("2", keys={"code": ["x"]}, interaction="response"))

    assert found.outcomes("R") == {"pass": 1, "not-applicable": 1}


COVERS = "  - {id: R, text: T., for: response, check: {covers: {of: code, codes: business}}}\n"


@pytest.mark.parametrize(
    ("codes", "outcomes", "coverage"),
    [
        pytest.param(["30001", "30002", "30002"], {"pass": 3}, {"30001": 1, "30002": 2}, id="all"),
        pytest.param(["30001", "30001", "4"], {"undecided": 3}, {"30001": 2, "30002": 0}, id="one-missing"),
        pytest.param([], {"not-applicable": 1}, {"30001": 0, "30002": 0}, id="none"),
    ],
)
def test_covers(judge, codes, outcomes, coverage):
    """
    Codes are counted; what was not seen leaves open whether it is supported.
    """
    sent = [answer(code, id_=str(number)) for number, code in enumerate(codes)] or [Sent("x", interaction="response")]
    found = judge(COVERS, *sent)

    assert found.outcomes("R") == outcomes
    assert found.coverage("R") == coverage


def test_what_was_not_seen_is_told_once(judge):
    """
    One sentence for the archive, not one a message.
    """
    found = judge(COVERS, answer("30001"), answer("30001", id_="b"))

    assert found.findings("R", "undecided") == [([], "1 of the 2 codes of business were seen; not seen: 30002")]


@pytest.mark.parametrize(
    ("rule", "messages", "says"),
    [
        pytest.param(
            ANSWERED,
            [asking(), answer("30001", "3 12:01"), LATER],
            ([0, 1], "the answer, first given at 2024-05-03T12:01:00Z, did not come within 2 days"),
            id="late",
        ),
        pytest.param(
            ANSWERED,
            [asking(), LATER],
            ([0], "no such message of the archive answers this one within 2 days"),
            id="none",
        ),
        pytest.param(
            KNOWN,
            [asking("x", "1 12:00"), answer("1", "5 12:00")],
            ([1], "the archive holds no message with the id q, which this one answers"),
            id="unknown",
        ),
        pytest.param(
            AFTER,
            [asking(), answer("1", "1 11:00")],
            ([1, 0], "the message is of 2024-05-01T11:00:00Z, earlier than the one that it answers"),
            id="earlier",
        ),
        pytest.param(
            BEFORE,
            [answer("20009", id_="n"), answer("30001", "1 14:00")],
            (
                [1, 0],
                "the request was answered already, at 2024-05-01T13:00:00Z, in a way that ends the exchange",
            ),
            id="before",
        ),
        pytest.param(
            "  - {id: R, text: T., check: {unique: code}}\n",
            [answer("1"), answer("1", "2 13:00", id_="b")],
            ([1, 0], "code is '1', as in an earlier message of the archive"),
            id="again",
        ),
        pytest.param(
            "  - {id: R, text: T., message: 'again {found}, not {expected}', check: {unique: code}}\n",
            [answer("{expected}"), answer("{expected}", "2 13:00", id_="b")],
            ([1, 0], "again '{expected}', not a value that no other message has"),
            id="words-of-the-rule",
        ),
        pytest.param(
            '  - {id: R, text: "It\'s; --", message: "\'); DROP TABLE m; --", check: {unique: code}}\n',
            [answer("'); DROP TABLE m; --"), answer("'); DROP TABLE m; --", "2 13:00", id_="b")],
            ([1, 0], "'); DROP TABLE m; --"),
            id="texts-that-are-sql",
        ),
    ],
)
def test_sentences(judge, rule, messages, says):
    """
    A finding names the messages, the judged one first, and says what is wrong; what a message says is no template.
    """
    assert judge(rule, *messages).findings("R") == [says]


HASHED = "  - {id: R, text: T., check: {unique: name}}\n"


def test_values_that_are_not_safe_are_masked(judge):
    """
    What is kept as a hash is compared, and not shown.
    """
    found = judge(HASHED, Sent("1", keys={"name": ["8f3e"]}), Sent("2", "2 12:00", keys={"name": ["8f3e"]}))
    row = found.connection.execute("SELECT says, found, masked FROM archive_findings").fetchall()

    assert row == [("name is ***, as in an earlier message of the archive", ["***"], True)]


def test_values_are_shown_when_asked_for(judge):
    """
    With ``show_values`` the run keeps values, and they may be shown.
    """
    messages = Sent("1", keys={"name": ["Wren"]}), Sent("2", "2 12:00", keys={"name": ["Wren"]})
    found = judge(HASHED, *messages, show_values=True)

    assert found.findings("R") == [([1, 0], "name is 'Wren', as in an earlier message of the archive")]


def test_a_hash_is_not_looked_into(judge):
    """
    A rule that looks into values which are kept as hashes is undecided, and says why once.
    """
    rule = "  - {id: R, text: T., when: {name: {equals: Wren}}, check: {unique: id}}\n"
    found = judge(rule, Sent("1", keys={"name": ["8f3e"]}), Sent("2", keys={"name": ["8f3e"]}))

    assert found.outcomes("R") == {"undecided": 2}
    assert found.findings("R", "undecided") == [
        (
            [],
            "name is not marked safe, so the run keeps hashes of its values, which can be compared and not looked into",
        )
    ]


@pytest.mark.parametrize(
    ("pattern", "value", "outcome"),
    [
        pytest.param("[0-9]{500}", "1" * 500, "pass", id="often"),
        pytest.param("£[0-9]", "£1", "pass", id="beyond-ascii"),
        pytest.param(r"\£[0-9]", "£1", "pass", id="escaped"),
        pytest.param(r"\\£", "\\£", "pass", id="an-escaped-backslash"),
        pytest.param(r"\£[0-9]", "$1", "not-applicable", id="another"),
        pytest.param("(?:[0-9]{100}){20}", "1", "undecided", id="too-often"),
    ],
)
def test_patterns(judge, pattern, value, outcome):
    """
    A pattern means what it means in a message rule; what DuckDB cannot run leaves its rule open, and no other.
    """
    rules = (
        f"  - {{id: R, text: T., when: {{code: {{matches: '{pattern}'}}}}, check: {{unique: id}}}}\n"
        "  - {id: S, text: T., check: {unique: id}}\n"
    )
    found = judge(rules, Sent("1", keys={"code": [value], "id": ["1"]}))

    assert found.outcomes("R") == {outcome: 1}
    assert found.outcomes("S") == {"pass": 1}


def test_a_draft_is_not_run(judge):
    """
    Draft rules are read, not run.
    """
    found = judge("  - {id: R, text: T., status: draft, check: {unique: code}}\n", Sent("1", keys={"code": ["x"]}))

    assert found.outcomes("R") == {}


def test_a_flood_of_one_id_stays_small(judge):
    """
    A thousand messages and a thousand answers of one id are paired in bounded number.
    """
    rules = AFTER.replace("R,", "A,") + ANSWERED
    sent = [asking() for _ in range(1000)] + [answer("30001", id_=str(number)) for number in range(1000)]
    found = judge(rules, *sent)

    assert found.outcomes("R") == {"pass": 1000, "not-applicable": 1000}
    assert found.outcomes("A") == {"pass": 1000, "not-applicable": 1000}


def test_nothing_is_left_behind(judge):
    """
    A run makes its three tables and no other.
    """
    found = judge(ANSWERED, asking())
    names = {name for (name,) in found.connection.execute("SHOW TABLES").fetchall()}

    assert names == {"messages", "keys", "archive_outcomes", "archive_findings", "archive_coverage"}


TWICE = [Sent("1", keys={"code": ["x"], "sender": ["A"]}), Sent("2", "2 12:00", keys={"code": ["x"], "sender": ["B"]})]
TWO_RULES = """\
  - {id: R, text: T., check: {unique: code}}
  - {id: S, text: T., check: {unique: sender}}
"""


@pytest.mark.parametrize(
    ("options", "of_r", "of_s"),
    [
        pytest.param({}, {"pass": 1, "fail": 1}, {"pass": 2}, id="all"),
        pytest.param({"only": ["S"]}, {}, {"pass": 2}, id="only"),
        pytest.param({"waived": [Waived("R")]}, {"pass": 1, "waived": 1}, {"pass": 2}, id="waived"),
        pytest.param({"waived": [Waived("R", "small", "report")]}, {"pass": 1, "waived": 1}, {"pass": 2}, id="of-both"),
        pytest.param({"waived": [Waived("R", "other")]}, {"pass": 1, "fail": 1}, {"pass": 2}, id="of-another-pack"),
        pytest.param({"waived": [Waived("R", None, "response")]}, {"pass": 1, "fail": 1}, {"pass": 2}, id="of-others"),
        pytest.param(
            {"waived": [Waived("R", "other"), Waived("R", None, "report")]},
            {"pass": 1, "waived": 1},
            {"pass": 2},
            id="by-one-of-two",
        ),
    ],
)
def test_chosen_rules(judge, options, of_r, of_s):
    """
    ``only`` runs no other rule; what is waived is told as it is without, and not counted.
    """
    found = judge(TWO_RULES, *TWICE, **options)
    says = [says for outcome in ("fail", "waived") for _, says in found.findings("R", outcome)]

    assert (found.outcomes("R"), found.outcomes("S")) == (of_r, of_s)
    assert len(found.findings("R", "waived")) == of_r.get("waived", 0)
    assert says == (["code is 'x', as in an earlier message of the archive"] if of_r else [])


@pytest.mark.parametrize(
    ("number", "outcome"),
    [pytest.param(1_200, "undecided", id="one-odd-date-of-many"), pytest.param(20, "fail", id="one-date-of-few")],
)
def test_one_odd_date_does_not_end_the_archive(judge, number, outcome):
    """
    Of a thousand messages one with an impossible time says nothing of how far the archive reaches.
    """
    few = [Sent(f"x{each}", "1 12:30", "other", "response") for each in range(number)]
    found = judge(ANSWERED, asking(), *few, Sent("odd", "31 12:00", "other", "response"))

    assert found.outcomes("R")[outcome] == 1


ONCE = "  - {id: ONCE, text: T., check: {unique: id}}\n"


def test_a_rule_that_cannot_be_run_is_an_error_and_the_others_go_on(judge):
    """
    What DuckDB cannot compute is told of that rule alone, once, and of the messages that it may apply to.
    """
    found = judge(ANSWERED + ONCE, asking(id=["same"]), asking("x", id=["same"]), answer("30001"), LATER)
    before = found.outcomes("ONCE"), found.findings("ONCE")
    # Two days after the last time that there is for DuckDB there is none.
    found.connection.execute("UPDATE messages SET instant = '294247-01-10 04:00:54' WHERE message = 0")
    run(found.connection, found.packs)

    assert found.outcomes("R") == {"error": 2, "not-applicable": 2}
    assert found.findings("R", "error") == [([], "the rule could not be run over the archive (ConversionException)")]
    assert (found.outcomes("ONCE"), [messages for messages, _ in found.findings("ONCE")]) == (before[0], [[0, 1]])


class FullDisk:
    """
    A connection on whose disk there is no room for what a rule comes to.
    """

    def __init__(self, connection):
        self._connection = connection

    def execute(self, sql, *parameters):
        if "TABLE archive_judged AS" in sql:
            raise duckdb.IOException("No space left on device")
        return self._connection.execute(sql, *parameters)


def test_what_the_machine_lacks_is_no_error_of_a_rule(judge):
    """
    It ends the run, which may be begun again where there is more room.
    """
    found = judge(ONCE, asking())

    with pytest.raises(duckdb.IOException):
        run(FullDisk(found.connection), found.packs)


FORMS = st.text(alphabet="ab/*?[]!-.^\\&~|:", max_size=8)


@settings(max_examples=1_000, deadline=None)
@example("[!]", "a")
@example("[b-a]", "b")
@example("[!b-a]x", "bx")
@example("[a[:x]", ":")
@example("[\\\\]", "\\")
@given(FORMS, st.text(alphabet="ab/[]!-.^\\:", max_size=3))
def test_a_form_of_sources_is_read_as_for_messages(form, name):
    """
    The form in a waiver covers the same names over the archive as it does message by message.
    """
    sql = "SELECT regexp_full_match($name, $form, 's')"
    found = duckdb.execute(sql, {"name": name, "form": pattern_of(form)}).fetchall()

    assert found == [(fnmatchcase(name, form),)]
