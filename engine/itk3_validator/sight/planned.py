"""
What is remembered of the messages that one plan judged.

The rules of a plan fall into groups that read the same zones of a message. Of each group is remembered which outcomes
an outline of these zones had. A message whose outline is known costs one look-up; one that is new in some zones costs
one a group, however many rules there are. What is new is judged plainly, and so are the few rules of which cannot be
told what they read. Nothing is decided here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any

from itk3_validator.call import Call
from itk3_validator.message import Incoming
from itk3_validator.plan import Plan
from itk3_validator.recognise import Recognised, Unrecognised
from itk3_validator.sight.at_hand import AtHand
from itk3_validator.sight.groups import MOST_OUTLINES, MOST_WHOLE, Groups
from itk3_validator.sight.outcomes import Known, recognised
from itk3_validator.sight.outliner import Outliner, Zones
from itk3_validator.sight.reads import Sight, sight_of_interaction, sight_of_rule
from itk3_validator.sight.standing import Standing, Values
from itk3_validator.sight.tokens import keep


class Planned:
    """
    Recognises messages among these plans, and judges those of one *plan*.
    """

    def __init__(self, plan: Plan, plans: Sequence[Plan], at_hand: Sequence[str]) -> None:
        """
        Args:
            at_hand: places whose values `values` is asked for.
        """
        of_rules = [sight_of_rule(rule) for rule in plan.rules]
        of_interactions = [sight_of_interaction(bound) for each in plans for bound in each.interactions.values()]
        self.plan = plan
        self._plans = plans
        self._zones = _zones_of_all(of_interactions)
        self._groups = Groups(plan, of_rules)
        self._at_hand = AtHand(plan, at_hand) if at_hand else None
        kept = self._at_hand.sights if self._at_hand is not None else ()
        self._outliner = Outliner(each.reads for each in chain(of_interactions, of_rules, kept) if each is not None)
        self._recognised: dict[Any, Recognised] = {}
        self._known: dict[Any, Known] = {}

    def judge(
        self, incoming: Incoming, call: Call, found: Recognised | None = None
    ) -> Known | Recognised | Unrecognised:
        """
        What a message is, and the outcomes of its rules if it is one for this plan.

        Args:
            found: what it is, where that is known.

        Raises:
            MessageError: It cannot be read.

            NoOutline: It is not one that outlines are made for.
        """
        outline = self._outliner.outline(incoming)
        incoming.outline = outline
        key = (call.key, outline.whole) if call.is_alone and self._zones is not None else None
        known = self._known.get(key)
        if known is not None:
            return known
        zones = self._outliner.zones(outline)
        result = found or self._recognise(incoming, zones, call)
        if isinstance(result, Unrecognised) or result.plan is not self.plan:
            return result
        judged, seen = self._groups.judge(incoming, outline, zones, result.interaction, call)
        known = Known(result, judged)
        if seen and key is not None:
            keep(self._known, key, known, MOST_WHOLE)
        return known

    def values(self, incoming: Incoming, names: tuple[str, ...]) -> tuple[Standing, Values] | None:
        """
        What stands at places of a message that was judged; None where that is not known without a look at its tree.
        """
        if self._at_hand is None or incoming.outline is None:
            return None
        return self._at_hand.values(incoming, incoming.outline, self._outliner, names)

    def _recognise(self, incoming: Incoming, zones: Zones, call: Call) -> Recognised | Unrecognised:
        if self._zones is None or call.answers is not None:
            return recognised(self._plans, incoming.parsed(), call)
        key = call.key, zones.key(self._zones)
        known = self._recognised.get(key)
        if known is not None:
            return known
        found = recognised(self._plans, incoming.parsed(), call)
        # What is unrecognised is told with what the message says.
        if isinstance(found, Recognised):
            keep(self._recognised, key, found, MOST_OUTLINES)
        return found


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
