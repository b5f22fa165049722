"""
What is read of messages that are like others, without a parse, is what a parse finds.
"""

from __future__ import annotations

import pickle
import random
import re

import pytest

from benchmarks.messages import messages
from itk3_validator import Validator
from itk3_validator.archive.keys import keys_of
from itk3_validator.archive.places import PLACES
from itk3_validator.message import Incoming

PACK = "gpcm-sd-oc"
NAMES = tuple(
    dict.fromkeys(
        [
            *PLACES.values(),
            *(each.name for each in keys_of(Validator([PACK]).packs)),
            "header-profile",
            "MessageDefinition",
            "no-such-place",
        ]
    )
)
_VALUE = re.compile(rb'"([^"<]*)"')
pytestmark = pytest.mark.usefixtures("seen_in")


@pytest.fixture
def validator():
    made = Validator([PACK])
    made.keep_at_hand(NAMES)
    return made


@pytest.fixture
def plain():
    return Validator([PACK])


def told(report, names=NAMES):
    """
    Everything that depends on what was seen.
    """
    return (
        report.verdict,
        report.outcomes,
        dict(report.values_at(names)),
        [(each.id, each.outcome, each.message, each.findings) for each in report.told],
    )


def changed(data, draw):
    """
    The message with a few attribute values in the place of others, or blank.
    """
    found = list(_VALUE.finditer(data))
    chosen = sorted(draw.sample(found, draw.randint(1, 3)), key=lambda each: -each.start())
    for each in chosen:
        value = draw.choice([b"", b" ", b"true", draw.choice(found)[1], draw.choice(found)[1]])
        data = data[: each.start(1)] + value + data[each.end(1) :]
    return data


@pytest.mark.parametrize("kind", ["small", "response"])
def test_values_are_those_of_a_parse(validator, plain, kind):
    """
    For messages that differ in their values alone, many of them from the first ones on.
    """
    made = [each.data for each in messages(kind, 120)]

    assert [told(validator.validate(each)) for each in made] == [told(plain.validate(each)) for each in made]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("kind", ["small", "response"])
def test_changed_messages_are_read_as_they_are(validator, plain, kind, seed):
    """
    Also where another url, code or reference leads a place elsewhere, in the midst of messages of the same shape.
    """
    draw = random.Random(seed)
    made = [each.data for each in messages(kind, 60)]
    mixed = [*made, *(changed(draw.choice(made), draw) for _ in range(150))]

    for each in mixed:
        assert told(validator.validate(each)) == told(plain.validate(each))


def test_most_messages_need_no_parse(validator, monkeypatch, seen_in):
    """
    Once outlines are known, neither outcomes nor values ask for the tree.
    """
    made = [each.data for each in messages("response", 500) if each.fault is None]
    for each in made[:-100]:
        validator.validate(each).values_at(NAMES)
    parsed = []
    parse = Incoming.parsed

    def noted(incoming):
        parsed.append(incoming)
        return parse(incoming)

    monkeypatch.setattr(Incoming, "parsed", noted)
    for each in made[-100:]:
        report = validator.validate(each)
        assert report.values_at(NAMES)["MessageId"]
        assert report.outcomes

    assert len(parsed) < 10 or seen_in == "tree"


def test_places_may_be_asked_for_that_were_not_announced(validator, plain):
    """
    They are parsed for.
    """
    made = [each.data for each in messages("response", 40)]
    other = ("bundle-type", "MessageId")

    assert [validator.validate(each).values_at(other) for each in made] == [
        plain.validate(each).values_at(other) for each in made
    ]


def test_reports_that_are_alike_have_the_same_outcomes(validator):
    """
    And what they were undecided for; it is not told of a pickled report.
    """
    reports = [validator.validate(each.data) for each in messages("response", 100)]
    by_alike = {}
    for each in reports:
        by_alike.setdefault(id(each.alike), []).append(each)

    assert len(by_alike) < 60
    for same in by_alike.values():
        assert len({tuple(each.outcomes.items()) for each in same}) == 1
        reasons = {tuple((one.id, one.message) for one in each.told if one.outcome == "undecided") for each in same}
        assert len(reasons) == 1
    assert pickle.loads(pickle.dumps(reports[-1])).alike is None


def test_what_is_told_is_what_did_not_pass(plain):
    """
    Before the results were asked for and after it, and of a closed report.
    """
    for each in messages("small", 20):
        first, second, third = (plain.validate(each.data) for _ in range(3))
        third.close()
        wanted = [(one.id, one.message) for one in second.results if one.outcome not in ("pass", "not-applicable")]

        assert wanted
        assert [[(one.id, one.message) for one in report.told] for report in (first, second, third)] == [wanted] * 3


def test_another_thread_forgets_what_was_just_remembered(validator, plain, monkeypatch):
    """
    However soon: what stands at places is told all the same.
    """
    monkeypatch.setattr("itk3_validator.sight.at_hand.keep", lambda known, *_: known.clear())
    made = [each.data for each in messages("small", 20)]

    assert [told(validator.validate(each)) for each in made] == [told(plain.validate(each)) for each in made]
