"""
What a run keeps of a message, so that rules over the archive can compare it.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from itk3_validator import CallInvalid, Validator
from itk3_validator.archive.keys import Key, rows

SAMPLES = Path(__file__).parent.parent / "samples" / "valid"
SECRET = b"sixteen bytes of"


@pytest.fixture(scope="module")
def report():
    return Validator(["gpcm-sd-oc"]).validate(SAMPLES / "gpcm-sd-oc-primary.xml")


@pytest.mark.parametrize(
    ("name", "values"),
    [
        pytest.param("MessageId", ("17179771-0164-4613-b674-13e0c0fdde4d",), id="a-selector"),
        pytest.param("$header/f:event/f:code", ("ITK007C",), id="an-xpath"),
        pytest.param("handling", (None,), id="no-value-of-its-own"),
        pytest.param("destination", (), id="nothing-there"),
        pytest.param("unheard-of", (), id="no-such-selector"),
        pytest.param("$unheard-of/f:code", (), id="an-xpath-of-another-pack"),
    ],
)
def test_values_at_places(report, name, values):
    """
    A report tells what the message holds at places of its pack, one value a node.
    """
    assert report.values_at([name]) == {name: values}


@pytest.mark.parametrize("name", ["//f:entry[[", "/f:Bundle/zz:id", "/f:Bundle[unheard-of()]"])
def test_an_xpath_that_is_none(report, name):
    """
    It is the caller's mistake, and told as one.
    """
    with pytest.raises(CallInvalid, match="one of the XPaths is wrong"):
        report.values_at(["MessageId", name])


def test_values_go_with_the_message():
    """
    A closed report holds no value of the message.
    """
    report = Validator(["gpcm-sd-oc"]).validate(SAMPLES / "gpcm-sd-oc-primary.xml")
    report.close()

    assert report.values_at(["MessageId"]) == {"MessageId": ()}


def test_what_is_not_safe_is_kept_as_a_hash():
    """
    Values of places that are not plain are hashes: the same for the same value and secret, and for no other.
    """
    kept = dict(
        rows({"name": ["Wrenfield"], "code": ["30001"]}, [Key("code", plain=True), Key("name", plain=False)], SECRET)
    )
    again = dict(rows({"name": ["Wrenfield"]}, [Key("name", plain=False)], SECRET))
    other = dict(rows({"name": ["Wrenfield"]}, [Key("name", plain=False)], b"another sixteen."))

    assert kept["code"] == "30001"
    assert "Wrenfield" not in kept["name"]
    assert again["name"] == kept["name"] != other["name"]


@pytest.mark.parametrize(
    ("value", "kept"),
    [pytest.param(None, None, id="none"), pytest.param("", "", id="empty"), pytest.param(" ", "", id="blank")],
)
@pytest.mark.parametrize("plain", [True, False])
def test_what_is_no_value_stays_so(value, kept, plain):
    """
    A node without a value and an empty one are told apart, hashed or not.
    """
    assert list(rows({"name": [value]}, [Key("name", plain=plain)], SECRET)) == [("name", kept)]
