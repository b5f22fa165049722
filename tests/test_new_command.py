"""
`itk3 new`: drafts of packs, rules and tests are clean and green as they are, and nothing is ever written over.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from itk3_validator import load_packs
from itk3_validator.adapters.cli import main
from itk3_validator.pack.bundled import bundled_names
from itk3_validator.workshop.scaffold.files import SCHEMA
from pack_builder import write_pack
from requirement_lists import DISCHARGE, IDS, as_csv, as_yaml

REPOSITORY = Path(__file__).parent.parent
PRIMARY = "valid/gpcm-sd-oc-primary.xml"

NEW_PACK = """\
# yaml-language-server: $schema=../rule-pack.schema.json
#
# A draft, written by `itk3 new pack`. It loads, lints clean and its tests hold. Put what your publication says in the
# place of what it says; docs/rule-language.md tells what may stand here.
pack: mine
version: 0.1.0
title: "mine, a draft"
source: {document: the publication that these rules come from}
extends: [itk3-message@1]

interactions:
  message: {title: ITK3 message (mine)}

selectors:
  # A name for each place that a rule speaks of, in the words of the publication.
  Bundle-id: /f:Bundle/f:id

rules:
  - id: MINE-1
    text: Bundle.id is present.
    for: message
    check: {Bundle-id: present}
    remedy: Add Bundle.id.
    response-code: "20009"
    source: the page or clause of the publication
"""

NEW_TESTS = """\
# yaml-language-server: $schema=../rule-pack.schema.json
tests:
  - message: valid/gpcm-sd-oc-primary.xml
    interaction: message
    expect: pass

  - name: without it MINE-1 fails
    message: valid/gpcm-sd-oc-primary.xml
    interaction: message
    remove: [Bundle-id]
    expect: {fail: [MINE-1]}
