"""
Rules over the archive are explained, listed and linted like the others.
"""

from __future__ import annotations

import re
from pathlib import Path
from textwrap import dedent

import pytest

from itk3_validator import load_packs
from itk3_validator.pack.archive_verbs import ARCHIVE_VERBS
from itk3_validator.workshop.explaining.topics import explain
from itk3_validator.workshop.lint.run import lint
from itk3_validator.workshop.trials.trial import run_trials
from pack_builder import write_pack

ROOT = Path(__file__).parent.parent
PACKS = load_packs()


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        pytest.param(
            "GPCM-SD-OC-143/3",
            [
                "level:         SHOULD; breaking it is a warning",
                "only when:     response is not there; and BusAckRequested is 'true'",
                "at least one of the messages of the archive answers it within 14 days",
                "of those where: ResponseCode is a value of the form 3[0-9]{4}",
            ],
            id="answered",
        ),
        pytest.param(
            "GPCM-SD-OC-145/2",
            ["no earlier message has the same SenderReference and the same source-endpoint and RecipientType-code"],
            id="unique",
        ),
        pytest.param(
            "GPCM-SD-OC-169/2",
            [
                "level:         MUST; breaking it is an error",
                "each code of business-acknowledgement occurs at ResponseCode; it is undecided as long as one does not",
            ],
            id="covers",
        ),
        pytest.param(
            "RSP-ITK#MessageHeader.timestamp",
            ["it is not earlier than the message that it answers, but for 5 minutes"],
            id="after-request",
        ),
        pytest.param(
            "RSP-ITK#MessageHeader.response.identifier/3",
            ["the message that it answers is in the archive, at most 14 days older"],
            id="request-known",
        ),
        pytest.param("document-identifier", ["used by:       ITK-ResponseCodes-1#20008"], id="a-selector"),
        pytest.param(
            "20007",
            ["answers:       what a receiver answers when ITK-ResponseCodes-1#20007 fails"],
            id="a-response-code",
        ),
    ],
)
def test_explained(name, lines):
    """
    An analyst reads what is asked, of which messages, in which words.
    """
    told = [line.strip() for each in explain(name, PACKS) for line in each.lines]

    assert [line for line in lines if line not in told] == []


@pytest.mark.parametrize("verb", ARCHIVE_VERBS)
def test_verbs_are_explained_by_what_works(tmp_path, verb):
    """
    The example of a verb can be loaded as it stands, by a pack that knows its words.
    """
    (told,) = [each for each in explain(verb, PACKS) if "archive" in each.title]
    written = told.lines[-1].strip().removeprefix("- ")
    folder = write_pack(
        tmp_path,
        "extends: [gpcm-sd-oc@1]\ninteractions: {report: {title: A report}}\n"
        f"archive:\n  - id: R\n    text: An example.\n    source: An example.\n    {written}\n",
    )

    assert load_packs([folder])[0].archive[-1].verb == verb
    assert lint([folder]).loads
    assert lint([folder]).problems == ()


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        pytest.param("{id: R, text: T., check: {unique: code}}", ["missing-source"], id="without-a-source"),
        pytest.param("{id: R, text: T., source: S., check: {unqiue: code}}", ["name"], id="misspelt"),
    ],
)
def test_linted(tmp_path, rule, told):
    """
    What is told of rules is told of these.
    """
    words = "selectors: {code: /f:Bundle/f:type}\ninteractions: {letter: {clues: {code: present}}}\n"
    text = f"{words}archive:\n  - {rule}\n"

    assert [each.code for each in lint([write_pack(tmp_path, text)]).problems] == told


def blocks(page: str) -> tuple[str, str]:
    """
    The rule and the tests that a page shows, as YAML.
    """
    text = (ROOT / page).read_text(encoding="utf-8")
    rule = re.search(r"^```yaml\n(archive:\n.*?)^```$", text, re.MULTILINE | re.DOTALL)
    tests = re.search(r"^    (tests:\n(?:    .*\n)+)", text, re.MULTILINE)
    assert rule is not None
    assert tests is not None
    return rule[1], dedent(f"    {tests[1]}")


@pytest.mark.parametrize("page", ["docs/archive-rules.md", "rules/README.md"])
def test_the_examples_of_the_pages_work(tmp_path, page):
    """
    What a page shows can be loaded as it stands, is clean, and its test holds.
    """
    rule, tests = (each.replace("GPCM-SD-OC-143/3", "OC-ANSWERED") for each in blocks(page))
    text = f"extends: [gpcm-sd-oc@1]\ninteractions: {{report: {{title: A report}}}}\n{rule}{tests}"
    folder = write_pack(tmp_path, text)

    assert lint([folder]).problems == ()
    assert [each.problems for each in run_trials(load_packs([folder])[0])] == [()]


def test_the_page_tells_every_verb():
    """
    docs/archive-rules.md has a line for each verb.
    """
    text = (ROOT / "docs" / "archive-rules.md").read_text(encoding="utf-8")

    assert [verb for verb in ARCHIVE_VERBS if f"| `{verb}" not in text] == []
