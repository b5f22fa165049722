"""
What a rule means: when it applies, what its outcome is, and what is needed to decide it.
"""

from __future__ import annotations

import pytest

from itk3_validator import PackInvalid, Validator
from itk3_validator.finding import Outcome
from itk3_validator.judgement import AND, ANY, Judgement, joined
from pack_builder import entry, message, validator, write_pack

PACK = """
interactions: {{letter: {{}}, answer: {{answers: letter, requires: {{response: present}}}}}}
facts:
  recipient: {{values: [primary, copy]}}
  mailbox: {{unstated: not-applicable}}
  subject: {{}}
selectors:
  status: /f:Bundle/f:entry/f:resource/f:Observation/f:status
  observations: /f:Bundle/f:entry/f:resource/f:Observation
  header: (/f:Bundle/f:entry/f:resource/f:MessageHeader)[1]
  response: $header/f:response
  answered: $response/f:identifier
  sender: $header/f:sender
  organization: {{follow: $sender}}
  organizationName: $organization/f:name
  parent: {{follow: $organization/f:partOf}}
  parentName: $parent/f:name
code-lists:
  responses: {{file: responses.csv}}
rules:
{rules}
"""
RESPONSES = "code,display,severity\n30001,Known here,information\n"

NO_REQUEST = "the request that this message answers is needed to decide this"
STATE_RECIPIENT = "state the fact 'recipient' (primary or copy) to decide this"
OBSERVATIONS = "/f:Bundle/f:entry[{}]/f:resource/f:Observation"


def rule(check, **keys):
    lines = [f"    {key.rstrip('_')}: {text}" for key, text in {**keys, "check": check}.items()]
    return "\n".join(["  - id: R", "    text: It is so.", *lines])


@pytest.fixture
def judge(tmp_path):
    """
    One rule on one message: outcome, sentence, and the findings as tuples without `masked`.
    """

    def judged(rules, text, **call):
        judge = validator(tmp_path, PACK.format(rules=rules), files={"responses.csv": RESPONSES})
        (result,) = judge.validate(text, **{"interaction": "letter", **call}).results
        return result.outcome, result.message, [tuple(each)[:4] for each in result.findings]

    return judged


@pytest.fixture
def outcome(judge):
    return lambda *args, **call: str(judge(*args, **call)[0])


def observation(*lines):
    return entry(f"<Observation>{''.join(lines)}</Observation>")


def status(*texts):
    return "".join(f'<status value="{text}"/>' for text in texts)


FINAL = message(observation(status("final")))
NONE = message()
TOO_LONG = message(observation(status("a" * 65_537)))

# checks by their outcome on FINAL, without a request and without facts
PASSES = "status: {equals: final}"
FAILS = "status: {equals: amended}"
NOTHING = "response: {order: [identifier, code]}"
OPTIONAL = "answered: {equals: x, count: 0..1}"
UNDECIDED = "status: {same-as: request.status}"
ERROR = "test: 1 div count(f:none) > 0"
BY_OUTCOME = {
    "pass": PASSES,
    "fail": FAILS,
    "not-applicable": OPTIONAL,
    "undecided": UNDECIDED,
    "error": ERROR,
}

# the same as conditions, in which a value that may be missing has to be there
CONDITIONS = {**BY_OUTCOME, "not-applicable": "observations: {order: [identifier, code]}"}

X_IS_WRONG = "status is 'x'; expected 'final'."


