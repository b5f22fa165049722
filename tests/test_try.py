"""
`itk3 try`: the nodes that an expression finds, and for what finds nothing, where the path stops and why.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from itk3_validator.adapters.cli import main
from itk3_validator.workshop.trying.trace import stages
from pack_builder import entry, message, write_pack

SAMPLES = Path(__file__).parent.parent / "samples"

PACK = """
selectors:
  header: {xpath: "(/f:Bundle/f:entry/f:resource/f:MessageHeader)[1]", safe: true}
  event: {xpath: $header/f:event/f:code, safe: true}
  system: {xpath: $header/f:event/f:system, safe: true}
  entries: /f:Bundle/f:entry
  family: /f:Bundle/f:entry/f:resource/f:Patient/f:name/f:family
  composition: /f:Bundle/f:entry/f:resource/f:Composition
  patient: {follow: $composition/f:subject}
  birthDate: $patient/f:birthDate
rules:
  - {id: A-1, text: There is an event., check: {event: present}}
"""

MESSAGE = message(
    "<entry>",
    "  <resource><MessageHeader>",
    '    <extension url="https://x/Handling"><extension url="BusAckRequested">',
    '      <valueBoolean value="true"/>',
    "    </extension></extension>",
    '    <event><system value="S"/><code value="ITK007C"/></event>',
    "  </MessageHeader></resource>",
    "</entry>",
    entry('<Patient><name><family value="Fallowfield"/></name></Patient>', "urn:uuid:1"),
    entry('<Composition><subject><reference value="urn:uuid:9"/></subject></Composition>'),
    '<MessageHeader xmlns="http://example.org"/>',
)

FAMILY = "../../../f:entry/f:resource/f:Patient/f:name/f:family"
LEADS_NOWHERE = (
    "$patient is the resource that (/f:Bundle/f:entry/f:resource/f:Composition)/f:subject refers to, and that reference"
    " leads nowhere: no entry of this Bundle has that fullUrl or id"
)

STEPS = """\
      1   /f:Bundle
      3   /f:entry
      3   /f:resource
      1   /f:MessageHeader
      1   [1]
"""


@pytest.fixture
def attempt(tmp_path, capsys, monkeypatch):
    """
    Try an expression on the message, with the names of the small pack.
    """
    pack = write_pack(tmp_path, PACK)
    (tmp_path / "m.xml").write_bytes(MESSAGE)
    monkeypatch.chdir(tmp_path)

    def run(*arguments, message="m.xml", pack=pack):
        status = main(["try", *arguments, message, "--pack", str(pack), "--trust-pack"])
        captured = capsys.readouterr()
        return status, captured.out + captured.err

    return run


def test_a_selector(attempt):
    """
    A node is told with its place, its path, its value and its line.
    """
    assert attempt("event") == (
        0,
        """\
m.xml: event finds 1 node
  pack:   small 1.0.0
  path:   $header/f:event/f:code
m.xml:7:31: code 'ITK007C'
  at:     /f:Bundle/f:entry[1]/f:resource/f:MessageHeader/f:event/f:code
        7 |     <event><system value="…"/><code value="ITK007C"/></event>
          |                                     ^
""",
    )


def test_values_are_masked(attempt):
    """
    A value from a place that is not safe is shown only when asked for.
    """
    status, told = attempt("family")

    assert status == 0
    assert "Fallowfield" not in told
    assert "m.xml:10:62: family ***\n" in told
    assert "family 'Fallowfield'\n" in attempt("family", "--show-values")[1]


def test_an_element_without_a_value(attempt):
    """
    An element that holds others names them.
    """
    assert "m.xml:7:5: event with system, code\n" in attempt("$header/f:event")[1]


@pytest.mark.parametrize(
    ("expression", "status", "said"),
    [
        pytest.param("count($entries)", 0, "is 3", id="number"),
        pytest.param("count($entries) = 4", 1, "is false", id="false"),
        pytest.param("count(/f:Bundle/f:link)", 1, "is 0", id="nothing-to-count"),
        pytest.param("string($family/@value)", 0, "is *** (--show-values shows it)", id="masked"),
        pytest.param("1 div 0", 0, "is inf", id="infinite"),
    ],
)
def test_an_expression_that_yields_a_value(attempt, expression, status, said):
    """
    Numbers and truth are shown, texts are masked; what is false or 0 counts as nothing found.
    """
    assert attempt(expression) == (status, f"m.xml: {expression} {said}\n  pack:   small 1.0.0\n")


def test_where_a_path_stops(attempt):
    """
    Every step is shown with what it finds, down to the one that finds nothing.
    """
    assert attempt("$header/f:evnt/f:code") == (
        1,
        f"""\
