"""
The proof of one rule: every way to break its checks, on messages that it passes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from itk3_validator.finding import Outcome
from itk3_validator.plan import BoundChecks, BoundRule, Plan
from itk3_validator.scope import Scope
from itk3_validator.value import replace
from itk3_validator.workshop.proof.asked import Asked, asked_of, checks_of, contexts
from itk3_validator.workshop.proof.breaks import breaks_of
from itk3_validator.workshop.proof.case import Case
from itk3_validator.workshop.proof.look import Look, look_at
from itk3_validator.workshop.proof.model import Mutation, Proof, Verdict
from itk3_validator.workshop.proof.mutant import Aspect, Break, Edit
from itk3_validator.workshop.proof.nowhere import nowhere
from itk3_validator.workshop.proof.trying import Trier

# How many passing messages are tried for one check before it counts as not proved.
_MOST_CASES = 6
# On how many different messages a check is proved, where the rule passes so many.
_KINDS = 2
# Bytes; a larger message is taken only where no smaller one will do.
_LARGE = 1_000_000
_STAYS = {
    Outcome.PASS: "still passes",
    Outcome.NOT_APPLICABLE: "no longer applies",
    Outcome.UNDECIDED: "is undecided",
    Outcome.ERROR: "cannot be run",
}
# What is done to the last of several `each` nodes; the first gets everything.
_FEW = 3


@dataclass(slots=True)
class _Log:
    """
    What has been found so far.
    """

    mutations: list[Mutation] = field(default_factory=list)
    outcomes: Counter[Outcome] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)


def prove_rule(plan: Plan, rule: BoundRule, cases: Sequence[Case]) -> Proof:
    """
    Break every check of a rule on messages that the rule passes.
    """
    log = _Log()
    passing = []
    for case in cases:
        outcome = case.outcome(rule)
        log.outcomes[outcome] += 1
        if outcome is Outcome.PASS:
            passing.append(case)
    asked = tuple(asked_of(rule))
    if passing:
        for each in asked:
            _prove_ask(plan, rule, each, passing, log)
    else:
        log.problems += nowhere(plan, rule, cases)
        log.problems.append("no message of the tests and samples passes the rule; add a test that shows one")
    return Proof(
        rule=rule.rule.id,
        pack=plan.pack.name,
        verbs=tuple(dict.fromkeys(each.ask.verb.name for each in asked)),
        mutations=tuple(log.mutations),
        fired=log.outcomes[Outcome.FAIL],
        quiet=log.outcomes[Outcome.PASS],
        not_applicable=log.outcomes[Outcome.NOT_APPLICABLE],
        undecided=log.outcomes[Outcome.UNDECIDED],
        problems=tuple(log.problems),
        unprovable=rule.rule.unprovable,
    )


def _prove_ask(plan: Plan, rule: BoundRule, asked: Asked, passing: Sequence[Case], log: _Log) -> None:
    """
    Mutations of one check on two messages; further ones are tried as long as something has not been noticed in any.
    """
    made: list[tuple[Break, Mutation]] = []
    kinds: set[str] = set()
    looked = 0
    for case in passing:
        breaks = list(_breaks(plan, rule, asked, case))
        if not any(each.aspect is Aspect.VERB for each, _ in breaks):
            continue
        if (case.message.source.name in kinds or case.size > _LARGE) and looked and _enough(made):
            continue
        looked += 1
        kinds.add(case.message.source.name)
        trier = Trier(plan, rule, asked, case, passing)
        tried = [(each, trier.tried(each, also)) for each, also in breaks]
        log.outcomes.update(mutation.outcome for _, mutation in tried)
        made += _without_idle(tried)
        if looked == _MOST_CASES or any(it.verdict is Verdict.SURVIVED for each, it in made if not each.group):
            break
        if len(kinds) >= _KINDS and _enough(made):
            break
    mutations = _grouped(made)
    log.mutations += mutations
    if not looked:
        log.problems.append(f"{asked.told}: no message that the rule passes has it; add a test that shows one")
        return
    survivors = [each for each in mutations if each.verdict is Verdict.SURVIVED]
    log.problems += [f"{asked.told}: {each}" for each in _survived(survivors)]
    if not survivors and not _noticed(made):
        log.problems.append(f"{asked.told}: whatever breaks it switches the rule off, so that it never fails")


def _survived(survivors: Sequence[Mutation]) -> Iterator[str]:
    """
    What the rule lets through, each break once, with the place in the first message and how many there are.
    """
    places: dict[str, list[Mutation]] = {}
    for each in survivors:
        why = f" ({each.why})" if each.why else ""
        places.setdefault(f"when {each.what}, the rule {_STAYS[each.outcome]}{why}", []).append(each)
    for said, alike in places.items():
        messages = len({each.base for each in alike})
        first = f"{alike[0].place} of {alike[0].base}"
        yield f"{said}; at {first}" if messages == 1 else f"{said}; in {messages} messages, first at {first}"


def _noticed(made: Sequence[tuple[Break, Mutation]]) -> bool:
    return any(each.aspect is Aspect.VERB and it.verdict is Verdict.KILLED for each, it in made)


def _enough(made: Sequence[tuple[Break, Mutation]]) -> bool:
    groups = {each.group for each, _ in made if each.group}
    noticed = {each.group for each, it in made if it.verdict is Verdict.KILLED}
    return groups <= noticed and _noticed(made)


def _grouped(made: Sequence[tuple[Break, Mutation]]) -> list[Mutation]:
    """
    Of breaks that share a group it is enough that one is noticed.
    """
    noticed = {each.group for each, it in made if each.group and it.verdict is Verdict.KILLED}
    return [
        replace(it, verdict=Verdict.EXCUSED, why=f"another break of {each.group} is noticed")
        if each.group in noticed and it.verdict is Verdict.SURVIVED and not (each.alone and it.outcome is Outcome.PASS)
        else it
        for each, it in made
    ]


def _without_idle(made: Sequence[tuple[Break, Mutation]]) -> list[tuple[Break, Mutation]]:
    """
    What only matters after something else is excused where that is not noticed: it does not decide there.
    """
    noticed = {each.group for each, it in made if each.group and it.verdict is Verdict.KILLED}
    return [
        (each, replace(it, verdict=Verdict.EXCUSED, why=f"{each.after} does not decide in this message"))
        if each.after and each.after not in noticed and it.verdict is Verdict.SURVIVED
        else (each, it)
        for each, it in made
    ]


def _breaks(plan: Plan, rule: BoundRule, asked: Asked, case: Case) -> Iterator[tuple[Break, tuple[Edit, ...]]]:
    """
    Every break of one check on one message, with what must be broken beside it.
    """
    looks = []
    for scope in contexts(rule, asked, case.scope):
        look = look_at(Look(plan, case, asked.ask, scope, (), rule.rule.text), asked.ask)
        also = _disabled(look, asked, scope) if look is not None else None
        if look is not None and also is not None:
            breaks = [(each, also) for each in breaks_of(look)]
            if any(each.aspect is Aspect.VERB for each, _ in breaks):
                looks.append(breaks)
    yield from looks[0] if looks else ()
    yield from looks[-1][:_FEW] if len(looks) > 1 else ()


def _disabled(look: Look, asked: Asked, scope: Scope) -> tuple[Edit, ...] | None:
    """
    The edits that break the alternatives of a check; None where its own alternative does not hold.
    """
    if any(scope.judge(branch, scope.context) is not None for branch in asked.own):
        return None
    edits = []
    for branch in asked.beside:
        if scope.judge(branch, scope.context) is None:
            edit = next(_first_edits(look, branch), None)
            if edit is None:
                return None
            edits.append(edit)
    return tuple(edits)


def _first_edits(look: Look, branch: BoundChecks) -> Iterator[Edit]:
    for each in checks_of(branch):
        other = look_at(look, each.ask)
        for found in breaks_of(other) if other is not None else ():
            if found.edit is not None and not found.of_request and found.aspect is Aspect.VERB:
                yield found.edit