class TestWhen:
    @pytest.mark.parametrize(
        ("when", "texts", "expected"),
        [
            pytest.param("{status: {equals: final}}", ["final"], "fail", id="holds"),
            pytest.param("{status: {equals: final}}", ["amended"], "not-applicable", id="does not"),
            pytest.param("{status: {equals: final}}", [], "not-applicable", id="missing"),
            pytest.param("{status: {equals: final}}", [""], "not-applicable", id="empty"),
            pytest.param("{status: {equals: final}}", ["final", "amended"], "fail", id="first of two holds"),
            pytest.param("{status: {equals: final}}", ["", "amended", "final"], "fail", id="last of three holds"),
            pytest.param("{status: {equals: final}}", ["amended", "amended"], "not-applicable", id="neither of two"),
            pytest.param("{status: {none-of: [final]}}", ["final", "amended"], "fail", id="none-of: any other"),
            pytest.param("{status: present}", ["", "final"], "fail", id="present: any"),
            pytest.param("{status: present}", ["", ""], "not-applicable", id="present: all empty"),
            pytest.param("{status: absent}", ["final"], "not-applicable", id="absent: there is one"),
            pytest.param("{status: {count: 2}}", ["final", "final"], "fail", id="count"),
            pytest.param(
                "{any-of: [{status: {equals: x}}, {status: {equals: final}}]}", ["final"], "fail", id="any-of holds"
            ),
            pytest.param(
                "{any-of: [{status: {equals: x}}, {status: {equals: y}}]}", ["final"], "not-applicable", id="any-of not"
            ),
            pytest.param(
                "{status: {equals: final}, observations: {count: 2}}", ["final"], "not-applicable", id="all must hold"
            ),
            pytest.param('{test: "count($status) = 1"}', ["final"], "fail", id="test holds"),
            pytest.param('{test: "count($status) = 2"}', ["final"], "not-applicable", id="test does not"),
        ],
    )
    def test_any_value_that_holds_is_enough(self, outcome, when, texts, expected):
        """
        A condition holds if any value satisfies it, so that a doubled value cannot switch a rule off.
        """
        assert outcome(rule("{response: present}", when=when), message(observation(status(*texts)))) == expected

    @pytest.mark.parametrize("form", ["{{{}}}", "{{any-of: [{{{}}}, {{status: absent}}]}}"], ids=["when", "any-of"])
    @pytest.mark.parametrize("second", CONDITIONS)
    @pytest.mark.parametrize("first", CONDITIONS)
    def test_several_conditions(self, outcome, first, second, form):
        """
        Every condition must hold: one that does not, or that looked at nothing, decides before one that is not known.
        """
        order = ["error", "fail", "not-applicable", "undecided", "pass"]
        decides = min(first, second, key=order.index)
        expected = {"fail": "not-applicable"}.get(decides, decides)
        conditions = {CONDITIONS[first], CONDITIONS[second].replace("status:", "$observations/f:status:")}
        when = form.format(", ".join(sorted(conditions)))

        assert outcome(rule("{status: present}", when=when, xpath='"2.0"'), FINAL) == expected

    def test_a_condition_that_looked_at_nothing_is_the_same_alone_and_beside_another(self, outcome):
        """
        A rule does not begin to apply because a condition that holds is put beside one that does not.
        """
        nothing = "status: {same-as: fact.mailbox}"

        assert outcome(rule("{status: present}", when=f"{{{nothing}}}"), FINAL) == "not-applicable"
        assert (
            outcome(rule("{status: present}", when=f"{{{nothing}, observations: present}}"), FINAL) == "not-applicable"
        )

    @pytest.mark.parametrize(
        ("when", "expected"),
        [
            pytest.param(UNDECIDED, ("undecided", NO_REQUEST, []), id="undecided"),
            pytest.param("request." + PASSES, ("undecided", NO_REQUEST, []), id="request missing"),
            pytest.param(
                ERROR, ("error", "the rule could not be run (ElementPathZeroDivisionError)", []), id="cannot be run"
            ),
        ],
    )
    def test_a_condition_that_is_not_known(self, judge, when, expected):
        """
        It leaves the rule undecided, or makes it an error; never a pass.
        """
        assert judge(rule("{status: present}", when=f"{{{when}}}", xpath='"2.0"'), FINAL) == expected


