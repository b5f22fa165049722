"""
Rules over the archive at the end of a batch.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from itk3_validator.adapters.cli import main

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
        pytest.param(", source: '*'", 1, id="for-some-sources"),
    ],
)
def test_waivers_reach_the_archive(tmp_path, capsys, scope, status):
    """
    A rule that is waived for all messages is waived over the archive; what is waived for some sources is not.
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
