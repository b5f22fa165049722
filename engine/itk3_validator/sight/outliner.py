"""
Makes the outlines of messages, from what some rules read.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from itk3_validator.fhir import Node
from itk3_validator.message import Incoming, Message
from itk3_validator.sight.compiled import scanner
from itk3_validator.sight.outline import Outline, Spot
from itk3_validator.sight.reads import Reads
from itk3_validator.sight.states import Numbers, States
from itk3_validator.sight.walk import Walk
from itk3_validator.sight.wiring import Wired, wiring

# Compiled where there is a compiler.
Scanner = scanner()
_MOST_TOKENS = 65_536
_MOST_ZONES = 4_096
_LONGEST = 2_048

Key: TypeAlias = int | tuple[int, ...]


class Zones(dict[str, int]):
    """
    Zone to the number of what is seen there.
    """

    def key(self, zones: tuple[str, ...]) -> Key:
        """
        What is seen in some of the zones.
        """
        if len(zones) == 1:
            return self.get(zones[0], 0)
        return tuple([self.get(zone, 0) for zone in zones])


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
        self._scanner = None if Scanner is None else Scanner(self._states, self._words, wired=self._wired)

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
        return None if found is None else _outline(*found)

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
        return _outline(walk.rows(), walk.refers, of_message, walk.values())

    def zones(self, outline: Outline) -> Zones:
        """
        What is seen in each zone.
        """
        names, number = self._states.zones, self._zones.of
        return Zones({names[row.zone]: number(_short(row.words)) for row in outline.each_row()})

    def kept(self, message: Message) -> Mapping[Node, Spot]:
        """
        The elements of a message whose values its outline keeps.

        Raises:
            NoOutline: It is not one that outlines are made for.
        """
        return Walk(message, self._states, self._words, self._known).kept


def _outline(rows: bytes, refers: bool, wired: Wired | None, values: Sequence[str | None]) -> Outline:  # noqa: FBT001
    return Outline((_short(rows), refers, wired), rows, refers, wired, values)


def _short(words: bytes) -> bytes:
    """
    What stands for a row of words where it is remembered: thousands are. None has 33 bytes, for a word takes four.
    """
    return words if len(words) <= _LONGEST else b"#" + hashlib.sha256(words).digest()
