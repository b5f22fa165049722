"""
What rules see of a message decides their outcomes: judged by memory and judged plainly is the same, on any message.
"""

from __future__ import annotations

import copy
import pickle
import random
import re
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from lxml import etree

from itk3_validator import Limits, Report, Source, Validator
from itk3_validator.errors import MessageError
from itk3_validator.evaluate import NO_REQUEST, evaluate
from itk3_validator.fhir import FHIR
from itk3_validator.message import Incoming, Message, parse
from itk3_validator.recognise import Unrecognised, recognise
from itk3_validator.sight.outliner import Outliner
from itk3_validator.sight.reads import Reads
from itk3_validator.sight.states import State
from itk3_validator.sight.tokens import NoOutline
from itk3_validator.sight.visits import WHOLE, OutOfSight, Visits
from pack_builder import entry, write_pack

pytestmark = pytest.mark.usefixtures("seen_in")

SAMPLES = Path(__file__).parent.parent / "samples"
MESSAGES = [file.read_bytes() for file in sorted(SAMPLES.glob("*/*.xml"))]
READER = etree.XMLParser(resolve_entities=False, remove_comments=True, remove_pis=True)
NAMESPACES = {"f": FHIR}


def trail(path: str) -> tuple[str, ...]:
    return tuple(name if name == "*" else f"{{{FHIR}}}{name}" for name in path.split("/") if name)


@pytest.mark.parametrize(
    ("text", "ends", "trails", "asked"),
    [
        ("/f:Bundle/f:entry", ["Bundle/entry"], ["Bundle", "Bundle/entry"], {}),
        ("(/f:Bundle/f:entry)[1]/f:id", ["Bundle/entry/id"], ["Bundle", "Bundle/entry", "Bundle/entry/id"], {}),
        ("/f:Bundle/*", ["Bundle/*"], ["Bundle", "Bundle/*"], {}),
        ("/f:Bundle/f:id/..", ["Bundle"], ["Bundle", "Bundle/id"], {}),
        (
            "/f:Bundle[f:type/@value='document']",
            ["Bundle"],
            ["Bundle", "Bundle/type"],
            {("Bundle/type", "value"): {"boolean($value='document')"}},
        ),
        (
            "/f:Bundle[@url='a' or not(@url != 'b')]",
            ["Bundle"],
            ["Bundle"],
            {("Bundle", "url"): {"boolean($value='a')", "boolean($value != 'b')"}},
        ),
        ("/f:Bundle[@url]", ["Bundle"], ["Bundle"], {("Bundle", "url"): set()}),
        (
            "/f:Bundle[translate(@url, ' ', '') != @url]",
            ["Bundle"],
            ["Bundle"],
            {("Bundle", "url"): {"boolean(translate($value, ' ', '') != $value)"}},
        ),
        # Two nodes, or two attributes, are compared with each other: the values count as they are.
        (
            "/f:Bundle[f:id/@value = f:type/@value]",
            ["Bundle"],
            ["Bundle", "Bundle/id", "Bundle/type"],
            {("Bundle/id", "value"): {WHOLE}, ("Bundle/type", "value"): {WHOLE}},
        ),
        (
            "/f:Bundle[f:id/@value != translate(f:id/@value, 'a', '')]",
            ["Bundle"],
            ["Bundle", "Bundle/id"],
            {("Bundle/id", "value"): {WHOLE}},
        ),
        ("/f:Bundle[sum(f:id/@value) > 2]", ["Bundle"], ["Bundle", "Bundle/id"], {("Bundle/id", "value"): {WHOLE}}),
        ("/f:Bundle[count(f:entry) = 2]", ["Bundle"], ["Bundle", "Bundle/entry"], {}),
    ],
)
def test_what_an_xpath_visits(
    text: str, ends: Sequence[str], trails: Sequence[str], asked: Mapping[tuple[str, str], set[str]]
) -> None:
    visits = Visits()
    assert [spot.trail for spot in visits.follow(text, NAMESPACES)] == [trail(each) for each in ends]
    assert visits.trails == {trail(each) for each in trails}
    assert visits.attributes == {(trail(path), name): questions for (path, name), questions in asked.items()}


@pytest.mark.parametrize(
    "text",
    [
        "//f:entry",
        "/f:Bundle/descendant::f:entry",
        "/f:Bundle/f:entry/following-sibling::f:entry",
        "/f:Bundle/text()",
        "/f:Bundle[f:id = 'a']",
        "/f:Bundle[normalize-space(f:id)]",
        "/f:Bundle[normalize-space()]",
        "/f:Bundle[string(f:id) = 'a']",
        "/f:Bundle[lang('en')]",
        "/f:Bundle[name() = 'f:Bundle']",
        "$header/f:id",
        "/x:Bundle",
        "/f:Bundle/@*",
    ],
)
def test_what_cannot_be_told(text: str) -> None:
    with pytest.raises(OutOfSight):
        Visits().follow(text, NAMESPACES)