class TestWhatApplies:
    @pytest.mark.parametrize(
        ("keys", "facts", "expected"),
        [
            pytest.param({}, {"recipient": "primary"}, "pass", id="stated as given"),
            pytest.param({}, {"recipient": "copy"}, "not-applicable", id="stated otherwise"),
            pytest.param({}, {}, "undecided", id="not stated"),
            pytest.param({"for_": "letter"}, {}, "undecided", id="for this interaction"),
            pytest.param({"for_": "answer"}, {}, "not-applicable", id="for another: before facts are asked"),
            pytest.param({"for_": "[answer, letter]"}, {"recipient": "primary"}, "pass", id="for both"),
            pytest.param({"when": "{status: {equals: x}}"}, {}, "not-applicable", id="when: before facts are asked"),
            pytest.param({"when": f"{{{UNDECIDED}}}"}, {}, "undecided", id="when undecided, not stated"),
            pytest.param({"when": f"{{{UNDECIDED}}}"}, {"recipient": "copy"}, "not-applicable", id="surely not"),
            pytest.param(
                {"when": f"{{{UNDECIDED}}}"},
                {"recipient": "primary"},
                "undecided",
                id="when undecided, stated as given",
            ),
            pytest.param(
                {"when": f"{{{ERROR}}}", "xpath": '"2.0"'},
                {"recipient": "copy"},
                "error",
                id="when cannot be run, stated otherwise",
            ),
        ],
    )
    def test_for_when_given(self, outcome, keys, facts, expected):
        """
        `for`, then `when`, then `given`: what does not apply is not-applicable before facts are asked.
        """
        assert outcome(rule(f"{{{PASSES}}}", **keys, given="{recipient: primary}"), FINAL, facts=facts) == expected

    @pytest.mark.parametrize(
        ("given", "facts", "expected"),
        [
            pytest.param("{recipient: [primary, copy]}", {"recipient": "copy"}, "pass", id="one of several"),
            pytest.param("{mailbox: m}", {}, "not-applicable", id="unstated: not-applicable"),
            pytest.param("{mailbox: m}", {"mailbox": "m"}, "pass", id="any text may be stated"),
            pytest.param("{mailbox: m}", {"mailbox": "M"}, "not-applicable", id="facts are not trimmed or folded"),
            pytest.param(
                "{recipient: copy, subject: s}", {"subject": "other"}, "not-applicable", id="second surely not"
            ),
            pytest.param("{recipient: copy, mailbox: m}", {}, "not-applicable", id="second by its silence not"),
            pytest.param("{recipient: copy, subject: s}", {"subject": "s"}, "undecided", id="one stated, one not"),
        ],
    )
    def test_given(self, outcome, given, facts, expected):
        """
        Every fact must be stated as the rule wants it; one that is stated otherwise decides, wherever it stands.
        """
        assert outcome(rule(f"{{{PASSES}}}", given=given), FINAL, facts=facts) == expected

    def test_what_would_decide_it(self, judge):
        """
        An undecided rule tells which fact to state, and which values it has.
        """
        primary = rule(f"{{{PASSES}}}", given="{recipient: primary}")
        subject = rule(f"{{{PASSES}}}", given="{subject: s}")

        assert judge(primary, FINAL) == ("undecided", STATE_RECIPIENT, [])
        assert judge(subject, FINAL) == ("undecided", "state the fact 'subject' to decide this", [])

    def test_a_draft_is_not_run(self, tmp_path):
        """
        Draft rules are loaded and checked, not run; deprecated ones are.
        """
        rules = rule(f"{{{FAILS}}}", status="draft") + rule(f"{{{FAILS}}}", status="deprecated").replace("R", "S", 1)
        report = validator(
            tmp_path,
            PACK.format(rules=f"\n{rules}".replace("  - id: S", "\n  - id: S")),
            files={"responses.csv": RESPONSES},
        ).validate(FINAL, interaction="letter")

        assert report.outcomes == {"S": "fail"}


class TestFactsInChecks:
    @pytest.mark.parametrize(
        ("facts", "expected"),
        [
            pytest.param({"subject": "final"}, ("pass", None, []), id="same"),
            pytest.param(
                {"subject": "other"},
                (
                    "fail",
                    "status is 'final'; expected the subject that the caller states.",
                    [
                        (
                            "/f:Bundle/f:entry/f:resource/f:Observation/f:status/@value",
                            2,
                            39,
                            "the subject that the caller states",
                        )
                    ],
                ),
                id="other: what was stated is not shown",
            ),
            pytest.param({}, ("undecided", "state the fact 'subject' to decide this", []), id="not stated"),
        ],
    )
    def test_same_as_a_fact(self, judge, facts, expected):
        """
        The value is compared with what the caller states.
        """
        assert judge(rule("{status: {same-as: fact.subject}}"), FINAL, facts=facts) == expected

    @pytest.mark.parametrize("version", ["1.0", "2.0", "3.0"])
    @pytest.mark.parametrize(
        ("facts", "expected"), [({"subject": "final"}, "pass"), ({"subject": "x"}, "fail"), ({}, "undecided")]
    )
    def test_a_fact_in_a_test(self, outcome, version, facts, expected):
        """
        `$fact.name` is what the caller states; without it the test is undecided.
        """
        check = '{test: "$status/@value = $fact.subject"}'

        assert outcome(rule(check, xpath=f'"{version}"'), FINAL, facts=facts) == expected

    def test_not_applicable_when_a_fact_says_so(self, outcome):
        """
        A fact with `unstated: not-applicable` makes a comparison with it not-applicable.
        """
        assert outcome(rule("{status: {same-as: fact.mailbox}}"), FINAL) == "not-applicable"