m.xml: $header/f:evnt/f:code finds nothing
  pack:   small 1.0.0
  found   step
{STEPS}\
      0   /f:evnt   <- stops here
  why:    there is no evnt in MessageHeader; did you mean event?
  why:    FHIR STU3 has no evnt in MessageHeader
""",
    )


@pytest.mark.parametrize(
    ("expression", "stops", "why"),
    [
        pytest.param(
            "/f:bundle",
            "/f:bundle",
            ["at the top of the message it is written Bundle; upper and lower case differ"],
            id="case",
        ),
        pytest.param(
            "/f:Bundle/f:MessageHeader/f:event",
            "/f:MessageHeader",
            ["MessageHeader is there, but in the namespace http://example.org; f: stands for http://hl7.org/fhir"],
            id="other-namespace",
        ),
        pytest.param(
            "/f:Bundle/f:Patient",
            "/f:Patient",
            ["Patient stands 2 levels deeper, in resource; write f:entry/f:resource/f:Patient"],
            id="two-levels-deeper",
        ),
        pytest.param(
            "/f:Bundle/f:resource",
            "/f:resource",
            ["resource stands one level deeper, in entry; write f:entry/f:resource"],
            id="one-level-deeper",
        ),
        pytest.param(
            "$header/f:event/f:extension",
            "/f:extension",
            ["extension stands one level higher, in MessageHeader"],
            id="one-level-higher",
        ),
        pytest.param(
            "$header/f:extension/f:extension/f:valueString",
            "/f:valueString",
            ["there is no valueString in extension; did you mean valueBoolean?"],
            id="other-value",
        ),
        pytest.param(
            "$header/f:extension/f:url",
            "/f:url",
            ["url is an attribute of extension; write @url"],
            id="attribute-written-as-element",
        ),
        pytest.param(
            "$header/f:event/@code",
            "/@code",
            ["code is an element in event, not an attribute; write f:code/@value"],
            id="element-written-as-attribute",
        ),
        pytest.param(
            "$event/@values", "/@values", ["code has no attribute values; did you mean @value?"], id="attribute-typo"
        ),
        pytest.param("$header/f:event/@id", "/@id", ["event has no attribute"], id="no-attribute"),
        pytest.param(
            "f:Bundle",
            "f:Bundle",
            ["the path does not begin at the document; write /f:Bundle"],
            id="not-at-the-document",
        ),
        pytest.param(
            "$composition/f:subject/@value",
            "/@value",
            ["subject has no value of its own: it is a reference; write f:reference/@value"],
            id="value-of-a-reference",
        ),
        pytest.param(
            "$header/f:event/f:display",
            "/f:display",
            ["there is no display in event; there are system, code"],
            id="known-to-stu3-and-not-there",
        ),
        pytest.param("$entries[4]", "[4]", ["there is no number 4: entry is there 3 times"], id="position"),
        pytest.param(
            "$header/f:extension[@url='https://x/handling']",
            "[@url='https://x/handling']",
            [
                "extension is there once, but not with the @url 'https://x/handling'",
                "@url is the same but for upper and lower case",
                "@url is 'https://x/Handling'",
            ],
            id="url",
        ),
        pytest.param(
            "$header/f:event[f:system/@value='S' and f:code/@value='ITK007C ']",
            "[f:system/@value='S' and f:code/@value='ITK007C ']",
            [
                "event is there once, but not with the f:code/@value 'ITK007C '",
                "f:code/@value is the same but for white space around it",
                "f:code/@value is 'ITK007C'",
            ],
            id="one-of-two-conditions",
        ),
        pytest.param(
            "/f:Bundle/f:entry/f:resource/f:Patient[f:name/f:family/@value='X']",
            "[f:name/f:family/@value='X']",
            [
                "Patient is there once, but not with the f:name/f:family/@value 'X'",
                "what it is instead may be patient data; --show-values shows it (1 value)",
            ],
            id="masked-value",
        ),
        pytest.param(
            f"$header[{FAMILY}/@value='X']",
            f"[{FAMILY}/@value='X']",
            [
                f"MessageHeader is there once, but not with the {FAMILY}/@value 'X'",
                "what it is instead may be patient data; --show-values shows it (1 value)",
            ],
            id="a-safe-place-that-looks-elsewhere",
        ),
        pytest.param(
            "$header/f:event[f:code='ITK007C']",
            "[f:code='ITK007C']",
            ["f:code is compared by the text in it, but FHIR holds values in an attribute; write f:code/@value"],
            id="value-without-@",
        ),
        pytest.param(
            "$header/f:extension[f:url='https://x/Handling']",
            "[f:url='https://x/Handling']",
            ["extension is there once, but not with f:url", "url is an attribute of extension; write @url"],
            id="attribute-written-as-element-in-a-predicate",
        ),
        pytest.param(
            "$header/f:event[not(f:code)]",
            "[not(f:code)]",
            ["event is there once, but [not(f:code)] keeps none"],
            id="not",
        ),
        pytest.param(
            "birthDate",
            "$patient",
            [LEADS_NOWHERE],
            id="reference-that-leads-nowhere",
        ),
    ],
)
def test_why_nothing_is_found(attempt, expression, stops, why):
    """
    The level, prefix, name or value that is missing is told, with what would do.
    """
    status, told = attempt(expression)

    assert status == 1
    assert re.findall(r"^ {6}0   (.*)   <- stops here$", told, re.MULTILINE) == [stops]
    assert [line[10:] for line in told.splitlines() if line.startswith("  why:")] == why


@pytest.mark.parametrize(
    ("expression", "told"),
    [
        pytest.param(
            "evnt",
            """\
