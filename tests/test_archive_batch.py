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
