"""
Free text never shows, whatever a pack calls safe: `safe` speaks of one value, and not of what lies below or around it.
"""

from __future__ import annotations

import pytest

import itk3_validator
from itk3_validator import Source, Validator
from itk3_validator.adapters.cli import main
from itk3_validator.checks.ask import Target
from itk3_validator.checks.verb import Wrong
from itk3_validator.judgement import Fault
from itk3_validator.plan import BoundAsk
from itk3_validator.report import json_v1
from itk3_validator.report import text as text_report
from itk3_validator.xpath import location, within
from sample_messages import INVALID, changed, result, validator, written

SECRET = "Fallowfield-7Q"
MESSAGE = changed(
    "gpcm-sd-oc-business-response",
    (
        "<MessageHeader>",
        f"""<MessageHeader>
        <text><status value="generated"/><div xmlns="http://www.w3.org/1999/xhtml">{SECRET}</div></text>
        <contained><Patient><name><family value="{SECRET}"/></name><birthDate value="{SECRET}"/></Patient></contained>
        """,
    ),
    ("<issue>", f'<issue><extension url="x"><valueString value="{SECRET}"/></extension>'),
    (
        "</details>\n        </issue>",
        f'<text value="{SECRET}"/></details><diagnostics value="{SECRET}"/><location value="{SECRET}"/></issue>',
    ),
)
PLACES = {
    "diagnostics": "$issue/f:diagnostics",
    "diagnostics by their attribute": "$issue/f:diagnostics/@value",
    "details in words": "$issue/f:details/f:text",
    "an extension of an issue": "$issue/f:extension/f:valueString",
    "all that an issue holds": "$issue/f:*[@value and not(self::f:severity) and not(self::f:code)]",
    "text of the header": "$header/f:text/h:div",
    "narrative of the header as text": "$header/f:text/h:div/text()",
    "contained": "$header/f:contained/f:Patient/f:birthDate",
    "contained name": "$header/f:contained/f:Patient/f:name/f:family",
}
VERBS = {
    "equals": "equals: x",
    "absent": "absent: true",
    "count": "count: 0..0",
    "matches": "matches: x",
    "format": "format: uuid",
    "length": "length: 1..2",
    "in": "in: itk-response-codes",
    "same": "same-as: SenderReference",
}
PACK = """
extends: [itk3-message@1]
selectors:
  mine: {{xpath: "{place}", safe: true}}
  holder: {{xpath: $issue, safe: true}}
  head: {{xpath: $header, safe: true}}
rules:
  - {{id: NAMED, text: It is so., check: {{mine: {{{verb}}}}}}}
  - {{id: WRITTEN, text: It is so., check: {{"{place}": {{{verb}}}}}}}
  - {{id: FORMED, text: A., check: {{mine: {{{verb}}}}}, message: "{{selector}} {{found}} {{expected}} {{display}}"}}
  - {{id: EACH, text: It is so., each: holder, check: {{./f:diagnostics: {{{verb}}}}}}}
  - {{id: EACH-HEADER, text: It is so., each: head, check: {{./f:contained/f:Patient/f:birthDate: {{{verb}}}}}}}
  - {{id: ORDER, text: It is so., check: {{holder: {{order: [diagnostics, severity]}}}}}}
  - {{id: ORDERED, text: It is so., check: {{head: {{order: [event, text]}}}}}}
  - {{id: PASSES, text: It is so., check: {{mine: present}}}}
"""


