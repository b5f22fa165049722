"""
The fixture ``itk3`` and the hook of pre-commit: in projects of their own, with real pytest and real git.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
import yaml

from itk3_validator.adapters.cli import main
from pack_builder import write_pack
from sample_messages import INVALID, VALID, changed

pytest_plugins = ["pytester"]

ROOT = Path(__file__).parent.parent
PLUGIN = "itk3_validator.adapters.pytest_plugin"
REPORT = VALID / "gpcm-sd-oc-primary.xml"
RESPONSE = VALID / "gpcm-sd-oc-business-response.xml"
FAILS = INVALID / "GPCM-SD-OC-143.xml"
HEAD = f"""\
from pathlib import Path
REPORT, RESPONSE, FAILS = Path({str(REPORT)!r}), Path({str(RESPONSE)!r}), Path({str(FAILS)!r})
PRIMARY = {{"recipient": "primary"}}
"""


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch):
    """
    Run the tests of a project of its own, one a line, in one process.
    """
    # Else the plugin would be there twice where this package is installed.
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("PYTHONPATH", str(ROOT / "engine"))

    def run(*lines: str, options: Sequence[str] = (), head: str = "", given: str = "itk3") -> pytest.RunResult:
        tests = "".join(f"\ndef test_{number}({given}):\n    {line}\n" for number, line in enumerate(lines))
        pytester.makepyfile(HEAD + head + tests)
        return pytester.runpytest_subprocess("-p", PLUGIN, "-p", "no:cacheprovider", *options)

    return run


def told(result: pytest.RunResult) -> str:
    return "\n".join(result.outlines)


SO = (
    'itk3.assert_valid(REPORT, pack="gpcm-sd-oc", facts=PRIMARY)',
    "itk3.assert_valid(REPORT, facts=PRIMARY)",
    "itk3.assert_valid(str(REPORT), undecided=True)",
    "itk3.assert_valid(RESPONSE.read_bytes(), request=REPORT)",
    'assert itk3.assert_valid(REPORT, facts=PRIMARY).pack == "gpcm-sd-oc"',
    'itk3.assert_fails(FAILS, "GPCM-SD-OC-143", facts=PRIMARY)',
    'itk3.assert_fails(FAILS, "GPCM-SD-OC-143")',
    'itk3.assert_fails(REPORT, "GPCM-SD-OC-142", facts={"recipient": "copy"}, others=True)',
    'assert str(itk3.validate(b"<").verdict) == "unreadable"',
)
NOT_SO = {
    "itk3.assert_valid(FAILS, facts=PRIMARY)": "the message is invalid, and should be valid",
    "itk3.assert_valid(REPORT)": "the message is undecided, and should be valid",
    'itk3.assert_valid(b"<a", undecided=True)': "the message is unreadable, and should be valid",
    'itk3.assert_valid(b"<a/>")': "the message is unrecognised, and should be valid",
    'itk3.assert_fails(REPORT, "GPCM-SD-OC-143")': "GPCM-SD-OC-143 should fail, and is pass",
    'itk3.assert_fails(FAILS, "GPCM-SD-OC-144")': "GPCM-SD-OC-144 should fail, and is pass; GPCM-SD-OC-143 failed",
    'itk3.assert_fails(b"<a", "GPCM-SD-OC-143")': "GPCM-SD-OC-143 should fail, and is no requirement of the pack",
    'itk3.assert_fails(FAILS, "GPCM-SD-OC-14")': "did you mean 'GPCM-SD-OC-14",
    "itk3.assert_fails(FAILS)": "assert_fails needs the id",
}


def test_what_is_so_passes(run) -> None:
    result = run(*SO)

    result.assert_outcomes(passed=len(SO))


def test_what_is_not_so_fails_and_says_why(run) -> None:
    result = run(*NOT_SO)
    parts = re.split(r"(?m)^_+ test_[0-9]+ _+$", told(result))[1:]

    result.assert_outcomes(failed=len(NOT_SO))
    assert [text for text, part in zip(NOT_SO.values(), parts, strict=True) if text not in part] == []


def test_a_failure_shows_place_and_remedy(run) -> None:
    result = run("itk3.assert_valid(FAILS, facts=PRIMARY)")

    result.stdout.fnmatch_lines(
        [
            "the message is invalid, and should be valid",
            "*GPCM-SD-OC-143.xml:26:27: FAIL GPCM-SD-OC-143 BusAckRequested is true.",
            "*remedy:*Set valueBoolean to true*",
        ]
    )


@pytest.mark.parametrize(("options", "shown"), [((), 0), (("--itk3-show-values",), 1)], ids=["masked", "shown"])
def test_no_value_is_shown_unless_asked_for(run, tmp_path: Path, options: tuple[str, ...], shown: int) -> None:
    """
    Neither what was found nor the message itself, which is an argument of the test, stands in what is printed.
    """
    pack = write_pack(tmp_path, "rules: [{id: R-1, text: A rule., check: {/f:Bundle/f:id: {equals: a}}}]")
    head = """
