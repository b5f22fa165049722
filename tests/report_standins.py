"""
Reports made by hand, with the fields that renderers read.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from itk3_validator.finding import Finding, Outcome, Severity, Verdict
from itk3_validator.report.waived import Waived

DIGEST = "ab" * 32


@dataclass(frozen=True)
class Excerpt:
    line: int | None
    text: str
    caret: int | None


@dataclass(frozen=True)
class Result:
    id: str = "GPCM-SD-OC-143"
    outcome: Outcome = Outcome.PASS
    text: str = "BusAckRequested is true."
    severity: Severity = Severity.ERROR
    level: str = "MUST"
    pack: str = "gpcm-sd-oc"
    message: str | None = None
    source: str | None = None
    link: str | None = None
    findings: tuple[Finding, ...] = ()
    excerpts: tuple[Excerpt | None, ...] = ()
    remedy: str | None = None
    response_code: str | None = None
    part: str | None = None
    seen: str | None = None
    waiver: Waived | None = None


@dataclass(frozen=True)
class Report:
    results: tuple[Result, ...] = ()
    source: str = "in/a.xml"
    digest: str = DIGEST
    pack: str | None = "gpcm-sd-oc"
    pack_version: str | None = "1.0.0"
    pack_digest: str | None = "cd" * 32
    interaction: str | None = "report"
    published_as: tuple[str, ...] = ()
    recognised_by: str = "3 of 3 clues: event, MessageDefinition, LocalExtension"
    verdict: Verdict = Verdict.VALID
    reason: str | None = None
    line: int | None = None
    column: int | None = None
    counts: dict[Outcome, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        counted = Counter(each.outcome for each in self.results)
        object.__setattr__(self, "counts", {each: counted[each] for each in Outcome})


def unjudged(verdict: Verdict, reason: str, line: int | None = None, column: int | None = None, **fields) -> Report:
    nothing = {"pack": None, "pack_version": None, "pack_digest": None, "interaction": None, "recognised_by": ""}
    return Report(verdict=verdict, reason=reason, line=line, column=column, **{**nothing, **fields})


def finding(line: int | None = 41, column: int | None = 13, **fields) -> Finding:
    made = {"xpath": "/f:Bundle/f:entry[1]", "expected": "true", "found": ("false",), "masked": False, **fields}
    return Finding(line=line, column=column, **made)


FAILED = Result(
    outcome=Outcome.FAIL,
    message="BusAckRequested is 'false', and has to be 'true'.",
    source="clause 143",
    link="https://example.org/143",
    findings=(finding(),),
    excerpts=(Excerpt(41, '\t<valueBoolean value="false"/>', 15),),
    remedy="Set valueBoolean to true.",
    response_code="10008",
    part="whether the receiver acts on it",
)
WARNED = Result(
    id="X#order",
    outcome=Outcome.FAIL,
    severity=Severity.WARNING,
    level="SHOULD",
    text="Elements stand in order.",
    findings=(finding(7, None, expected="id, meta", found=(), masked=False),),
    excerpts=(None,),
)
NOTED = Result(id="X-2", outcome=Outcome.FAIL, severity=Severity.INFORMATION, level="MAY", text="A title may be given.")
UNDECIDED = Result(
    id="GPCM-SD-OC-141",
    outcome=Outcome.UNDECIDED,
    text="RecipientType is FA when sending to the primary recipient.",
    message="The fact recipient is not stated; --fact recipient=primary or recipient=copy decides it.",
    remedy="Set RecipientType to FA.",
)
CRASHED = Result(id="X-9", outcome=Outcome.ERROR, text="It is so.", message="The rule could not be run: too deep.")
PASSED = Result(id="GPCM-SD-OC-169", text="The code is one of the range.", seen="30001 (Patient known here.)")
IDLE = Result(id="GPCM-SD-OC-142", outcome=Outcome.NOT_APPLICABLE, text="RecipientType is FI for a copy.")
WAIVED = Result(id="X-5", outcome=Outcome.WAIVED, text="Not held against it.")
