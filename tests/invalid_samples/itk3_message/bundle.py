"""
Invalid samples of ITK-Message-Bundle-1.
"""

from __future__ import annotations

from invalid_samples.itk3_message.common import BUNDLE, MESSAGE, NEW, NOBODY, REPORT, rows
from invalid_samples.parts import entry, organization
from invalid_samples.row import DOCUMENT, HEADER, SD
from sample_edits import after, move_after, remove, rename, repeat, value

ROLE = f"""\
<PractitionerRole>
  <id value="{NEW}"/>
  <practitioner>
    <reference value="{NOBODY}"/>
  </practitioner>
</PractitionerRole>"""

BUNDLE_ROWS = rows(
    "ITK-Message-Bundle-1#",
    (
        "Bundle.meta.profile",
        "the message Bundle states the profile of a payload.",
        (value(f"{BUNDLE}/f:meta/f:profile", SD + "ITK-Payload-Bundle-1"),),
    ),
    ("Bundle.identifier", "the message Bundle has no identifier.", (remove(f"{BUNDLE}/f:identifier"),)),
    ("Bundle.identifier.value", "the identifier has no value.", (remove(f"{BUNDLE}/f:identifier/f:value"),)),
    ("Bundle.type", "the type of the message Bundle is collection.", (value(f"{BUNDLE}/f:type", "collection"),)),
    ("Bundle.total", "the message Bundle has a total.", (after(f"{BUNDLE}/f:type", '<total value="3"/>'),)),
    (
        "Bundle.link",
        "the message Bundle has a link.",
        (after(f"{BUNDLE}/f:type", '<link>\n  <relation value="self"/>\n  <url value="urn:x-example:1"/>\n</link>'),),
    ),
    (
        "Bundle.signature",
        "the message Bundle has a signature.",
        (
            after(
                f"{BUNDLE}/f:entry[3]",
                """\
<signature>
  <type>
    <system value="urn:iso-astm:E1762-95:2013"/>
    <code value="1.2.840.10065.1.12.1.1"/>
  </type>
  <when value="2024-03-12T09:43:10+00:00"/>
  <whoUri value="urn:x-example:signer"/>
</signature>""",
            ),
        ),
    ),
    (
        "Bundle.entry",
        "an entry has a search element.",
        (after(f"{BUNDLE}/f:entry[2]/f:resource", '<search>\n  <mode value="include"/>\n</search>'),),
    ),
    (
        "Bundle.entry.resource",
        "the last entry holds no resource.",
        (after(f"{BUNDLE}/f:entry[3]", f'<entry>\n  <fullUrl value="{NOBODY}"/>\n</entry>'),),
    ),
    (
        "Bundle.entry[1].resource",
        "the MessageHeader stands in the last entry.",
        (move_after(f"{BUNDLE}/f:entry[1]", f"{BUNDLE}/f:entry[3]"),),
    ),
    (
        "Bundle.entry:MessageHeader",
        "there are two MessageHeaders.",
        (
            repeat(f"{BUNDLE}/f:entry[1]"),
            value(f"{BUNDLE}/f:entry[2]/f:fullUrl", f"urn:uuid:{NEW}"),
            value(f"{BUNDLE}/f:entry[2]/f:resource/f:MessageHeader/f:id", NEW),
        ),
    ),
    (
        "Bundle.entry.fullUrl",
        "the last entry has the fullUrl of the MessageHeader.",
        (after(f"{BUNDLE}/f:entry[3]", entry(f"urn:uuid:{MESSAGE}", organization(NEW, "8ZX41"))),),
    ),
    (
        "Bundle.entry.resource/references",
        "a PractitionerRole beside the header refers to a Practitioner that is not there.",
        (after(f"{BUNDLE}/f:entry[3]", entry(f"urn:uuid:{NEW}", ROLE)),),
    ),
)

LOWER_CASE = rows(
    "ITK-Message-Bundle-1#",
    (
        "Bundle.entry.resource/lower-case",
        "the payload is written bundle (and nothing refers to it).",
        (rename(DOCUMENT, "bundle"), remove(f"{HEADER}/f:focus")),
    ),
    base=REPORT,
)

ROWS = (*BUNDLE_ROWS, *LOWER_CASE)
