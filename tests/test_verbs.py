"""
Every verb on real messages: what must fire, in which words and where, beside what must stay quiet.
"""

from __future__ import annotations

import pytest

from itk3_validator import PackInvalid
from itk3_validator.checks import VERBS
from pack_builder import entry, message, validator

PACK = """
namespaces: {{x: "urn:other"}}
selectors:
  status: /f:Observation/f:status
  code: /f:Observation/f:code
  identifier: /f:Observation/f:identifier
  note: /f:Observation/f:comment
  children: /f:Observation
  sender: /f:Bundle/f:entry/f:resource/f:MessageHeader/f:sender
  Bundle: /f:Bundle
code-lists:
  statuses: {{codes: {{final: All done, amended: Changed later}}}}
  sizes: {{codes: [a1, a2, a3, a4, a5, a6, a7]}}
  business: {{range: [30001, 30018]}}
  responses: {{file: responses.csv}}
  few: {{range: [30002, 30003], of: responses}}
rules:
  - id: R
    text: It is so.
    {more}
    check: {check}
"""
RESPONSES = """\
code,display,severity,diagnostics
10001,Handling failed,error|fatal,
30001,Known here,information,Patient known
30002,Not known,warning,
30003,No longer here,warning,
"""

FINAL = '<status value="final"/>'
STATUS = "/f:Observation/f:status"


@pytest.fixture
def judge(tmp_path):
    """
    One check on one message: outcome, sentence, and the findings as tuples without `masked`, which is never so here.
    """

    def judged(check, text, *, more="status: active", **call):
        judge = validator(tmp_path, PACK.format(check=check, more=more), files={"responses.csv": RESPONSES})
        (result,) = judge.validate(text, **call).results
        assert not any(each.masked for each in result.findings)
        return result.outcome, result.message, [tuple(each)[:5] for each in result.findings]

    return judged


def observation(*lines):
    return message(*lines, root="Observation")


def failed(sentence, *findings):
    return "fail", sentence, list(findings)


PASSED = ("pass", None, [])
NOTHING = ("not-applicable", None, [])


def at(xpath, line, column, expected, *found):
    return xpath, line, column, expected, found


# Of the bytes `abc`.
ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
SHA256_OF_ABC = f"base64 of bytes whose SHA-256 is '{ABC}'"
VALUE_VERBS = {
    "equals: final": "'final'",
    "one-of: [final, amended]": "one of 'final', 'amended'",
    "none-of: [entered-in-error]": "anything but 'entered-in-error'",
    "none-of: [registered, unknown]": "none of 'registered', 'unknown'",
    "in: statuses": "one of final, amended",
    "in: sizes": "a code of sizes (a1 to a7, 7 codes)",
    "in: business": "a whole number from 30001 to 30018",
    'matches: "[a-z]+"': "a value of the form [a-z]+",
    "format: code": "a code: text with no white space but single spaces inside",
    "length: 1..5": "1 to 5 characters",
    f"sha256: [{ABC}]": f"base64 of bytes whose SHA-256 is '{ABC}'",
    "row: {of: responses, key: code, column: severity}": "the severity that responses gives for code",
    "same-as: note": "the same value as note",
    "refers-to: {resource: Patient}": "a reference to a Patient",
    "refers-to: {profile: 'urn:p'}": "a reference to a resource with the profile urn:p",
}


@pytest.mark.parametrize(("verb", "expected"), VALUE_VERBS.items(), ids=VALUE_VERBS)
@pytest.mark.parametrize(
    ("lines", "says", "where"),
    [
        pytest.param((), "is missing", ("/f:Observation", 1, 1), id="missing"),
        pytest.param(('<status value=""/>',), "is empty", (f"{STATUS}/@value", 2, 9, ""), id="empty"),
        pytest.param(("<status/>",), "is there but empty", (STATUS, 2, 1), id="no @value"),
        pytest.param(('<status id="s"/>',), "is there but empty", (STATUS, 2, 1), id="only an id"),
        pytest.param(("<status><extension/></status>",), "has no value", (STATUS, 2, 1), id="only an extension"),
        pytest.param(
            ('<status value=" &#9;"/>',),
            "is white space only",
            (f"{STATUS}/@value", 2, 9, " \t"),
            id="white space only",
        ),
    ],
)
def test_a_value_verb_demands_a_value(judge, verb, expected, lines, says, where):
    """
    Missing, empty, without @value and white space only each fail, in their own words, for every verb about a value.
    """
    xpath, line, column, *found = where

    assert judge(f"{{status: {{{verb}}}}}", observation(*lines)) == failed(
        f"status {says}; expected {expected}.", at(xpath, line, column, expected, *found)
    )


@pytest.mark.parametrize(("verb", "expected"), VALUE_VERBS.items(), ids=VALUE_VERBS)
def test_a_value_verb_demands_it_once(judge, verb, expected):
    """
    A doubled value fails whatever it says, at the second; both values are told.
    """
    expected = f"once, {expected}"

    assert judge(f"{{status: {{{verb}}}}}", observation(FINAL, FINAL)) == failed(
        f"status is there 2 times; expected {expected}.",
        at(f"{STATUS}[2]/@value", 3, 9, expected, "final", "final"),
    )


def value(text):
    return observation(f'<status value="{text}"/>')


