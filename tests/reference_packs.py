"""
Made rules and made messages for the comparison with the reference evaluator: every verb, everywhere a check may stand.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st
from lxml import etree

FHIR = "http://hl7.org/fhir"

MESSAGE = f"""\
<Bundle xmlns="{FHIR}">
 <id value="1"/><type value="message"/>
 <entry><fullUrl value="urn:uuid:1"/><resource><MessageHeader>
  <id value="1"/>
  <text><status value="generated"/><div xmlns="http://www.w3.org/1999/xhtml"> Some <b>words</b></div></text>
  <contained><Organization><id value="a"/><name value="N"/></Organization></contained>
  <extension url="Flag"><valueBoolean value="true"/></extension>
  <extension url="Number"><valueString value="30001"/></extension>
  <event><system value="urn:s"/><code value="A"/><display value="One"/></event>
  <sender><reference value="urn:uuid:2"/></sender>
  <receiver><reference value="#a"/></receiver>
  <receiver><reference value="Organization/2"/></receiver>
  <timestamp value="2024-05-16T10:15:00+00:00"/>
  <reason>
   <coding><system value="urn:t"/><code value="S"/></coding><coding><system value="urn:s"/><code value="B"/></coding>
  </reason>
 </MessageHeader></resource></entry>
 <entry><fullUrl value="urn:uuid:2"/><resource><Organization>
  <id value="2"/><meta><profile value="urn:p"/></meta>
  <identifier><system value="urn:s"/><value value="A"/></identifier>
  <identifier><system value="urn:t"/><value value="B"/></identifier>
  <name value="N"/><partOf><reference value="urn:uuid:3"/></partOf>
 </Organization></resource></entry>
 <entry><fullUrl value="http://a.test/Patient/3"/><resource><Bundle>
  <entry><fullUrl value="urn:uuid:3"/><resource><Patient><id value="3"/><birthDate value="2000-01-01"/>
   <managingOrganization><reference value="urn:uuid:2"/></managingOrganization></Patient></resource></entry>
 </Bundle></resource></entry>
