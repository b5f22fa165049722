"""
The sample messages: the valid ones keep every rule, each invalid one breaks the rule it is named for and no other.
"""

from __future__ import annotations

import base64
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from lxml import etree

from itk3_validator import Validator

ROOT = Path(__file__).resolve().parent.parent
SAMPLES = ROOT / "samples"
F = {"f": "http://hl7.org/fhir"}

VALID: Mapping[str, tuple[Mapping[str, str], str | None]] = {
    "gpcm-sd-oc-primary": ({"recipient": "primary", "mailbox": "8ZX41OT001"}, None),
    "gpcm-sd-oc-copy": ({"recipient": "copy", "mailbox": "8ZX41OT001"}, None),
    "gpcm-sd-oc-infrastructure-response": ({}, "gpcm-sd-oc-primary"),
    "gpcm-sd-oc-business-response": ({}, "gpcm-sd-oc-primary"),
    "outpatient-letter-primary": ({"recipient": "primary"}, None),
    "outpatient-letter-copy": ({"recipient": "copy"}, None),
    "outpatient-letter-infrastructure-response": ({}, "outpatient-letter-primary"),
    "outpatient-letter-business-response": ({}, "outpatient-letter-primary"),
}
# What tells it where all packs compete: the rule that says the same in the pack that governs then.
ELSEWHERE = {
    "RSP-ITK#MessageHeader.event.code": "GPCM-SD-OC-157",
    "RSP-ITK#MessageHeader.extension:ITKMessageHandling.SenderReference": "GPCM-SD-OC-155",
    "ITK-MessageHeader-2#MessageHeader.response.identifier": "RSP-ITK#MessageHeader.response.identifier",
    "ITK-MessageHeader-2#MessageHeader.response.code": "RSP-ITK#MessageHeader.response.code",
    "ITK-MessageHeader-2#MessageHeader.response.details": "RSP-ITK#MessageHeader.response.details",
}
CONTEXT: Mapping[str, Any] = yaml.safe_load((SAMPLES / "invalid" / "context.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", VALID)
def test_a_valid_sample_keeps_every_rule(name: str) -> None:
    """
    All packs compete, the facts and the request are given: nothing fails, nothing stays open.
    """
    facts, request = VALID[name]
    report = _validator(None).validate(
        SAMPLES / "valid" / f"{name}.xml",
        facts=facts,
        request=SAMPLES / "valid" / f"{request}.xml" if request else None,
    )

    assert {result.id: str(result.outcome) for result in report.results if not _quiet(result)} == {}
    assert str(report.verdict) == "valid"
    assert (
        report.pack == name[: len("gpcm-sd-oc")] if name.startswith("gpcm") else report.pack == "itk3-outpatient-letter"
    )


@pytest.mark.parametrize("id", CONTEXT)
def test_an_invalid_sample_breaks_its_rule_and_no_other_of_the_pack(id: str) -> None:
    """
    Judged by the rule's own pack with the facts and the request of context.yaml.
    """
    sample = CONTEXT[id]
    report = _validator(sample["pack"]).validate(
        SAMPLES / sample["message"],
        facts=sample["facts"],
        request=SAMPLES / sample["request"] if sample["request"] else None,
        interaction=sample["interaction"],
    )
    results = [result for result in report.results if result.pack == sample["pack"]]

    assert {result.id for result in results if str(result.outcome) == "fail"} == {id, *sample["also"]}
    assert [result.id for result in results if str(result.outcome) in ("undecided", "error")] == []


@pytest.mark.parametrize("id", CONTEXT)
def test_an_invalid_sample_is_told_where_all_packs_compete(id: str) -> None:
    """
    Nobody names a pack or an interaction, and the rule fails all the same.
    """
    sample = CONTEXT[id]
    report = _validator(None).validate(
        SAMPLES / sample["message"],
        facts=sample["facts"],
        request=SAMPLES / sample["request"] if sample["request"] else None,
    )

    assert str(report.outcomes[ELSEWHERE.get(id, id)]) == "fail"
    assert "error" not in map(str, report.outcomes.values())


def test_every_rule_of_every_pack_has_an_invalid_sample() -> None:
    """
    No rule without its sample, no sample without its rule.
    """
    assert sorted((sample["pack"], id) for id, sample in CONTEXT.items()) == sorted(_rules())


@pytest.mark.parametrize("id", CONTEXT)
def test_a_sample_is_named_for_its_rule(id: str) -> None:
    """
    The file has the rule's id with `_` for every other character, and names the rule in the comment on top.
    """
    sample = CONTEXT[id]

    assert sample["message"] == f"invalid/{re.sub(r'[^A-Za-z0-9.-]', '_', id)}.xml"
    assert f"Breaks {id}: {sample['broken']}\n" in (SAMPLES / sample["message"]).read_text(encoding="utf-8")


def test_no_two_samples_have_the_same_name() -> None:
    """
    Every file in samples/invalid is the sample of exactly one rule, even where upper and lower case are one.
    """
    named = sorted(sample["message"].removeprefix("invalid/") for sample in CONTEXT.values())

    assert named == sorted(path.name for path in (SAMPLES / "invalid").glob("*.xml"))
    assert len({name.lower() for name in named}) == len(named)


def test_the_files_are_what_the_table_makes() -> None:
    """
    samples/invalid is fresh.
    """
    assert _make(ROOT, "--check") == (0, "")


def test_check_tells_what_differs_and_writes_nothing(tmp_path: Path) -> None:
    """
    An edited file, a missing one and one too many are told; without --check they are put right.
    """
    for folder in ("samples", "tests"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    edited, missing, surplus = (tmp_path / "samples" / "invalid" / f"GPCM-SD-OC-{n}.xml" for n in (143, 144, 999))
    edited.write_text("<Bundle/>", encoding="utf-8")
    missing.unlink()
    surplus.write_text("<Bundle/>", encoding="utf-8")
    told = (
        "samples/invalid/GPCM-SD-OC-143.xml differs\n"
        "samples/invalid/GPCM-SD-OC-144.xml differs\n"
        "samples/invalid/GPCM-SD-OC-999.xml is not from the table\n"
    )

    assert _make(tmp_path, "--check") == (1, told)
    assert edited.read_text(encoding="utf-8") == "<Bundle/>"
    assert _make(tmp_path) == (0, told)
    assert _make(tmp_path, "--check") == (0, "")


@pytest.mark.parametrize("name", VALID)
def test_a_valid_sample_is_whole(name: str) -> None:
    """
    In every Bundle fullUrls are unique, and every urn:uuid reference has its entry.
    """
    root = _read(name)
    for bundle in root.xpath("descendant-or-self::f:Bundle", namespaces=F):
        urls = bundle.xpath("f:entry/f:fullUrl/@value", namespaces=F)
        inside = "f:entry/f:resource/*[not(self::f:Bundle)]//f:reference/@value[starts-with(., 'urn:uuid:')]"

        assert len(set(urls)) == len(urls)
        assert set(bundle.xpath(inside, namespaces=F)) <= set(urls)


@pytest.mark.parametrize("name", VALID)
def test_a_valid_sample_names_no_real_patient(name: str) -> None:
    """
    NHS numbers are of the 999 range with a right check digit, and the comment on top says that all is fictitious.
    """
    numbers = _read(name).xpath(
        "//f:identifier[f:system/@value='https://fhir.nhs.uk/Id/nhs-number']/f:value/@value", namespaces=F
    )

    assert all(re.fullmatch(r"999[0-9]{7}", number) and _check_digit(number) == number[9] for number in numbers)
    assert len(numbers) == (0 if name.endswith("response") else 1)
    assert "Fictitious: no real patient" in (SAMPLES / "valid" / f"{name}.xml").read_text(encoding="utf-8")[:300]


@pytest.mark.parametrize("kind", ["gpcm-sd-oc", "outpatient-letter"])
def test_primary_and_copy_carry_the_same_document(kind: str) -> None:
    """
    FHIR-MR-01: every recipient gets the same document; only the message around it differs.
    """
    primary, copy = (
        etree.tostring(
            _read(f"{kind}-{recipient}").xpath("f:entry/f:resource/f:Bundle", namespaces=F)[0], method="c14n"
        )
        for recipient in ("primary", "copy")
    )

    assert primary == copy


def test_the_attachment_is_a_pdf() -> None:
    """
    The report's Binary holds a PDF whose cross-reference table is where it says.
    """
    (content,) = _read("gpcm-sd-oc-primary").xpath("//f:Binary/f:content/@value", namespaces=F)
    data = base64.b64decode(content, validate=True)
    table = int(data.split(b"startxref\n")[1].split()[0])

    assert data.startswith(b"%PDF-1.4\n")
    assert data[table : table + 5] == b"xref\n"


@cache
def _validator(pack: str | None) -> Validator:
    return Validator(packs=[pack]) if pack else Validator()


def _quiet(result: Any) -> bool:
    return str(result.outcome) in ("pass", "not-applicable")


def _rules() -> Iterator[tuple[str, str]]:
    """
    Pack and id of every active rule in rules/.
    """
    for path in sorted((ROOT / "rules").glob("*/*.yaml")):
        for rule in yaml.load(path.read_bytes(), Loader=yaml.BaseLoader).get("rules", ()):
            if rule.get("status", "active") == "active":
                yield path.parent.name, rule["id"]


def _make(root: Path, *arguments: str) -> tuple[int, str]:
    script = root / "tests" / "make_samples.py"
    done = subprocess.run([sys.executable, script, *arguments], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def _read(name: str) -> Any:
    return etree.parse(SAMPLES / "valid" / f"{name}.xml").getroot()


def _check_digit(number: str) -> str:
    rest = 11 - sum(int(digit) * (10 - place) for place, digit in enumerate(number[:9])) % 11
    return "0" if rest == 11 else str(rest)
