"""
Invalid samples of the payload that all use cases share.
"""

from __future__ import annotations

from invalid_samples.itk3_message.common import BUNDLE, LETTER, NEW, NOBODY, REPORT, rows
from invalid_samples.parts import entry
from invalid_samples.row import DOCUMENT, HEADER, SD
from sample_edits import after, move_after, remove, value

SECOND_DOCUMENT = f"""\
<Bundle>
  <id value="{NEW}"/>
  <meta>
    <profile value="{SD}ITK-Document-Bundle-1"/>
  </meta>
  <type value="document"/>
  <entry>
    <fullUrl value="urn:uuid:0a7d5f3e-62b4-4d19-8e0c-b1f8a9c6d245"/>
    <resource>
      <Composition>
        <id value="0a7d5f3e-62b4-4d19-8e0c-b1f8a9c6d245"/>
        <status value="final"/>
        <type>
          <text value="Appendix"/>
        </type>
        <subject>
          <display value="Mr Desmond Oakhurst"/>
        </subject>
        <date value="2024-05-16T15:10:00+01:00"/>
        <author>
          <display value="Dr Imogen Castellane"/>
        </author>
        <title value="Cardiology outpatient letter, appendix"/>
      </Composition>
    </resource>
  </entry>
</Bundle>"""

ELSEWHERE = f"""\
<DocumentReference>
  <id value="{NEW}"/>
  <status value="current"/>
  <type>
    <text value="Electrocardiogram"/>
  </type>
  <indexed value="2024-05-16T14:20:00+01:00"/>
  <content>
    <attachment>
      <contentType value="application/pdf"/>
      <url value="https://documents.fennmoor.example/ecg/20240516.pdf"/>
    </attachment>
  </content>
</DocumentReference>"""

PAYLOAD_ROWS = rows(
    "",
    (
        "FHIR-PAY-01",
        "the message carries a second document.",
        (after(f"{BUNDLE}/f:entry[4]", entry(f"urn:uuid:{NEW}", SECOND_DOCUMENT, "A second document")),),
    ),
    (
        "FHIR-PAY-01/2",
        "the message of a document event carries no document.",
        (remove(f"{BUNDLE}/f:entry[4]"), remove(f"{HEADER}/f:focus")),
    ),
    (
        "FHIR-PAY-02",
        "an attachment is at an address outside the message.",
        (after(f"{DOCUMENT}/f:entry[8]", entry(f"urn:uuid:{NEW}", ELSEWHERE)),),
    ),
    (
        "FHIR-CC-04",
        "the last section refers to a resource that is not in the document.",
        (
            value(
                f"{DOCUMENT}/f:entry[1]/f:resource/f:Composition/f:section[f:title/@value='GP practice']"
                "/f:entry/f:reference",
                NOBODY,
            ),
        ),
    ),
    (
        "ITK-Document-Bundle-1#Bundle.entry[1].resource",
        "the Composition is the second entry of the document.",
        (move_after(f"{DOCUMENT}/f:entry[1]", f"{DOCUMENT}/f:entry[2]"),),
    ),
    base=LETTER,
)

REPORT_ROWS = rows(
    "ITK-Document-Bundle-1#",
    ("Bundle.type", "the type of the payload is collection.", (value(f"{DOCUMENT}/f:type", "collection"),)),
    (
        "Bundle.entry.fullUrl",
        "two Observations have the same fullUrl.",
        (value(f"{DOCUMENT}/f:entry[10]/f:fullUrl", "urn:uuid:9fca066d-8954-4f8c-9b80-7e8b90be881c"),),
    ),
    base=REPORT,
)

ROWS = (*PAYLOAD_ROWS, *REPORT_ROWS)
