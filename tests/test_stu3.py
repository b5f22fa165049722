"""
The table of FHIR STU3 elements, and the paths through it.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from lxml import etree

from itk3_validator import stu3
from itk3_validator.fhir import FHIR, XHTML, local_name
from itk3_validator.stu3 import Element, UnknownStep, attributes_of, children_of, unknown_step, walk
from itk3_validator.tools.stu3_table import TABLE, dump

ROOT = Path(__file__).resolve().parent.parent
VALID = sorted((ROOT / "samples" / "valid").glob("*.xml"))

OF_A_RESOURCE = ("id", "meta", "implicitRules", "language")
OF_A_DOMAIN_RESOURCE = (*OF_A_RESOURCE, "text", "contained", "extension", "modifierExtension")
OF_A_PART = ("extension", "modifierExtension")
VALUES = """
    Base64Binary Boolean Code Date DateTime Decimal Id Instant Integer Markdown Oid PositiveInt String Time
    UnsignedInt Uri Address Age Annotation Attachment CodeableConcept Coding ContactPoint Count Distance Duration
    HumanName Identifier Money Period Quantity Range Ratio Reference SampledData Signature Timing Meta
"""
OF_PATIENT = (
    "known are active, address, animal, birthDate, communication, contact, contained, deceasedBoolean and 19 more"
)


@pytest.mark.parametrize(
    ("type_name", "first", "others"),
    [
        pytest.param(
            "MessageHeader",
            OF_A_DOMAIN_RESOURCE,
            "event destination receiver sender timestamp enterer author source responsible reason response focus",
            id="MessageHeader",
        ),
        pytest.param(
            "Composition",
            OF_A_DOMAIN_RESOURCE,
            "identifier status type class subject encounter date author title confidentiality attester custodian "
            "relatesTo event section",
            id="Composition",
        ),
        pytest.param(
            "Patient",
            OF_A_DOMAIN_RESOURCE,
            "identifier active name telecom gender birthDate deceasedBoolean deceasedDateTime address maritalStatus "
            "multipleBirthBoolean multipleBirthInteger photo contact animal communication generalPractitioner "
            "managingOrganization link",
            id="Patient, choices at their place",
        ),
        pytest.param(
            "Organization",
            OF_A_DOMAIN_RESOURCE,
            "identifier active type name alias telecom address partOf contact endpoint",
            id="Organization",
        ),
        pytest.param("Bundle", OF_A_RESOURCE, "identifier type total link entry signature", id="no DomainResource"),
        pytest.param("Bundle.entry", OF_A_PART, "link fullUrl resource search request response", id="part"),
        pytest.param(
            "OperationOutcome.issue",
            OF_A_PART,
            "severity code details diagnostics location expression",
            id="part of OperationOutcome",
        ),
        pytest.param("Coding", ("extension",), "system version code display userSelected", id="data type"),
        pytest.param(
            "Extension", ("extension",), " ".join(f"value{each}" for each in VALUES.split()), id="every value[x]"
        ),
        pytest.param("Narrative", ("extension",), "status div", id="Narrative"),
        pytest.param("dateTime", ("extension",), "", id="primitive"),
        pytest.param("xhtml", (), "", id="xhtml"),
        pytest.param("DomainResource", (), "", id="abstract"),
        pytest.param("Patiënt", (), "", id="unknown"),
    ],
)
def test_children_stand_in_the_order_of_xml(type_name, first, others):
    """
    First what every type of its kind has, then its own.
    """
    assert tuple(children_of(type_name)) == (*first, *others.split())


@pytest.mark.parametrize(
    ("type_name", "expected"),
    [
        pytest.param("MessageHeader", Element("event", "Coding", 1, 1), id="one"),
        pytest.param("MessageHeader", Element("source", "MessageHeader.source", 1, 1), id="a part"),
        pytest.param("MessageHeader", Element("timestamp", "instant", 1, 1), id="one, primitive"),
        pytest.param("MessageHeader", Element("focus", "Reference", 0, None), id="any number"),
        pytest.param("Composition", Element("author", "Reference", 1, None), id="one or more"),
        pytest.param("Composition", Element("class", "CodeableConcept", 0, 1), id="a word of Python"),
        pytest.param("Composition.section", Element("section", "Composition.section", 0, None), id="in itself"),
        pytest.param(
            "ValueSet.compose", Element("exclude", "ValueSet.compose.include", 0, None), id="defined elsewhere"
        ),
        pytest.param("Patient", Element("deceasedBoolean", "boolean", 0, 1), id="choice"),
        pytest.param("Parameters.parameter", Element("resource", "Resource", 0, 1), id="a resource"),
        pytest.param("Narrative", Element("div", "xhtml", 1, 1), id="xhtml"),
        pytest.param("Resource", Element("Patient", "Patient", 0, 1), id="a resource by its name"),
    ],
)
def test_an_element(type_name, expected):
    """
    Its type, and how often it may stand there.
    """
    assert children_of(type_name)[expected.name] == expected


def test_a_table_of_children_cannot_be_changed():
    """
    All callers share it.
    """
    with pytest.raises(TypeError):
        children_of("Patient")["name"] = Element("name", "string", 0, 1)  # type: ignore[index]


@pytest.mark.parametrize(
    ("type_name", "resource", "primitive", "attributes"),
    [
        pytest.param("Bundle", True, False, set(), id="resource"),
        pytest.param("Resource", False, False, set(), id="any resource"),
        pytest.param("Bundle.entry", False, False, {"id"}, id="part"),
        pytest.param("Coding", False, False, {"id"}, id="data type"),
        pytest.param("Extension", False, False, {"id", "url"}, id="Extension"),
        pytest.param("code", False, True, {"id", "value"}, id="primitive"),
        pytest.param("xhtml", False, False, set(), id="xhtml"),
        pytest.param("Code", False, False, set(), id="unknown"),
    ],
)
def test_kinds_of_types(type_name, resource, primitive, attributes):
    """
    A type is a resource, a primitive, or neither; the attributes that XML has for it.
    """
    assert stu3.is_resource(type_name) is resource
    assert stu3.is_primitive(type_name) is primitive
    assert attributes_of(type_name) == attributes


def test_resources():
    """
    STU3 has 117 resources; those of other releases are none of them.
    """
    assert len(stu3.resources()) == 117
    assert {"MessageHeader", "ProcedureRequest", "Binary"} <= stu3.resources()
    assert stu3.resources().isdisjoint(
        {"Resource", "DomainResource", "MetadataResource", "ServiceRequest", "Bundle.entry"}
    )


@pytest.mark.parametrize(
    ("start", "path", "expected"),
    [
        pytest.param("Bundle", "entry/resource/MessageHeader/event/code", "code", id="through a Bundle"),
        pytest.param("Resource", "Bundle/entry/resource/Bundle/entry", "Bundle.entry", id="Bundle in a Bundle"),
        pytest.param("OperationOutcome", "issue/details/coding/code", "code", id="details of an issue"),
        pytest.param("OperationOutcome", "issue/details/coding", "Coding", id="coding of details"),
        pytest.param("Patient", "contained/Organization/name", "string", id="contained"),
        pytest.param("Parameters", "parameter/resource/Patient", "Patient", id="in Parameters"),
        pytest.param("MessageHeader", "extension/extension/valueCoding/code", "code", id="Extension in Extension"),
        pytest.param("Patient", "birthDate/extension/valueDateTime", "dateTime", id="Extension of a primitive"),
        pytest.param("Composition", "section/section/text/div/table/tbody", "xhtml", id="below div"),
        pytest.param("Patient", "", "Patient", id="nowhere"),
        pytest.param("Patient", "contained/name", None, id="contained without its resource"),
        pytest.param("Bundle", "entry/Patient", None, id="entry without resource"),
        pytest.param("Bundle", "entry/resource/bundle", None, id="small letter"),
        pytest.param("Coding", "id", None, id="attribute"),
        pytest.param("Patient", "birthDate/value", None, id="value attribute"),
        pytest.param("patient", "name", None, id="unknown start"),
    ],
)
def test_walk(start, path, expected):
    """
    The type reached, or None.
    """
    assert walk(start, path.split("/") if path else []) == expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        pytest.param("MessageHeader/event/code", None, id="all known"),
        pytest.param("Patient/text/div/p/anything", None, id="below div all is known"),
        pytest.param("", None, id="no names"),
        pytest.param(
            "MessageHeader/evnt/code",
            UnknownStep(1, "MessageHeader", "event", "did you mean 'event'?"),
            id="letter missing",
        ),
        pytest.param(
            "MesageHeader/evnt",
            UnknownStep(0, "Resource", "MessageHeader", "did you mean 'MessageHeader'?"),
            id="the first of two",
        ),
        pytest.param(
            "Bundle/entry/resource/bundle/entry",
            UnknownStep(3, "Resource", "Bundle", "did you mean 'Bundle'?"),
            id="small letter",
        ),
        pytest.param(
            "OperationOutcome/issue/details/code",
            UnknownStep(3, "CodeableConcept", None, "known are coding, extension, text"),
            id="coding left out",
        ),
        pytest.param(
            "Bundle/entry/Patient",
            UnknownStep(
                2,
                "Bundle.entry",
                None,
                "known are extension, fullUrl, link, modifierExtension, request, resource, response, search",
            ),
            id="resource left out",
        ),
        pytest.param(
            "Patient/extension/valueCodeableconcept",
            UnknownStep(2, "Extension", "valueCodeableConcept", "did you mean 'valueCodeableConcept'?"),
            id="choice, capital missing",
        ),
        pytest.param(
            "Patient/deceased",
            UnknownStep(1, "Patient", None, "write it with its type: deceasedBoolean, deceasedDateTime"),
            id="choice without its type",
        ),
        pytest.param(
            "Patient/extension/value",
            UnknownStep(
                2,
                "Extension",
                None,
                "write it with its type: valueBase64Binary, valueBoolean, valueCode, valueDate or 34 more",
            ),
            id="choice of many without its type",
        ),
        pytest.param(
            "Patient/birthDate/value",
            UnknownStep(2, "date", None, "the only one known is extension"),
            id="attribute of a primitive",
        ),
        pytest.param("Patient/text/div", None, id="div"),
        pytest.param(
            "Patient//name",
            UnknownStep(
                1,
                "Patient",
                None,
                OF_PATIENT,
            ),
            id="empty name",
        ),
        pytest.param("Patient/zzz", UnknownStep(1, "Patient", None, OF_PATIENT), id="nothing near"),
    ],
)
def test_unknown_step(path, expected):
    """
    The first name that is not there, with the near one; the remedy is what stands after ``;`` in a problem.
    """
    assert unknown_step(path.split("/") if path else []) == expected


def test_unknown_step_below_a_type():
    """
    The names may begin below any type; below one that STU3 does not have, nothing is known.
    """
    assert unknown_step(["code"], start="Coding") is None
    assert unknown_step(["codes"], start="Coding") == UnknownStep(0, "Coding", "code", "did you mean 'code'?")
    assert unknown_step(["code"], start="coding") == UnknownStep(0, "coding", None, "")


@pytest.mark.parametrize("file", VALID, ids=lambda file: file.stem)
def test_every_element_of_a_valid_sample_is_known(file):
    """
    Each FHIR element of the valid samples is in the table, in the table's order, with the attributes it names.
    """
    root = etree.parse(file, etree.XMLParser(remove_comments=True)).getroot()
    complaints = []
    for element in root.iter(f"{{{FHIR}}}*", f"{{{XHTML}}}div"):
        path = [local_name(each) for each in (*reversed(list(element.iterancestors())), element)]
        reached = walk("Resource", path)
        if unknown_step(path) is not None or reached is None:
            complaints.append(f"{'/'.join(path)} is unknown")
            continue
        if reached == "xhtml":
            continue
        order = list(children_of(reached))
        names = [local_name(each) for each in element if local_name(each) in order]
        if names != sorted(names, key=order.index):
            complaints.append(f"{'/'.join(path)} has another order: {names}")
        if not set(element.attrib) <= attributes_of(reached):
            complaints.append(f"{'/'.join(path)} has other attributes: {sorted(element.attrib)}")

    assert complaints == []


def test_every_type_named_is_there():
    """
    No child has a type that the table does not have, and no number is senseless.
    """
    types = json.loads((ROOT / TABLE).read_text(encoding="utf-8"))["types"]
    elements = [each for name in types for each in children_of(name).values()]

    assert {each.type for each in elements} - set(types) == {"Resource", "xhtml"}
    assert {(each.min, each.max) for each in elements} == {(0, 1), (0, None), (1, 1), (1, None)}


def test_the_table_is_written_in_one_way():
    """
    What is read and written again is the same text, and it is small.
    """
    text = (ROOT / TABLE).read_text(encoding="utf-8")

    assert dump(json.loads(text)) == text
    assert len(text) < 400_000