</Bundle>
"""

SELECTORS = {
    "header": "(/f:Bundle/f:entry/f:resource/f:MessageHeader)[1]",
    "flag": "$header/f:extension[@url='Flag']/f:valueBoolean",
    "number": "$header/f:extension[@url='Number']/f:valueString",
    "event": "$header/f:event",
    "eventCode": "$event/f:code/@value",
    "reason": "$header/f:reason",
    "codes": "$reason/f:coding/f:code",
    "sender": "$header/f:sender",
    "receivers": "$header/f:receiver",
    "organisation": {"follow": "$header/f:sender | $header/f:receiver"},
    "names": "$organisation/f:name",
    "second": "($organisation)[2]/f:name",
    "identifiers": "$organisation/f:identifier",
    "ids": "/f:Bundle/f:entry/f:resource/*/f:id",
    "div": "$header/f:text/h:div",
    "bundles": "/f:Bundle | /f:Bundle/f:entry/f:resource/f:Bundle",
    "missing": "$header/f:focus",
}
CODES = {
    "letters": {"codes": {"A": "One", "B": "Two"}},
    "numbers": {"range": [30001, 30010]},
    "rows": {"file": "rows.csv"},
}
ROWS = "code,display,other\nA,One,A|One\nB,Two,\ntrue,T,30001|x\n"
FACTS: dict[str, Any] = {"kind": {"values": ["A", "true"]}, "place": {"unstated": "not-applicable"}, "free": {}}

PLACES = st.sampled_from(
    [*SELECTORS, "$header/f:timestamp", "/f:Bundle/f:type", "$flag/@value", "$header/..", "$header"]
)
OF_REQUEST = st.sampled_from(["request.flag", "request.number", "request.names", "request.ids", "request.missing"])
BELOW = st.sampled_from(["./f:id", "./f:system", "./f:value", "./f:name", "./f:reference", ".", "./@url", "./f:code"])
TEXTS = st.sampled_from(["true", "A", "B", "N", "1", "2", "30001", "urn:s", "urn:uuid:2", "Some words", "message"])
NUMBERS = st.sampled_from(["1..1", "0..1", "1..*", "0..*", "2", "2..3"])
ALONE = st.sampled_from(["present", "absent", "unique"])
TESTS = st.sampled_from(
    [
        "count($ids) > 1",
        "$flag/@value = 'true'",
        "$fact.kind = $eventCode",
        "not($names[2]) or $fact.place = 'A'",
        "count($identifiers[f:system/@value = 'urn:s']) = 1",
        "local-name() = 'Bundle'",
        "f:id",
        "./f:system/@value != 'urn:s'",
        "string-length($number/@value) = 5",
    ]
)


@st.composite
def of_value(draw: st.DrawFn, places: st.SearchStrategy[str]) -> dict[str, Any]:
    """
    A verb that asks of one value or node, with its options.
    """
    text, more = draw(TEXTS), draw(st.lists(TEXTS, min_size=1, max_size=3, unique=True))
    coding: dict[str, Any] = {"system": draw(st.sampled_from(["urn:s", "urn:t"]))}
    coding |= draw(st.sampled_from([{}, {"code": text}, {"code": more}, {"in": "letters"}, {"display": "One"}]))
    return draw(
        st.sampled_from(
            [
                {"equals": text},
                {"one-of": more},
                {"none-of": more},
                {"in": draw(st.sampled_from([*CODES]))},
                {"matches": draw(st.sampled_from(["[A-Z]", "3[0-9]{4}", ".*", "urn:.+"]))},
                {"format": draw(st.sampled_from(["boolean", "id", "instant", "uuid", "date", "positiveInt", "code"]))},
                {"length": draw(st.sampled_from(["1", "..4", "5..", "2..20"]))},
                {"row": {"of": "rows", "key": draw(places), "column": "other"}},
                {"same-as": draw(st.one_of(places, OF_REQUEST, st.sampled_from(["fact.kind", "fact.place"])))},
                {"coding": coding},
                {"order": ["id", "text", "extension", "event", "sender", "system", "value", "code"]},
                {"references": "resolve"},
                {"refers-to": draw(alternatives())},
            ]
        )
    )


@st.composite
def alternatives(draw: st.DrawFn) -> Any:
    one = {
        **draw(st.sampled_from([{}, {"resource": "Organization"}, {"resource": "Patient"}])),
        **draw(st.sampled_from([{}, {}, {"profile": "urn:p"}])),
        **draw(
            st.sampled_from(
                [{}, {}, {"where": {"./f:name": {"equals": "N"}}}, {"where": {"./f:id": {"same-as": "request.ids"}}}]
            )
        ),
    }
    return draw(st.sampled_from([one, [one, {"resource": "Patient"}], [{"resource": "Organization"}, one]]))


@st.composite
def checks(draw: st.DrawFn, places: st.SearchStrategy[str], *, deep: int = 1) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for _ in range(draw(st.sampled_from([1, 1, 1, 2]))):
        place = draw(st.one_of(places, places, OF_REQUEST))
        how = draw(st.sampled_from(["value", "value", "value", "alone", "count", "test", "any-of"]))
        if how == "alone":
            found[place] = draw(ALONE)
        elif how == "count":
            found[place] = {"count": draw(NUMBERS)}
        elif how == "test":
            found["test"] = draw(TESTS)
        elif how == "any-of" and deep:
            found["any-of"] = draw(st.lists(checks(places, deep=0), min_size=2, max_size=3))
        else:
            among = draw(st.sampled_from([{}, {}, {"count": draw(NUMBERS)}, {"some": True}]))
            found[place] = {**draw(of_value(places)), **among}
    return found


@st.composite
def rules(draw: st.DrawFn) -> dict[str, Any]:
    each: Any = draw(st.sampled_from([None, None, "identifiers", "bundles", "$header/f:extension", "organisation"]))
    places = st.one_of(PLACES, BELOW, BELOW) if each else PLACES
    rule: dict[str, Any] = {"text": "A made rule.", "check": draw(checks(places))}
    if each:
        rule["each"] = draw(
            st.sampled_from([each, {"select": each, "count": "1..*"}, {"select": each, "count": "0..1"}])
        )
    if draw(st.booleans()):
        rule["when"] = draw(checks(places))
    if draw(st.integers(0, 3)) == 0:
        rule["given"] = draw(st.sampled_from([{"kind": "A"}, {"place": "A"}, {"kind": ["A", "true"], "free": "x"}]))
    return rule


def packs() -> st.SearchStrategy[str]:
    """
    Packs of made rules, as the text of their file.
    """
    return st.lists(rules(), min_size=8, max_size=8).map(_written)


TABLE: list[dict[str, Any]] = [
    {"equals": "true"},
    {"one-of": ["A", "2", "N"]},
    {"none-of": ["B", "1"]},
    {"in": "letters"},
    {"in": "numbers"},
    {"matches": "[A-Z]"},
    {"format": "id"},
    {"format": "instant"},
    {"length": "1..2"},
    {"sha256": ["ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", "0" * 64]},
    {"row": {"of": "rows", "key": "eventCode", "column": "other"}},
    {"row": {"of": "rows", "key": "flag", "column": "other"}},
    {"same-as": "eventCode"},
    {"same-as": "request.ids"},
    {"same-as": "fact.kind"},
    {"coding": {"system": "urn:s"}},
    {"coding": {"system": "urn:s", "code": ["A", "B"], "display": "One"}},
    {"coding": {"system": "urn:t", "in": "letters"}},
    {"order": ["id", "text", "extension", "event", "sender", "system", "code"]},
    {"references": "resolve"},
    {"refers-to": {}},
    {"refers-to": {"resource": "Organization", "profile": "urn:p"}},
    {"refers-to": [{"resource": "Patient"}, {"resource": "Organization", "where": {"./f:name": {"equals": "N"}}}]},
]
AMONG: list[dict[str, Any]] = [{}, {"count": "0..1"}, {"count": "1..*"}, {"some": True}]


def table() -> str:
    """
    A pack with every verb at every place, in every number, and as a condition.
    """
    made: list[dict[str, Any]] = []
    for place in SELECTORS:
        asked: list[Any] = ["present", "absent", "unique", {"count": "1..1"}]
        asked += [{**verb, **among} for verb in TABLE for among in AMONG]
        made += [{"text": "A made rule.", "check": {place: each}} for each in asked]
        conditions = ["present", "absent", "unique", {"count": "2"}, *TABLE]
        made += [
            {"text": "A made rule.", "when": {place: each}, "check": {"missing": "present"}} for each in conditions
        ]
    return _written(made)


def changed_once() -> Iterator[bytes]:
    """
    The message, and with each element taken away, doubled, and with other values.
    """
    yield MESSAGE.encode()
    for number in range(1, len(list(etree.fromstring(MESSAGE).iter()))):
        for edit in ("remove", "repeat", "", " ", "A", "urn:uuid:3", None):
            root = etree.fromstring(MESSAGE)
            element = list(root.iter())[number]
            parent = element.getparent()
            if edit == "remove" and parent is not None:
                parent.remove(element)
            elif edit == "repeat" and parent is not None:
                parent.insert(parent.index(element), copy.deepcopy(element))
            elif "value" not in element.attrib:
                continue
            elif edit is None:
                del element.attrib["value"]
            else:
                element.set("value", edit)
            yield etree.tostring(root)


def _written(made: list[dict[str, Any]]) -> str:
    numbered = [{"id": f"R-{number}", **rule} for number, rule in enumerate(made)]
    # JSON is YAML, and has no aliases.
    sections = {"facts": FACTS, "code-lists": CODES, "selectors": SELECTORS, "rules": numbered}
    return "".join(f"{name}: {json.dumps(section)}\n" for name, section in sections.items())


VALUES = st.sampled_from(
    [
        "",
        " ",
        "true",
        "A",
        "B",
        "N",
        "S",
        "x",
        "1",
        "2",
        "3",
        "30001",
        "urn:s",
        "urn:t",
        "urn:uuid:1",
        "urn:uuid:2",
        "urn:uuid:3",
        "#a",
        "#",
        "Organization/2",
        "Patient/3",
        "urn:uuid:2/_history/1",
        "http://a.test/x",
        "2000-02-30",
    ]
)


@st.composite
def messages(draw: st.DrawFn) -> bytes:
    """
    The message with up to four changes of any kind.
    """
    root = etree.fromstring(MESSAGE)
    for _ in range(draw(st.integers(0, 4))):
        elements = list(root.iter())
        element, other = draw(st.sampled_from(elements)), draw(st.sampled_from(elements))
        parent = element.getparent()
        how = draw(st.sampled_from(["value", "value", "remove", "repeat", "put", "rename", "no value"]))
        if how == "value" and element.attrib:
            element.set(draw(st.sampled_from(sorted(element.attrib))), draw(VALUES))
        elif how == "no value":
            element.attrib.pop("value", None)
        elif how == "remove" and parent is not None:
            parent.remove(element)
        elif how == "repeat" and parent is not None:
            parent.insert(draw(st.integers(0, len(parent))), copy.deepcopy(element))
        elif how == "put":
            element.insert(draw(st.integers(0, len(element))), copy.deepcopy(other))
        elif how == "rename" and parent is not None:
            element.tag = other.tag
    return etree.tostring(root)


def facts() -> st.SearchStrategy[dict[str, str]]:
    return st.fixed_dictionaries(
        {},
        optional={
            "kind": st.sampled_from(["A", "true"]),
            "place": st.sampled_from(["A", "B"]),
            "free": st.sampled_from(["x", "y"]),
        },
    )