QUIET = [
    ("equals: final", "final"),
    ('equals: "true"', "true"),
    ("equals: 007", "007"),
    ("one-of: [final, amended]", "amended"),
    ("none-of: [unknown]", "final"),
    ("none-of: [unknown]", " unknown"),
    ("in: statuses", "amended"),
    ("in: business", "30018"),
    ("in: few", "30003"),
    ('matches: "a.c"', "a&#10;c"),
    ('matches: "3[0-9]{4}"', "30001"),
    ("format: nhs-number", "9434765919"),
    ("length: 3", "a&#128512;c"),
    ("length: ..5", "final"),
    (f"sha256: [{ABC}]", "YWJj"),
    (f"sha256: [{ABC}]", "YW&#10;Jj"),
    (f"sha256: [{'0' * 64}, {ABC}]", "YWJj"),
]


@pytest.mark.parametrize(("verb", "text"), QUIET, ids=[f"{verb} {text}" for verb, text in QUIET])
def test_a_right_value_is_quiet(judge, verb, text):
    """
    A value that is right passes, without a word.
    """
    assert judge(f"{{status: {{{verb}}}}}", value(text)) == PASSED


FIRING = [
    ("equals: final", "Final", "is 'Final'", "'final'"),
    ("equals: final", " final", "is ' final'", "'final'"),
    ("equals: true", "1", "is '1'", "'true'"),
    ("one-of: [final]", "final ", "is 'final '", "'final'"),
    ("none-of: [final]", "final", "is 'final'", "another value"),
    ("none-of: [final, amended]", "final", "is 'final'", "another value"),
    ("in: statuses", "registered", "is 'registered'", "one of final, amended"),
    ("in: sizes", "a8", "is 'a8'", "a code of sizes (a1 to a7, 7 codes)"),
    ("in: business", "30000", "is '30000'", "a whole number from 30001 to 30018"),
    ("in: business", "030001", "is '030001'", "a whole number from 30001 to 30018"),
    ("in: business", "30001.0", "is '30001.0'", "a whole number from 30001 to 30018"),
    ("in: few", "30001", "is '30001'", "one of 30002, 30003"),
    ('matches: "[a-z]+"', "final1", "is 'final1'", "a value of the form [a-z]+"),
    ('matches: "a|b"', "ab", "is 'ab'", "a value of the form a|b"),
    ("format: boolean", "1", "is '1', which is neither true nor false", "true or false"),
    ("length: 36", "four", "has 4 characters", "exactly 36 characters"),
    ("length: 1", "ab", "has 2 characters", "exactly one character"),
    ("length: 2..", "a", "has one character", "2 or more characters"),
    ("length: ..1", "ab", "has 2 characters", "at most one character"),
    ("length: 4..5", "a&#128512;c", "has 3 characters", "4 to 5 characters"),
    (f"sha256: [{ABC}]", "YWJk", "is 'YWJk', whose bytes have another SHA-256", SHA256_OF_ABC),
    (f"sha256: [{ABC}]", "YWJ", "is 'YWJ', which is cut off: base64 comes in groups of four characters", SHA256_OF_ABC),
]


@pytest.mark.parametrize(("verb", "text", "says", "expected"), FIRING, ids=[f"{row[0]} {row[1]}" for row in FIRING])
def test_a_wrong_value_fires(judge, verb, text, says, expected):
    """
    A value that is wrong is told as it stands, never trimmed, with what would be right, at its attribute.
    """
    found = text.replace("&#128512;", "\N{GRINNING FACE}")

    assert judge(f"{{status: {{{verb}}}}}", value(text)) == failed(
        f"status {says}; expected {expected}.", at(f"{STATUS}/@value", 2, 9, expected, found)
    )


AMENDED = '<status value="amended"/>'