class TestJoining:
    @pytest.mark.parametrize("second", BY_OUTCOME)
    @pytest.mark.parametrize("first", BY_OUTCOME)
    def test_several_checks(self, outcome, first, second):
        """
        AND: error over fail over undecided over pass over not-applicable, in whatever order they stand.
        """
        order = ["error", "fail", "undecided", "pass", "not-applicable"]
        expected = min(first, second, key=order.index)
        checks = {BY_OUTCOME[first], BY_OUTCOME[second].replace("status:", "$observations/f:status:")}

        assert (
            outcome(rule(f"{{{', '.join(sorted(checks, reverse=first > second))}}}", xpath='"2.0"'), FINAL) == expected
        )

    @pytest.mark.parametrize("second", BY_OUTCOME)
    @pytest.mark.parametrize("first", BY_OUTCOME)
    def test_any_of(self, outcome, first, second):
        """
        OR: error over pass over undecided over fail over not-applicable, in whatever order they stand.
        """
        order = ["error", "pass", "undecided", "fail", "not-applicable"]
        expected = min(first, second, key=order.index)
        check = f"{{any-of: [{{{BY_OUTCOME[first]}}}, {{{BY_OUTCOME[second]}}}]}}"

        assert outcome(rule(check, xpath='"2.0"'), FINAL) == expected

    def test_an_alternative_holds_as_a_whole(self, outcome):
        """
        Several checks of one alternative are joined by AND.
        """
        both = f"{{any-of: [{{{PASSES}, answered: present}}, {{{FAILS}}}]}}"

        assert outcome(rule(both), FINAL) == "fail"

    def test_any_of_beside_another_check(self, outcome):
        """
        `any-of` is one check among several.
        """
        check = f"{{any-of: [{{{PASSES}}}, {{{FAILS}}}], answered: present}}"

        assert outcome(rule(check), FINAL) == "fail"

    def test_nothing_at_all(self):
        """
        No judgement is not-applicable, never pass.
        """
        assert joined([]).outcome is Outcome.NOT_APPLICABLE
        assert joined([Judgement(Outcome.NOT_APPLICABLE)] * 2, ANY).outcome is Outcome.NOT_APPLICABLE
        assert set(AND) == set(ANY) == set(Outcome) - {Outcome.WAIVED}


