"""
docs/editors.md: its snippets are JSON, and name what is there.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from itk3_validator.adapters.cli import main
from itk3_validator.workshop.scaffold.files import SCHEMA
from pack_builder import write_pack

REPOSITORY = Path(__file__).parent.parent
PAGE = (REPOSITORY / "docs" / "editors.md").read_text(encoding="utf-8")
SETTINGS, TASKS = (json.loads(each) for each in re.findall(r"^```json\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL))
MODELINE = re.search(r"^ {4}(# yaml-language-server: \S+)$", PAGE, re.MULTILINE)[1]


def test_the_settings_name_the_schema():
    """
    The path in the snippet is that of the schema, from the top of a checkout, and its patterns find the packs.
    """
    ((path, patterns),) = SETTINGS["yaml.schemas"].items()
    found = {file for pattern in patterns for file in REPOSITORY.glob(pattern)}

    assert (REPOSITORY / path).resolve() == REPOSITORY / "rules" / SCHEMA
    assert found == set((REPOSITORY / "rules").glob("*/*.yaml"))


@pytest.mark.parametrize(
    "file", sorted((REPOSITORY / "rules").glob("*/*.yaml")), ids=lambda file: "/".join(file.parts[-2:])
)
def test_every_rule_file_begins_with_the_line_of_the_page(file):
    """
    The first line of every bundled rule file names the schema, and it is there.
    """
    first = file.read_text(encoding="utf-8").splitlines()[0]

    assert first == MODELINE
    assert (file.parent / first.rpartition("=")[2]).resolve() == REPOSITORY / "rules" / SCHEMA


def test_the_task_reads_what_lint_writes(tmp_path, capsys, monkeypatch):
    """
    The pattern of the task finds file, line, column and message in the output of `itk3 lint`.
    """
    write_pack(tmp_path, "rules: [{id: A-1, text: x, check: {evnt: present}}]", name="packs")
    monkeypatch.chdir(tmp_path)
    main(["lint", "packs"])
    pattern = TASKS["tasks"][0]["problemMatcher"]["pattern"]
    found = [each for each in map(re.compile(pattern["regexp"]).match, capsys.readouterr().out.splitlines()) if each]

    assert [each[pattern["file"]] for each in found][:1] == ["packs/pack.yaml"]
    assert any("'evnt'" in each[pattern["message"]] and each[pattern["line"]].isdigit() for each in found)