def everything(report):
    report.close()
    excerpts = [each.text for one in report.results for each in one.excerpts]
    return "\n".join(
        [
            json_v1.render([report], tool_version="1"),
            text_report.render_message(report, verbose=True),
            *excerpts,
            repr(report),
            *map(repr, report.results),
        ]
    )


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
def test_a_pack_that_is_not_trusted_shows_no_free_text(tmp_path, place):
    """
    Diagnostics, narrative and contained resources stay masked, by whatever path and verb a pack asks for them.
    """
    for number, verb in enumerate(VERBS.values()):
        folder = written(tmp_path, f"p{number}", PACK.format(place=place, verb=verb))
        report = Validator(packs=[folder]).validate(MESSAGE, interaction="message")
        failed = {each.id for each in report.results if each.outcome == "fail"}

        assert failed >= {"NAMED", "WRITTEN", "FORMED", "EACH", "EACH-HEADER", "ORDER", "ORDERED"}
        assert SECRET not in everything(report)


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
def test_trying_shows_no_free_text(tmp_path, monkeypatch, capsys, place):
    """
    `itk3 try` masks what reports mask, with a bundled pack too.
    """
    monkeypatch.chdir(tmp_path)
    (tmp_path / "m.xml").write_bytes(MESSAGE)

    for expression in (place, f"$issue[f:diagnostics/@value='{SECRET}x']", f"{place}[f:none]"):
        main(["try", expression, "m.xml", "--pack", "itk3-message"])

    assert SECRET not in capsys.readouterr().out.replace(f"'{SECRET}x'", "")


SHOWN = {
    "$issue/f:severity": "information",
    "$issue/f:code": "informational",
    "$issue/f:details/f:coding[f:system/@value='${CS}ITK-ResponseCodes-1']/f:code": "30001",
    "$header/f:event/f:code": "ITK008M",
    "$header/f:response/f:code": "ok",
    "$RecipientType/f:code": "FA",
}


@pytest.mark.parametrize(("place", "value"), SHOWN.items(), ids=SHOWN)
def test_what_the_header_and_the_issue_say_in_codes_is_shown(tmp_path, place, value):
    """
    Severity, codes and the values of the header stay readable for every pack, under any path.
    """
    body = f'extends: [itk3-message@1]\nrules:\n  - {{id: R, text: A., check: {{"{place}": {{equals: x}}}}}}\n'
    report = Validator(packs=[written(tmp_path, "p", body)]).validate(MESSAGE, interaction="message")
    (finding,) = result(report, "R").findings

    assert (finding.found, finding.masked) == ((value,), False)


MISSING = """
selectors:
  sex: {xpath: /f:Patient/f:birthDate/f:extension/f:valueString, label: sex, safe: true}
  born: {xpath: /f:Patient/f:birthDate, safe: true}
  name: {xpath: /f:Patient/f:name, safe: true}
  Bundle: {xpath: /f:Patient, safe: true}
interactions: {thing: {requires: {/f:Patient: present}}}
rules:
  - {id: MISSING, text: A., check: {sex: present}}
  - {id: SHOWN, text: A., check: {born: {equals: x}}}
  - {id: ORDER, text: A., check: {name: {order: [given, family]}}}
  - {id: REFERENCE, text: A., check: {Bundle: {references: resolve}}}
"""
PATIENT = f"""<Patient xmlns="http://hl7.org/fhir">
  <name><family value="{SECRET}"/><given value="{SECRET}"/></name>
  <birthDate value="1986-07-21"/>
  <managingOrganization><reference value="#{SECRET}"/></managingOrganization>
</Patient>""".encode()


def test_the_line_of_a_finding_shows_no_more_than_the_finding(tmp_path):
    """
    What is missing is placed at an ancestor, and what is out of order at a child: their values are not shown. What is
    found at a safe place is, in its line as well.
    """
    judging = Validator(packs=[written(tmp_path, "masks", MISSING)], trust_packs=True)
    report = judging.validate(PATIENT)
    lines = {each.id: each.excerpts[0].text.strip() for each in report.results}

    assert lines == {
        "MISSING": '<birthDate value="…"/>',
        "SHOWN": '<birthDate value="1986-07-21"/>',
        "ORDER": '<name><family value="…"/><given value="…"/></name>',
        "REFERENCE": '<managingOrganization><reference value="…"/></managingOrganization>',
    }
    assert SECRET not in everything(report)


def test_a_row_says_what_it_expects():
    """
    The title of a section is expected by the code of that section, which is no patient data; the title may be.
    """
    name = "CareConnect-ITK-OPL-Composition-1_Composition.section.title.xml"
    report = validator().validate((INVALID / name).read_bytes(), facts={"recipient": "primary"})
    told = result(report, "CareConnect-ITK-OPL-Composition-1#Composition.section.title")

    assert told.message.endswith("title is ***; expected 'Plan and requested actions' for 887201000000105.")


