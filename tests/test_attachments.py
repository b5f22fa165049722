"""
With attachments cut out before the parse, everything that is said of a message is what is said of the whole one.
"""

from __future__ import annotations

import base64
import hashlib
import pickle
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from itk3_validator import Validator
from itk3_validator.attachment_use import reads_attachments
from itk3_validator.attachments import KEPT, MARK, SHORTEST, cut
from itk3_validator.errors import MessageError
from itk3_validator.excerpt import source_line
from itk3_validator.message import attachment_of, parse, short_value_of, value_of
from itk3_validator.pack.load import load_packs
from itk3_validator.place import place_of
from itk3_validator.source import Limits, Source
from pack_builder import message, validator
from sample_messages import INVALID, VALID, fields

CORPUS = Path(__file__).resolve().parent.parent.parent / "shared" / "corpus"
FHIR = "http://hl7.org/fhir"
NAMES = {"f": FHIR}


def base64_of(length):
    """
    Base64 of *length* characters, or one to three more.
    """
    seed = b"".join(hashlib.sha256(bytes([number])).digest() for number in range(64))
    return base64.b64encode((seed * (length // len(seed) + 1))[: -(-length // 4) * 3]).decode()


LONG = base64_of(SHORTEST)
LONGER = base64_of(60_000)


def one_line(*elements):
    """
    A message with some elements on its second line, and one after them.
    """
    return message(
        "".join(elements) + '<after value="é"/><text xmlns="http://www.w3.org/1999/xhtml"> a <p>b</p></text>'
    )


def content(value, name="content", quote='"', before="", after="", equals="="):
    return f"<{name}{before} value{equals}{quote}{value}{quote}{after}/>"


def said(data, limits, *, whole):
    """
    Everything that can be asked of a message: of every node its value, its places and its excerpts.
    """
    try:
        read = parse(Source("m.xml", data), limits, whole=whole)
    except MessageError as error:
        return "refused", str(error), error.line, error.column
    elements = list(read.root.iter())
    nodes = [*elements, *read.root.xpath("//@* | //text()")]
    return (
        read.digest,
        [(each.tag, sorted(each.keys()), each.text, each.tail, each.sourceline, value_of(each)) for each in elements],
        [value_of(each) for each in nodes],
        [place_of(read, each) for each in nodes],
        [place_of(read, each, attribute="value") for each in elements],
        [
            source_line(read, each, show=show, safe=safe)
            for each in nodes
            for show, safe in ((True, False), (False, True), (False, False))
        ],
    )


def assert_same(data, limits=None):
    limits = limits or Limits()
    actual, expected = (said(data, limits, whole=whole) for whole in (False, True))

    assert actual == expected


CUT = [
    pytest.param(one_line(content(LONG), content(LONG[:-4]), "<p>text</p>" * 9), 1, id="shortest"),
    pytest.param(one_line(content(LONGER)), 1, id="longer"),
    pytest.param(one_line(content(base64_of(3 << 20))), 1, id="several slices"),
    pytest.param(one_line(content(base64_of(1 << 20))), 1, id="exactly one slice"),
    pytest.param(one_line(content(LONGER, quote="'")), 1, id="single quotes"),
    pytest.param(one_line(content(LONGER[:-4] + "QUE=")), 1, id="one pad"),
    pytest.param(one_line(content(LONGER[:-4] + "QQ==")), 1, id="two pads"),
    pytest.param(one_line(content("JVBE" * 5_000)), 1, id="PDF"),
    pytest.param(one_line(content(LONGER), content(LONGER), content(LONG)), 3, id="three on a line"),
    pytest.param(one_line(content(LONG), content("QQ=="), content(LONG, quote="'")), 2, id="a short one between"),
    pytest.param(one_line(content(LONGER, name="data")), 1, id="Attachment.data"),
    pytest.param(one_line(content(LONGER, name="blob")), 1, id="Signature.blob"),
    pytest.param(one_line(content(LONGER, name="valueBase64Binary")), 1, id="valueBase64Binary"),
    pytest.param(one_line(content(LONGER, name="f:data", before=f' xmlns:f="{FHIR}"')), 1, id="prefix"),
    pytest.param(one_line(content(LONGER, before=' id="a>b" x=\'"\'', after=' y="1"')), 1, id="other attributes"),
    pytest.param(one_line(content(LONGER, before="\n\t", equals=" \r\n= ")), 1, id="white space"),
    pytest.param(one_line(f'<content value="{LONGER}"><extension url="x"/></content>'), 1, id="not empty"),
    pytest.param(one_line(f"<!-- {content(LONGER)} -->"), 1, id="in a comment"),
    pytest.param(one_line(f"<?pi {content(LONGER)} ?>", content(LONG)), 2, id="in an instruction"),
    pytest.param(one_line('<a value="&#65;&amp;&#10;"/>', content(LONGER)), 1, id="entities elsewhere"),
    pytest.param(b"\xef\xbb\xbf" + one_line(content(LONGER)), 1, id="byte order mark"),
    pytest.param(b'<?xml version="1.0" encoding="utf-8"?>' + one_line(content(LONGER)), 1, id="declared"),
    pytest.param(one_line(content(LONGER)).replace(b"\n", b"\r\n"), 1, id="CR LF"),
    pytest.param(one_line(content(LONGER)).replace(b"\n", b"\r"), 1, id="CR"),
    pytest.param(one_line("<p>" + "long text, no quotation mark " * 1_000 + "</p>", content(LONGER)), 1, id="text"),
    pytest.param(one_line(content(LONGER))[:-3], 1, id="ill formed after it"),
    pytest.param(one_line("</a>", content(LONGER)), 1, id="ill formed before it"),
    pytest.param(one_line(f"<a b='{content(LONGER)}'/>"), 1, id="inside a value"),
    pytest.param(one_line(content(LONGER, after=f' value="{LONGER}"')), 1, id="twice"),
    pytest.param(one_line("<a>" * 300, content(LONGER), "</a>" * 300), 1, id="too deep"),
]
NOT_CUT = [
    pytest.param(one_line(content(LONG[:-4])), id="too short"),
    pytest.param(one_line(content(LONGER + "A")), id="not a multiple of four"),
    pytest.param(one_line(content(LONGER[:-4] + "Q===")), id="three pads"),
    pytest.param(one_line(content(LONGER[:-8] + "QQ==QQ==")), id="pads inside"),
    pytest.param(one_line(content(base64_of(1 << 20)[:-4] + "QQ==" + LONGER)), id="pads at the end of a slice"),
    pytest.param(one_line(content(LONGER[:-4] + "_-QQ")), id="other alphabet"),
    pytest.param(one_line(content(LONGER[:30_000] + "\n" + LONGER)), id="line break"),
    pytest.param(one_line(content(f" {LONGER}")), id="space before"),
    pytest.param(one_line(content(f"{LONGER}\t")), id="tab behind"),
    pytest.param(one_line(content(f"{LONGER}&#10;{LONGER}")), id="character reference"),
    pytest.param(one_line(content(f"{LONGER}&amp;")), id="entity"),
    pytest.param(one_line(content(f"{LONGER}<b/>")), id="markup"),
    pytest.param(one_line(content(f"{LONGER}é")), id="not ASCII"),
    pytest.param(one_line(content(LONGER + "\0")), id="NUL"),
    pytest.param(one_line(content(LONGER, name="other")), id="another element"),
    pytest.param(one_line(content(LONGER, name="contents")), id="a longer name"),
    pytest.param(one_line(f'<content url="{LONGER}"/>'), id="another attribute"),
    pytest.param(one_line(f'<content x:value="{LONGER}" xmlns:x="urn:x"/>'), id="an attribute with a prefix"),
    pytest.param(one_line(f"<content value={LONGER}/>"), id="no quotation marks"),
    pytest.param(one_line(f'<content value="{LONGER}'), id="cut short"),
    pytest.param(one_line(f"<content>{LONGER}</content>"), id="text of an element"),
    pytest.param(one_line(f"<t><![CDATA[{content(LONGER)}]]></t>"), id="in CDATA"),
    pytest.param(one_line("<t><![CDATA[ ]]></t>", content(LONGER)), id="CDATA elsewhere"),
    pytest.param(one_line(f'<a value="{MARK}"/>', content(LONGER)), id="the mark"),
    pytest.param(one_line('<a value="&#129;0&#129;"/>', content(LONGER)), id="the mark as a reference"),
    pytest.param(one_line('<a value="&#x081;"/>', content(LONGER)), id="the mark as a hexadecimal reference"),
    pytest.param(one_line(content(LONGER)).decode().encode("utf-16"), id="UTF-16"),
    pytest.param(
        b'<?xml version="1.0" encoding="iso-8859-1"?>' + one_line(content(LONGER)), id="another encoding declared"
    ),
]


@pytest.mark.parametrize(("data", "number"), CUT)
def test_what_is_cut_reads_as_before(data, number):
    """
    The attachments are cut out, and every value, place, line, column and excerpt is that of the whole message.
    """
    found = cut(data)

    assert found is not None
    assert len(found.attachments) == number
    assert len(found.data) < len(data) - number * (SHORTEST - 2 * KEPT - 10)
    assert_same(data)


@pytest.mark.parametrize("data", NOT_CUT)
def test_what_is_not_cut(data):
    """
    What is not certainly one base64 value is left in its place.
    """
    assert cut(data) is None
    assert_same(data)


def test_a_message_that_holds_a_shortened_value():
    """
    A message made of the very bytes that are parsed for another has these as its values.
    """
    spoof = cut(one_line(content(LONGER))).data + b" " * 2 * SHORTEST
    read = parse(Source("m.xml", spoof), whole=False)
    other = parse(Source("m.xml", one_line(content(LONGER))), whole=False)
    actual, expected = value_of(read.root[0]), short_value_of(other.root[0])

    assert actual == expected
    assert value_of(other.root[0]) == LONGER
    assert_same(spoof.replace(b"<after ", b"<after>" + content(LONGER).encode() + b"</after><after "))


def test_an_attachment_is_read_when_asked():
    """
    Its length, the whole value and the digest of what it decodes to; the message holds none of it twice.
    """
    read = parse(Source("m.xml", one_line(content(LONGER))), whole=False)
    (node,) = read.root.xpath("f:content/@value", namespaces=NAMES)
    attachment = attachment_of(node, short_value_of(node))
    actual = (len(attachment), attachment.value, attachment.digest, attachment.data is read.source.data)
    expected = (len(LONGER), LONGER, hashlib.sha256(base64.b64decode(LONGER)).hexdigest(), True)

    assert actual == expected
    assert value_of(node) == value_of(node.getparent()) == LONGER
    assert len(short_value_of(node)) < 2 * KEPT + 10


def test_the_tree_is_enough():
    """
    A node gives the whole value when nothing but the node is left.
    """
    node = parse(Source("m.xml", one_line(content(LONGER))), whole=False).root[0]

    assert value_of(node) == LONGER


@pytest.mark.parametrize(
    ("limits", "refused"),
    [
        pytest.param({"markup": 2_000}, False, id="attachments are no markup"),
        pytest.param({"markup": 100}, True, id="the rest is"),
        pytest.param({"message": 60_000}, True, id="the message is counted whole"),
        pytest.param({"depth": 1}, True, id="depth"),
        pytest.param({"depth": 2_000}, False, id="greater depth"),
    ],
)
def test_limits(limits, refused):
    """
    A limit is met by the cut message exactly when it is met by the whole one.
    """
    data = one_line(content(LONGER), content(LONGER))

    assert (said(data, Limits(**limits), whole=False)[0] == "refused") is refused
    assert_same(data, Limits(**limits))


# what rules see

PACK = """
selectors:
  header: {{xpath: /f:Bundle, safe: {safe}}}
  contents: {{xpath: $header/f:content, safe: {safe}}}
  any: {{xpath: $header/f:*, safe: {safe}}}
  first: {{xpath: "($header/f:content)[1]", safe: {safe}}}
  second: {{xpath: "($header/f:content)[2]", safe: {safe}}}
  pdf: {{xpath: "$header/f:content[starts-with(@value, 'JVBE')]", safe: {safe}}}
  named: {{xpath: "$header/f:content[@value = 'JVBE' or @value != 'QQ==']", safe: {safe}}}
  attribute: {{xpath: $header/f:content/@value, safe: {safe}}}
rules:
- {{id: present, text: t, check: {{contents: present}}}}
- {{id: absent, text: t, check: {{contents: absent}}}}
- {{id: count, text: t, check: {{contents: {{count: 1}}}}}}
- {{id: unique, text: t, check: {{contents: unique}}}}
- {{id: unique-attribute, text: t, check: {{attribute: unique}}}}
- {{id: once, text: t, check: {{contents: {{length: 1..10}}}}}}
- {{id: base64, text: t, check: {{first: {{format: base64Binary}}}}}}
- {{id: id, text: t, check: {{first: {{format: id}}}}}}
- {{id: length, text: t, check: {{first: {{length: 8193..}}}}}}
- {{id: short, text: t, check: {{first: {{length: ..10}}}}}}
- {{id: known, text: t, check: {{first: {{sha256: [{digest}]}}}}}}
- {{id: other, text: t, check: {{first: {{sha256: ["{other}"]}}}}}}
- {{id: matches, text: t, check: {{first: {{matches: "[A-Z]+"}}}}}}
- {{id: equals, text: t, check: {{first: {{equals: "{long}"}}}}}}
- {{id: none-of, text: t, check: {{first: {{none-of: ["{long}"]}}}}}}
- {{id: same, text: t, check: {{first: {{same-as: second}}}}}}
- {{id: pdf, text: t, check: {{pdf: absent}}}}
- {{id: named, text: t, check: {{named: {{count: 1}}}}}}
- {{id: every, text: t, each: contents, check: {{.: {{format: base64Binary, length: ..9000}}}}}}
- {{id: when, text: t, when: {{contents: {{length: 8193..}}}}, check: {{first: {{equals: x}}}}}}
- {{id: test, text: t, check: {{test: "not($pdf)"}}}}
- {{id: order, text: t, check: {{header: {{order: [after, content]}}}}}}
"""
DIGESTS = {"digest": hashlib.sha256(base64.b64decode(LONG)).hexdigest(), "other": "0" * 64}
READING = """
- {id: sizes, text: t, check: {test: "string-length($header/f:content/@value) < 9000"}}
- {id: alike, text: t, check: {test: "not($first/@value = $second/@value)"}}
"""
READING_2 = """
- {id: later, text: t, xpath: "2.0", check: {test: "every $a in $contents satisfies string-length($a/@value) < 9000"}}
"""


def both(judge, data):
    """
    What a validator reports of a message, cut and whole.
    """
    reports = []
    for whole in (False, True):
        judge._whole = whole
        reports.append(fields(judge.validate(Source("m.xml", data))))
    return reports


@pytest.fixture(scope="module", params=["shown", "masked"])
def judges(request, tmp_path_factory):
    """
    A validator of rules that ask everything of attachments.
    """
    folder = tmp_path_factory.mktemp(request.param)
    shown = request.param == "shown"
    judge = validator(folder, PACK.format(long=LONG, **DIGESTS, safe="true"))
    if not shown:
        judge = Validator(packs=[folder / "small"], trust_packs=False)
    assert not judge._whole
    return judge


VALUES = ["QQ==", "", " ", "JVBE" * 3_000, "JVBE" * 2_999 + "JVBF", LONG, LONGER, f"{LONG}&#10;", f"{LONG}!"]


@pytest.mark.parametrize("second", range(len(VALUES)))
@pytest.mark.parametrize("first", range(len(VALUES)))
def test_rules_on_attachments(judges, first, second):
    """
    Every verb says of attachments what it says of the values as they were.
    """
    actual, expected = both(judges, one_line(content(VALUES[first]), content(VALUES[second])))

    assert actual == expected


def test_what_rules_say(judges):
    """
    Two equal attachments: what fails is what must fail.
    """
    judges._whole = False
    report = judges.validate(one_line(content(LONG), content(LONG)))
    failed = {id for id, outcome in report.outcomes.items() if str(outcome) == "fail"}

    assert failed == {
        *("absent", "count", "unique", "unique-attribute", "once", "id", "length", "short", "matches", "named"),
        *("none-of", "order", "other"),
    }


@pytest.mark.parametrize("rules", [READING, READING_2], ids=["XPath 1.0", "XPath 2.0"])
def test_rules_that_look_into_attachments(tmp_path, rules):
    """
    With a rule whose XPath needs the whole value, messages are read whole.
    """
    judge = validator(tmp_path, PACK.format(long=LONG, **DIGESTS, safe="true") + rules)

    assert judge._whole
    assert judge.validate(one_line(content(LONG), content(LONG))).outcomes["absent"] == "fail"
    report = judge.validate(one_line(content(LONGER), content(LONGER)))
    assert {str(report.outcomes[id]) for id in ("sizes", "alike", "later") if id in report.outcomes} == {"fail"}


@pytest.mark.parametrize(
    ("text", "reads"),
    [
        pytest.param("/f:Bundle/f:content", False, id="a path"),
        pytest.param("/f:Bundle/f:content/@value", False, id="an attribute"),
        pytest.param("boolean(f:content/@value)", False, id="is it there"),
        pytest.param("count(f:content/@value) = 1", False, id="how often"),
        pytest.param("f:content[@value = 'QQ==']", False, id="is a short text"),
        pytest.param("f:content['QQ==' != @value]", False, id="is no short text"),
        pytest.param("f:content[starts-with(@value, 'JVBE')]", False, id="begins with a short text"),
        pytest.param("string-length(f:id/@value) > 64", False, id="length of another element"),
        pytest.param("f:a/@value = f:b/@value", False, id="two other elements"),
        pytest.param("(f:x[@value])[1]/@value = ../f:y/@value", False, id="in parentheses"),
        pytest.param("string(f:content) = 'x'", False, id="the text of the element"),
        pytest.param("local-name(f:*) = 'content'", False, id="the name"),
        pytest.param("f:content/@url = f:x/@url", False, id="another attribute"),
        pytest.param("concat(local-name(.), 'x') = $fact.x", False, id="a call"),
        pytest.param("string-length(f:content/@value) > 64", True, id="length"),
        pytest.param("string-length(f:x//@value) > 64", True, id="below another element"),
        pytest.param("string-length(//@value) > 64", True, id="anywhere"),
        pytest.param("string-length(@value) > 64", True, id="of the context"),
        pytest.param("f:content/@value[string-length() > 64]", True, id="no argument"),
        pytest.param("f:*/@*[contains(., 'x')]", True, id="a dot"),
        pytest.param("f:content[contains(@value, 'x')]", True, id="contains"),
        pytest.param("f:content[substring(@value, 1, 4) = 'JVBE']", True, id="substring"),
        pytest.param(f"f:content[@value = '{'A' * KEPT}']", True, id="is a long text"),
        pytest.param(f"starts-with(f:content/@value, '{'A' * KEPT}')", True, id="begins with a long text"),
        pytest.param("starts-with('JVBE', f:content/@value)", True, id="a text begins with it"),
        pytest.param("f:content/@value = f:x/@value", True, id="the same as another"),
        pytest.param("f:content/@value = $fact.x", True, id="the same as a fact"),
        pytest.param("f:content/@value < 5", True, id="less"),
        pytest.param("f:content/@value = 5", True, id="a number"),
        pytest.param("f:content[5 - @value]", True, id="minus"),
        pytest.param("f:content[5-@value]", True, id="minus without blanks"),
        pytest.param("f:x[.-1]", True, id="dot minus"),
        pytest.param("f:content[-@value]", True, id="negative"),
        pytest.param("f:content[@value * 2]", True, id="times"),
        pytest.param("f:content[@value div 2]", True, id="divided"),
        pytest.param("f:content[@value + 2]", True, id="plus"),
        pytest.param("f:x[translate(@value, 'a', '') != @value]", False, id="the value of another element"),
        pytest.param("(f:a/f:x)[string-length(@value) > 9]", False, id="the same in parentheses"),
        pytest.param("(f:a/f:content)[string-length(@value) > 9]", True, id="in parentheses"),
        pytest.param("*[string-length(@value) > 9]", True, id="any element's"),
        pytest.param("string(f:valueBase64Binary/@value) = 'x'", True, id="valueBase64Binary"),
        pytest.param("string(f:x/../@value) = 'x'", True, id="parent"),
        pytest.param("string((f:content | f:x)/@value) = 'x'", True, id="of two"),
        pytest.param("string(f:id/@value | f:data/@value) = 'x'", True, id="two attributes"),
        pytest.param("string((f:data/@value)[1]) = 'x'", True, id="the first"),
        pytest.param("string(f:data/attribute::node()) = 'x'", True, id="the axis in full"),
        pytest.param("string(f:data/@value/descendant-or-self::node()) = 'x'", True, id="or self"),
        pytest.param("boolean(f:x[f:y[string(f:blob/@value)]])", True, id="deep inside"),
        pytest.param(f"f:content[@value = '{MARK}']", True, id="the mark"),
        pytest.param("f:x[=", True, id="no XPath"),
    ],
)
def test_which_xpaths_look_into_attachments(text, reads):
    """
    An expression that a shortened value could change is told, in doubt one more.
    """
    assert reads_attachments(text) is reads


def test_bundled_packs_do_not_look_into_attachments():
    """
    Else all that is cut out would be for nothing.
    """
    judge = Validator()

    assert not judge._whole
    assert not pickle.loads(pickle.dumps(judge))._whole
    assert len(load_packs(None)) > 1


# samples and published messages

_DATA = re.compile(rb'(<(?:content|data) value=")[^"]*(")')


def files():
    return [*sorted(VALID.glob("*.xml")), *sorted(INVALID.glob("*.xml"))[::7]]


@pytest.mark.parametrize("path", files(), ids=lambda path: path.stem)
def test_samples(path):
    """
    A sample with a PDF for each of its attachments: both reports are equal.
    """
    data = _DATA.sub(rb"\g<1>" + LONGER.encode() + rb"\g<2>", path.read_bytes())
    actual, expected = both(_ALL, data)

    assert actual == expected


@pytest.mark.corpus
def test_published_messages():
    """
    The same of these, as they stand and with longer attachments.
    """
    for path in sorted(CORPUS.rglob("*.xml")):
        data = path.read_bytes()
        for each in (data, _DATA.sub(rb"\g<1>" + LONGER.encode() + rb"\g<2>", data)):
            actual, expected = both(_ALL, each)

            assert actual == expected
            assert_same(each)


_ALL = Validator(show_values=True)


# messages made at random

lengths = st.sampled_from([4, SHORTEST - 4, SHORTEST, SHORTEST, SHORTEST + 4, 20_000, 30_004, 40_008])
FIRST = LONG[:KEPT] + MARK + "0" + MARK + LONG[-KEPT:]
SPOILT = [
    *("=", "==", "===", "A", "_", "-", "!", " ", "\n", "\r\n", "\t", "&#10;", "&#61;", "&amp;", "&#129;", MARK, "\0"),
    *("&", "<", ">", "é", "-->", "]]>", "?>", "'", '"'),
]
ODD_AROUND = ["<t><![CDATA[{}]]></t>", "<a b='{}'/>", "<a>{}", "{}</a>", "<!-- {}", "<?pi {}", "{} -->"]
ODD_BETWEEN = [
    "<![CDATA[x]]>",
    MARK,
    "&#x81;",
    "</x>",
    "<x>",
    f'<x value="{FIRST}"/>',
    "&#0;",
    "&undeclared;",
    "<!DOCTYPE x>",
]
ODD_HEADS = [
    "<!DOCTYPE Bundle>",
    '<?xml version="1.0" encoding="iso-8859-1"?>',
    "<?xml encoding='latin1'?>",
    "x",
    " <?xml?>",
]


@st.composite
def elements(draw, *, odd):
    value = base64_of(draw(lengths)) + draw(st.sampled_from(["", "QQ==", "QUE="]))
    at = draw(st.integers(0, len(value)))
    spoilt = draw(st.sampled_from(["", *SPOILT])) if odd else ""
    element = content(
        value[:at] + spoilt + value[at:],
        draw(st.sampled_from(["content", "content", "data", "blob", "valueBase64Binary", "f:data", *["x"] * odd])),
        draw(st.sampled_from(['"', '"', "'"])),
        draw(st.sampled_from(["", "", ' id="1"', "\n  ", ' xmlns:f="urn:f"', " id='\"'", ' id="é"', *[" b"] * odd])),
        draw(st.sampled_from(["", "", " ", ' id2="2"', "\n", *[" c"] * odd])),
        draw(st.sampled_from(["=", "=", " = ", "\n=\t", *[""] * odd])),
    )
    around = ["{}", "{}", "{}", "<a>{}</a>", "<!-- {} -->", "<?pi {} ?>", *(ODD_AROUND if odd else [])]
    return draw(st.sampled_from(around)).replace("{}", element)


BETWEEN = [
    *(
        "\n",
        "\r\n",
        "\n  ",
        "\r",
        "<x value='y'/>",
        '<x value="é"/>',
        "<p>text</p>",
        "<!-- comment -->",
        "<x>&#10;</x>",
    ),
    *("text ' and \" text", "<x value='" + "z " * 3_000 + "'/>", "<y/>" * 9, '<id value="1"/>', "&lt;", "𝄞", "\n\n"),
]
HEADS = ["", '<?xml version="1.0"?>', '<?xml version="1.0" encoding="UTF-8"?>\n', "\ufeff", "<!-- é -->\n"]


@st.composite
def messages(draw):
    """
    Every second message holds something odd, and one of ten of these is cut short.
    """
    odd = draw(st.booleans())
    between = st.sampled_from(BETWEEN + ODD_BETWEEN if odd else BETWEEN)
    parts = draw(st.lists(st.one_of(elements(odd=odd), elements(odd=False), between), min_size=1, max_size=6))
    head = draw(st.sampled_from(HEADS + ODD_HEADS if odd else HEADS))
    text = f'{head}<Bundle xmlns="{FHIR}" xmlns:f="{FHIR}">{"".join(parts)}<end value="1"/>{LONG}</Bundle>'
    data = text.encode(draw(st.sampled_from(["utf-8", "utf-8", "utf-16"])) if odd else "utf-8")
    return data[: draw(st.integers(0, len(data)))] if odd and draw(st.integers(0, 9)) == 0 else data


@settings(max_examples=1_000, deadline=None)
@given(messages())
def test_any_message(data):
    """
    Whatever stands in and around a value: tree, values, places and excerpts are those of the whole message.
    """
    event(f"cut: {cut(data) is not None}")
    assert_same(data)


@settings(max_examples=300, deadline=None)
@given(data=messages())
def test_any_report(judges, data):
    """
    And so is the whole report: outcomes, findings, places, excerpts, digest.
    """
    actual, expected = both(judges, data)

    assert actual == expected


# time and memory

_PEAK = """
import sys
from itk3_validator import Validator
from itk3_validator.source import Source
judge = Validator(packs=["gpcm-sd-oc"])
sample = open(sys.argv[1], "rb").read()
warm = judge.validate(sample)  # what is imported when it is first needed is no cost of the message
warm.digest, [(each.findings, each.excerpts) for each in warm.results]
value = b"QUJD" * (int(sys.argv[2]) // 4)
at = sample.index(b'<content value="') + len(b'<content value="')
data = sample[:at] + value + sample[sample.index(b'"', at):]
del value
with open("/proc/self/clear_refs", "w") as file:
    file.write("5")
def status(name):
    return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith(name))
resting = status("VmRSS")
report = judge.validate(data, facts={"recipient": "primary"})
list(report.results), report.digest
for each in report.results:
    each.findings, each.excerpts
print(report.verdict, status("VmHWM") - resting)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
@pytest.mark.parametrize(("size", "most"), [(20_000_000, 5), (99_900_000, 60)])
def test_memory(size, most):
    """
    A message whose bulk is an attachment is judged with so many MB beside its bytes, its places included.
    """
    run = subprocess.run(
        [sys.executable, "-c", _PEAK, str(VALID / "gpcm-sd-oc-primary.xml"), str(size)],
        capture_output=True,
        text=True,
        check=True,
    )
    verdict, peak = run.stdout.split()

    assert verdict == "valid"
    assert int(peak) < most * 1_000