class TestEach:
    @pytest.mark.parametrize(
        ("each", "texts", "expected"),
        [
            pytest.param("observations", [], "not-applicable", id="no node"),
            pytest.param("observations", ["final"], "pass", id="one"),
            pytest.param("observations", ["final", "final"], "pass", id="each has exactly one"),
            pytest.param("$observations", ["final"], "pass", id="a $name"),
            pytest.param("/f:Bundle/f:entry/f:resource/f:Observation", ["final", "x"], "fail", id="an XPath"),
            pytest.param("{select: observations, count: 1..*}", ["final"], "pass", id="count holds"),
            pytest.param("{select: observations, count: 0..2}", [], "not-applicable", id="count holds over nothing"),
        ],
    )
    def test_the_checks_are_asked_of_every_node(self, outcome, each, texts, expected):
        """
        `./` is relative to the node; no node at all is not-applicable, whatever count allows.
        """
        text = message(*(observation(status(each)) for each in texts))

        assert outcome(rule("{./f:status: {equals: final}}", each=each), text) == expected

    @pytest.mark.parametrize(
        ("lines", "expected"),
        [
            pytest.param(
                [],
                ("fail", "observations is missing; expected 1 to 2.", [("/f:Bundle", 1, 1, "1 to 2")]),
                id="none",
            ),
            pytest.param(
                [observation(status("final"))] * 3,
                (
                    "fail",
                    "observations is there 3 times; expected 1 to 2.",
                    [(OBSERVATIONS.format(3), 4, 18, "1 to 2")],
                ),
                id="too many",
            ),
            pytest.param(
                [observation(status("final")), observation("<comment/>"), observation(status("x"))],
                (
                    "fail",
                    "observations is there 3 times; expected 1 to 2. status is missing; expected 'final'. "
                    + X_IS_WRONG,
                    [
                        (OBSERVATIONS.format(2), 3, 18, "'final'"),
                        (OBSERVATIONS.format(3), 4, 18, "1 to 2"),
                        (OBSERVATIONS.format(3) + "/f:status/@value", 4, 39, "'final'"),
                    ],
                ),
                id="what fails is placed at its own node",
            ),
        ],
    )
    def test_each_with_a_count(self, judge, lines, expected):
        """
        With `count` the number of nodes is told, beside what is wrong with each.
        """
        outcome, sentence, findings = judge(
            rule("{./f:status: {equals: final}}", each="{select: observations, count: 1..2}"), message(*lines)
        )

        said, wanted = (sorted(each.split(". ")) for each in (f"{sentence} ", f"{expected[1]} "))
        assert (outcome, said, findings) == (expected[0], wanted, expected[2])

    @pytest.mark.parametrize(
        ("when", "expected"),
        [
            pytest.param("{./f:code: present}", "pass", id="chooses nodes"),
            pytest.param("{./f:status: {equals: final}}", "pass", id="chooses by value"),
            pytest.param("{./f:status: {equals: amended}}", "fail", id="chooses the wrong one"),
            pytest.param("{./f:comment: present}", "not-applicable", id="chooses none"),
            pytest.param("{./f:status: present}", "fail", id="chooses all"),
            pytest.param("{status: {equals: amended}}", "fail", id="not relative: asked once"),
            pytest.param('{test: "f:code"}', "pass", id="test: asked of each"),
            pytest.param("{any-of: [{./f:code: present}, {./f:comment: present}]}", "pass", id="any-of: asked of each"),
            pytest.param("{./f:status: {same-as: request.status}}", "undecided", id="undecided"),
        ],
    )
    def test_when_chooses_the_nodes(self, outcome, when, expected):
        """
        A `when` on `./` is asked of each node; one without is asked once.
        """
        text = message(observation(status("final"), "<code><text/></code>"), observation(status("amended")))

        assert outcome(rule("{./f:status: {equals: final}}", each="observations", when=when), text) == expected

    def test_the_count_is_that_of_the_chosen(self, outcome):
        """
        What `when` leaves out is not counted.
        """
        text = message(observation(status("final")), observation(status("amended")))
        one = rule(
            "{./f:status: present}", each="{select: observations, count: 1}", when="{./f:status: {equals: final}}"
        )

        assert outcome(one, text) == "pass"

    def test_one_undecided_node(self, outcome):
        """
        Fail over undecided over pass, node by node.
        """
        check = "{./f:status: {same-as: request.status}}"

        assert outcome(rule(check, each="observations"), message(observation(status("a")), observation())) == "fail"
        assert outcome(rule(check, each="observations"), message(observation(status("a")))) == "undecided"

    def test_a_test_is_asked_at_the_node(self, judge):
        """
        The context of `test` is the node.
        """
        text = message(observation(status("final")), observation())

        assert judge(rule('{test: "f:status"}', each="observations"), text) == (
            "fail",
            "This does not hold: It is so.",
            [(OBSERVATIONS.format(2), 3, 18, "f:status")],
        )


class TestLookedAtNothing:
    @pytest.mark.parametrize(
        ("check", "expected"),
        [
            pytest.param("{status: {equals: x, count: 0..1}}", "not-applicable", id="count: 0..1 beside a value verb"),
            pytest.param("{status: unique}", "not-applicable", id="unique"),
            pytest.param("{status: absent}", "pass", id="absent"),
            pytest.param("{status: {count: 0..1}}", "pass", id="count alone"),
            pytest.param("{status: {equals: x}}", "fail", id="a value verb"),
            pytest.param("{status: {none-of: [x]}}", "fail", id="none-of too"),
            pytest.param("{status: unique, answered: absent}", "pass", id="one looked, one did not"),
        ],
    )
    def test_it_is_never_a_pass(self, outcome, check, expected):
        """
        A rule whose checks looked at nothing is not-applicable; `absent` and `count` alone look at the nothing itself.
        """
        assert outcome(rule(check), NONE) == expected


