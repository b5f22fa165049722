"""
Messages that keep the rules of a pack, with what the caller has to state: what a draft's tests are made of.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from itk3_validator.errors import CallInvalid
from itk3_validator.finding import Outcome, Verdict
from itk3_validator.pack.bundled import bundled
from itk3_validator.pack.files import beside
from itk3_validator.pack.load import load_pack
from itk3_validator.pack.model import RulePack, Trial
from itk3_validator.report.model import Report
from itk3_validator.validator import Validator
from itk3_validator.value import replace
from itk3_validator.workshop.trials.prepared import TrialInvalid, prepare

_UNJUDGED = frozenset({Verdict.UNREADABLE, Verdict.UNRECOGNISED})
_TOLD = (Outcome.FAIL, Outcome.ERROR, Outcome.UNDECIDED)


def plain_trial(folder: Path, message: str) -> Trial:
    """
    A test of a pack in *folder*: the message as it is.
    """
    return Trial(
        name=None,
        message=message,
        facts={},
        request=None,
        interaction=None,
        change={},
        remove=(),
        repeat=(),
        insert={},
        expect={},
        file=str(folder / "tests.yaml"),
        line=1,
    )


def judge(pack: RulePack, trial: Trial) -> Report | None:
    """
    What the pack says of the message of a trial, its edits made; None when it cannot be asked.
    """
    try:
        prepared = prepare(pack, trial)
        report = Validator(packs=[pack]).validate(
            prepared.message, facts=trial.facts, request=prepared.request, interaction=trial.interaction
        )
    except (TrialInvalid, CallInvalid):
        return None
    return None if report.verdict in _UNJUDGED else report


def expected(pack: RulePack, report: Report) -> dict[Outcome, tuple[str, ...]]:
    """
    The expectation that holds of a report: nothing when it is a pass, else what is not as it should be.

    Rules that the pack only inherits are spoken of where it has nothing of its own to say.
    """
    if not any(report.counts[each] for each in _TOLD):
        return {}
    own = {rule.id for rule in pack.rules if rule.pack == pack.name}
    amiss = _by_outcome(report, _TOLD, own)
    if amiss:
        return amiss
    passed = _by_outcome(report, (Outcome.PASS,), own)
    if passed:
        return {Outcome.PASS: passed[Outcome.PASS][:1]}
    return _by_outcome(report, _TOLD, {each.id for each in report.results})


def _by_outcome(report: Report, outcomes: Iterable[Outcome], ids: Collection[str]) -> dict[Outcome, tuple[str, ...]]:
    found = {
        outcome: tuple(each.id for each in report.results if each.outcome is outcome and each.id in ids)
        for outcome in outcomes
    }
    return {outcome: told for outcome, told in found.items() if told}


def passing(pack: RulePack, folder: Path) -> tuple[Trial, ...]:
    """
    Tests in which the pack has nothing to complain of, edits and all.

    They are taken from the pack's own tests, else from those of the nearest pack that it extends, else from the sample
    messages. The messages are in *folder* or in ``samples/``.
    """
    for source in _sources(pack, folder):
        found = tuple(each for each in source if _passes(pack, each))
        if found:
            return found
    return ()


def _sources(pack: RulePack, folder: Path) -> Iterator[Iterable[Trial]]:
    yield passing_trials(pack, folder)
    for base in bases(pack, folder):
        yield passing_trials(base, folder)
    samples = bundled("samples") / "valid"
    names = sorted(each.name for each in samples.iterdir())  # type: ignore[attr-defined]
    yield (plain_trial(folder, f"valid/{name}") for name in names if name.endswith(".xml"))


def passing_trials(pack: RulePack, folder: Path) -> tuple[Trial, ...]:
    """
    The tests of a pack that expect a pass, as tests of a pack in *folder*.
    """
    return tuple(
        replace(each, file=str(folder / "tests.yaml"), name=None)
        for each in pack.tests
        if not (each.expect or each.messages)
    )


def bases(pack: RulePack, folder: Path) -> Iterator[RulePack]:
    """
    The packs that a pack extends, nearest first.
    """
    for name in pack.lineage:
        at = beside(folder, name)
        yield load_pack(at if isinstance(at, Path) else name)


def _passes(pack: RulePack, trial: Trial) -> bool:
    report = judge(pack, trial)
    return report is not None and report.verdict is Verdict.VALID and not expected(pack, report)
