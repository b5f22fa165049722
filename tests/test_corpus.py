"""
The published messages: none crashes, none gives an error, and each gets the verdict that was read and defended.

`python tests/test_corpus.py` writes tests/corpus-results.csv again; read what changed before you keep it.
"""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest

from itk3_validator import Outcome, Report, Responder, Validator
from itk3_validator.report import json_v1
from itk3_validator.report.text import render_message

CORPUS = Path(__file__).resolve().parent.parent.parent / "shared" / "corpus"
TABLE = Path(__file__).with_name("corpus-results.csv")
COLUMNS = ["file", "verdict", "pack", "interaction", "failed"]

pytestmark = pytest.mark.corpus


def files() -> list[str]:
    return sorted(path.relative_to(CORPUS).as_posix() for path in CORPUS.rglob("*.xml"))


def judged(validator: Validator) -> Iterator[tuple[str, Report]]:
    for name in files():
        yield name, validator.validate(CORPUS / name)


def row(name: str, report: Report) -> list[str]:
    failed = [id for id, outcome in report.outcomes.items() if outcome is Outcome.FAIL]
    return [name, str(report.verdict), report.pack or "", report.interaction or "", " ".join(failed)]


def table() -> str:
    """
    What is said of each message without facts and without its request, all packs competing.
    """
    lines = io.StringIO()
    writer = csv.writer(lines, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(row(*each) for each in judged(Validator()))
    return lines.getvalue()


def test_what_is_said_of_each_message():
    """
    Verdict, pack, interaction and failed rules of every file are those of the table, and no file is left out.
    """
    actual, expected = (list(csv.reader(io.StringIO(each))) for each in (table(), TABLE.read_text(encoding="utf-8")))

    assert actual == expected


def test_every_corpus_file_is_there():
    """
    The tests run over what was published, not over an empty folder.
    """
    assert len(files()) > 20


@pytest.mark.parametrize("packs", [None, ["itk3-message"], ["gpcm-sd-oc"], ["itk3-acknowledgement"]], ids=str)
def test_no_rule_crashes(packs):
    """
    Judged by any pack, no rule gives an error, and the whole report can be written.
    """
    for _, report in judged(Validator(packs=packs, show_values=True)):
        json_v1.render([report], tool_version="1")
        render_message(report, verbose=True)

        assert {each.id: each.message for each in report.results if each.outcome is Outcome.ERROR} == {}
        assert report.verdict not in ("error", "unreadable")


@pytest.mark.parametrize("name", ["requests/gpconnect-online-consultation.xml", "requests/outpatient-letter.xml"])
@pytest.mark.parametrize("response", ["responses/itk-response-30001.xml", "responses/test-harness-response.xml"])
def test_a_published_response_with_a_published_request(name, response):
    """
    The response goes to the pack of its request, and no rule crashes that compares the two.
    """
    report = Validator().validate(CORPUS / response, request=CORPUS / name)

    assert report.interaction == "response"
    assert report.recognised_by.startswith("it answers a ")
    assert report.counts[Outcome.ERROR] == 0


def test_the_responses():
    """
    What is answered to a published message keeps every rule for responses, together with its request.
    """
    validator = Validator()
    broken = {}
    for name, report in judged(validator):
        response = report.itk3_response(Responder("FZ941", "FZ941OT001"), id=UUID(int=1), timestamp=datetime.now(UTC))
        if response is not None:
            answered = validator.validate(response, request=CORPUS / name)
            broken[name] = [id for id, outcome in answered.outcomes.items() if outcome is Outcome.FAIL]

    assert len(broken) > 10
    assert {name: ids for name, ids in broken.items() if ids} == {}


def test_two_runs_agree():
    """
    The same bytes from validators made apart.
    """

    def run() -> str:
        reports = [report for _, report in judged(Validator())]
        return json_v1.render(reports, tool_version="1") + "".join(render_message(each) for each in reports)

    assert run() == run()


if __name__ == "__main__":
    TABLE.write_text(table(), encoding="utf-8")
    print(f"{TABLE} written: {len(files())} messages", file=sys.stderr)
