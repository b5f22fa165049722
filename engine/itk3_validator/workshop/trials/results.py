"""
What came of the tests and the proofs of packs, as text and as JSON.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from itk3_validator.finding import Outcome
from itk3_validator.pack.model import RulePack
from itk3_validator.report.visible import visible
from itk3_validator.workshop.proof.model import Proof, Verdict
from itk3_validator.workshop.trials.prepared import Standing, TrialResult

_LONGEST = 2_000
_LABELS = {Standing.FAILED: "FAILED", Standing.ERROR: "ERROR"}
_OUTCOMES = (Outcome.FAIL, Outcome.PASS, Outcome.NOT_APPLICABLE, Outcome.UNDECIDED)


class Coverage(NamedTuple):
    """
    How often a rule failed, passed, did not apply, and was left open.
    """

    fired: int
    quiet: int
    not_applicable: int
    undecided: int


@dataclass(frozen=True, slots=True)
class PackRun:
    """
    One pack's tests and proofs; *rules* are the ids that the run speaks of. *proved*: whether proofs were asked for.
    """

    pack: RulePack
    rules: tuple[str, ...]
    trials: tuple[TrialResult, ...]
    proofs: tuple[Proof, ...] = ()
    proved: bool = False

    @property
    def held(self) -> bool:
        tests = all(each.standing is Standing.HELD for each in self.trials)
        return tests and all(each.holds for each in self.proofs)

    def coverage(self, rule: str) -> Coverage:
        """
        How often a rule came to each outcome, over the tests, and with a proof over its samples and mutations too.
        """
        proof = next((each for each in self.proofs if each.rule == rule), None)
        if proof is not None:
            return Coverage(proof.fired, proof.quiet, proof.not_applicable, proof.undecided)
        counts = Counter(each.outcomes[rule] for each in self.trials if rule in each.outcomes)
        return Coverage(*(counts[outcome] for outcome in _OUTCOMES))


def render_text(runs: Sequence[PackRun], *, coverage: bool = False) -> str:
    """
    What did not hold, then the coverage when it is asked for, then one line a pack and one over all.
    """
    lines = [line for run in runs for line in _complaints(run)]
    for run in runs if coverage else ():
        lines += _coverage(run)
    lines += [f"{run.pack.name} {run.pack.version}: {_summary([run])}" for run in runs]
    if len(runs) > 1:
        lines.append(f"{len(runs)} packs: {_summary(runs)}")
    return "".join(f"{line}\n" for line in lines)


def render_json(runs: Sequence[PackRun], *, tool_version: str) -> str:
    """
    One JSON document, in ASCII.
    """
    document = {
        "test": 1,
        "tool": {"name": "itk3-validator", "version": tool_version},
        "held": all(run.held for run in runs),
        "packs": [_pack(run) for run in runs],
    }
    return json.dumps(document, indent=1) + "\n"


def _complaints(run: PackRun) -> Iterator[str]:
    for each in run.trials:
        if each.standing is not Standing.HELD:
            yield f"{visible(each.place)}: {_LABELS[each.standing]} {visible(each.title)}"
            yield from (f"    {visible(problem, longest=_LONGEST)}" for problem in each.problems)
    for proof in run.proofs:
        if not proof.holds:
            yield f"{run.pack.name}: NOT PROVED {visible(proof.rule)}"
            yield from (f"    {visible(problem, longest=_LONGEST)}" for problem in proof.told)


def _summary(runs: Sequence[PackRun]) -> str:
    standings = Counter(each.standing for run in runs for each in run.trials)
    said = [f"{_number(standings.total(), 'test')}, {standings[Standing.HELD]:,} held"]
    if standings[Standing.FAILED]:
        said.append(f"{standings[Standing.FAILED]:,} failed")
    if standings[Standing.ERROR]:
        said.append(f"{standings[Standing.ERROR]:,} could not be run")
    if any(run.proved for run in runs):
        said.append(_proved([proof for run in runs for proof in run.proofs]))
    return ", ".join(said)


def _proved(proofs: Sequence[Proof]) -> str:
    unprovable = sum(proof.holds and proof.unprovable is not None for proof in proofs)
    wrongly = sum(not proof.holds and proof.unprovable is not None for proof in proofs)
    proved = sum(proof.holds and proof.unprovable is None for proof in proofs)
    excused = sum(proof.number(Verdict.EXCUSED) for proof in proofs)
    made = _number(sum(len(proof.mutations) for proof in proofs), "mutation")
    said = [f"{proved:,} of {_number(len(proofs), 'rule')} proved by {made}"]
    if excused:
        said.append(f"{excused:,} excused")
    if unprovable:
        said.append(f"{_number(unprovable, 'rule')} said to be unprovable")
    if wrongly:
        said.append(f"{_number(wrongly, 'rule')} wrongly said to be unprovable")
    return ", ".join(said)


def _number(count: int, what: str) -> str:
    return f"{count:,} {what}" if count == 1 else f"{count:,} {what}s"


def _coverage(run: PackRun) -> Iterator[str]:
    """
    A table with one line a rule.
    """
    rows = [("rule", "fired", "quiet", "not applicable", "undecided", "mutations", "excused", "proved by")]
    proofs = {proof.rule: proof for proof in run.proofs}
    for rule in run.rules:
        numbers = (str(number) for number in run.coverage(rule))
        fired, quiet, not_applicable, undecided = numbers
        rows.append((visible(rule), fired, quiet, not_applicable, undecided, *_proof(proofs.get(rule))))
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]) - 1)]
    yield f"coverage of {run.pack.name}"
    for row in rows:
        cells = "  ".join(cell.rjust(width) for cell, width in zip(row[1:-1], widths[1:], strict=True))
        yield f"  {row[0].ljust(widths[0])}  {cells}  {row[-1]}".rstrip()


def _proof(proof: Proof | None) -> tuple[str, str, str]:
    if proof is None:
        return "-", "-", "-"
    if not proof.holds:
        how = "NOT PROVED"
    elif proof.unprovable is not None:
        how = f"unprovable: {visible(proof.unprovable)}"
    else:
        how = ", ".join(proof.verbs)
    return f"{len(proof.mutations):,}", f"{proof.number(Verdict.EXCUSED):,}", how


def _pack(run: PackRun) -> dict[str, Any]:
    proofs = {proof.rule: proof for proof in run.proofs}
    return {
        "pack": run.pack.name,
        "version": run.pack.version,
        "digest": run.pack.digest,
        "held": run.held,
        "tests": [_trial(each) for each in run.trials],
        "rules": [
            {
                "id": rule,
                "coverage": run.coverage(rule)._asdict(),
                "proof": proofs[rule].as_json() if rule in proofs else None,
            }
            for rule in run.rules
        ],
    }


def _trial(result: TrialResult) -> dict[str, Any]:
    return {
        "number": result.number,
        "name": result.trial.name,
        "file": result.trial.file,
        "line": result.trial.line,
        "message": result.trial.message,
        "standing": result.standing.value,
        "problems": list(result.problems),
    }
