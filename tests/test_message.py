"""
Whatever bytes come in, they become a message or an error that says where and what.
"""

from __future__ import annotations

import hashlib
import os
import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itk3_validator.errors import MessageError
from itk3_validator.message import parse, value_of
from itk3_validator.source import Limits, Source, read_bytes, read_file

NOT_WELL_FORMED = "not well-formed XML: "
EMPTY = "the message is empty"
DOCTYPE = "the message has a DOCTYPE, which FHIR does not allow; leave it out"
NUL = "the message has a NUL byte, which XML does not allow"
WRONG_BYTE = (
    "a byte that the encoding of the message does not allow; declare the encoding that it is in, or write UTF-8"
)
TOO_DEEP = "elements are nested more than 256 deep, the most that is read"
LAUGHS = b"""<?xml version="1.0"?>
<!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol2 "&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;">]>
<lolz>&lol2;</lolz>"""
XXE = b"""<!-- comment --><?target?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]><a>&x;</a>"""
FHIR_NS = 'xmlns="http://hl7.org/fhir"'


def message(data, **limits):
    return parse(Source("m.xml", data.encode() if isinstance(data, str) else data), Limits(**limits))


def refusal(data):
    """
    The error that a message is refused with, or None.
    """
    try:
        message(data)
    except MessageError as error:
        return error
    return None


