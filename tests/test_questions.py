"""
Questions about a value: Python answers what lxml would.
"""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from lxml import etree

from itk3_validator import Validator
from itk3_validator.sight import questions
from itk3_validator.sight.questions import answerer
from itk3_validator.sight.reads import sight_of_rule

NOTHING = etree.Element("nothing")
PLAIN = [
    "boolean($value='a')",
    'boolean($value != "a")',
    "boolean('a' = $value)",
    "boolean($value)",
    "boolean(starts-with($value, 'a'))",
    "boolean(contains($value, ' '))",
    "boolean(contains('ab ', $value))",
    "boolean(normalize-space($value))",
    "boolean(normalize-space($value)=$value)",
    "boolean(string-length($value) > 2)",
    "boolean(string-length(normalize-space($value)) = 1)",
    "boolean(string-length($value))",
    "boolean(string($value)='b')",
    "boolean(not($value='a'))",
    "boolean(not(contains($value, 'b') or starts-with($value, 'a')))",
    "boolean(($value='a' or $value='b') and string-length($value) <= 1)",
    "boolean(translate($value, ' ba', '') != $value)",
    "boolean(normalize-space(translate($value, 'aAb ', 'xy'))='x')",
    "boolean(translate($value, 'aa', 'bc')='b')",
    "boolean(translate($value, '', 'b')='b')",
    "boolean(translate($value, '^-]a', '')=$value)",
]
FOR_LXML = [
    "boolean($value > 2)",
    "boolean($value = 2)",
    "boolean($value = true())",
    "boolean(number($value))",
    "boolean(substring($value, 2)='b')",
    "boolean(translate('ab', $value, 'c')='c')",
    "boolean(string-length($value) + 1 = 2)",
    "boolean(-string-length($value))",
    "boolean(concat($value, 'a')='aa')",
]
VALUES = st.text(st.sampled_from("aAbcx]^-  \t\n\r\xa0\u2028\xe9\U0001f600012.-"), max_size=8)


@pytest.mark.parametrize("question", [*PLAIN, *FOR_LXML])
@given(value=VALUES)
@example("a")
@example("2")
@example("")
def test_the_answer_is_that_of_lxml(question: str, value: str) -> None:
    assert answerer(question)(value) is bool(etree.XPath(question)(NOTHING, value=value))


@pytest.mark.parametrize("question", PLAIN)
def test_lxml_is_not_asked_what_is_plain(question: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(questions, "etree", None)
    assert answerer(question)("a") in (True, False)


@pytest.mark.parametrize("question", FOR_LXML)
def test_lxml_is_asked_the_rest(question: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(questions, "etree", None)
    with pytest.raises(AttributeError):
        answerer(question)


def test_all_that_bundled_packs_ask_is_plain(monkeypatch: pytest.MonkeyPatch) -> None:
    sights = [sight_of_rule(rule) for plan in Validator()._plans for rule in plan.rules]
    asked = {
        question
        for sight in sights
        if sight is not None
        for each in sight.reads.visits.attributes.values()
        for question in each
        if question
    }
    assert len(asked) > 20
    monkeypatch.setattr(questions, "etree", None)
    assert {answerer(question)("a") for question in asked} == {True, False}
