"""
Rules that go down and back up among entries, on small messages of which many look alike: what is remembered of one
message decides for another only where plain evaluation says the same.
"""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from itk3_validator import Validator
from pack_builder import entry, write_pack
from pack_builder import message as bundle

RULES, MESSAGES = 40, 60
BELOW = {
    "Bundle": ["entry"],
    "entry": ["fullUrl", "resource", "resource"],
    "resource": ["Patient", "Patient", "Basic", "*"],
    "Patient": ["id", "subject", "*"],
    "Basic": ["id", "subject", "*"],
    "subject": ["reference"],
}
ABOVE = {below: above for above, names in BELOW.items() for below in names if below != "*"}
WHICH = ["[1]", "[2]", "[last()]", "[f:id]", "[not(f:id)]", "[../f:fullUrl]", "[f:id/@value='a']", "[*]"]
VERBS = [
    {"count": "1"},
    {"count": "1..*"},
    {"count": "2..*"},
    {"present": "true"},
    {"equals": "a", "some": "true"},
    {"unique": "true"},
    {"refers-to": {}, "count": "0..*"},
    {"refers-to": {"resource": "Patient"}, "some": "true"},
    {"refers-to": {"where": {"./f:id": {"count": "1"}}}, "some": "true"},
    {"references": "resolve", "count": "0..*"},
    {"coding": {"system": "a"}, "some": "true"},
    {"order": ["Patient", "Basic", "id", "subject"], "some": "true"},
]


def way(draw: random.Random, at: str, steps: int) -> tuple[str, str]:
    """
    Some steps from an element, most of them down, and where they end.
    """
    made = ""
    for _ in range(steps):
        names = BELOW.get(at, [])
        if at in ABOVE and (not names or draw.random() < 0.2):
            at, made = ABOVE[at], f"{made}/.."
        elif names:
            name = draw.choice(names)
            made += f"/{name if name == '*' else f'f:{name}'}{draw.choice(WHICH) if draw.random() < 0.1 else ''}"
            # What is not named is gone on from as a Patient is.
            at = "Patient" if name == "*" else name
    return made, at


def place(draw: random.Random) -> tuple[str, str]:
    made, at = way(draw, "Bundle", draw.randint(3, 7))
    if draw.random() < 0.1:
        other, _ = way(draw, "Bundle", 4)
        return f"(/f:Bundle{made} | /f:Bundle{other})[{draw.randint(1, 2)}]", at
    return f"/f:Bundle{made}", at


def rule(draw: random.Random) -> str:
    """
    A rule on one line.
    """
    at, end = place(draw)
    verb = draw.choice(VERBS[:3] if draw.random() < 0.5 else VERBS)
    if draw.random() < 0.3:
        below, _ = way(draw, end, draw.randint(1, 3))
        made = {"each": at, "check": {f".{below}": verb}}
    else:
        made = {"check": {at: verb}}
    return json.dumps({"id": "R", "text": "t", "expensive": "t", **made})


def message(draw: random.Random) -> bytes:
    def resource() -> str:
        name = draw.choice(["Patient", "Basic"])
        subject = f'<subject><reference value="urn:uuid:{draw.choice("ab")}"/></subject>'
        inside = [
            draw.choice(['<id value="a"/>', '<id value="b"/>', subject]) for _ in range(draw.choice([0, 1, 1, 2]))
        ]
        return f"<{name}>{''.join(inside)}</{name}>"

    made = []
    for _ in range(draw.randint(1, 3)):
        url = draw.choice(["", "urn:uuid:a", "urn:uuid:b"])
        made.append(entry("".join(resource() for _ in range(draw.choice([0, 1, 1, 1, 1, 2]))), url))
    return bundle(*made)


@pytest.mark.parametrize("seed", range(4, 8))
def test_rules_see_which_entry_is_which(
    seed: int, seen_in: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("itk3_validator.sight.memory.PLAIN_AT_FIRST", 0)
    draw = random.Random(seed)
    made = [message(draw) for _ in range(MESSAGES)]
    decided = 0
    for number in range(RULES):
        text = rule(draw)
        judge = Validator([write_pack(tmp_path, f"rules: [{text}]\n", name=f"p{number}")])
        plain = Validator(judge.packs, remember=False)
        outcomes = [plain.validate(each).outcomes["R"] for each in made]
        assert [judge.validate(each).outcomes["R"] for each in made] == outcomes, text
        decided += len(set(outcomes)) > 1
    # Rules that say the same of every message would show nothing.
    assert decided > RULES / 4
