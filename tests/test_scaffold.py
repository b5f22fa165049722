"""
What the drafts of `itk3 new` are made of: quoting, comments, lists of requirements, and what is like what.
"""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from itk3_validator import CallInvalid, load_packs
from itk3_validator.pack.yaml_text import read_yaml
from itk3_validator.workshop.scaffold.matching import fixed_value, matched, mentions
from itk3_validator.workshop.scaffold.requirements import Requirement, read_requirements
from itk3_validator.workshop.scaffold.text import comment, literal, quoted
from requirement_lists import DISCHARGE, IDS, as_csv, as_yaml

ID_SIGNS = "letters, digits and . _ & # : / [ ] - are allowed, a letter or digit first"
YAML_LIST = "write requirements: and below it entries such as {id: X-1, description: ...}"
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
WRITABLE = st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn"], include_characters="\n\t\x85"), max_size=60)


@given(WRITABLE)
def test_a_quoted_text_is_read_as_it_was(text):
    """
    Whatever stands in it, a text comes back from a file of YAML, inside brackets too.
    """
    read, problems = read_yaml("f.yaml", f"a: [{quoted(text)}, {{b: {quoted(text)}}}]\n".encode())

    assert problems == ()
    assert [read.get("a").items[0].text, read.get("a").items[1].get("b").text] == [text, text]


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("GPCM-SD-OC-143/2", "GPCM-SD-OC-143/2"),
        ("Bundle.id is present.", "Bundle.id is present."),
        ("true", '"true"'),
        ("30001", '"30001"'),
        ("a, b", '"a, b"'),
        ("a: b", '"a: b"'),
        ("", '""'),
        ("${SD}x", '"${SD}x"'),
        ("red \u202e", '"red \\U0000202e"'),
    ],
)
def test_quotes_stand_where_they_are_needed(text, written):
    """
    Plain where an editor and YAML would take it for a text, else in quotes.
    """
    assert quoted(text) == written


def test_a_literal_is_no_value():
    """
    A description that holds ``${`` means these two characters.
    """
    assert literal("${x}") == '"$${x}"'


@given(TEXTS)
def test_a_comment_is_nothing_but_a_comment(text):
    """
    No line break and no other sign in a description ends the comment that it stands in.
    """
    written = f"a: b\n{comment(text, indent=2)}"

    assert yaml.safe_load(written) == {"a": "b"}
    assert read_yaml("f.yaml", written.encode())[1] == ()


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("LocalExtension MUST be set to fixed value of SendDocument-X This item is found", "SendDocument-X"),
        ("BusAckRequested MUST be set to fixed value of true . This will request", "true"),
        ("MUST be set to fixed value of FA ('For action') taken from FHIR ValueSet", "FA"),
        ("MessageDefinition MUST be set to fixed value of https://x.uk/MD/A-1 This item", "https://x.uk/MD/A-1"),
        ("Event MUST contain a fixed value of ITK007C from code system ITK-MessageEvent-2", "ITK007C"),
        ("Composition.status MUST contain fixed value final", "final"),
        ("Composition.status MUST contain fixed value final.", "final"),
        ("MUST contain the fixed value N (Normal), or R (Restricted) if so", None),
        ("MUST contain a fixed value of either partial , completed", None),
        ("where telecom.system is set to a fixed value of phone , and more", None),
        ("Composition.title MUST contain the fixed value Online consultation report", None),
        ("SenderReference MUST be set to the identifier", None),
        ('LocalExtension MUST be set to fixed value of "SendDocument-X"', "SendDocument-X"),
        ("LocalExtension MUST be SendDocument-X", "SendDocument-X"),
        ("LocalExtension MUST be 'SendDocument-X'.", "SendDocument-X"),
        ("LocalExtension MUST be \u201cSendDocument-X\u201d. This item is found", "SendDocument-X"),
        ("Event code MUST be ITK008M", "ITK008M"),
        ("BusAckRequested MUST be false", "false"),
        ("SenderReference MUST be present", None),
        ("the timestamp MUST be UTC", None),
        ("LocalExtension MUST be SendDocument-X or SendDocument-Y", None),
    ],
)
def test_the_fixed_value_of_a_description(text, value):
    """
    One word that is fixed is read off; lists, alternatives and several words are left to the reader.
    """
    assert fixed_value(text) == value


