"""
What lint finds in rule files, and what it leaves alone.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from itk3_validator.workshop.lint import KINDS, lint
from itk3_validator.workshop.lint.pages import pages
from lint_packs import BUNDLE, HEADER, linted, rule, told, write

DOCS = Path(__file__).parent.parent / "docs" / "lint"
HANDLING = f"{HEADER}/f:extension[@url='https://fhir.nhs.uk/STU3/StructureDefinition/Extension-ITK-MessageHandling-2']"


def only(problems, code):
    """
    The problems of one code, as (what, remedy).
    """
    assert {each.code for each in problems} <= {code}
    return [(each.what, each.remedy) for each in problems]


def test_the_bundled_packs_are_clean():
    """
    There is nothing to complain of in what is delivered.
    """
    found = lint()

    assert (found.packs, found.problems, found.loads) == (
        ("gpcm-sd-oc", "itk3-acknowledgement", "itk3-message", "itk3-outpatient-letter"),
        (),
        True,
    )


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_the_wrong_example_of_a_page_has_its_problem(kind, tmp_path):
    """
    What a page shows as wrong has this kind of problem and no other.
    """
    assert {each.code for each in linted(tmp_path, kind.bad)} == {kind.code}


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_the_right_example_of_a_page_is_clean(kind, tmp_path):
    """
    What a page shows as right has no problem at all.
    """
    assert linted(tmp_path, kind.good) == ()


@pytest.mark.parametrize("name", sorted(pages()))
def test_the_pages_are_fresh(name):
    """
    `make generated` would write what is there.
    """
    assert (DOCS / name).read_text(encoding="utf-8") == pages()[name]


def test_no_page_is_left_over():
    """
    Every page in docs/lint is of a kind that exists.
    """
    assert sorted(each.name for each in DOCS.iterdir()) == sorted(pages())


class TestUnknownElement:
    @pytest.mark.parametrize(
        ("path", "what", "remedy"),
        [
            pytest.param(
                f"{HEADER}/f:evnt",
                "a MessageHeader has no element 'evnt' in FHIR STU3, so it matches nothing",
                "did you mean 'event'?; where a wrong name itself is looked for, write *[local-name()='evnt']",
                id="typo",
            ),
            pytest.param(
                f"{HEADER}/f:event/f:code/f:value",
                "a code has no element 'value' in FHIR STU3, so it matches nothing",
                "it is an attribute: write @value",
                id="value-without-at",
            ),
            pytest.param(
                f"{HEADER}/f:extension[f:url='BusAckRequested']/f:valueBoolean",
                "an Extension has no element 'url' in FHIR STU3, so it matches nothing",
                "it is an attribute: write @url",
                id="url-in-a-predicate",
            ),
            pytest.param(
                f"{BUNDLE}f:Observation/f:value",
                "an Observation has no element 'value' in FHIR STU3, so it matches nothing",
                "write it with its type, such as valueAttachment; "
                "where a wrong name itself is looked for, write *[local-name()='value']",
                id="choice",
            ),
            pytest.param(
                f"{BUNDLE}f:bundle",
                "FHIR STU3 has no resource for the element 'bundle', so it matches nothing",
                "did you mean 'Bundle'?; where a wrong name itself is looked for, write *[local-name()='bundle']",
                id="lower-case-resource",
            ),
            pytest.param(
                f"{BUNDLE}f:Composition/f:text/f:div",
                "a Narrative has no element 'div' in FHIR STU3, so it matches nothing",
                "write h:div",
                id="xhtml",
            ),
            pytest.param(
                f"{HEADER}/f:event/f:code/@valeu",
                "a code has no attribute 'valeu' in FHIR STU3, so it matches nothing",
                "did you mean '@value'?",
                id="attribute",
            ),
            pytest.param(
                f"{HEADER}/@timestamp",
                "a MessageHeader has no attribute 'timestamp' in FHIR STU3, so it matches nothing",
                "it is an element: write f:timestamp/@value",
                id="element-as-attribute",
            ),
            pytest.param(
                "/f:MessageHeader/f:eventCoding",
                "a MessageHeader has no element 'eventCoding' in FHIR STU3, so it matches nothing",
                "known are author, contained, destination, enterer, event, extension, focus, id and 12 more; "
                "where a wrong name itself is looked for, write *[local-name()='eventCoding']",
                id="name-of-R4",
            ),
        ],
    )
    def test_a_step_that_leads_nowhere_is_told(self, path, what, remedy, tmp_path):
        """
        A name that STU3 does not have there, with what was meant.
        """
        assert only(linted(tmp_path, rule(f'"{path}": present')), "unknown-element") == [(what, remedy)]

    @pytest.mark.parametrize(
        "path",
        [
            pytest.param(f"{HEADER}/f:event/f:code/@value", id="attribute"),
            pytest.param(f"{HANDLING}/f:extension/f:valueBoolean", id="extension"),
            pytest.param(f"{BUNDLE}f:Composition/f:text/h:div/h:p", id="xhtml"),
            pytest.param(f"{BUNDLE}f:Patient/f:contained/f:Organization/f:name", id="contained"),
            pytest.param(f"{BUNDLE}*/f:id", id="any-resource"),
            pytest.param(f"{BUNDLE}*[local-name()='bundle']", id="a-wrong-name-on-purpose"),
            pytest.param(f"{HEADER}/f:*[starts-with(local-name(), 'resp')]/f:code", id="wildcard"),
            pytest.param(f"{BUNDLE}f:Bundle/f:entry[f:resource/f:Composition]/f:fullUrl", id="payload"),
            pytest.param(f"{HEADER}/../../f:fullUrl", id="parent"),
            pytest.param(f"({HEADER} | {BUNDLE}f:Composition)[1]/f:title", id="union"),
            pytest.param(f"{BUNDLE}*[self::f:Patient or self::f:Practitioner]/f:birthDate", id="self"),
        ],
    )
    def test_what_stu3_has_is_quiet(self, path, tmp_path):
        """
        Elements, attributes, wildcards and what cannot be known for certain.
        """
        assert told(tmp_path, rule(f'"{path}": present')) == []

    def test_a_selector_hands_its_type_on(self, tmp_path):
        """
        `$header/f:x` is looked up in what `header` selects, and the caret stands at the name.
        """
        text = rule("$header/f:sendr: present", selectors=f"header: {HEADER}")

        assert told(tmp_path, text) == ["unknown-element 6:21"]

    def test_where_begins_at_the_resource_referred_to(self, tmp_path):
        """
        `./` inside `where` is an element of the resource that the alternative names.
        """
        where = "refers-to: {{resource: Organization, where: {{./f:{}: present}}}}"

        wrong = told(tmp_path, rule(f"{HEADER}/f:sender: {{{where.format('birthDate')}}}"))
        right = told(tmp_path, rule(f"{HEADER}/f:sender: {{{where.format('identifier')}}}"))

        assert ([each.split()[0] for each in wrong], right) == (["unknown-element"], [])

    def test_each_hands_its_type_on(self, tmp_path):
        """
        `./` is an element of what `each` selects.
        """
        each = f"    each: {BUNDLE}f:Observation\n"

        assert told(tmp_path, rule("./f:state: present", more=each)) == ["unknown-element 6:15"]
        assert told(tmp_path, rule("./f:status: present", more=each)) == []

    def test_a_followed_reference_may_be_any_resource(self, tmp_path):
        """
        What `follow` selects is not known: only what no resource has is told.
        """
        selectors = f"who: {{follow: {HEADER}/f:sender}}"

        assert told(tmp_path, rule("$who/f:birthDate: present", selectors=selectors)) == []
        assert told(tmp_path, rule("$who/f:birthDay: present", selectors=selectors)) == ["unknown-element 6:18"]

    def test_a_value_put_in_is_placed_where_it_stands(self, tmp_path):
        """
        A mistake inside `${...}` is told at its place in the rule.
        """
        text = "values: {PART: f:evnt}\n" + rule(f'"{HEADER}/${{PART}}": present')

        assert told(tmp_path, text) == ["unknown-element 6:59"]


@pytest.mark.parametrize(
    ("check", "expected"),
    [
        pytest.param(
            f"{HEADER}: {{order: [event, sendr]}}",
            [
                (
                    "a MessageHeader has no element 'sendr' in FHIR STU3, so its place is never asked",
                    "did you mean 'sender'?",
                )
            ],
            id="order",
        ),
        pytest.param(
            f"{HEADER}/f:sender: {{refers-to: {{resource: Organisation}}}}",
            [
                (
                    "FHIR STU3 has no resource 'Organisation', so no reference is to one",
                    "did you mean 'Organization'?",
                )
            ],
            id="refers-to",
        ),
        pytest.param(
            f"{HEADER}/f:sender: {{refers-to: [{{resource: Organization}}, {{resource: Practicioner}}]}}",
            [
                (
                    "FHIR STU3 has no resource 'Practicioner', so no reference is to one",
                    "did you mean 'Practitioner'?",
                )
            ],
            id="refers-to-alternatives",
        ),
        pytest.param(f"{HEADER}: {{order: [event, sender, timestamp]}}", [], id="known-children"),
        pytest.param(f"{BUNDLE}f:Composition/f:text/h:div: {{order: [p, ul]}}", [], id="xhtml"),
        pytest.param(f'"{BUNDLE}*": {{order: [id, foo]}}', None, id="any-resource"),
        pytest.param(f"{HEADER}/f:sender: {{refers-to: {{profile: x}}}}", [], id="no-resource"),
    ],
)
def test_names_in_options(check, expected, tmp_path):
    """
    Children in `order` and the resource of `refers-to` are looked up in STU3.
    """
    found = only(linted(tmp_path, rule(check)), "unknown-element")

    if expected is None:
        expected = [
            (
                "what can stand here has no element 'foo' in FHIR STU3, so its place is never asked",
                found[0][1],
            )
        ]
    assert found == expected


ADD = "; where the list is to have this one, add it"


@pytest.mark.parametrize(
    ("check", "more", "expected"),
    [
        pytest.param(
            "{system: https://example.org/ITK-ResponseCodes-1, code: '10003'}",
            "",
            [("no code list of the pack for ITK-ResponseCodes-1 has the code '10003'", f"did you mean '10001'?{ADD}")],
            id="coding",
        ),
        pytest.param(
            "{system: https://example.org/ITK-ResponseCodes-1, code: ['10001', '99999']}",
            "",
            [("no code list of the pack for ITK-ResponseCodes-1 has the code '99999'", f"known are 10001, 10002{ADD}")],
            id="one-of-two",
        ),
        pytest.param(
            "{system: https://example.org/other, code: x}",
            '    response-code: "99999"\n',
            [("no code list of the pack for ITK-ResponseCodes-1 has the code '99999'", f"known are 10001, 10002{ADD}")],
            id="response-code",
        ),
        pytest.param("{system: http://snomed.info/sct, code: '1'}", "", [], id="snomed"),
        pytest.param(
            "{system: https://example.org/ITK-ResponseCodes-1, code: '10002'}",
            '    response-code: "10001"\n',
            [],
            id="known",
        ),
    ],
)
def test_unknown_code(check, more, expected, tmp_path):
    """
    A code of a system whose codes the pack lists is one of them.
    """
    lists = (
        "code-lists:\n"
        "  told: {system: https://example.org/ITK-ResponseCodes-1, codes: {'10001': one, '10002': two}}\n"
        "  some: {system: http://snomed.info/sct, codes: {'2': two}}\n"
    )
    problems = linted(tmp_path, lists + rule(f"{HEADER}/f:event: {{coding: {check}}}", more=more))

    assert only(problems, "unknown-code") == expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        pytest.param("[@url='BusAckRequested']/f:valueString", "valueBoolean", id="boolean"),
        pytest.param("[@url='RecipientType']/f:valueCodeableConcept", "valueCoding", id="coding"),
        pytest.param("[@url='MessageDefinition']/f:valueUri", "valueReference", id="reference"),
        pytest.param("[@url='SenderReference']/f:valueString", None, id="right"),
        pytest.param("[@url='LocalExtension']/f:valueCoding", None, id="any-type"),
        pytest.param("[@url='https://example.org/BusAckRequest']/f:valueString", None, id="another"),
    ],
)
def test_wrong_value_child(path, expected, tmp_path):
    """
    A key of the handling extension has the value that its profile gives it.
    """
    problems = linted(tmp_path, rule(f'"{HANDLING}/f:extension{path}": present'))

    assert [each.remedy for each in problems] == ([f"write f:{expected}"] if expected else [])


@pytest.mark.parametrize(
    ("test", "codes"),
    [
        pytest.param("f:type and f:total or f:link", ["mixed-and-or"], id="and-or"),
        pytest.param("f:link or f:type and f:total", ["mixed-and-or"], id="or-and"),
        pytest.param("f:entry[f:link or f:search and f:request]", ["mixed-and-or"], id="in-a-predicate"),
        pytest.param("(f:type and f:total) or f:link", [], id="brackets"),
        pytest.param("f:type and f:total and f:link", [], id="and-alone"),
        pytest.param("f:type/@value = ('a' or 'b')", ["boolean-in-list"], id="or-of-texts"),
        pytest.param("f:type/@value = true()", ["boolean-in-list"], id="true"),
        pytest.param("not(f:type/@value = 'a') = true()", [], id="two-conditions"),
        pytest.param("f:type/@value = 'true'", [], id="text-true"),
        pytest.param("f:type = 'message'", ["element-as-text"], id="element"),
        pytest.param("f:entry[f:fullUrl='x']", ["element-as-text"], id="element-in-a-predicate"),
        pytest.param("starts-with(f:type, 'm')", ["element-as-text"], id="element-in-a-function"),
        pytest.param("f:type != f:type/@value", ["element-as-text"], id="one-of-two"),
        pytest.param("count(f:entry) > 1", [], id="count"),
        pytest.param("string-length(f:type/@value) > 1", [], id="attribute-in-a-function"),
        pytest.param("starts-with(local-name(f:type), 't')", [], id="name-of-an-element"),
    ],
)
def test_expressions(test, codes, tmp_path):
    """
    XPath that says something else than it seems to.
    """
    problems = linted(tmp_path, rule(f'test: "{test}"', text="There is one.", more="    each: /f:Bundle\n"))

    assert [each.code for each in problems] == codes


@pytest.mark.parametrize(
    ("test", "codes"),
    [
        pytest.param("f:type and f:total or f:link", ["mixed-and-or"], id="and-or"),
        pytest.param("(f:type and f:total) or f:link", [], id="brackets"),
        pytest.param("f:type/@value = ('a', true())", ["boolean-in-list"], id="sequence"),
        pytest.param("f:type/@value = ('a' or 'b')", ["boolean-in-list"], id="or-of-texts"),
        pytest.param("f:type/@value = ('a', 'b')", [], id="texts"),
        pytest.param("every $kind in f:type satisfies $kind/@value = 'a'", ["shadowed-selector"], id="shadow"),
        pytest.param("every $each in f:type satisfies $each/@value = 'a'", [], id="own-name"),
    ],
)
def test_expressions_of_xpath_2(test, codes, tmp_path):
    """
    The same mistakes where the rule is written in XPath 2.0.
    """
    more = '    xpath: "2.0"\n    when: {kind: present}\n'
    problems = linted(tmp_path, rule(f'test: "{test}"', more=more, selectors="kind: /f:Bundle/f:type"))

    assert [each.code for each in problems] == codes


@pytest.mark.parametrize(
    ("values", "codes"),
    [
        pytest.param("[message, true]", ["boolean-in-list"], id="bare"),
        pytest.param('[message, "true"]', [], id="quoted"),
        pytest.param("[message, document]", [], id="texts"),
    ],
)
def test_a_boolean_in_a_list(values, codes, tmp_path):
    """
    A bare true among other values was meant as a condition.
    """
    problems = linted(tmp_path, rule(f"/f:Bundle/f:type: {{one-of: {values}}}"))

    assert [each.code for each in problems] == codes


@pytest.mark.parametrize(
    ("check", "code"),
    [
        pytest.param(f"{HEADER}/f:event: {{equals: ITK007C}}", "verb-never-holds", id="value-of-a-coding"),
        pytest.param(f"{HEADER}/f:event/f:code: {{coding: {{system: x}}}}", "verb-never-holds", id="coding-of-a-code"),
        pytest.param(f"{HEADER}/f:timestamp: {{equals: today}}", "value-never-found", id="instant"),
        pytest.param(f"{HEADER}/f:event/f:userSelected: {{one-of: ['true', yes]}}", "value-never-found", id="boolean"),
        pytest.param(f"{HEADER}/f:event: {{coding: {{system: x, code: ITK007C}}}}", None, id="coding"),
        pytest.param(f"{HEADER}/f:sender: {{refers-to: {{}}}}", None, id="reference"),
        pytest.param(f"{HEADER}/f:event/f:code/@value: {{equals: x}}", None, id="attribute"),
        pytest.param(f"{HEADER}/f:event/f:userSelected: {{equals: 'true'}}", None, id="true"),
        pytest.param(f"{BUNDLE}f:Composition/f:text/h:div: {{length: 1..9}}", None, id="xhtml"),
    ],
)
def test_fitting(check, code, tmp_path):
    """
    Verbs and values that the element can never satisfy.
    """
    problems = linted(tmp_path, rule(check))

    assert [each.code for each in problems] == ([code] if code else [])


ISSUE = f"{BUNDLE}f:OperationOutcome/f:issue/f:code"


@pytest.mark.parametrize(
    ("check", "text", "fires"),
    [
        pytest.param(f"{ISSUE}: {{equals: x, some: true}}", "The code is x.", True, id="some"),
        pytest.param(f"{ISSUE}: {{equals: x, some: true}}", "At least one code is x.", False, id="some-said"),
        pytest.param(f"{ISSUE}: {{equals: x, count: 1..*}}", "The code is x.", False, id="all"),
        pytest.param(f"test: \"{ISSUE}/@value = 'x'\"", "The code is x.", True, id="comparison"),
        pytest.param(f"test: \"{ISSUE}/@value != 'x'\"", "The code is not x.", True, id="unequal"),
        pytest.param(f"test: \"not({ISSUE}/@value != 'x')\"", "The code is x.", False, id="none-differs"),
        pytest.param(f"test: \"not({ISSUE}/@value = 'x')\"", "The code is not x.", False, id="none"),
        pytest.param(f"test: \"({ISSUE})[1]/@value = 'x'\"", "The first code is x.", False, id="first"),
        pytest.param("test: \"/f:Bundle/f:type/@value = 'x'\"", "The type is x.", False, id="one"),
        pytest.param(f'test: "count({ISSUE}) > 1"', "There are codes.", False, id="count"),
        pytest.param(f"test: \"{ISSUE}[starts-with(@value, 'x')]\"", "All codes begin with x.", True, id="predicate"),
        pytest.param(
            f"test: \"{ISSUE}[starts-with(@value, 'x')]/@value\"",
            "The codes begin with x.",
            True,
            id="predicate-within",
        ),
        pytest.param(f"test: \"{ISSUE}[starts-with(@value, 'x')]\"", "A code begins with x.", False, id="predicate-a"),
        pytest.param(f"test: \"{ISSUE}[1][starts-with(@value, 'x')]\"", "Codes are x.", False, id="predicate-first"),
        pytest.param(f"test: \"({ISSUE})[starts-with(@value, 'x')]\"", "All codes are x.", True, id="predicate-group"),
        pytest.param(f"test: \"not({ISSUE}[@value != 'x'])\"", "All codes are x.", False, id="predicate-not"),
        pytest.param("test: \"/f:Bundle/f:type[@value = 'x']\"", "The type is x.", False, id="predicate-of-one"),
        pytest.param(
            f"test: \"{HEADER}/f:meta/f:tag[f:system/@value = 'x']\"", "The tag is of x.", False, id="predicate-address"
        ),
    ],
)
def test_any_value_matches(check, text, fires, tmp_path):
    """
    One of several values is enough only where the text says so.
    """
    problems = linted(tmp_path, rule(check, text=text))

    assert [each.code for each in problems] == (["any-value-matches"] if fires else [])


class TestNames:
    def test_a_selector_of_a_base_is_used_by_the_pack_beside_it(self, tmp_path):
        """
        A pack that others extend may define what only they use.
        """
        selectors = "kind: /f:Bundle/f:type"
        base = write(tmp_path, rule("/f:Bundle/f:total: absent", selectors=selectors), name="base")
        alone = [each.code for each in lint([base]).problems]
        write(tmp_path, "extends: [base@1]\n" + rule("kind: present").replace("R-1", "R-2"), name="user")

        assert (alone, lint([base]).problems) == (["unused-selector"], ())

    @pytest.mark.parametrize(
        "check",
        [
            pytest.param("kind: present", id="name"),
            pytest.param("$kind: present", id="variable"),
            pytest.param("request.kind: present", id="request"),
            pytest.param("/f:Bundle/f:type: {same-as: kind}", id="same-as"),
            pytest.param('test: "count($kind) = 1"', id="test"),
        ],
    )
    def test_a_selector_is_used(self, check, tmp_path):
        """
        However a rule names it.
        """
        assert told(tmp_path, rule(check, selectors="kind: /f:Bundle/f:type")) == []

    @pytest.mark.parametrize(
        ("selectors", "expected"),
        [
            pytest.param("one: /f:Bundle/f:type, two: /f:Bundle/f:type", ["shadowed-selector 1:36"], id="same"),
            pytest.param("one: /f:Bundle/f:type, two: $one", ["shadowed-selector 1:36"], id="by-name"),
            pytest.param("one: /f:Bundle/f:type, two: /f:Bundle/f:type/@value", [], id="other"),
            pytest.param(f"one: {HEADER}/f:sender, two: {{follow: {HEADER}/f:sender}}", [], id="followed"),
        ],
    )
    def test_two_names_of_one_place(self, selectors, expected, tmp_path):
        """
        The second of two selectors for one place is told.
        """
        assert told(tmp_path, rule("one: present, two: present", selectors=selectors)) == expected


class TestConditions:
    @pytest.mark.parametrize(
        ("when", "fires"),
        [
            pytest.param("kind: {absent: true, present: true}", True, id="absent-and-present"),
            pytest.param("kind: {absent: true, equals: x}", True, id="none-and-a-value"),
            pytest.param("kind: absent, total: present", False, id="two-places"),
            pytest.param("kind: {one-of: [a, b], equals: a}", False, id="overlap"),
            pytest.param("kind: {one-of: [a, b], equals: c}", True, id="apart"),
            pytest.param("kind: absent, request.kind: present", False, id="request"),
            pytest.param("any-of: [{kind: absent}, {kind: present}]", False, id="any-of"),
            pytest.param("kind: {equals: document}", False, id="as-required"),
        ],
    )
    def test_when(self, when, fires, tmp_path):
        """
        Conditions that exclude each other are told, at the last of them.
        """
        text = rule(
            "total: present",
            more=f"    when: {{{when}}}\n",
            selectors="kind: /f:Bundle/f:type, total: /f:Bundle/f:total",
        )

        assert [each.code for each in linted(tmp_path, text)] == (["when-never-holds"] if fires else [])

    def test_a_when_that_its_interaction_excludes(self, tmp_path):
        """
        What every message of the interaction is like is a condition too.
        """
        text = "interactions: {letter: {requires: {total: absent}, clues: {kind: present}}}\n" + rule(
            "kind: present",
            more="    for: letter\n    when: {total: present}\n",
            selectors="kind: /f:Bundle/f:type, total: /f:Bundle/f:total",
        )

        assert only(linted(tmp_path, text), "when-never-holds") == [
            (
                "no message of the interaction letter has 'total' so, and the rule is for no other",
                "correct 'for' or 'when'",
            )
        ]

    @pytest.mark.parametrize(
        ("more", "check", "fires"),
        [
            pytest.param("", "/f:Bundle/f:type: {absent: true, present: true}", True, id="both"),
            pytest.param("", "/f:Bundle/f:type: {present: true, count: 0..1}", False, id="at-most-one"),
            pytest.param("    when: {/f:Bundle/f:type: absent}\n", "/f:Bundle/f:type: present", True, id="when-absent"),
            pytest.param("    when: {/f:Bundle/f:type: present}\n", "/f:Bundle/f:type: {equals: x}", False, id="when"),
        ],
    )
    def test_check(self, more, check, fires, tmp_path):
        """
        Checks that no message can satisfy.
        """
        problems = linted(tmp_path, rule(check, more=more))

        assert [each.code for each in problems] == (["check-never-holds"] if fires else [])

    @pytest.mark.parametrize(
        ("interactions", "codes"),
        [
            pytest.param("a: {}", ["interaction-never-matches"], id="no-clues"),
            pytest.param(
                "a: {requires: {kind: {absent: true, present: true}}, clues: {total: present}}",
                ["interaction-never-matches"],
                id="impossible",
            ),
            pytest.param(
                "a: {requires: {kind: absent}, clues: {kind: {equals: x}}}",
                ["interaction-never-matches"],
                id="clue-excluded",
            ),
            pytest.param("a: {clues: {kind: present}}, b: {answers: a}", [], id="answer"),
            pytest.param(
                "a: {clues: {kind: present}}, b: {answers: a}, c: {answers: a}",
                ["interactions-alike"],
                id="two-answers",
            ),
            pytest.param(
                "a: {clues: {kind: present, total: absent}}, b: {clues: {total: absent, kind: present}}",
                ["interactions-alike"],
                id="alike",
            ),
            pytest.param("a: {clues: {kind: {equals: x}}}, b: {clues: {kind: {equals: y}}}", [], id="apart"),
            pytest.param(
                "a: {clues: {kind: {equals: x}}}, b: {clues: {kind: {one-of: [x]}}}",
                ["interactions-alike"],
                id="equals-and-one-of",
            ),
            pytest.param("a: {clues: {kind: {equals: x}}}, b: {clues: {kind: {one-of: [x, y]}}}", [], id="one-of-two"),
            pytest.param(
                "a: {clues: {kind: present}}, b: {clues: {/f:Bundle/f:type: present}}",
                ["interactions-alike"],
                id="two-spellings",
            ),
            pytest.param(
                "a: {requires: {kind: absent, /f:Bundle/f:type: present}, clues: {total: present}}",
                ["interaction-never-matches"],
                id="impossible-in-two-spellings",
            ),
        ],
    )
    def test_interactions(self, interactions, codes, tmp_path):
        """
        Interactions that no message can match, and pairs that nothing tells apart.
        """
        text = f"interactions: {{{interactions}}}\n" + rule(
            "kind: present, total: absent", selectors="kind: /f:Bundle/f:type, total: /f:Bundle/f:total"
        )

        assert [each.code for each in linted(tmp_path, text)] == codes


def sentences(check, *, text="Something is so.", message="", remedy="", level=""):
    """
    A rule with these sentences.
    """
    pairs = {"message": message, "remedy": remedy, "level": level}
    return rule(check, text=text, more="".join(f'    {key}: "{each}"\n' for key, each in pairs.items() if each))


TYPE = "/f:Bundle/f:type"
ACTIVE = f"{HEADER}/f:event/f:userSelected"
SENDER = f"{HEADER}/f:sender"


class TestSentences:
    @pytest.mark.parametrize(
        ("text", "what"),
        [
            pytest.param(
                sentences(f"{TYPE}: present", text="The Bundle has no type."),
                "the text forbids what the check demands",
                id="text-forbids",
            ),
            pytest.param(
                sentences(f"{TYPE}: absent", text="The type is present."),
                "the text demands what the check forbids",
                id="text-demands",
            ),
            pytest.param(
                sentences(f"{TYPE}: absent", message="the type is missing"),
                "the message says that something is missing; the rule fails when it is there",
                id="message-missing",
            ),
            pytest.param(
                sentences(f"{TYPE}: present", message="the type is present"),
                "the message says that something is there; the rule fails when it is not",
                id="message-there",
            ),
            pytest.param(
                sentences(f"{TYPE}: {{count: 1..*}}", message="the Bundle has a type"),
                "the message says that something is there; the rule fails when it is not",
                id="message-has",
            ),
            pytest.param(
                sentences(f"{TYPE}: {{same-as: {TYPE}}}", text="The type is not the one of the Bundle."),
                "the text says the opposite of the check",
                id="text-not-the-one",
            ),
            pytest.param(
                sentences(f"{TYPE}: {{equals: https://example.org/Kind-1}}", text="The type is not Kind-1."),
                "this says the opposite of the check, which demands 'Kind-1'",
                id="text-not-url",
            ),
            pytest.param(
                sentences(f"{TYPE}: {{equals: message}}", message="type is message"),
                "the message says that the value is 'message'; the rule fails when it is not",
                id="message-equal",
            ),
            pytest.param(
                sentences(f"{TYPE}: {{equals: message}}", text="The type is not message."),
                "this says the opposite of the check, which demands 'message'",
                id="text-not",
            ),
            pytest.param(
                sentences(f"{TYPE}: {{none-of: [message]}}", text="The type is message."),
                "this says the opposite of the check, which refuses 'message'",
                id="text-of-none-of",
            ),
            pytest.param(
                sentences(f'{HEADER}/f:event/f:userSelected: {{equals: "true"}}', remedy="Set userSelected to false."),
                "the remedy names 'false', but the check demands 'true'",
                id="other-boolean",
            ),
            pytest.param(
                sentences(f"{HEADER}/f:event/f:code: {{equals: ITK007C}}", remedy="Set event.code to ITK008C."),
                "the remedy names 'ITK008C', but the check demands 'ITK007C'",
                id="other-code",
            ),
            pytest.param(
                sentences(f"{HEADER}/f:event/f:code: {{equals: ITK007C}}", text="The event is ITK007X."),
                "the text names 'ITK007X', but the check demands 'ITK007C'",
                id="other-letter",
            ),
            pytest.param(
                sentences(f'{ACTIVE}: {{equals: "true"}}', text="userSelected must not be true."),
                "this says the opposite of the check, which demands 'true'",
                id="must-not-be",
            ),
            pytest.param(
                sentences(f'{ACTIVE}: {{equals: "true"}}', message="userSelected must not be true"),
                "this says the opposite of the check, which demands 'true'",
                id="message-must-not-be",
            ),
            pytest.param(
                sentences(f'{ACTIVE}: {{equals: "true"}}', message="userSelected should be false"),
                "the message names 'false', but the check demands 'true'",
                id="message-should-be",
            ),
            pytest.param(
                sentences(f"{SENDER}: {{refers-to: {{resource: Organization}}}}", text="It is not an Organization."),
                "this says the opposite of the check, which demands a reference to an Organization",
                id="resource",
            ),
            pytest.param(
                "code-lists: {few: {range: [30001, 30003]}}\n"
                + sentences(f"{TYPE}: {{in: few}}", text="It is a code from 30001 to 30018."),
                "the text names '30001 to 30018', but the check demands 30001 to 30003",
                id="range",
            ),
            pytest.param(
                sentences(f"{TYPE}: present", level="MUST NOT"),
                "the level says MUST NOT, but the check demands what it names",
                id="level",
            ),
        ],
    )
    def test_a_sentence_that_says_the_opposite(self, text, what, tmp_path):
        """
        Text, message, remedy and level agree with the check.
        """
        assert [each for each, _ in only(linted(tmp_path, text), "text-contradicts-check")] == [what]

    @pytest.mark.parametrize(
        "text",
        [
            pytest.param(sentences(f"{TYPE}: present", text="The Bundle has a type."), id="demand"),
            pytest.param(sentences(f"{TYPE}: absent", text="The Bundle has neither type nor total."), id="ban"),
            pytest.param(sentences(f"{TYPE}: absent", text="The type is written with a capital."), id="neither"),
            pytest.param(sentences(f"{TYPE}: present", message="the type is not present"), id="message-not-present"),
            pytest.param(sentences(f"{TYPE}: absent", message="the type is present"), id="message-present"),
            pytest.param(sentences(f"{TYPE}: {{equals: message}}", message="type must be message"), id="message-must"),
            pytest.param(
                sentences(f"{TYPE}: {{none-of: [message]}}", text="The type is x, and not message."), id="not"
            ),
            pytest.param(
                sentences(f"{TYPE}: present", text="Without a total the Bundle has a type."), id="without-elsewhere"
            ),
            pytest.param(
                sentences(
                    f"{HEADER}/f:event/f:code: {{equals: ITK008M}}", remedy="Use ITK008M; ITK001M was withdrawn."
                ),
                id="old-code-beside-the-new",
            ),
            pytest.param(sentences(f"{TYPE}: {{count: 1..1}}", message="the Bundle has a second type"), id="a-second"),
            pytest.param(
                sentences(f'{ACTIVE}: {{equals: "true"}}', text="A is true where B must not be true."),
                id="must-not-be-of-another",
            ),
            pytest.param(
                sentences(f'{ACTIVE}: {{equals: "true"}}', message="A must be true where B must be false"),
                id="must-be-of-another",
            ),
            pytest.param(
                sentences(f'{ACTIVE}: {{equals: "true"}}', message="userSelected is false, and must be true"),
                id="message-says-what-stands-there",
            ),
            pytest.param(
                sentences(f'{ACTIVE}: {{equals: "true"}}', message="userSelected must not be false"),
                id="must-not-be-other",
            ),
            pytest.param(
                sentences(
                    f"{SENDER}: {{refers-to: {{resource: Organization}}}}", message="the sender is not an Organization"
                ),
                id="message-not-the-resource",
            ),
            pytest.param(
                "code-lists: {few: {range: [30001, 30003]}}\n"
                + sentences(f"{TYPE}: {{in: few}}", text="It is a code from 30001 to 30003."),
                id="range",
            ),
            pytest.param(
                "code-lists: {few: {range: [30001, 30003]}}\n"
                + sentences(f"{TYPE}: {{in: few}}", text="A code, 30001 to 30003; 30004 to 30018 are others."),
                id="another-range-beside-it",
            ),
            pytest.param(
                "code-lists: {few: {codes: {'10001': one, '10002': two, '20001': three, '20002': four}}}\n"
                + sentences(f"{TYPE}: {{in: few}}", text="It is a code, 10001 to 10002 or 20001-20002."),
                id="ranges",
            ),
            pytest.param(sentences(f"{TYPE}: present", message="the Bundle has an empty type"), id="an-empty"),
            pytest.param(
                sentences(f"{TYPE}: {{equals: x}}", message="the Bundle has a type of its own"), id="has-another"
            ),
            pytest.param(sentences(f"{TYPE}: absent", level="MUST NOT"), id="level-and-ban"),
            pytest.param(sentences(f"{TYPE}: {{none-of: [x]}}", level="MUST NOT"), id="level-and-none-of"),
            pytest.param(
                sentences(f"any-of: [{{{TYPE}: absent}}, {{{TYPE}: present}}]", text="The type is absent or given."),
                id="alternatives",
            ),
        ],
    )
    def test_a_sentence_that_agrees_is_quiet(self, text, tmp_path):
        """
        Negations that belong there, old values beside the right one, sentences about something else.
        """
        assert told(tmp_path, text) == []


@pytest.mark.parametrize(
    ("text", "code", "place"),
    [
        pytest.param("rules: [*a]\n", "yaml", "1:9", id="alias"),
        pytest.param(rule(f"{TYPE}: {{length: 9..1}}"), "shape", "5:40", id="range"),
        pytest.param(rule("kund: present, kind: present", selectors=f"kind: {TYPE}"), "name", "6:13", id="selector"),
        pytest.param(rule(f"{TYPE}: {{in: nowhere}}"), "name", "5:36", id="list"),
        pytest.param(rule(f"{TYPE}: {{format: uuuid}}"), "name", "5:40", id="format"),
        pytest.param(rule(f'"{TYPE}["": present'), "yaml", "5:32", id="quotes"),
        pytest.param(rule(f'"{TYPE}[": present'), "xpath", "5:30", id="bracket"),
        pytest.param(rule("/f:Bundle//f:type: present"), "costly-xpath", "5:22", id="far"),
        pytest.param(rule(f"{TYPE}: {{matches: '(a*)*'}}"), "pattern", "5:46", id="pattern"),
        pytest.param("code-lists: {x: {file: x.csv}}\n", "code-list", "1:24", id="file"),
        pytest.param("extends: [nothing@1]\n", "derive", "1:11", id="base"),
    ],
)
def test_what_loading_refuses_has_a_code(text, code, place, tmp_path):
    """
    A problem of loading is told as lint tells its own, with the place of the mistake.
    """
    found = told(tmp_path, text)

    assert (found[0], {each.split()[0] for each in found}) == (f"{code} {place}", {code})


def test_everything_is_told_at_once(tmp_path):
    """
    A pack that cannot be loaded is linted as far as it can be read.
    """
    text = """\
    rules:
      - id: R-1
        text: A MessageHeader has an event.
        check: {/f:Bundle/f:entry/f:resource/f:MessageHeader/f:evnt: present}
      - id: R-2
        text: The type is message.
        source: page 1
        check: {/f:Bundle/f:type: {equels: message}}
    """

    assert told(tmp_path, text) == ["missing-source 2:9", "unknown-element 4:58", "name 8:32"]
