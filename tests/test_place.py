"""
A node's place selects exactly that node again, and points into the bytes as received.
"""

from __future__ import annotations

import re
import time
from contextlib import ExitStack
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itk3_validator import layout as layouts
from itk3_validator import place as places
from itk3_validator import source as sources
from itk3_validator.excerpt import source_line
from itk3_validator.message import parse
from itk3_validator.place import place_of
from itk3_validator.source import Source, decode

FHIR = "http://hl7.org/fhir"
XHTML = "http://www.w3.org/1999/xhtml"
NAMES = {"f": FHIR, "h": XHTML}


def message(text, encoding="utf-8"):
    return parse(Source("m.xml", text if isinstance(text, bytes) else text.encode(encoding)))


def one(found, xpath):
    (node,) = found.root.xpath(xpath, namespaces=NAMES)
    return node


BUNDLE = f"""<?xml version="1.0"?>
<!-- <Bundle> in a comment -->
<q:Bundle xmlns:q="{FHIR}">
  <q:entry><q:resource><q:MessageHeader>
    <q:event><q:code value="ITK007C"/></q:event>
  </q:MessageHeader></q:resource></q:entry>
  <q:entry
     id='a>b'
     url = "x"/>
  <?p <q:entry/> ?><x:div xmlns:x="{XHTML}" xml:lang="en"><![CDATA[<q:entry>]]>é<x:p>two</x:p>tail</x:div>
  <other xmlns="urn:it's"><inner/><inner x:y="1" y="2" xmlns:x="urn:x"/></other><plain><plain/></plain>
</q:Bundle>"""

PLACES = [
    pytest.param("/f:Bundle", "/f:Bundle", 3, 1, id="root"),
    pytest.param("/f:Bundle/f:entry[1]", "/f:Bundle/f:entry[1]", 4, 3, id="first of two"),
    pytest.param(
        "//f:code",
        "/f:Bundle/f:entry[1]/f:resource/f:MessageHeader/f:event/f:code",
        5,
        14,
        id="index only where there are several",
    ),
    pytest.param(
        "//f:code/@value",
        "/f:Bundle/f:entry[1]/f:resource/f:MessageHeader/f:event/f:code/@value",
        5,
        22,
        id="attribute",
    ),
    pytest.param("/f:Bundle/f:entry[2]", "/f:Bundle/f:entry[2]", 7, 3, id="tag over several lines"),
    pytest.param("//@id", "/f:Bundle/f:entry[2]/@id", 8, 6, id="attribute of its own line"),
    pytest.param("//@url", "/f:Bundle/f:entry[2]/@url", 9, 6, id="attribute after a value with '>'"),
    pytest.param("//h:div", "/f:Bundle/h:div", 10, 20, id="XHTML after an instruction with a tag"),
    pytest.param("//@xml:lang", "/f:Bundle/h:div/@xml:lang", 10, 66, id="xml:lang"),
    pytest.param("//h:div/text()[1]", "/f:Bundle/h:div/text()[1]", 10, 89, id="text in CDATA"),
    pytest.param("//h:p", "/f:Bundle/h:div/h:p", 10, 102, id="element after markup in CDATA"),
    pytest.param("//h:p/text()", "/f:Bundle/h:div/h:p/text()", 10, 107, id="only text"),
    pytest.param("//h:div/text()[2]", "/f:Bundle/h:div/text()[2]", 10, 20, id="text after a child: its element"),
    pytest.param(
        '//*[local-name() = "inner"][2]',
        """/f:Bundle/*[namespace-uri()="urn:it's" and local-name()='other']"""
        """/*[namespace-uri()="urn:it's" and local-name()='inner'][2]""",
        11,
        35,
        id="other namespace",
    ),
    pytest.param(
        '//@*[namespace-uri() = "urn:x"]',
        """/f:Bundle/*[namespace-uri()="urn:it's" and local-name()='other']"""
        """/*[namespace-uri()="urn:it's" and local-name()='inner'][2]"""
        """/@*[namespace-uri()='urn:x' and local-name()='y']""",
        11,
        42,
        id="attribute of a namespace",
    ),
    pytest.param("//plain/plain", "/f:Bundle/plain/plain", 11, 88, id="no namespace"),
]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize(("xpath", "path", "line", "column"), PLACES)
def test_places(encoding, xpath, path, line, column):
    """
    Paths have the prefixes f and h whatever the message has; lines and columns are those of the text as received.
    """
    found = message(BUNDLE, encoding)
    node = one(found, xpath)
    place = place_of(found, node)

    assert place == (path, line, column)
    assert one(found, path) == node


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        pytest.param("<?xml version='1.0' encoding='ISO-8859-1'?><a>\n<é ü='ö'/> <b/></a>", "latin-1", id="ISO-8859-1"),
        pytest.param(
            "<?xml version='1.0' encoding='windows-1252'?><a>\n<é ü='€'/> <b/></a>", "cp1252", id="windows-1252"
        ),
        pytest.param("<a>\n<é ü='😀'/> <b/></a>", "utf-8", id="UTF-8"),
        pytest.param("<a>\n<é ü='😀'/> <b/></a>".replace("😀", "é"), "utf-8-sig", id="UTF-8 with BOM"),
        pytest.param("<a>\r\n<é ü='😀'/> <b/></a>", "utf-16", id="UTF-16, CRLF"),
        pytest.param("<?xml version='1.0'?><a>\r<é ü='😀'/> <b/></a>", "utf-16-be", id="UTF-16BE, CR"),
        pytest.param("<a>\r<é ü='😀'/> <b/></a>", "utf-32", id="UTF-32"),
    ],
)
def test_encodings(text, encoding):
    """
    Columns count code points from 1 in any encoding; CR LF, CR and LF each end a line.
    """
    found = message(text, encoding)

    assert place_of(found, found.root[1])[1:] == (2, 12)
    assert place_of(found, found.root[0], attribute="ü") == ("/a/é/@ü", 2, 4)


