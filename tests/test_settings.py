"""
Settings from the command line and the settings file.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from itk3_validator import CallInvalid, Limits
from itk3_validator.adapters.options import OPTIONS
from itk3_validator.adapters.settings import Format, Settings, settings_from

PLAIN = Settings(
    packs=None,
    facts={},
    interaction=None,
    request=None,
    formats=(Format("text", None),),
    only=frozenset(),
    ignore=frozenset(),
    fail_on=frozenset({"error"}),
    show_values=False,
    trust_packs=False,
    quiet=False,
    verbose=False,
    colour="auto",
    hash_names=False,
    limits=Limits(),
)

FULL = """
pack = ["gpcm-sd-oc", "./packs/mine"]
fact = {recipient = "primary", mailbox = "X26"}
interaction = "report"
request = "requests/a.xml"
format = ["text", "json:out.json"]
only = "GPCM-SD-OC-143"
ignore = ["A", "B"]
fail-on = ["warning", "undecided"]
show-values = true
trust-pack = true
quiet = true
colour = "never"
source-names = "hash"
max-size = "1MB"
max-depth = 64
"""


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def config(text: str) -> str:
    file = Path("conf") / "itk3.toml"
    file.parent.mkdir(exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return str(file)


def test_nothing_said():
    """
    Silence is the text report, errors fail the run, and values are masked.
    """
    assert settings_from({option.key: None for option in OPTIONS}, None) == PLAIN
    assert settings_from({}, config("")) == PLAIN


def test_everything_in_a_file():
    """
    The keys are the options' names; paths are relative to the file.
    """
    assert settings_from({}, config(FULL)) == Settings(
        packs=("gpcm-sd-oc", Path("conf/packs/mine")),
        facts={"recipient": "primary", "mailbox": "X26"},
        interaction="report",
        request=Path("conf/requests/a.xml"),
        formats=(Format("text", None), Format("json", Path("conf/out.json"))),
        only=frozenset({"GPCM-SD-OC-143"}),
        ignore=frozenset({"A", "B"}),
        fail_on=frozenset({"warning", "undecided"}),
        show_values=True,
        trust_packs=True,
        quiet=True,
        verbose=False,
        colour="never",
        hash_names=True,
        limits=Limits(message=1_000_000, depth=64),
    )


def test_the_command_line_wins():
    """
    A list replaces the file's list, facts are replaced one by one, and a switch can be turned off.
    """
    given = {
        "pack": ["./other"],
        "fact": ["recipient=copy"],
        "format": ["json"],
        "only": ["C"],
        "fail_on": ["error"],
        "show_values": False,
        "verbose": True,
        "max_size": "2MB",
    }

    settings = settings_from(given, config(FULL))

    assert settings.packs == (Path("other"),)
    assert settings.facts == {"recipient": "copy", "mailbox": "X26"}
    assert settings.formats == (Format("json", None),)
    assert settings.only == {"C"}
    assert settings.ignore == {"A", "B"}
    assert settings.fail_on == {"error"}
    assert settings.show_values is False
    assert (settings.quiet, settings.verbose) == (False, True)
    assert settings.limits == Limits(message=2_000_000, depth=64)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        pytest.param("pakc = 'x'", "conf/itk3.toml: 'pakc' was unexpected; did you mean 'pack'?", id="unknown-key"),
        pytest.param(
            "fail_on = 'error'", "conf/itk3.toml: 'fail_on' was unexpected; did you mean 'fail-on'?", id="underscore"
        ),
        pytest.param("quiet = 'yes'", "conf/itk3.toml: 'quiet' has to be true or false", id="switch"),
        pytest.param("pack = 1", "conf/itk3.toml: 'pack' has to be text or a list of texts", id="list"),
        pytest.param("only = [1]", "conf/itk3.toml: 'only' has to be text or a list of texts", id="list-of-numbers"),
        pytest.param("fact = 'a=b'", "conf/itk3.toml: 'fact' has to be a table of texts", id="table"),
        pytest.param("fact = {a = true}", "conf/itk3.toml: 'fact' has to be a table of texts", id="table-of-texts"),
        pytest.param("max-size = true", "conf/itk3.toml: 'max-size' has to be text or a whole number", id="number"),
        pytest.param("request = []", "conf/itk3.toml: 'request' has to be text", id="text"),
        pytest.param(
            "quiet = 1\nverbos = true",
            "conf/itk3.toml: 'quiet' has to be true or false\n"
            "conf/itk3.toml: 'verbos' was unexpected; did you mean 'verbose'?",
            id="all-at-once",
        ),
        pytest.param("pack =", "conf/itk3.toml: Invalid value (at end of document)", id="not-toml"),
        pytest.param("a = 1\na = 2", "conf/itk3.toml: Cannot overwrite a value (at end of document)", id="doubled"),
        pytest.param("fail-on = 'worning'", "--fail-on 'worning' is not known; did you mean 'warning'?", id="choice"),
        pytest.param("quiet = true\nverbose = true", "--quiet and --verbose contradict each other", id="both"),
    ],
)
def test_what_a_file_cannot_mean(text, complaint):
    """
    An unknown key or a wrong shape is told, with what was probably meant; nothing is passed over.
    """
    with pytest.raises(CallInvalid) as caught:
        settings_from({}, config(text))

    assert str(caught.value) == complaint


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        pytest.param(
            {"fact": ["recipient"]}, "--fact 'recipient' is not NAME=VALUE, such as recipient=primary", id="no-value"
        ),
        pytest.param({"fact": ["=x"]}, "--fact '=x' is not NAME=VALUE, such as recipient=primary", id="no-name"),
        pytest.param({"fact": ["a=1", "a=2"]}, "--fact a is stated as '1' and as '2'", id="fact-twice"),
        pytest.param({"format": ["jsn"]}, "--format 'jsn' is not known; did you mean 'json'?", id="format"),
        pytest.param({"format": ["json:"]}, "--format 'json:' names no file after the colon", id="no-file"),
        pytest.param(
            {"format": ["json", "text"]},
            "--format: two reports cannot both go to standard output; write one to a file: json:report.json",
            id="two-to-standard-output",
        ),
        pytest.param({"max_size": "big"}, "--max-size 'big' is not a size such as 5000000, 100MB or 1GB", id="size"),
        pytest.param({"max_size": "0"}, "--max-size '0' is not a size such as 5000000, 100MB or 1GB", id="zero"),
        pytest.param({"colour": "blue"}, "--colour 'blue' is not known; known are always, auto, never", id="colour"),
        pytest.param({"quiet": True, "verbose": True}, "--quiet and --verbose contradict each other", id="both"),
        pytest.param(
            {"only": ["GPCM-SD-OC-143"], "format": ["text", "itk3-response:a.xml"]},
            "--only and --format itk3-response contradict each other: an answer speaks of all requirements",
            id="an answer about a part",
        ),
    ],
)
def test_what_a_command_line_cannot_mean(given, complaint):
    """
    The same for the command line.
    """
    with pytest.raises(CallInvalid) as caught:
        settings_from(given, None)

    assert str(caught.value) == complaint


def test_two_reports_to_one_file():
    """
    Two names of the same file are one file.
    """
    with pytest.raises(CallInvalid) as caught:
        settings_from({"format": ["json:a", "text:./a"]}, None)

    assert str(caught.value) == (
        f"--format: two reports cannot both go to {Path.cwd() / 'a'}; write one to a file: json:report.json"
    )


@pytest.mark.parametrize(
    ("text", "size"),
    [("1", 1), ("500000", 500_000), ("100MB", 100_000_000), ("100 mb", 100_000_000), ("2KiB", 2048), ("1GB", 10**9)],
)
def test_sizes(text, size):
    """
    A number of bytes, or one with a unit.
    """
    assert settings_from({"max_size": text}, None).limits.message == size


def test_a_settings_file_that_is_not_there():
    """
    It was named, so it has to be there.
    """
    with pytest.raises(CallInvalid) as caught:
        settings_from({}, "no.toml")

    assert str(caught.value) == "the settings no.toml cannot be read: No such file or directory"


def test_fact_values_may_hold_an_equals_sign():
    """
    Only the first one separates.
    """
    assert settings_from({"fact": ["a=b=c", "d="]}, None).facts == {"a": "b=c", "d": ""}
