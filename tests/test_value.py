"""
Frozen values: what a frozen dataclass with slots offers.
"""

from __future__ import annotations

import copy
import pickle

import pytest

from itk3_validator.value import Value, field, parts, replace


class Spot(Value):
    x: int
    y: int = 0
    name: str = "a"


class Same(Value, eq=False):
    x: int


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
