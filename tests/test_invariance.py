"""
How a message is written never changes what is said of it, and nothing that may come in brings the validator down.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from typing import Any
from xml.sax.saxutils import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from itk3_validator import Outcome
from itk3_validator.report import json_v1
from itk3_validator.report.text import render_message
from sample_messages import INVALID, VALID, validator

FHIR = "http://hl7.org/fhir"
XHTML = "http://www.w3.org/1999/xhtml"
F = {"f": FHIR}
NAMES = {
    "gpcm-sd-oc-primary": None,
    "gpcm-sd-oc-copy": None,
    "gpcm-sd-oc-business-response": "gpcm-sd-oc-primary",
    "gpcm-sd-oc-infrastructure-response": None,
    "outpatient-letter-primary": None,
    "outpatient-letter-copy": None,
    "outpatient-letter-business-response": None,
    "outpatient-letter-infrastructure-response": "outpatient-letter-primary",
}
WRONG = sorted(
    {
        *INVALID.glob("GPCM-*.xml"),
        *INVALID.glob("FHIR-*.xml"),
        *sorted(INVALID.glob("Extension-*.xml"))[::3],
        *sorted(INVALID.glob("ITK-Message*.xml"))[::4],
        *sorted(INVALID.glob("RSP-*.xml"))[::3],
        *sorted(INVALID.glob("CareConnect-*.xml"))[::5],
    }
)
FILES = [VALID / f"{name}.xml" for name in NAMES] + WRONG
FACTS = {"recipient": "primary", "mailbox": "8ZX41OT001"}


def said(data: bytes, name: str = "") -> dict[str, Any]:
    """
    What is said of a message, without its places.
    """
    request = NAMES.get(name)
    report = validator().validate(data, facts=FACTS, request=VALID / f"{request}.xml" if request else None)
    return {
        "verdict": str(report.verdict),
        "reason": report.reason,
        "kind": (report.pack, report.interaction, report.recognised_by),
        "outcomes": {id: str(outcome) for id, outcome in report.outcomes.items()},
    }


class Writer:
    """
    Writes a message again: the same elements and values, everything else as the chances have it.
    """

    def __init__(self, chances: random.Random, **ways: Any) -> None:
        self.chances = chances
        self.prefixes = {FHIR: ways["prefix"], XHTML: ways["prefix"] and f"{ways['prefix']}x"}
        self.ways = ways

    def write(self, root: Any) -> str:
        prolog = f'<?xml version="1.0" encoding="{self.ways["declared"]}"?>{self.between()}'
        return f"{prolog}{''.join(self.element(root, outer=''))}{self.between()}".replace("\n", self.ways["end"])

    def element(self, element: Any, *, outer: str) -> Iterator[str]:
        uri, _, name = element.tag.rpartition("}")
        uri = uri[1:]
        prefix = self.prefixes.setdefault(uri, f"n{len(self.prefixes)}" if uri else "")
        tag = f"{prefix}:{name}" if prefix else name
        attributes = [self.attribute(self.named(key), value) for key, value in element.attrib.items()]
        if outer == "":
            attributes += [self.attribute(f"xmlns:{each}", uri) for uri, each in self.prefixes.items() if each]
        if not prefix and uri != outer:
            attributes.append(self.attribute("xmlns", uri))
        if self.ways["attributes"]:
            self.chances.shuffle(attributes)
        yield "<" + " ".join([tag, *attributes])
        free = uri == FHIR
        text = escape(element.text or "")
        if not len(element) and not text.strip() and self.chances.random() < self.ways["short"]:
            yield "/>"
            return
        yield ">" + (self.between() if free else text)
        for child in element:
            yield from self.element(child, outer=uri if not prefix else outer or " ")
            yield self.between() if free else self.unseen() + escape(child.tail or "")
        yield f"</{tag}>"

    def named(self, key: str) -> str:
        uri, _, name = key.rpartition("}")
        return f"xml:{name}" if uri else name

    def attribute(self, name: str, value: str) -> str:
        quote = self.chances.choice(self.ways["quotes"])
        entities = {"\n": "&#10;", "\r": "&#13;", "\t": "&#9;", quote: "&quot;" if quote == '"' else "&apos;"}
        return f"{name}{self.chances.choice(self.ways['equals'])}{quote}{escape(value, entities)}{quote}"

    def between(self) -> str:
        """
        What may stand between two elements of FHIR.
        """
        return "".join(self.chances.choice([*self.ways["blanks"], self.unseen()]) for _ in range(3))

    def unseen(self) -> str:
        return self.chances.choice(self.ways["unseen"])


COMMENTS = [
    "<!-- <Bundle> -->",
    "<!---->",
    '<!-- <event><code value="ITK008M"/></event> -->',
    "<!--</Bundle> <entry><resource><MessageHeader/> & \" ' -->",
    "<!-- <![CDATA[ -->",
]
INSTRUCTIONS = ["<?p <MessageHeader/> ?>", "<?xml-stylesheet href='x'?>", "<?p?>"]
ENCODINGS = {
    "utf-8": ("UTF-8", lambda text: text.encode()),
    "utf-8 with mark": ("UTF-8", lambda text: text.encode("utf-8-sig")),
    "utf-16 le": ("UTF-16", lambda text: b"\xff\xfe" + text.encode("utf-16-le")),
    "utf-16 be": ("UTF-16", lambda text: b"\xfe\xff" + text.encode("utf-16-be")),
    "iso-8859-1": ("ISO-8859-1", lambda text: text.encode("iso-8859-1")),
    "windows-1252": ("windows-1252", lambda text: text.encode("windows-1252")),
    "us-ascii": ("US-ASCII", lambda text: text.encode("ascii", "xmlcharrefreplace")),
}
WAYS = st.fixed_dictionaries(
    {
        "prefix": st.sampled_from(["", "", "f", "fhir", "F", "_", "h", "a.b-c", "é"]),
        "quotes": st.sampled_from(['"', "'", "\"'"]),
        "equals": st.sampled_from([["="], ["=", " = ", "\n=\t"]]),
        "attributes": st.booleans(),
        "short": st.sampled_from([0, 0.5, 1]),
        "blanks": st.sampled_from([[""], [" ", "\n"], ["", "\n\n\t", "    "]]),
        "unseen": st.sampled_from([[""], ["", *COMMENTS], ["", *INSTRUCTIONS], ["", *COMMENTS, *INSTRUCTIONS]]),
        "end": st.sampled_from(["\n", "\r\n", "\r"]),
    }
)


def written(root: Any, ways: dict[str, Any], encoding: str, seed: int) -> bytes:
    """
    The message in that encoding; in UTF-8 where the encoding cannot hold it.
    """
    declared, encode = ENCODINGS[encoding]
    try:
        ways["prefix"].encode(declared)
        return encode(Writer(random.Random(seed), **ways, declared=declared).write(root))
    except UnicodeEncodeError:
        return Writer(random.Random(seed), **ways, declared="UTF-8").write(root).encode()


def read(path: Any) -> Any:
    return etree.parse(path, etree.XMLParser(remove_comments=True, remove_pis=True)).getroot()


@settings(max_examples=150, deadline=None)
@given(path=st.sampled_from(FILES), ways=WAYS, encoding=st.sampled_from(sorted(ENCODINGS)), seed=st.integers(0, 9_999))
def test_how_it_is_written_changes_nothing(path, ways, encoding, seed):
    """
    Prefixes, quotation marks, white space, comments and instructions that hold markup, line ends, encodings.
    """
    data = written(read(path), ways, encoding, seed)

    assert said(data, path.stem) == said(path.read_bytes(), path.stem)


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("name", NAMES)
def test_every_sample_in_every_encoding(name, encoding):
    """
    Each of the encodings, for each valid sample.
    """
    plain = {
        "prefix": "",
        "quotes": '"',
        "equals": ["="],
        "attributes": False,
        "short": 1,
        "blanks": ["\n"],
        "unseen": [""],
        "end": "\n",
    }
    data = written(read(VALID / f"{name}.xml"), plain, encoding, 0)

    assert said(data, name) == said((VALID / f"{name}.xml").read_bytes(), name)


HANDLING = "/f:Bundle/f:entry/f:resource/f:MessageHeader/f:extension[f:extension]"
BUNDLES = "/f:Bundle | /f:Bundle/f:entry/f:resource/f:Bundle"


def shuffle(parent: Any, children: list[Any], chances: random.Random) -> None:
    """
    The same children of *parent* in another order, where these stand now.
    """
    places = sorted(parent.index(each) for each in children)
    order = list(children)
    chances.shuffle(order)
    for each in order:
        parent.remove(each)
    for place, each in zip(places, order, strict=True):
        parent.insert(place, each)


@settings(max_examples=100, deadline=None)
@given(path=st.sampled_from(FILES), seed=st.integers(0, 9_999))
def test_order_without_meaning_changes_nothing(path, seed):
    """
    The keys of the handling extension, and the entries behind the first of a Bundle, in any order.
    """
    root, chances = read(path), random.Random(seed)
    for handling in root.xpath(HANDLING, namespaces=F):
        shuffle(handling, handling.findall("f:extension", F), chances)
    for bundle in root.xpath(BUNDLES, namespaces=F):
        shuffle(bundle, bundle.findall("f:entry", F)[1:], chances)

    assert said(etree.tostring(root), path.stem) == said(path.read_bytes(), path.stem)


# what may come in


def judged(data: bytes, **stated: Any) -> None:
    """
    Nothing is raised, no rule crashes, and all of the report can be read and written.
    """
    for judging in (validator(), validator("gpcm-sd-oc", show_values=True), validator("itk3-outpatient-letter")):
        report = judging.validate(data, **stated)
        json_v1.render([report], tool_version="1")
        render_message(report, verbose=True)

        assert {each.id: each.message for each in report.results if each.outcome is Outcome.ERROR} == {}
        assert sum(report.counts.values()) == len(report.results)


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.binary(max_size=300), st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace"))))
def test_random_bytes(data):
    """
    Whatever bytes come in, there is a report.
    """
    judged(data)


@st.composite
def mutated(draw: Callable[..., Any]) -> bytes:
    """
    A real message, cut short or with stretches of it changed, doubled, moved or dropped.
    """
    data = draw(st.sampled_from(FILES)).read_bytes()
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(data)))
        end = min(len(data), start + draw(st.integers(0, 300)))
        kind = draw(st.sampled_from(["cut", "drop", "double", "bytes", "digits", "move"]))
        part = data[start:end]
        if kind == "cut":
            data = data[:start]
        elif kind == "move":
            to = draw(st.integers(0, start))
            data = data[:to] + part + data[to:start] + data[end:]
        else:
            put = {
                "drop": b"",
                "double": part * 2,
                "bytes": draw(st.binary(max_size=20)),
                "digits": re.sub(rb"[0-9]", b"7", part),
            }[kind]
            data = data[:start] + put + data[end:]
    return data


@settings(max_examples=200, deadline=None)
@given(mutated())
def test_mutated_bytes(data):
    """
    A message that was damaged on its way is judged or unreadable.
    """
    judged(data, facts={"recipient": "primary"})


VALUES = (
    "",
    " ",
    "\n",
    "None",
    "true",
    "x" * 500,
    "#",
    "#1",
    "urn:uuid:",
    "Patient/1",
    "30001",
    "2024-02-30",
    "{found}",
    "0",
)


def mangle(root: Any, chances: random.Random) -> None:
    """
    One change of the tree.
    """
    elements = list(root.iter("*"))
    element, other = chances.choice(elements), chances.choice(elements)
    parent = element.getparent()
    match chances.randrange(8):
        case 0 if parent is not None:
            parent.remove(element)
        case 1 if parent is not None:
            parent.insert(parent.index(element), etree.fromstring(etree.tostring(element)))
        case 2:
            element.set("value", chances.choice(VALUES))
        case 3:
            element.attrib.clear()
        case 4:
            element.tag = other.tag
        case 5:
            element.tag = element.tag.rpartition("}")[2]
        case 6 if element.get("value") is not None and other.get("value") is not None:
            element.set("value", other.get("value"))
        case 7:
            element.append(etree.fromstring(etree.tostring(chances.choice(elements[-20:]))))


@settings(max_examples=250, deadline=None)
@given(
    path=st.sampled_from(FILES),
    seed=st.integers(0, 99_999),
    times=st.integers(1, 12),
    request_=st.sampled_from([None, *NAMES]),
    interaction=st.sampled_from([None, None, "response", "message"]),
)
def test_mangled_trees(path, seed, times, request_, interaction):
    """
    A well-formed message with elements dropped, doubled, renamed, emptied or grown: no rule crashes on it.
    """
    root, chances = read(path), random.Random(seed)
    for _ in range(times):
        mangle(root, chances)
    request_ = VALID / f"{request_}.xml" if request_ else None

    judged(etree.tostring(root), facts={"recipient": "copy"}, request=request_, interaction=interaction)
