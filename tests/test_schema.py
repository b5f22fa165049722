"""
The JSON Schemas that editors and tools use: fresh, valid, and of one mind with what loads rule files.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator, Draft202012Validator

from itk3_validator import PackInvalid, load_pack
from itk3_validator.checks import VERBS
from itk3_validator.pack.draft import SECTIONS
from itk3_validator.pack.ruling import OPTIONAL
from itk3_validator.pack.schema import rule_file_schema
from itk3_validator.tools import schemas

REPOSITORY = Path(__file__).parent.parent
RULE_FILES = sorted((REPOSITORY / "rules").glob("*/*.yaml"))
SCHEMA = rule_file_schema()
VALIDATOR = Draft7Validator(SCHEMA)


class Editor(yaml.SafeLoader):
    """
    YAML 1.2 as editors type it: booleans, numbers and null, no dates, and `yes` is a text.
    """


Editor.yaml_implicit_resolvers = {}
for tag, pattern, first in (
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("bool", r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    ("int", r"[-+]?[0-9]+|0x[0-9a-fA-F]+", list("-+0123456789")),
    ("float", r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?", list("-+.0123456789")),
):
    Editor.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(f"^(?:{pattern})$"), first)


def typed(text: str) -> Any:
    return yaml.load(text, Editor)


def wrong(text: str) -> list[str]:
    """
    What the schema says of a rule file: the place and the keyword of each mistake.
    """
    errors = sorted(VALIDATOR.iter_errors(typed(text)), key=lambda error: error.json_path)
    return [f"{error.json_path} {error.validator}" for error in errors]


@pytest.mark.parametrize("file", ["rules/rule-pack.schema.json", "docs/report-v1.schema.json"])
def test_the_files_are_fresh(tmp_path, file):
    """
    The schemas in the repository are what `make generated` writes.
    """
    for folder in ("rules", "docs"):
        (tmp_path / folder).mkdir()
    schemas.write(tmp_path)

    assert (REPOSITORY / file).read_text(encoding="utf-8") == (tmp_path / file).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("file", "draft", "named"),
    [
        ("rules/rule-pack.schema.json", Draft7Validator, "http://json-schema.org/draft-07/schema#"),
        ("docs/report-v1.schema.json", Draft202012Validator, "https://json-schema.org/draft/2020-12/schema"),
    ],
    ids=["of rule files", "of reports"],
)
def test_the_schemas_are_schemas(file, draft, named):
    """
    They are valid by the draft that they name: that of rule files by the one that every editor knows.
    """
    schema = json.loads((REPOSITORY / file).read_text(encoding="utf-8"))

    draft.check_schema(schema)

    assert schema["$schema"] == named


def test_the_schema_of_rule_files_uses_what_draft_07_has():
    """
    No keyword of a later draft stands in it, which an older editor would pass over in silence.
    """
    later = {"$defs", "$anchor", "$dynamicRef", "dependentRequired", "dependentSchemas", "prefixItems", "minContains"}
    used = set(re.findall(r'"([$A-Za-z]+)":', json.dumps(SCHEMA)))
    beside = [each for each in objects(SCHEMA) if "$ref" in each and len(each) > 1]

    assert (used & (later | {"unevaluatedProperties"}), beside) == (set(), [])


def objects(schema: Any) -> Iterator[dict[str, Any]]:
    """
    The schema and every object in it.
    """
    if isinstance(schema, dict):
        yield schema
    for each in schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ():
        yield from objects(each)


@pytest.mark.parametrize("file", RULE_FILES, ids=lambda file: f"{file.parent.name}/{file.name}")
def test_the_bundled_packs_are_valid(file):
    """
    No editor marks a mistake in a rule file that loads; and every one names the schema for editors.
    """
    text = file.read_text(encoding="utf-8")

    assert wrong(text) == []
    assert text.startswith("# yaml-language-server: $schema=../rule-pack.schema.json\n")


def properties(schema: Any, at: str = "$") -> Iterator[tuple[str, Any]]:
    """
    Every key that the schema knows by name, with its own schema.
    """
    if isinstance(schema, dict):
        for name, each in schema.get("properties", {}).items():
            yield f"{at}.{name}", each
            yield from properties(each, f"{at}.{name}")
        for key, each in schema.items():
            if key != "properties":
                yield from properties(each, f"{at}/{key}")
    elif isinstance(schema, list):
        for number, each in enumerate(schema):
            yield from properties(each, f"{at}/{number}")


def is_option(path: str) -> bool:
    """
    Whether a key is an option inside a verb, which the verb's own summary speaks of.
    """
    return re.search(rf"\.({'|'.join(VERBS)})/?.*\.", path) is not None


def test_every_key_is_described():
    """
    An editor shows a sentence for every key and every verb.
    """
    known = dict(properties(SCHEMA))
    bare = [path for path, each in known.items() if not each.get("description") and not is_option(path)]

    assert bare == []


def test_the_schema_knows_every_key():
    """
    Sections, keys of a rule and verbs of the loader are those of the schema.
    """
    asked = SCHEMA["definitions"]["asked"]["anyOf"][1]["properties"]

    assert set(SCHEMA["properties"]) == set(SECTIONS)
    assert set(SCHEMA["definitions"]["rule"]["properties"]) == {"id", "text", "check", *OPTIONAL}
    assert {*asked, "test"} == {*VERBS, "some"}
    assert {name: each["description"] for name, each in asked.items() if name != "some"} == {
        name: verb.summary for name, verb in VERBS.items() if name != "test"
    }


def test_references_lead_somewhere():
    """
    Every `$ref` names a definition, and every definition is used.
    """
    used = set(re.findall(r'"\$ref": "#/definitions/([a-z-]+)"', json.dumps(SCHEMA)))

    assert used == set(SCHEMA["definitions"])


GOOD = """
pack: p
version: 1.0.0
title: Example
source: {document: Example}
values: {v: 007, empty: ""}
facts: {recipient: {values: [primary, 1]}}
selectors: {header: /f:Bundle, other: {xpath: $header/f:x, label: Header.x, safe: true}}
code-lists: {sizes: {codes: [1, S]}, span: {range: [1, 5]}}
interactions: {report: {requires: {header: present}}}
rules:
  - {id: R-1, text: It is so., check: {header: present}}
  - {id: 2, text: true, check: {header: {equals: true, count: 1, some: true, length: 1..5}}}
  - {id: R-3, text: It is so., xpath: 2.0, check: {test: "true()"}}
  - {id: R-4, text: It is so., check: {any-of: [{header: absent}, {./f:x: {one-of: [1, true]}}]}}
  - {id: R-5, text: It is so., check: {header: {refers-to: {where: {./f:x: {format: id}}}, references: resolve}}}
