"""
Messages to measure with, made from samples/ by a seeded generator.

No two are alike: ids, times, names, numbers and what an archive's messages may have or lack are drawn for each, as if
from a dozen vendors' systems at two hundred senders; and every tenth breaks one requirement in a way that is known
(`Fault`). The same kind, seed and number give the same bytes.
"""

from __future__ import annotations

import base64
import copy
import random
import re
import uuid
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from itertools import count as counting
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from lxml import etree

SAMPLES = Path(__file__).resolve().parent.parent / "samples" / "valid"
FHIR = "http://hl7.org/fhir"
NS = {"f": FHIR}
KB, MB = 1024, 1024 * 1024
ONE_FAULT_IN = 10
VENDORS, SENDERS = 12, 200


class Kind(NamedTuple):
    """
    A kind of message: how many bytes it has in all, and what most of them are.
    """

    name: str
    title: str
    size: int
    bulk: str  # "header", "markup" or "pdf"


KINDS = (
    Kind("response", "3.8 KB response", 3_860, "response"),
    Kind("small", "9 KB", 9_000, "header"),
    Kind("markup-60k", "60 KB of markup", 60 * KB, "markup"),
    Kind("pdf-60k", "60 KB with a PDF", 60 * KB, "pdf"),
    Kind("pdf-1m", "1 MB PDF", 1 * MB, "pdf"),
    Kind("pdf-20m", "20 MB PDF", 20 * MB, "pdf"),
)
# The largest that is read by default; only its memory is measured.
LARGEST = Kind("pdf-95m", "95 MB PDF", 95 * MB, "pdf")
KIND = {kind.name: kind for kind in (*KINDS, LARGEST)}


class Fault(NamedTuple):
    """
    One thing wrong with a message.

    *what* and *instead*: what stands there, once, and what is written instead. *breaks*: the requirements of
    `rules_table` that it breaks; *bundled*: those of the pack gpcm-sd-oc and what it extends.
    """

    name: str
    what: str
    instead: str
    breaks: frozenset[str]
    bundled: frozenset[str]


class Made(NamedTuple):
    """
    A message, and the fault it was given.
    """

    data: bytes
    fault: Fault | None


def fault(name: str, what: str, instead: str, *breaks: str, bundled: tuple[str, ...] = ()) -> Fault:
    """
    A fault whose requirements have the same ids in the table and in the bundled pack, but for *bundled*: more of those.
    """
    return Fault(name, what, instead, frozenset(breaks), frozenset((*breaks, *bundled)))


_FLAG = '<extension url="{}">\n            <valueBoolean value="{}"/>'
REPORT_FAULTS = (
    fault(
        "no business acknowledgement is asked for",
        _FLAG.format("BusAckRequested", "true"),
        _FLAG.format("BusAckRequested", "false"),
        "GPCM-SD-OC-143",
    ),
    fault(
        "no infrastructure acknowledgement is asked for",
        _FLAG.format("InfAckRequested", "true"),
        _FLAG.format("InfAckRequested", "false"),
        "GPCM-SD-OC-144",
    ),
    fault(
        "the use case is another",
        'valueString value="SendDocument-OnlineConsultationReport"',
        'valueString value="SendDocument-ConsultationReport"',
        "GPCM-SD-OC-147",
    ),
    fault(
        "SenderReference is None",
        'valueString value="{SenderReference}"',
        'valueString value="None"',
        "GPCM-SD-OC-145",
    ),
    fault(
        "the timestamp has no time zone",
        '+00:00"/>\n        <source>',
        '"/>\n        <source>',
        "GPCM-SD-OC-151",
        bundled=("ITK-MessageHeader-2#MessageHeader.timestamp",),
    ),
    fault(
        "there is a destination",
        "        <sender>\n",
        '        <destination>\n          <endpoint value="X26OT001"/>\n        </destination>\n        <sender>\n',
        "GPCM-SD-OC-152",
        bundled=("ITK-MessageHeader-2#MessageHeader.destination",),
    ),
    fault(
        "the Bundle is no message",
        '</identifier>\n  <type value="message"/>',
        '</identifier>\n  <type value="collection"/>',
        "ITK-Message-Bundle-1#Bundle.type",
    ),
)
RESPONSE_FAULTS = (
    fault(
        "a response asks for an acknowledgement",
        _FLAG.format("BusAckRequested", "false"),
        _FLAG.format("BusAckRequested", "true"),
        "GPCM-SD-OC-153",
    ),
    fault(
        "the timestamp has no time zone",
        '+00:00"/>\n        <source>',
        '"/>\n        <source>',
        "GPCM-SD-OC-158",
        bundled=("ITK-MessageHeader-2#MessageHeader.timestamp",),
    ),
    fault(
        "the code belongs to GP registration",
        '<code value="30001"/>\n              <display value="Patient known here. (e.g. Patient is registered here)"/>',
        '<code value="30019"/>\n              <display value="GP Registration - Application accepted"/>',
        "GPCM-SD-OC-169",
    ),
)


