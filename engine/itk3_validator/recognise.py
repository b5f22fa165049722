"""
Which pack and interaction a message belongs to, and why.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from itk3_validator.checks.verb import Unknown
from itk3_validator.evaluate import NO_REQUEST, holds, scope_of
from itk3_validator.fhir import FHIR, local_name
from itk3_validator.finding import Outcome
from itk3_validator.judgement import Judgement
from itk3_validator.message import Message, value_of
from itk3_validator.nodes import Nodes
from itk3_validator.pack.model import RulePack
from itk3_validator.plan import BoundAnyOf, BoundAsk, BoundChecks, BoundInteraction, Plan
from itk3_validator.scope import Scope
from itk3_validator.spelling import shortened
from itk3_validator.value import Value

_MOST_VALUES = 3


class Recognised(Value):
    """
    What a message is: the plan that governs it, its interaction there, and why.
    """

    plan: Plan
    interaction: str
    because: str


class Unrecognised(Value):
    """
    Why no pack, or more than one (*several*), claims a message.
    """

    reason: str
    several: bool = False


class _Candidate(Value):
    plan: Plan
    bound: BoundInteraction
    matched: tuple[str, ...]
    missed: tuple[str, ...]
    answers: bool
    not_run: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return f"{self.plan.pack.name} {self.bound.interaction.name}"

    @property
    def share(self) -> float:
        total = len(self.matched) + len(self.missed)
        return len(self.matched) / total if total else 0.0

    @property
    def clear(self) -> bool:
        """
        More than half of the clues: none of them decides alone, since each is itself under test.
        """
        return self.answers or self.share > 0.5

    def because(self, *said: str) -> str:
        """
        Why it is this one: what the caller *said*, the request, the clues.
        """
        parts = [*said]
        if self.answers:
            parts.append(f"it answers a {self.bound.interaction.answers} of this pack")
        total = len(self.matched) + len(self.missed)
        if total:
            names = f": {', '.join(self.matched)}" if self.matched else ""
            missed = f"; not {', '.join(self.missed)}" if self.matched and self.missed else ""
            parts.append(f"{len(self.matched)} of {total} clues{names}{missed}")
        parts += self.not_run
        return "; ".join(parts) or "what the interaction requires holds"


def recognise(
    plans: Sequence[Plan],
    message: Message,
    *,
    stated: bool = False,
    interaction: str | None = None,
    request: Recognised | None = None,
    facts: Mapping[str, str] | None = None,
    nodes: Nodes | None = None,
) -> Recognised | Unrecognised:
    """
    Find the pack and the interaction of a message.

    Args:
        plans: the packs that compete.

        stated: the caller named these packs, so that ``requires`` alone is enough.

        interaction: the caller says what kind of message it is; then nothing is required of the message. A response
            without its request stays with the pack of all responses.

        request: what the request of this message was recognised as.

        facts: what the caller states; what the pack does not ask is told.

        nodes: as of `scope_of`.
    """
    candidates: list[_Candidate] = []
    not_run: list[str] = []
    for plan in plans:
        scope = scope_of(plan, message, facts={}, request=NO_REQUEST, nodes=nodes)
        found, left_out = _of_plan(plan, scope, stated=stated, interaction=interaction, request=request)
        candidates += found
        not_run += left_out
    possible = [each for each in candidates if each.clear or stated or interaction is not None]
    winners = _best(possible)
    if len(winners) == 1:
        said = [name for name, by_caller in (("pack", stated), ("interaction", interaction is not None)) if by_caller]
        winner = winners[0]
        because = [
            winner.because(*(f"the {name} was named" for name in said)),
            *_near(winner, candidates),
            *not_run,
            *_not_asked(winner.plan.pack, facts or {}),
        ]
        return Recognised(winner.plan, winner.bound.interaction.name, "; ".join(because))
    if winners:
        names = " and ".join(f"{each.name} ({each.because()})" for each in winners)
        remedy = "give its request, or say" if all(each.bound.interaction.answers for each in winners) else "say"
        because = [f"it could be {names}", f"{remedy} which with --pack or --interaction", *not_run]
        return Unrecognised("; ".join(because), several=True)
    return Unrecognised("; ".join([_what_was_found(message, plans, candidates), *not_run]))


def _near(winner: _Candidate, candidates: Iterable[_Candidate]) -> Iterator[str]:
    """
    The packs that know more of a message than the general one that judges it, but match too few clues to claim it.
    """
    for each in candidates:
        if each.matched and not each.clear and winner.plan.pack.name in each.plan.pack.lineage:
            remedy = f"say --pack {each.plan.pack.name} to be judged by it"
            yield f"it may be meant as {each.name} ({each.because()}), {remedy}"


def _not_asked(pack: RulePack, facts: Mapping[str, str]) -> Iterator[str]:
    """
    What the caller stated to no effect. The value is not repeated: it may come from a control file.
    """
    for name, value in facts.items():
        fact = pack.facts.get(name)
        if fact is None:
            yield f"the fact {name} is not asked by {pack.name}"
        elif fact.values and value not in fact.values:
            yield f"the fact {name} is stated with a value that {pack.name} does not know"


def _of_plan(
    plan: Plan, scope: Scope, *, stated: bool, interaction: str | None, request: Recognised | None
) -> tuple[list[_Candidate], list[str]]:
    """
    The interactions of one pack that a message could be, and those left out because of what could not be run.
    """
    found: list[_Candidate] = []
    left_out: list[str] = []
    for name, bound in plan.interactions.items():
        answered = bound.interaction.answers
        answers = (
            answered is not None and request is not None and request.plan is plan and request.interaction == answered
        )
        named = name == interaction
        if interaction is not None and not named:
            continue
        if not stated and answered is not None and not answers:
            continue
        required = [] if named else _asked(bound.requires, scope, "requirement")
        if all(judged.outcome is Outcome.PASS for _, judged in required):
            found.append(_candidate(plan, bound, scope, answers=answers))
        elif all(judged.outcome in (Outcome.PASS, Outcome.ERROR) for _, judged in required):
            left_out += [f"it is not asked whether it is {plan.pack.name} {name}, {why}" for why in _not_run(required)]
    speaks = _speaks(plan)
    own = [each for each in found if each.bound.interaction.pack == speaks]
    # What it inherits beside interactions of its own is the other pack's to claim, unless the caller named this one.
    return own or (found if stated else []), left_out


def _speaks(plan: Plan) -> str | None:
    """
    The pack whose interactions this one claims: itself, or the nearest that it extends when it says nothing of any.
    """
    said = {bound.interaction.pack for bound in plan.interactions.values()}
    return next((name for name in (plan.pack.name, *plan.pack.lineage) if name in said), None)


def _candidate(plan: Plan, bound: BoundInteraction, scope: Scope, *, answers: bool) -> _Candidate:
    clues = _asked(bound.clues, scope, "clue")
    matched = tuple(label for label, judged in clues if judged.outcome is Outcome.PASS)
    missed = tuple(label for label, judged in clues if judged.outcome is not Outcome.PASS)
    return _Candidate(plan, bound, matched, missed, answers, _not_run(clues))


def _asked(checks: BoundChecks, scope: Scope, called: str) -> list[tuple[str, Judgement]]:
    """
    What each of these checks says, with its label.
    """
    return [(_label(each), holds((each,), scope, called=called)) for each in checks]


def _not_run(asked: Iterable[tuple[str, Judgement]]) -> tuple[str, ...]:
    return tuple(f"{label}: {judged.why}" for label, judged in asked if judged.outcome is Outcome.ERROR)


def _label(clue: BoundAsk | BoundAnyOf) -> str:
    if isinstance(clue, BoundAnyOf):
        return " or ".join(_label(each) for branch in clue.branches for each in branch)
    return clue.bound.target.label if clue.bound is not None else "test"


def _best(possible: list[_Candidate]) -> list[_Candidate]:
    """
    The candidates that are left: one, or several that nothing tells apart, or none.
    """
    answering = [each for each in possible if each.answers]
    left = answering or possible
    # A pack that clearly knows a message by an interaction of its own goes before the general ones that it extends.
    left = [each for each in left if not any(_is_nearer(other, each) for other in left)]
    top = max((each.share for each in left), default=0.0)
    left = [each for each in left if each.share == top]
    return [each for each in left if not any(each.plan.pack.name in other.plan.pack.lineage for other in left)]


def _is_nearer(other: _Candidate, than: _Candidate) -> bool:
    return (
        other.clear
        and than.plan.pack.name in other.plan.pack.lineage
        and other.bound.interaction.name != than.bound.interaction.name
    )


def _what_was_found(message: Message, plans: Iterable[Plan], candidates: list[_Candidate]) -> str:
    """
    What an unknown message shows of itself: its root, and the places that the clues look at, where these may be shown.
    """
    found = dict(_shown(message, plans))
    said = [f"the root element is {_root(message)}"]
    said += [f"{name} is {_some(values)}" for name, values in found.items() if values]
    missing = [name for name, values in found.items() if not values]
    if 0 < len(missing) < len(found):
        said.append(f"missing: {', '.join(missing)}")
    nearest = max(candidates, key=lambda each: each.share, default=None)
    if nearest is not None and nearest.matched:
        said.append(f"the nearest is {nearest.name} with {nearest.because()}")
    return f"no pack knows it: {'; '.join(said)}"


def _root(message: Message) -> str:
    name = shortened(local_name(message.root))
    return name if message.root.tag.startswith(f"{{{FHIR}}}") else f"{name}, which is not in the FHIR namespace"


def _some(values: Sequence[str]) -> str:
    more = f" and {len(values) - _MOST_VALUES} more" if len(values) > _MOST_VALUES else ""
    return ", ".join(shortened(value) for value in values[:_MOST_VALUES]) + more


def _shown(message: Message, plans: Iterable[Plan]) -> Iterator[tuple[str, tuple[str, ...]]]:
    for plan in plans:
        scope = scope_of(plan, message, facts={}, request=NO_REQUEST)
        for bound in plan.interactions.values():
            for clue in bound.clues:
                if isinstance(clue, BoundAsk) and clue.bound is not None and clue.bound.target.safe:
                    if holds((clue,), scope).outcome is Outcome.ERROR:
                        continue
                    nodes = scope.nodes(clue.bound)
                    if not isinstance(nodes, Unknown):
                        values = tuple(value for node in nodes if (value := value_of(node)) is not None)
                        yield clue.bound.target.label, values