"""


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """
    An empty working folder.
    """
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def new(capsys):
    """
    Run `itk3 new`, which succeeds, and return what it tells.
    """

    def run(*arguments):
        assert main(["new", *map(str, arguments)]) == 0
        return capsys.readouterr().out

    return run


def files(folder):
    return {str(each.relative_to(folder)): each.read_bytes() for each in folder.rglob("*") if each.is_file()}


def clean_and_green(pack, capsys):
    """
    The last line of `itk3 test`, after `itk3 lint` had nothing to complain of.
    """
    assert (main(["lint", str(pack)]), capsys.readouterr().out) == (0, f"{Path(pack).name}: nothing to complain of\n")
    status = main(["test", str(pack)])
    told = capsys.readouterr().out
    assert status == 0, told
    return told.splitlines()[-1]


# a pack


def test_a_new_pack(folder, new, capsys):
    """
    One kind of message, one rule, the test that it passes and the one that it fails; and the schema for editors.
    """
    told = new("pack", "mine")

    assert told == (
        f"wrote mine/pack.yaml\nwrote mine/tests.yaml\nwrote {SCHEMA}\n\nnext: itk3 lint mine\n      itk3 test mine\n"
    )
    assert (folder / "mine/pack.yaml").read_text() == NEW_PACK
    assert (folder / "mine/tests.yaml").read_text() == NEW_TESTS
    assert clean_and_green("mine", capsys).startswith("mine 0.1.0: 2 tests, 2 held, 1 of 1 rule proved by ")


@pytest.mark.parametrize("base", bundled_names())
def test_a_new_pack_on_each_bundled_one(base, new, capsys):
    """
    Whatever it extends, it is clean and green.
    """
    new("pack", "mine", "--extends", base)

    assert clean_and_green("mine", capsys).startswith("mine 0.1.0: 2 tests, 2 held, 1 of 1 rule proved by ")


def test_the_first_line_leads_to_the_schema(folder, new):
    """
    The schema that editors are told of is there, and is that of the package, also in another place.
    """
    new("pack", "mine", "--at", "somewhere/else")
    for file in sorted((folder / "somewhere/else/mine").iterdir()):
        schema = file.parent / file.read_text().splitlines()[0].rpartition("=")[2]
        assert schema.read_bytes() == (REPOSITORY / "rules" / SCHEMA).read_bytes()


def test_a_pack_on_a_pack_of_ones_own(new, capsys):
    """
    A pack beside the new one can be extended by its name or its folder, and the tests hold there too.
    """
    new("pack", "mine", "--extends", "gpcm-sd-oc", "--at", "packs")
    new("pack", "second", "--extends", "mine", "--at", "packs")
    new("pack", "third", "--extends", "packs/second", "--at", "packs")

    assert clean_and_green("packs/third", capsys).startswith("third 0.1.0: 2 tests, 2 held, 1 of 1 rule proved by ")
    assert load_packs(["packs/third"])[0].lineage[:3] == ("second", "mine", "gpcm-sd-oc")


def test_an_old_schema_is_told_and_stays(folder, new):
    """
    A schema of another version is not written over; removed, it comes back with the next draft.
    """
    (folder / SCHEMA).write_text("{}")
    told = new("pack", "mine")
    assert f"{SCHEMA} is not the schema of this version; remove it, and the next `itk3 new` writes it again\n" in told
    assert (folder / SCHEMA).read_text() == "{}"

    (folder / SCHEMA).unlink()
    new("rule", "MINE-2", "--pack", "mine")
    assert (folder / SCHEMA).read_bytes() == (REPOSITORY / "rules" / SCHEMA).read_bytes()


# a rule, a test


def test_new_rules(folder, new, capsys):
    """
    Each further rule looks at another place, in a file of its own, and no test of the pack changes by it.
    """
    new("pack", "mine", "--extends", "gpcm-sd-oc")
    for identifier in ("MINE-2", "MINE-2/2", "A&B:C[x]#d"):
        new("rule", identifier, "--pack", "mine")

    assert sorted(each.name for each in (folder / "mine").iterdir()) == [
        "A_B_C_x__d.yaml",
        "MINE-2.yaml",
        "MINE-2_2.yaml",
        "pack.yaml",
        "tests.yaml",
    ]
    assert clean_and_green("mine", capsys).startswith("mine 0.1.0: 8 tests, 8 held, 4 of 4 rules proved by ")


def test_a_new_rule_in_the_working_folder(folder, new, monkeypatch):
    """
    `--pack .` is the folder one stands in, and the schema lies beside it.
    """
    new("pack", "mine")
    (folder / SCHEMA).unlink()
    monkeypatch.chdir(folder / "mine")

    assert "wrote MINE-2.yaml\n" in new("rule", "MINE-2", "--pack", ".")
    assert (folder / SCHEMA).is_file()


def test_new_tests(folder, new, capsys):
    """
    Without a message: the first rule that no test has seen to fail. The files are counted on.
    """
    new("pack", "mine")
    (folder / "mine/tests.yaml").write_text(NEW_TESTS.partition("\n  - name")[0] + "\n")
    new("test", "--pack", "mine")
    new("test", "--pack", "mine")

    written = (
        "# yaml-language-server: $schema=../rule-pack.schema.json\n"
        "tests:\n"
        "  - name: MINE-1 can fail\n"
        "    message: valid/gpcm-sd-oc-primary.xml\n"
        "    interaction: message\n"
        "    remove: [Bundle-id]\n"
        "    expect: {fail: [MINE-1]}\n"
    )
    assert [(folder / "mine" / name).read_text() for name in ("tests-2.yaml", "tests-3.yaml")] == [written] * 2
    assert clean_and_green("mine", capsys).startswith("mine 0.1.0: 3 tests, 3 held, 1 of 1 rule proved by ")


@pytest.mark.parametrize(
    ("options", "written"),
    [
        pytest.param(
            ["--message", PRIMARY, "--fact", "recipient=primary"],
            f"  - message: {PRIMARY}\n    facts: {{recipient: primary}}\n    expect: pass\n",
            id="pass",
        ),
        pytest.param(
            ["--message", "mine/bad.xml", "--fact", "recipient=primary"],
            "  # What the pack says today. Make sure that it is what the publication wants.\n"
            "  - message: bad.xml\n    facts: {recipient: primary}\n    expect: {fail: [MINE-1]}\n",
            id="own-fail-in-the-folder",
        ),
        pytest.param(
            ["--message", PRIMARY],
            "  # What the pack says today. Make sure that it is what the publication wants.\n"
            f"  - message: {PRIMARY}\n    expect: {{pass: [MINE-1]}}\n",
            id="undecided-elsewhere",
        ),
        pytest.param(
            ["--message", "valid/gpcm-sd-oc-business-response.xml", "--request", PRIMARY, "--interaction", "response"],
            f"  - message: valid/gpcm-sd-oc-business-response.xml\n    request: {PRIMARY}\n"
            "    interaction: response\n    expect: pass\n",
            id="request",
        ),
    ],
)
def test_a_test_of_a_message(folder, new, capsys, options, written):
    """
    It holds what the pack says of the message today, and says so where that is no pass.
    """
    new("pack", "mine", "--extends", "gpcm-sd-oc")
    sample = (REPOSITORY / "samples" / PRIMARY).read_text(encoding="utf-8")
    (folder / "mine/bad.xml").write_text(re.sub(r"  <id value=.*\n", "", sample, count=1), encoding="utf-8")
    new("test", "--pack", "mine", *options)

    assert (folder / "mine/tests-2.yaml").read_text() == (
        f"# yaml-language-server: $schema=../rule-pack.schema.json\ntests:\n{written}"
    )
    assert clean_and_green("mine", capsys).startswith("mine 0.1.0: 3 tests, 3 held")


# a pack from a list


@pytest.mark.parametrize(
    ("name", "data"),
    [
        pytest.param("list.csv", as_csv(), id="csv"),
        pytest.param("list.csv", as_csv(bom=True, delimiter=";"), id="spreadsheet"),
        pytest.param("list.yaml", as_yaml(), id="yaml"),
    ],
)
def test_a_pack_from_a_list(folder, new, capsys, name, data):
    """
    Rules get the numbers of the list, another fixed value or range is changed, the rest is still to be looked at.
    """
    (folder / name).write_bytes(data)
    told = new("pack", "xx-dc", "--extends", "gpcm-sd-oc", "--ids", name)
    (pack,) = load_packs(["xx-dc"])
    own = {rule.id: rule for rule in pack.rules if rule.pack == "xx-dc"}

    assert told.splitlines()[3:8] == [
        "14 requirements: 9 are like an inherited rule, 5 not looked at yet",
        "changed: XX-DC-004: business-acknowledgement is 30001 to 30004, not 30001 to 30018",
        (
            "changed: XX-DC-006: LocalExtension.valueString is SendDocument-MadeUpDischarge, "
            "not SendDocument-OnlineConsultationReport"
        ),
        "XX-DC-012 stands twice in the list (line 14)",
        "None has no digit; is it an id? (line 15)",
    ]
    assert set(own) == {*IDS.values(), "GPCM-SD-OC-169"}
    assert own["GPCM-SD-OC-169"].text == "A business response carries a code from 30001 to 30004."
    assert own["XX-DC-006"].text == "LocalExtension is SendDocument-MadeUpDischarge."
    assert own["XX-DC-010"].remedy == "Copy SenderReference from the request (XX-DC-005) into the response."
    assert {each.id: each.because for each in pack.not_checkable if each.pack == "xx-dc"} == dict.fromkeys(
        ["XX-DC-001", "XX-DC-002", "XX-DC-012", "XX-DC-012/2", "None"], "not looked at yet"
    )
    last = clean_and_green("xx-dc", capsys)
    assert re.match(r"xx-dc 0\.1\.0: 7 tests, 7 held, (\d+) of \1 rules proved by ", last)


def test_nothing_is_guessed_in_silence(folder, new):
    """
    Beside each line of the draft stand the requirement and the reason; what nothing is like is told as well.
    """
    (folder / "list.csv").write_bytes(as_csv())
    new("pack", "xx-dc", "--extends", "gpcm-sd-oc", "--ids", "list.csv")
    text = (folder / "xx-dc/pack.yaml").read_text()
    remarks = " ".join(line.strip(" #") for line in text.splitlines() if line.lstrip().startswith("#"))

    assert [each for each, _, told in DISCHARGE if f"{each}: {' '.join(told.split())}" not in remarks] == []
    assert "GPCM-SD-OC-147 is like it by: localextension." in remarks
    assert "careconnect-itk-header-organization-1, bundle, sender. Nearly as much alike: GPCM-SD-OC-156." in remarks
    assert (
        "    # XX-DC-006 fixes SendDocument-MadeUpDischarge, GPCM-SD-OC-147 SendDocument-OnlineConsultationReport.\n"
        "    use-case: SendDocument-MadeUpDischarge\n"
    ) in text
    assert (
        "  # XX-DC-012: the status element MUST contain a fixed value of active .\n"
        "  # The list holds XX-DC-012 more than once; give this one an id of its own.\n"
        "  - {id: XX-DC-012/2, because: not looked at yet}\n"
    ) in text
    assert (
        "#   GPCM-SD-OC-142: RecipientType is FI when sending a copy to the patient's registered GP practice.\n" in text
    )


BASE = """
extends: [itk3-message@1]
interactions: {report: {requires: {header: present}, clues: {source: present}}}
rules:
  - {id: B-1, text: The bundle has the type message., check: {bundle-type: {equals: message}}, source: s, for: report}
  - id: B-2
    text: The coding of the event has the code ITK007C.
    check: {event-coding: {coding: {system: "${CS}ITK-MessageEvent-2", code: ITK007C}}}
    source: s
    for: report
  - {id: B-3, text: The sender is there., check: {sender: present}, source: s, for: report}