def messages(kind: str, count: int, *, seed: int = 1, start: int = 0) -> tuple[Made, ...]:
    """
    *count* different messages of that kind, from number *start* on; every tenth has a fault.
    """
    return tuple(made(kind, seed, number) for number in range(start, start + count))


class Supply:
    """
    Messages that nobody has seen, as many as are asked for, whenever they are; *make* is `plain`, `alike`, ...
    """

    def __init__(self, make: Callable[[str, int, int], Sequence[bytes]], kind: str) -> None:
        self._make, self._kind, self._given = make, kind, 0

    def __call__(self, count: int) -> Sequence[bytes]:
        start, self._given = self._given, self._given + count
        return self._make(self._kind, count, start)


def plain(kind: str, count: int, start: int) -> list[bytes]:
    """
    Messages of which one in ten has a fault.
    """
    return [each.data for each in messages(kind, count, seed=2, start=start)]


def alike(kind: str, count: int, start: int) -> list[bytes]:
    """
    Messages of one shape, as one system sends of one template: everything else differs, and one in ten has a fault.
    """
    return [made(kind, 5, number, of_one_shape=True).data for number in range(start, start + count)]


def failing(kind: str, count: int, start: int) -> list[bytes]:
    """
    Messages of which each has a fault.
    """
    numbers = range(start * ONE_FAULT_IN, (start + count) * ONE_FAULT_IN, ONE_FAULT_IN)
    return [made(kind, 3, number + ONE_FAULT_IN - 1).data for number in numbers]


def mangled(kind: str, count: int, start: int) -> list[bytes]:
    """
    Messages that have lost or doubled three small elements each, anywhere: hardly two of them have the same shape.
    """
    return [_mangled(each.data) for each in messages(kind, count, seed=4, start=start)]


def _mangled(data: bytes) -> bytes:
    draw = random.Random(data)
    root = etree.fromstring(data)
    small = [each for each in root.iterdescendants() if len(each) == 0 or (len(each) == 1 and len(each[0]) == 0)]
    for each in draw.sample(small, 3):
        parent = each.getparent()
        if parent is not None and draw.random() < 0.5:
            parent.remove(each)
        elif parent is not None:
            each.addnext(copy.deepcopy(each))
    return etree.tostring(root)


def made(
    kind: str,
    seed: int,
    number: int,
    known: Mapping[str, str] = MappingProxyType({}),
    *,
    of_one_shape: bool = False,
) -> Made:
    """
    Message *number* of a kind; every tenth has a fault. *known*: values that are not drawn, by their names.
    """
    what = KIND[kind]
    draw = random.Random(f"{kind} {seed} {number}")
    wrong = fault_of(kind, number)
    filled = _filled(_template(kind), _values(_template(kind), draw, known), wrong)
    filled = _shaped(filled, random.Random("of one shape") if of_one_shape else draw)
    return Made(_with_pdf(filled, what.size, draw) if what.bulk == "pdf" else filled.encode(), wrong)


