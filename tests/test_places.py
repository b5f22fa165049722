"""
A finding stands where the analyst looks first: at the value, at the second of two, or where what is missing belongs.
"""

from __future__ import annotations

import re

import pytest
from lxml import etree

import sample_edits as edit
from itk3_validator import Source, Validator
from itk3_validator.source import decode
from sample_messages import INVALID, VALID, result, text, validator, written

NAMES = {"f": "http://hl7.org/fhir", "h": "http://www.w3.org/1999/xhtml"}
HEADER = "/f:Bundle/f:entry[1]/f:resource/f:MessageHeader"
HANDLING = f"{HEADER}/f:extension"


def at(whole: str, wanted: str) -> tuple[int, int]:
    """
    Line and column of a text that stands there once.
    """
    assert whole.count(wanted) == 1
    before = whole[: whole.index(wanted)]
    return before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1


def places(whole, pack, id, **stated):
    report = validator(pack).validate(whole.encode(), **stated)
    return [tuple(each[:3]) for each in result(report, id).findings]


DESTINATION = '<destination>\n  <endpoint value="elsewhere"/>\n</destination>'
OTHER = '<extension url="LocalExtension">\n  <valueString value="Other"/>\n</extension>'

HEADER_PLACES = [
    pytest.param(
        edit.value(f"{HEADER}/f:event/f:code", "ITK007X"),
        "GPCM-SD-OC-150",
        [(f"{HEADER}/f:event/f:code/@value", 'value="ITK007X"')],
        id="a wrong code: its @value",
    ),
    pytest.param(
        edit.value(f"{HEADER}/f:event/f:code", ""),
        "GPCM-SD-OC-150",
        [(f"{HEADER}/f:event", "<event>")],
        id="an empty code: its Coding",
    ),
    pytest.param(
        edit.value(f"{HANDLING}/f:extension[@url='BusAckRequested']/f:valueBoolean", "maybe"),
        "GPCM-SD-OC-143",
        [(f"{HANDLING}/f:extension[1]/f:valueBoolean/@value", 'value="maybe"')],
        id="a wrong value of a key",
    ),
    pytest.param(
        edit.remove(f"{HANDLING}/f:extension[@url='BusAckRequested']/f:valueBoolean"),
        "GPCM-SD-OC-143",
        [(f"{HANDLING}/f:extension[1]", '<extension url="BusAckRequested">')],
        id="no value: the key",
    ),
    pytest.param(
        edit.remove(f"{HANDLING}/f:extension[@url='BusAckRequested']"),
        "GPCM-SD-OC-143",
        [(HANDLING, '<extension url="https://fhir.nhs.uk/STU3/StructureDefinition/Extension-ITK-MessageHandling-2">')],
        id="no key: the handling extension",
    ),
    pytest.param(
        edit.remove(HANDLING), "GPCM-SD-OC-143", [(HEADER, "<MessageHeader>")], id="no handling extension: the header"
    ),
    pytest.param(
        edit.remove("/f:Bundle/f:entry[1]/f:resource/f:MessageHeader"),
        "GPCM-SD-OC-143",
        [("/f:Bundle/f:entry[1]/f:resource", None)],
        id="no header: the first resource",
    ),
    pytest.param(
        edit.remove(f"{HEADER}/f:timestamp"), "GPCM-SD-OC-151", [(HEADER, "<MessageHeader>")], id="no timestamp"
    ),
    pytest.param(
        edit.value(f"{HEADER}/f:timestamp", " "),
        "GPCM-SD-OC-151",
        [(f"{HEADER}/f:timestamp/@value", 'value=" "')],
        id="a blank timestamp: its @value",
    ),
    pytest.param(
        edit.attribute(f"{HEADER}/f:timestamp", "value", ""),
        "GPCM-SD-OC-151",
        [(f"{HEADER}/f:timestamp/@value", 'value=""')],
        id="an empty timestamp: its @value",
    ),
    pytest.param(
        edit.after(f"{HANDLING}/f:extension[@url='LocalExtension']", OTHER),
        "GPCM-SD-OC-147",
        [(f"{HANDLING}/f:extension[7]/f:valueString/@value", 'value="Other"')],
        id="doubled: the second",
    ),
    pytest.param(
        edit.after(f"{HEADER}/f:event", DESTINATION),
        "GPCM-SD-OC-152",
        [(f"{HEADER}/f:destination", "<destination>")],
        id="what must not be there: the element",
    ),
    pytest.param(
        edit.value(f"{HEADER}/f:sender/f:reference", "urn:uuid:nowhere"),
        "GPCM-SD-OC-148",
        [(f"{HEADER}/f:sender/f:reference/@value", 'value="urn:uuid:nowhere"')],
        id="a wrong reference: the @value of f:reference",
    ),
    pytest.param(
        edit.remove(f"{HEADER}/f:sender"), "GPCM-SD-OC-148", [(HEADER, "<MessageHeader>")], id="no reference: header"
    ),
]