@pytest.mark.parametrize(
    ("data", "line", "column", "reason"),
    [
        pytest.param(b"", None, None, EMPTY, id="empty"),
        pytest.param(b" \t\r\n\n", None, None, f"{EMPTY}: white space and nothing else", id="white space"),
        pytest.param(b"\xef\xbb\xbf", None, None, f"{EMPTY}: a byte order mark and nothing else", id="BOM only"),
        pytest.param(b"\xff\xfe", None, None, f"{EMPTY}: a byte order mark and nothing else", id="UTF-16 BOM only"),
        pytest.param(b"\xef\xbb\xbf \n", None, None, f"{EMPTY}: white space and nothing else", id="BOM and blank"),
        pytest.param(b"{}", 1, 1, "not XML: there is no tag where the first one should be", id="JSON"),
        pytest.param(
            b"\n\n{% highlight xml %}\n<Bundle/>",
            3,
            1,
            "not XML: there is no tag where the first one should be",
            id="Liquid wrapper",
        ),
        pytest.param(
            b"<Bundle>\n  <entry>\n    <resource",
            3,
            14,
            f"{NOT_WELL_FORMED}a tag is not ended by '>'",
            id="truncated in a tag",
        ),
        pytest.param(
            b"<Bundle>\n  <entry>\n    <resource>\n",
            4,
            1,
            f"{NOT_WELL_FORMED}the message ends inside the element 'resource' opened at line 3; is it cut short?",
            id="truncated between tags",
        ),
        pytest.param(
            b'<a><b value="Smi',
            1,
            17,
            f"{NOT_WELL_FORMED}the quotation mark that ends an attribute value is missing",
            id="truncated in a value",
        ),
        pytest.param(
            b"<Bundle>\n\n  <entry>\n  </resource>\n</Bundle>",
            4,
            3,
            f"{NOT_WELL_FORMED}the tag 'entry' opened at line 3 is closed by 'resource'",
            id="crossed tags",
        ),
        pytest.param(
            "<p>é😀é</q>".encode(),
            1,
            7,
            f"{NOT_WELL_FORMED}the tag 'p' opened at line 1 is closed by 'q'",
            id="columns count code points",
        ),
        pytest.param(
            "<p>é\r\né</q>".encode("utf-16"),
            2,
            2,
            f"{NOT_WELL_FORMED}the tag 'p' opened at line 1 is closed by 'q'",
            id="UTF-16",
        ),
        pytest.param(
            b"<a>\r<b>\r</a>",
            3,
            1,
            f"{NOT_WELL_FORMED}the tag 'b' is closed by 'a'",
            id="lone CR, which libxml2 does not count",
        ),
        pytest.param(
            b"<a>" + b"\n" * 70_000 + b"</b>",
            70_001,
            1,
            f"{NOT_WELL_FORMED}the tag 'a' opened at line 1 is closed by 'b'",
            id="line above 65535",
        ),
        pytest.param(
            b"<" + b"n" * 100 + b"></b>",
            1,
            103,
            f"{NOT_WELL_FORMED}the tag '{'n' * 63}…' opened at line 1 is closed by 'b'",
            id="endless name",
        ),
        pytest.param(
            b"<a><zz:b/></a>",
            1,
            9,
            f"{NOT_WELL_FORMED}the prefix of the tag 'zz:b' is not declared",
            id="undeclared prefix",
        ),
        pytest.param(
            b"<a zz:b='Smith'/>",
            1,
            16,
            f"{NOT_WELL_FORMED}a prefix that is not declared",
            id="undeclared prefix of an attribute",
        ),
        pytest.param(
            b"<a/>\n<b/>", 2, 1, f"{NOT_WELL_FORMED}something follows the end of the outermost element", id="2"
        ),
        pytest.param(
            b"<a>Smith & Son</a>",
            1,
            11,
            f"{NOT_WELL_FORMED}no name follows a '<' or '&'; write &lt; or &amp; for the character itself",
            id="bare ampersand",
        ),
        pytest.param(
            b" <?xml version='1.0'?><a/>",
            1,
            7,
            f"{NOT_WELL_FORMED}an XML declaration that is not at the very start of the message",
            id="blank before the declaration",
        ),
        pytest.param(b"<a>\0</a>", 1, 4, NUL, id="NUL"),
        pytest.param("<?xml version='1.0'?><a>\0</a>".encode("utf-16-le"), 1, 25, NUL, id="NUL in UTF-16"),
        pytest.param(b"<!DOCTYPE a><a/>", 1, 1, DOCTYPE, id="DOCTYPE"),
        pytest.param(b"\xef\xbb\xbf<!DOCTYPE a><a/>", 1, 1, DOCTYPE, id="DOCTYPE in UTF-8 with BOM"),
        pytest.param("<!DOCTYPE a><a/>".encode("utf-16"), 1, 1, DOCTYPE, id="DOCTYPE in UTF-16 with BOM"),
        pytest.param(
            "<?xml version='1.0'?>\n<!DOCTYPE a><a/>".encode("utf-16-be"),
            2,
            1,
            DOCTYPE,
            id="DOCTYPE in UTF-16 without BOM",
        ),
        pytest.param("<!-- <a> --><?x?>\r<!--é--> <!DOCTYPE a><a/>".encode(), 2, 10, DOCTYPE, id="after comments"),
        pytest.param(LAUGHS, 2, 1, DOCTYPE, id="billion laughs"),
        pytest.param(XXE, 1, 27, DOCTYPE, id="XXE"),
        pytest.param(
            b"<?xml version='1.0' encoding='UTF-7'?>+ADwAIQ-DOCTYPE a+AD4APA-a/+AD4-",
            None,
            None,
            DOCTYPE,
            id="DOCTYPE in UTF-7",
        ),
        pytest.param(b"<a>" * 257 + b"</a>" * 257, 1, 771, TOO_DEEP, id="257 deep"),
        pytest.param(b"<a>Ren\xe9</a>", 1, 7, WRONG_BYTE, id="Latin-1 that says nothing"),
        pytest.param(
            b"<?xml version='1.0' encoding='UTF-8'?>\n<a>\n\xc3\xa9 \xe9</a>",
            3,
            3,
            WRONG_BYTE,
            id="Latin-1 that says UTF-8",
        ),
        pytest.param(
            b"<?xml version='1.0' encoding='windows-1252'?><a>\x81</a>", 1, 49, WRONG_BYTE, id="no such character"
        ),
        pytest.param(
            b"<?xml version='1.0' encoding='UTF-16'?><a/>",
            1,
            1,
            "the XML declaration names an encoding that the message is not in; write UTF-8",
            id="UTF-8 that says UTF-16",
        ),
        pytest.param(
            b"<?xml version='1.0' encoding='klingon'?><a/>",
            1,
            1,
            "the XML declaration names an unknown encoding; write UTF-8",
            id="unknown encoding",
        ),
        pytest.param(
            "<a/>".encode("utf-16-le"),
            None,
            None,
            "the message is UTF-16 without byte order mark and XML declaration; write UTF-8",
            id="UTF-16 that says nothing",
        ),
        pytest.param(
            "<a/>".encode("utf-16")[:-1],
            None,
            None,
            "the message is not the UTF-16 that its first bytes announce",
            id="half a character",
        ),
    ],
)
def test_refused(data, line, column, reason):
    """
    What cannot be read is refused with its line, its column, and what is wrong, in code points of the source.
    """
    with pytest.raises(MessageError) as refused:
        message(data)

    assert (refused.value.line, refused.value.column, refused.value.reason) == (line, column, reason)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param("<a><b c=SECRET/></a>", id="unquoted"),
        pytest.param("<a><b c='x' SECRET/></a>", id="attribute without value"),
        pytest.param("<a><b SECRET='1' SECRET='2'/></a>", id="attribute twice"),
        pytest.param("<a>&SECRET;</a>", id="entity"),
        pytest.param("<a>&SECRET</a>", id="entity without end"),
        pytest.param("<a><!-- SECRET</a>", id="comment without end"),
        pytest.param("<a><!-- SECRET -- --></a>", id="hyphens in a comment"),
        pytest.param("<a><![CDATA[SECRET</a>", id="CDATA without end"),
        pytest.param("<a><?SECRET", id="instruction without end"),
        pytest.param("<a xmlns='SECRET SECRET'/>", id="namespace"),
        pytest.param("<a xmlns:SECRET=''/>", id="empty namespace"),
        pytest.param("<a SECRET:b='x'/>", id="prefix of an attribute"),
        pytest.param("<a xmlns:p='u:u' xmlns:q='u:u' p:SECRET='' q:SECRET=''/>", id="namespaced attribute twice"),
        pytest.param("<?xml version='1.0' encoding='SECRET'?><a/>", id="encoding"),
        pytest.param("<?xml version='SECRET'?><a/>", id="version"),
        pytest.param("SECRET", id="no XML"),
        pytest.param("<a/>SECRET", id="after the end"),
        pytest.param("<!DOCTYPE SECRET><a/>", id="DOCTYPE"),
    ],
)
def test_errors_keep_content_to_themselves(data):
    """
    Neither the text of an error nor what hangs on it quotes the message: it may be a patient's.
    """
    with pytest.raises(MessageError) as refused:
        message(data)

    assert "SECRET" not in str(refused.value)
    assert refused.value.__cause__ is None
    assert refused.value.__context__ is None


