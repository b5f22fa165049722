"""
Outcomes remembered by what the rules saw.

The rules of a plan fall into groups that read the same zones of a message. Of each group is remembered which outcomes
an outline of these zones had, and of each shape which result its messages had. A message whose outline is known costs
one look-up a group, however many rules there are; one of a known shape costs one in all, and no parse. What is new is
judged plainly, and so are the few rules of which cannot be told what they read. Nothing is decided here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any

from itk3_validator.call import Call
from itk3_validator.message import Incoming, Message
from itk3_validator.plan import Plan
from itk3_validator.recognise import Recognised, Unrecognised
from itk3_validator.sight.at_hand import AtHand, Values
from itk3_validator.sight.groups import MOST_OUTLINES, Groups, keep
from itk3_validator.sight.outcomes import Known, judged_plainly, recognised
from itk3_validator.sight.reads import Sight, sight_of_interaction, sight_of_rule
from itk3_validator.sight.shapes import Seen, Shapes
from itk3_validator.sight.walk import NoOutline, Outline, Outliner


class Remembered:
    """
    What is told of the plans before the first message is outlined, and what is remembered since.
    """

    def __init__(self, plans: Sequence[Plan], at_hand: Sequence[str] = ()) -> None:
        self._plans = plans
        self._at_hand = AtHand(plans, at_hand)
        of_rules = {plan: [sight_of_rule(rule) for rule in plan.rules] for plan in plans}
        far = {plan: [sight_of_rule(rule, far=True) for rule in plan.rules] for plan in plans}
        of_interactions = [sight_of_interaction(bound) for plan in plans for bound in plan.interactions.values()]
        self._zones = _zones_of_all(of_interactions)
        self._groups = {plan: Groups(plan, found) for plan, found in of_rules.items()}
        self._outliner = _outliner((*of_interactions, *chain(*of_rules.values())))
        # Of the others some rule is not seen in a shape.
        self._shaped = {plan for plan, found in far.items() if None not in found and self._zones is not None}
        beside = {name for each in chain(*far.values()) if each is not None for name in each.beside}
        self._compared = frozenset(name.removeprefix("fact.") for name in beside)
        self._shapes = Shapes(_outliner((*of_interactions, *chain(*far.values()), *self._at_hand.sights)))
        self._recognised: dict[Any, Recognised] = {}

    def judge(self, incoming: Incoming, call: Call) -> Known | Unrecognised:
        """
        What a message is, and the outcomes of its rules.

        Raises:
            MessageError: It cannot be read.
        """
        seen = self._shapes.look(incoming.data) if incoming.is_small and self._is_shaped(call) else None
        if isinstance(seen, Seen):
            known = seen.shape.results.get((call.key, seen.key))
            if isinstance(known, Known):
                incoming.seen = seen
                return known
        message = incoming.parsed()
        result = self._outlined(message, call)
        if seen is not None and isinstance(result, Known) and result.found.plan in self._shaped:
            if isinstance(seen, Seen):
                seen.shape.keep((call.key, seen.key), result)
            elif message.read is incoming.data:
                self._shapes.learn(message, seen)
        return result

    def _is_shaped(self, call: Call) -> bool:
        """
        Whether nothing decides that is not in the message, or said of others as well: a fact to compare with is not.
        """
        return bool(self._shaped) and call.is_alone and self._compared.isdisjoint(call.facts)

    def values(self, plan: Plan, incoming: Incoming, names: tuple[str, ...]) -> Values | None:
        """
        What stands at places of a message, without a parse; None where that is not known.
        """
        return None if incoming.seen is None else self._at_hand.values(plan, incoming, names)

    def _outlined(self, message: Message, call: Call) -> Known | Unrecognised:
        try:
            outline = self._outliner.outline(message)
        except NoOutline:
            return judged_plainly(self._plans, message, call)
        found = self._recognise(message, outline, call)
        if isinstance(found, Unrecognised):
            return found
        return Known(found, self._groups[found.plan].judge(message, outline, found.interaction, call))

    def _recognise(self, message: Message, outline: Outline, call: Call) -> Recognised | Unrecognised:
        if self._zones is None or call.answers is not None:
            return recognised(self._plans, message, call)
        key = call.key, outline.key(self._zones)
        known = self._recognised.get(key)
        if known is not None:
            return known
        found = recognised(self._plans, message, call)
        # What is unrecognised is told with what the message says.
        if isinstance(found, Recognised):
            keep(self._recognised, key, found, MOST_OUTLINES)
        return found


def _outliner(sights: Iterable[Sight | None]) -> Outliner:
    return Outliner(each.reads for each in sights if each is not None)


def _zones_of_all(sights: Iterable[Sight | None]) -> tuple[str, ...] | None:
    """
    The zones that all of these read; None where what is read in them is not all that decides.
    """
    zones: set[str] = set()
    for each in sights:
        if each is None or each.refers or each.wired or each.beside:
            return None
        zones |= each.zones
    return tuple(sorted(zones))
