"""
`itk3 test`: what it says and which status it ends with.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from itk3_validator import __version__
from itk3_validator.adapters.cli import main
from pack_builder import FHIR, write_pack

RULES = """\
selectors: {type: /f:Bundle/f:type}
rules:
  - {id: R1, text: The type is message., check: {type: {equals: message}}}
  - {id: R2, text: There is no total., check: {/f:Bundle/f:total: absent}}
tests:
  - {message: m.xml, expect: pass}
"""


@pytest.fixture
def packed(tmp_path: Path):
    """
    A pack with these tests after the first, which holds.
    """

    def write(*tests: str, name: str = "small") -> Path:
        folder = write_pack(tmp_path, RULES + "".join(f"  - {test}\n" for test in tests), name=name)
        (folder / "m.xml").write_text(f'<Bundle xmlns="{FHIR}"><type value="message"/></Bundle>', encoding="utf-8")
        return folder

    return write


def test_what_holds_is_one_line_a_pack(packed, capsys) -> None:
    """
    And one line over all, where there are several.
    """
    status = main(["test", "--no-proof", str(packed("{message: m.xml, remove: [type], expect: {fail: R1}}"))])

    assert (status, capsys.readouterr().out) == (0, "small 1.0.0: 2 tests, 2 held\n")

    status = main(["test", "--no-proof", str(packed()), str(packed(name="other"))])

    assert (status, capsys.readouterr().out) == (
        0,
        "small 1.0.0: 1 test, 1 held\nother 1.0.0: 1 test, 1 held\n2 packs: 2 tests, 2 held\n",
    )


def test_what_does_not_hold_is_told_with_its_place(packed, capsys) -> None:
    """
    The line of the test in its file, what it is called, and what is otherwise.
    """
    folder = packed(
        "{name: nothing is wrong, message: m.xml, expect: {fail: R1}}",
        "{message: none.xml, expect: pass}",
        "{message: m.xml, change: {type: x}, expect: pass}",
    )
    status = main(["test", "--no-proof", "--show-values", str(folder)])

    assert status == 1
    assert capsys.readouterr().out == (
        f"{folder}/pack.yaml:12: FAILED nothing is wrong\n"
        "    R1 passes, and fail was expected\n"
        f"{folder}/pack.yaml:13: ERROR none.xml, pass\n"
        "    there is no message 'none.xml' in the pack's folder or in samples/\n"
        f"{folder}/pack.yaml:14: FAILED m.xml, pass\n"
        "    R1 fails, and nothing of the kind was expected: type is 'x'; expected 'message'.\n"
        "small 1.0.0: 4 tests, 1 held, 2 failed, 1 could not be run\n"
    )


def test_values_are_masked_unless_asked_for(packed, capsys) -> None:
    """
    A message in the pack's folder may be a real one.
    """
    main(["test", "--no-proof", str(packed("{message: m.xml, change: {type: secret}, expect: pass}"))])

    assert "type is ***; expected 'message'." in capsys.readouterr().out


def test_what_a_pack_says_steers_no_terminal(packed, capsys) -> None:
    """
    The name of a test is shown with what could hide or turn it written out.
    """
    main(["test", "--no-proof", str(packed(r'{name: "a\u202eb", message: none.xml, expect: pass}'))])

    assert r"ERROR a\u202eb" in capsys.readouterr().out


def test_coverage_counts_the_outcomes_of_every_rule(packed, capsys) -> None:
    """
    Over the tests, when there is no proof.
    """
    main(["test", "--no-proof", "--coverage", str(packed("{message: m.xml, remove: [type], expect: {fail: R1}}"))])

    assert capsys.readouterr().out == (
        "coverage of small\n"
        "  rule  fired  quiet  not applicable  undecided  mutations  excused  proved by\n"
        "  R1        1      1               0          0          -        -  -\n"
        "  R2        0      2               0          0          -        -  -\n"
        "small 1.0.0: 2 tests, 2 held\n"
    )


def test_only_speaks_of_one_rule(packed, capsys) -> None:
    """
    What the others come to does not count, and they are not in the table.
    """
    folder = str(packed("{message: m.xml, change: {type: x}, expect: pass}"))

    assert main(["test", "--no-proof", folder]) == 1
    capsys.readouterr()
    assert main(["test", "--no-proof", "--coverage", "--only", "R2", folder]) == 0
    assert "R1" not in capsys.readouterr().out


def test_json_says_the_same(packed, capsys) -> None:
    """
    One document, with the place of every test.
    """
    folder = packed("{message: m.xml, expect: {fail: R1}}")
    status = main(["test", "--no-proof", "--format", "json", str(folder)])
    document = json.loads(capsys.readouterr().out)
    digest = document["packs"][0].pop("digest")

    assert status == 1
    assert len(digest) == 64
    assert document == {
        "test": 1,
        "tool": {"name": "itk3-validator", "version": __version__},
        "held": False,
        "packs": [
            {
                "pack": "small",
                "version": "1.0.0",
                "held": False,
                "tests": [
                    _test(folder, 1, 11, "held", []),
                    _test(folder, 2, 12, "failed", ["R1 passes, and fail was expected"]),
                ],
                "rules": [
                    {
                        "id": rule,
                        "coverage": {"fired": 0, "quiet": 2, "not_applicable": 0, "undecided": 0},
                        "proof": None,
                    }
                    for rule in ("R1", "R2")
                ],
            }
        ],
    }


def _test(folder: Path, number: int, line: int, standing: str, problems: list[str]) -> dict[str, object]:
    return {
        "number": number,
        "name": None,
        "file": f"{folder}/pack.yaml",
        "line": line,
        "message": "m.xml",
        "standing": standing,
        "problems": problems,
    }


def test_two_runs_agree_byte_for_byte(packed, capsys) -> None:
    """
    Nothing depends on the order of a set or of a folder.
    """
    folder = str(packed("{message: m.xml, expect: {fail: [R2, R1]}}"))
    outputs = []
    for _ in range(2):
        main(["test", "--no-proof", "--coverage", folder])
        outputs.append(capsys.readouterr().out)

    assert outputs[0] == outputs[1]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        pytest.param(["no-such-pack"], "itk3: there is no bundled pack and no folder 'no-such-pack'; ", id="pack"),
        pytest.param(
            ["gpcm-sd-oc", "--only", "GPCM-SD-OC-14l"],
            "itk3: --only GPCM-SD-OC-14l: none of these packs has such a rule; did you mean 'GPCM-SD-OC-14",
            id="rule",
        ),
        pytest.param(["--format", "xml"], "itk3 test: argument --format: invalid choice: 'xml'", id="format"),
    ],
)
def test_what_is_asked_wrongly_is_status_two(capsys, arguments: list[str], told: str) -> None:
    """
    Nothing is tested.
    """
    assert main(["test", "--no-proof", *arguments]) == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err.startswith(told)


def test_rules_with_mistakes_are_status_two(packed, capsys) -> None:
    """
    Every mistake with its place; a test that names an unknown rule is one.
    """
    folder = packed("{message: m.xml, expect: {fail: R9}}")

    assert main(["test", str(folder)]) == 2
    assert capsys.readouterr().err == (
        f"{folder}/pack.yaml:12:37: unknown rule 'R9'; known are R1, R2\n"
        "itk3: the rules have 1 problem; run itk3 lint DIR for the places\n"
    )


def test_unprovable_rules_are_counted_as_they_turn_out(packed, capsys) -> None:
    """
    One that is proved all the same is wrongly said to be unprovable.
    """
    folder = packed("{message: m.xml, expect: pass}")
    pack = folder / "pack.yaml"
    pack.write_text(
        pack.read_text(encoding="utf-8").replace("id: R1,", "id: R1, unprovable: nobody knows,"), encoding="utf-8"
    )

    assert main(["test", str(folder), "--only", "R1"]) == 1
    assert "1 rule wrongly said to be unprovable" in capsys.readouterr().out


def test_without_a_pack_all_bundled_packs_are_tested(capsys) -> None:
    """
    And all of their tests hold.
    """
    assert main(["test", "--no-proof"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == [
        "gpcm-sd-oc",
        "itk3-acknowledgement",
        "itk3-message",
        "itk3-outpatient-letter",
        "4",
    ]
