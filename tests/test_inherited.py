"""
Packs that are loaded together with those that they extend: read as they are alone, each rule of a base once.
"""

from __future__ import annotations

import pytest

from itk3_validator import PackInvalid, load_pack, load_packs
from pack_folders import write

BASE = """
values: {use: Report, word: report}
facts: {recipient: {values: [primary, copy]}}
selectors:
  header: (/f:Bundle/f:entry/f:resource/f:MessageHeader)[1]
  event: $header/f:event/f:code
  local: "$header/f:extension[@url='${use}']"
code-lists: {sizes: {codes: {S: Small}}}
interactions: {report: {requires: {header: {count: 1..*}}}}
rules:
  - {id: named, text: The event is there., for: report, check: {event: present}}
  - {id: valued, text: "It is a ${word}.", given: {recipient: primary}, check: {local: present}}
  - {id: listed, text: It is a size., check: {event: {in: sizes}}}
  - {id: placed, text: The sender is there., check: {$header/f:sender/f:reference: {equals: A}}}
"""
ALL = {"named", "valued", "listed", "placed"}

# What the new pack says, and which rules of the base it takes over as they were read there.
CASES = {
    "nothing": ("", ALL),
    "a rule of its own": ("rules: [{id: N, text: Own., check: {event: present}}]", ALL),
    "names of its own": (
        """\
values: {more: X}
namespaces: {x: "urn:x"}
facts: {mood: {values: [good]}}
selectors: {all: /f:Bundle}
code-lists: {moods: {codes: [good]}}
interactions: {letter: {}}
""",
        ALL,
    ),
    "a version of XPath": ('xpath: "2.0"', ALL),
    "another value": ("change: {values: {word: letter}}", set()),
    "another value in a selector": ("change: {values: {use: Letter}}", set()),
    "another selector": ("change: {selectors: {event: $header/f:event}}", set()),
    "another list": ("change: {code-lists: {sizes: {codes: {L: Large}}}}", set()),
    "another interaction": ("change: {interactions: {report: {requires: {event: present}}}}", ALL),
    "another rule": ("change: {named: {text: The event is not left out.}}", ALL - {"named"}),
    "another id": ("ids: {named: renamed}", ALL - {"named"}),
    "one rule less": ("drop: {named: nobody asks}", ALL - {"named"}),
    "a place that may be shown": (
        "selectors: {sender: {xpath: $header/f:sender/f:reference, safe: true}}",
        ALL - {"placed"},
    ),
    "another place that may be shown": (
        "selectors: {receiver: {xpath: $header/f:receiver/f:reference, safe: true}}",
        ALL,
    ),
}


def written(folder, text):
    """
    The folders of the base and of a pack that extends it.
    """
    return write(folder, "base", BASE), write(folder, "new", f"extends: [base@1]\n{text}\n")


@pytest.mark.parametrize("order", [slice(None), slice(None, None, -1)], ids=["base first", "base last"])
@pytest.mark.parametrize(("text", "taken"), CASES.values(), ids=CASES)
def test_together_as_alone(tmp_path, text, taken, order):
    """
    Nothing is taken over that the new pack says otherwise, and all the rest is.
    """
    folders = written(tmp_path, text)

    base, new = load_packs(folders[order], trust=True)[order]
    own = {id(rule): rule.id for rule in base.rules}

    assert (base, new) == tuple(load_pack(folder, trust=True) for folder in folders)
    assert {own[id(rule)] for rule in new.rules if id(rule) in own} == taken


def test_what_may_be_shown_is_found_out_anew(tmp_path):
    """
    The place of an inherited rule may be shown in the pack that says so, and in no other.
    """
    text, _ = CASES["a place that may be shown"]

    base, new = load_packs(written(tmp_path, text), trust=True)
    safe = [
        [ask.target.safe for rule in pack.rules if rule.id == "placed" for ask in rule.check] for pack in (base, new)
    ]

    assert safe == [[False], [True]]


@pytest.mark.parametrize(
    "text",
    [
        "change: {selectors: {event: '/f:Bundle['}}",
        "change: {values: {use: '${missing}'}}",
        'change: {values: {use: "\'"}}',
        "change: {code-lists: {sizes: {file: nothing.csv}}}",
        "change: {named: {for: letter}}",
        "rules: [{id: N, text: Own., check: {evnt: present}}]",
        "selectors: {header: /f:Bundle}",
    ],
)
def test_mistakes_are_told_as_alone(tmp_path, text):
    """
    A pack with a mistake is told every mistake, whatever else is loaded.
    """
    folders = written(tmp_path, text)

    with pytest.raises(PackInvalid) as alone:
        load_pack(folders[1])
    with pytest.raises(PackInvalid) as together:
        load_packs(folders)

    assert together.value.problems == alone.value.problems


def test_bundled_packs_together_as_alone():
    """
    Four packs that extend one another.
    """
    together = load_packs()

    assert together == tuple(load_pack(pack.name) for pack in together)
    assert len({id(rule) for pack in together for rule in pack.rules}) < sum(len(pack.rules) for pack in together) / 2
