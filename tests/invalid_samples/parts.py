"""
Pieces of XML that invalid samples add, and edits that several packs' tables use.
"""

from __future__ import annotations

from invalid_samples.row import HEADER, OUTCOME, SD, key
from sample_edits import Edit, value

ODS = "https://fhir.nhs.uk/Id/ods-organization-code"
RECEIVER = "b3f0c1de-6a55-4f0e-9d2b-0c7d9f1e8a47"
RECEIVER_REFERENCE = f'<receiver>\n  <reference value="urn:uuid:{RECEIVER}"/>\n</receiver>'


def event(code: str, display: str) -> tuple[Edit, ...]:
    return (value(f"{HEADER}/f:event/f:code", code), value(f"{HEADER}/f:event/f:display", display))


def recipient(code: str, display: str) -> tuple[Edit, ...]:
    coding = key("RecipientType") + "/f:valueCoding"
    return (value(f"{coding}/f:code", code), value(f"{coding}/f:display", display))


def answer(header: str, severity: str, issue: str, code: str, display: str) -> tuple[Edit, ...]:
    """
    Another answer on all four levels of a response: response.code, severity, issue.code, ITK code with its display.
    """
    coding = f"{OUTCOME}/f:issue/f:details/f:coding"
    return (
        value(f"{HEADER}/f:response/f:code", header),
        value(f"{OUTCOME}/f:issue/f:severity", severity),
        value(f"{OUTCOME}/f:issue/f:code", issue),
        value(f"{coding}/f:code", code),
        value(f"{coding}/f:display", display),
    )


def organization(id: str, ods: str, profile: str = SD + "CareConnect-ITK-Header-Organization-1") -> str:
    """
    An Organization with its ODS code and nothing else.
    """
    return f"""\
<Organization>
  <id value="{id}"/>
  <meta>
    <profile value="{profile}"/>
  </meta>
  <identifier>
    <system value="{ODS}"/>
    <value value="{ods}"/>
  </identifier>
</Organization>"""


def practitioner(id: str, *more: str) -> str:
    """
    A header Practitioner with an SDS user id, and *more* lines.
    """
    lines = "".join(f"\n  {line}" for line in "\n".join(more).splitlines())
    return f"""\
<Practitioner>
  <id value="{id}"/>
  <meta>
    <profile value="{SD}CareConnect-ITK-Header-Practitioner-1"/>
  </meta>
  <identifier>
    <system value="https://fhir.nhs.uk/Id/sds-user-id"/>
    <value value="999900633841"/>
  </identifier>{lines}
</Practitioner>"""


def entry(full_url: str, resource: str, comment: str | None = None) -> str:
    """
    An entry of a Bundle, with a comment above it.
    """
    inner = "".join(f"    {line}\n" for line in resource.splitlines())
    above = f"<!-- {comment} -->\n" if comment else ""
    return f'{above}<entry>\n  <fullUrl value="{full_url}"/>\n  <resource>\n{inner}  </resource>\n</entry>'
