"""
What is offered for a mistyped name.
"""

from __future__ import annotations

from time import perf_counter

import pytest

from itk3_validator.spelling import closest, did_you_mean

VERBS = ("present", "absent", "equals", "one-of", "none-of", "in", "matches", "format", "length", "coding", "row")


@pytest.mark.parametrize(
    ("name", "known", "expected"),
    [
        pytest.param("matchs", VERBS, "matches", id="letter missing"),
        pytest.param("one_of", VERBS, "one-of", id="other hyphen"),
        pytest.param("Equals", VERBS, "equals", id="case"),
        pytest.param("start-with", ("starts-with", "contains"), "starts-with", id="function"),
        pytest.param("handeling", ("header", "handling"), "handling", id="selector"),
        pytest.param("ab1", ("ab3", "ab2"), "ab2", id="equally near: the first of the alphabet"),
        pytest.param("sorted", VERBS, None, id="nothing near"),
        pytest.param("", VERBS, None, id="empty"),
        pytest.param("in", (), None, id="nothing known"),
        pytest.param("x" * 5_000_000, ("x" * 5_000_000,), None, id="endless name"),
    ],
)
def test_closest(name, known, expected):
    """
    The nearest known name, whatever the order in which the names come.
    """
    assert closest(name, known) == expected
    assert closest(name, tuple(reversed(known))) == expected


@pytest.mark.parametrize(
    ("name", "known", "expected"),
    [
        pytest.param("matchs", VERBS, "did you mean 'matches'?", id="near"),
        pytest.param("zzz", ("b", "a", "b"), "known are a, b", id="few, sorted, once each"),
        pytest.param("zzz", ("a",), "the only one known is a", id="one"),
        pytest.param("zzz", "abcdefghij", "known are a, b, c, d, e, f, g, h and 2 more", id="many"),
        pytest.param("zzz", (), "", id="none"),
    ],
)
def test_did_you_mean(name, known, expected):
    """
    The exact words, as they stand after ``;`` in a problem.
    """
    assert did_you_mean(name, known) == expected


def test_only_the_first_mistakes_are_looked_into():
    """
    After fifty mistakes nothing is looked for, so that mistakes and known names by the thousand do not multiply.
    """
    told = [(closest("matchs", VERBS, told=told), did_you_mean("zzz", VERBS, told=told)) for told in (49, 50)]

    assert told == [("matches", did_you_mean("zzz", VERBS)), (None, "")]


def test_names_alike_by_the_thousand_cost_little():
    """
    Names that are all nearly the same are not compared letter by letter with each other, however many there are.
    """
    known = [f"{'ab' * 90}{number}" for number in range(2000)]
    started = perf_counter()

    near = closest("ab" * 90 + "x", known)

    assert (near, perf_counter() - started < 2) == (known[0], True)
