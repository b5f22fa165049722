"""
A program of an embedder, for mypy: what the public names are, to who uses them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import assert_type

from lxml import etree

from itk3_validator import (
    CallInvalid,
    Finding,
    MessageInvalid,
    MessageLike,
    Outcome,
    Report,
    Result,
    RulePack,
    Submission,
    Validator,
    Verdict,
    load_pack,
)


def gate(folder: Path, tree: etree._ElementTree) -> int:
    """
    Count the places where the messages of a folder fail.
    """
    pack = assert_type(load_pack("gpcm-sd-oc"), RulePack)
    validator = Validator([pack, folder, "itk3-message"], show_values=False)
    messages: list[MessageLike | Submission] = [b"<Bundle/>", tree, Submission(folder / "a.xml", request=b"<Bundle/>")]
    reports = assert_type(validator.validate_many(messages, facts={"recipient": "primary"}), Iterator[Report])
    return sum(places(report) for report in reports)


def places(report: Report) -> int:
    """
    Count the places where one message fails.
    """
    assert_type(report.verdict, Verdict)
    assert_type(report.outcomes, Mapping[str, Outcome])
    assert_type(report.results, tuple[Result, ...])
    found = [finding for result in report.results for finding in result.findings]
    assert_type(found, list[Finding])
    try:
        report.raise_if_invalid(undecided=True)
    except MessageInvalid as invalid:
        assert_type(invalid.failed, tuple[str, ...])
    except CallInvalid as wrong:
        raise SystemExit(str(wrong)) from wrong
    return len(found)