@pytest.mark.parametrize(
    ("data", "limits", "reason"),
    [
        pytest.param(
            b"<a/>" + b" " * 7, {"message": 10}, "the message is larger than 10 bytes, the most that is read", id="size"
        ),
        pytest.param(
            b"<a>" + b"<b/>" * 300 + b"</a>",
            {"markup": 1_000},
            "the message has more than 1,000 bytes of markup (its long attribute values not counted),"
            " the most that is read",
            id="markup",
        ),
        pytest.param(
            ("<a>" + "<b/>" * 300 + "</a>").encode("utf-16"),
            {"markup": 1_000},
            "the message has more than 1,000 bytes of markup (its long attribute values not counted),"
            " the most that is read",
            id="markup in UTF-16",
        ),
        pytest.param(
            b"<a><b><c/></b></a>",
            {"depth": 2},
            "elements are nested more than 2 deep, the most that is read",
            id="depth below the parser's own",
        ),
        pytest.param(
            b"<a>" * 301 + b"</a>" * 301,
            {"depth": 300},
            "elements are nested more than 300 deep, the most that is read",
            id="depth above the parser's own",
        ),
    ],
)
def test_limits(data, limits, reason):
    """
    Each limit is the caller's, and what goes beyond it is told with the limit.
    """
    with pytest.raises(MessageError) as refused:
        message(data, **limits)

    assert refused.value.reason == reason


