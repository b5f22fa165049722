"""
The same rules, written for each contestant: a rule pack, tests in XPath 1.0, a Schematron.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import NamedTuple
from xml.sax.saxutils import quoteattr

import yaml

from benchmarks.rules_table import ANCHORS, Row

DIGITS = "0123456789"
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


class Verb(NamedTuple):
    """
    One verb in both languages: *test*, XPath 1.0 that is true at the anchor; *check*, what a rule file says.
    """

    test: Callable[[str, Sequence[str]], str]
    check: Callable[[Sequence[str]], object]


def xpath_of(row: Row) -> str:
    """
    XPath 1.0, relative to the anchor; true where the message meets the rule.
    """
    return VERBS[row.verb].test(row.path, row.argument)


def _one(path: str, condition: str) -> str:
    """
    Exactly one node, and the condition on its value.
    """
    return f"count({path})=1 and {condition}"


def _shape(value: str, characters: str, shape: str) -> str:
    """
    The value has that shape once every one of *characters* is written as 0.
    """
    return f"translate({value}, '{characters}', '{'0' * len(characters)}')='{shape}'"


def _equals(path: str, argument: Sequence[str]) -> str:
    return _one(path, f"{path}/@value='{argument[0]}'")


def _one_of(path: str, argument: Sequence[str]) -> str:
    return _one(path, "(" + " or ".join(f"{path}/@value='{each}'" for each in argument) + ")")


def _none_of(path: str, argument: Sequence[str]) -> str:
    none = " and ".join(f"{path}/@value!='{each}'" for each in argument)
    return _one(path, f"normalize-space({path}/@value) and {none}")


def _instant(path: str, _: Sequence[str]) -> str:
    date = "0000-00-00T00:00:00"
    value = f"{path}/@value"
    return _one(path, f"({_shape(value, DIGITS, date + '+00:00')} or {_shape(value, DIGITS, date + 'Z')})")


def _uuid(path: str, _: Sequence[str]) -> str:
    return _one(path, _shape(f"{path}/@value", DIGITS + "abcdef", "00000000-0000-0000-0000-000000000000"))


def _ods_code(path: str, _: Sequence[str]) -> str:
    value = f"{path}/@value"
    length = f"string-length({value})>=3 and string-length({value})<=10"
    return _one(path, f"{length} and translate({value}, '{DIGITS}{LETTERS}', '')=''")


def _coding(path: str, argument: Sequence[str]) -> str:
    system, *codes = argument
    code = " or ".join(f"f:code/@value='{each}'" for each in codes)
    return _one(path, f"{path}[f:system/@value='{system}' and ({code})]")


def _organisation(path: str, argument: Sequence[str]) -> str:
    """
    The reference is the fullUrl of an entry with an Organization of that profile; asked from the header.
    """
    there = f"../../../f:entry[f:resource/f:Organization/f:meta/f:profile/@value='{argument[0]}']/f:fullUrl/@value"
    return _one(path, f"{path}/f:reference/@value={there}")


VERBS = {
    "one": Verb(lambda path, _: f"count({path})=1", lambda _: {"count": "1..1"}),
    "absent": Verb(lambda path, _: f"not({path})", lambda _: "absent"),
    "present": Verb(
        lambda path, _: _one(path, f"normalize-space({path}/@value)"), lambda _: {"present": True, "count": "1..1"}
    ),
    "equals": Verb(_equals, lambda argument: {"equals": argument[0]}),
    "one-of": Verb(_one_of, lambda argument: {"one-of": list(argument)}),
    "none-of": Verb(_none_of, lambda argument: {"none-of": list(argument)}),
    "instant": Verb(_instant, lambda _: {"format": "instant"}),
    "uuid": Verb(_uuid, lambda _: {"matches": "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"}),
    "ods-code": Verb(_ods_code, lambda _: {"matches": "[0-9A-Z]{3,10}"}),
    "coding": Verb(_coding, lambda argument: {"coding": {"system": argument[0], "code": list(argument[1:])}}),
    "organisation": Verb(
        _organisation, lambda argument: {"refers-to": {"resource": "Organization", "profile": argument[0]}}
    ),
}


def by_anchor(rows: Iterable[Row]) -> list[tuple[str, list[Row]]]:
    """
    XPath of an anchor and its rules, the anchors in the order of `ANCHORS`.
    """
    order = list(ANCHORS)
    grouped = groupby(sorted(rows, key=lambda row: order.index(row.anchor)), attrgetter("anchor"))
    return [(ANCHORS[anchor], list(each)) for anchor, each in grouped]


def pack_text(name: str, rows: Sequence[Row]) -> str:
    """
    The rules as a rule file of this project.
    """
    used = {row.anchor for row in rows}
    written = {
        "pack": name,
        "version": "1.0.0",
        "title": f"{len(rows)} rules to measure with",
        "source": {"document": "benchmarks/rules_table.py"},
        "selectors": {anchor: xpath for anchor, xpath in ANCHORS.items() if anchor in used},
        "interactions": {"message": {"requires": {"/f:Bundle": {"count": "1..1"}}}},
        "rules": [
            {
                "id": row.id,
                "text": f"{row.path} is as the publication says.",
                "check": {f"${row.anchor}/{row.path}": VERBS[row.verb].check(row.argument)},
            }
            for row in rows
        ],
    }
    return yaml.safe_dump(written, sort_keys=False, width=1_000, allow_unicode=True)


def write_pack(folder: Path, name: str, rows: Sequence[Row]) -> Path:
    """
    The rules as a pack in *folder*/*name*.
    """
    pack = folder / name
    pack.mkdir(parents=True, exist_ok=True)
    (pack / "pack.yaml").write_text(pack_text(name, rows), encoding="utf-8")
    return pack


def schematron_text(rows: Sequence[Row]) -> str:
    """
    The rules as a Schematron: a pattern with one rule for each anchor, an assert for each requirement.
    """
    lines = ['<schema xmlns="http://purl.oclc.org/dsdl/schematron" queryBinding="xslt">']
    lines += ["  <title>rules to measure with</title>", '  <ns prefix="f" uri="http://hl7.org/fhir"/>']
    for number, (anchor, group) in enumerate(by_anchor(rows)):
        lines += [f'  <pattern id="p{number}">', f"    <rule context={quoteattr(anchor)}>"]
        for row in group:
            known, test = quoteattr(_ncname(row.id)), quoteattr(xpath_of(row))
            lines.append(f"      <assert id={known} test={test}>{row.id}</assert>")
        lines += ["    </rule>", "  </pattern>"]
    return "\n".join([*lines, "</schema>"]) + "\n"


def _ncname(id: str) -> str:
    """
    An id of XML; the requirement's own stands in the text of the assert.
    """
    return "".join(each if each.isalnum() or each in "-." else "_" for each in id)
