"""
The outline of a message's bytes is that of the tree that lxml makes of them, or is left to lxml; and bytes that lxml
does not take for a message never have one.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from itertools import count, islice
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itk3_validator import Limits, Source, Validator
from itk3_validator.errors import MessageError
from itk3_validator.fhir import FHIR
from itk3_validator.message import Incoming
from itk3_validator.sight.outline import MOST_WORDS, Outline
from itk3_validator.sight.outliner import Outliner
from itk3_validator.sight.reads import Reads, sight_of_rule
from itk3_validator.sight.states import MOST_STATES, State
from itk3_validator.sight.tokens import NoOutline, Seen, Values
from itk3_validator.sight.visits import ANY, WHOLE
from pack_builder import entry

pytestmark = pytest.mark.compiled

SAMPLES = Path(__file__).parent.parent / "samples"
MESSAGES = [file.read_bytes() for file in sorted(SAMPLES.glob("*/*.xml"))]
CORPUS = Path(__file__).parent.parent.parent / "shared" / "corpus"
LIMITS = Limits()


def reads_all(*, values: bool) -> Reads:
    """
    Elements ten deep with three attributes of each; their values too, and whether they lead somewhere.
    """
    reads = Reads()
    for depth in range(1, 11):
        trail = (ANY,) * depth
        reads.found.add(trail)
        for name in ("url", "id", "value"):
            reads.visits.asks(trail, name, WHOLE)
        if values:
            for places in (reads.filled, reads.whole, reads.resolved):
                places.add(trail)
    within = tuple(f"{{{FHIR}}}{name}" for name in ("Bundle", "entry", "resource"))
    reads.visits.trails.add(within)
    for name in ("subject", "author"):
        reads.references.add((*within, ANY, f"{{{FHIR}}}{name}"))
        reads.linked.add((*within, ANY, f"{{{FHIR}}}{name}", f"{{{FHIR}}}reference"))
    reads.alike.add((*within[:2], f"{{{FHIR}}}fullUrl"))
    return reads


def of_packs(*packs: str) -> list[Reads]:
    plans = Validator(packs or None)._plans
    found = [sight_of_rule(rule) for plan in plans for rule in plan.rules]
    return [each.reads for each in found if each is not None]


READS = {
    "all packs": of_packs(),
    "one pack": of_packs("gpcm-sd-oc"),
    "all elements": [reads_all(values=False)],
    "all values": [reads_all(values=True)],
}


def outlines(outliner: Outliner, data: bytes, limits: Limits = LIMITS) -> tuple[Outline | str | None, Outline | str]:
    """
    Of the bytes, and of the tree.
    """
    found: list[Outline | str | None] = []
    for outline in (outliner.of_bytes, outliner.of_tree):
        try:
            found.append(outline(Incoming(Source("message", data), limits, whole=False)))
        except NoOutline:
            found.append("no outline")
        except MessageError:
            found.append("no message")
    of_bytes, of_tree = found
    assert of_tree is not None
    return of_bytes, of_tree


def agree(outliner: Outliner, data: bytes) -> bool:
    """
    Whether the bytes have an outline; then the tree has the same.
    """
    of_bytes, of_tree = outlines(outliner, data)
    if of_bytes is None:
        return False
    # What is read no further has no outline, whatever follows.
    assert of_bytes in (of_tree, "no outline"), data
    return True


@pytest.fixture(params=READS)
def reads(request: pytest.FixtureRequest) -> list[Reads]:
    return READS[request.param]


def test_samples(reads: list[Reads]) -> None:
    outliner = Outliner(reads)
    assert all(agree(outliner, each) for each in MESSAGES)


@pytest.mark.corpus
def test_published_messages(reads: list[Reads]) -> None:
    outliner = Outliner(reads)
    files = sorted(CORPUS.rglob("*.xml"))
    assert sum(agree(outliner, file.read_bytes()) for file in files) > len(files) // 3


# Put in, or in place of a tag.
PIECES = (
    b"< > / \" ' = - -- : # & ; A 0 a: :a p:a xml: xmlns xmlns:p &amp; &lt; &#65; &#x41; &#0; &#x110000; &#xD800; "
    b"&#129; &bad; &amp ]]> ]] <!---> <!--x--> <!--x--y--> <!--&--> <![CDATA[x]]> <?pi?> <?xml?> <!DOCTYPE_a> "
    b"<a/> </a> <a> <a:b/> <1/> <\xc3\xa9/> <reference/> <reference_value='urn:uuid:1'/> <reference_value='a'/> "
    b"<Bundle/> <bundle></bundle> <entry/> <entry><resource/></entry> <fullUrl_value='urn:uuid:1'/> "
    b"<MessageHeader/> <subject/> <subject_value='a'/> <a_xmlns='http://hl7.org/fhir'/> <a_xmlns=''/> "
    b"<a_xmlns='urn:x'/> <a_xmlns='x_y'/> <a_xmlns:p='urn:p'/> <p:a_xmlns:p='http://hl7.org/fhir'/> "
    b"<p:reference_xmlns:p='http://hl7.org/fhir'_value='b'/> <a_xmlns:xml='urn:a'/> <a_p:b='c'/> "
    b"<a_xml:lang='en'/> <a_xml:id='1'/> <a_xml:space='x'/> <a_b='1'_b='2'/> <a_b='1'c='2'/> <a_b/> <a_b=c/> "
    b"<a_value='&amp;'/> <a_value='&#10;'/> <a_value='<'/> <a_value='>'/> <a_value='x\ny\tz\r\n'/> <a_value=''/> "
    b"<a_p:b='1'_q:b='2'_xmlns:p='urn:a'_xmlns:q='urn:a'/> \x00 \x07 \x7f \x80 \xc2\x81 \xc0\x80 \xc3 \xc3\xa9 "
    b"\xe2\x82\xac \xed\xa0\x80 \xef\xbf\xbd \xef\xbf\xbe \xef\xbb\xbf \xf0\x9f\x98\x80 \xf4\x90\x80\x80 "
    b"\xf8\x88\x80\x80\x80 \xe0\x80\x80 urn:uuid: \t \n \r _"
).split(b" ")


def changed(rng: random.Random, data: bytes) -> bytes:
    """
    A message with one to four accidents.
    """
    made = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 4))):
        at = rng.randrange(len(made) + 1)
        piece = rng.choice(PIECES).replace(b"_", b" ")
        match rng.randrange(6):
            case 0 | 1:
                made[at:at] = piece
            case 2:
                del made[at : at + rng.choice((1, 1, 2, 5, 40))]
            case 3:
                start = rng.randrange(len(made) + 1)
                made[at:at] = made[start : start + rng.choice((3, 10, 60, 300))]
            case 4:
                opened, closed = made.find(b"<", at), made.find(b">", at + 1)
                if 0 <= opened < closed:
                    made[opened : closed + 1] = piece
            case _:
                quote = made.find(b'"', at)
                if quote >= 0:
                    made[quote + 1 : quote + 1] = piece
    return bytes(made)


def test_accidents(reads: list[Reads]) -> None:
    rng = random.Random(1)
    outliner = Outliner(reads)
    agreed = sum(agree(outliner, changed(rng, rng.choice(MESSAGES))) for _ in range(3_000))
    # Many are no message any more.
    assert agreed > 300


@pytest.mark.long
def test_many_accidents(reads: list[Reads]) -> None:
    # Other ones each time; what they differ on is shown.
    rng = random.Random()
    outliner = Outliner(reads)
    small = [each for each in MESSAGES if len(each) < 12_000]
    agreed = sum(agree(outliner, changed(rng, rng.choice(small))) for _ in range(100_000))
    assert agreed > 10_000


def bundled(*parts: bytes) -> bytes:
    return b'<Bundle xmlns="%s">%s</Bundle>' % (FHIR.encode(), b"".join(parts))


@given(st.lists(st.sampled_from([piece.replace(b"_", b" ") for piece in PIECES]), max_size=12), st.binary(max_size=3))
@settings(max_examples=300)
def test_anything(pieces: Sequence[bytes], more: bytes) -> None:
    outliner = Outliner(READS["all elements"])
    agree(outliner, bundled(*pieces, more))
    agree(outliner, b"<Bundle>" + b"".join(pieces) + more)
    agree(outliner, more + bundled() + b"".join(pieces))
    agree(outliner, bundled(b'<a value="' + b"".join(pieces) + more + b'"/>'))


DECLARED = b'<?xml version="1.0" encoding="UTF-8"?>'


@pytest.mark.parametrize(
    "data",
    [
        bundled(),
        b"\xef\xbb\xbf" + bundled(),
        b"\xef\xbb\xbf" + DECLARED + bundled(),
        b"<?xml version='1.0'?>" + bundled(),
        b"<?xml  version = '1.0'  standalone='no' ?>\r\n<!-- a -->" + bundled() + b"<!-- b -->\n",
        b'<?xml version="1.0" encoding="utf-8" standalone="yes"?>' + bundled(),
        b"  \n" + bundled(),
        bundled(b"a &amp; &#233; \xc3\xa9 \xf0\x9f\x98\x80 > ]] '\""),
        bundled(b"<!-- <a b='c'> & -->"),
        bundled(b'<a value="&lt;&#10;\n\t"/>'),
        bundled(b"<a value = 'x\"y' ></a >"),
        bundled(b'<f:a xmlns:f="http://hl7.org/fhir" f:b="1" b="2"/>'),
        bundled(b'<div xmlns="http://www.w3.org/1999/xhtml" xml:lang="en-GB"><p>a</p></div>'),
        b'<f:Bundle xmlns:f="http://hl7.org/fhir"><f:entry/></f:Bundle>',
        b"<Bundle/>",
    ],
)
def test_what_is_read(data: bytes) -> None:
    of_bytes, of_tree = outlines(Outliner(READS["all elements"]), data)
    assert of_bytes == of_tree
    assert isinstance(of_bytes, Outline)


@pytest.mark.parametrize(
    "data",
    [
        # What lxml reads.
        bundled(b"<![CDATA[a]]>"),
        bundled(b"<?a?>"),
        b"<?a?>" + bundled(),
        bundled().decode().encode("utf-16"),
        DECLARED.replace(b"UTF-8", b"ISO-8859-1") + bundled(),
        DECLARED.replace(b"UTF-8", b"UTF8") + bundled(),
        DECLARED.replace(b"1.0", b"1.1") + bundled(),
        bundled(b"<\xc3\xa9/>"),
        bundled(b'<a xmlns=""/>'),
        bundled(b'<a xmlns="a b"/>'),
        bundled(b'<a xmlns="urn:' + b"a" * 300 + b'"/>'),
        bundled(b'<a xml:id="b"/>'),
        bundled(b"<a" + b"b" * 200 + b"/>"),
        bundled(b"<a>" * 230, b"</a>" * 230),
        # What it does not.
        b"",
        b" ",
        b"a",
        bundled() + b"a",
        bundled() + bundled(),
        b"<!DOCTYPE a>" + bundled(),
        b" " + DECLARED + bundled(),
        b'<?xml version="1.0" standalone="Yes"?>' + bundled(),
        b'<?xml version="1.0" standalone="NO"?>' + bundled(),
        bundled(b"<a></b>"),
        bundled(b"<a></aa>"),
        bundled(b"<aa></a>"),
        bundled(b"<a"),
        bundled(b"</a>"),
        bundled()[:-1],
        bundled(b"&b;"),
        bundled(b"&"),
        bundled(b"&#0;"),
        bundled(b"&#xFFFE;"),
        bundled(b"]]>"),
        bundled(b"<!-- -- -->"),
        bundled(b"<!--->"),
        bundled(b"\x00"),
        bundled(b"\x0b"),
        bundled(b"\xc0\x80"),
        bundled(b"\xed\xa0\x80"),
        bundled(b"\xef\xbf\xbf"),
        bundled(b"\xf4\x90\x80\x80"),
        bundled(b"<p:a/>"),
        bundled(b'<a p:b=""/>'),
        bundled(b'<a b="1" b="2"/>'),
        bundled(b'<a b="1"c="2"/>'),
        bundled(b'<a b="<"/>'),
        bundled(b'<a xmlns:p="urn:a" xmlns:q="urn:a" p:b="" q:b=""/>'),
        bundled(b'<a xmlns:p=""/>'),
        bundled(b'<a xmlns:xml="urn:a"/>'),
        bundled(b'<a xmlns:xmlns="urn:a"/>'),
        bundled(b'<a xmlns="http://www.w3.org/2000/xmlns/"/>'),
        bundled(b'<a xmlns="http://www.w3.org/XML/1998/namespace"/>'),
        b"<a:/>",
        b"<:a/>",
        b"<a:b:c/>",
        b"<1/>",
    ],
)
def test_what_is_left_to_lxml(data: bytes) -> None:
    assert outlines(Outliner(READS["all elements"]), data)[0] is None


RESOURCE = entry("<Patient><id value='a'/></Patient>", "urn:uuid:a")
HEADER = entry("<MessageHeader><sender><reference value='urn:uuid:a'/></sender></MessageHeader>", "urn:uuid:h")
SUBJECT = "<Basic><subject><reference value='{}'/></subject></Basic>"


@pytest.mark.parametrize(
    ("entries", "is_wired"),
    [
        ([RESOURCE], True),
        ([RESOURCE, HEADER], True),
        ([HEADER, RESOURCE, entry(SUBJECT.format("urn:uuid:a"), "urn:uuid:b")], True),
        ([RESOURCE, entry(SUBJECT.format("urn:uuid:c"), "urn:uuid:b")], False),
        ([RESOURCE, entry(SUBJECT.format("Patient/a"), "urn:uuid:b")], False),
        ([RESOURCE, entry(SUBJECT.format("urn:uuid:&#97;"), "urn:uuid:b")], True),
        ([RESOURCE, entry("<Basic><subject><reference/></subject></Basic>", "urn:uuid:b")], False),
        ([RESOURCE, RESOURCE], False),
        ([RESOURCE, "<entry/>"], False),
        ([RESOURCE, "<entry><fullUrl value='urn:uuid:b'/><resource/></entry>"], False),
        ([RESOURCE, "<entry><resource><A/></resource><resource><A/></resource></entry>"], False),
        ([RESOURCE, "<entry><resource><A/><B/></resource></entry>"], False),
        ([RESOURCE, "<entry><resource><a/></resource></entry>"], False),
        ([RESOURCE, "<entry><resource><A xmlns='urn:a'/></resource></entry>"], False),
        ([RESOURCE, "<entry><fullUrl/><fullUrl/><resource><A/></resource></entry>"], False),
        ([RESOURCE, entry(f"<Bundle>{RESOURCE}</Bundle>", "urn:uuid:b")], True),
        ([RESOURCE, entry(f"<bundle>{RESOURCE}</bundle>", "urn:uuid:b")], False),
        (
            [RESOURCE, entry(f"<Bundle>{entry(SUBJECT.format('urn:uuid:a'))}</Bundle>", "urn:uuid:b")],
            False,
        ),
        ([RESOURCE, *[entry(f"<Bundle>{RESOURCE}</Bundle>", f"urn:uuid:{each}") for each in "bc"]], False),
        ([RESOURCE, entry(f"<Bundle>{entry('<Bundle/>', 'urn:uuid:c')}</Bundle>", "urn:uuid:b")], False),
        ([RESOURCE, entry("<Basic><Bundle/></Basic>", "urn:uuid:b")], False),
        ([RESOURCE, entry("<Bundle><entry/></Bundle>", "urn:uuid:b")], False),
        ([RESOURCE, entry(f"<Bundle>{RESOURCE}{RESOURCE}</Bundle>", "urn:uuid:b")], False),
        ([RESOURCE, entry(f"<Bundle>{RESOURCE}{entry(SUBJECT.format('urn:uuid:a'))}</Bundle>", "urn:uuid:b")], True),
        ([RESOURCE, entry(SUBJECT.format("http://a.nhs.uk/a"), "urn:uuid:b")], False),
        ([RESOURCE, entry(SUBJECT.format("urn:uuid:\u00e9"), "urn:uuid:\u00e9")], True),
        ([RESOURCE, entry(SUBJECT.format("urn:uuid:"), "urn:uuid:")], True),
        ([RESOURCE, entry(SUBJECT.format("urn:uui"), "urn:uui")], False),
        ([RESOURCE, HEADER.replace("urn:uuid:a", "http://a.nhs.uk/a")], True),
        ([RESOURCE, HEADER.replace("urn:uuid:a", "&#104;ttps://a.nhs.uk/a")], True),
        ([RESOURCE, HEADER.replace("urn:uuid:a", "urn:uuid:c")], False),
        ([RESOURCE, HEADER, HEADER.replace("uuid:h", "uuid:i"), HEADER.replace("urn:uuid:", "uuid:j")], False),
    ],
)
def test_how_a_message_is_wired(entries: Sequence[str], is_wired: bool) -> None:  # noqa: FBT001
    of_bytes, of_tree = outlines(
        Outliner(READS["all elements"] + READS["all packs"]), bundled("".join(entries).encode())
    )
    assert of_bytes == of_tree
    assert isinstance(of_bytes, Outline)
    assert (of_bytes.wired is not None) is is_wired


@pytest.mark.parametrize(
    ("number", "different", "is_wired"), [(2_000, 2_000, True), (2_500, 2_500, True), (2_500, 2_499, False)]
)
def test_very_many_entries(number: int, different: int, is_wired: bool) -> None:  # noqa: FBT001
    reads = Reads()
    reads.linked.add(("a",))
    entries = [entry("<A/>", f"urn:uuid:{each % different}") for each in range(number)]
    of_bytes, of_tree = outlines(Outliner([reads]), bundled("".join(entries).encode()))
    assert of_bytes == of_tree
    assert isinstance(of_bytes, Outline)
    assert (of_bytes.wired is not None) is is_wired


def slot_of(value: bytes, slots: int) -> int:
    """
    Where the scanner begins to look for a value.
    """
    found = len(value)
    for at in range(0, len(value), 8):
        found = (found ^ int.from_bytes(value[at : at + 8], "little")) * 0x9E3779B97F4A7C15 % 2**64
        found ^= found >> 32
    found = found * 0xBF58476D1CE4E5B9 % 2**64
    return (found ^ found >> 32) % slots


@pytest.mark.parametrize("are_chosen", [True, False])
def test_senders_choose_values_that_are_looked_for_at_one_place(
    are_chosen: bool,  # noqa: FBT001
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """
    Each would be compared with all before it: these are left to Python, which nobody can foresee.
    """
    scanner: Any = import_module("itk3_validator.sight.scanner")
    told: list[object] = []
    wired, alike = scanner._wired, Values.alike
    monkeypatch.setattr(scanner, "_wired", lambda *ends: told.append("wired") or wired(*ends))
    monkeypatch.setattr(Values, "alike", lambda values, seen: told.append("alike") or alike(values, seen))
    made = (f"urn:uuid:{each}" for each in count())
    urls = list(islice((each for each in made if not are_chosen or slot_of(each.encode(), 256) == 7), 100))
    reads = Reads()
    reads.linked.add(("a",))
    reads.alike.add((ANY, ANY, f"{{{FHIR}}}fullUrl"))
    entries = [entry(SUBJECT.format(urls[-1]), each).encode() for each in urls]
    outliner = Outliner([reads])
    of_bytes = outliner.of_bytes(Incoming(Source("", bundled(*entries)), LIMITS, whole=False))
    by_python = {each for each in told if told.count(each) > len(urls) // 2 or each == "wired"}

    assert by_python == ({"wired", "alike"} if are_chosen else set())
    assert of_bytes == outliner.of_tree(Incoming(Source("", bundled(*entries)), LIMITS, whole=False))


def test_a_bundle_in_a_header_is_left_to_lxml() -> None:
    nested = entry("<MessageHeader><Bundle/></MessageHeader>", "urn:uuid:h")
    assert outlines(Outliner(READS["one pack"]), bundled(nested.encode()))[0] is None


def test_a_message_of_very_many_headers_is_left_to_lxml() -> None:
    headers = [HEADER.replace("uuid:h", f"uuid:h{each}").encode() for each in range(65)]
    outliner = Outliner(READS["one pack"])
    assert outlines(outliner, bundled(RESOURCE.encode(), *headers[:64]))[0] is not None
    assert outlines(outliner, bundled(RESOURCE.encode(), *headers))[0] is None


# What is the same, and what only looks like it.
ALIKE = ("", " ", "a", "a ", "&#97;", "&#9;", "urn:uuid:a", "urn:uuid:&#97;", "urn:uuid:a/b", "\u00e9", "&#233;")


def test_values_that_are_compared() -> None:
    reads = Reads()
    reads.alike.add((ANY, ANY))
    reads.references.add((ANY, "{http://hl7.org/fhir}b"))
    outliner = Outliner([reads])
    rng = random.Random(7)
    made = [[rng.choice(ALIKE) for _ in range(4)] for _ in range(600)]
    forms = ("<a value='{}'/>", "<b value='{}'/>", "<c><reference value='{}'/></c>", "<c xmlns='urn:c' value='{}'/>")
    messages = [bundled(*[rng.choice(forms).format(value).encode() for value in each]) for each in made]
    assert all(agree(outliner, each) for each in messages)
    found = {outliner.outline(Incoming(Source("", each), LIMITS, whole=False)).whole for each in messages}
    assert len(found) > 100


def test_words_that_come_again_are_not_made_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Though each message brings values that never come again.
    """
    reads = Reads()
    for name in "ab":
        reads.whole.add((ANY, f"{{{FHIR}}}{name}"))
    outliner = Outliner([reads])
    made: list[str | None] = []
    token = State.token
    monkeypatch.setattr(State, "token", lambda state, seen: (made.append(seen.own), token(state, seen))[1])
    lasting = [f"lasting {each}" for each in range(100)]
    for message in range(200):
        passing = [f"passing {message} {each}" for each in range(100)]
        parts = [f"<a value='{each}'/>" for each in lasting] + [f"<b value='{each}'/>" for each in passing]
        assert outliner.of_bytes(Incoming(Source("", bundled("".join(parts).encode())), LIMITS, whole=False))
    of_lasting = sum(str(each).startswith("lasting") for each in made)
    assert (len(made) - of_lasting, of_lasting < 200 * 100 // 10) == (200 * 100, True)


@pytest.mark.parametrize(
    ("value", "is_new"), [("b", False), ("b&#99;", True), ("\u00e9", True), (" ", True), ("", True)]
)
def test_of_a_value_that_only_has_to_be_there_it_counts_that_it_is(
    value: str,
    is_new: bool,  # noqa: FBT001
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reads = Reads()
    reads.filled.add((ANY, f"{{{FHIR}}}a"))
    outliner = Outliner([reads])
    made: list[str | None] = []
    token = State.token
    monkeypatch.setattr(State, "token", lambda state, seen: (made.append(seen.own), token(state, seen))[1])
    for each in ("a", value):
        assert outliner.of_bytes(Incoming(Source("", bundled(f"<a value='{each}'/>".encode())), LIMITS, whole=False))
    assert len(made) == 1 + is_new
    assert agree(outliner, bundled(f"<a value='{value}'/>".encode()))


@pytest.mark.parametrize(
    ("value", "is_new"),
    [
        ("2026-02-03T10:11:12.5Z", False),
        ("2026-02-03T10:11:12+01:00", False),
        ("2026-02-03T10:11:12", True),
        ("2026-02-31T10:11:12Z", True),
        ("&#50;026-02-03T10:11:12Z", True),
        ("", True),
    ],
)
def test_what_is_told_of_the_same_answers_is_told_once(
    value: str,
    is_new: bool,  # noqa: FBT001
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    outliner = Outliner(READS["one pack"])
    header = "<entry><resource><MessageHeader><timestamp value='{}'/></MessageHeader></resource></entry>"
    made: list[str | None] = []
    token = State.token
    monkeypatch.setattr(State, "token", lambda state, seen: (made.append(seen.own), token(state, seen))[1])
    first, other = (bundled(header.format(each).encode()) for each in ("2026-01-02T03:04:05Z", value))
    assert outliner.of_bytes(Incoming(Source("", first), LIMITS, whole=False))
    before = len(made)
    assert before
    assert outliner.of_bytes(Incoming(Source("", other), LIMITS, whole=False))
    assert len(made) - before == is_new
    assert agree(outliner, other)


def test_a_default_namespace_is_no_attribute() -> None:
    reads = Reads()
    reads.visits.asks((ANY,), "xmlns", WHOLE)
    of_bytes, of_tree = outlines(Outliner([reads]), bundled())
    assert of_bytes is None
    assert isinstance(of_tree, Outline)


class Received(bytes):
    pass


def test_bytes_of_another_class_are_left_to_lxml() -> None:
    of_bytes, of_tree = outlines(Outliner(READS["one pack"]), Received(bundled()))
    assert of_bytes is None
    assert isinstance(of_tree, Outline)


def test_a_message_of_more_words_than_an_outline_has_is_read_no_further() -> None:
    outliner = Outliner([reads_all(values=False)])
    assert agree(outliner, bundled(b"<a/>" * (MOST_WORDS - 1)))
    assert outlines(outliner, bundled(b"<a/>" * MOST_WORDS)) == ("no outline", "no outline")
    assert outlines(outliner, bundled(b"<a/>" * MOST_WORDS, b"<")) == ("no outline", "no message")


@pytest.mark.parametrize("part", [b"<reference/>", b"<fullUrl value='a'/>"])
def test_a_message_of_very_many_references_is_left_to_lxml(part: bytes) -> None:
    outliner = Outliner([Reads()])
    held = b"<entry>" + part * 16_384 + b"<resource><A>" + part * 16_384 + b"</A></resource>"
    assert outlines(outliner, bundled(held, b"</entry>"))[0] is not None
    more = b"<entry><resource><A>" + part + b"</A></resource>" + part + b"</entry>"
    assert outlines(outliner, bundled(held, b"</entry>", more))[0] is None


def test_more_words_than_four_bytes_hold() -> None:
    outliner = Outliner([reads_all(values=False)])
    agree(outliner, bundled())
    outliner._words._next = count(2**32 - 2)
    assert agree(outliner, bundled(b"<a id='1'/>"))
    assert outlines(outliner, bundled(b"<a id='2'/>")) == ("no outline", "no outline")
    assert outlines(outliner, bundled(b"<b/>")) == ("no outline", "no outline")


def test_limits_hold() -> None:
    outliner = Outliner(READS["one pack"])
    deep = bundled(b"<a>" * 20, b"</a>" * 20)
    assert outlines(outliner, deep, Limits(depth=21))[0] is not None
    assert outlines(outliner, deep, Limits(depth=20)) == (None, "no message")
    assert outlines(outliner, deep, Limits(depth=2**40))[0] is not None
    assert outlines(outliner, deep, Limits(markup=len(deep) - 1)) == (None, "no message")


def test_what_is_kept_of_names_ends_somewhere() -> None:
    """
    Names that nobody has met before, more than are kept: those that are known are read as ever.
    """
    outliner = Outliner([reads_all(values=False)])
    known = MESSAGES[0]
    before = outlines(outliner, known)
    for number in range(0, MOST_STATES + 2_000, 100):
        data = bundled(*[b"<a%d/><b%d c%d=''/>" % (each, each, each) for each in range(number, number + 100)])
        agree(outliner, data)
    assert outlines(outliner, known)[0] == outlines(outliner, known)[1] == before[0]
    assert outlines(outliner, bundled(b"<never/>"))[0] == "no outline"


def test_names_that_lead_nowhere_take_no_room_from_others() -> None:
    outliner = Outliner(READS["one pack"])
    for number in range(0, MOST_STATES + 2_000, 1_000):
        assert agree(outliner, bundled(*[b"<a%d/>" % each for each in range(number, number + 1_000)]))
    of_bytes, of_tree = outlines(outliner, MESSAGES[0])
    assert of_bytes == of_tree
    assert isinstance(of_bytes, Outline)


def test_a_state_is_taken_over_once() -> None:
    """
    However often names that lead nowhere crowd out what is kept of those that lead to it.
    """
    outliner = Outliner(READS["one pack"])
    known = bundled(RESOURCE.encode())
    assert agree(outliner, known)
    state = outliner._states.top.following[f"{{{FHIR}}}Bundle"]
    held = sys.getrefcount(state)
    for number in range(0, 60_000, 1_000):
        agree(outliner, bundled(*[b"<a%d/>" % each for each in range(number, number + 1_000)]))
        assert agree(outliner, known)
    assert sys.getrefcount(state) == held


def test_namespaces_that_are_kept_end_somewhere() -> None:
    outliner = Outliner(READS["all elements"])
    found = [outlines(outliner, bundled(b"<a xmlns='urn:n:%d'/>" % number))[0] for number in range(300)]
    assert None in found
    assert None not in found[:200]
    assert agree(outliner, MESSAGES[0])


def test_threads_share_it() -> None:
    outliner = Outliner(READS["all elements"])
    rng = random.Random(3)
    made = [changed(rng, rng.choice(MESSAGES)) for _ in range(400)]
    # New states while others look at theirs.
    made += [bundled(b"<a%d><b id='%d' value='&#65;&#10;%d'/></a%d>" % ((each,) * 4)) for each in range(2_000)]
    rng.shuffle(made)
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(4) as threads:
            assert len(list(threads.map(lambda data: agree(outliner, data), made))) == len(made)
    finally:
        sys.setswitchinterval(interval)


class Meddling:
    """
    Values whose user is kept waiting, while another message brings the scanner hundreds of new states.
    """

    def __init__(self, values: Values, outliner: Outliner) -> None:
        self._values = values
        self._outliner = outliner

    def alike(self, seen: Seen) -> str | None:
        agree(self._outliner, bundled(*[b"<a%d/>" % each for each in range(2_000)]))
        return self._values.alike(seen)


def test_another_message_in_the_midst_of_one() -> None:
    reads = reads_all(values=True)
    reads.alike.add((ANY, ANY))
    outliner = Outliner([reads])
    data = bundled(b"<a value='&#98;'/>")
    before = outlines(outliner, data)[0]
    state = outliner._states.top.following[f"{{{FHIR}}}Bundle"].following[f"{{{FHIR}}}a"]  # type: ignore[union-attr]
    state.values = Meddling(state.values, outliner)  # type: ignore[union-attr, arg-type]
    incoming = Incoming(Source("message", data), LIMITS, whole=False)
    assert outliner.of_bytes(incoming) == before