@pytest.mark.parametrize(("change", "id", "expected"), HEADER_PLACES)
def test_places_in_the_header(change, id, expected):
    """
    XPath, line and column of the findings on a changed sample.
    """
    whole = change(text("gpcm-sd-oc-primary"))
    found = places(whole, "gpcm-sd-oc", id, interaction="report")

    assert [each[0] for each in found] == [each[0] for each in expected]
    assert [each[1:] for each in found] == [
        at(whole, wanted) if wanted else found[number][1:] for number, (_, wanted) in enumerate(expected)
    ]


PAYLOAD = "/f:Bundle/f:entry[4]/f:resource/f:Bundle"
FOLLOWED = """
extends: [itk3-outpatient-letter@1]
selectors:
  practice: {follow: $patient/f:generalPractitioner}
  practice-name: $practice/f:name
rules:
  - {id: NUMBER, text: A., check: {nhs-number-value: {equals: x}}}
  - {id: GENDER, text: A., check: {$patient/f:gender: {equals: x}}}
  - {id: ABSENT, text: A., check: {$patient/f:maritalStatus: present}}
  - {id: DEEP, text: A., check: {$patient/f:maritalStatus/f:coding/f:code: {equals: x}}}
  - {id: FAR, text: A., check: {practice-name: {equals: x}}}
"""


@pytest.fixture(scope="module")
def followed(tmp_path_factory):
    return Validator(packs=[written(tmp_path_factory.mktemp("packs"), "followed", FOLLOWED)])


def selected(whole, xpath):
    (node,) = etree.fromstring(whole.encode()).xpath(xpath, namespaces=NAMES)
    return node


SUBJECT = f"{PAYLOAD}/f:entry[1]/f:resource/f:Composition/f:subject"


def keep(whole):
    return whole


@pytest.mark.parametrize(
    ("change", "id", "last"),
    [
        pytest.param(keep, "NUMBER", "/f:Patient/f:identifier/f:value/@value", id="a value of the resource"),
        pytest.param(keep, "GENDER", "/f:Patient/f:gender/@value", id="in place"),
        pytest.param(keep, "ABSENT", "/f:Patient", id="missing: the resource"),
        pytest.param(keep, "DEEP", "/f:Patient", id="missing, and what is around it: the resource"),
        pytest.param(
            edit.value(f"{SUBJECT}/f:reference", "urn:uuid:nowhere"), "NUMBER", "/f:Composition/f:subject", id="broken"
        ),
        pytest.param(edit.remove(SUBJECT), "NUMBER", "/f:Composition", id="no reference: where it belongs"),
    ],
)
def test_places_under_a_reference_that_is_followed(followed, change, id, last):
    """
    The resource that a reference points to, the reference where it points nowhere, or what it is missing from.
    """
    whole = change(text("outpatient-letter-primary"))
    (finding,) = result(followed.validate(whole.encode(), interaction="letter"), id).findings

    assert re.sub(r"\[\d+\]", "", finding.xpath).endswith(last)
    assert pointed(whole, finding)


