"""
Edits of a message by selector or XPath, without a word of XML.
"""

from __future__ import annotations

from functools import cache

import pytest

from itk3_validator import RulePack, load_pack
from itk3_validator.workshop.editing import edit
from itk3_validator.workshop.editing.places import Place, place_of_pack
from pack_builder import FHIR

MESSAGE = (
    f'<Bundle xmlns="{FHIR}"><type value="message"/><entry><fullUrl value="urn:1"/><resource><MessageHeader>'
    '<event><system value="S"/><code value="ITK006D"/></event><sender><reference value="urn:2"/></sender>'
    '<timestamp value="2024"/><focus/></MessageHeader></resource></entry><entry><fullUrl value="urn:2"/><resource>'
    '<Organization><text><div xmlns="http://www.w3.org/1999/xhtml"><p>one<b>two</b>three</p></div></text>'
    "<name/></Organization></resource></entry></Bundle>"
)
HEADER = "/f:Bundle/f:entry/f:resource/f:MessageHeader"
ORGANISATION = "/f:Bundle/f:entry/f:resource/f:Organization"


@cache
def pack() -> RulePack:
    return load_pack("itk3-message")


def place(written: str) -> Place:
    return place_of_pack(pack(), written)


def plain(data: bytes) -> str:
    return data.decode().partition("?>\n")[2]


def differs(data: bytes) -> tuple[str, str]:
    """
    What stood there before, and what stands there now.
    """
    new = plain(data)
    start = next(at for at, (old, now) in enumerate(zip(MESSAGE + "\0", new + "\0", strict=False)) if old != now)
    longest = min(len(MESSAGE), len(new)) - start
    end = next(
        (at for at in range(longest) if MESSAGE[len(MESSAGE) - 1 - at] != new[len(new) - 1 - at]),
        longest,
    )
    return MESSAGE[start : len(MESSAGE) - end], new[start : len(new) - end]


@pytest.mark.parametrize(
    ("written", "value", "expected"),
    [
        pytest.param("$event", "ITK007C", ("6D", "7C"), id="value"),
        pytest.param("$sender", "urn:9", ("2", "9"), id="reference"),
        pytest.param("$timestamp", "", ("2024", ""), id="nothing"),
        pytest.param("/f:Bundle/f:type/@value", "batch", ("message", "batch"), id="attribute"),
        pytest.param("./f:type", "batch", ("message", "batch"), id="relative-to-the-root"),
        pytest.param(f"{ORGANISATION}/f:name", "A & B", ("", ' value="A &amp; B"'), id="no-value-before"),
        pytest.param("$focus", "urn:2", ("/", '><reference value="urn:2"/></focus'), id="no-reference-before"),
        pytest.param(f"{ORGANISATION}/f:text/h:div/h:p/text()[1]", "1", ("one", "1"), id="text"),
        pytest.param(f"{ORGANISATION}/f:text/h:div/h:p/text()[2]", "3", ("three", "3"), id="text-behind-an-element"),
        pytest.param(f"{ORGANISATION}/f:text/h:div/h:p", "1", ("one<b>two</b>three", "1"), id="xhtml"),
    ],
)
def test_change_gives_the_place_another_value(written: str, value: str, expected: tuple[str, str]) -> None:
    """
    The value is where the language says it is, and nothing else changes.
    """
    assert differs(edit.change(MESSAGE.encode(), place(written), value)) == expected


def test_change_is_of_every_node_there() -> None:
    """
    What a test says of a place is true of all of it.
    """
    changed = plain(edit.change(MESSAGE.encode(), place("$full-urls"), "x"))

    assert changed == MESSAGE.replace('fullUrl value="urn:1"', 'fullUrl value="x"').replace(
        'fullUrl value="urn:2"', 'fullUrl value="x"'
    )


@pytest.mark.parametrize(
    ("written", "gone"),
    [
        pytest.param("$timestamp", '<timestamp value="2024"/>', id="element"),
        pytest.param("$event-coding", '<event><system value="S"/><code value="ITK006D"/></event>', id="with-all"),
        pytest.param("/f:Bundle/f:type/@value", ' value="message"', id="attribute"),
        pytest.param(f"{ORGANISATION}/f:text/h:div/h:p/h:b", "<b>two</b>", id="words-around-it-stay"),
    ],
)
def test_remove_takes_the_place_away(written: str, gone: str) -> None:
    """
    The node goes with all that it holds, and nothing else.
    """
    assert plain(edit.remove(MESSAGE.encode(), place(written))) == MESSAGE.replace(gone, "")


def test_repeat_doubles_an_element_beside_itself() -> None:
    """
    The copy stands right behind it.
    """
    assert plain(edit.repeat(MESSAGE.encode(), place("$timestamp"))) == MESSAGE.replace(
        '<timestamp value="2024"/>', '<timestamp value="2024"/><timestamp value="2024"/>'
    )


