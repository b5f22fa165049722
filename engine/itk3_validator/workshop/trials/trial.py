"""
Running the ``tests:`` of a pack: the message made ready, judged as ``validate`` judges it, and compared with what the
test expects.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from itk3_validator.errors import CallInvalid
from itk3_validator.finding import Outcome, Verdict
from itk3_validator.pack.model import RulePack, Trial
from itk3_validator.report.model import Report, Result
from itk3_validator.validator import Validator
from itk3_validator.workshop.trials.archived import run_archived
from itk3_validator.workshop.trials.prepared import SAID, Standing, TrialInvalid, TrialResult, prepare

_UNJUDGED = frozenset({Verdict.UNREADABLE, Verdict.UNRECOGNISED})
_AMISS = (Outcome.FAIL, Outcome.ERROR, Outcome.UNDECIDED)


def run_trials(pack: RulePack, *, only: Collection[str] = (), show_values: bool = False) -> tuple[TrialResult, ...]:
    """
    Run the tests of a pack, in their order; with *only* they speak of no other rules than these, and those that cannot
    be run and name none of them are left out.
    """
    if not pack.tests:
        return ()
    validator = Validator(packs=[pack], show_values=show_values)
    results = (
        (run_archived if trial.messages else _run)(pack, trial, number, validator, only)
        for number, trial in enumerate(pack.tests, 1)
    )
    return tuple(
        each for each in results if not only or _names(each.trial, only) or each.standing is not Standing.ERROR
    )


def _names(trial: Trial, only: Collection[str]) -> bool:
    return any(each in only for ids in trial.expect.values() for each in ids)


def _run(pack: RulePack, trial: Trial, number: int, validator: Validator, only: Collection[str]) -> TrialResult:
    try:
        report = _judged(pack, trial, validator)
    except TrialInvalid as why:
        return TrialResult(pack.name, number, trial, Standing.ERROR, (str(why),))
    named = (each for ids in trial.expect.values() for each in ids if not only or each in only)
    unknown = [each for each in named if each not in report.outcomes]
    if unknown:
        told = tuple(f"{each} is a draft, which is not run; make it active or expect nothing of it" for each in unknown)
        return TrialResult(pack.name, number, trial, Standing.ERROR, told)
    problems = tuple(_differences(pack, trial, report, only))
    standing = Standing.FAILED if problems else Standing.HELD
    return TrialResult(pack.name, number, trial, standing, problems, dict(report.outcomes))


def _judged(pack: RulePack, trial: Trial, validator: Validator) -> Report:
    prepared = prepare(pack, trial)
    try:
        report = validator.validate(
            prepared.message, facts=trial.facts, request=prepared.request, interaction=trial.interaction
        )
    except CallInvalid as why:
        raise TrialInvalid(str(why)) from None
    if report.verdict in _UNJUDGED:
        raise TrialInvalid(f"no rule was asked, the message is {report.verdict}: {report.reason}")
    return report


def _differences(pack: RulePack, trial: Trial, report: Report, only: Collection[str]) -> Iterator[str]:
    """
    What is otherwise than the test expects, a sentence each, in the order of the rules.
    """
    results = [each for each in report.results if not only or each.id in only]
    expected = {each: outcome for outcome, ids in trial.expect.items() for each in ids}
    own = {rule.id for rule in pack.rules if rule.pack == pack.name}
    for result in results:
        wanted = expected.get(result.id)
        if wanted is not None:
            if result.outcome is not wanted:
                yield f"{result.id} {SAID[result.outcome]}, and {wanted} was expected{_why(result)}"
        elif result.outcome in _unwelcome(trial, own=result.id in own):
            yield f"{result.id} {SAID[result.outcome]}, and nothing of the kind was expected{_why(result)}"
    if not trial.expect and not only and Outcome.PASS not in report.outcomes.values():
        yield "no rule passes, because none looked at this message"


def _unwelcome(trial: Trial, *, own: bool) -> Iterable[Outcome]:
    """
    What a rule that the test does not name may not come to.

    ``pass`` speaks of all rules. Else ``fail`` is exactly the set among the pack's own rules.
    """
    if not trial.expect:
        return _AMISS
    return (Outcome.FAIL, Outcome.ERROR) if own else ()


def _why(result: Result) -> str:
    return f": {result.message}" if result.message else ""