@pytest.mark.parametrize(
    ("verb", "lines", "answer"),
    [
        pytest.param("equals: final, count: 0..1", (), NOTHING, id="none, which may be"),
        pytest.param("equals: final, count: 0..1", (FINAL,), PASSED, id="one"),
        pytest.param(
            "equals: final, count: 0..1",
            (FINAL, FINAL),
            failed(
                "status is there 2 times; expected at most one.",
                at(f"{STATUS}[2]/@value", 3, 9, "at most one", "final", "final"),
            ),
            id="one too many",
        ),
        pytest.param(
            "equals: final, count: 1..*",
            (),
            failed("status is missing; expected at least one.", at("/f:Observation", 1, 1, "at least one")),
            id="none, which may not be",
        ),
        pytest.param("equals: final, count: 1..*", (FINAL, FINAL, FINAL), PASSED, id="all hold"),
        pytest.param(
            "equals: final, count: 1..*",
            (FINAL, AMENDED, '<status value=""/>'),
            failed(
                "status is 'amended'; expected 'final'. status is empty; expected 'final'.",
                at(f"{STATUS}[2]/@value", 3, 9, "'final'", "amended"),
                at(f"{STATUS}[3]/@value", 4, 9, "'final'", ""),
            ),
            id="every one must hold",
        ),
        pytest.param(
            "equals: final, count: 1..*",
            [f'<status value="{text}"/>' for text in "abcde"],
            failed(
                "status is 'a'; expected 'final'. status is 'b'; expected 'final'. status is 'c'; expected 'final'."
                " And 2 more.",
                *(at(f"{STATUS}[{n}]/@value", n + 1, 9, "'final'", text) for n, text in enumerate("abcde", start=1)),
            ),
            id="many are told as a number",
        ),
        pytest.param("equals: final, some: true", (AMENDED, FINAL), PASSED, id="some: one holds"),
        pytest.param(
            "equals: final, some: true", ("<status/>", FINAL), PASSED, id="some: one holds beside an empty one"
        ),
        pytest.param(
            "equals: final, some: true",
            (AMENDED, "<status/>"),
            failed(
                "status is 'amended'; expected 'final'. status is there but empty; expected 'final'.",
                at(f"{STATUS}[1]/@value", 2, 9, "'final'", "amended"),
                at(f"{STATUS}[2]", 3, 1, "'final'"),
            ),
            id="some: none holds",
        ),
        pytest.param(
            "equals: final, some: true",
            (),
            failed("status is missing; expected 'final'.", at("/f:Observation", 1, 1, "'final'")),
            id="some: there is none",
        ),
        pytest.param(
            "equals: final, some: true, count: 1..2",
            (FINAL, AMENDED, AMENDED),
            failed(
                "status is there 3 times; expected 1 to 2.",
                at(f"{STATUS}[3]/@value", 4, 9, "1 to 2", "final", "amended", "amended"),
            ),
            id="some and count: too many",
        ),
        pytest.param(
            "equals: final, length: 4",
            (FINAL,),
            failed(
                "status has 5 characters; expected exactly 4 characters.",
                at(f"{STATUS}/@value", 2, 9, "exactly 4 characters", "final"),
            ),
            id="several verbs: one fires",
        ),
    ],
)
def test_count_and_some_beside_a_value_verb(judge, verb, lines, answer):
    """
    With `count` every value there is must hold, with `some` at least one; how many there are is told first.
    """
    assert judge(f"{{status: {{{verb}}}}}", observation(*lines)) == answer


EMPTY, BLANK = '<status value=""/>', '<status value=" "/>'


@pytest.mark.parametrize(
    ("check", "lines", "answer"),
    [
        pytest.param("present", (FINAL, AMENDED), PASSED, id="present"),
        pytest.param("present", ('<status><extension url="u"/></status>',), PASSED, id="present: with children"),
        pytest.param(
            "present",
            (),
            failed("status is missing; expected a value.", at("/f:Observation", 1, 1, "a value")),
            id="present: missing",
        ),
        pytest.param(
            "present",
            (FINAL, EMPTY, "<status/>", BLANK),
            failed(
                "status is empty; expected a value. status is there but empty; expected a value."
                " status is white space only; expected a value.",
                at(f"{STATUS}[2]/@value", 3, 9, "a value", ""),
                at(f"{STATUS}[3]", 4, 1, "a value"),
                at(f"{STATUS}[4]/@value", 5, 9, "a value", " "),
            ),
            id="present: none may be empty",
        ),
        pytest.param("absent", (), PASSED, id="absent"),
        pytest.param("{absent: true}", (), PASSED, id="absent: true"),
        pytest.param(
            "absent",
            (FINAL, "<status/>"),
            failed(
                "status is present; expected nothing here.",
                at(f"{STATUS}[1]/@value", 2, 9, "nothing here", "final"),
                at(f"{STATUS}[2]", 3, 1, "nothing here"),
            ),
            id="absent: each is told",
        ),
        pytest.param("{count: 0}", (), PASSED, id="count: none"),
        pytest.param("{count: 0..1}", (), PASSED, id="count alone over nothing"),
        pytest.param("{count: 2}", (FINAL, "<status/>"), PASSED, id="count asks for nodes, not values"),
        pytest.param(
            "{count: 0}",
            (FINAL,),
            failed("status is there once; expected none.", at(f"{STATUS}/@value", 2, 9, "none", "final")),
            id="count: none may be",
        ),
        pytest.param(
            "{count: 2..3}",
            (FINAL,),
            failed("status is there once; expected 2 to 3.", at(f"{STATUS}/@value", 2, 9, "2 to 3", "final")),
            id="count: too few",
        ),
        pytest.param(
            "{count: 1}",
            (),
            failed("status is missing; expected exactly one.", at("/f:Observation", 1, 1, "exactly one")),
            id="count: missing",
        ),
        pytest.param(
            "{count: 1..1}",
            (FINAL, AMENDED, FINAL),
            failed(
                "status is there 3 times; expected exactly one.",
                at(f"{STATUS}[2]/@value", 3, 9, "exactly one", "final", "amended", "final"),
            ),
            id="count: the first that is too many",
        ),
        pytest.param("unique", (FINAL, AMENDED, '<status value="Final"/>'), PASSED, id="unique"),
        pytest.param("unique", (), NOTHING, id="unique: nothing to look at"),
        pytest.param("unique", (EMPTY, EMPTY, "<status/>", BLANK), NOTHING, id="unique: what is empty has no value"),
        pytest.param(
            "unique",
            (FINAL, AMENDED, FINAL, FINAL),
            failed(
                "status is 'final' once more; expected no value twice.",
                at(f"{STATUS}[3]/@value", 4, 9, "no value twice", "final"),
                at(f"{STATUS}[4]/@value", 5, 9, "no value twice", "final"),
            ),
            id="unique: each repetition",
        ),
    ],
)
def test_verbs_about_how_many_there_are(judge, check, lines, answer):
    """
    `present`, `absent`, `count` and `unique` look at all nodes of a place together.
    """
    assert judge(f"{{status: {check}}}", observation(*lines)) == answer


