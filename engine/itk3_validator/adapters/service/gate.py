"""
How much is accepted at a time: so many requests, of so many bytes together. What is more is refused at once.
"""

from __future__ import annotations


class Gate:
    """
    Counts what is being read and judged. It belongs to one event loop.

    Args:
        requests: how many there may be at a time.

        size: how many bytes they may have together.
    """

    def __init__(self, requests: int, size: int) -> None:
        self.requests = requests
        self.size = size
        self.inside = 0
        self.held = 0

    def enter(self) -> Slot | None:
        """
        A slot for one more request; None when there is no room.
        """
        if self.inside >= self.requests:
            return None
        self.inside += 1
        return Slot(self)


class Slot:
    """
    The room of one request, until `leave`.
    """

    __slots__ = ("_gate", "_held", "_is_left")

    def __init__(self, gate: Gate) -> None:
        self._gate = gate
        self._held = 0
        self._is_left = False

    def grow(self, size: int) -> bool:
        """
        Room for *size* bytes in all; False when there is none.
        """
        more = max(size - self._held, 0)
        if self._gate.held + more > self._gate.size:
            return False
        self._gate.held += more
        self._held += more
        return True

    def leave(self) -> None:
        """
        Give the room back; once is enough.
        """
        if not self._is_left:
            self._is_left = True
            self._gate.inside -= 1
            self._gate.held -= self._held
