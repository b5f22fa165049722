"""
What the rules see of a message.

*The outline of a message* is a row of words for each zone: which elements are there that some rule reads, in their
order and nesting, and of each value as much as the rules can tell apart. A value that only has to be a boolean is a
word for "it is one"; a fullUrl is followed by the number of the first value that is the same. So the outlines of two
messages are the same when every rule that reads these zones has the same outcome on both, though no id, name or date
is.

`walk` makes it of the tree of a message, `scanner` of its bytes: the same one.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import NamedTuple, TypeAlias

from itk3_validator.sight.wiring import Wired

# A word takes four bytes.
MOST_WORDS = 4_000
# Behind the word of a value that is compared with others stands a number: of the first one that is the same, or this.
NO_NUMBER = 0xFFFFFFFF
_URN = "urn:uuid:"

Spot: TypeAlias = tuple[str, int]
Key: TypeAlias = int | tuple[int, ...]


class Outline(NamedTuple):
    """
    What the rules see of a message: of each zone the number of what is seen there.

    *refers*: every reference that a rule follows is the fullUrl of an entry, or of none: `urn:uuid:` and nothing else.
    Then it counts only which fullUrl is the same; else the outline does not tell what the reference points to.
    *wired*: where all other references lead, if to resources of the message.
    *values*: those that are kept, though nothing depends on them; each by its zone and the number of its word there.
    """

    zones: Mapping[str, int]
    refers: bool
    wired: Wired | None
    values: Mapping[Spot, str | None]

    @property
    def whole(self) -> Hashable:
        """
        All that decides.
        """
        return tuple(self.zones.items()), self.refers, self.wired

    def key(self, zones: tuple[str, ...]) -> Key:
        """
        What is seen in some of the zones.
        """
        if len(zones) == 1:
            return self.zones.get(zones[0], 0)
        return tuple([self.zones.get(zone, 0) for zone in zones])


def is_plain_urn(value: str) -> bool:
    """
    Whether a reference can only be the fullUrl of an entry, or of none.
    """
    return value.startswith(_URN) and "/" not in value and "#" not in value
