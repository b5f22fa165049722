"""
Outcomes remembered by what the rules saw: each plan remembers its own messages.

What a message is, is seen with what the rules of one plan read of it: of the plan that judged the last message, since
messages of one kind mostly come together. When it turns out to be for another plan, that one looks at it as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from itk3_validator.call import Call
from itk3_validator.message import Incoming
from itk3_validator.plan import Plan
from itk3_validator.recognise import Recognised, Unrecognised
from itk3_validator.sight.outcomes import Known, judged_plainly
from itk3_validator.sight.planned import Planned
from itk3_validator.sight.standing import Standing, Values
from itk3_validator.sight.tokens import NoOutline


class Remembered:
    """
    Recognises and judges messages by these plans. Threads may share it.
    """

    def __init__(self, plans: Sequence[Plan], at_hand: Sequence[str] = ()) -> None:
        self._plans = plans
        self._at_hand = at_hand
        self._planned: dict[Plan, Planned] = {}
        self._last = plans[0]

    def make_ready(self) -> None:
        """
        Compile what any message needs.
        """
        self._planned_of(self._last)

    def judge(self, incoming: Incoming, call: Call) -> Known | Unrecognised:
        """
        What a message is, and the outcomes of its rules.

        Raises:
            MessageError: It cannot be read.
        """
        found = self._judged(self._last, incoming, call)
        if isinstance(found, Recognised):
            found = self._judged(found.plan, incoming, call, found)
        if isinstance(found, Known):
            self._last = found.found.plan
        return cast("Known | Unrecognised", found)

    def values(self, plan: Plan, incoming: Incoming, names: tuple[str, ...]) -> tuple[Standing, Values] | None:
        """
        What stands at places of a message that was judged; None where that is not known without a look at its tree.
        """
        planned = self._planned.get(plan)
        return None if planned is None else planned.values(incoming, names)

    def _judged(
        self, plan: Plan, incoming: Incoming, call: Call, found: Recognised | None = None
    ) -> Known | Recognised | Unrecognised:
        try:
            return self._planned_of(plan).judge(incoming, call, found)
        except NoOutline:
            incoming.outline = None
            return judged_plainly(self._plans, incoming.parsed(), call)

    def _planned_of(self, plan: Plan) -> Planned:
        planned = self._planned.get(plan)
        if planned is None:
            # Two threads that make one at once make two of the same.
            planned = self._planned.setdefault(plan, Planned(plan, self._plans, self._at_hand))
        return planned
