"""
The engine as a contestant: always its public call, from bytes to a report with the outcome of every rule.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from unittest.mock import patch

from benchmarks.contestant import Contestant
from benchmarks.messages import messages
from benchmarks.rules_table import Row
from benchmarks.written import write_pack
from itk3_validator import Outcome, Report, Validator
from itk3_validator.sight import outliner

PACK = "gpcm-sd-oc"
BUNDLED, OWN = "itk3-validator, bundled pack", "itk3-validator"
PURE = "itk3-validator, bundled pack, not compiled"


def bundled() -> Contestant:
    """
    The pack for Online Consultation Reports with the packs that it extends.
    """
    return Contestant(BUNDLED, Validator(packs=[PACK]).validate, failed)


def not_compiled() -> Contestant:
    """
    The same where the install found no compiler: every message is parsed.
    """
    judge = Validator(packs=[PACK]).validate
    with patch.object(outliner, "Scanner", None):
        # What looks at messages is made when the first of them come.
        for kind in ("response", "small"):
            for made in messages(kind, 20):
                judge(made.data)
    return Contestant(PURE, judge, failed)


def own(rows: Sequence[Row]) -> Contestant:
    """
    The same rules as the peers have.
    """
    with tempfile.TemporaryDirectory() as folder:
        validator = Validator(packs=[write_pack(Path(folder), "bench", rows)])
    return Contestant(OWN, validator.validate, failed)


def variants() -> list[Contestant]:
    """
    The bundled pack, and what more one may ask of it.
    """
    validator = Validator(packs=[PACK])
    judge, facts = validator.validate, {"recipient": "primary"}
    return [
        Contestant("validate()", judge, failed),
        Contestant("and report.outcomes read", lambda data: judge(data).outcomes),
        Contestant("and report.results read", lambda data: _read(judge(data))),
        Contestant("with the fact recipient", lambda data: judge(data, facts=facts)),
        Contestant("all bundled packs compete", Validator().validate),
    ]


def failed(report: Report) -> list[str]:
    """
    The rules that did not pass; no rule of the table can be anything but pass or fail.
    """
    return [id for id, outcome in report.outcomes.items() if outcome is not Outcome.PASS]


def applying(data: bytes) -> tuple[int, int]:
    """
    How many rules the bundled pack has, and how many of them apply to this message.
    """
    outcomes = Validator(packs=[PACK]).validate(data).outcomes.values()
    return len(outcomes), sum(outcome is not Outcome.NOT_APPLICABLE for outcome in outcomes)


def _read(report: Report) -> list[object]:
    """
    Everything a renderer needs of what did not pass.
    """
    return [
        (result.id, result.message, finding.xpath, finding.line, finding.column, finding.expected, finding.found)
        for result in report.results
        if result.outcome is Outcome.FAIL
        for finding in result.findings
    ]