@pytest.mark.parametrize(
    ("text", "value", "held"),
    [
        ("set to true.", "true", True),
        ("is untrue", "true", False),
        ("ITK007C-2 here", "ITK007C", False),
        ("from code system ITK-MessageEvent-2", "https://x/CodeSystem/ITK-MessageEvent-2", True),
        ("from code system ITK-MessageEvent-1", "https://x/CodeSystem/ITK-MessageEvent-2", False),
    ],
)
def test_a_value_is_mentioned_as_a_whole_word(text, value, held):
    """
    Of a URL the last part is enough; part of a word is not.
    """
    assert mentions(text, value) is held


def test_requirements_are_given_the_rules_that_are_like_them():
    """
    A list in the words of the publication gets the rules of the other use case; of equals the first gets the first.
    """
    (base,) = load_packs(["gpcm-sd-oc"])
    asked = [Requirement(id_, text, 1) for id_, _, text in DISCHARGE]
    found = {each.rule.id: each.requirement.id for each in matched(asked, base)}

    assert found == {old: new for old, new in IDS.items() if not old.endswith("/2")}


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("destination and receiver MUST NOT be present in the MessageHeader", ["GPCM-SD-OC-152"]),
        ("Sender MUST contain a reference to the CareConnect-ITK-Header-Organization-1 resource", ["GPCM-SD-OC-148"]),
        ("the receiver of the new document SHOULD mark it and report a error to the sender of the message Bundle", []),
        ("the receiver MUST be able to store the Organization in the message Bundle", []),
        ("a message receiver MUST NOT need a destination in the MessageHeader", []),
        ("the sender and receiver MUST agree on the CareConnect-ITK-Header-Organization-1 resource", []),
    ],
    ids=["destination", "sender", "of-the-document", "able", "message-receiver", "both"],
)
def test_persons_are_no_elements(text, ids):
    """
    The receiver who does something is not the element of that name.
    """
    (base,) = load_packs(["gpcm-sd-oc"])

    assert [each.rule.id for each in matched([Requirement("X-1", text, 1)], base)] == ids


def test_what_is_nearly_as_much_alike_is_told():
    """
    Two rules that ask the same of sender, in a request and in a response, are rivals.
    """
    (base,) = load_packs(["gpcm-sd-oc"])
    asked = [Requirement(id_, text, 1) for id_, _, text in DISCHARGE]
    rivals = {each.rule.id: each.rivals for each in matched(asked, base)}

    assert (rivals["GPCM-SD-OC-148"], rivals["GPCM-SD-OC-147"]) == (("GPCM-SD-OC-156",), ())


ROWS = tuple(
    Requirement(id_, " ".join(text.split()), line, 2 if line == 14 else 1)
    for line, (id_, _, text) in enumerate(DISCHARGE, 2)
)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        pytest.param("list.csv", as_csv(), id="csv"),
        pytest.param("list.CSV", as_csv(), id="upper-case"),
        pytest.param("list.csv", as_csv(bom=True), id="bom"),
        pytest.param("list.csv", as_csv(delimiter=";"), id="semicolons"),
        pytest.param("list.csv", as_csv().replace(b"id,area,description", b" ID ,Area,Description"), id="header"),
        pytest.param("list.csv", as_csv() + b"\r\n,,\r\n", id="blank-lines"),
        pytest.param("list.csv", as_csv((*DISCHARGE, DISCHARGE[0])), id="the-same-line-twice"),
        pytest.param("list.yaml", as_yaml(), id="yaml"),
        pytest.param("list.yml", b"\xef\xbb\xbf" + as_yaml(), id="yaml-bom"),
    ],
)
def test_lists_are_read(tmp_path, name, data):
    """
    Quoted commas and quotes, a BOM, further columns; an id that stands twice is counted, a line that does is one.
    """
    (tmp_path / name).write_bytes(data)

    assert read_requirements(tmp_path / name) == ROWS


