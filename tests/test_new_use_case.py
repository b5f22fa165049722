"""
The page docs/new-use-case.md works as it stands: its file is a pack, and the pack judges as the page says.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from itk3_validator import Validator
from transcript import run, shown

REPOSITORY = Path(__file__).parent.parent
PAGE = (REPOSITORY / "docs" / "new-use-case.md").read_text(encoding="utf-8")
VALID = REPOSITORY / "samples" / "valid"
PRIMARY = {"recipient": "primary"}


def sample(name: str, **replaced: str) -> bytes:
    """
    A valid sample of the Online Consultation Report as the Consultation Summary wants it, then with *replaced*.
    """
    text = (VALID / name).read_text(encoding="utf-8")
    pairs = {"SendDocument-OnlineConsultationReport": "SendDocument-ConsultationReport", **replaced}
    for old, new in pairs.items():
        text = text.replace(old, new)
    return text.encode()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """
    The pack of the page, in a folder outside the package.
    """
    blocks = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    name = re.match(r"pack: (\S+)", blocks[0])[1]
    folder = tmp_path_factory.mktemp("elsewhere") / name
    folder.mkdir()
    (folder / "pack.yaml").write_text(blocks[0], encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def validator(folder):
    return Validator(packs=[folder])


def failed(report):
    return sorted(name for name, outcome in report.outcomes.items() if outcome == "fail")


def test_a_consultation_summary_passes(validator):
    """
    A message that is right is valid, judged by the pack of the page, with every requirement of the request passed.
    """
    report = validator.validate(sample("gpcm-sd-oc-primary.xml"), facts=PRIMARY)

    passed = sorted(name for name, outcome in report.outcomes.items() if outcome == "pass" and "-CS-" in name)
    assert (report.verdict, report.pack, report.interaction) == ("valid", "gpcm-sd-cs", "report")
    assert passed == [f"GPCM-SD-CS-{number:03}" for number in range(43, 54)]


@pytest.mark.parametrize(
    ("replaced", "ids"),
    [
        pytest.param({"SendDocument-ConsultationReport": "None"}, ["GPCM-SD-CS-048"], id="local-extension"),
        pytest.param({'<code value="FA"/>': '<code value="FI"/>'}, ["GPCM-SD-CS-043"], id="recipient-type"),
        pytest.param({'<code value="ITK007C"/>': '<code value="ITK014M"/>'}, ["GPCM-SD-CS-051"], id="event"),
    ],
)
def test_a_wrong_one_fails_with_the_new_id(validator, replaced, ids):
    """
    What is wrong is told under the number of this publication, and nothing else of this pack fails.
    """
    report = validator.validate(sample("gpcm-sd-oc-primary.xml", **replaced), facts=PRIMARY)

    assert (report.verdict, [name for name in failed(report) if name.startswith("GPCM-")]) == ("invalid", ids)


@pytest.mark.parametrize(
    ("code", "ids"),
    [("30001", []), ("30003", []), ("30004", ["GPCM-SD-CS-044/2"])],
)
def test_the_range_of_business_codes_is_the_new_one(validator, code, ids):
    """
    30001 to 30003 answer a Consultation Summary; 30004 is a code of the Online Consultation Report.
    """
    request = sample("gpcm-sd-oc-primary.xml")
    response = sample("gpcm-sd-oc-business-response.xml", **{'<code value="30001"/>': f'<code value="{code}"/>'})
    report = validator.validate(response, request=request)

    assert report.interaction == "response"
    assert [name for name in failed(report) if name.startswith("GPCM-")] == ids


def test_the_clues_decide_between_the_two(folder):
    """
    Beside the pack that it extends, each message goes to the pack of its use case.
    """
    both = Validator(packs=["gpcm-sd-oc", folder])
    summary = both.validate(sample("gpcm-sd-oc-primary.xml"), facts=PRIMARY)
    consultation = both.validate((VALID / "gpcm-sd-oc-primary.xml").read_bytes(), facts=PRIMARY)

    assert (summary.pack, consultation.pack) == ("gpcm-sd-cs", "gpcm-sd-oc")


def test_no_old_number_is_left(validator):
    """
    Nothing that the reader of a report is told to do names a requirement of the Online Consultation Report.
    """
    (pack,) = validator.packs

    told = {rule.id: f"{rule.id} {rule.text} {rule.remedy} {rule.part}" for rule in pack.rules}
    assert [name for name, text in told.items() if "-OC-" in text] == []


def test_the_page_shows_real_output(folder, capsys, monkeypatch):
    """
    The command of the page prints what stands below it, but for how many rules passed.
    """
    (each,) = shown(PAGE)
    monkeypatch.chdir(REPOSITORY)

    assert run(each.arguments, capsys, **{"path/to/gpcm-sd-cs": str(folder)}) == each.output


def test_the_mistake_of_the_page_is_told_so(folder, capsys, tmp_path):
    """
    A misspelt name is told with the line of the page.
    """
    (line,) = re.findall(r"^ {4}(path/to/.*)$", PAGE, re.MULTILINE)
    wrong = tmp_path / folder.name
    wrong.mkdir()
    text = (folder / "pack.yaml").read_text(encoding="utf-8")
    (wrong / "pack.yaml").write_text(text.replace("    use-case:", "    use-cas:"), encoding="utf-8")
    printed = run(("validate", "-", "--pack", "path/to/gpcm-sd-cs"), capsys, **{"path/to/gpcm-sd-cs": str(wrong)})

    assert printed.splitlines()[0] == line