def test_absent_under_a_missing_parent(judge):
    """
    It passes: the missing parent fails elsewhere.
    """
    assert judge("{/f:Observation/f:subject/f:display: absent}", observation()) == PASSED


def test_what_is_missing_is_placed_at_its_nearest_existing_ancestor(judge):
    """
    Step by step upwards, also out of parentheses and predicates.
    """
    check = "{\"(/f:Observation/f:code/f:coding[f:system/@value='s'])[1]/f:code\": present}"
    answer = judge(check, observation('<code><coding><system value="other"/></coding></code>'))

    assert answer == failed("code is missing; expected a value.", at("/f:Observation/f:code", 2, 1, "a value"))


def coding(system=None, code=None, display=None):
    parts = [("system", system), ("code", code), ("display", display)]
    return "<coding>" + "".join(f'<{name} value="{text}"/>' for name, text in parts if text is not None) + "</coding>"


CODE = "/f:Observation/f:code"
FA = "coding: {system: s, code: FA}"


@pytest.mark.parametrize(
    ("verb", "inside", "answer"),
    [
        pytest.param(FA, coding("s", "FA"), PASSED, id="right"),
        pytest.param(FA, coding("t", "X") + coding("s", "FA"), PASSED, id="one of two codings is enough"),
        pytest.param("coding: {system: s, code: [FI, FA]}", coding("s", "FA"), PASSED, id="one of several codes"),
        pytest.param("coding: {system: s}", coding("s", "X"), PASSED, id="any code of the system"),
        pytest.param("coding: {system: s, in: statuses}", coding("s", "final"), PASSED, id="a code of a list"),
        pytest.param("coding: {system: s, code: FA, display: D}", coding("s", "FA", "D"), PASSED, id="display"),
        pytest.param(
            FA,
            coding("s", "FI"),
            failed("code is 'FI'; expected 'FA' of s.", at(f"{CODE}/f:coding/f:code/@value", 2, 40, "'FA' of s", "FI")),
            id="other code",
        ),
        pytest.param(
            FA,
            coding("t", "FA"),
            failed(
                "code has the system 't'; expected 'FA' of s.",
                at(f"{CODE}/f:coding/f:system/@value", 2, 23, "'FA' of s", "t"),
            ),
            id="other system",
        ),
        pytest.param(
            FA,
            coding("t", "FA") + coding("s", "FI"),
            failed(
                "code is 'FI'; expected 'FA' of s.",
                at(f"{CODE}/f:coding[2]/f:code/@value", 2, 94, "'FA' of s", "FI"),
            ),
            id="system and code of different codings",
        ),
        pytest.param(
            FA,
            coding(None, "FA"),
            failed(
                "code has the code 'FA' without a system; expected 'FA' of s.",
                at(f"{CODE}/f:coding", 2, 7, "'FA' of s", "FA"),
            ),
            id="no system",
        ),
        pytest.param(
            FA,
            coding("s"),
            failed("code has no code; expected 'FA' of s.", at(f"{CODE}/f:coding", 2, 7, "'FA' of s")),
            id="no code",
        ),
        pytest.param(
            FA,
            coding("s", " "),
            failed("code has no code; expected 'FA' of s.", at(f"{CODE}/f:coding", 2, 7, "'FA' of s")),
            id="blank code",
        ),
        pytest.param(
            FA,
            '<text value="FA"/>',
            failed("code has no code; expected 'FA' of s.", at(CODE, 2, 1, "'FA' of s")),
            id="only a text",
        ),
        pytest.param(
            FA,
            '<coding><system value="s"/><code value="FA"/><code value="FI"/></coding>',
            failed(
                "code has a code 2 times; expected once, 'FA' of s.",
                at(f"{CODE}/f:coding/f:code[2]", 2, 52, "once, 'FA' of s"),
            ),
            id="two codes in one coding",
        ),
        pytest.param(
            "coding: {system: s, code: [FI, FA]}",
            coding("s", "X"),
            failed(
                "code is 'X'; expected one of 'FI', 'FA' of s.",
                at(f"{CODE}/f:coding/f:code/@value", 2, 40, "one of 'FI', 'FA' of s", "X"),
            ),
            id="none of several codes",
        ),
        pytest.param(
            "coding: {system: s, in: statuses}",
            coding("s", "X"),
            failed(
                "code is 'X'; expected one of final, amended of s.",
                at(f"{CODE}/f:coding/f:code/@value", 2, 40, "one of final, amended of s", "X"),
            ),
            id="no code of the list",
        ),
        pytest.param(
            "coding: {system: s, code: FA, display: D}",
            coding("s", "FA", "E"),
            failed(
                "code has the display 'E'; expected 'FA' of s with the display 'D'.",
                at(f"{CODE}/f:coding/f:display/@value", 2, 61, "'FA' of s with the display 'D'", "E"),
            ),
            id="other display",
        ),
        pytest.param(
            "coding: {system: s, code: FA, display: D}",
            coding("s", "FA"),
            failed(
                "code has no display; expected 'FA' of s with the display 'D'.",
                at(f"{CODE}/f:coding", 2, 7, "'FA' of s with the display 'D'"),
            ),
            id="no display",
        ),
    ],
)
def test_coding_on_a_codeable_concept(judge, verb, inside, answer):
    """
    System and code must be right in the same coding; the coding of the right system is the one spoken of.
    """
    assert judge(f"{{code: {{{verb}}}}}", observation(f"<code>{inside}</code>")) == answer