class TestErrors:
    @pytest.mark.parametrize(
        ("check", "text", "why"),
        [
            pytest.param(
                '{status: {matches: "a+"}}',
                TOO_LONG,
                "the value has 65,537 characters; a pattern is tried on 65,536 at most",
                id="a value too long for a pattern",
            ),
            pytest.param(
                '{status: {matches: "a+", length: 65537}}',
                TOO_LONG,
                "the value has 65,537 characters; a pattern is tried on 65,536 at most",
                id="beside a check that passes",
            ),
            pytest.param(
                '{any-of: [{status: present}, {status: {matches: "a+"}}]}',
                TOO_LONG,
                "the value has 65,537 characters; a pattern is tried on 65,536 at most",
                id="beside an alternative that holds",
            ),
            pytest.param(
                '{status: {matches: "a+", some: true}}',
                message(observation(status("a" * 65_537, "a"))),
                "the value has 65,537 characters; a pattern is tried on 65,536 at most",
                id="beside another value that holds",
            ),
            pytest.param(
                f"{{{ERROR}}}", NONE, "the rule could not be run (ElementPathZeroDivisionError)", id="division by zero"
            ),
            pytest.param(
                '{test: "xs:date(f:entry[1]/@id)"}',
                message('<entry id="x"/>'),
                "the rule could not be run (ElementPathValueError)",
                id="no date: nothing of the message is told",
            ),
        ],
    )
    def test_a_rule_that_cannot_be_run(self, judge, check, text, why):
        """
        It is an error with its cause, and never looks like a pass.
        """
        assert judge(rule(check, xpath='"2.0"'), text) == ("error", why, [])

    def test_the_other_rules_are_run(self, tmp_path):
        """
        One rule that cannot be run stops no other; the verdict is error unless a rule failed.
        """
        rules = "\n".join([rule(f"{{{ERROR}}}", xpath='"2.0"'), rule(f"{{{PASSES}}}").replace("id: R", "id: S")])
        judge = validator(tmp_path, PACK.format(rules=rules), files={"responses.csv": RESPONSES})

        passed, failed = (judge.validate(text, interaction="letter") for text in (FINAL, NONE))
        assert (passed.verdict, passed.outcomes) == ("error", {"R": "error", "S": "pass"})
        assert (failed.verdict, failed.outcomes) == ("invalid", {"R": "error", "S": "fail"})

    def test_a_value_of_the_longest_length_is_tried(self, outcome):
        """
        65,536 characters are still tried.
        """
        text = message(observation(status("a" * 65_536)))

        assert outcome(rule('{status: {matches: "a+"}}'), text) == "pass"


def header(*inside):
    return entry(f"<MessageHeader>{''.join(inside)}</MessageHeader>")


SENDER = '<sender><reference value="urn:uuid:1"/></sender>'


def organizations(name, parent="Trust"):
    return (
        entry(
            f'<Organization><name value="{name}"/><partOf><reference value="Organization/p"/></partOf></Organization>',
            "urn:uuid:1",
        ),
        entry(f'<Organization><id value="p"/><name value="{parent}"/></Organization>'),
    )


ORGANIZATION_NAME = "/f:Bundle/f:entry[2]/f:resource/f:Organization/f:name/@value"