def test_an_attribute_that_is_not_there():
    """
    A missing attribute is placed at its element.
    """
    found = message("<a>\n <b/></a>")

    assert place_of(found, found.root[0], attribute="value") == ("/a/b", 2, 2)


def test_a_string_of_no_place():
    """
    What an XPath computed is placed at the root.
    """
    found = message("<a>\n <b/></a>")

    assert place_of(found, found.root.xpath("concat('x', 'y')")) == ("/a", 1, 1)


def test_a_line_above_65535():
    """
    libxml2 stops counting at 65,535; we do not.
    """
    found = message("<a>" + "\n" * 70_000 + " <b/></a>")

    assert place_of(found, found.root[0])[1:] == (70_001, 2)


def test_an_attribute_after_a_large_one():
    """
    A value of 12 MB on the way costs no more than finding its end.
    """
    found = message("<a>\n<b c='" + "x" * 12_000_000 + "'\n d='y'/></a>")

    assert place_of(found, found.root[0], attribute="d")[1:] == (3, 2)
    assert source_line(found, found.root[0], show=False) == ("<b c='…", 0)


def test_what_python_cannot_decode():
    """
    Where Python cannot read the encoding there is the parser's line, and no column.
    """
    found = message(b"<?xml version='1.0' encoding='VISCII'?>\n<a>\n<b/></a>")

    assert decode(found.source.data) is None
    assert place_of(found, found.root[0]) == ("/a/b", 3, None)
    assert source_line(found, found.root[0], show=True) == ("", 0)


def test_many_elements():
    """
    A message of very many elements is counted, not indexed; places stay right.
    """
    found = message("<a>" + "<b/>" * 300_000 + "\n<c/></a>")

    assert place_of(found, found.root[-1]) == ("/a/c", 2, 1)