@pytest.mark.parametrize(
    ("inside", "answer"),
    [
        pytest.param(coding("s", "FA"), PASSED, id="right"),
        pytest.param(
            coding("s", "FI"),
            failed(
                "coding is 'FI'; expected 'FA' of s.", at(f"{CODE}/f:coding/f:code/@value", 2, 40, "'FA' of s", "FI")
            ),
            id="wrong",
        ),
        pytest.param(
            coding("s", "FA") + coding("s", "FA"),
            failed(
                "coding is there 2 times; expected once, 'FA' of s.",
                at(f"{CODE}/f:coding[2]", 2, 61, "once, 'FA' of s"),
            ),
            id="doubled",
        ),
        pytest.param("", failed("coding is missing; expected 'FA' of s.", at(CODE, 2, 1, "'FA' of s")), id="missing"),
    ],
)
def test_coding_on_a_coding(judge, inside, answer):
    """
    A Coding is itself the one that must be right, and there must be one.
    """
    assert judge(f"{{$code/f:coding: {{{FA}}}}}", observation(f"<code>{inside}</code>")) == answer


ROW = "{status: {row: {of: responses, key: note, column: severity}}}"
DIAGNOSTICS = "{status: {row: {of: responses, key: note, column: diagnostics}}}"


@pytest.mark.parametrize(
    ("check", "status", "keys", "answer"),
    [
        pytest.param(ROW, "information", ["30001"], PASSED, id="right"),
        pytest.param(ROW, "error", ["10001"], PASSED, id="first of a|b"),
        pytest.param(ROW, "fatal", ["10001"], PASSED, id="second of a|b"),
        pytest.param(
            ROW,
            "error|fatal",
            ["10001"],
            failed(
                "status is 'error|fatal'; expected one of 'error', 'fatal' for 10001.",
                at(f"{STATUS}/@value", 2, 9, "one of 'error', 'fatal' for 10001", "error|fatal"),
            ),
            id="the cell itself",
        ),
        pytest.param(
            ROW,
            "error",
            ["30001"],
            failed(
                "status is 'error'; expected 'information' for 30001.",
                at(f"{STATUS}/@value", 2, 9, "'information' for 30001", "error"),
            ),
            id="wrong",
        ),
        pytest.param(ROW, "error", ["99999"], NOTHING, id="no such row"),
        pytest.param(ROW, "error", [], NOTHING, id="no key"),
        pytest.param(ROW, "error", ["30001", "30001"], NOTHING, id="key doubled"),
        pytest.param(DIAGNOSTICS, "anything", ["30002"], NOTHING, id="empty cell"),
    ],
)
def test_row(judge, check, status, keys, answer):
    """
    The value is what the list says for the key; where it says nothing there is nothing to look at.
    """
    lines = [f'<status value="{status}"/>', *(f'<comment value="{key}"/>' for key in keys)]

    assert judge(check, observation(*lines)) == answer


@pytest.mark.parametrize(
    ("inside", "answer"),
    [
        pytest.param("<status/><code/>", PASSED, id="in order"),
        pytest.param("<status/><status/><comment/><code/><code/>", PASSED, id="repeated, others between"),
        pytest.param("<code/>", PASSED, id="one alone"),
        pytest.param("<comment/>", NOTHING, id="none of them"),
        pytest.param(
            "<code/><comment/><status/>",
            failed(
                "children has status after code; expected status before code.",
                at(STATUS, 2, 18, "status before code"),
            ),
            id="out of order",
        ),
    ],
)
def test_order(judge, inside, answer):
    """
    The named children stand in that order; the others are not asked.
    """
    assert judge("{children: {order: [identifier, status, code]}}", observation(inside)) == answer


@pytest.mark.parametrize(
    ("lines", "answer"),
    [
        pytest.param((FINAL, '<comment value="final"/>'), PASSED, id="same"),
        pytest.param(
            (FINAL, '<comment value="Final"/>'),
            failed(
                "status is 'final'; expected 'Final' as in note.",
                at(f"{STATUS}/@value", 2, 9, "'Final' as in note", "final"),
            ),
            id="other",
        ),
        pytest.param(
            (FINAL,),
            failed(
                "status is 'final', but note is missing; expected the same value as note.",
                at(f"{STATUS}/@value", 2, 9, "the same value as note", "final"),
            ),
            id="nothing to compare with",
        ),
        pytest.param(
            (FINAL, '<comment value=" "/>'),
            failed(
                "status is 'final', but note has no value; expected the same value as note.",
                at(f"{STATUS}/@value", 2, 9, "the same value as note", "final"),
            ),
            id="blank",
        ),
        pytest.param(
            (FINAL, '<comment value="final"/>', '<comment value="final"/>'),
            failed(
                "status is 'final', but note is there 2 times; expected the same value as note.",
                at(f"{STATUS}/@value", 2, 9, "the same value as note", "final"),
            ),
            id="doubled",
        ),
    ],
)
def test_same_as_another_place(judge, lines, answer):
    """
    Both sides have one value, and it is the same.
    """
    assert judge("{status: {same-as: note}}", observation(*lines)) == answer