BOUND = BoundAsk(None, None, None, None, some=False)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        pytest.param(Source("a.xml", SECRET.encode() * 100), "<Source 'a.xml': 1,400 bytes>", id="source"),
        pytest.param(Wrong("is {found}", SECRET, (SECRET,)), "<Wrong: is {found}>", id="wrong"),
        pytest.param(
            Fault(Wrong("is {found}", SECRET, (SECRET,)), BOUND, SECRET, SECRET), "<Fault: is {found}>", id="fault"
        ),
    ],
)
def test_what_stands_in_a_traceback_holds_no_message(value, shown):
    """
    The `repr` of what carries values names them not.
    """
    assert repr(value) == shown


@pytest.mark.parametrize(
    ("path", "other", "expected"),
    [
        pytest.param("/f:a/f:b", "/f:a/f:b", True, id="the same"),
        pytest.param("(/f:a)/f:b", "/f:a/f:b", True, id="parentheses"),
        pytest.param("/f:a[@x = 'y']/f:b", '/f:a[ @x="y" ]/f:b', True, id="quotes and blanks"),
        pytest.param("/f:a[f:x]/f:b[2]", "/f:a/f:b", True, id="further predicates"),
        pytest.param("(/f:a/f:b)[2]/f:c", "/f:a/f:b/f:c", True, id="some of all"),
        pytest.param("((/f:a)[1])[f:x]", "(/f:a)[1]", True, id="one of one"),
        pytest.param("/f:a/f:b[@x='y']/f:c", "(/f:a/f:b)[@x='y']/f:c", True, id="a predicate behind parentheses"),
        pytest.param("(/f:a/f:b)[f:x and not(f:y)]", "/f:a/f:b[f:x and not(f:y)]", True, id="and the other way"),
        pytest.param("($x)[f:y]/f:a", "$x/f:a", True, id="some of a name"),
        pytest.param("($x)[f:y][1]/f:a", "($x[f:y])[1]/f:a", True, id="the first of some"),
        pytest.param("/f:a/f:b[1]", "(/f:a/f:b)[1]", False, id="the first of each"),
        pytest.param("/f:a/f:b[last() = 1]", "(/f:a/f:b)[last() = 1]", False, id="the only one of each"),
        pytest.param("/f:a/f:b[count(f:c)]", "(/f:a/f:b)[count(f:c)]", False, id="a number"),
        pytest.param("/f:a/f:b", "/f:a[f:x]/f:b", False, id="a predicate is missing"),
        pytest.param("/f:a[f:x][1]", "/f:a[1]", False, id="another first, by order"),
        pytest.param("(/f:a[f:x]/f:b)[1]", "(/f:a/f:b)[1]", False, id="another first"),
        pytest.param("((/f:a)[f:x]/f:b)[1]", "(/f:a/f:b)[1]", False, id="another first of some"),
        pytest.param("/f:a/f:b/f:c", "/f:a/f:b", False, id="below"),
        pytest.param("/f:a", "/f:a/f:b", False, id="above"),
        pytest.param("/f:a//f:b", "/f:a/f:b", False, id="any depth"),
        pytest.param("/f:a/@b", "/f:a/f:b", False, id="an attribute"),
        pytest.param("/f:a/../f:b", "/f:a/f:b", False, id="the parent"),
        pytest.param("/f:a | /f:b", "/f:a", False, id="two"),
        pytest.param("(/f:a | /f:b)/f:c", "/f:a | /f:b/f:c", False, id="two, and below both"),
        pytest.param("$x/f:a", "$y/f:a", False, id="names"),
        pytest.param("/f:a[f:x = 'it''s']", "/f:a", None, id="no XPath"),
    ],
)
def test_one_path_within_another(path, other, expected):
    """
    A path is within another when it can select nothing else, in any message.
    """
    if expected is None:
        with pytest.raises(itk3_validator.xpath.XPathInvalid):
            location(path)
    else:
        assert within(location(path), location(other)) is expected


def test_targets_are_not_safe_by_themselves():
    """
    Whoever makes a target says so.
    """
    assert not Target("a", "/f:a", "a").safe
