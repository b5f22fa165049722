"""
Tests of packs that name several messages, and the proof of rules over the archive.
"""

from __future__ import annotations

import sys

import pytest

from itk3_validator import PackInvalid, load_pack
from itk3_validator.workshop.proof.archived import prove_archive
from itk3_validator.workshop.trials.prepared import Standing
from itk3_validator.workshop.trials.trial import run_trials
from pack_builder import FHIR, write_pack

RULES = """\
selectors:
  MessageId: {{xpath: "/f:Bundle/f:entry/f:resource/f:MessageHeader/f:id", safe: true}}
  response-identifier: {{xpath: "/f:Bundle/f:entry/f:resource/f:MessageHeader/f:response/f:identifier", safe: true}}
  timestamp: {{xpath: "/f:Bundle/f:entry/f:resource/f:MessageHeader/f:timestamp", safe: true}}
  code: {{xpath: /f:Bundle/f:type, safe: true}}
  name: /f:Bundle/f:language
code-lists:
  codes: {{codes: [A, B]}}
interactions:
  question: {{requires: {{response-identifier: absent}}}}
  answer: {{requires: {{response-identifier: present}}}}
rules:
  - {{id: M, text: The code is that of the question., for: answer, check: {{code: {{same-as: request.code}}}}}}
  - {{id: O, text: There is a code., check: {{code: present}}}}
archive:
  - {{id: R, text: A rule., {rule}}}
tests:
  - {test}
"""
QUESTION = "{message: m.xml, remove: [response-identifier]}"
ANSWER = '{message: m.xml, change: {MessageId: a, timestamp: "2024-05-01T11:00:00Z"}}'
LATE = '{message: m.xml, change: {MessageId: z, response-identifier: other, timestamp: "2024-05-09T11:00:00Z"}}'
HEADER = (
    '<id value="q"/><timestamp value="2024-05-01T10:00:00Z"/>'
    '<response><identifier value="q"/><code value="ok"/></response>'
)
MESSAGE = (
    f'<Bundle xmlns="{FHIR}"><language value="en"/><type value="A"/><entry><resource><MessageHeader>{HEADER}'
    "</MessageHeader></resource></entry></Bundle>"
)
RULE = "for: question, check: {answered: {within: 1 day, by: {code: {equals: A}}}}"


@pytest.fixture
def pack(tmp_path):
    """
    A pack of one rule over the archive and one test.
    """

    def write(test: str, rule: str = RULE):
        folder = write_pack(tmp_path, RULES.format(rule=rule, test=test), files={"m.xml": MESSAGE})
        return load_pack(folder, trust=True)

    return write


@pytest.mark.parametrize(
    ("test", "standing", "problems"),
    [
        pytest.param(f"{{messages: [{QUESTION}, {ANSWER}], expect: pass}}", Standing.HELD, (), id="pass"),
        pytest.param(
            f"{{messages: [{QUESTION}, {LATE}], expect: {{fail: [R], undecided: [M]}}}}", Standing.HELD, (), id="fail"
        ),
        pytest.param(f"{{messages: [{QUESTION}, {ANSWER}], expect: {{pass: [R, M]}}}}", Standing.HELD, (), id="each"),
        pytest.param(
            f"{{messages: [{QUESTION}, {LATE}], expect: pass}}",
            Standing.FAILED,
            (
                (
                    "R fails, and nothing of the kind was expected: "
                    "no such message of the archive answers this one within 1 day"
                ),
                "no rule passes, because none looked at these messages",
            ),
            id="not-pass",
        ),
        pytest.param(
            f"{{messages: [{QUESTION}, {ANSWER}], expect: {{fail: [R]}}}}",
            Standing.FAILED,
            ("R passes, and fail was expected",),
            id="not-fail",
        ),
        pytest.param(
            f"{{messages: [{QUESTION}], expect: {{fail: [O]}}}}",
            Standing.ERROR,
            ("O is not decided over an archive; it is a draft, or asks for no other message",),
            id="a-rule-of-one-message",
        ),
        pytest.param(
            "{messages: [n.xml], expect: pass}",
            Standing.ERROR,
            ("there is no message 'n.xml' in the pack's folder or in samples/",),
            id="no-such-file",
        ),
    ],
)
def test_a_test_of_several_messages(pack, test, standing, problems):
    """
    It holds when the rules over the archive come to what it expects, and never when it cannot be run.
    """
    (result,) = run_trials(pack(test))

    assert (result.standing, result.problems) == (standing, problems)