class TestRequest:
    @pytest.mark.parametrize(
        ("check", "request_", "expected"),
        [
            pytest.param("{request.status: {equals: final}}", FINAL, "pass", id="check holds"),
            pytest.param("{request.status: {equals: x}}", FINAL, "fail", id="check does not"),
            pytest.param("{request.status: {equals: x}}", None, "undecided", id="check, no request"),
            pytest.param("{request.status: absent}", None, "undecided", id="absent, no request"),
            pytest.param("{request.status: absent}", NONE, "pass", id="absent there"),
            pytest.param("{request.status: {equals: x}}", b"<broken", "undecided", id="request cannot be read"),
            pytest.param("{status: {same-as: request.status}}", FINAL, "pass", id="same"),
            pytest.param(
                "{status: {same-as: request.status}}", message(observation(status("x"))), "fail", id="not the same"
            ),
            pytest.param("{status: {same-as: request.status}}", NONE, "undecided", id="the request lacks it"),
            pytest.param(
                "{status: {same-as: request.status}}",
                message(observation(status("final", "final"))),
                "undecided",
                id="the request has it twice",
            ),
            pytest.param(
                "{status: {same-as: request.status}}",
                message(observation(status(""))),
                "undecided",
                id="the request has it empty",
            ),
            pytest.param("{status: {same-as: request.status}}", None, "undecided", id="no request"),
            pytest.param("{answered: {same-as: request.status}}", None, "fail", id="missing here: fails anyway"),
        ],
    )
    def test_in_check(self, outcome, check, request_, expected):
        """
        `request.NAME` is the selector read on the request; without it nothing is decided by guesswork.
        """
        assert outcome(rule(check), FINAL, request=request_) == expected

    @pytest.mark.parametrize(
        ("request_", "expected"),
        [
            pytest.param(FINAL, "fail", id="holds"),
            pytest.param(NONE, "not-applicable", id="does not"),
            pytest.param(message(observation(status("x", "final"))), "fail", id="one of two holds"),
            pytest.param(None, "undecided", id="no request"),
        ],
    )
    def test_in_when(self, outcome, request_, expected):
        """
        A condition may ask the request.
        """
        keys = {"when": "{request.status: {equals: final}}"}

        assert outcome(rule("{answered: present}", **keys), FINAL, request=request_) == expected

    @pytest.mark.parametrize(
        ("request_", "why"),
        [
            pytest.param(None, NO_REQUEST, id="none"),
            pytest.param(NONE, "the request's status is missing, so there is nothing to compare with", id="missing"),
            pytest.param(
                message(observation("<status/>")),
                "the request's status has no value, so there is nothing to compare with",
                id="no value",
            ),
            pytest.param(
                message(observation(status("a", "b"))),
                "the request's status is there 2 times, so there is nothing to compare with",
                id="doubled",
            ),
        ],
    )
    def test_what_would_decide_it(self, judge, request_, why):
        """
        The reason names what the request lacks.
        """
        assert judge(rule("{status: {same-as: request.status}}"), FINAL, request=request_) == ("undecided", why, [])

    def test_what_differs(self, judge):
        """
        Both values are told, at the place in this message.
        """
        request = message(observation(status("amended")))

        assert judge(rule("{status: {same-as: request.status}}"), FINAL, request=request) == (
            "fail",
            "status is 'final'; expected 'amended' as in the request's status.",
            [
                (
                    "/f:Bundle/f:entry/f:resource/f:Observation/f:status/@value",
                    2,
                    39,
                    "'amended' as in the request's status",
                )
            ],
        )

    def test_a_followed_selector(self, judge):
        """
        `request.NAME` follows references inside the request.
        """
        here, there = (message(header(SENDER), *organizations(name)) for name in ("Here", "There"))
        check = rule("{organizationName: {same-as: request.organizationName}}")

        assert judge(check, here, request=here)[0] == "pass"
        assert judge(check, here, request=there) == (
            "fail",
            "organizationName is 'Here'; expected 'There' as in the request's organizationName.",
            [(ORGANIZATION_NAME, 3, 67, "'There' as in the request's organizationName")],
        )

    def test_a_row_keyed_by_the_request(self, outcome):
        """
        The key of `row` may stand in the request; without it the rule is undecided.
        """
        check = rule("{status: {row: {of: responses, key: request.status, column: severity}}}")
        text = message(observation(status("information")))

        assert outcome(check, text, request=message(observation(status("30001")))) == "pass"
        assert outcome(check, FINAL, request=message(observation(status("30001")))) == "fail"
        assert outcome(check, FINAL) == "undecided"

    def test_it_is_never_judged(self, tmp_path):
        """
        A request that breaks the rules changes nothing about the message that answers it.
        """
        judge = validator(tmp_path, PACK.format(rules=rule(f"{{{PASSES}}}")), files={"responses.csv": RESPONSES})
        report = judge.validate(FINAL, request=NONE, interaction="letter")

        assert (report.verdict, report.outcomes) == ("valid", {"R": "pass"})


