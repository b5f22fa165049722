"""
The elements that an XPath asks for: as a snippet for people, and built into a message.
"""

from __future__ import annotations

from textwrap import dedent

import pytest
from lxml import etree

from itk3_validator.workshop.editing.parts import chain_of
from itk3_validator.workshop.editing.skeleton import NotMade, build, snippet

HANDLING = "(/f:Bundle/f:entry/f:resource/f:MessageHeader)[1]"
FHIR = "http://hl7.org/fhir"


@pytest.mark.parametrize(
    ("xpath", "expected"),
    [
        pytest.param(
            "/f:Bundle/f:type",
            """\
            <Bundle xmlns="http://hl7.org/fhir">
              <type value="…"/>
            </Bundle>""",
            id="a-plain-path",
        ),
        pytest.param(
            f"({HANDLING})/f:extension[@url='H']/f:extension[@url='BusAckRequested']/f:valueBoolean",
            """\
            <Bundle xmlns="http://hl7.org/fhir">
              <entry>
                <resource>
                  <MessageHeader>
                    <extension url="H">
                      <extension url="BusAckRequested">
                        <valueBoolean value="…"/>
                      </extension>
                    </extension>
                  </MessageHeader>
                </resource>
              </entry>
            </Bundle>""",
            id="attributes-of-predicates",
        ),
        pytest.param(
            "/f:OperationOutcome/f:issue/f:details/f:coding[f:system/@value='S']/f:code/@value",
            """\
            <OperationOutcome xmlns="http://hl7.org/fhir">
              <issue>
                <details>
                  <coding>
                    <system value="S"/>
                    <code value="…"/>
                  </coding>
                </details>
              </issue>
            </OperationOutcome>""",
            id="children-of-predicates",
        ),
        pytest.param(
            "/f:MessageHeader/f:sender",
            """\
            <MessageHeader xmlns="http://hl7.org/fhir">
              <sender>
                <reference value="…"/>
              </sender>
            </MessageHeader>""",
            id="a-reference-by-its-type",
        ),
        pytest.param(
            "/f:MessageHeader/f:event",
            """\
            <MessageHeader xmlns="http://hl7.org/fhir">
              <event>…</event>
            </MessageHeader>""",
            id="a-type-without-a-value",
        ),
        pytest.param(
            "/f:Patient/f:extension[@url='U']/f:*[starts-with(local-name(), 'value')]",
            """\
            <Patient xmlns="http://hl7.org/fhir">
              <extension url="U">
                <valueString value="…"/>
              </extension>
            </Patient>""",
            id="a-name-that-begins",
        ),
        pytest.param(
            "/f:Bundle/f:entry[2]/f:resource/*[not(self::f:Bundle)]",
            """\
            <Bundle xmlns="http://hl7.org/fhir">
              <!-- entry number 2 -->
              <entry>
                <resource>
                  <AnyResource>…</AnyResource>
                </resource>
              </entry>
            </Bundle>""",
            id="a-position-and-any-resource",
        ),
        pytest.param(
            "/f:Bundle/f:entry/f:resource/*[self::f:Patient or self::f:Group]/f:id",
            """\
            <Bundle xmlns="http://hl7.org/fhir">
              <entry>
                <resource>
                  <Patient>
                    <id value="…"/>
                  </Patient>
                </resource>
              </entry>
            </Bundle>""",
            id="the-first-of-or",
        ),
        pytest.param(
            "$patient/f:name[f:use/@value='official']/f:family",
            """\
            <!-- inside what $patient stands for -->
            <name xmlns="http://hl7.org/fhir">
              <use value="official"/>
              <family value="…"/>
            </name>""",
            id="a-selector-that-follows",
        ),
        pytest.param("$patient", "<!-- inside what $patient stands for -->", id="a-selector-alone"),
        pytest.param("./f:status", '<status xmlns="http://hl7.org/fhir" value="…"/>', id="a-relative-path"),
        pytest.param(
            "/f:Bundle/f:entry/f:resource/f:Bundle/../../f:fullUrl",
            """\
            <Bundle xmlns="http://hl7.org/fhir">
              <entry>
                <fullUrl value="…"/>
              </entry>
            </Bundle>""",
            id="back-to-the-parent",
        ),
        pytest.param(
            "/f:Bundle//f:Patient/f:id",
            """\
            <Bundle xmlns="http://hl7.org/fhir">
              <!-- at any level -->
              <Patient>
                <id value="…"/>
              </Patient>
            </Bundle>""",
            id="any-level",
        ),
        pytest.param("/f:Bundle/f:id | /f:Bundle/f:type", """\
            <Bundle xmlns="http://hl7.org/fhir">
              <id value="…"/>
            </Bundle>""", id="the-first-of-a-union"),
        pytest.param(
            "/f:Composition/f:text/h:div",
            """\
            <Composition xmlns="http://hl7.org/fhir">
              <text>
                <div xmlns="http://www.w3.org/1999/xhtml">…</div>
              </text>
            </Composition>""",
            id="xhtml",
        ),
        pytest.param("count(/f:Bundle/f:entry)", "", id="a-value-has-no-place"),
        pytest.param("/f:Bundle/[", "", id="no-xpath"),
    ],
)  # fmt: skip
def test_a_snippet_shows_what_a_path_asks_for(xpath: str, expected: str) -> None:
    """
    Steps become elements, predicates the attributes and children that make them true.
    """
    assert snippet(xpath) == dedent(expected)