@pytest.mark.parametrize(
    ("data", "limits"),
    [
        pytest.param(b"<a/>" + b" " * 6, {"message": 10}, id="size"),
        pytest.param(b"<a b='" + b"x" * 5_000 + b"'/>", {"markup": 100}, id="a long value is no markup"),
        pytest.param(('<a b = \n"' + "x" * 5_000 + '"/>').encode("utf-16"), {"markup": 100}, id="nor in UTF-16"),
        pytest.param(b"<a><b><c/></b></a>", {"depth": 3}, id="depth"),
        pytest.param(b"<a>" * 256 + b"</a>" * 256, {}, id="256 deep"),
        pytest.param(b"<a>" * 300 + b"</a>" * 300, {"depth": 300}, id="300 deep"),
        pytest.param(b"<a>" * 256 + b" " * 4_000_000 + b"</a>" * 256, {}, id="256 deep in a large message"),
    ],
)
def test_within_limits(data, limits):
    """
    At its limits a message is read.
    """
    assert message(data, **limits).root.tag == "a"


@pytest.mark.parametrize("depth", [257, 3_000])
def test_deep_and_large(depth):
    """
    A large message goes to a parser with wider limits of its own, and is refused for its depth all the same.
    """
    with pytest.raises(MessageError) as refused:
        message(b"<a>" * depth + b" " * 4_000_000 + b"</a>" * depth)

    assert refused.value.reason == TOO_DEEP


LONG = "urn:" + "n" * 497


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(f"<a xmlns='{LONG}'/>", id="default"),
        pytest.param(f'<a>\n<b xmlns:p1-x\t=\n"{LONG}"/></a>', id="prefix"),
        pytest.param(f"<a xmlns:\u00e9='{LONG}'/>", id="prefix beyond ASCII"),
        pytest.param(f"<?xml version='1.0' encoding='utf-16'?><a xmlns='{LONG}'/>", id="UTF-16"),
        pytest.param(f"<?xml version='1.0' encoding='iso-8859-1'?><a xmlns='{LONG}'/>", id="Latin 1"),
    ],
)
def test_a_long_namespace(text):
    """
    Each of 20,000 elements would have 1 MB of it in its name, and one message would take a minute.
    """
    declared = text.partition("encoding='")[2].partition("'")[0] or "utf-8"
    with pytest.raises(MessageError) as refused:
        message(text.encode(declared))

    assert refused.value.reason == "a namespace has more than 500 characters, the most that are read"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(f"<a xmlns='{LONG[:-1]}'/>", id="at the limit"),
        pytest.param("<a xmlns='urn:" + "&#110;" * 496 + "'/>", id="at the limit, in more bytes"),
        pytest.param(f"<a>xmlns='{LONG}'</a>", id="text"),
        pytest.param(f"<a xmlnsx='{LONG}'/>", id="attribute"),
    ],
)
def test_no_long_namespace(text):
    assert message(text.encode()).root.tag.endswith("a")


def test_a_hundred_million_bytes_of_tags():
    """
    100 MB of <b/> would take 2.9 GB as a tree: refused before it is parsed.
    """
    data = b"<a>" + b"<b/>" * 24_999_998 + b"</a>"
    started = time.perf_counter()

    with pytest.raises(MessageError) as refused:
        message(data)

    assert "20,000,000 bytes of markup" in refused.value.reason
    assert time.perf_counter() - started < 1


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_large_attachment(encoding):
    """
    30 MB in one attribute are read.
    """
    found = message(f'<Binary {FHIR_NS}><content value="{"QUJD" * 7_500_000}"/></Binary>'.encode(encoding))

    assert len(found.root[0].get("value")) == 30_000_000


