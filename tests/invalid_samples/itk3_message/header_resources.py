"""
Invalid samples of the header Organization and the header Practitioner.
"""

from __future__ import annotations

from invalid_samples.itk3_message.common import SENDER, SENDER_RESOURCE, rows
from invalid_samples.parts import ODS, practitioner
from sample_edits import Edit, after, remove, repeat, replace, value


def header_practitioner(*more: str) -> Edit:
    return replace(SENDER_RESOURCE, practitioner(SENDER, *more))


ORGANIZATION_ROWS = rows(
    "CareConnect-ITK-Header-Organization-1#Organization",
    (
        "",
        "the header Organization has a name.",
        (after(f"{SENDER_RESOURCE}/f:identifier", '<name value="Thistlebury Pharmacy"/>'),),
    ),
    (
        ".identifier:odsOrganisationCode",
        "the header Organization has two ODS organisation codes.",
        (
            repeat(f"{SENDER_RESOURCE}/f:identifier"),
            value(f"{SENDER_RESOURCE}/f:identifier[2]/f:value", "FZ942"),
        ),
    ),
    (
        ".identifier:odsSiteCode",
        "the header Organization has two ODS site codes.",
        (
            repeat(f"{SENDER_RESOURCE}/f:identifier"),
            value(f"{SENDER_RESOURCE}/f:identifier[1]/f:system", "https://fhir.nhs.uk/Id/ods-site-code"),
            value(f"{SENDER_RESOURCE}/f:identifier[2]/f:system", "https://fhir.nhs.uk/Id/ods-site-code"),
            value(f"{SENDER_RESOURCE}/f:identifier[2]/f:value", "FZ942"),
        ),
    ),
    (
        ".identifier.value",
        "the identifier of the header Organization has no value.",
        (remove(f"{SENDER_RESOURCE}/f:identifier[f:system/@value='{ODS}']/f:value"),),
    ),
)

PRACTITIONER_ROWS = rows(
    "CareConnect-ITK-Header-Practitioner-1#Practitioner",
    (
        "",
        "the header Practitioner has a telephone number.",
        (header_practitioner('<telecom>\n  <system value="phone"/>\n  <value value="01632 960733"/>\n</telecom>'),),
    ),
    (
        ".identifier:sdsUserID",
        "the header Practitioner has two SDS user ids.",
        (
            header_practitioner(
                '<identifier>\n  <system value="https://fhir.nhs.uk/Id/sds-user-id"/>\n'
                '  <value value="999900712605"/>\n</identifier>'
            ),
        ),
    ),
    (
        ".name",
        "the header Practitioner has two names.",
        (
            header_practitioner(
                '<name>\n  <family value="Tarrant"/>\n</name>', '<name>\n  <family value="Tarrant-Holm"/>\n</name>'
            ),
        ),
    ),
    (
        ".identifier.value",
        "the second identifier of the header Practitioner has no system.",
        (header_practitioner('<identifier>\n  <value value="PH-0417"/>\n</identifier>'),),
    ),
)

ROWS = (*ORGANIZATION_ROWS, *PRACTITIONER_ROWS)
