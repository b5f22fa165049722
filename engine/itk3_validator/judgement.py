"""
What evaluation yields: for each rule an outcome, and for what did not pass the faults behind it.
"""

from __future__ import annotations

from typing import NamedTuple

from itk3_validator.checks.verb import Wrong
from itk3_validator.fhir import Node
from itk3_validator.finding import Outcome
from itk3_validator.plan import BoundAsk


class Fault(NamedTuple):
    """
    One thing that is wrong. *node* is None where something is missing; *context* is the node that the check began at.

    *either*: one of several alternatives, of which one would be enough.
    """

    wrong: Wrong
    ask: BoundAsk
    node: Node | None
    context: Node
    either: bool = False


class Judgement(NamedTuple):
    """
    The outcome of a rule or of a part of it; *why* says what would decide it, or why it could not be run.
    """

    outcome: Outcome
    faults: tuple[Fault, ...] = ()
    why: str = ""


PASS = Judgement(Outcome.PASS)
NOT_APPLICABLE = Judgement(Outcome.NOT_APPLICABLE)

# What decides when several checks are joined: the first of these that occurs.
AND = (Outcome.ERROR, Outcome.FAIL, Outcome.UNDECIDED, Outcome.PASS, Outcome.NOT_APPLICABLE)
ANY = (Outcome.ERROR, Outcome.PASS, Outcome.UNDECIDED, Outcome.FAIL, Outcome.NOT_APPLICABLE)
# Conditions: what surely does not hold decides before what is not known.
CONDITIONS = (Outcome.ERROR, Outcome.FAIL, Outcome.NOT_APPLICABLE, Outcome.UNDECIDED, Outcome.PASS)


def joined(judgements: list[Judgement], order: tuple[Outcome, ...] = AND) -> Judgement:
    """
    Several judgements as one: the outcome that comes first in *order*, with the faults of all that have it.
    """
    if len(judgements) == 1:
        return judgements[0]
    for outcome in order:
        deciding = [each for each in judgements if each.outcome is outcome]
        if deciding:
            faults = tuple(fault for each in deciding for fault in each.faults)
            return Judgement(outcome, faults, next((each.why for each in deciding if each.why), ""))
    return NOT_APPLICABLE
