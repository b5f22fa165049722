"""
Frozen values: what frozen dataclasses with slots and named tuples offer.
"""

from __future__ import annotations

import copy
import json
import pickle
from typing import NamedTuple

import pytest

from itk3_validator.value import Frozen, Row, Value, field, parts, replace


class Spot(Value):
    x: int
    y: int = 0
    name: str = "a"


class Same(Value, eq=False):
    x: int


class Pair(Row):
    """
    Two.
    """

    left: int
    right: str = "b"

    @property
    def both(self) -> str:
        return f"{self.left}{self.right}"

    def __str__(self) -> str:
        return self.both


class Typed(NamedTuple):
    left: int
    right: str = "b"


@pytest.mark.parametrize(
    ("made", "told"),
    [
        pytest.param(lambda: Spot(1), "Spot(x=1, y=0, name='a')", id="defaults"),
        pytest.param(lambda: Spot(1, 2, "b"), "Spot(x=1, y=2, name='b')", id="by-position"),
        pytest.param(lambda: Spot(name="b", x=1), "Spot(x=1, y=0, name='b')", id="by-name"),
        pytest.param(lambda: Spot(1, name="b"), "Spot(x=1, y=0, name='b')", id="both"),
        pytest.param(lambda: replace(Spot(1), y=3), "Spot(x=1, y=3, name='a')", id="replaced"),
    ],
)
def test_a_value_is_made_of_its_fields(made, told):
    assert repr(made()) == told


@pytest.mark.parametrize(
    "made",
    [
        pytest.param(Spot, id="too-few"),
        pytest.param(lambda: Spot(1, 2, "b", 4), id="too-many"),
        pytest.param(lambda: Spot(1, z=2), id="unknown"),
        pytest.param(lambda: Spot(1, x=2), id="twice"),
        pytest.param(lambda: replace(Spot(1), z=2), id="replaced-unknown"),
    ],
)
def test_other_fields_are_an_error(made):
    with pytest.raises(TypeError, match="Spot"):
        made()


def test_a_value_is_frozen():
    """
    Nothing can be set, deleted or added.
    """
    spot = Spot(1)
    for change in (lambda: setattr(spot, "x", 2), lambda: delattr(spot, "x"), lambda: setattr(spot, "z", 2)):
        with pytest.raises(AttributeError, match="frozen"):
            change()

    assert parts(spot) == (1, 0, "a")
    assert not hasattr(spot, "__dict__")


def test_equal_by_kind_and_fields():
    """
    Values of one kind with equal fields are equal and hash alike; with eq=False each is itself alone.
    """
    same = Same(1)

    assert (Spot(1) == Spot(1), hash(Spot(1)) == hash(Spot(1))) == (True, True)
    assert (Spot(1) == Spot(2), Spot(1) == (1, 0, "a"), Same(1) == Same(1)) == (False, False, False)
    assert {same: 1}[same] == 1


@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, lambda each: pickle.loads(pickle.dumps(each))])
def test_a_copy_is_equal(again):
    assert again(Spot(1, name="b")) == Spot(1, name="b")


def test_a_value_matches_by_position():
    match Spot(1, 2):
        case Spot(x, y):
            pass

    assert (x, y) == (1, 2)


def test_a_default_is_made_afresh():
    """
    What a factory makes belongs to one value alone.
    """

    class Bag(Value):
        held: list[int] = field(default_factory=list)

    first, second = Bag(), Bag()
    first.held.append(1)

    assert (first.held, second.held, Bag([2]).held) == ([1], [], [2])


@pytest.mark.parametrize(
    "look",
    [
        pytest.param(lambda pair: tuple(pair(1)), id="defaults"),
        pytest.param(lambda pair: tuple(pair(right="c", left=1)), id="by-name"),
        pytest.param(lambda pair: pair(1, "c")[1], id="by-place"),
        pytest.param(lambda pair: pair(1, "c").right, id="field"),
        pytest.param(lambda pair: tuple(pair(1)._replace(right="c")), id="replaced"),
        pytest.param(lambda pair: pair(1)._asdict(), id="as-dict"),
        pytest.param(lambda pair: (pair(1) == pair(1), pair(1) == (1, "b"), pair(1) < pair(2)), id="compared"),
        pytest.param(lambda pair: hash(pair(1)), id="hashed"),
        pytest.param(lambda pair: pickle.loads(pickle.dumps(pair(1))) == pair(1), id="pickled"),
        pytest.param(lambda pair: copy.copy(pair(1)) == pair(1), id="copied"),
        pytest.param(lambda pair: repr(pair(1)).partition("(")[2], id="repr"),
        pytest.param(lambda pair: pair._fields, id="fields"),
        pytest.param(lambda pair: pair.__match_args__, id="matched"),
        pytest.param(lambda pair: vars(pair).keys() >= {"left", "right"}, id="slots"),
    ],
)
def test_a_row_is_a_named_tuple(look):
    """
    As the same class made by `typing.NamedTuple`.
    """
    assert look(Pair) == look(Typed)


def test_a_row_has_what_stands_in_its_class():
    """
    Properties, methods and the docstring; and its name.
    """
    assert (Pair(1).both, str(Pair(1, "c")), Pair.__doc__.strip()) == ("1b", "1c", "Two.")
    assert (Pair.__name__, Pair.__qualname__, Pair.__module__, repr(Pair(1))) == (
        "Pair",
        "Pair",
        __name__,
        "Pair(left=1, right='b')",
    )


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        pytest.param(Pair, TypeError, id="too-few"),
        pytest.param(lambda: Pair(1, "b", 3), TypeError, id="too-many"),
        pytest.param(lambda: Pair(1, up=2), TypeError, id="unknown"),
        pytest.param(lambda: setattr(Pair(1), "left", 2), AttributeError, id="set"),
        pytest.param(lambda: setattr(Pair(1), "up", 2), AttributeError, id="added"),
    ],
)
def test_a_row_is_held_to_its_fields(wrong, error):
    with pytest.raises(error):
        wrong()


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda each: each.__setitem__("a", 2), id="set"),
        pytest.param(lambda each: each.__delitem__("a"), id="deleted"),
        pytest.param(lambda each: each.clear(), id="cleared"),
        pytest.param(lambda each: each.pop("a"), id="popped"),
        pytest.param(lambda each: each.popitem(), id="popped-any"),
        pytest.param(lambda each: each.setdefault("b", 2), id="set-by-default"),
        pytest.param(lambda each: each.update(b=2), id="updated"),
        pytest.param(lambda each: each.__ior__({"b": 2}), id="joined"),
    ],
)
def test_a_frozen_dictionary_does_not_change(change):
    held = Frozen(a=1)

    with pytest.raises(TypeError, match="does not change"):
        change(held)

    assert held == {"a": 1}


@pytest.mark.parametrize(
    "taken",
    [
        pytest.param(dict, id="dict"),
        pytest.param(lambda each: each.copy(), id="copy"),
        pytest.param(lambda each: each | {}, id="joined"),
        pytest.param(lambda each: json.loads(json.dumps(each)), id="json"),
    ],
)
def test_what_is_made_of_a_frozen_dictionary_changes(taken):
    held = Frozen(a=1)
    made = taken(held)
    made["b"] = 2

    assert (type(made), made, held) == (dict, {"a": 1, "b": 2}, {"a": 1})


@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, lambda each: pickle.loads(pickle.dumps(each))])
def test_a_copy_of_a_frozen_dictionary_is_one(again):
    made = again(Frozen(a=1))

    assert (type(made), made) == (Frozen, {"a": 1})
