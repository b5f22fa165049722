"""
Running the tests that name several messages: what the rules over the archive say of them together.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from itk3_validator.archive.few import Come, filed, judge_few
from itk3_validator.errors import CallInvalid
from itk3_validator.finding import Outcome
from itk3_validator.pack.model import RulePack, Trial
from itk3_validator.report.model import Report
from itk3_validator.validator import Validator
from itk3_validator.workshop.trials.prepared import SAID, Standing, TrialInvalid, TrialResult, prepare


def run_archived(pack: RulePack, trial: Trial, number: int, validator: Validator, only: Collection[str]) -> TrialResult:
    """
    One test over an archive of its messages.
    """
    try:
        come = judge_few([filed(report_of(pack, each, validator), [pack]) for each in trial.messages], [pack])
    except (TrialInvalid, CallInvalid) as why:
        return TrialResult(pack.name, number, trial, Standing.ERROR, (str(why),))
    named = [each for ids in trial.expect.values() for each in ids if not only or each in only]
    unknown = tuple(
        f"{each} is not decided over an archive; it is a draft, or asks for no other message"
        for each in named
        if each not in come.outcomes
    )
    if unknown:
        return TrialResult(pack.name, number, trial, Standing.ERROR, unknown)
    problems = tuple(_differences(pack, trial, come, only))
    return TrialResult(
        pack.name, number, trial, Standing.FAILED if problems else Standing.HELD, problems, dict(come.outcomes)
    )


def report_of(pack: RulePack, trial: Trial, validator: Validator) -> Report:
    """
    The report on one message of a test.

    Raises:
        TrialInvalid: The message is not there, cannot be edited so, or is not recognised.
    """
    prepared = prepare(pack, trial)
    try:
        report = validator.validate(prepared.message, facts=trial.facts, interaction=trial.interaction)
    except CallInvalid as why:
        raise TrialInvalid(str(why)) from None
    if report.pack is None:
        raise TrialInvalid(f"no rule was asked of {trial.message}, it is {report.verdict}: {report.reason}")
    return report


def _differences(pack: RulePack, trial: Trial, come: Come, only: Collection[str]) -> Iterator[str]:
    """
    What is otherwise than the test expects. What is undecided is expected of an archive of a few messages.
    """
    expected = {each: outcome for outcome, ids in trial.expect.items() for each in ids}
    own = {rule.id for rule in pack.all_rules if rule.pack == pack.name}
    for rule, outcome in come.outcomes.items():
        if only and rule not in only:
            continue
        wanted = expected.get(rule)
        if wanted is not None and outcome is not wanted:
            yield f"{rule} {SAID[outcome]}, and {wanted} was expected{_why(rule, come)}"
        elif wanted is None and outcome is Outcome.FAIL and (rule in own or not trial.expect):
            yield f"{rule} {SAID[outcome]}, and nothing of the kind was expected{_why(rule, come)}"
    if not trial.expect and not only and Outcome.PASS not in come.outcomes.values():
        yield "no rule passes, because none looked at these messages"


def _why(rule: str, come: Come) -> str:
    told = come.told.get(rule, ())
    return f": {told[0].says}" if told else ""
