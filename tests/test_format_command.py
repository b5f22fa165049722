"""
`itk3 validate --format`: several reports of one run, over real messages, read back.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from itk3_validator.adapters.cli import main
from itk3_validator.report.formats import FORMATS
from report_readers import IDS, svrl_ids

SAMPLES = Path(__file__).parent.parent / "samples"
# Its Composition.date is '16 May 2024', of a place that is not marked safe.
MASKED = SAMPLES / "invalid" / "CareConnect-ITK-OPL-Composition-1_Composition.date.xml"
VALUE = "16 May 2024"


@pytest.fixture
def reports(tmp_path, capsys):
    """
    Validates messages into every format at once; the text of each by its name.
    """

    def run(*arguments: str | Path) -> dict[str, str]:
        files = [name for name in FORMATS if name != "text"]
        given = [each for name in files for each in ("--format", f"{name}:{tmp_path / name}")]
        main(["validate", *map(str, arguments), "--format", "text", *given])
        written = {name: (tmp_path / name).read_text(encoding="utf-8") for name in files}
        return {"text": capsys.readouterr().out, **written}

    return run


def test_one_run_writes_every_format(reports):
    """
    Every format has what failed by the same ids; nothing else failed in any.
    """
    written = reports(SAMPLES / "invalid" / "GPCM-SD-OC-143.xml", "--fact", "recipient=primary")

    results = json.loads(written["json"])["messages"][0]["results"]
    failed = [each["id"] for each in results if each["outcome"] == "fail"]
    assert failed == ["GPCM-SD-OC-143"]
    assert [name for name, text in written.items() if failed[0] not in text] == []
    lists = {name: IDS[name](written[name]) for name in ("sarif", "github", "gitlab", "svrl")}
    assert lists == dict.fromkeys(lists, failed)
    assert IDS["operation-outcome"](written["operation-outcome"]) == ["invalid", *failed]


def test_all_samples_are_read_back(reports):
    """
    A run over many messages, of every verdict but error, is taken by every reader.
    """
    written = reports(SAMPLES)

    failed = {
        (message["source"], result["id"])
        for message in json.loads(written["json"])["messages"]
        for result in message["results"]
        if result["outcome"] == "fail"
    }
    told = {name: set(IDS[name](written[name])) for name in IDS}
    assert {name for name, ids in told.items() if not {id for _, id in failed} <= ids} == set()
    assert set(svrl_ids(written["svrl"])) == {id for _, id in failed}


@pytest.mark.parametrize("show", [False, True], ids=["masked", "shown"])
def test_a_value_is_masked_in_every_format(reports, show):
    """
    A value that may be patient data stands in no format, unless it is asked for: then in every one.
    """
    written = reports(MASKED, *(["--show-values"] if show else []))

    assert {name for name, text in written.items() if VALUE in text} == (set(FORMATS) if show else set())


def test_a_call_that_is_wrong_writes_nothing(tmp_path, capsys):
    """
    Exit status 2 leaves no half document, on standard output or in a file.
    """
    out = tmp_path / "out.sarif"
    status = main(["validate", "--format", f"sarif:{out}", "--fact", "nobody=1", str(MASKED)])

    assert (status, out.exists(), capsys.readouterr().out) == (2, False, "")