@pytest.mark.parametrize(
    ("written", "value", "expected"),
    [
        pytest.param(
            "$response-identifier", "X", '<response><identifier value="X"/></response><focus/>', id="with-its-parent"
        ),
        pytest.param("$receiver", "urn:2", '<receiver><reference value="urn:2"/></receiver><sender>', id="a-reference"),
        pytest.param("$destination", "", "<destination/><sender>", id="the-element-alone"),
        pytest.param(
            "$BusAckRequested",
            "true",
            '<extension url="https://fhir.nhs.uk/STU3/StructureDefinition/Extension-ITK-MessageHandling-2">'
            '<extension url="BusAckRequested"><valueBoolean value="true"/></extension></extension><event>',
            id="what-predicates-ask-for",
        ),
        pytest.param("$event", "X", '<code value="ITK006D"/><code value="X"/></event>', id="a-second-beside-the-first"),
        pytest.param(
            "$outcome/f:id",
            "7",
            '<entry><resource><OperationOutcome><id value="7"/></OperationOutcome></resource></entry></Bundle>',
            id="a-full-resource-is-left-alone",
        ),
        pytest.param("/f:Bundle/f:type/@id", "t", '<type value="message" id="t"/>', id="an-attribute"),
    ],
)
def test_insert_makes_the_place(written: str, value: str, expected: str) -> None:
    """
    With what is missing around it, where FHIR STU3 has it.
    """
    assert expected in plain(edit.insert(MESSAGE.encode(), place(written), value))


@pytest.mark.parametrize(
    ("make", "written", "why"),
    [
        pytest.param(edit.change, "$response", "$response is not in the message", id="change-of-nothing"),
        pytest.param(edit.remove, "$response", "$response is not in the message", id="removal-of-nothing"),
        pytest.param(edit.repeat, "$response", "$response is not in the message", id="repetition-of-nothing"),
        pytest.param(
            edit.change,
            "$event-coding",
            "$event-coding holds other elements and no value; name a place inside it",
            id="no-value",
        ),
        pytest.param(
            edit.insert,
            "$destination",
            "$destination holds other elements and no value; name a place inside it",
            id="insert-without-a-value",
        ),
        pytest.param(edit.remove, "/f:Bundle", "the root element cannot be removed", id="root"),
        pytest.param(edit.repeat, "/f:Bundle", "the root element cannot be there twice", id="root-twice"),
        pytest.param(
            edit.repeat, "/f:Bundle/f:type/@value", "an attribute or a text cannot be there twice", id="attribute-twice"
        ),
        pytest.param(
            edit.insert,
            "/f:Bundle/f:type/@value",
            "/f:Bundle/f:type/@value is there already and cannot be there twice; change it instead",
            id="attribute-again",
        ),
        pytest.param(
            edit.insert,
            "/f:Patient/f:id",
            "/f:Patient/f:id cannot be made: the root element is another",
            id="elsewhere",
        ),
        pytest.param(
            edit.insert,
            f"{HEADER}/*",
            f"{HEADER}/* cannot be made: it does not say which element it is",
            id="any-element",
        ),
    ],
)
def test_what_cannot_be_edited_is_told(make, written: str, why: str) -> None:
    """
    A sentence that names the place, and no message.
    """
    values = ("x",) if make in (edit.change, edit.insert) else ()

    with pytest.raises(edit.EditFailed) as raised:
        make(MESSAGE.encode(), place(written), *values)

    assert str(raised.value) == why


def test_a_character_that_xml_does_not_allow_is_told() -> None:
    """
    Not an exception of the XML library.
    """
    with pytest.raises(edit.EditFailed, match="the value holds a character that XML does not allow"):
        edit.change(MESSAGE.encode(), place("$event"), "\x01")


def test_prefix_and_encoding_stay() -> None:
    """
    What is made has the prefix of the message, and the bytes its encoding.
    """
    message = f'<?xml version="1.0" encoding="UTF-16"?><z:Bundle xmlns:z="{FHIR}"><z:type value="é"/></z:Bundle>'
    edited = edit.insert(message.encode("utf-16"), place("/f:Bundle/f:entry/f:fullUrl"), "ü")

    assert edited.decode("utf-16").partition("\n")[2] == (
        f'<z:Bundle xmlns:z="{FHIR}"><z:type value="é"/><z:entry><z:fullUrl value="ü"/></z:entry></z:Bundle>'
    )


def test_lines_and_indentation_stay() -> None:
    """
    What is made and what is taken away leave the lines around them as they are.
    """
    message = f'<Bundle xmlns="{FHIR}">\n  <type value="x"/>\n  <entry/>\n</Bundle>'.encode()

    assert plain(edit.insert(message, place("/f:Bundle/f:total"), "1")) == (
        f'<Bundle xmlns="{FHIR}">\n  <type value="x"/>\n  <total value="1"/>\n  <entry/>\n</Bundle>'
    )
    assert plain(edit.insert(message, place("/f:Bundle/f:signature"))) == (
        f'<Bundle xmlns="{FHIR}">\n  <type value="x"/>\n  <entry/>\n  <signature/>\n</Bundle>'
    )
    assert plain(edit.remove(message, place("/f:Bundle/f:entry"))) == (
        f'<Bundle xmlns="{FHIR}">\n  <type value="x"/>\n</Bundle>'
    )


def test_a_selector_that_follows_references_is_a_place() -> None:
    """
    The resource is found as the rules find it.
    """
    letter = load_pack("itk3-outpatient-letter")
    message = f"""<Bundle xmlns="{FHIR}"><entry><resource><Bundle><entry><resource><Composition><subject>
<reference value="urn:p"/></subject></Composition></resource></entry><entry><fullUrl value="urn:p"/><resource><Patient>
<gender value="male"/></Patient></resource></entry></Bundle></resource></entry></Bundle>""".encode()
    changed = edit.change(message, place_of_pack(letter, "$patient/f:gender"), "female")
    inserted = edit.insert(changed, place_of_pack(letter, "$patient/f:birthDate"), "1970")

    assert b'<gender value="female"/><birthDate value="1970"/></Patient>' in inserted
