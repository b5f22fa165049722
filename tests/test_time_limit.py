"""
`itk3 validate --time-limit`: a message that takes too long, or ends its process, costs itself.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from itk3_validator import CallInvalid, Source, Validator
from itk3_validator.adapters.cli import main
from itk3_validator.adapters.limited import Limited
from sample_messages import ROOT, VALID
from slow_pack import Dangerous, entries, write_slow

RESPONSE = VALID / "gpcm-sd-oc-infrastructure-response.xml"
OVERDUE = "it took longer than the time limit"


@pytest.fixture
def itk3(capsys):
    """
    Runs `itk3 validate`; exit status, standard output and standard error.
    """

    def run(*arguments: str | Path) -> tuple[int, str, str]:
        status = main(["validate", *map(str, arguments)])
        return status, *capsys.readouterr()

    return run


def test_a_message_that_takes_too_long(tmp_path):
    """
    A real process over a rule that takes minutes: the message is told as an error, the others go on.
    """
    write_slow(tmp_path)
    for name, number in [("a.xml", 2), ("b.xml", 60_000), ("c.xml", 3)]:
        (tmp_path / name).write_bytes(entries(number))
    command = [sys.executable, "-m", "itk3_validator", "validate", "a.xml", "b.xml", "c.xml"]
    done = subprocess.run(
        [*command, "--pack", "./slow", "--time-limit", "2"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT / "engine")},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.stdout.splitlines() == [
        "a.xml: slow 1.0.0, interaction letter, the pack was named",
        "a.xml: valid: 1 passed",
        f"b.xml: ERROR {OVERDUE}",
        "c.xml: slow 1.0.0, interaction letter, the pack was named",
        "c.xml: valid: 1 passed",
        "3 messages: 2 valid, 1 error; 2 passed",
    ]
    assert (done.stderr, done.returncode) == ("", 3)


@pytest.mark.parametrize("form", ["text", "json"])
def test_reports_are_the_same(itk3, form):
    """
    With the option and without it, whatever is asked for beside it.
    """
    asked = [
        *(VALID, ROOT / "samples/invalid/GPCM-SD-OC-143.xml", "--format", form, "--verbose"),
        *("--ignore", "GPCM-SD-OC-141", "--request", VALID / "gpcm-sd-oc-primary.xml", "--fact", "recipient=primary"),
    ]
    limited, plain = itk3(*asked, "--time-limit", "60"), itk3(*asked)

    assert limited == plain
    assert plain[0] == 1


def test_responses_are_the_same(itk3):
    """
    A report that comes from another process still knows what it answers.
    """
    asked = [VALID / "gpcm-sd-oc-primary.xml", "--format", "itk3-response", "--time-limit", "60"]
    status, out, _ = itk3(*asked, "--responder-ods", "FZ941", "--responder-mailbox", "FZ941OT001")

    assert status == 0
    assert '<code value="20013"/>' in out


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        pytest.param("kill", "it ended its process (signal 9)", id="ends it each time"),
        pytest.param("kill-once", None, id="was there by chance"),
        pytest.param("raise", "it could not be judged (ValueError at slow_pack.py:", id="raises"),
    ],
)
def test_what_goes_wrong_costs_one_message(tmp_path, name, reason):
    """
    The reason is told without what the message says; a process that somebody killed costs none. The next is judged.
    """
    data = RESPONSE.read_bytes()
    with Limited(Dangerous(tmp_path), 60) as judge:
        bad = judge.validate(Source(name, data))
        good = judge.validate(Source("good", data))

    assert (bad.source, bad.digest) == (name, hashlib.sha256(data).hexdigest())
    assert good.verdict == "undecided"
    if reason is None:
        assert (bad.verdict, bad.reason) == ("undecided", None)
    else:
        assert (bad.verdict, bad.pack, bad.results) == ("error", None, ())
        assert bad.reason.startswith(reason)
        assert "Jane" not in bad.reason


def test_what_no_pack_knows_is_told_to_the_caller():
    """
    As a validator tells it, and not as a mistake of the process.
    """
    with Limited(Validator(), 60) as judge, pytest.raises(CallInvalid, match="no pack declares the fact 'colour'"):
        judge.validate(Source("m", b"<a/>"), facts={"colour": "red"})


@pytest.mark.parametrize("value", ["0", "-1", "soon", "1.5", "86401"])
def test_a_time_limit_is_a_number_of_seconds(itk3, value):
    """
    Anything else is a mistake in the command.
    """
    assert itk3(RESPONSE, f"--time-limit={value}") == (
        2,
        "",
        f"itk3: --time-limit {value!r} is not a whole number from 1 to 86,400\n",
    )


def test_a_request_that_takes_too_long(itk3, tmp_path):
    """
    It is not judged, so its rules do not matter.
    """
    (tmp_path / "request.xml").write_bytes(entries(60_000))
    (tmp_path / "m.xml").write_bytes(entries(2))
    pack = write_slow(tmp_path)
    status, out, _ = itk3(
        *(tmp_path / "m.xml", "--pack", pack, "--time-limit", "2", "--request", tmp_path / "request.xml", "--quiet")
    )

    assert (status, out) == (0, "")