tests: [{message: valid/gpcm-sd-oc-primary.xml, interaction: report, expect: pass}]
"""


def test_a_value_that_stands_in_the_check_itself(folder, new, capsys):
    """
    Where the rule does not use a named value, its check is changed and its sentences with it; the tests follow. What
    cannot be worked out is said.
    """
    rows = [
        ("Y-1", "itk", "The type of the bundle MUST be the fixed value document"),
        ("Y-2", "itk", "The coding of the event MUST contain as code the fixed value ITK014M"),
        ("Y-3", "itk", "Sender, when it is there, MUST contain a fixed value of X26"),
    ]
    write_pack(folder, BASE, name="base")
    (folder / "list.csv").write_bytes(as_csv(rows))
    new("pack", "y", "--extends", "base", "--ids", "list.csv")
    text = (folder / "y/pack.yaml").read_text()

    assert text[text.index("change:") :] == (
        "change:\n"
        "  # Y-1: the list fixes document, B-1 message.\n"
        "  Y-1:\n"
        "    check: {bundle-type: {equals: document}}\n"
        "    text: The bundle has the type document.\n"
        "  # Y-2: the list fixes ITK014M, B-2 ITK007C.\n"
        "  Y-2:\n"
        '    check: {event-coding: {coding: {system: "${CS}ITK-MessageEvent-2", code: ITK014M}}}\n'
        "    text: The coding of the event has the code ITK014M.\n"
        "  # Y-3: the list fixes the value X26, and the rule fixes no value. Look at it.\n\n"
    )
    assert (folder / "y/tests.yaml").read_text() == (
        "# yaml-language-server: $schema=../rule-pack.schema.json\n"
        "tests:\n"
        "  # Look at this: it is no pass.\n"
        "  - message: valid/gpcm-sd-oc-primary.xml\n"
        "    interaction: report\n"
        '    change: {bundle-type: document, "$event-coding/f:code": ITK014M}\n'
        "    expect: {pass: [Y-1]}\n"
    )
    assert clean_and_green("y", capsys).startswith("y 0.1.0: 1 test, 1 held, 3 of 3 rules proved by ")


def test_values_without_the_words_fixed_value(folder, new, capsys):
    """
    What is told in quotation marks or by its form is changed; what may be a value and cannot be read is told.
    """
    rows = [
        ("Q-1", "itk", "LocalExtension MUST be SendDocument-Foo"),
        ("Q-2", "itk", 'MessageDefinition MUST be "another one"'),
    ]
    (folder / "list.csv").write_bytes(as_csv(rows))
    new("pack", "q", "--extends", "gpcm-sd-oc", "--ids", "list.csv")
    text = (folder / "q/pack.yaml").read_text()

    assert text[text.index("change:") : text.index("# Inherited")] == (
        "change:\n"
        "  values:\n"
        "    # Q-1 fixes SendDocument-Foo, GPCM-SD-OC-147 SendDocument-OnlineConsultationReport.\n"
        "    use-case: SendDocument-Foo\n"
        "  # Q-2: the requirement names a value that the rule does not have\n"
        "  # (https://fhir.nhs.uk/STU3/MessageDefinition/ITK-GPConnectSendDocument-MessageDefinition-1): look\n\n"
    )
    clean_and_green("q", capsys)


def test_a_range_that_other_rules_tell(folder, new, capsys):
    """
    An inherited rule that no requirement is like tells the new range of a code list too.
    """
    rows = [("Q-1", "itk", "BusAckRequested MUST be set to true. Codes are in the range 30001 to 30003.")]
    (folder / "list.csv").write_bytes(as_csv(rows))
    told = new("pack", "q", "--extends", "gpcm-sd-oc", "--ids", "list.csv")

    assert (
        "  # GPCM-SD-OC-169: it told 30001 to 30018, the range that business-acknowledgement was.\n"
        "  GPCM-SD-OC-169:\n"
        "    text: A business response carries a code from 30001 to 30003.\n"
    ) in (folder / "q/pack.yaml").read_text()
    assert "1 requirement: 1 is like an inherited rule, 0 not looked at yet\n" in told
    clean_and_green("q", capsys)


def test_a_list_that_is_like_nothing(folder, new, capsys):
    """
    A list whose requirements no rule is like proves nothing, and that is told.
    """
    (folder / "list.csv").write_bytes(as_csv([("Q-1", "x", "nothing MUST be known")]))
    told = new("pack", "q", "--extends", "gpcm-sd-oc", "--ids", "list.csv")

    assert told.splitlines()[3:5] == [
        "1 requirement: 0 are like an inherited rule, 1 not looked at yet",
        "no requirement of the list is like an inherited rule: the new pack proves none of them yet",
    ]


def test_the_same_numbers_again(folder, new, capsys):
    """
    A requirement that is inherited under its own number is left where it is.
    """
    rows = [("GPCM-SD-OC-143", "itk", "BusAckRequested MUST be true"), ("Z-1", "itk", "something else MUST be so")]
    (folder / "list.csv").write_bytes(as_csv(rows))
    told = new("pack", "z", "--extends", "gpcm-sd-oc", "--ids", "list.csv")

    assert (
        "2 requirements: 0 are like an inherited rule, 1 inherited under the same number, 1 not looked at yet" in told
    )
    assert (
        "# GPCM-SD-OC-143 is inherited under the same number: BusAckRequested MUST be true\n"
        in (folder / "z/pack.yaml").read_text()
    )
    clean_and_green("z", capsys)


def test_signs_in_a_list_do_no_harm(folder, new, capsys):
    """
    Line breaks, control characters and signs of YAML in ids and descriptions stay inside comments and quotes.
    """
    rows = [
        ("A#1", "x", "one\u2028two\x07three: - [ { ${SD} *a &b\ndrop: {GPCM-SD-OC-141: gone}"),
        ("true", "x", "'\"\\ \ufeff\x85 %YAML"),
        ("X[0]:&/1", "x", "y" * 3000),
    ]
    (folder / "list.csv").write_bytes(as_csv(rows))
    new("pack", "z", "--extends", "gpcm-sd-oc", "--ids", "list.csv")
    (pack,) = load_packs(["z"])

    assert [each.id for each in pack.not_checkable if each.pack == "z"] == ["A#1", "true", "X[0]:&/1"]
    assert "GPCM-SD-OC-141" in {rule.id for rule in pack.rules}
    clean_and_green("z", capsys)


# what is wrong


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        pytest.param(["pac"], "new 'pac': there is no such draft; did you mean 'pack'?", id="kind"),
        pytest.param(["pack"], "new pack needs a name", id="no-name"),
        pytest.param(["rule", "--pack", "there"], "new rule needs an id", id="no-id"),
        pytest.param(["rule", "X-1"], "new rule needs the pack's folder: --pack DIR", id="no-pack"),
        pytest.param(["test", "x", "--pack", "there"], "new test takes no name 'x'", id="name-of-a-test"),
        pytest.param(
            ["rule", "X-1", "--pack", "there", "--ids", "f.csv"], "new rule takes no option --ids", id="option"
        ),
        pytest.param(
            ["test", "--pack", "there", "--fact", "a=b"],
            "--fact says something of a message: name it with --message",
            id="fact-alone",
        ),
        pytest.param(
            ["pack", "My_Pack"],
            "'My_Pack' cannot be the name of a pack; use lower-case letters, digits and hyphens",
            id="bad-name",
        ),
        pytest.param(
            ["pack", "../up"],
            "'../up' cannot be the name of a pack; use lower-case letters, digits and hyphens",
            id="path",
        ),
        pytest.param(
            ["pack", "gpcm-sd-oc"],
            "'gpcm-sd-oc' is the name of a bundled pack; choose another, and --extends gpcm-sd-oc",
            id="bundled-name",
        ),
        pytest.param(
            ["pack", "there"], "there is there already, and not empty; nothing is written over it", id="there"
        ),
        pytest.param(["pack", "file"], "file is there already, and is no folder", id="a-file"),
        pytest.param(
            ["pack", "mine", "--extends", "gpcm-sd-co"],
            "there is no bundled pack and no folder 'gpcm-sd-co'; did you mean 'gpcm-sd-oc'?",
            id="unknown-base",
        ),
        pytest.param(
            ["rule", "X 1", "--pack", "there"],
            "'X 1' cannot be an id; letters, digits and . _ & # : / [ ] - are allowed, a letter or digit first",
            id="bad-id",
        ),
        pytest.param(
            ["rule", "A-1", "--pack", "there"],
            "'A-1' is already a rule of there; a further sentence is A-1/2",
            id="taken",
        ),
        pytest.param(
            ["rule", "A-2", "--pack", "there"],
            "'A-2' stands under not-checkable in there: nobody sees it; remove it there",
            id="not-checkable",
        ),
        pytest.param(
            ["rule", "X-1", "--pack", "their"], "there is no folder 'their'; did you mean 'there'?", id="unknown-folder"
        ),
        pytest.param(
            ["test", "--pack", "there", "--message", "no.xml"],
            "there is no message 'no.xml' in the pack's folder or in samples/",
            id="no-message",
        ),
        pytest.param(
            ["test", "--pack", "there", "--message", PRIMARY, "--fact", "a=b"],
            "the pack there has no fact 'a'",
            id="no-fact",
        ),
        pytest.param(
            ["pack", "mine", "--ids", "list.xlsx"],
            "list.xlsx is neither CSV nor YAML by its name; call it .csv or .yaml",
            id="xlsx",
        ),
    ],
)
def test_what_is_wrong_is_told_and_nothing_is_written(folder, capsys, arguments, told):
    """
    Status 2, one sentence, and every file is as it was.
    """
    write_pack(
        folder,
        "rules: [{id: A-1, text: x, check: {/f:Bundle: present}, source: s}]\n"
        "not-checkable: [{id: A-2, because: nobody sees it}]",
        name="there",
    )
    (folder / "file").write_text("x")
    (folder / "list.xlsx").write_text("x")
    before = files(folder)

    assert main(["new", *arguments]) == 2
    assert capsys.readouterr().err == f"itk3: {told}\n"
    assert files(folder) == before


@pytest.mark.parametrize(
    "arguments",
    [
        ["pack", "mine"],
        ["pack", "mine", "--ids", "list.csv"],
        ["rule", "MINE-2", "--pack", "mine"],
    ],
    ids=["pack", "list", "rule"],
)
def test_nothing_is_written_over(folder, new, capsys, arguments):
    """
    The same command a second time changes nothing.
    """
    (folder / "list.csv").write_bytes(as_csv())
    if arguments[0] == "rule":
        new("pack", "mine")
    new(*arguments)
    before = files(folder)

    assert main(["new", *arguments]) == 2
    assert "there is already" not in capsys.readouterr().out
    assert files(folder) == before


def test_a_file_in_the_way_of_a_rule(folder, new, capsys):
    """
    A file of that name that holds something else stays.
    """
    new("pack", "mine")
    (folder / "mine/MINE-2.yaml").write_text("values: {a: b}\n")

    assert main(["new", "rule", "MINE-2", "--pack", "mine"]) == 2
    assert capsys.readouterr().err == "itk3: mine/MINE-2.yaml is there already, and nothing is written over it\n"
    assert (folder / "mine/MINE-2.yaml").read_text() == "values: {a: b}\n"


def test_a_base_somewhere_else(new, capsys):
    """
    A pack is found beside the one that extends it, so the new one has to be written there.
    """
    new("pack", "base", "--at", "far")

    assert main(["new", "pack", "mine", "--extends", "far/base"]) == 2
    assert re.fullmatch(
        r"itk3: a pack is looked for beside the one that extends it; write it there: --at \S*/far\n",
        capsys.readouterr().err,
    )


def test_a_pack_with_mistakes(folder, new, capsys):
    """
    Mistakes of the pack are told at their places before anything is added to it.
    """
    new("pack", "mine")
    (folder / "mine/pack.yaml").write_text(NEW_PACK.replace("Bundle-id: present", "Bundle-ib: present"))

    assert main(["new", "rule", "MINE-2", "--pack", "mine"]) == 2
    assert "mine/pack.yaml:22:13: unknown selector 'Bundle-ib'; did you mean 'Bundle-id'?" in capsys.readouterr().err
    assert not (folder / "mine/MINE-2.yaml").exists()
