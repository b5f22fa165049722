"""
The proof of rules over the archive: on archives that they pass, changed in every way that matters for their verb.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence

from itk3_validator.archive.few import Filed, filed, judge_few
from itk3_validator.errors import CallInvalid
from itk3_validator.finding import Outcome
from itk3_validator.pack.archive_rule import ArchiveRule, Covers
from itk3_validator.pack.model import RulePack
from itk3_validator.report.model import Report
from itk3_validator.validator import Validator
from itk3_validator.value import replace
from itk3_validator.workshop.proof.archive_breaks import Broken, archive_breaks
from itk3_validator.workshop.proof.case import extended
from itk3_validator.workshop.proof.model import Mutation, Proof, Verdict
from itk3_validator.workshop.trials.archived import report_of
from itk3_validator.workshop.trials.prepared import TrialInvalid

# On how many archives a rule is proved, where it passes so many.
_MOST = 2


def prove_archive(pack: RulePack, *, only: Collection[str] = (), inherited: bool = False) -> tuple[Proof, ...]:
    """
    Prove the rules over the archive that a pack has a say in, all of them with *inherited*, or those in *only*.
    """
    rules = [rule for rule in pack.archive if rule.status != "draft" and _meant(rule, pack, only, inherited=inherited)]
    if not rules:
        return ()
    # Who takes over a rule, be it under another id, need not write its tests again.
    archives = tuple(_archives(pack, (pack, *extended(pack))))
    return tuple(_prove(rule, pack, archives) for rule in rules)


def _meant(rule: ArchiveRule, pack: RulePack, only: Collection[str], *, inherited: bool) -> bool:
    return rule.id in only if only else inherited or rule.pack == pack.name


def _archives(pack: RulePack, tested: Iterable[RulePack]) -> Iterator[tuple[str, tuple[Report, ...]]]:
    """
    The archives of tests, as the messages that were judged, each with its name.
    """
    validator = Validator(packs=[pack])
    for each in tested:
        for trial in each.tests:
            try:
                reports = tuple(report_of(each, message, validator) for message in trial.messages)
            except TrialInvalid:
                # That it is wrong is told where the tests are run.
                continue
            if reports:
                yield trial.name or ", ".join(message.message for message in trial.messages), reports


def _prove(rule: ArchiveRule, pack: RulePack, archives: Sequence[tuple[str, tuple[Report, ...]]]) -> Proof:
    log = _Log(rule, pack)
    try:
        for name, reports in archives:
            log.look(name, tuple(filed(each, [log.alone]) for each in reports))
    except CallInvalid as why:
        log.problems.append(str(why))
    if not log.looked and not log.problems:
        log.problems.append("no test that names several messages passes the rule; add one")
    elif not log.problems and all(each.verdict is not Verdict.KILLED for each in log.mutations):
        log.problems.append(
            "no archive of the tests could be broken; let a test that passes hold what the rule looks at"
        )
    return Proof(
        rule=rule.id,
        pack=pack.name,
        verbs=(rule.verb,),
        mutations=tuple(log.mutations),
        neutral=log.neutral,
        fired=log.outcomes[Outcome.FAIL],
        quiet=log.outcomes[Outcome.PASS],
        not_applicable=log.outcomes[Outcome.NOT_APPLICABLE],
        undecided=log.outcomes[Outcome.UNDECIDED],
        problems=tuple(dict.fromkeys(log.problems)),
        unprovable=rule.unprovable,
    )


class _Log:
    """
    What has been found of one rule so far.
    """

    def __init__(self, rule: ArchiveRule, pack: RulePack) -> None:
        self.rule = rule
        self.pack = pack
        self.alone = replace(pack, rules=(), archive=(rule,))
        self.outcomes: Counter[Outcome] = Counter()
        self.mutations: list[Mutation] = []
        self.problems: list[str] = []
        self.neutral = self.looked = 0

    def look(self, name: str, messages: tuple[Filed, ...]) -> None:
        """
        One archive, and where the rule passes it everything that is made of it.
        """
        outcome = self._outcome(messages)
        # Coverage is never complete in a few messages.
        whole = isinstance(self.rule.asks, Covers)
        if outcome is not (Outcome.UNDECIDED if whole else Outcome.PASS):
            return
        self.looked += 1
        if self.looked <= (1 if whole else _MOST):
            self._break(name, messages)

    def _break(self, name: str, messages: tuple[Filed, ...]) -> None:
        came: dict[Broken, list[Outcome]] = {}
        for broken in archive_breaks(self.rule, messages, self.pack):
            came.setdefault(broken._replace(messages=()), []).append(self._outcome(broken.messages))
        for broken, outcomes in came.items():
            # What is done to a message that the rule is not asked of need not be noticed.
            held = all(each is broken.wanted for each in outcomes)
            if broken.wanted is not Outcome.PASS:
                held = broken.wanted in outcomes
                verdict = Verdict.KILLED if held else Verdict.SURVIVED
                self.mutations.append(Mutation(broken.what, "the archive", self.rule.verb, name, outcomes[0], verdict))
            self.neutral += broken.wanted is Outcome.PASS
            if not held:
                wrong = next(each for each in outcomes if each is not broken.wanted)
                self.problems.append(f"when {broken.what}, the rule is {wrong} and not {broken.wanted}; in {name}")

    def _outcome(self, messages: Sequence[Filed]) -> Outcome:
        outcome = judge_few(messages, [self.alone]).outcomes.get(self.rule.id, Outcome.NOT_APPLICABLE)
        self.outcomes[outcome] += 1
        return outcome