itk3:   evnt
itk3:   ^ unknown selector 'evnt'; did you mean 'event'?
""",
            id="unknown-selector",
        ),
        pytest.param(
            "/Bundle/entry",
            """\
itk3:   /Bundle/entry
itk3:    ^ the element 'Bundle' has no prefix; write f:Bundle
itk3:           ^ the element 'entry' has no prefix; write f:entry
""",
            id="no-prefix",
        ),
        pytest.param(
            "/f:Bundle[f:type",
            """\
itk3:   /f:Bundle[f:type
itk3:            ^ a ']' is missing for the '[' here; add the ']'
""",
            id="bracket",
        ),
        pytest.param(
            "request.event",
            "itk3: request.event is read on the request; name it with --request, or try event on it\n",
            id="request",
        ),
    ],
)
def test_an_expression_that_cannot_be_read(attempt, expression, told):
    """
    Every mistake is shown below the character that it begins at; the status is 2.
    """
    assert attempt(expression) == (2, told)


def test_the_request(attempt):
    """
    `request.NAME` is looked for in the request.
    """
    status, told = attempt("request.event", "--request", "m.xml")

    assert status == 0
    assert told.startswith("m.xml: request.event finds 1 node\n")


@pytest.mark.parametrize(
    ("data", "told"),
    [
        pytest.param(b"", "itk3: b.xml: the message is empty\n", id="empty"),
        pytest.param(b"<a>", "itk3: b.xml: line 1, column 4: not well-formed XML: the message ends inside", id="cut"),
    ],
)
def test_a_message_that_cannot_be_read(attempt, tmp_path, data, told):
    """
    Is told with its name; the status is 2.
    """
    (tmp_path / "b.xml").write_bytes(data)
    status, said = attempt("event", message="b.xml")

    assert status == 2
    assert said.startswith(told.removesuffix("\n"))


def test_costly_paths_are_told(attempt):
    """
    A path that a rule may use only with a reason is found, and that is said.
    """
    assert "  note:   '//' searches far; a rule needs expensive: for it\n" in attempt("//f:family")[1]


def test_many_nodes_are_cut(attempt, tmp_path):
    """
    Twenty nodes are shown, and with --all every one.
    """
    (tmp_path / "many.xml").write_bytes(message(*['<entry><fullUrl value="u"/></entry>'] * 23))

    assert attempt("entries", message="many.xml")[1].endswith("  and 3 more; --all shows them\n")
    assert attempt("entries", "--all", message="many.xml")[1].count("entry with fullUrl") == 23


def test_the_pack_that_recognises_the_message(capsys):
    """
    Without --pack the names are those of the pack that knows the message; another that knows the name is told.
    """
    sample = str(SAMPLES / "valid" / "gpcm-sd-oc-primary.xml")

    assert main(["try", "BusAckRequested", sample]) == 0
    assert "  pack:   gpcm-sd-oc 1.0.0, which recognises the message\n" in capsys.readouterr().out
    assert main(["try", "letter", sample]) == 2
    assert capsys.readouterr().err.endswith("itk3: it can be read with --pack itk3-outpatient-letter\n")


def test_a_message_that_nobody_recognises(attempt, tmp_path, capsys):
    """
    Is tried with the names of the pack that the others extend.
    """
    assert main(["try", "entries", str(tmp_path / "m.xml")]) == 0
    assert "  pack:   itk3-message 1.0.0, for no pack recognises the message\n" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        pytest.param("/f:A/f:B", ["/f:A", "/f:A/f:B"], id="steps"),
        pytest.param("/f:A[1]/f:B", ["/f:A", "/f:A[1]", "/f:A[1]/f:B"], id="predicate"),
        pytest.param("/f:A[@x='[']/@y", ["/f:A", "/f:A[@x='[']", "/f:A[@x='[']/@y"], id="bracket-in-a-text"),
        pytest.param("/f:A [ @x ] [2]", ["/f:A", "/f:A [ @x ]", "/f:A [ @x ] [2]"], id="blanks"),
        pytest.param("((/f:A)[1])/f:B", ["/f:A", "(/f:A)[1]", "((/f:A)[1])/f:B"], id="groups"),
        pytest.param("$p/f:A", ["$p", "$p/f:A"], id="variable"),
        pytest.param("./f:A", [".", "./f:A"], id="relative"),
        pytest.param("//f:A", ["//f:A"], id="descendants"),
        pytest.param("/f:A | /f:B", ["/f:A"], id="the-first-of-two"),
        pytest.param("count(/f:A)", [], id="a-value"),
    ],
)
def test_stages(path, expected):
    """
    A path is followed step by step and predicate by predicate.
    """
    assert [each.text for each in stages(path)] == expected


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("h:div", "div stands one level deeper, in text; write f:text/h:div"),
        ("f:div", "div stands further down, in the namespace http://www.w3.org/1999/xhtml; write f:text/h:div"),
    ],
)
def test_a_way_through_two_namespaces(attempt, tmp_path, path, why):
    """
    Each step of the way that is offered has the prefix of its own namespace.
    """
    (tmp_path / "n.xml").write_bytes(
        message(entry('<Composition><text><div xmlns="http://www.w3.org/1999/xhtml">x</div></text></Composition>'))
    )
    status, told = attempt(f"$composition/{path}", message="n.xml")

    assert (status, told.splitlines()[-1]) == (1, f"  why:    {why}")


@pytest.mark.parametrize("expression", ["if (true()) then 1 else 2", "some $x in /f:Bundle satisfies true()", "1 eq 1"])
def test_later_xpath(attempt, expression):
    """
    XPath 2.0 is not tried here, and where it is tried is told.
    """
    status, told = attempt(expression)

    assert (status, told.splitlines()[-1]) == (
        2,
        "itk3: try speaks XPath 1.0; a `test:` of a rule in XPath 2.0 is tried by a test of that rule, with itk3 test",
    )


def test_a_mistake_that_is_not_of_later_xpath(attempt):
    """
    What stands in a literal is no XPath 2.0.
    """
    assert "XPath 1.0" not in attempt("contains('a eq b', f:x")[1]


@pytest.mark.parametrize("name", ["recipient", "fact.recipient"])
def test_a_fact(capsys, name):
    """
    Facts are stated by the caller, and no message holds them.
    """
    assert main(["try", name, str(SAMPLES / "valid/gpcm-sd-oc-primary.xml")]) == 2
    assert capsys.readouterr().err.splitlines()[1] == (
        f"itk3:   ^ {name!r} is a fact, which the caller states; no message holds it, so it cannot be tried; "
        "see itk3 explain recipient"
    )


def test_only_white_space(attempt):
    """
    The text between elements is told as what it is.
    """
    told = attempt("$header/text()")[1].splitlines()

    assert told[2] == "  note:   only white space: FHIR holds values in attributes; write @value below an element"
    assert told[3].endswith(": MessageHeader, white space")