def test_a_reference_followed_from_one_that_is_followed(followed):
    """
    What is missing behind two references is placed at the nearest one that is there.
    """
    whole = text("outpatient-letter-primary")
    (finding,) = result(followed.validate(whole.encode()), "FAR").findings
    there = etree.fromstring(whole.encode()).xpath("//f:Patient/f:generalPractitioner", namespaces=NAMES)

    assert bool(there) == ("Organization" in finding.xpath or "generalPractitioner" in finding.xpath)
    assert pointed(whole, finding)


def test_what_is_missing_among_others_of_its_name_is_placed_around_them():
    """
    A section that is not there is no fault of the first one that is: it is placed at the Composition.
    """
    path = INVALID / "Outpatient-Letter_GP-practice.xml"
    (finding,) = result(validator("itk3-outpatient-letter").validate(path), "Outpatient-Letter#GP-practice").findings

    assert finding.xpath == f"{PAYLOAD}/f:entry[1]/f:resource/f:Composition"
    assert finding[1:3] == at(path.read_text(encoding="utf-8"), "<Composition>")


def pointed(whole, finding):
    """
    Whether a finding's XPath selects one node, and its line and column are those of that node's tag or attribute.
    """
    node = selected(whole, finding.xpath)
    line = re.split(r"\r\n|\r|\n", whole)[finding.line - 1]
    here = line[finding.column - 1 :]
    if isinstance(node, str):
        return re.match(rf"{node.attrname}\s*=\s*[\"']", here) is not None
    return re.match(rf"<([^\s/>:]+:)?{etree.QName(node).localname}[\s/>]", here) is not None


@pytest.mark.parametrize("path", sorted(INVALID.glob("*.xml")), ids=lambda path: path.stem)
def test_every_finding_points_at_its_node(path):
    """
    On every invalid sample, with and without the pack that it is for: one node, and its place in the file.
    """
    whole = path.read_text(encoding="utf-8")
    reports = [validator(*packs).validate(path) for packs in ((), ("gpcm-sd-oc",), ("itk3-outpatient-letter",))]
    findings = [each for report in reports for one in report.results for each in one.findings]

    assert [each for each in findings if not pointed(whole, each)] == []


@pytest.mark.parametrize(
    ("encode", "columns"),
    [
        pytest.param(lambda text: text.encode(), 0, id="as it is"),
        pytest.param(lambda text: text.encode("utf-8-sig"), 0, id="byte order mark"),
        pytest.param(lambda text: text.replace("UTF-8", "UTF-16", 1).encode("utf-16"), 0, id="UTF-16"),
        pytest.param(lambda text: text.replace("\n", "\r\n").encode(), 0, id="CR LF"),
        pytest.param(lambda text: text.replace("\n", "\r").encode(), 0, id="CR"),
        pytest.param(
            lambda text: text.replace("xmlns=", "xmlns:p=", 1).replace("</", "</p:").encode(), 2, id="prefixes"
        ),
    ],
)
def test_places_are_those_of_the_bytes_received(encode, columns):
    """
    However the message is written, line and column are those that an editor shows.
    """
    whole = edit.value(f"{HEADER}/f:event/f:code", "ITK007X")(text("gpcm-sd-oc-primary"))
    whole = re.sub(r"<div.*?</div>", "", whole, flags=re.DOTALL)
    if columns:
        whole = re.sub(r"<(?=[A-Za-z])", "<p:", whole)
    line, column = at(whole, 'value="ITK007X"')
    data = encode(whole)
    assert decode(data) is not None
    (finding,) = result(validator("gpcm-sd-oc").validate(Source("m", data)), "GPCM-SD-OC-150").findings

    assert finding[:3] == (f"{HEADER}/f:event/f:code/@value", line, column)


def test_the_place_of_what_the_request_lacks_is_none():
    """
    Findings are places of the message that is judged: with the right response there are none in its request.
    """
    response, request = VALID / "gpcm-sd-oc-business-response.xml", VALID / "gpcm-sd-oc-primary.xml"
    report = validator("gpcm-sd-oc").validate(response, request=request)

    assert [each.findings for each in report.results if each.findings] == []