def spoilt(rng: random.Random, trees: Sequence[etree._Element], pool: Sequence[str]) -> bytes:
    """
    A message with up to three changes of any kind, most of them where rules look.
    """
    root = copy.deepcopy(rng.choice(trees))
    for _ in range(rng.choice([0, 1, 1, 1, 2, 3])):
        elements = list(root.iter())
        element = rng.choice(elements[:120] if rng.random() < 0.7 else elements)
        parent, other = element.getparent(), rng.choice(elements)
        kind = rng.randrange(7)
        if kind == 0 and parent is not None:
            parent.remove(element)
        elif kind == 1 and parent is not None:
            parent.insert(rng.randrange(len(parent) + 1), copy.deepcopy(element))
        elif kind == 2 and element.attrib:
            element.set(rng.choice(list(element.attrib)), rng.choice(pool))
        elif kind == 3 and element.attrib:
            del element.attrib[rng.choice(list(element.attrib))]
        elif kind == 4:
            element.insert(rng.randrange(len(element) + 1), copy.deepcopy(other))
        elif kind == 5:
            element.tag = other.tag
        else:
            urns = [each for each in elements if each.get("value", "").startswith("urn:")]
            if urns:
                rng.choice(urns).set("value", rng.choice(urns).get("value", ""))
    return etree.tostring(root)


def messages(seed: int, number: int) -> Iterator[tuple[bytes, dict[str, str], bytes | None]]:
    """
    Messages with facts and requests; each comes twice, so that the second finds what the first left behind.
    """
    rng = random.Random(seed)
    trees = [etree.fromstring(each, READER) for each in MESSAGES]
    values = {value for tree in trees for each in tree.iter() for value in each.attrib.values() if len(value) < 300}
    pool = [*sorted(values), "", " ", "None", "none", "urn:uuid:1", "#a", "http://a.test/Organization/1", "Patient/1"]
    for _ in range(number):
        facts = {"recipient": rng.choice(["primary", "copy"])} if rng.random() < 0.4 else {}
        request = rng.choice(MESSAGES) if rng.random() < 0.15 else None
        message = spoilt(rng, trees, pool)
        yield message, facts, request
        yield message, facts, request


def plainly(
    judge: Validator, data: bytes, facts: Mapping[str, str], request: bytes | None
) -> tuple[str | None, str | None, dict[str, str]] | None:
    """
    Pack, interaction and outcomes, with nothing remembered.
    """
    try:
        message = parse(Source("m", data))
    except MessageError:
        return None
    plans = judge._plans
    asked: Message | None = None if request is None else parse(Source("r", request))
    answered = None if asked is None else recognise(plans, asked, stated=judge.stated)
    answers = None if isinstance(answered, Unrecognised) else answered
    found = recognise(plans, message, stated=judge.stated, request=answers, facts=facts)
    if isinstance(found, Unrecognised):
        return None, None, {}
    known = {name: value for name, value in facts.items() if name in found.plan.pack.facts}
    judged = evaluate(found.plan, message, interaction=found.interaction, facts=known, request=asked or NO_REQUEST)
    rules = [rule.rule.id for rule in found.plan.rules]
    return found.plan.pack.name, found.interaction, dict(zip(rules, (each.outcome for each in judged), strict=True))


@pytest.mark.parametrize("packs", [None, ["gpcm-sd-oc"], ["itk3-outpatient-letter"]])
def test_memory_changes_nothing(packs: list[str] | None) -> None:
    remembering = Validator(packs)
    for data, facts, request in messages(seed=len(packs or ()), number=100):
        report = remembering.validate(data, facts=facts, request=request)
        expected = plainly(remembering, data, facts, request)
        assert expected is not None
        assert (report.pack, report.interaction, dict(report.outcomes)) == expected


VALUE = re.compile(rb'="([^"<]*)"')
TEXT = re.compile(rb">([^<>]*\w[^<>]*)<")
TEXTS = [b"a", b" caf\xc3\xa9\n", b"a & b", b"a &amp; b", b"a]]>b", b'"a" = "b"', b"\xff", b"\x01", b"", b" ", b"<b/>a"]
UUID = re.compile(rb"urn:uuid:[0-9A-Za-z-]+")
# What is more than a value, or looks like one that is compared with others.
STRANGE = (
    b"a&amp;b a&b a<b a>b it's \xff \x01 \xc2\x81 \xc3\xa9 \xef\xbf\xbe \xc2\xa0 &#129; urn:uuid: urn:uuid:a/b "
    b"urn:uuid:a#b URN:UUID:1 #a Patient/1 http://a.test/Patient/1 http://www.w3.org/1999/xhtml 2018-13-01"
).split()
BLANKS = [b"", b" ", b" true", b"\t", b"\n", b"a\nb", b"x" * 300, b"urn:uuid:a urn:uuid:b", b'x" y="z']


