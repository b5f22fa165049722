"""
Rules over the archive at the end of a batch.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from itk3_validator.adapters.cli import main
from itk3_validator.batch import finish

SAMPLES = Path(__file__).parent.parent / "samples" / "valid"


REPORT = (SAMPLES / "gpcm-sd-oc-primary.xml").read_bytes()
RESPONSE = (SAMPLES / "gpcm-sd-oc-business-response.xml").read_bytes()
OTHER = RESPONSE.replace(b"821207a9-a4ba-41dc-a7a2-d9bb5342f4da", b"another")


@pytest.mark.parametrize(
    ("messages", "status", "told"),
    [
        pytest.param([REPORT, REPORT], 0, "ITK-ResponseCodes-1#20007", id="a-warning-does-not-count"),
        pytest.param([REPORT, OTHER], 1, "GPCM-SD-OC-155", id="an-error-does"),
    ],
)
def test_what_fails_over_the_archive_counts(tmp_path, capsys, messages, status, told):
    """
    A SHOULD that fails over the archive is a warning; a MUST makes the status 1, though no message alone is invalid.
    """
    sent, run = tmp_path / "sent", str(tmp_path / "run")
    sent.mkdir()
    for number, data in enumerate(messages):
        (sent / f"{number}.xml").write_bytes(data)
    command = ["batch", str(sent), "-o", run, "--pack", "gpcm-sd-oc", "--fact", "recipient=primary", "--processes", "1"]
    ended = main(command)
    capsys.readouterr()
    main(["batch", "query", run, "SELECT rule FROM archive_findings WHERE outcome = 'fail'", "--format", "csv"])

    assert told in capsys.readouterr().out
    assert ended == status


@pytest.mark.parametrize(
    ("scope", "status"),
    [
        pytest.param("", 0, id="for-all"),
        pytest.param(", pack: gpcm-sd-oc, interaction: response", 0, id="for-responses"),
        pytest.param(", interaction: report", 1, id="for-reports"),
        pytest.param(", source: '*/1.xml'", 0, id="for-its-source"),
        pytest.param(", source: '*/0.xml'", 1, id="for-another-source"),
        pytest.param(", sender: FZ941OT001", 0, id="for-its-sender"),
        pytest.param(", sender: 8ZX41OT001", 1, id="for-another-sender"),
    ],
)
def test_waivers_reach_the_archive(tmp_path, capsys, scope, status):
    """
    What is waived message by message is waived over the archive, for the same messages.
    """
    sent, run, waivers = tmp_path / "sent", str(tmp_path / "run"), tmp_path / "waivers.yaml"
    sent.mkdir()
    for number, data in enumerate([REPORT, OTHER]):
        (sent / f"{number}.xml").write_bytes(data)
    waivers.write_text(
        f"waivers: [{{rule: GPCM-SD-OC-155, reason: r, owner: o, expires: 2199-01-01{scope}}}]", encoding="utf-8"
    )
    command = ["batch", str(sent), "-o", run, "--pack", "gpcm-sd-oc", "--fact", "recipient=primary", "--processes", "1"]
    ended = main([*command, "--waivers", str(waivers)])
    capsys.readouterr()
    main(
        ["batch", "query", run, "SELECT outcome FROM archive_findings WHERE rule = 'GPCM-SD-OC-155'", "--format", "csv"]
    )

    assert capsys.readouterr().out == f"outcome\n{'fail' if status else 'waived'}\n"
    assert ended == status


def test_a_rule_over_the_archive_is_waived_by_its_id(tmp_path, capsys):
    """
    It is known to the file of waivers, counted as waived, and alone in that.
    """
    (tmp_path / "sent.xml").write_bytes(REPORT)
    (tmp_path / "again.xml").write_bytes(REPORT)
    run, waivers = str(tmp_path / "run"), tmp_path / "waivers.yaml"
    waivers.write_text(
        "waivers: [{rule: 'ITK-ResponseCodes-1#20007', reason: r, owner: o, expires: 2199-01-01}]", encoding="utf-8"
    )
    sent = [str(tmp_path / "sent.xml"), str(tmp_path / "again.xml"), "--pack", "gpcm-sd-oc"]
    main(["batch", *sent, "-o", run, "--processes", "1", "--waivers", str(waivers)])
    capsys.readouterr()
    main(["batch", "query", run, "SELECT rule FROM archive_outcomes WHERE outcome = 'waived'", "--format", "csv"])
    waived = capsys.readouterr().out
    main(["validate", *sent, "--waivers", str(waivers)])

    assert waived == "rule\nITK-ResponseCodes-1#20007\n"
    assert "it is a rule over the archive, which only itk3 batch asks" in capsys.readouterr().out


def test_rules_that_need_more_memory_get_it(tmp_path, capsys, monkeypatch):
    """
    Where a connection cannot hold what the rules ask for, they are begun again with more; what they say is the same.
    """
    sent = tmp_path / "sent"
    sent.mkdir()
    for number, data in enumerate([REPORT, OTHER, REPORT]):
        (sent / f"{number}.xml").write_bytes(data)
    told = []
    for name, memory in (("much", ("250MB",)), ("little", ("1KB", "250MB"))):
        monkeypatch.setattr(finish, "MEMORY", memory)
        run = str(tmp_path / name)
        main(["batch", str(sent), "-o", run, "--pack", "gpcm-sd-oc", "--processes", "1"])
        capsys.readouterr()
        for table in ("archive_outcomes", "archive_findings", "archive_coverage"):
            main(["batch", "query", run, f"SELECT * FROM {table}", "--format", "csv"])
        told.append(capsys.readouterr().out)

    assert "GPCM-SD-OC-155" in told[0]
    assert told[0] == told[1]


def test_rules_that_never_have_enough_memory_leave_the_run_open(tmp_path, capsys, monkeypatch):
    """
    The status is 3, what would do is told, and the same command goes on.
    """
    sent = tmp_path / "sent"
    sent.mkdir()
    (sent / "0.xml").write_bytes(REPORT)
    command = ["batch", str(sent), "-o", str(tmp_path / "run"), "--pack", "gpcm-sd-oc", "--processes", "1"]
    with monkeypatch.context() as patched:
        patched.setattr(finish, "MEMORY", ("1KB", "2KB"))
        before = main(command)
    told = capsys.readouterr().err.splitlines()[-1]
    after = main(command)

    assert (before, after) == (3, 0)
    assert told == (
        f"itk3: the run {tmp_path / 'run'} cannot be finished: its rules over the archive "
        "need more than 2KB of memory; judge its sources as several runs"
    )
