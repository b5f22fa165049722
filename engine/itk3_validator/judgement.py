"""
What evaluation yields: for each rule an outcome, and for what did not pass the faults behind it.
"""

from __future__ import annotations

from collections.abc import Iterator

from itk3_validator.checks.verb import Wrong
from itk3_validator.fhir import Node
from itk3_validator.finding import Outcome
from itk3_validator.plan import BoundAsk
from itk3_validator.value import Row


class Fault(Row):
    """
    One thing that is wrong. *node* is None where something is missing; *context* is the node that the check began at.

    *either*: one of several alternatives, of which one would be enough.
    """

    wrong: Wrong
    ask: BoundAsk
    node: Node | None
    context: Node
    either: bool = False

    def __repr__(self) -> str:
        # The other fields hold what the message says.
        return f"<Fault: {self.wrong.says}>"


class Judgement(Row):
    """
    The outcome of a rule or of a part of it; *why* says what would decide it, or why it could not be run.

    *told* are the faults of this one itself, *parts* the judgements that decided it; *either*: one of them is enough.
    """

    outcome: Outcome
    told: tuple[Fault, ...] = ()
    why: str = ""
    parts: tuple[Judgement, ...] = ()
    either: bool = False

    @property
    def faults(self) -> tuple[Fault, ...]:
        """
        Every fault behind the outcome. A part that many nodes share was asked once, and is told once.
        """
        # Most rules come down to one check.
        return tuple(_faults(self, set(), either=False)) if self.parts or self.either else self.told


PASS = Judgement(Outcome.PASS)
NOT_APPLICABLE = Judgement(Outcome.NOT_APPLICABLE)

# What decides when several checks are joined: the first of these that occurs.
AND = (Outcome.ERROR, Outcome.FAIL, Outcome.UNDECIDED, Outcome.PASS, Outcome.NOT_APPLICABLE)
ANY = (Outcome.ERROR, Outcome.PASS, Outcome.UNDECIDED, Outcome.FAIL, Outcome.NOT_APPLICABLE)
# Conditions: what surely does not hold, or looked at nothing, decides before what is not known.
CONDITIONS = (Outcome.ERROR, Outcome.FAIL, Outcome.NOT_APPLICABLE, Outcome.UNDECIDED, Outcome.PASS)


def joined(judgements: list[Judgement], order: tuple[Outcome, ...] = AND) -> Judgement:
    """
    Several judgements as one: the outcome that comes first in *order*, with all that have it as its parts.
    """
    if len(judgements) == 1:
        return judgements[0]
    if judgements and judgements.count(PASS) == len(judgements):
        return PASS
    for outcome in order:
        deciding = [each for each in judgements if each.outcome is outcome]
        if deciding:
            parts = tuple(deciding) if outcome is Outcome.FAIL else ()
            return Judgement(outcome, why=next((each.why for each in deciding if each.why), ""), parts=parts)
    return NOT_APPLICABLE


def _faults(judgement: Judgement, passed: set[tuple[int, bool]], *, either: bool) -> Iterator[Fault]:
    either = either or judgement.either
    if (id(judgement), either) in passed:
        return
    passed.add((id(judgement), either))
    for fault in judgement.told:
        yield fault._replace(either=True) if either else fault
    for part in judgement.parts:
        yield from _faults(part, passed, either=either)