class TestSelectors:
    GOOD = message(header(SENDER), *organizations("Acme"))

    @pytest.mark.parametrize(
        ("check", "expected"),
        [
            pytest.param("{organizationName: {equals: Acme}}", "pass", id="of a selector"),
            pytest.param("{$organization/f:name: {equals: Acme}}", "pass", id="in place"),
            pytest.param("{parentName: {equals: Trust}}", "pass", id="of a followed one"),
            pytest.param("{parentName: {equals: Acme}}", "fail", id="wrong"),
            pytest.param("{organization: {count: 1}}", "pass", id="counted"),
            pytest.param("{test: \"$parent/f:name/@value = 'Trust'\"}", "pass", id="in a test"),
            pytest.param("{sender: {refers-to: {where: {parentName: {equals: Trust}}}}}", "pass", id="in where"),
        ],
    )
    @pytest.mark.parametrize("version", ["1.0", "2.0", "3.0"])
    def test_following_references(self, outcome, check, version, expected):
        """
        A selector selects the resource that a reference points to, and others may stand on it.
        """
        assert outcome(rule(check, xpath=f'"{version}"'), self.GOOD) == expected

    @pytest.mark.parametrize(
        ("lines", "place"),
        [
            pytest.param(
                [header(SENDER), entry("<Organization/>", "urn:uuid:1")],
                ("/f:Bundle/f:entry[2]/f:resource/f:Organization", 3, 47),
                id="in the resource",
            ),
            pytest.param(
                [header(SENDER)],
                ("/f:Bundle/f:entry/f:resource/f:MessageHeader/f:sender", 2, 33),
                id="the reference leads nowhere",
            ),
            pytest.param([header()], ("/f:Bundle/f:entry/f:resource/f:MessageHeader", 2, 18), id="no reference"),
            pytest.param([], ("/f:Bundle", 1, 1), id="nothing"),
        ],
    )
    def test_what_is_missing_beyond_a_reference(self, judge, lines, place):
        """
        It is placed as near as the message goes on the way there.
        """
        assert judge(rule("{organizationName: present}"), message(*lines)) == (
            "fail",
            "organizationName is missing; expected a value.",
            [(*place, "a value")],
        )

    def test_two_references_to_one_resource(self, outcome):
        """
        A resource that two references point to is one node.
        """
        text = message(header(SENDER, SENDER), *organizations("Acme"))

        assert outcome(rule("{organization: {count: 1}}"), text) == "pass"

    def test_a_selector_stands_for_its_xpath_in_parentheses(self, outcome):
        """
        `$header/...` is the first header's, as the selector says, not the header of a payload inside.
        """
        payload = f'<Bundle xmlns="http://hl7.org/fhir">{header("<response/>")}</Bundle>'
        text = message(header(SENDER), header("<response/>"), entry(payload))

        assert outcome(rule("{response: absent}"), text) == "pass"

    def test_a_circle_is_refused(self, tmp_path):
        """
        Selectors that refer to each other in a circle are told at the first.
        """
        folder = write_pack(tmp_path, "selectors:\n  a: $b/f:x\n  b: $a/f:y\n")
        with pytest.raises(PackInvalid) as told:
            Validator(packs=[folder])

        assert str(told.value) == (
            f"{folder}/pack.yaml:7:3: the selector 'a' refers to itself: $a -> $b -> $a; begin one of them at '/'"
        )


LABELS = """
selectors:
  status: {xpath: /f:Bundle/f:entry/f:resource/f:Observation/f:status, label: Observation.status, safe: true}
  plain:  /f:Bundle/f:entry/f:resource/f:Observation/f:status
  about:  {follow: /f:Bundle/f:entry/f:resource/f:Observation/f:subject, label: the subject}
code-lists:
  states: {file: states.csv}
"""


@pytest.mark.parametrize(
    ("check", "sentence"),
    [
        pytest.param("{status: {equals: amended}}", "Observation.status is 'final'; expected 'amended'.", id="a value"),
        pytest.param("{status: absent}", "Observation.status is present; expected nothing here.", id="a node"),
        pytest.param("{plain: {equals: amended}}", "plain is 'final'; expected 'amended'.", id="without a label"),
        pytest.param("{about: present}", "the subject is missing; expected a value.", id="what is followed"),
        pytest.param("{$status: {equals: x}}", "$status is 'final'; expected 'x'.", id="an XPath is called as before"),
        pytest.param(
            "{plain: {same-as: request.status}}",
            "plain is 'final'; expected 'amended' as in the request's Observation.status.",
            id="in the request",
        ),
        pytest.param(
            "{request.status: {equals: final}}",
            "the request's Observation.status is 'amended'; expected 'final'.",
            id="of the request",
        ),
        pytest.param(
            "{$plain: {row: {of: states, key: status, column: says}}}",
            "$plain is 'final'; expected 'done' for final.",
            id="a row",
        ),
    ],
)
def test_what_sentences_call_a_place(tmp_path, check, sentence):
    """
    A selector's `label` stands in every sentence; its name does where it has none.
    """
    built = validator(tmp_path, f"{LABELS}rules:\n{rule(check)}\n", files={"states.csv": "code,says\nfinal,done\n"})
    request = message(observation(status("amended")))

    assert built.validate(FINAL, request=request).results[0].message == sentence


def test_a_label_may_stand_in_a_sentence_of_the_rule(tmp_path):
    """
    `{selector}` in `message:` is the label.
    """
    built = validator(
        tmp_path,
        f"{LABELS}rules:\n{rule('{status: absent}', message=repr('{selector} is too much.'))}\n",
        files={"states.csv": "code,says\nfinal,done\n"},
    )

    assert built.validate(FINAL).results[0].message == "Observation.status is too much."