@pytest.mark.parametrize(
    ("test", "told"),
    [
        pytest.param("{message: m.xml, messages: [m.xml], expect: pass}", "unknown key 'message'", id="both"),
        pytest.param("{messages: [m.xml], request: m.xml, expect: pass}", "unknown key 'request'", id="a-request"),
        pytest.param("{messages: [{mesage: m.xml}], expect: pass}", "unknown key 'mesage'", id="misspelt"),
        pytest.param("{messages: [], expect: pass}", "the list is empty", id="empty"),
        pytest.param("{messages: [m.xml], expect: {fail: [RR]}}", "unknown rule 'RR'", id="no-such-rule"),
        pytest.param("{expect: pass}", "the key 'message' is missing", id="none"),
    ],
)
def test_mistakes(pack, test, told):
    """
    What a test says wrongly is told where it stands.
    """
    with pytest.raises(PackInvalid) as raised:
        pack(test)

    assert told in str(raised.value)


def test_without_duckdb(pack, monkeypatch):
    """
    A pack with such tests says what to install.
    """
    monkeypatch.setitem(sys.modules, "duckdb", None)
    said = "rules over the archive need DuckDB; install it with: pip install 'itk3-validator[batch]'"
    loaded = pack(f"{{messages: [{QUESTION}, {ANSWER}], expect: pass}}")

    assert [(each.standing, each.problems) for each in run_trials(loaded)] == [(Standing.ERROR, (said,))]
    assert [each.problems for each in prove_archive(loaded)] == [(said,)]


PASSING = f"{{messages: [{QUESTION}, {ANSWER}], expect: pass}}"
PROVED = {
    "answered": RULE,
    "answered-at-most": "for: question, check: {answered: {count: 0..1}}",
    "request-known": "for: answer, check: {request-known: {within: 1 day}}",
    "after-request": "for: answer, check: {after-request: {tolerance: 5 minutes}}",
    "no-answer-before": "for: answer, check: {no-answer-before: {code: {one-of: [B]}}}",
    "unique": "for: answer, check: {unique: code}",
    "unique-per": "check: {unique: {of: name, per: [MessageId]}}",
    "covers": "for: answer, check: {covers: {of: code, codes: codes}}",
}


@pytest.mark.parametrize("rule", PROVED.values(), ids=PROVED)
def test_a_rule_is_proved(pack, rule):
    """
    Every verb fails on archives that are broken for it, and on no other.
    """
    (proof,) = prove_archive(pack(PASSING, rule))

    assert (proof.holds, proof.told) == (True, ())
    assert proof.mutations


HOLES = {
    "switched-off": ("for: answer, when: {code: {equals: Z}}, check: {unique: code}", "no test that names several"),
    "any-answer": (
        "for: question, check: {answered: {within: 1 day, by: {any-of: [{code: present}, {code: absent}]}}}",
        "when code of the answers is another, the rule is pass and not fail",
    ),
    "never": (
        "for: answer, check: {no-answer-before: {code: {equals: A, none-of: [A]}}}",
        "such an answer comes a second before, the rule is pass and not fail",
    ),
}


@pytest.mark.parametrize(("rule", "told"), HOLES.values(), ids=HOLES)
def test_a_hole_is_found(pack, rule, told):
    """
    A rule that does not notice what breaks it is not proved.
    """
    (proof,) = prove_archive(pack(PASSING, rule))

    assert not proof.holds
    assert told in proof.told[0]


def test_inherited_rules_are_proved_when_asked_for():
    """
    A pack that extends another proves what it has a say in; all of it with *inherited*; the bundled ones hold.
    """
    oc = load_pack("gpcm-sd-oc")
    own = prove_archive(oc)

    assert {each.rule for each in own} == {rule.id for rule in oc.archive if rule.pack == "gpcm-sd-oc"}
    assert [each.told for each in own if not each.holds] == []
    assert [each.rule for each in prove_archive(oc, only=["RSP-ITK#responses"])] == ["RSP-ITK#responses"]