@pytest.mark.parametrize(
    ("data", "value"),
    [
        pytest.param("<a b='é'/>".encode(), "é", id="UTF-8"),
        pytest.param(b"\xef\xbb\xbf<a b='\xc3\xa9'/>", "é", id="UTF-8 with BOM"),
        pytest.param(b"\xef\xbb\xbf<?xml version='1.0' encoding='ISO-8859-1'?><a b='\xc3\xa9'/>", "é", id="BOM wins"),
        pytest.param("<a b='é'/>".encode("utf-16"), "é", id="UTF-16 with BOM"),
        pytest.param("<?xml version='1.0' encoding='UTF-16'?><a b='é'/>".encode("utf-16-be"), "é", id="UTF-16BE"),
        pytest.param("<?xml version='1.0' encoding='UTF-8'?><a b='é'/>".encode("utf-16"), "é", id="UTF-16, says UTF-8"),
        pytest.param("<?xml version='1.0'?><a b='é'/>".encode("utf-32"), "é", id="UTF-32"),
        pytest.param(b"<?xml version='1.0' encoding='ISO-8859-1'?><a b='\xe9'/>", "é", id="ISO-8859-1"),
        pytest.param(b"<?xml version='1.0' encoding='windows-1252'?><a b='\x80'/>", "€", id="windows-1252"),
        pytest.param(b"<?xml version='1.1'?><a b='x'/>", "x", id="XML 1.1"),
        pytest.param(b"<a b='x' xml:id='1'><c xml:id='1'/></a>", "x", id="xml:id twice, and no name"),
        pytest.param(b"<!-- <!DOCTYPE a> --><a b='&lt;!DOCTYPE a>'/>", "<!DOCTYPE a>", id="DOCTYPE that is none"),
    ],
)
def test_read(data, value):
    """
    What XML allows is read, in whatever encoding it says it is.
    """
    assert message(data).root.get("b") == value


def test_comments_and_instructions_are_dropped():
    """
    Neither comments nor instructions are in the tree, and the text around them is one; markup in CDATA is text.
    """
    root = message("<!--x--><a>1<!-- <b/> -->2<?p <b/> ?>3<![CDATA[<b/>]]></a><!--y-->").root

    assert [root.text, len(root), root.getprevious(), root.getnext()] == ["123<b/>", 0, None, None]


def test_digest():
    """
    The digest is that of the bytes received.
    """
    data = "<a/>".encode("utf-16")

    assert message(data).digest == hashlib.sha256(data).hexdigest()


def test_a_message_does_not_change():
    """
    Setting anything of a message fails.
    """
    found = message("<a/>")

    with pytest.raises(AttributeError, match="a message does not change: root"):
        found.root = None
    with pytest.raises(AttributeError, match="a message does not change: root"):
        del found.root


def test_derived_is_made_once():
    """
    Threads that ask at the same time get the same thing.
    """
    found, barrier, seen = message("<a/>"), threading.Barrier(8), []

    def make(_):
        return object()

    def ask():
        barrier.wait()
        seen.append(found.derived(make))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()

    assert len(seen) == 8
    assert len(set(map(id, seen))) == 1


@given(
    st.binary()
    | st.binary().map(lambda tail: b"<a>" + tail)
    | st.text().map(lambda text: f"<a>{text}</a>".encode("utf-16"))
)
def test_any_bytes(data):
    """
    Whatever the bytes, there is a message or a MessageError.
    """
    error = refusal(data)

    assert error is None or error.reason
    assert error is None or (error.line is None) == (error.column is None)


TAGS = ["<", ">", "</", "/>", "<!--", "-->", "<![CDATA[", "]]>", "<?", "?>", "<!DOCTYPE", "[", "xmlns:"]
SIGNS = ["a", "b", " ", "=", "'", '"', "&", ";", "&#x", "\r", "\n", "é", "\x00", "\ufeff"]
MARKUP = st.sampled_from([*TAGS, *SIGNS, "<?xml version='1.0' encoding='", "utf-16", "idna"])


@given(st.lists(MARKUP), st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "utf-32", "cp1252"]))
def test_any_markup(parts, encoding):
    """
    Whatever order pieces of XML come in, there is a message or a MessageError.
    """
    error = refusal("".join(parts).encode(encoding, "replace"))

    assert error is None or error.reason


