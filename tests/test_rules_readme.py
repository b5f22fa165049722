"""
The worked example of rules/README.md, followed from an empty folder: every command is run and every file written as the
page says, one after the other.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from itk3_validator.adapters.cli import main
from itk3_validator.checks import VERBS
from transcript import run, shown

REPOSITORY = Path(__file__).parent.parent
PAGE = (REPOSITORY / "rules" / "README.md").read_text(encoding="utf-8")
EXAMPLE = PAGE[PAGE.index("## From a sentence to a rule") : PAGE.index("## Rules of thumb")]
STEP = re.compile(r"`(?P<file>[a-z-]+/[a-z]+\.yaml)`[^\n]*\n\n^```yaml\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
COPY = re.compile(r"copy of `(?P<sample>samples/\S+)`, called `(?P<name>\S+)`")


@pytest.fixture
def empty_folder(tmp_path, monkeypatch):
    """
    The folder in which the reader begins: nothing in it but the message that the page asks for.
    """
    copy = COPY.search(EXAMPLE)
    (tmp_path / copy["name"]).write_bytes((REPOSITORY / copy["sample"]).read_bytes())
    monkeypatch.chdir(tmp_path)
    return tmp_path


def pieces() -> list[str]:
    """
    The example cut before each file that it tells to write, so that commands and files keep their order.
    """
    cuts = [found.start() for found in STEP.finditer(EXAMPLE)]
    return [EXAMPLE[start:end] for start, end in zip([0, *cuts], [*cuts, len(EXAMPLE)], strict=True)]


def test_the_example_works_as_it_stands(empty_folder, capsys):
    """
    Each command prints what stands below it, and each file goes where the text says.
    """
    told, real = [], []
    for piece in pieces():
        file = STEP.match(piece)
        if file is not None:
            (empty_folder / file["file"]).write_text(file["text"], encoding="utf-8")
        for each in shown(piece):
            told.append((each.arguments, each.output))
            real.append((each.arguments, run(each.arguments, capsys)))

    assert real == told
    assert [arguments[0] for arguments, _ in told] == ["new", "try", "lint", "test", "validate"]


def test_it_goes_on_as_the_page_says(empty_folder, capsys):
    """
    A next rule and a further test are drafted into the pack of the example, and what comes of it is clean and green.
    """
    for piece in pieces():
        file = STEP.match(piece)
        if file is not None:
            (empty_folder / file["file"]).parent.mkdir(exist_ok=True)
            (empty_folder / file["file"]).write_text(file["text"], encoding="utf-8")
    commands = (
        ["explain", "GPCM-SD-OC-005", "--pack", "oc-payload"],
        ["new", "rule", "GPCM-SD-OC-006", "--pack", "oc-payload"],
        ["new", "test", "--pack", "oc-payload"],
        ["lint", "oc-payload"],
        ["test", "oc-payload"],
    )

    assert [main(each) for each in commands] == [0] * len(commands)
    assert "oc-payload 1.0.0: 6 tests, 6 held, 2 of 2 rules proved" in capsys.readouterr().out


def test_the_rule_can_fail(empty_folder, capsys):
    """
    With V in the list, which the requirement does not allow, the last test of the example does not hold.
    """
    for piece in pieces():
        file = STEP.match(piece)
        if file is not None:
            (empty_folder / file["file"]).parent.mkdir(exist_ok=True)
            text = file["text"].replace("one-of: [N, R]", "one-of: [N, R, V]")
            (empty_folder / file["file"]).write_text(text, encoding="utf-8")

    assert main(["test", "oc-payload", "--no-proof"]) == 1
    assert "GPCM-SD-OC-005 passes, and fail was expected" in capsys.readouterr().out


@pytest.mark.parametrize("verb", sorted(VERBS))
def test_every_verb_has_its_three_lines(verb):
    """
    What it says, an example, and what to mind.
    """
    found = re.findall(rf"^\*\*{verb}\*\* - .+\n`(?:check|when): \{{.+\}}`\n.+\n\n?", f"{PAGE}\n", re.MULTILINE)

    assert len(found) == 1
