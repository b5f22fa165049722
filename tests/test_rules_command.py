"""
`itk3 rules`: the merged rules of a pack, where each comes from, and what was renamed, changed or dropped and why.
"""

from __future__ import annotations

import csv
import io
import json

import pytest

from itk3_validator import load_packs
from itk3_validator.adapters.cli import main
from pack_builder import write_pack

BASE = """
values: {code: A, other: "-1"}
selectors:
  header: /f:Bundle/f:entry/f:resource/f:MessageHeader
  event: $header/f:event/f:code
interactions: {letter: {}, answer: {}}
code-lists: {codes: {codes: [A, B]}}
rules:
  - {id: B-1, text: "The event is ${code}.", for: letter, check: {event: {equals: "${code}"}}, source: B section 1}
  - {id: B-2, text: There is an event., level: SHOULD, check: {event: present}, status: draft}
  - {id: B-3, text: =There is one header., check: {header: {count: 1..1}}, response-code: "10008"}
  - {id: B-4, text: The event is listed., check: {event: {in: codes}}}
  - {id: B-5, text: Nobody is told., level: MUST NOT, check: {$header/f:receiver: absent}}
not-checkable:
  - {id: B-6, because: no message shows it}
"""

MIDDLE = """
extends: [base@1]
drop: {B-5: a receiver may be told here}
"""

TOP = """
extends: [middle@1]
ids: {B-1: T-1, B-6: T-6}
change:
  B-3: {text: There is exactly one header., remedy: Remove the others.}
  values: {code: B}
  code-lists: {codes: {codes: [B]}}
drop: {B-2: the event is T-1}
rules:
  - {id: T-2, text: There is an entry., for: [letter, answer], check: {/f:Bundle/f:entry: present}}
"""

TOP_TEXT = """\
top 1.0.0: A pack of a test
extends middle, base

rules of top:
  T-2  MUST, for letter, answer
      There is an entry.

rules of base:
  T-1  MUST, for letter
      The event is B.
      is B-1 in base
      changed by top: the value code
  B-3  MUST
      There is exactly one header.
      changed by top: text, remedy
  B-4  MUST
      The event is listed.
      changed by top: the code list codes

no message can show:
  T-6
      no message shows it

dropped:
  B-2  SHOULD
      There is an event.
      dropped by top: the event is T-1
  B-5  MUST NOT
      Nobody is told.
      dropped by middle: a receiver may be told here

4 rules, 1 not checkable, 2 dropped
"""


@pytest.fixture
def folder(tmp_path):
    """
    Three packs, each of which extends the one before.
    """
    write_pack(tmp_path, BASE, name="base")
    write_pack(tmp_path, MIDDLE, name="middle")
    write_pack(tmp_path, TOP, name="top")
    return tmp_path


@pytest.fixture
def rules(capsys):
    """
    What `itk3 rules` prints.
    """

    def run(*arguments):
        assert main(["rules", *map(str, arguments)]) == 0
        return capsys.readouterr().out

    return run


def test_text(folder, rules):
    """
    Each rule stands under the pack that says it first, with what has been done to it since.
    """
    assert rules(folder / "top") == TOP_TEXT


def test_a_pack_that_extends_nothing(folder, rules):
    """
    Drafts are marked and counted apart.
    """
    told = rules(folder / "base")

    assert told.startswith("base 1.0.0: A pack of a test\n\nrules of base:\n  B-1  MUST, for letter\n")
    assert "  B-2  SHOULD, draft\n      There is an event.\n" in told
    assert told.endswith("\n4 rules, 1 draft, 1 not checkable\n")


def test_from_inside_the_folder(folder, rules, monkeypatch):
    """
    A pack that is named `.` is listed like any other.
    """
    monkeypatch.chdir(folder / "top")

    assert rules(".") == TOP_TEXT