VALUES = f"""<Bundle {FHIR_NS} xmlns:x="http://www.w3.org/1999/xhtml">
  <type value=" a  b "/><none/><empty value=""/>
  <subject><reference value="urn:uuid:1"/><display value="d"/></subject>
  <about><reference/></about>
  <x:div> one <x:b>two</x:b>
    \u00a0three<x:br/></x:div>
  <id xmlns="">text</id>
</Bundle>"""


@pytest.mark.parametrize(
    ("xpath", "value"),
    [
        pytest.param("f:type", " a  b ", id="value, never trimmed"),
        pytest.param("f:none", None, id="no value"),
        pytest.param("f:empty", "", id="empty value"),
        pytest.param("f:subject", "urn:uuid:1", id="reference element"),
        pytest.param("f:subject/f:reference", "urn:uuid:1", id="the reference itself"),
        pytest.param("f:about", None, id="reference without value"),
        pytest.param("h:div", "one two \u00a0three", id="XHTML, normalised"),
        pytest.param("f:type/@value", " a  b ", id="attribute"),
        pytest.param("h:div/h:b/text()", "two", id="text"),
        pytest.param("id", None, id="no namespace"),
    ],
)
def test_value_of(xpath, value):
    """
    The value of whatever a selector finds.
    """
    names = {"f": "http://hl7.org/fhir", "h": "http://www.w3.org/1999/xhtml"}

    assert value_of(message(VALUES).root.xpath(xpath, namespaces=names)[0]) == value


def test_read_file(tmp_path):
    """
    A file up to the limit is read as it is, under the name it was asked for.
    """
    path = tmp_path / "m.xml"
    path.write_bytes(b"<a/>\r\n")

    assert read_file(path, limit=6) == Source(str(path), b"<a/>\r\n")


def test_read_file_over_the_limit(tmp_path):
    """
    A larger file is refused.
    """
    path = tmp_path / "m.xml"
    path.write_bytes(b"<a/>\r\n")

    with pytest.raises(MessageError) as refused:
        read_file(path, limit=5)

    assert str(refused.value) == "the message is larger than 5 bytes, the most that is read"


def test_read_file_that_is_none(tmp_path):
    """
    What is not there, a folder, and a pipe that nobody writes to are the system's errors, at once.
    """
    os.mkfifo(tmp_path / "pipe")

    with pytest.raises(FileNotFoundError):
        read_file(tmp_path / "absent.xml", limit=5)
    with pytest.raises(IsADirectoryError):
        read_file(tmp_path, limit=5)
    with pytest.raises(OSError, match="not a regular file"):
        read_file(tmp_path / "pipe", limit=5)


@pytest.mark.parametrize("expected", [0, 1, 5, 6, 7, 100, 5_000_000])
def test_a_file_that_has_changed_is_read_as_it_is(tmp_path, expected):
    """
    What is expected of a file's size saves a question, and decides nothing.
    """
    path = tmp_path / "a.xml"
    path.write_bytes(b"<a/>\r\n")

    assert read_bytes(str(path), limit=10, expected=expected) == b"<a/>\r\n"
    with pytest.raises(MessageError, match="larger than 5 bytes"):
        read_bytes(str(path), limit=5, expected=expected)


@pytest.mark.parametrize("expected", [0, 1, 4_096, 5_000_000])
def test_what_came_to_the_place_of_a_file_is_none(tmp_path, expected):
    """
    Whatever its size was: a folder, a pipe that nobody writes to, one that is open and empty, and an endless device.
    """
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)

    with pytest.raises(IsADirectoryError):
        read_bytes(str(tmp_path), limit=10_000, expected=expected)
    for path in (str(pipe), "/dev/zero", "/dev/null"):
        with pytest.raises(OSError, match="not a regular file"):
            read_bytes(path, limit=10_000, expected=expected)
    writer = os.open(pipe, os.O_RDWR)
    with pytest.raises(OSError, match="not a regular file"):
        read_bytes(str(pipe), limit=10_000, expected=expected)
    os.close(writer)
