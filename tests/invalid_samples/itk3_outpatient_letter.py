"""
Invalid samples of the pack itk3-outpatient-letter.
"""

from __future__ import annotations

from invalid_samples.parts import event, recipient
from invalid_samples.row import COMPOSITION, DOCUMENT, MD, SD, Row, key
from sample_edits import Edit, after, move_after, remove, repeat, replace, value

PRIMARY = "outpatient-letter-primary"
COPY = "outpatient-letter-copy"

NOBODY = "urn:uuid:5d0a3c47-8c1e-4f27-9b58-2f6e7c9a1d30"
HOSPITAL = "urn:uuid:18d325c2-5670-41d7-b8c9-20fa634ba251"
DOCTOR = "urn:uuid:e3ab93c8-8df9-4e15-b543-1d73ff67e308"

PATIENT = f"{DOCUMENT}/f:entry[3]/f:resource/f:Patient"
BINARY = f"{DOCUMENT}/f:entry/f:resource/f:Binary"
STATUS = f"{PATIENT}/f:identifier/f:extension"
ADDRESS_ENDS = f"{PATIENT}/f:address/f:postalCode"

LOCAL_NUMBER = """\
<identifier>
  <system value="https://fennmoor.example/Id/hospital-number"/>
  <value value="FM-4471902"/>
</identifier>"""


def relation(code: str, identifier: str) -> str:
    return f"""\
<relatesTo>
  <code value="{code}"/>
  <targetIdentifier>
    <system value="https://tools.ietf.org/html/rfc4122"/>
    <value value="{identifier}"/>
  </targetIdentifier>
</relatesTo>"""


REPLACED = relation("replaces", "c07a5d1e-93b8-4f62-a1de-58e40f7b6c29")
REPLACED_TOO = relation("replaces", "f1e8b6a4-2d70-4c95-9e3b-07c6a5d4f821")


def section(title: str) -> str:
    return f"{COMPOSITION}/f:section[f:title/@value='{title}']"


PLAN = section("Plan and requested actions")
PLAN_CODING = f"{PLAN}/f:code/f:coding"


def row(id: str, what: str, *edits: Edit, base: str = PRIMARY, to: str = "primary", also: tuple[str, ...] = ()) -> Row:
    return Row("itk3-outpatient-letter", id, base, what, edits, {"recipient": to}, interaction="letter", also=also)


def profile(element: str, what: str, *edits: Edit) -> Row:
    return row(f"CareConnect-ITK-OPL-Composition-1#Composition.{element}", what, *edits)


def without(title: str) -> tuple[str, Edit]:
    return f"the section {title} is missing.", remove(section(title))


def twice(in_profile: str, in_guide: str, title: str) -> tuple[Row, Row]:
    """
    A section that both publications ask for: each rule with its own sample, the other fails with it.
    """
    ids = (f"CareConnect-ITK-OPL-Composition-1#{in_profile}", f"Outpatient-Letter#{in_guide}")
    what, edit = without(title)
    return row(ids[0], what, edit, also=ids[1:]), row(ids[1], what, edit, also=ids[:1])


HEADER_ROWS = (
    row(
        "ITK-OPL-MessageDefinition-4#MessageDefinition.event",
        "the event is ITK003D.",
        *event("ITK003D", "ITK eDischarge"),
    ),
    row(
        "ITK-OPL-MessageDefinition-4#MessageDefinition.url",
        "MessageDefinition is the retired ITK-OPL-MessageDefinition-Instance-1.",
        value(key("MessageDefinition") + "/f:valueReference/f:reference", MD + "ITK-OPL-MessageDefinition-Instance-1"),
    ),
    row(
        "ITK-OPL-MessageDefinition-4#MessageDefinition.focus",
        "the document states the profile ITK-Payload-Bundle-1.",
        value(f"{DOCUMENT}/f:meta/f:profile", SD + "ITK-Payload-Bundle-1"),
    ),
    row(
        "ITK-OPL-MessageDefinition-4#Composition",
        "the document begins with its Encounter.",
        move_after(f"{DOCUMENT}/f:entry[1]", f"{DOCUMENT}/f:entry[2]"),
    ),
    row(
        "FHIR-SR-01",
        "the letter goes to the primary recipient, and RecipientType is FI.",
        *recipient("FI", "For Information"),
    ),
    row(
        "FHIR-SR-02",
        "the letter goes to a copy recipient, and RecipientType is FA.",
        *recipient("FA", "For Action"),
        base=COPY,
        to="copy",
    ),
)