def header(reference):
    return f'<MessageHeader><sender><reference value="{reference}"/></sender></MessageHeader>'


def organization(profile="urn:p1", key="o1"):
    return (
        f'<Organization><id value="{key}"/><meta><profile value="{profile}"/></meta><name value="Acme"/></Organization>'
    )


ORGANIZATION = "refers-to: {resource: Organization, profile: 'urn:p1'}"
WANTED = "a reference to an Organization with the profile urn:p1"
SENDER = "/f:Bundle/f:entry[1]/f:resource/f:MessageHeader/f:sender/f:reference/@value"
PAYLOAD = f'<Bundle xmlns="http://hl7.org/fhir">{entry(organization(), "urn:uuid:in")}</Bundle>'


@pytest.mark.parametrize(
    ("reference", "entries"),
    [
        pytest.param("urn:uuid:1", [entry(organization(), "urn:uuid:1")], id="fullUrl"),
        pytest.param("Organization/o1", [entry(organization())], id="Type/id"),
        pytest.param("Organization/o1/_history/3", [entry(organization())], id="a version"),
        pytest.param("https://x/Organization/9", [entry(organization(), "https://x/Organization/9")], id="https"),
    ],
)
def test_a_reference_that_resolves(judge, reference, entries):
    """
    fullUrl, Type/id and versions are found in the Bundle around the reference.
    """
    assert judge(f"{{sender: {{{ORGANIZATION}}}}}", message(entry(header(reference)), *entries)) == PASSED


@pytest.mark.parametrize(
    ("reference", "says", "entries"),
    [
        pytest.param(
            "1",
            "is '1': an entry with that id exists under urn:uuid:, write the prefix",
            [entry(organization(), "urn:uuid:1")],
            id="bare uuid",
        ),
        pytest.param(
            "urn:uuid:1",
            "is 'urn:uuid:1': two entries of this Bundle have the fullUrl or id that it names",
            [entry(organization(), "urn:uuid:1"), entry(organization(), "urn:uuid:1")],
            id="doubled fullUrl",
        ),
        pytest.param(
            "urn:uuid:in",
            "is 'urn:uuid:in': that entry is in the payload Bundle, not in this one",
            [entry(PAYLOAD, "urn:uuid:2")],
            id="inside the payload Bundle",
        ),
        pytest.param("#c", "is '#c': no resource around it contains a resource of that id", [], id="nothing contained"),
        pytest.param(
            "urn:uuid:3", "is 'urn:uuid:3': no entry of this Bundle has that fullUrl or id", [], id="no such entry"
        ),
        pytest.param(
            "Patient/o1",
            "is 'Patient/o1': the entry with that id holds an Organization, not a Patient",
            [entry(organization())],
            id="other type",
        ),
        pytest.param(
            "urn:uuid:1",
            "refers to an Organization that has the profile https://fhir.nhs.uk/STU3/StructureDefinition/Other-1",
            [entry(organization("https://fhir.nhs.uk/STU3/StructureDefinition/Other-1"), "urn:uuid:1")],
            id="other profile",
        ),
        pytest.param(
            "urn:uuid:1",
            "refers to an Organization that has another profile",
            [entry(organization("Mary {found} Smith"), "urn:uuid:1")],
            id="a profile that is no address is not shown",
        ),
        pytest.param(
            "urn:uuid:1",
            "refers to an Organization that has another profile",
            [entry(organization("http://x/StructureDefinition/John-Smith-9434765919"), "urn:uuid:1")],
            id="a profile under another root is not shown",
        ),
        pytest.param(
            "urn:uuid:1",
            "refers to an Organization that has another profile",
            [entry(organization("https://fhir.nhs.uk/StructureDefinition/9434765919"), "urn:uuid:1")],
            id="a profile with the number of a patient is not shown",
        ),
        pytest.param(
            "urn:uuid:1",
            "refers to an Organization that has another profile",
            [entry(organization("https://fhir.nhs.uk/StructureDefinition/943-476-5919"), "urn:uuid:1")],
            id="a profile with a number in parts is not shown",
        ),
        pytest.param(
            "urn:uuid:1",
            "refers to an Organization that has another profile",
            [entry(organization("https://fhir.nhs.uk/StructureDefinition/John Smith"), "urn:uuid:1")],
            id="a profile with a blank is not shown",
        ),
        pytest.param(
            "urn:uuid:1",
            "refers to an Organization that has another profile",
            [entry(organization("https://fhir.nhs.uk.example.org/StructureDefinition/x"), "urn:uuid:1")],
            id="a root that only begins like a known one",
        ),
        pytest.param(
            "urn:uuid:1",
            "refers to an Organization that has the profile https://fhir.hl7.org.uk/STU3/StructureDefinition/CareConnect-Organization-1",
            [
                entry(
                    organization("https://fhir.hl7.org.uk/STU3/StructureDefinition/CareConnect-Organization-1"),
                    "urn:uuid:1",
                )
            ],
            id="a published profile: fhir.hl7.org.uk",
        ),
        pytest.param(
            "urn:uuid:1",
            "refers to an Organization that has the profile http://hl7.org/fhir/StructureDefinition/Organization",
            [entry(organization("http://hl7.org/fhir/StructureDefinition/Organization"), "urn:uuid:1")],
            id="a published profile: hl7.org",
        ),
        pytest.param(
            "urn:uuid:1",
            "refers to an Organization that has the profile https://fhir.nhs.net/StructureDefinition/x-1.0",
            [entry(organization("https://fhir.nhs.net/StructureDefinition/x-1.0"), "urn:uuid:1")],
            id="a published profile: fhir.nhs.net",
        ),
        pytest.param(
            "urn:uuid:1",
            "refers to a resource that FHIR STU3 does not know",
            [entry("<JohnSmith/>", "urn:uuid:1")],
            id="a name for a resource",
        ),
        pytest.param(
            "urn:uuid:1",
            "refers to an Organization that has no profile",
            [entry("<Organization/>", "urn:uuid:1")],
            id="no profile",
        ),
        pytest.param(
            "urn:uuid:1", "refers to a Practitioner", [entry("<Practitioner/>", "urn:uuid:1")], id="other resource"
        ),
    ],
)
def test_a_reference_that_does_not(judge, reference, says, entries):
    """
    What is wrong with it is told, and a near miss is told as one.
    """
    expected = WANTED.removeprefix("a reference to ") if says.startswith("refers") else WANTED
    where = SENDER if entries else SENDER.replace("entry[1]", "entry")

    assert judge(f"{{sender: {{{ORGANIZATION}}}}}", message(entry(header(reference)), *entries)) == failed(
        f"sender {says}; expected {expected}.", at(where, 2, 52, expected, reference)
    )


