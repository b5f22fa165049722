"""
The command `itk3 lint`: what it prints, and with which exit status.
"""

from __future__ import annotations

import json

import pytest

from itk3_validator import __version__
from itk3_validator.adapters.cli import main
from itk3_validator.workshop.lint import KINDS, page
from lint_packs import INTERACTION, rule, write

CLEAN = rule("/f:Bundle/f:total: absent", text="There is no total.")
LINTED = rule("/f:Bundle/f:totl: absent", text="There is no total.")
REFUSED = rule("/f:Bundle/total: absent", text="There is no total.")
TYPO = "a Bundle has no element 'totl' in FHIR STU3, so it matches nothing"
MEANT = "did you mean 'total'?; where a wrong name itself is looked for, write *[local-name()='totl']"


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """
    Runs `itk3 lint` on a pack called small in the working folder: (status, output, complaints).
    """

    def command(text, *options):
        monkeypatch.chdir(tmp_path)
        if text is not None:
            write(tmp_path, text)
        status = main(["lint", *options])
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return command


def test_a_clean_pack(run):
    """
    Nothing to complain of is said, with status 0.
    """
    assert run(CLEAN, "./small") == (0, "small: nothing to complain of\n", "")


def test_a_finding_is_shown_with_its_line(run):
    """
    Place, code, what, the source line with a caret, the remedy; status 1.
    """
    assert run(LINTED, "./small") == (
        1,
        (
            f"small/pack.yaml:10:23: {TYPO} [unknown-element]\n"
            "     10 |     check: {/f:Bundle/f:totl: absent}\n"
            "        |                       ^\n"
            f"  remedy: {MEANT}\n"
            "small: 1 problem; itk3 lint --explain unknown-element tells more\n"
        ),
        "",
    )


def test_a_pack_that_cannot_be_loaded(run):
    """
    The same shape, and status 2.
    """
    assert run(REFUSED, "./small") == (
        2,
        (
            "small/pack.yaml:10:23: the element 'total' has no prefix [xpath]\n"
            "     10 |     check: {/f:Bundle/total: absent}\n"
            "        |                       ^\n"
            "  remedy: write f:total\n"
            "small: 1 problem; itk3 lint --explain xpath tells more\n"
        ),
        "",
    )


def test_the_last_line_lists_the_codes(run):
    """
    Several kinds of problem are all named, each once.
    """
    text = LINTED.replace("    source: page 1\n", "")

    assert run(text, "./small")[1].splitlines()[-1] == (
        "small: 2 problems; itk3 lint --explain CODE tells more of missing-source and unknown-element"
    )


def test_json(run):
    """
    Everything for programs.
    """
    status, output, _ = run(LINTED, "./small", "--format", "json")

    assert (status, json.loads(output)) == (
        1,
        {
            "lint": 1,
            "tool": {"name": "itk3-validator", "version": __version__},
            "packs": ["small"],
            "loads": True,
            "problems": [
                {
                    "code": "unknown-element",
                    "file": "small/pack.yaml",
                    "line": 10,
                    "column": 23,
                    "what": TYPO,
                    "remedy": MEANT,
                    "loads": True,
                }
            ],
        },
    )


@pytest.mark.parametrize(
    ("text", "output"),
    [
        pytest.param(
            LINTED,
            f"::warning file=small/pack.yaml,line=10,col=23,title=itk3 lint unknown-element::{TYPO}; {MEANT}\n",
            id="linted",
        ),
        pytest.param(
            REFUSED,
            "::error file=small/pack.yaml,line=10,col=23,title=itk3 lint xpath::"
            "the element 'total' has no prefix; write f:total\n",
            id="refused",
        ),
        pytest.param(CLEAN, "", id="clean"),
    ],
)
def test_github(text, output, run):
    """
    One annotation a problem.
    """
    assert run(text, "./small", "--format", "github")[1] == output


def test_an_annotation_stays_on_its_line(run):
    """
    A name in a pack cannot begin a workflow command of its own, nor steer the terminal.
    """
    entry = r'{id: R-1, text: x, "a%\n::error::b\u202e": x, check: {/f:Bundle/f:type: present}}'
    text = f"{INTERACTION}rules:\n  - {entry}\n"
    status, output, _ = run(text, "./small", "--format", "github")

    assert status == 2
    assert all(line.startswith(("::error file=", "::warning file=")) for line in output.splitlines())
    assert ("\u202e" in output, "%25" in output) == (False, True)


def test_all_bundled_packs_by_default(run):
    """
    Without a pack the bundled ones are looked at, and they are clean.
    """
    assert run(None) == (
        0,
        "gpcm-sd-oc, itk3-acknowledgement, itk3-message, itk3-outpatient-letter: nothing to complain of\n",
        "",
    )


@pytest.mark.parametrize("code", KINDS)
def test_explain(code, run):
    """
    The page of a code.
    """
    assert run(None, "--explain", code) == (0, page(KINDS[code]), "")


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        pytest.param(
            ["--explain", "unknown-elment"],
            "itk3: no kind of problem has the code 'unknown-elment'; did you mean 'unknown-element'?\n",
            id="code",
        ),
        pytest.param(
            ["itk3-mesage"],
            "itk3: there is no bundled pack and no folder 'itk3-mesage'; did you mean 'itk3-message'?\n",
            id="pack",
        ),
    ],
)
def test_a_wrong_command(options, complaint, run):
    """
    Status 2, and what was probably meant.
    """
    assert run(None, *options) == (2, "", complaint)
