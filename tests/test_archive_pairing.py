"""
Message rules that ask for the request come to the same over an archive as with the request at hand.
"""

from __future__ import annotations

from itertools import product

import pytest

from archives import Found, Sent, archive
from itk3_validator import Source, Validator, load_pack
from itk3_validator.archive import values
from itk3_validator.archive.keys import keys_of, rows
from itk3_validator.archive.run import run
from pack_builder import message, write_pack

CHECKS = {
    "same": "{a: {same-as: request.a}}",
    "same-some": "{a: {same-as: request.a, some: true}}",
    "same-count": "{a: {same-as: request.a, count: 0..2}}",
    "same-own": "{a: {same-as: b}, request.a: present}",
    "equals": "{request.a: {equals: x}}",
    "equals-some": "{request.a: {equals: x, some: true}}",
    "equals-count": "{request.a: {equals: x, count: 0..1}}",
    "one-of": "{request.a: {one-of: [x, z]}}",
    "none-of": "{request.a: {none-of: [x, z]}}",
    "in": "{request.a: {in: letters}}",
    "in-range": "{request.a: {in: numbers}}",
    "matches": "{request.a: {matches: '[xy]|1[0-9]*'}}",
    "length": "{request.a: {length: 2..3}}",
    "present": "{request.a: present}",
    "absent": "{request.a: absent}",
    "count": "{request.a: {count: 2..3}}",
    "two": "{request.a: {equals: x}, a: {equals: y}}",
    "any-of": "{any-of: [{request.a: {equals: x}}, {a: {equals: y}}]}",
    "any-of-unknown": "{any-of: [{a: {same-as: request.a}}, {b: present}]}",
}
WHEN = {
    "when-equals": "{request.a: {equals: x}}",
    "when-none-of": "{request.a: {none-of: [x]}}",
    "when-present": "{request.a: present}",
    "when-absent": "{request.a: absent}",
    "when-same": "{a: {same-as: request.a}}",
    "when-count": "{request.a: {matches: '[a-z]+', count: 2}}",
    "when-own": "{a: {equals: x}, request.b: absent}",
    "when-any-of": "{any-of: [{request.a: {equals: y}}, {a: {equals: y}}]}",
}
VALUES = ([], [""], ["x"], ["y"], ["x", "x"], ["x", "y"], ["x", ""], ["10"], ["010"], ["yes", " x"])


def pack_text() -> str:
    rules = [f"  - {{id: {name}, text: A rule., for: answer, check: {check}}}" for name, check in CHECKS.items()]
    rules += [
        f"  - {{id: {name}, text: A rule., for: answer, when: {when}, check: {{a: {{count: 1}}}}}}"
        for name, when in WHEN.items()
    ]
    return "\n".join(
        [
            "selectors:",
            "  a: {xpath: /f:Bundle/f:type, safe: true}",
            "  b: {xpath: /f:Bundle/f:total, safe: true}",
            "code-lists:",
            "  letters: {codes: [x, z]}",
            "  numbers: {range: [1, 10]}",
            "interactions:",
            "  question: {requires: {/f:Bundle/f:id: absent}}",
            "  answer: {requires: {/f:Bundle/f:id: present}}",
            "rules:",
            *rules,
        ]
    )


def letter(values: list[str], *, answer: bool) -> bytes:
    lines = [f'<type value="{value}"/>' for value in values]
    return message(*(['<id value="i"/>'] if answer else []), *lines)


@pytest.fixture(scope="module")
def judged(tmp_path_factory) -> tuple[list[tuple[list[str], list[str] | None]], list[dict[str, str]], Found]:
    """
    Every pair of values, with and without its request: what the validator says of each, and what the archive says.
    """
    pack = load_pack(write_pack(tmp_path_factory.mktemp("packs"), pack_text()), trust=True)
    validator = Validator([pack])
    keys = keys_of([pack])
    pairs = [*product(VALUES, VALUES), *((values, None) for values in VALUES)]
    sent, outcomes = [], []
    for number, (own, asked) in enumerate(pairs):
        request = None if asked is None else letter(asked, answer=False)
        for name, data in (("request", request), ("answer", letter(own, answer=True))):
            if data is None:
                continue
            report = validator.validate(Source(name, data), request=request if name == "answer" else None)
            kept: dict[str, list[str | None]] = {}
            for key, value in rows(report.values_at([key.name for key in keys]), keys, b"secret"):
                kept.setdefault(key, []).append(value)
            if name == "request":
                sent.append(Sent(f"q{number}", keys=kept, interaction="question"))
                outcomes.append({})
            else:
                sent.append(Sent(f"a{number}", answers=f"q{number}", keys=kept, interaction="answer"))
                outcomes.append({rule: str(outcome) for rule, outcome in report.outcomes.items()})
    return pairs, outcomes, archive(sent, [pack])


@pytest.mark.parametrize("rule", [*CHECKS, *WHEN])
def test_the_archive_says_what_the_validator_says(judged, rule):
    """
    Each rule fails, is undecided and does not fail on the same messages, and its outcomes are counted alike.
    """
    _, outcomes, found = judged
    expected = [each.get(rule, "not-applicable") for each in outcomes]
    told = dict(
        found.connection.execute("SELECT messages[1], outcome FROM archive_findings WHERE rule = ?", [rule]).fetchall()
    )

    assert told == {number: each for number, each in enumerate(expected) if each in ("fail", "undecided")}
    assert found.outcomes(rule) == {each: expected.count(each) for each in set(expected)}
    assert len(set(expected)) > 1


def test_messages_are_taken_some_at_a_time(judged, monkeypatch):
    """
    However many messages have their values laid out and are told of at a time, everything said is the same.
    """
    pairs, _, found = judged
    before = {name: found.connection.sql(f"FROM archive_{name}").fetchall() for name in ("outcomes", "findings")}
    monkeypatch.setattr(values, "STEP", 7)
    run(found.connection, found.packs)
    again = {name: found.connection.sql(f"FROM archive_{name}").fetchall() for name in before}

    assert again == before
    assert len(before["findings"]) > len(pairs)
