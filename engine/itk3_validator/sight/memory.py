"""
What a validator remembers of the messages that it judged.

The first messages are judged plainly, rule by rule: to tell what rules read takes as long as judging some messages by
them, and it takes modules that a command for one message need not import.
"""

from __future__ import annotations

from _thread import allocate_lock  # `threading` takes 1 ms to import
from collections.abc import Sequence
from typing import TYPE_CHECKING

from itk3_validator.call import Call
from itk3_validator.message import Incoming
from itk3_validator.plan import Plan
from itk3_validator.recognise import Unrecognised
from itk3_validator.sight.outcomes import Known, judged_plainly

if TYPE_CHECKING:
    from itk3_validator.sight.remembered import Remembered
    from itk3_validator.sight.standing import Standing, Values

PLAIN_AT_FIRST = 10


class Memory:
    """
    Recognises and judges messages by these plans, as `recognise` and `evaluate` do. Threads may share it.
    """

    def __init__(self, plans: Sequence[Plan], at_hand: Sequence[str] = (), *, remember: bool = True) -> None:
        """
        Args:
            at_hand: places whose values `values` is asked for.

            remember: without it every message is judged plainly.
        """
        self._remember = remember
        self._plans = plans
        self._at_hand = at_hand
        # Whoever wants places at hand has many messages.
        self._met = PLAIN_AT_FIRST if at_hand else 0
        self._lock = allocate_lock()
        self._remembered: Remembered | None = None

    def make_ready(self) -> None:
        """
        Compile what the first message would have to wait for.
        """
        remembered = self._remembered or self._begun()
        if remembered is not None:
            remembered.make_ready()

    def judge(self, incoming: Incoming, call: Call) -> Known | Unrecognised:
        """
        What a message is, and the outcomes of its rules.

        Raises:
            MessageError: It cannot be read.
        """
        remembered = self._remembered or self._begun()
        if remembered is None:
            return judged_plainly(self._plans, incoming.parsed(), call)
        return remembered.judge(incoming, call)

    def values(self, plan: Plan, incoming: Incoming, names: tuple[str, ...]) -> tuple[Standing, Values] | None:
        """
        What stands at places of a message that was judged; None where that is not known without a look at its tree.
        """
        return None if self._remembered is None else self._remembered.values(plan, incoming, names)

    def _begun(self) -> Remembered | None:
        if not self._remember:
            return None
        with self._lock:
            self._met += 1
            if self._met > PLAIN_AT_FIRST and self._remembered is None:
                from itk3_validator.sight.remembered import Remembered

                self._remembered = Remembered(self._plans, self._at_hand)
            return self._remembered