def test_a_reference_to_a_contained_resource(judge):
    """
    `#id` is looked for in the resource around the reference.
    """
    contained = f"<contained>{organization(key='c')}</contained>"
    text = entry(header("#c").replace("<MessageHeader>", f"<MessageHeader>{contained}"))

    assert judge(f"{{sender: {{{ORGANIZATION}}}}}", message(text)) == PASSED


EITHER = "refers-to: [{resource: Organization, profile: 'urn:p2'}, {resource: Practitioner}]"


@pytest.mark.parametrize(
    ("resource", "answer"),
    [
        pytest.param(organization("urn:p2"), PASSED, id="first"),
        pytest.param("<Practitioner/>", PASSED, id="second"),
        pytest.param(
            organization(),
            failed(
                "sender refers to an Organization that has another profile;"
                " expected an Organization with the profile urn:p2.",
                at(SENDER, 2, 52, "an Organization with the profile urn:p2", "urn:uuid:1"),
            ),
            id="the nearest one speaks",
        ),
        pytest.param(
            "<Patient/>",
            failed(
                "sender refers to a Patient;"
                " expected a reference to an Organization with the profile urn:p2 or a Practitioner.",
                at(
                    SENDER,
                    2,
                    52,
                    "a reference to an Organization with the profile urn:p2 or a Practitioner",
                    "urn:uuid:1",
                ),
            ),
            id="neither",
        ),
    ],
)
def test_refers_to_has_alternatives(judge, resource, answer):
    """
    One alternative is enough.
    """
    assert (
        judge(f"{{sender: {{{EITHER}}}}}", message(entry(header("urn:uuid:1")), entry(resource, "urn:uuid:1")))
        == answer
    )


TARGET = "/f:Bundle/f:entry[2]/f:resource/f:Organization"


@pytest.mark.parametrize(
    ("where", "answer"),
    [
        pytest.param("{./f:name: {equals: Acme}}", PASSED, id="holds"),
        pytest.param("{./f:alias: {equals: Acme, count: 0..1}}", PASSED, id="nothing asked"),
        pytest.param('{test: "f:name"}', PASSED, id="test"),
        pytest.param(
            "{./f:name: {equals: X}}",
            failed(
                "sender refers to a resource whose name is 'Acme'; expected 'X'.",
                at(f"{TARGET}/f:name/@value", 3, 121, "'X'", "Acme"),
            ),
            id="wrong value",
        ),
        pytest.param(
            "{./f:alias: present}",
            failed(
                "sender refers to a resource whose alias is missing; expected a value.", at(TARGET, 3, 47, "a value")
            ),
            id="missing",
        ),
        pytest.param(
            '{test: "f:alias"}',
            failed(
                "sender refers to a resource of which this is not true; expected f:alias.", at(TARGET, 3, 47, "f:alias")
            ),
            id="test fails",
        ),
        pytest.param(
            "{./f:name: {same-as: request.status}}",
            ("undecided", "the request that this message answers is needed to decide this", []),
            id="undecided",
        ),
    ],
)
def test_where_asks_the_target(judge, where, answer):
    """
    The checks of `where` are asked of the resource, and what fails is placed there.
    """
    text = message(entry(header("urn:uuid:1")), entry(organization(), "urn:uuid:1"))

    assert judge(f"{{sender: {{refers-to: {{where: {where}}}}}}}", text) == answer