COMPOSITION_ROWS = (
    profile(
        "meta.profile",
        "the Composition states the profile of another document.",
        value(
            f"{COMPOSITION}/f:meta/f:profile",
            "https://fhir.hl7.org.uk/STU3/StructureDefinition/CareConnect-Composition-1",
        ),
    ),
    profile(
        "extension:careSettingTypeExtension", "the care setting type is missing.", remove(f"{COMPOSITION}/f:extension")
    ),
    profile("identifier", "the identifier has no value.", remove(f"{COMPOSITION}/f:identifier/f:value")),
    profile("status", "the status is complete.", value(f"{COMPOSITION}/f:status", "complete")),
    profile("type", "the Composition has no type.", remove(f"{COMPOSITION}/f:type")),
    row(
        "Outpatient-Letter#Composition.type",
        "the type is that of a discharge summary.",
        value(f"{COMPOSITION}/f:type/f:coding/f:code", "373942005"),
        value(f"{COMPOSITION}/f:type/f:coding/f:display", "Discharge summary"),
    ),
    profile(
        "subject",
        "the subject refers to a Patient that is not in the document.",
        value(f"{COMPOSITION}/f:subject/f:reference", NOBODY),
    ),
    profile(
        "encounter",
        "the encounter refers to an Encounter that is not in the document.",
        value(f"{COMPOSITION}/f:encounter/f:reference", NOBODY),
    ),
    profile("date", "the date is written for people.", value(f"{COMPOSITION}/f:date", "16 May 2024")),
    profile("author", "the author refers to an Organization.", value(f"{COMPOSITION}/f:author/f:reference", HOSPITAL)),
    profile("title", "the Composition has no title.", remove(f"{COMPOSITION}/f:title")),
    profile(
        "custodian",
        "the custodian refers to a Practitioner.",
        value(f"{COMPOSITION}/f:custodian/f:reference", DOCTOR),
    ),
    profile(
        "relatesTo",
        "the letter replaces two documents.",
        after(f"{COMPOSITION}/f:custodian", f"{REPLACED}\n{REPLACED_TOO}"),
    ),
    profile(
        "relatesTo.code",
        "the letter appends another document.",
        after(f"{COMPOSITION}/f:custodian", REPLACED.replace("replaces", "appends")),
    ),
    profile(
        "confidentiality",
        "confidentiality is present.",
        after(f"{COMPOSITION}/f:title", '<confidentiality value="N"/>'),
    ),
    profile(
        "attester",
        "attester is present.",
        after(f"{COMPOSITION}/f:title", '<attester>\n  <mode value="professional"/>\n</attester>'),
    ),
    profile(
        "event",
        "event is present.",
        after(
            f"{COMPOSITION}/f:custodian",
            '<event>\n  <period>\n    <start value="2024-05-16T14:00:00+01:00"/>\n  </period>\n</event>',
        ),
    ),
)

SECTION_ROWS = (
    profile("section", "the section Plan and requested actions stands twice.", repeat(PLAN)),
    profile(
        "section.code",
        "the code of Plan and requested actions is mistyped.",
        value(f"{PLAN_CODING}/f:code", "887201000000106"),
    ),
    profile("section.title", "the title of Plan and requested actions is Plan.", value(f"{PLAN}/f:title", "Plan")),
    profile(
        "section.code.coding.display",
        "the display of Plan and requested actions is Plan.",
        value(f"{PLAN_CODING}/f:display", "Plan"),
    ),
    profile("section.text", "the section Plan and requested actions has no text.", remove(f"{PLAN}/f:text")),
    profile(
        "section.section",
        "the section Plan and requested actions has a mode.",
        after(f"{PLAN}/f:text", '<mode value="working"/>'),
    ),
    row("Outpatient-Letter#Attendance-details", *without("Attendance details")),
    row("Outpatient-Letter#Clinical-summary", *without("Clinical summary")),
    row("Outpatient-Letter#GP-practice", *without("GP practice")),
    row("Outpatient-Letter#Person-completing-record", *without("Person completing record")),
    *twice(
        "Composition.section:allergiesAndAdverseReactionsSection",
        "Allergies-and-adverse-reactions",
        "Allergies and adverse reactions",
    ),
    *twice("Composition.section:patientDemographicsSection", "Patient-demographics", "Patient demographics"),
)

PATIENT_ROWS = (
    row("FHIR-PDS-10", "the NHS number has no verification status.", remove(STATUS)),
    row(
        "FHIR-PDS-02",
        "the NHS number is not verified, and the postcode is missing.",
        value(f"{STATUS}/f:valueCodeableConcept/f:coding/f:code", "02"),
        value(f"{STATUS}/f:valueCodeableConcept/f:coding/f:display", "Number present but not traced"),
        remove(ADDRESS_ENDS),
    ),
    row(
        "FHIR-DEM-02",
        "there is no NHS number, and the date of birth is missing.",
        replace(f"{PATIENT}/f:identifier", LOCAL_NUMBER),
        remove(f"{PATIENT}/f:birthDate"),
    ),
    row(
        "Outpatient-Letter#Attachments.contentType",
        "the attachment is a zip archive.",
        value(f"{BINARY}/f:contentType", "application/zip"),
        value(f"{BINARY}/f:content", "UEsFBgAAAAAAAAAAAAAAAAAAAAAAAA=="),
    ),
    row(
        "Outpatient-Letter#Attachments.content",
        "the content of the attachment is a file name, which is no base64.",
        value(f"{BINARY}/f:content", "ecg-20240516.pdf"),
    ),
)

ROWS = (*HEADER_ROWS, *COMPOSITION_ROWS, *SECTION_ROWS, *PATIENT_ROWS)