def with_other_values(rng: random.Random, data: bytes, pool: Sequence[bytes]) -> bytes:
    """
    The same elements, or nearly: other ids throughout, and some values that rules may read.
    """
    names: dict[bytes, bytes] = {}
    if rng.random() < 0.8:
        data = UUID.sub(lambda found: names.setdefault(found[0], b"urn:uuid:%032x" % rng.getrandbits(128)), data)
    texts = list(TEXT.finditer(data))
    if texts and rng.random() < 0.3:
        text = rng.choice(texts)
        data = data[: text.start(1)] + rng.choice(TEXTS) + data[text.end(1) :]
    for _ in range(rng.choice([0, 0, 0, 1, 1, 2])):
        values = list(VALUE.finditer(data))
        value = rng.choice(values[:150])
        data = data[: value.start(1)] + rng.choice(pool) + data[value.end(1) :]
    return data


@pytest.mark.parametrize("packs", [None, ["gpcm-sd-oc"]])
def test_messages_that_are_alike_change_nothing(
    packs: list[str] | None, seen_in: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = random.Random(len(packs or ()))
    pool = sorted({value[1] for each in MESSAGES for value in VALUE.finditer(each) if len(value[1]) < 300})
    remembering = Validator(packs)
    parsed = []
    parse = Incoming._parsed
    monkeypatch.setattr(Incoming, "_parsed", lambda incoming: parsed.append(1) or parse(incoming))
    remembered = 0
    for base in rng.sample(MESSAGES, 12):
        for _ in range(60):
            data = with_other_values(rng, base, [*STRANGE, *BLANKS, *rng.sample(pool, 40)])
            parsed.clear()
            report = remembering.validate(data)
            remembered += not parsed
            expected = plainly(remembering, data, {}, None)
            if expected is None:
                assert report.verdict == "unreadable"
            else:
                assert (report.pack, report.interaction, dict(report.outcomes)) == expected
    # Else nothing was shown: a good part of them must have been judged by what was remembered.
    assert remembered > 60 or seen_in == "tree"


def test_what_is_remembered_is_explained_from_its_own_bytes() -> None:
    judge = Validator(["gpcm-sd-oc"])
    data = (SAMPLES / "valid" / "gpcm-sd-oc-primary.xml").read_bytes()
    for number in range(20):
        judge.validate(data.replace(b"9bafec95", b"%08x" % number))
    broken = data.replace(b'<valueBoolean value="true"/>', b'<valueBoolean value="false"/>', 1)
    (known, fresh) = (each.validate(broken) for each in (judge, Validator(["gpcm-sd-oc"])))
    assert known.verdict == fresh.verdict == "invalid"
    assert [(each.id, each.message, each.findings, each.seen) for each in known.results] == [
        (each.id, each.message, each.findings, each.seen) for each in fresh.results
    ]
    assert (known.digest, known.sender) == (fresh.digest, fresh.sender)


def test_two_threads_share_what_is_learnt() -> None:
    judge = Validator(["gpcm-sd-oc"])
    rng = random.Random(7)
    base = (SAMPLES / "valid" / "gpcm-sd-oc-business-response.xml").read_bytes()
    pool = sorted({value[1] for value in VALUE.finditer(base)})
    made = [with_other_values(rng, base, pool) for _ in range(300)]
    with ThreadPoolExecutor(4) as threads:
        outcomes = list(threads.map(lambda data: dict(judge.validate(data).outcomes), made))
    assert outcomes == [(plainly(judge, data, {}, None) or ("", "", {}))[2] for data in made]


def test_a_reference_that_was_an_address_may_name_an_id_now() -> None:
    """
    First a reference is an address on the web; then it names a resource by type and id.
    """
    base = (SAMPLES / "valid" / "gpcm-sd-oc-primary.xml").read_bytes()
    organisation = re.search(rb'<Organization[^>]*>\s*<id value="([^"]+)"', base)
    sender = re.search(rb'<sender>\s*<reference value="([^"]+)"', base)
    assert organisation is not None
    assert sender is not None

    def sent_by(reference: bytes, identifier: bytes) -> bytes:
        made = base[: sender.start(1)] + reference + base[sender.end(1) :]
        at = re.search(rb'<Organization[^>]*>\s*<id value="', made)
        assert at is not None
        return made[: at.end()] + identifier + made[made.index(b'"', at.end()) :]

    judge = Validator(["gpcm-sd-oc"])
    for number in range(20):
        judge.validate(sent_by(b"https://directory.test/Organization/%d" % number, b"a"))
    for identifier in (b"a", b"b", b"a"):
        data = sent_by(b"Organization/a", identifier)
        expected = plainly(judge, data, {}, None)
        assert expected is not None
        assert dict(judge.validate(data).outcomes) == expected[2]


def test_a_stated_fact_is_compared_with_each_message() -> None:
    base = (SAMPLES / "valid" / "gpcm-sd-oc-primary.xml").read_bytes()
    endpoint = re.search(rb'<source>\s*<endpoint value="([^"]+)"', base)
    assert endpoint is not None
    judge = Validator(["gpcm-sd-oc"])
    facts = {"recipient": "primary", "mailbox": "MAILBOX7"}
    found = []
    for number in [*range(30), 7, 3, 7]:
        data = base[: endpoint.start(1)] + b"MAILBOX%d" % number + base[endpoint.end(1) :]
        found.append((number == 7, judge.validate(data, facts=facts).outcomes["GPCM-SD-OC-149/2"] == "pass"))
    assert all(own == passed for own, passed in found)


# What only the sequence shows: the first message of each row is learnt, the others differ where rules see it.


def bundle(*parts: str, root: str = "Bundle", more: str = "") -> bytes:
    return f'<{root} xmlns="{FHIR}"{more}>{"".join(parts)}</{root}>'.encode()


def patient(inside: str, url: str) -> str:
    return entry(f"<Patient>{inside}</Patient>", f"urn:uuid:{url}")


def subject(reference: str) -> str:
    return f'<subject><reference value="{reference}"/></subject>'


def narrative(text: str) -> str:
    return f'<text><div xmlns="http://www.w3.org/1999/xhtml"><p>{text}</p></div></text>'


def uri(value: str, url: str) -> bytes:
    return bundle(patient(f'<valueUri value="urn:uuid:{value}"/><active value="true"/>', url))


def signed(by: str, *more: str) -> bytes:
    signature = f'<signature><whoReference><reference value="urn:uuid:{by}"/></whoReference></signature>'
    return bundle(signature, *more, patient("", "a"))


def sent(by: str, *more: str) -> bytes:
    header = entry(f'<MessageHeader><sender><reference value="urn:uuid:{by}"/></sender></MessageHeader>')
    return bundle(header, *more, patient("", "a"))


def documents(*values: str) -> bytes:
    contents = "".join(f'<content value="{each}"/>' for each in values)
    return bundle(entry(f"<Binary>{contents}</Binary>"))


def in_parameters(active: str) -> bytes:
    inner = entry(f"<Basic>{subject('urn:uuid:a')}</Basic>") + patient(f'<active value="{active}"/>', "a")
    parameter = f"<parameter><resource><Bundle>{inner}</Bundle></resource></parameter>"
    return bundle(parameter, root="Parameters")


def one(check: str, more: str = "") -> str:
    return f"{more}rules: [{{id: R, text: t, {check}}}]\n"


RESOURCE = "/f:Bundle/f:entry/f:resource"
PDF = "QUJD" * 4_000
OTHER_PDF = f"{PDF[:8_000]}AAAA{PDF[8_004:]}"
TWO_IN_ONE = "<Patient/><Patient/>"
BOTH = [entry('<Patient><id value="a"/></Patient>'), entry('<Basic><id value="b"/></Basic>')]
PROFILE = '<meta><profile><reference value="urn:uuid:{}"/></profile></meta>'
BESIDE = {
    "an identifier may be the same as a fullUrl": (
        one('check: {"/f:Bundle/f:entry/f:fullUrl | /f:Bundle/f:identifier/f:value": unique}'),
        [bundle('<identifier><value value="urn:uuid:a"/></identifier>', patient("", each)) for each in "bac"],
    ),
    "a uri that is no reference leads somewhere": (
        one(f'check: {{"{RESOURCE}/f:Patient/f:valueUri": {{refers-to: {{resource: Patient}}}}}}'),
        [uri("a", "a"), uri("b", "a"), uri("b", "c"), uri("c", "c")],
    ),
    "a uri that is no reference is followed": (
        one(
            "check: {active: present}",
            f"selectors: {{uri: {RESOURCE}/f:Patient/f:valueUri, to: {{follow: $uri}}, active: $to/f:active}}\n",
        ),
        [uri("a", "a"), uri("b", "a"), uri("b", "c"), uri("c", "c")],
    ),
    "a uri leads to any resource": (
        one(f'check: {{"{RESOURCE}/f:Patient/f:valueUri": {{refers-to: {{}}}}}}'),
        [uri("a", "a"), bundle("<x/>", patient('<valueUri value="urn:uuid:a"/><active value="true"/>', "b"))],
    ),
    "an attribute leads somewhere": (
        one(f'check: {{"{RESOURCE}/f:Patient/f:extension/@url": {{refers-to: {{resource: Patient}}}}}}'),
        [bundle(patient('<extension url="urn:uuid:a"/>', url), more) for url, more in (("a", ""), ("b", "<x/>"))],
    ),
    "attachments differ in their middle": (
        one(f'check: {{"{RESOURCE}/f:Binary/f:content": unique}}'),
        [documents("QUJD", "QUJE"), documents(PDF, OTHER_PDF), documents(PDF, PDF), documents(PDF, OTHER_PDF)],
    ),
    "a text has quotation marks": (
        one('check: {"/f:Bundle/f:b": {equals: "true"}}'),
        [
            bundle(narrative(text), f'<a value="{a}"/><b value="{b}"/>')
            for text, a, b in (("a", "false", "true"), ('a "true" ', "false", "false"), ('a "x" ', "true", "false"))
        ],
    ),
    "a comment ends in a text": (
        one('check: {"/f:Bundle/f:text/h:div/h:b": absent}'),
        [
            bundle(f"<text><div xmlns=\"http://www.w3.org/1999/xhtml\"><!-- >{text}<b x='y'/> --></div></text>")
            for text in ("a", "-->a")
        ],
    ),
    "an encoding does not have a character": (
        one('check: {"/f:Bundle/f:b": present}'),
        [b'<?xml version="1.0" encoding="US-ASCII"?>' + bundle(f'<b value="{each}"/>') for each in "aéb"],
    ),
    "an attribute has a prefix": (
        one('check: {"/f:Bundle/f:b/@x:y": {equals: a}}', "namespaces: {x: http://x.test}\n"),
        [bundle(f'<b x:y="{each}"/>', more=' xmlns:x="http://x.test"') for each in "ab"],
    ),
    "a resource stands in another entry": (
        one(f'check: {{"{RESOURCE.replace("entry", "entry[1]")}/f:Patient": {{count: 1}}}}'),
        [bundle(*BOTH), bundle(*reversed(BOTH))],
    ),
    "an entry with a certain resource": (
        one('check: {"/f:Bundle/f:entry[f:resource/f:Patient]/f:fullUrl": present}'),
        [bundle(entry(a, "urn:uuid:a"), entry(b)) for a, b in (("<Patient/>", "<Basic/>"), ("<Basic/>", "<Patient/>"))],
    ),
    "the entry around a resource": (
        one(f'check: {{"{RESOURCE}/f:Patient/../../f:fullUrl": present}}'),
        [bundle(entry(a, "urn:uuid:a"), entry(b)) for a, b in (("<Patient/>", "<Basic/>"), ("<Basic/>", "<Patient/>"))],
    ),
    "resources stand in one entry": (
        one(f'check: {{"{RESOURCE}/f:Patient[1]": {{count: 1}}}}'),
        [bundle(entry("<Patient/>") * 2), bundle(entry(TWO_IN_ONE), entry(""))],
    ),
    "each entry has one": (
        one('each: /f:Bundle/f:entry, check: {"./f:resource/f:Patient": {count: 1}}'),
        [bundle(entry("<Patient/>") * 2), bundle(entry(TWO_IN_ONE), entry(""))],
    ),
    "the first of two kinds": (
        one(f'check: {{"({RESOURCE}/f:Patient/f:id | {RESOURCE}/f:Basic/f:id)[1]": {{equals: a}}}}'),
        [bundle(*BOTH), bundle(*reversed(BOTH))],
    ),
    "the first of one kind and of any": (
        one(f'check: {{"({RESOURCE}/f:Patient/f:id | {RESOURCE}/*/f:name)[1]": {{equals: a}}}}'),
        [
            bundle(patient(f"<x/>{each}", "a"))
            for each in ('<id value="a"/><name value="b"/>', '<name value="b"/><id value="a"/>')
        ],
    ),
    "the first value of two kinds": (
        one(f"""check: {{test: "string({RESOURCE}/f:Patient/f:id/@value | {RESOURCE}/f:Basic/f:id/@value) = 'a'"}}"""),
        [bundle(*BOTH), bundle(*reversed(BOTH))],
    ),
    "the first name of two kinds": (
        one(f"""check: {{test: "local-name({RESOURCE}/f:Patient | {RESOURCE}/f:Basic) = 'Patient'"}}"""),
        [bundle(*BOTH), bundle(*reversed(BOTH))],
    ),
    "the header refers to nothing": (
        one("check: {/f:Bundle: {references: resolve}}"),
        [sent("a"), sent("b", "<x/>")],
    ),
    "every resource is looked at, the header too": (
        one(f'check: {{"{RESOURCE}/*": {{references: resolve}}}}'),
        [sent("a"), sent("b", "<x/>"), sent("a", "<x/>")],
    ),
    "what is no resource refers to nothing": (
        one("check: {/f:Bundle: {references: resolve}}"),
        [signed("a"), signed("b", "<x/>")],
    ),
    "what is no resource refers to any": (
        one("check: {/f:Bundle/f:signature/f:whoReference: {refers-to: {}}}"),
        [signed("a"), signed("b", "<x/>")],
    ),
    "any resource, so the header too, refers to any": (
        one(f'check: {{"{RESOURCE}/*/f:sender": {{refers-to: {{}}}}}}'),
        [sent("a"), sent("b", "<x/>")],
    ),
    "one resource of two has references": (
        one(f'check: {{"{RESOURCE}/f:Basic": {{references: resolve}}}}'),
        [
            bundle(entry(f"<Basic>{basic}</Basic>"), patient(other, "a"))
            for basic, other in ((subject("urn:uuid:a"), ""), ("", subject("urn:uuid:a")))
        ],
    ),
    "an interaction requires references to lead somewhere": (
        "interactions:\n  letter: {requires: {/f:Bundle: {references: resolve}}}\n"
        + one("check: {/f:Bundle: present}"),
        [bundle(patient(subject("urn:uuid:a"), "a")), bundle(patient(subject("urn:uuid:a"), "b"), "<x/>")],
    ),
    "a type and id becomes an address": (
        one(f'check: {{"{RESOURCE}/f:Patient/f:subject": {{refers-to: {{resource: Patient}}}}}}'),
        [
            bundle(patient(f'{subject(reference)}<id value="1"/>', url))
            for reference, url in (("Patient/1", "a"), ("urn:uuid:a", "a"), ("urn:uuid:a", "b"), ("urn:uuid:a", "c"))
        ],
    ),
    "a reference names a version": (
        one(f'check: {{"{RESOURCE}/f:Patient/f:subject": {{refers-to: {{resource: Patient}}}}}}'),
        [bundle(patient(subject("urn:uuid:a/_history/1"), each)) for each in "abc"],
    ),
    "a profile that is a reference": (
        one(f'check: {{"{RESOURCE}/f:Basic/f:subject": {{refers-to: {{profile: "urn:uuid:p"}}}}}}'),
        [bundle(entry(f"<Basic>{subject('urn:uuid:a')}</Basic>"), patient(PROFILE.format(each), "a")) for each in "pq"],
    ),
    "a Bundle stands elsewhere": (
        one(
            'check: {"/f:Parameters/f:parameter/f:resource/f:Bundle/f:entry/f:resource/f:Basic/f:subject":'
            ' {refers-to: {where: {"./f:active": {equals: "true"}}}}}'
        ),
        [in_parameters("true"), in_parameters("false")],
    ),
    "the root itself": (
        one("""check: {test: "local-name() = 'Bundle'"}"""),
        [bundle(), bundle(root="Parameters")],
    ),
    "a number in a predicate is a position": (
        one('check: {"/f:Bundle/f:a[number(@n)]": {count: 1}}'),
        [bundle(*(f'<a n="{each}"/>' for each in values)) for values in ("12", "13", "11", "21")],
    ),
    "the length of a value is a position": (
        one('check: {"/f:Bundle/f:a[(string-length(@n))]": {count: 1}}'),
        [bundle(*(f'<a n="{each}"/>' for each in values)) for values in (("a", "aaa"), ("a", "aa"), ("aaa", "aaa"))],
    ),
    "entries are counted": (
        one('check: {test: "count(/f:Bundle/f:entry) = 1"}'),
        [bundle(entry("<Patient/>") * number) for number in (1, 2)],
    ),
    "an entry has something": (
        one('check: {test: "boolean(/f:Bundle/f:entry/f:resource)"}'),
        [bundle(entry("<Patient/>")), bundle("<entry/>"), bundle()],
    ),
    "there is a Bundle": (
        one('check: {test: "boolean(/f:Bundle)"}'),
        [bundle(), bundle(root="Parameters")],
    ),
    "a resource counts by what else is there": (
        one(f'expensive: t, check: {{"{RESOURCE}/f:Patient[count(/f:Bundle/f:entry) = 2]": {{count: 1}}}}'),
        [bundle(entry("<Patient/>"), entry("<Basic/>") * number) for number in (1, 2)],
    ),
    "the first of two attributes": (
        one("""check: {test: "string(/f:Bundle/f:a/@x | /f:Bundle/f:a/@y) = '1'"}"""),
        [bundle('<a x="1" y="2"/>'), bundle('<a y="2" x="1"/>')],
    ),
    "a code is that of a reference in it": (
        one("check: {/f:Bundle/f:a: {coding: {system: s, code: c}}}"),
        [
            bundle(f'<a><system value="s"/>{code}</a>')
            for code in ('<code value="c"/>', '<code><reference value="c"/></code>')
        ],
    ),
    "a fullUrl is that of a reference in it": (
        one(f'check: {{"{RESOURCE}/f:Basic/f:subject": {{refers-to: {{resource: Patient}}}}}}'),
        [
            bundle(
                entry(f"<Basic>{subject('urn:uuid:a')}</Basic>"), f"<entry>{url}<resource><Patient/></resource></entry>"
            )
            for url in ('<fullUrl value="urn:uuid:a"/>', '<fullUrl><reference value="urn:uuid:a"/></fullUrl>')
        ],
    ),
    "what an entry holds begins with a small letter": (
        one(f'check: {{"{RESOURCE}/f:Basic/f:subject": {{refers-to: {{}}}}}}'),
        [
            bundle(entry(f"<Basic>{subject('urn:uuid:a')}</Basic>"), entry(f"<{name}/>", "urn:uuid:a"))
            for name in ("Patient", "épatient")
        ],
    ),
    "an entry that has a fullUrl": (
        one('check: {"/f:Bundle/f:entry/f:fullUrl/../f:resource/f:Patient": absent}'),
        [bundle(entry(a, "urn:uuid:a"), entry(b)) for a, b in (("<Patient/>", "<Basic/>"), ("<Basic/>", "<Patient/>"))],
    ),
    "the entry around each fullUrl": (
        one('each: /f:Bundle/f:entry/f:fullUrl, check: {"./../f:resource/f:Patient": absent}'),
        [bundle(entry(a, "urn:uuid:a"), entry(b)) for a, b in (("<Patient/>", "<Basic/>"), ("<Basic/>", "<Patient/>"))],
    ),
    "what stands in an entry is itself a coding": (
        one(f"check: {{{RESOURCE}: {{coding: {{system: s, code: c}}, some: true}}}}"),
        [
            bundle(entry(first), entry(second))
            for first, second in (
                ('<system value="s"/><code value="c"/>', ""),
                ('<system value="s"/>', '<code value="c"/>'),
            )
        ],
    ),
    "a narrative leads to any resource": (
        one(f'check: {{"{RESOURCE}/f:Patient/f:text/h:div/h:p": {{refers-to: {{}}}}}}'),
        [bundle(patient(narrative(f"urn:uuid:{each}"), "a")) for each in "aba"],
    ),
    "it is told why a clue could not be run": (
        'interactions:\n  letter: {clues: {"/f:Bundle/f:a": {matches: "a*"}}}\n' + one("check: {/f:Bundle: present}"),
        [bundle(f'<a value="{"a" * number}"/>') for number in (1, 70_000, 70_001)],
    ),
}


def all_told(report: Report, places: Sequence[str] = ()) -> tuple[object, ...]:
    plain = report.verdict, report.reason, report.pack, report.interaction, report.recognised_by, dict(report.outcomes)
    results = [(each.id, each.outcome, each.message, each.findings) for each in report.results]
    return (*plain, results, dict(report.values_at(places)) if report.pack and places else None)


def same_as_plain(judge: Validator, made: Sequence[bytes], places: Sequence[str] = ()) -> None:
    """
    The first message until it is learnt, then all of them twice.
    """
    plain = Validator(judge.packs, show_values=judge.show_values, limits=judge.limits, remember=False)
    if places:
        judge.keep_at_hand(places)
    for each in [*[made[0]] * 14, *made, *made]:
        assert all_told(judge.validate(each), places) == all_told(plain.validate(each), places)


def test_nothing_is_remembered_when_not_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Nor behind a pickle, nor with places kept at hand.
    """
    begun: list[object] = []
    monkeypatch.setattr("itk3_validator.sight.remembered.Remembered.__init__", lambda *args: begun.append(args))
    plain = Validator(["itk3-message"], remember=False)
    for judge in (plain, pickle.loads(pickle.dumps(plain))):
        judge.keep_at_hand(["header"])
        assert {judge.validate(MESSAGES[0]).verdict for _ in range(30)} == {plain.validate(MESSAGES[0]).verdict}
    assert begun == []


@pytest.mark.parametrize("why", BESIDE)
def test_what_decides_is_remembered(why: str, tmp_path: Path) -> None:
    text, made = BESIDE[why]
    same_as_plain(Validator([write_pack(tmp_path, text)], show_values=True), made)


def test_a_limit_holds_for_what_is_remembered(tmp_path: Path) -> None:
    judge = Validator([write_pack(tmp_path, one("check: {/f:Bundle: present}"))], limits=Limits(markup=1_000))
    same_as_plain(judge, [bundle(narrative("x " * number)) for number in (5, 2_000)])


PREFIXED = narrative("a").replace("text>", "f:text>").replace("<f:text", f'<f:text xmlns:f="{FHIR}"', 1)


@pytest.mark.parametrize(
    ("known", "broken"),
    [
        (bundle(narrative("a</p><p>b")), bundle(narrative("a</p><p>b")).replace(b"a</p><p>b", b"\xc3</p><p>\xa9")),
        (bundle('<a value="b"/>'), bundle('<a value="b"/>') + b'"c'),
        (bundle(PREFIXED) + b"<!-- -->", bundle(PREFIXED) + b"b<!-- -->"),
    ],
    ids=["bytes of two texts make no character", "a quotation mark behind the message", "a text behind the message"],
)
def test_a_broken_message_is_not_remembered(known: bytes, broken: bytes, tmp_path: Path) -> None:
    judge = Validator([write_pack(tmp_path, one("check: {/f:Bundle: present}"))])
    assert {judge.validate(known).verdict for _ in range(20)} == {"valid"}
    assert judge.validate(broken).verdict == "unreadable"


def test_a_message_may_be_deep(tmp_path: Path) -> None:
    steps = "/f:a" * 400
    text = one("check: {c: present}", f'selectors: {{a: "/f:Bundle{steps}", b: "$a{steps}", c: "$b{steps}"}}\n')
    judge = Validator([write_pack(tmp_path, text)], limits=Limits(depth=2_000))
    same_as_plain(judge, [bundle("<a>" * 1_200, f'<b value="{each}"/>', "</a>" * 1_200) for each in "ab"])


@pytest.mark.parametrize(
    ("places", "made"),
    [
        (["/f:Bundle/f:content"], [bundle(f'<content value="{each}"/>') for each in ("QUJD", PDF, OTHER_PDF)]),
        (["/f:Bundle/f:b"], [bundle(f'<!-- <b value="{each}"/> -->', "<b value='a'/>") for each in "ab"]),
        (["/f:Bundle/f:a/@u", "/f:Bundle//f:a"], [bundle(f'<a u="{each}"/>') for each in "ab"]),
        (
            ["/f:Bundle/x:b"],
            [bundle(f'<x:b xmlns:x="http://x.test"><reference value="{each}"/></x:b>') for each in "ab"],
        ),
        (
            [f"{RESOURCE}/f:Patient/f:active | {RESOURCE}/*/f:gender"],
            [
                bundle(patient(each, "a"))
                for each in ('<active value="a"/><gender value="b"/>', '<gender value="b"/><active value="a"/>')
            ],
        ),
        # Rules read the names of patients, and no others: where an id stands among patients tells where among all.
        (
            [f"{RESOURCE}/*/f:id"],
            [bundle(patient(f'{name}<id value="{each}"/>', each)) for name in ("", "<name/>") for each in "ab"],
        ),
    ],
)
def test_places_are_those_of_a_parse(places: Sequence[str], made: Sequence[bytes], tmp_path: Path) -> None:
    seen = f"{RESOURCE}/f:Patient/f:name: {{count: 0..1}}, {RESOURCE}/f:Patient/f:id: {{count: 0..1}}"
    text = one(f"check: {{/f:Bundle: present, {seen}}}", "namespaces: {x: http://x.test}\n")
    same_as_plain(Validator([write_pack(tmp_path, text)], show_values=True), made, places)


def test_a_report_is_asked_for_places_after_others_were_announced(tmp_path: Path) -> None:
    """
    What its message was judged by is forgotten by then, and the same numbers stand for something else.
    """
    judge = Validator([write_pack(tmp_path, one('check: {"/f:Bundle/f:a": {count: 0..9}}'))], show_values=True)
    place, other = "/f:Bundle/f:b/f:c", "/f:Bundle/f:c"
    judge.keep_at_hand([place])
    early = [judge.validate(bundle('<a/><b><c value="x"/></b><c value="1"/>')) for _ in range(14)][-1]
    judge.keep_at_hand([other])
    late = [judge.validate(bundle('<a/><a/><b/><c value="2"/>')) for _ in range(14)]
    assert [each.values_at([other]) for each in late] == [{other: ("2",)}] * 14
    assert early.values_at([place, other]) == {place: ("x",), other: ("1",)}
    assert early.values_at([other]) == {other: ("1",)}


def test_what_is_remembered_has_no_long_text_of_a_message() -> None:
    """
    Of tens of thousands of values each may have megabytes. Long ones that differ at their ends are told apart.
    """
    reads = Reads()
    for depth in (1, 2):
        reads.whole.add(("*",) * depth)
        reads.alike.add(("*",) * depth)
        reads.visits.asks(("*",) * depth, "url", WHOLE)
    outliner = Outliner([reads])
    long = "long" * 1_000
    texts = [f"<a>{made}</a>" for each in "ab" for made in (f"<b value='{long}{each}'/>", f"<b url='{long}{each}'/>")]
    texts += [f"<a><b value='{' ' * 4_000}'/></a>", f"<a><{long}/></a>", f"<a xmlns='urn:{long[:490]}'/>"]
    found = [zones_of(outliner, text) for text in texts]

    assert len(set(map(str, found[:4]))) == 4
    assert max(map(len, texts_in(outliner))) < 500


def test_what_is_remembered_has_no_more_of_a_large_message() -> None:
    """
    Of thousands of messages each may have thousands of elements. Those that differ at their ends are told apart.
    """
    reads = Reads()
    reads.found |= {("*", "b"), ("*", "c")}
    outliner = Outliner([reads])
    many = "<b/>" * 3_000
    found = [zones_of(outliner, f"<a>{many}{end}</a>") for end in ("", "<b/>", "<c/>", "")]

    assert [str(each) == str(found[0]) for each in found] == [True, False, False, True]
    assert None not in found
    assert max(map(len, outliner._zones._new)) < 3_000


def test_what_is_known_of_values_does_not_grow_with_names() -> None:
    """
    Where rules look at any name, senders make up names; what rules ask there is the same, and known once.
    """
    reads = Reads()
    reads.whole.add(("*", "*", "b"))
    reads.visits.asks(("*", "*", "b"), "url", WHOLE)
    outliner = Outliner([reads])
    assert zones_of(outliner, "<a><x><b value='1' url='1'/></x><y><b value='1' url='1'/></y></a>") is not None
    (x, y) = (outliner._states.step(outliner._states.top.following["a"], name).following["b"] for name in "xy")

    assert x is not y
    assert (x.values, x.attributes) == (y.values, y.attributes)


def zones_of(outliner: Outliner, text: str) -> object:
    try:
        return outliner.zones(outliner.outline(Incoming(Source("message", text.encode()), Limits(), whole=False)))
    except NoOutline:
        return None


def texts_in(outliner: Outliner) -> Iterator[str]:
    """
    All that is kept in tokens and states.
    """
    waiting: list[object] = [outliner._words._new, outliner._states.top]
    while waiting:
        match waiting.pop():
            case str() as text:
                yield text
            case dict() as each:
                waiting += [*each.keys(), *each.values()]
            case tuple() as each:
                waiting += each
            case State() as state:
                waiting += [state.following, state.trail]