def test_json(folder, rules):
    """
    JSON has every field of every requirement.
    """
    document = json.loads(rules(folder / "top", "--format", "json"))
    [pack] = document["packs"]
    rows = {row["id"]: row for row in pack["rules"]}

    assert document["rules"] == 1
    assert (pack["pack"], pack["version"], pack["extends"]) == ("top", "1.0.0", ["middle", "base"])
    assert rows["T-1"] == {
        "id": "T-1",
        "state": "active",
        "level": "MUST",
        "interactions": ["letter"],
        "text": "The event is B.",
        "origin": "base",
        "was": "B-1",
        "changed": [{"pack": "top", "what": ["the value code"]}],
        "dropped_by": None,
        "why": None,
        "source": "B section 1",
        "link": None,
        "response_code": None,
        "archive": False,
    }
    assert {id_: row["state"] for id_, row in rows.items()} == {
        "T-1": "active",
        "B-3": "active",
        "B-4": "active",
        "T-2": "active",
        "T-6": "not-checkable",
        "B-2": "dropped",
        "B-5": "dropped",
    }


def test_csv(folder, rules):
    """
    CSV has one row a requirement, and nothing in it that a spreadsheet would run as a formula.
    """
    rows = {row["id"]: row for row in csv.DictReader(io.StringIO(rules(folder / "base", "--format", "csv")))}

    assert rows["B-3"]["text"] == "'=There is one header."
    assert rows["B-3"]["response_code"] == "10008"
    assert rows["B-1"]["interactions"] == "letter"
    assert rows["B-6"] == {
        **dict.fromkeys(rows["B-6"], ""),
        "pack": "base",
        "pack_version": "1.0.0",
        "id": "B-6",
        "state": "not-checkable",
        "origin": "base",
        "why": "no message shows it",
    }


def test_bundled_packs(rules):
    """
    Without a pack all bundled packs are listed, with every rule that they load with.
    """
    document = json.loads(rules("--format", "json"))
    listed = {
        pack["pack"]: [row["id"] for row in pack["rules"] if row["state"] not in ("not-checkable", "dropped")]
        for pack in document["packs"]
    }

    assert listed == {pack.name: [rule.id for rule in pack.all_rules] for pack in load_packs()}


def test_dropped_rules_of_a_bundled_pack(rules):
    """
    What a bundled pack leaves out is told with the reason.
    """
    assert (
        "  RSP-ITK#MessageHeader.event.code  MUST, for response\n"
        "      The event of a response is ITK008M.\n"
        "      dropped by gpcm-sd-oc: GPCM-SD-OC-157 says the same, and the system with it\n"
    ) in rules("gpcm-sd-oc")


def test_control_characters_are_escaped(tmp_path, rules):
    """
    What a pack says cannot steer the terminal.
    """
    text = 'rules: [{id: A-1, text: "red \\u202e", check: {/f:Bundle: present}}]'

    assert "      red \\u202e\n" in rules(write_pack(tmp_path, text))


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        pytest.param(
            ["gpcm-sd-co"],
            "itk3: there is no bundled pack and no folder 'gpcm-sd-co'; did you mean 'gpcm-sd-oc'?\n",
            id="unknown-pack",
        ),
        pytest.param(
            ["--format", "xml"],
            "itk3 rules: argument --format: invalid choice: 'xml' (choose from 'text', 'json', 'csv');"
            " itk3 rules --help tells more\n",
            id="unknown-format",
        ),
    ],
)
def test_what_is_wrong(arguments, told, capsys):
    """
    A pack that nobody knows, or another mistake in the command: status 2.
    """
    assert main(["rules", *arguments]) == 2
    assert capsys.readouterr().err == told


def test_a_pack_with_mistakes(tmp_path, capsys):
    """
    Mistakes in the rules are told at their places: status 2.
    """
    pack = write_pack(tmp_path, "rules: [{id: A-1, text: x, check: {evnt: present}}]")

    assert main(["rules", str(pack)]) == 2
    assert "unknown selector 'evnt'" in capsys.readouterr().err
