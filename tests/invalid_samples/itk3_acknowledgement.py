"""
Invalid samples of the pack itk3-acknowledgement.
"""

from __future__ import annotations

from invalid_samples.parts import entry, event
from invalid_samples.row import HEADER, MD, OUTCOME, SD, Row, key
from sample_edits import Edit, after, remove, repeat, value

INFRASTRUCTURE = "gpcm-sd-oc-infrastructure-response"
BUSINESS = "gpcm-sd-oc-business-response"
REQUEST = "valid/gpcm-sd-oc-primary.xml"

SENDER = "urn:uuid:c23b3dd8-bfab-4927-bb3f-73ee70d7cf61"
NEW = "1c4f6e82-9b0a-4d57-83e6-a5d2c7f0b914"

SECOND_OUTCOME = f"""\
<OperationOutcome>
  <id value="{NEW}"/>
  <meta>
    <profile value="{SD}ITK-Response-OperationOutcome-1"/>
  </meta>
  <issue>
    <severity value="information"/>
    <code value="informational"/>
    <diagnostics value="Filed for the pharmacist on duty"/>
  </issue>
</OperationOutcome>"""


def row(id: str, what: str, *edits: Edit, base: str = INFRASTRUCTURE) -> Row:
    return Row("itk3-acknowledgement", f"RSP-ITK#{id}", base, what, edits, request=REQUEST, interaction="response")


ROWS = (
    row(
        "MessageHeader.event.code",
        "the event is ITK002M, the business acknowledgement of 2018.",
        *event("ITK002M", "ITK Business Acknowledgement"),
        base=BUSINESS,
    ),
    row(
        "MessageHeader.extension:ITKMessageHandling.MessageDefinition",
        "MessageDefinition is the retired ITK-Response-MessageDefinition-Instance-1.",
        value(
            key("MessageDefinition") + "/f:valueReference/f:reference",
            MD + "ITK-Response-MessageDefinition-Instance-1",
        ),
    ),
    row(
        "MessageHeader.extension:ITKMessageHandling.SenderReference",
        "SenderReference is None, where the request has one to return.",
        value(key("SenderReference") + "/f:valueString", "None"),
    ),
    row(
        "MessageHeader.response.identifier",
        "response.identifier is missing.",
        remove(f"{HEADER}/f:response/f:identifier"),
    ),
    row(
        "MessageHeader.response.identifier/2",
        "response.identifier is the id of another message.",
        value(f"{HEADER}/f:response/f:identifier", "2f9d1b70-5c3e-4a86-b8f4-6e0a7d2c9135"),
    ),
    row(
        "MessageHeader.response.code",
        "response.code is transient-error.",
        value(f"{HEADER}/f:response/f:code", "transient-error"),
    ),
    row(
        "MessageHeader.response.details",
        "response.details refers to the sender's Organization.",
        value(f"{HEADER}/f:response/f:details/f:reference", SENDER),
    ),
    row(
        "OperationOutcome",
        "there are two OperationOutcomes.",
        after("/f:Bundle/f:entry[3]", entry(f"urn:uuid:{NEW}", SECOND_OUTCOME)),
        base=BUSINESS,
    ),
    row(
        "OperationOutcome.issue.details.coding",
        "the response code stands twice, in two issues.",
        repeat(f"{OUTCOME}/f:issue"),
    ),
    row(
        "MessageHeader.response.code/table",
        "response.code is fatal-error beside 20013.",
        value(f"{HEADER}/f:response/f:code", "fatal-error"),
    ),
    row(
        "OperationOutcome.issue.severity/table",
        "the severity is warning beside 20013.",
        value(f"{OUTCOME}/f:issue/f:severity", "warning"),
    ),
    row(
        "OperationOutcome.issue.code/table",
        "the issue code is processing beside 30001.",
        value(f"{OUTCOME}/f:issue/f:code", "processing"),
        base=BUSINESS,
    ),
)
