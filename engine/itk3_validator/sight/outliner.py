"""
Makes the outlines of messages, from what some rules read.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

from itk3_validator.fhir import Node
from itk3_validator.message import Incoming, Message
from itk3_validator.sight.compiled import scanner
from itk3_validator.sight.outline import Outline, Spot
from itk3_validator.sight.reads import Reads
from itk3_validator.sight.states import Numbers, States
from itk3_validator.sight.walk import Walk
from itk3_validator.sight.wiring import Wired, wired, wiring

# Compiled where there is a compiler.
Scanner = scanner()
_MOST_TOKENS = 65_536
_MOST_ZONES = 4_096
_LONGEST = 2_048


class Outliner:
    """
    Makes outlines for rules that read this. Threads may share it.
    """

    def __init__(self, reads: Iterable[Reads]) -> None:
        read = tuple(reads)
        self._wired = any(each.wired for each in read)
        self._words = Numbers(_MOST_TOKENS)
        self._zones = Numbers(_MOST_ZONES)
        self._states = States(read, self._words)
        self._known: dict[Any, int] = {}
        self._scanner = None if Scanner is None else Scanner(self._states, self._words)

    def outline(self, incoming: Incoming) -> Outline:
        """
        The outline of a message: of its bytes where they can be scanned, else of its tree.

        Raises:
            MessageError: It cannot be read.

            NoOutline: It is not one that outlines are made for.
        """
        found = self.of_bytes(incoming)
        return self.of_tree(incoming) if found is None else found

    def of_bytes(self, incoming: Incoming) -> Outline | None:
        """
        The outline of a message that was not parsed; None where it has to be.

        Raises:
            NoOutline: It is not one that outlines are made for.
        """
        if self._scanner is None or not incoming.is_small:
            return None
        found = self._scanner.scan(incoming.data, incoming.depth, incoming.attachments)
        if found is None:
            return None
        zones, refers, ends, values = found
        return self._outline(zones, wired(*ends) if self._wired and ends is not None else None, values, refers=refers)

    def of_tree(self, incoming: Incoming) -> Outline:
        """
        The outline of a message that is parsed for it.

        Raises:
            MessageError: It cannot be read.

            NoOutline: It is not one that outlines are made for.
        """
        message = incoming.parsed()
        walk = Walk(message, self._states, self._words, self._known)
        of_message = wiring(message, walk.headers) if self._wired and walk.wired else None
        return self._outline(walk.zones(), of_message, walk.values, refers=walk.refers)

    def kept(self, message: Message) -> Mapping[Node, Spot]:
        """
        The elements of a message whose values its outline keeps.

        Raises:
            NoOutline: It is not one that outlines are made for.
        """
        return Walk(message, self._states, self._words, self._known).kept

    def _outline(
        self, zones: Mapping[str, bytes], wired: Wired | None, values: Mapping[Spot, str | None], *, refers: bool
    ) -> Outline:
        number = self._zones.of
        numbers = {zone: number(words if len(words) <= _LONGEST else _digest(words)) for zone, words in zones.items()}
        return Outline(numbers, refers, wired, values)


def _digest(words: bytes) -> bytes:
    """
    What stands for a long row of words, so that thousands of them may be kept. No row has 33 bytes: a word takes four.
    """
    return b"#" + hashlib.sha256(words).digest()