import pytest

@pytest.fixture
def message():
    return b'<Bundle xmlns="http://hl7.org/fhir"><id value="%s"/></Bundle>' % bytes(reversed(b"enaJ"))
"""
    line = f"itk3.assert_valid(message, pack=Path({str(pack)!r}))"
    result = run(line, options=options, head=head, given="itk3, message")

    result.assert_outcomes(failed=1)
    assert "FAIL R-1" in told(result)
    assert ("Jane" in told(result)) is bool(shown)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('itk3.assert_valid(message, facts={"recipent": "primary"})', "did you mean 'recipient'?"),
        ('itk3.assert_valid(message, pack="no-such-pack")', "there is no bundled pack"),
        ("itk3.validate(message.decode())", "the message is given as text"),
        ("itk3.assert_fails(message)", "needs the id of a requirement"),
    ],
)
def test_a_wrong_call_shows_no_message(run, line: str, said: str) -> None:
    """
    It fails the test in words; a traceback would print the arguments on its way.
    """
    head = """
import pytest

@pytest.fixture
def message():
    return b'<Bundle xmlns="http://hl7.org/fhir"><id value="%s"/></Bundle>' % bytes(reversed(b"enaJ"))
"""
    result = run(line, head=head, given="itk3, message")

    result.assert_outcomes(failed=1)
    assert said in told(result)
    assert "Jane" not in told(result)


def test_packs_are_a_setting(run, pytester: pytest.Pytester) -> None:
    """
    A folder is found from the folder of the settings, and its rules are read once.
    """
    write_pack(pytester.path / "rules", "rules: [{id: R-1, text: A rule., check: {/f:Bundle/f:id: present}}]")
    pytester.makeini("[pytest]\nitk3_packs = ./rules/small itk3-message")

    result = run(
        'itk3.assert_fails(b\'<Bundle xmlns="http://hl7.org/fhir"/>\', "R-1", pack=itk3.packs[0])',
        "assert itk3._validator(None) is itk3._validator(None)",
        'assert [pack.name for pack in itk3._validator(None).packs] == ["small", "itk3-message"]',
    )

    result.assert_outcomes(passed=3)


def test_nothing_is_imported_before_it_is_needed(run) -> None:
    """
    The engine, and what it imports, is left alone by who has the package installed and does not use the fixture.
    """
    line = "assert not {name for name in sys.modules if name.split('.')[0] == 'lxml' or name.endswith('.validator')}"
    run(line, head="import sys").assert_outcomes(passed=1)


def test_pytest_finds_it_where_it_is_installed() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

    assert project["entry-points"]["pytest11"] == {"itk3": PLUGIN}


# before each commit


def hook() -> Mapping[str, object]:
    (only,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    return only


def test_the_entry_of_the_hook_is_a_command(capsys: pytest.CaptureFixture[str]) -> None:
    command = str(hook()["entry"]).split()

    assert command[0] == "itk3"
    assert main([*command[1:], str(REPORT), "--fact", "recipient=primary"]) == 0
    assert main([*command[1:], str(REPORT), str(FAILS)]) == 1
    assert "GPCM-SD-OC-143" in capsys.readouterr().out


@pytest.mark.long
def test_the_hook_stops_a_commit(tmp_path: Path) -> None:
    """
    pre-commit installs the hook from this repository, and lets good messages through alone.
    """
    git(tmp_path, "init", "--quiet")
    (tmp_path / "messages").mkdir()
    shutil.copy(REPORT, tmp_path / "messages" / "good.xml")
    (tmp_path / "other.txt").write_text("no message", encoding="utf-8")
    git(tmp_path, "add", ".")
    good = hooked(tmp_path)
    (tmp_path / "messages" / "bad.xml").write_bytes(changed("gpcm-sd-oc-primary", ("ITK007C", "ITK006D")))
    git(tmp_path, "add", ".")
    bad = hooked(tmp_path)

    assert (good.returncode, "Passed" in good.stdout) == (0, True), good.stdout + good.stderr
    assert (bad.returncode, "messages/bad.xml" in bad.stdout) == (1, True), bad.stdout + bad.stderr


def git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True)


def hooked(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pre_commit", "try-repo", str(ROOT), str(hook()["id"]), "--all-files"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