def fault_of(kind: str, number: int) -> Fault | None:
    """
    The fault that message *number* of a kind has.
    """
    faults = RESPONSE_FAULTS if KIND[kind].bulk == "response" else REPORT_FAULTS
    return faults[number // ONE_FAULT_IN % len(faults)] if number % ONE_FAULT_IN == ONE_FAULT_IN - 1 else None


def drawn(kind: str, seed: int, number: int) -> Mapping[str, str]:
    """
    The values of message *number* of a kind, by their names.
    """
    return _values(_template(kind), random.Random(f"{kind} {seed} {number}"), {})


def _values(template: tuple[str, ...], draw: random.Random, known: Mapping[str, str]) -> dict[str, str]:
    """
    A value for each name of the template.
    """
    found: dict[str, str] = {}
    for name in template[1::2]:
        if name not in found:
            found[name] = _DRAWN[name.split(" ", 1)[0]](draw, name)
    return {**found, **known}


def _filled(template: tuple[str, ...], drawn: Mapping[str, str], wrong: Fault | None) -> str:
    """
    The template with its values, and with what is wrong with it.
    """
    text = "".join(drawn[part] if at % 2 else part for at, part in enumerate(template))
    if wrong is None:
        return text
    what = wrong.what.replace("{SenderReference}", drawn.get(f"uuid {_SENDER_REFERENCE}", ""))
    if text.count(what) != 1:
        raise ValueError(f"{wrong.name}: {what!r} stands {text.count(what)} times")
    return text.replace(what, wrong.instead)


def _shaped(text: str, draw: random.Random) -> str:
    """
    The message without some of its optional parts: those of the header as one of the vendors has it, and with the keys
    of the handling extension in that vendor's order.
    """
    vendor = draw.randrange(VENDORS)
    has: dict[str, bool] = {}

    def kept(found: re.Match[str]) -> str:
        name, part = found.groups()
        if name not in has:
            likely, source = _OPTIONAL[name.split(" ")[0]]
            has[name] = (random.Random(f"{vendor} {name}") if source == "vendor" else draw).random() < likely
        return part if has[name] else ""

    shaped = _MARKED.sub(kept, text)
    keys = _KEY.findall(shaped)
    before, after = shaped.split("".join(keys))
    random.Random(vendor).shuffle(keys)
    return before + "".join(keys) + after


def _with_pdf(text: str, size: int, draw: random.Random) -> bytes:
    """
    The message with a PDF that brings it to *size* bytes.
    """
    before, after = text.split("{PDF}")
    room = size - len(before.encode()) - len(after.encode())
    own = base64.b64encode(b"%PDF-1.4\n" + draw.randbytes(300))
    size = (room - len(own)) // 4 * 4
    start = draw.randrange(MB) * 4
    return b"".join((before.encode(), own, _pool(size // (4 * MB) + 2)[start : start + size], after.encode()))


@cache
def _pool(copies: int) -> bytes:
    """
    Copies of 4 MB of base64, drawn once; a message has a piece of it, behind a beginning of its own.
    """
    return base64.b64encode(random.Random(1).randbytes(3 * MB)) * copies


# Drawing values ------------------------------------------------------------------------------------------------------


def _uuid(draw: random.Random, _: str) -> str:
    return str(uuid.UUID(int=draw.getrandbits(128), version=4))


def _time(draw: random.Random, name: str) -> str:
    """
    A day is drawn for each message, and the times of day stay in their order.
    """
    _, hour, minute = name.split(" ")
    return f"{_DAY[draw.randrange(len(_DAY))]}T{hour}:{minute}:{draw.randrange(60):02d}+00:00"


def _nhs_number(draw: random.Random, _: str) -> str:
    """
    A number of the range 999, which is given to nobody, with its check digit.
    """
    while True:
        digits = f"999{draw.randrange(1_000_000):06d}"
        check = 11 - sum(int(digit) * (10 - at) for at, digit in enumerate(digits)) % 11
        if check != 10:
            return digits + str(0 if check == 11 else check)


def _family(draw: random.Random, _: str) -> str:
    return draw.choice(("Alder", "Birch", "Hazel", "Wren", "Fallow", "Marsh")) + draw.choice(
        ("field", "ley", "ton", "by")
    )


def _weight(draw: random.Random, _: str) -> str:
    return f"{draw.randrange(450, 1100) / 10:.1f}"


def _sender(draw: random.Random, _: str) -> str:
    """
    The ODS code of one of the senders; the mailbox begins with it.
    """
    number = draw.randrange(SENDERS)
    return f"8{chr(65 + number % 26)}{chr(65 + number // 26)}{number % 100:02d}"


_DAY = tuple(f"2024-{month:02d}-{day:02d}" for month in range(1, 13) for day in range(1, 28))
_DRAWN: dict[str, Callable[[random.Random, str], str]] = {
    "uuid": _uuid,
    "time": _time,
    "nhs": _nhs_number,
    "family": _family,
    "weight": _weight,
    "sender": _sender,
}

# Templates -----------------------------------------------------------------------------------------------------------

_SHORT_PDF = base64.b64encode(b"%PDF-1.4\n" + bytes(range(200))).decode()
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_VARIES = re.compile(
    rf"{_UUID.pattern}|2024-03-12T\d\d:\d\d:\d\d\+00:00|9990357218|Fallowfield|8ZX41|FZ941|{{weight \d+}}"
)
# An optional part: \1 its name \2 what it is \3. How often it is there, and who decides: each message, or the vendor.
_MARKED = re.compile("\1([^\2]*)\2([^\3]*)\3")
_KEY = re.compile(r'^          <extension url="\w+">\n.*?^          </extension>\n', re.MULTILINE | re.DOTALL)
_OPTIONAL = {
    "extension": (0.5, "message"),
    "active": (0.5, "message"),
    "prefix": (0.5, "message"),
    "telecom": (0.5, "message"),
    "address": (0.7, "message"),
    "confidentiality": (0.5, "message"),
    "observation": (0.92, "message"),
    "language": (0.3, "vendor"),
    "bundle": (0.7, "vendor"),
    "use": (0.5, "vendor"),
}
_ELEMENT = re.compile(
    r"^( +)<(active|prefix|confidentiality|telecom|address|extension)"
    r'( value="[^"]*"/>\n|( url="[^"]*NHSNumber[^"]*")?>\n.*?^\1</\2>\n)',
    re.MULTILINE | re.DOTALL,
)
_SENDER_REFERENCE = "821207a9-a4ba-41dc-a7a2-d9bb5342f4da"
_KEPT = ("Composition", "Patient", "Organization", "Binary")


@cache
def _template(kind: str) -> tuple[str, ...]:
    """
    Text and the names of what varies, in turn.
    """
    bulk = KIND[kind].bulk
    text = _marked(_response() if bulk == "response" else _report(bulk, KIND[kind].size))
    parts: list[str] = []
    end = 0
    for found in _VARIES.finditer(text):
        parts += [text[end : found.start()], _name_of(found.group())]
        end = found.end()
    return (*parts, text[end:])


def _name_of(text: str) -> str:
    if _UUID.fullmatch(text):
        return f"uuid {text}"
    if text.startswith("2024"):
        return f"time {text[11:13]} {text[14:16]}"
    known = {"9990357218": "nhs", "Fallowfield": "family", "8ZX41": "sender", "FZ941": "sender"}
    return known.get(text, text.strip("{}"))


def _marked(text: str) -> str:
    """
    The text with its optional parts marked, and with those that the samples lack.
    """
    numbers = counting()
    text = _ELEMENT.sub(lambda found: _optional(f"{found.group(2)} {next(numbers)}", found.group()), text)
    text = text.replace("  </meta>\n", "  </meta>\n" + _optional("language", '  <language value="en-GB"/>\n'), 1)
    text = text.replace("  <id ", "\1bundle\2  <id ", 1).replace("  <meta>", "\3  <meta>", 1)
    used = _optional("use", '          <use value="official"/>\n')
    return text.replace("        <identifier>\n", "        <identifier>\n" + used, 1)


def _optional(name: str, part: str) -> str:
    return f"\1{name}\2{part}\3"


def _response() -> str:
    text = (SAMPLES / "gpcm-sd-oc-business-response.xml").read_text(encoding="utf-8")
    # Without the remarks it has the size of a published response.
    return re.sub(r"[ ]*<!--.*?-->\n", "", text, flags=re.DOTALL)


def _report(bulk: str, size: int) -> str:
    """
    The Online Consultation Report of samples/, short but whole; of *markup* it gets observations until it has *size*.
    """
    text = (SAMPLES / "gpcm-sd-oc-primary.xml").read_text(encoding="utf-8")
    text = re.sub(r"[ ]*<!--.*?-->\n", "", text, flags=re.DOTALL)
    if bulk != "markup":
        text = _short(text)
    if bulk == "markup":
        return _grown(text, size)
    return re.sub(r'(<content value=")[^"]*', rf"\g<1>{'{PDF}' if bulk == 'pdf' else _SHORT_PDF}", text)


def _short(text: str) -> str:
    """
    The report with as much of its document as 9 KB have room for.
    """
    root = etree.fromstring(text.encode())
    document = root.find("f:entry/f:resource/f:Bundle", NS)
    kept = set()
    for entry in document.findall("f:entry", NS):
        name = etree.QName(entry.find("f:resource/*", NS)).localname
        if name in _KEPT and name not in kept:
            kept.add(name)
        else:
            document.remove(entry)
    composition = document.find("f:entry/f:resource/f:Composition", NS)
    for each in (*composition.findall("f:section", NS)[1:], composition.find("f:encounter", NS)):
        composition.remove(each)
    patient = document.find("f:entry/f:resource/f:Patient", NS)
    patient.remove(patient.find("f:generalPractitioner", NS))
    own = document.find("f:entry/f:resource/f:Organization/f:id", NS).get("value")
    _refer(composition.find("f:author/f:reference", NS), own)
    _refer(composition.find("f:custodian/f:reference", NS), own)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + etree.tostring(root, encoding="unicode") + "\n"


def _refer(reference: etree._Element, identifier: str) -> None:
    reference.set("value", f"urn:uuid:{identifier}")


def _grown(text: str, size: int) -> str:
    """
    The report with further observations: each an entry with its narrative, and an entry of the List that refers to it.
    """
    at_list, end = "            </List>\n", "      </Bundle>\n    </resource>\n  </entry>\n</Bundle>"
    subject = _first(text, r"<Patient>\s*<id value=\"([^\"]*)\"")
    context = _first(text, r"<Encounter>\s*<id value=\"([^\"]*)\"")
    for number in counting(1):
        if len(text.encode()) > size * 1.04:
            return text
        own = str(uuid.UUID(int=number))
        item = f'              <entry>\n                <item>\n                  <reference value="urn:uuid:{own}"/>\n'
        item += "                </item>\n              </entry>\n"
        item, entry = (
            _optional(f"observation {number}", part) for part in (item, _observation(number, own, subject, context))
        )
        text = text.replace(at_list, item + at_list).replace(end, entry + end)
    raise AssertionError  # counting never ends


def _first(text: str, pattern: str) -> str:
    found = re.search(pattern, text)
    assert found is not None, pattern
    return found.group(1)


_MEASURED = (
    ("27113001", "Body weight", "kg"),
    ("50373000", "Body height", "cm"),
    ("364075005", "Heart rate", "/min"),
    ("271649006", "Systolic blood pressure", "mm[Hg]"),
    ("271650006", "Diastolic blood pressure", "mm[Hg]"),
)


def _observation(number: int, own: str, subject: str, context: str) -> str:
    code, display, unit = _MEASURED[number % len(_MEASURED)]
    return f"""\
        <entry>
          <fullUrl value="urn:uuid:{own}"/>
          <resource>
            <Observation>
              <id value="{own}"/>
              <meta>
                <profile value="https://fhir.hl7.org.uk/STU3/StructureDefinition/CareConnect-Observation-1"/>
              </meta>
              <text>
                <status value="generated"/>
                <div xmlns="http://www.w3.org/1999/xhtml">
                  <table>
                    <tr><th>Measured</th><th>Value</th><th>Taken</th></tr>
                    <tr><td>{display}</td><td>{{weight {number}}} {unit}</td><td>2024-03-12T09:14:00+00:00</td></tr>
                  </table>
                </div>
              </text>
              <identifier>
                <system value="https://tools.ietf.org/html/rfc4122"/>
                <value value="{uuid.UUID(int=number << 64)}"/>
              </identifier>
              <status value="final"/>
              <category>
                <coding>
                  <system value="http://hl7.org/fhir/observation-category"/>
                  <code value="vital-signs"/>
                  <display value="Vital Signs"/>
                </coding>
              </category>
              <code>
                <coding>
                  <system value="http://snomed.info/sct"/>
                  <code value="{code}"/>
                  <display value="{display}"/>
                </coding>
              </code>
              <subject>
                <reference value="urn:uuid:{subject}"/>
              </subject>
              <context>
                <reference value="urn:uuid:{context}"/>
              </context>
              <effectiveDateTime value="2024-03-12T09:14:00+00:00"/>
              <performer>
                <reference value="urn:uuid:{subject}"/>
              </performer>
              <valueQuantity>
                <value value="{{weight {number}}}"/>
                <unit value="{unit}"/>
                <system value="http://unitsofmeasure.org"/>
                <code value="{unit}"/>
              </valueQuantity>
            </Observation>
          </resource>
        </entry>
"""