def test_a_snippet_holds_the_value_it_is_given() -> None:
    """
    The value stands where the rule looks for it, escaped as XML wants it.
    """
    assert snippet("/f:Bundle/f:type", value="a<b") == dedent(
        """\
        <Bundle xmlns="http://hl7.org/fhir">
          <type value="a&lt;b"/>
        </Bundle>"""
    )


@pytest.mark.parametrize(
    ("xml", "xpath", "expected"),
    [
        pytest.param(
            "<MessageHeader><id/><event/><source/></MessageHeader>",
            "f:timestamp",
            "<MessageHeader><id/><event/><timestamp/><source/></MessageHeader>",
            id="in-the-order-of-stu3",
        ),
        pytest.param(
            "<Bundle><entry/><signature/></Bundle>",
            "f:entry",
            "<Bundle><entry/><entry/><signature/></Bundle>",
            id="behind-its-like",
        ),
        pytest.param(
            "<Bundle><type/><entry/></Bundle>",
            "f:entry[3]/f:fullUrl",
            "<Bundle><type/><entry/><entry/><entry><fullUrl/></entry></Bundle>",
            id="as-many-as-are-missing",
        ),
        pytest.param(
            "<Bundle/>",
            "f:entry[f:resource/f:Patient]/f:resource/f:Patient/f:id",
            "<Bundle><entry><resource><Patient><id/></Patient></resource></entry></Bundle>",
            id="what-a-predicate-made-is-used",
        ),
        pytest.param("<Patient/>", "f:own", "<Patient><own/></Patient>", id="unknown-to-stu3-comes-last"),
    ],
)
def test_elements_are_built_where_they_belong(xml: str, xpath: str, expected: str) -> None:
    """
    A new element stands among its siblings as FHIR STU3 orders them.
    """
    root = etree.fromstring(f'<wrap xmlns="{FHIR}">{xml}</wrap>')[0]
    build(root, chain_of(xpath) or ())

    assert etree.tostring(root, encoding="unicode").replace(f' xmlns="{FHIR}"', "") == expected


@pytest.mark.parametrize(
    ("xpath", "why"),
    [
        pytest.param("f:entry/f:resource/*", "it does not say which element it is", id="any-name"),
        pytest.param(".//f:Patient", "it does not say where it stands", id="any-level"),
        pytest.param("../f:Patient", "it does not say where it stands", id="up"),
    ],
)
def test_what_is_not_described_is_not_built(xpath: str, why: str) -> None:
    """
    Nothing is guessed.
    """
    root = etree.fromstring(f'<Bundle xmlns="{FHIR}"/>')

    with pytest.raises(NotMade) as raised:
        build(root, chain_of(xpath) or ())

    assert str(raised.value) == why