@pytest.mark.parametrize(
    ("name", "data", "told"),
    [
        pytest.param(
            "a.csv",
            b"number,description\nX-1,x\n",
            ["1:1: the first line names no column 'id'; begin the file with the line id,description"],
            id="no-id",
        ),
        pytest.param(
            "a.csv",
            b"X-1,the first requirement\n",
            [
                "1:1: the first line names no column 'description'; begin the file with the line id,description",
                "1:1: the first line names no column 'id'; begin the file with the line id,description",
            ],
            id="no-header",
        ),
        pytest.param(
            "a.csv",
            b"id,description\n",
            ["1:1: the list holds no requirement; write one a line, below the header"],
            id="nothing",
        ),
        pytest.param(
            "a.csv",
            b'id,description\nX 1,"two\nlines"\n,y\nX-2,\nX-3\n',
            [
                f"2:1: 'X 1' cannot be an id; {ID_SIGNS}",
                f"4:1: the id is missing; {ID_SIGNS}",
                "5:1: X-2 has no description; write what it asks",
                "6:1: X-3 has no description; write what it asks",
            ],
            id="all-at-once",
        ),
        pytest.param(
            "a.csv",
            b"id,description\nX-1,caf\xe9\n",
            ["2:1: the byte E9 here is not UTF-8; save the list as CSV UTF-8"],
            id="latin-1",
        ),
        pytest.param(
            "a.csv",
            b'id,description\nX-1,"a"b\n',
            ["2:1: this is no CSV: ',' expected after '\"'; look at the quotes before it"],
            id="quotes",
        ),
        pytest.param(
            "a.yaml",
            b"X-1: text\n",
            [f"1:1: there is no list of requirements; {YAML_LIST}"],
            id="yaml-without-the-key",
        ),
        pytest.param(
            "a.yaml",
            b"requirements:\n  - X-1\n  - {id: X-2}\n",
            [
                f"2:5: this is no requirement; {YAML_LIST}",
                "3:1: X-2 has no description; write what it asks",
            ],
            id="yaml-entries",
        ),
        pytest.param(
            "a.yaml",
            b"requirements:\n  - {id: X-1, description: x}\n  - id: X-2\n    descrption: y\n",
            ["4:5: 'descrption' was unexpected; did you mean 'description'?"],
            id="yaml-key",
        ),
        pytest.param(
            "a.csv",
            b"id,description\nX-1,x\nX-1,y\nX-2,\n",
            [
                "3:1: X-1 stands twice in the list; give each an id of its own",
                "4:1: X-2 has no description; write what it asks",
            ],
            id="twice",
        ),
    ],
)
def test_mistakes_in_a_list_are_told(tmp_path, name, data, told):
    """
    Every mistake at once, with its line and what would do.
    """
    (tmp_path / name).write_bytes(data)
    with pytest.raises(CallInvalid) as caught:
        read_requirements(tmp_path / name)

    assert str(caught.value).splitlines() == [f"{tmp_path / name}:{each}" for each in told]


@pytest.mark.parametrize("name", ["list.xlsx", "missing.csv"])
def test_other_files_are_no_lists(tmp_path, name):
    """
    A file of another kind, or none, is told.
    """
    (tmp_path / "list.xlsx").write_bytes(b"PK")
    with pytest.raises(CallInvalid, match=r"is neither CSV nor YAML by its name|cannot be read: No such file"):
        read_requirements(tmp_path / name)