def test_places_are_cheap():
    """
    A thousand places in a message of a thousand entries take less than a second.
    """
    found = message(f'<Bundle xmlns="{FHIR}">' + "<entry><x value='1'/></entry>" * 1_000 + "</Bundle>")
    started = time.perf_counter()

    known = [place_of(found, each[0], attribute="value") for each in found.root]

    assert known[-1].xpath == "/f:Bundle/f:entry[1000]/f:x/@value"
    assert time.perf_counter() - started < 1


URIS = st.sampled_from(["", FHIR, XHTML, "urn:a", "urn:it's"])
TAGS = st.sampled_from(["a", "b", "entry", "é", "text", "div", "and", "x-1"])
CONTENT = st.text(st.sampled_from("xé😀 \n>\"'&<"), max_size=5)
GAPS = st.sampled_from(
    [
        "",
        " ",
        "\n",
        "\r\n",
        "\r",
        "t",
        "<!-- <a b='1'> -->",
        "<![CDATA[<a>]]>",
        "<![CDATA[]]>",
        "<?p <a/> ?>",
        "é",
        "😀",
    ]
)


@st.composite
def documents(draw, depth=0):
    """
    Well-formed XML as text: any namespace with any prefix, gaps of all kinds.
    """
    uri, tag = draw(URIS), draw(TAGS)
    prefix = draw(st.sampled_from(["", "p:", "f:", "q:"])) if uri else ""
    space = draw(st.sampled_from([" ", "\n", "\r\n  ", "\r"]))
    attributes = f'{space}xmlns{":" if prefix else ""}{prefix[:-1]}{draw(st.sampled_from(["=", " = "]))}"{uri}"'
    for name in draw(st.lists(st.sampled_from(["value", "url", "xml:lang", "ü"]), unique=True, max_size=3)):
        quote = draw(st.sampled_from("\"'"))
        value = draw(CONTENT).replace("&", "&amp;").replace("<", "&lt;").replace(quote, f"&#{ord(quote)};")
        attributes += f"{space}{name}={quote}{value}{quote}"
    if prefix and draw(st.booleans()):
        attributes += f"{space}{prefix}own='1'"
    children = draw(st.lists(documents(depth + 1), max_size=3)) if depth < 3 else []
    inside = "".join(draw(GAPS) + child for child in children) + draw(GAPS)
    if not inside and draw(st.booleans()):
        return f"<{prefix}{tag}{attributes}{space}/>"
    return f"<{prefix}{tag}{attributes}>{inside}</{prefix}{tag}{draw(st.sampled_from(['', ' ']))}>"


def offset_of(text, line, column):
    """
    The offset of a line and column, found without the code under test.
    """
    lines = text.replace("\r\n", "\n\0").replace("\r", "\n").split("\n")
    return sum(len(each) + 1 for each in lines[: line - 1]) + lines[line - 1].startswith("\0") + column - 1


