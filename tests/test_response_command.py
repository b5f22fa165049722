"""
`itk3 validate --format itk3-response`: what is written, what is told, and who answers.
"""

from __future__ import annotations

import gzip
import io
import re
import sys
from pathlib import Path
from uuid import UUID

import pytest
from lxml import etree

from itk3_validator import Validator
from itk3_validator.adapters.cli import main
from itk3_validator.report.answer import ORDER
from itk3_validator.report.response_codes import response_codes
from sample_messages import ROOT, VALID, changed

F = {"f": "http://hl7.org/fhir"}
WHO = ["--responder-ods", "FZ941", "--responder-mailbox", "FZ941OT001", "--responder-name", "Fallow & Söhne"]
REPORT = VALID / "gpcm-sd-oc-primary.xml"
RESPONSE = VALID / "gpcm-sd-oc-infrastructure-response.xml"
NOBODY = (
    "itk3: --format itk3-response: nobody was named, so responses come from X26 and UNSET; "
    "say --responder-ods and --responder-mailbox\n"
)


@pytest.fixture
def itk3(capsys):
    """
    Runs `itk3 validate`; exit status, standard output and standard error.
    """

    def run(*arguments: str | Path) -> tuple[int, str, str]:
        status = main(["validate", *map(str, arguments)])
        return status, *capsys.readouterr()

    return run


def values(response: str, path: str) -> list[str]:
    return [str(each) for each in etree.fromstring(response.encode()).xpath(f"//{path}/@value", namespaces=F)]


def code(response: str) -> str:
    (found,) = values(response, "f:OperationOutcome/f:issue/f:details/f:coding/f:code")
    return found


def test_one_message(itk3):
    """
    A response that conforms, from who was named, with an id of its own.
    """
    status, out, err = itk3(REPORT, "--format", "itk3-response", *WHO)
    _, again, _ = itk3(REPORT, "--format", "itk3-response", *WHO)

    assert (status, err, code(out)) == (0, "", "20013")
    assert values(out, "f:Organization/f:identifier/f:value") == ["FZ941"]
    assert values(out, "f:MessageHeader/f:source/f:endpoint") == ["FZ941OT001"]
    assert values(out, "f:MessageHeader/f:sender/f:display") == ["Fallow & Söhne"]
    assert Validator().validate(out.encode(), request=REPORT).verdict == "valid"
    identifiers = [UUID(*values(each, "f:MessageHeader/f:id")) for each in (out, again)]
    assert identifiers[0] != identifiers[1]


def test_many_messages(itk3):
    """
    A line for each that is answered; of the others standard error tells why, unless it is to be quiet.
    """
    status, out, err = itk3(
        REPORT, RESPONSE, VALID / "outpatient-letter-primary.xml", "--format", "itk3-response", *WHO
    )
    _, _, quiet = itk3(RESPONSE, "--format", "itk3-response", "--quiet", *WHO)

    assert status == 0
    assert [code(line) for line in out.splitlines()] == ["20013", "20013"]
    assert err == f"itk3: {RESPONSE}: no ITK3 response, since it is, or may be, an infrastructure response\n"
    assert quiet == ""


def test_beside_another_format(itk3, tmp_path):
    """
    A file of responses, the report on standard output, the exit status of the report.
    """
    file = tmp_path / "response.xml"
    status, out, _ = itk3(
        ROOT / "samples/invalid/GPCM-SD-OC-143.xml", "--format", "text", *WHO, "--format", f"itk3-response:{file}"
    )

    assert (status, code(file.read_text(encoding="ascii"))) == (1, "10008")
    assert "FAIL GPCM-SD-OC-143" in out


def test_nobody_answers(itk3):
    """
    Who answers is marked, and it is told; the response conforms nevertheless.
    """
    status, out, err = itk3(REPORT, "--format", "itk3-response")

    assert (status, err) == (0, NOBODY)
    assert values(out, "f:Organization/f:identifier/f:value") == ["X26"]
    assert values(out, "f:MessageHeader/f:source/f:endpoint") == ["UNSET"]
    assert Validator().validate(out.encode(), request=REPORT).verdict == "valid"


@pytest.mark.parametrize(
    ("settings", "ods"),
    [
        ('responder-ods = "FZ941"\nresponder-mailbox = "FZ941OT001"\n', "FZ941"),
        ('responder-ods = "A83008"\nresponder-mailbox = "FZ941OT001"\n', "A83008"),
    ],
)
def test_who_answers_is_in_the_settings(itk3, tmp_path, settings, ods):
    """
    By the names of the options; the command line wins.
    """
    config = tmp_path / "itk3.toml"
    config.write_text(settings, encoding="utf-8")

    _, out, err = itk3(REPORT, "--format", "itk3-response", "--config", config)
    assert (values(out, "f:Organization/f:identifier/f:value"), err) == ([ods], "")
    _, out, _ = itk3(REPORT, "--format", "itk3-response", "--config", config, "--responder-ods", "B81001")
    assert values(out, "f:Organization/f:identifier/f:value") == ["B81001"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--responder-ods", "FZ941"], "who answers is said by --responder-ods and --responder-mailbox; say both"),
        (["--responder-name", "A"], "who answers is said by --responder-ods and --responder-mailbox; say both"),
        (
            ["--responder-ods", "fz", "--responder-mailbox", "A"],
            "the responder's ODS code 'fz' has small letters; an ODS code has capitals",
        ),
        (["--responder-ods", "FZ", "--responder-mailbox", "A B"], "the responder's mailbox 'A B' holds white space"),
    ],
)
def test_who_cannot_answer(itk3, arguments, told):
    """
    Told before anything is judged.
    """
    assert itk3(REPORT, "--format", "itk3-response", *arguments) == (2, "", f"itk3: {told}\n")


@pytest.mark.parametrize(
    ("message", "arguments", "answer"),
    [
        pytest.param(changed("gpcm-sd-oc-primary"), ["--max-size", "1000"], "20015", id="too-large"),
        pytest.param(changed("gpcm-sd-oc-primary"), ["--max-markup", "1000"], "20015", id="too-much-markup"),
        pytest.param(RESPONSE.read_bytes(), ["--max-size", "3000"], None, id="a-response-too-large"),
        pytest.param(gzip.compress(b"<Bundle/>"), [], "10009", id="compressed"),
        pytest.param(b"", [], "10009", id="empty"),
        pytest.param(b"\x1b[31m", [], "10009", id="control-characters"),
    ],
)
@pytest.mark.parametrize("by", ["file", "standard-input"])
def test_what_cannot_be_read(itk3, tmp_path, monkeypatch, message, arguments, answer, by):
    """
    It is answered however it comes, unless it may be a response.
    """
    file = tmp_path / "message.xml"
    file.write_bytes(message)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(message)))
    status, out, _ = itk3(file if by == "file" else "-", "--format", "itk3-response", *arguments, *WHO)

    assert (status, code(out) if out else None) == (3, answer)


def test_a_name_with_control_characters(itk3, tmp_path):
    """
    A file's name does not become control.
    """
    file = tmp_path / "a\x1b[31mb.xml"
    file.write_bytes(RESPONSE.read_bytes())
    _, _, err = itk3(file, "--format", "itk3-response", *WHO)

    assert "\x1b" not in err


def test_the_page_has_the_order():
    """
    docs/itk3-response.md names the codes in the order in which they answer, and every code is one.
    """
    page = (ROOT / "docs" / "itk3-response.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| ([0-9, ]+) \|", page, re.MULTILINE)
    codes = [each for row in rows for each in row.split(", ")]

    assert codes == [*ORDER, "20013"]
    assert set(codes) <= set(response_codes())