tests:
  - {message: valid/x.xml, facts: {recipient: 1}, change: {header: ""}, expect: {fail: [R-1, 2]}}
"""


def loads(folder: Path, text: str) -> bool:
    folder.mkdir()
    (folder / "pack.yaml").write_text(text, encoding="utf-8")
    try:
        load_pack(folder)
    except PackInvalid:
        return False
    return True


def test_schema_and_loader_agree_on_what_is_right(tmp_path):
    """
    Values that YAML types, and every shape that is a little unusual, are right for both.
    """
    assert (wrong(GOOD), loads(tmp_path / "p", GOOD)) == ([], True)


MISTAKES = {
    "unknown section": "rulez: []",
    "name of the pack": ("pack: p", "pack: P p"),
    "version of two numbers": ("version: 1.0.0", "version: 1.0"),
    "version with zeros": ("version: 1.0.0", "version: 01.0.0"),
    "empty title": ("title: Example", "title: ''"),
    "no title": ("title: Example", "title:"),
    "source without document": ("{document: Example}", "{publisher: Example}"),
    "source is a text": ("{document: Example}", "Example"),
    "unknown key of source": ("{document: Example}", "{document: Example, licnce: x}"),
    "extends without a version": "extends: [itk3-message]",
    "version of XPath": "xpath: 4.0",
    "namespaces are a list": "namespaces: [a]",
    "name with a dot": ("v: 007", "v.1: 007"),
    "value is a list": ("v: 007", "v: [a]"),
    "values are a text": "values: x",
    "unknown key of a fact": ("{values: [primary, 1]}", "{value: [primary]}"),
    "fact without values": ("{values: [primary, 1]}", "{values: []}"),
    "outcome when unstated": ("{values: [primary, 1]}", "{unstated: pass}"),
    "selector with two places": ("xpath: $header/f:x,", "xpath: $header/f:x, follow: /f:Bundle,"),
    "selector with no place": ("xpath: $header/f:x, ", ""),
    "selector is empty": ("header: /f:Bundle", "header:"),
    "selector is a list": ("header: /f:Bundle", "header: [/f:Bundle]"),
    "safe is neither": ("safe: true", "safe: perhaps"),
    "label is blank": ("label: Header.x", 'label: " "'),
    "reserved name": ("other: {", "request: {"),
    "list with two kinds": ("{codes: [1, S]}", "{codes: [1], range: [1, 2]}"),
    "list with no kind": ("{codes: [1, S]}", "{system: x}"),
    "part of codes": ("{codes: [1, S]}", "{codes: [1], of: span}"),
    "range of one": ("{range: [1, 5]}", "{range: [1]}"),
    "range of words": ("{range: [1, 5]}", "{range: [a, b]}"),
    "unknown key of an interaction": ("requires:", "require:"),
    "interaction that checks nothing": ("{requires: {header: present}}", "{requires: {}}"),
    "rules are keys": "rules: {R-1: x}",
    "rule is a text": ("{id: R-1, text: It is so., check: {header: present}}", "R-1"),
    "rule without id": ("{id: R-1, ", "{"),
    "rule without text": ("text: It is so., check: {header: present}", "check: {header: present}"),
    "rule without check": (", check: {header: present}", ""),
    "id with a space": ("id: R-1", "id: R 1"),
    "unknown key of a rule": ("check: {header: present}", "check: {header: present}, remdy: x"),
    "level": ("check: {header: present}", "check: {header: present}, level: SHALL"),
    "status": ("check: {header: present}", "check: {header: present}, status: old"),
    "for nothing": ("check: {header: present}", "check: {header: present}, for: []"),
    "given a text": ("check: {header: present}", "check: {header: present}, given: primary"),
    "each without a place": ("check: {header: present}", "check: {header: present}, each: {count: 1..1}"),
    "check is a text": ("check: {header: present}", "check: present"),
    "check of nothing": ("check: {header: present}", "check: {}"),
    "unknown verb": ("{header: present}", "{header: presnt}"),
    "unknown verb with options": ("{header: present}", "{header: {eqals: x}}"),
    "verb without its options": ("{header: present}", "{header: equals}"),
    "no verb": ("{header: present}", "{header: {}}"),
    "verbs in a list": ("{header: present}", "{header: [present]}"),
    "option of present": ("{header: present}", "{header: {present: 5}}"),
    "equals a list": ("{header: present}", "{header: {equals: [a]}}"),
    "one-of a text": ("{header: present}", "{header: {one-of: a}}"),
    "one-of nothing": ("{header: present}", "{header: {one-of: []}}"),
    "count": ("{header: present}", "{header: {count: many}}"),
    "length": ("{header: present}", "{header: {length: 1-5}}"),
    "some is false": ("{header: present}", "{header: {equals: a, some: false}}"),
    "some of nothing": ("count: 1, some: true", "some: 1"),
    "format": ("{header: present}", "{header: {format: datum}}"),
    "order of one twice": ("{header: present}", "{header: {order: [a, a]}}"),
    "references": ("references: resolve", "references: follow"),
    "refers-to nothing": ("{header: present}", "{header: {refers-to: []}}"),
    "unknown key of refers-to": ("{header: present}", "{header: {refers-to: {resorce: Patient}}}"),
    "coding without system": ("{header: present}", "{header: {coding: {code: a}}}"),
    "row without column": ("{header: present}", "{header: {row: {of: sizes, key: header}}}"),
    "any-of one": ("[{header: absent}, {./f:x: {one-of: [1, true]}}]", "[{header: absent}]"),
    "any-of a mapping": ("[{header: absent}, {./f:x: {one-of: [1, true]}}]", "{header: absent}"),
    "test is a list": ('{test: "true()"}', '{test: ["true()"]}'),
    "not-checkable without reason": "not-checkable: [{id: N-1}]",
    "not-checkable with an empty reason": "not-checkable: [{id: N-1, because: ''}]",
    "renamed to no id": "ids: {R-9: a b}",
    "change of an id": "change: {R-9: {id: R-8}}",
    "change of nothing": "change: {R-9: present}",
    "unknown key of a change": "change: {R-9: {txet: x}}",
    "changed selector": "change: {selectors: {header: [a]}}",
    "dropped without reason": "drop: {R-9: ''}",
    "tests are keys": ("tests:\n  - {", "tests:\n  {"),
    "test without message": ("message: valid/x.xml, ", ""),
    "test expects nothing": ("expect: {fail: [R-1, 2]}", "expect: {}"),
    "test expects a word": ("expect: {fail: [R-1, 2]}", "expect: good"),
    "unknown outcome": ("expect: {fail: [R-1, 2]}", "expect: {fial: [R-1]}"),
    "unknown key of a test": ("message: valid/x.xml, ", "message: valid/x.xml, fact: x, "),
}


def spoilt(mistake: str | tuple[str, str]) -> str:
    """
    The good file with something replaced, or with one more section in place of the one of that name.
    """
    if isinstance(mistake, tuple):
        assert mistake[0] in GOOD
        return GOOD.replace(mistake[0], mistake[1], 1)
    section = mistake.partition(":")[0]
    return re.sub(rf"^{section}:.*\n(?:  .*\n)*", "", GOOD, flags=re.MULTILINE) + mistake + "\n"


@pytest.mark.parametrize("mistake", MISTAKES.values(), ids=MISTAKES)
def test_schema_and_loader_agree_on_mistakes(tmp_path, mistake):
    """
    What an editor marks does not load, and what does not load for its shape is marked by an editor.
    """
    text = spoilt(mistake)

    assert (bool(wrong(text)), loads(tmp_path / "p", text)) == (True, False)