@pytest.mark.parametrize(
    ("references", "answer"),
    [
        pytest.param(["urn:uuid:1", "Organization/o1"], PASSED, id="all resolve"),
        pytest.param([], NOTHING, id="no reference"),
        pytest.param(["https://x/MessageDefinition/1"], NOTHING, id="absolute addresses may point outside"),
        pytest.param(
            ["urn:uuid:1", "urn:uuid:7", "1"],
            failed(
                "Bundle has the reference 'urn:uuid:7' in sender: no entry of this Bundle has that fullUrl or id;"
                " expected a resource of the same Bundle. Bundle has the reference '1' in sender: an entry with that id"
                " exists under urn:uuid:, write the prefix; expected a resource of the same Bundle.",
                *(
                    at(
                        f"/f:Bundle/f:entry[{n}]/f:resource/f:MessageHeader/f:sender/f:reference/@value",
                        n + 1,
                        52,
                        "a resource of the same Bundle",
                        text,
                    )
                    for n, text in ((3, "urn:uuid:7"), (4, "1"))
                ),
            ),
            id="each that does not",
        ),
    ],
)
def test_references_resolve(judge, references, answer):
    """
    Every reference of the Bundle is asked; those of a Bundle inside it are not.
    """
    inner = f"<Bundle>{entry(header('urn:uuid:nowhere'))}</Bundle>"
    text = message(entry(organization(), "urn:uuid:1"), *(entry(header(each)) for each in references), entry(inner))

    assert judge("{Bundle: {references: resolve}}", text) == answer


@pytest.mark.parametrize(
    ("test", "lines", "answer"),
    [
        pytest.param("count($status) = 1 and $status/@value = 'final'", (FINAL,), PASSED, id="holds"),
        pytest.param("f:status", (FINAL,), PASSED, id="context: the root element"),
        pytest.param(
            "f:status/@value = 'amended'",
            (FINAL,),
            failed("This does not hold: It is so.", at("/f:Observation", 1, 1, "f:status/@value = 'amended'")),
            id="does not hold",
        ),
        pytest.param("not(x:status)", (FINAL,), PASSED, id="a declared prefix"),
    ],
)
def test_a_test_expression(judge, test, lines, answer):
    """
    An XPath that is true, at the root element where there is no `each`.
    """
    assert judge(f'{{test: "{test}"}}', observation(*lines)) == answer


@pytest.mark.parametrize(
    ("template", "check", "sentence"),
    [
        pytest.param(
            "Is {found} ({display}).", "{status: {none-of: [final]}}", "Is 'final' ().", id="no list, no display"
        ),
        pytest.param(
            "{selector} is {found} ({display}), not {expected}.",
            "{status: {in: few}}",
            "status is 'final' (), not one of 30002, 30003.",
            id="all four",
        ),
        pytest.param("Severity {found}.", "{note: present}", "Severity nothing.", id="nothing found"),
    ],
)
def test_message_templates(judge, template, check, sentence):
    """
    The rule's own sentence takes the place of the made one.
    """
    assert judge(check, observation(FINAL), more=f'message: "{template}"')[:2] == ("fail", sentence)


def test_display_in_a_message(judge):
    """
    {display} is what the list calls the code that was found.
    """
    answer = judge(
        "{code: {coding: {system: s, in: statuses}}}",
        observation(f"<code>{coding(None, 'final')}</code>"),
        more='message: "{found} ({display}) of no system."',
    )

    assert answer[1] == "'final' (All done) of no system."


def test_what_a_message_says_is_no_template(judge):
    """
    A value that looks like a template is shown as it stands.
    """
    answer = judge("{status: {equals: x}}", observation('<status value="{expected}"/>'), more='message: "{found}!"')

    assert answer[1] == "'{expected}'!"


def test_every_verb_is_asked_here():
    """
    No verb of the language is left out of the tables above.
    """
    asked = {verb.partition(":")[0] for verb in VALUE_VERBS}
    asked |= {"present", "absent", "count", "unique", "coding", "order", "references", "test"}

    assert set(VERBS) == asked


@pytest.mark.parametrize("second", ["urn:uuid:9", "urn:uuid:1"])
def test_two_references_in_one_are_no_value(judge, second):
    """
    Which one is meant nobody can say, so neither the first nor an equal second one counts.
    """
    sender = f'<sender><reference value="urn:uuid:1"/><reference value="{second}"/></sender>'
    header_ = f"<MessageHeader>{sender}</MessageHeader>"
    outcome, sentence, *_ = judge(
        "{/f:Bundle/f:entry/f:resource/f:MessageHeader/f:sender: {refers-to: {resource: Organization}}}",
        message(entry(header_), entry(organization(), "urn:uuid:1")),
    )

    assert (outcome, sentence) == ("fail", "sender has 2 references; expected a reference to an Organization.")


@pytest.mark.parametrize("digest", [ABC.upper(), ABC[:-1], f"{ABC}0", "sha256", "0x" + ABC[2:]])
def test_a_digest_that_is_none(tmp_path, digest):
    """
    It would never be met: the rule file is refused.
    """
    with pytest.raises(PackInvalid, match=f"'{digest}' is no SHA-256; write 64 digits of lower-case hex"):
        validator(tmp_path, f'rules:\n- {{id: A, text: t, check: {{/f:Bundle: {{sha256: ["{digest}"]}}}}}}\n')