@given(documents(), st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32"]))
def test_any_document(text, encoding):
    """
    The XPath of any node selects that node and no other; its place in the source is where its name is.
    """
    found = message(text, encoding)
    for node in found.root.xpath("//* | //@* | //text()"):
        place = place_of(found, node)
        (same,) = found.root.xpath(place.xpath, namespaces=NAMES)
        at = offset_of(text, place.line, place.column)

        if not isinstance(node, str):
            assert same is node
            name = f"{node.prefix}:" if node.prefix else ""
            assert text.startswith(f"<{name}{node.tag.rpartition('}')[2]}", at)
        else:
            assert (same, same.getparent(), same.is_tail) == (node, node.getparent(), node.is_tail)
            if node.is_attribute:
                local = node.attrname.rpartition("}")[2]
                assert same.attrname == node.attrname
                assert re.match(rf"([a-z]+:)?{local}[ ]?=", text[at:])
            elif node.is_text and not text[at:].startswith("&"):
                assert text[at:].replace("\r\n", "\n").replace("\r", "\n").startswith(node[:1])


@pytest.mark.parametrize("many", [pytest.param(300_000, id="remembered"), pytest.param(0, id="counted")])
@given(documents())
def test_a_large_message_has_the_places_of_a_small_one(many, text):
    """
    Whether elements and lines are counted one by one or remembered for all makes no difference.
    """
    small, large = message(text), message(text)
    nodes = "//* | //@* | //text()"
    expected = [place_of(small, node) for node in small.root.xpath(nodes)]
    with ExitStack() as limits:
        for module, name, value in (
            (places, "_FEW", -1),
            (places, "MANY", many),
            (layouts, "_SMALL", -1),
            (layouts, "MANY", many),
            (sources, "_NEAR", -1),
        ):
            limits.enter_context(patch.object(module, name, value))

        assert [place_of(large, node) for node in large.root.xpath(nodes)] == expected


SECRETS = f"""<?xml version="1.0"?>
<!-- Ann Smith
 Ann --><Bundle xmlns="{FHIR}"><!-- Ann --><name url="u" value='Ann' n=""/>
  <family value="Ann"/><given value="Bob"
   id="Ann"/> Ann &amp; <?p Ann?><![CDATA[ Ann ]]> <a/>
</Bundle>
"""


@pytest.mark.parametrize(
    ("xpath", "options", "line", "marked"),
    [
        pytest.param(
            "/f:Bundle",
            {"show": False},
            f"""…--><Bundle xmlns="{FHIR}"><!--…--><name url="u" value='…' n=""/>""",
            "<Bundle",
            id="root, in a line that begins in a comment",
        ),
        pytest.param("//f:family", {"show": False}, '  <family value="…"/><given value="…"', "<family", id="masked"),
        pytest.param(
            "//f:family",
            {"show": False, "safe": True},
            '  <family value="Ann"/><given value="…"',
            "<family",
            id="safe shows the node's own tag only",
        ),
        pytest.param(
            "//f:given",
            {"show": False, "safe": True},
            '  <family value="…"/><given value="Bob"',
            "<given",
            id="safe, second of the line",
        ),
        pytest.param(
            "//f:given/@value", {"show": False}, '  <family value="…"/><given value="…"', "value", id="attribute"
        ),
        pytest.param(
            "//f:given/@id",
            {"show": False},
            '   id="…"/> … <?…?><![CDATA[…]]> <a/>',
            "id=",
            id="attribute on a line of its own, then text, instruction and CDATA",
        ),
        pytest.param("//f:family", {"show": True}, '  <family value="Ann"/><given value="Bob"', "<family", id="shown"),
    ],
)
def test_source_line(xpath, options, line, marked):
    """
    A source line shows no content unless asked to, and the caret is at the node.
    """
    found = message(SECRETS)
    text, caret = source_line(found, found.root.xpath(xpath, namespaces=NAMES)[0], **options)

    assert text == line
    # The value before `value` of `given` is masked: the last one is meant.
    assert text[caret:].startswith(marked)


def test_source_line_of_a_text():
    """
    A masked text has the caret at its sign.
    """
    found = message("<a><b>\u0020Ann</b></a>")

    assert source_line(found, found.root[0].xpath("text()")[0], show=False) == ("<a><b> …</b></a>", 6)


@pytest.mark.parametrize("show", [True, False])
def test_source_line_of_a_long_line(show):
    """
    A line is cut to 120 characters around the node.
    """
    found = message("<a>" + "<b c='1'/>" * 1_000 + "<node/>" + "<b c='1'/>" * 1_000 + "</a>")
    text, caret = source_line(found, one(found, "//node"), show=show)

    assert len(text) == 120
    assert text[caret : caret + 7] == "<node/>"
    assert (text[0], text[-1]) == ("…", "…")


@given(documents())
def test_no_content_is_shown(text):
    """
    Unless asked to, a source line never shows text, comments or values, wherever the line begins.
    """
    # The value of `url` is shown: it is not a secret.
    found = message(re.sub("url=(?=['\"])", "urn=", text).replace("😀", "SECRET").replace("t<", "SECRET<"))
    for node in found.root.xpath("//* | //@* | //text()"):
        line, caret = source_line(found, node, show=False)

        assert "SECRET" not in line
        assert 0 <= caret <= len(line) <= 120
