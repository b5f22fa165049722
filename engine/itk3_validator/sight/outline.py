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

from collections.abc import Hashable, Iterator, Sequence
from typing import NamedTuple, TypeAlias

from itk3_validator.sight.wiring import URN, Wired

# A word takes four bytes.
MOST_WORDS = 4_000
# Behind the word of a value that is compared with others stands a number: of the first one that is the same, or this.
NO_NUMBER = 0xFFFFFFFF

Spot: TypeAlias = tuple[int, int]
"""
Where a value stands: the number of its zone, and of its word there.
"""


class Row(NamedTuple):
    """
    What is seen in one zone: its *words*, four bytes each, and the numbers of those whose values are *kept*.
    """

    zone: int
    words: bytes
    kept: Sequence[int]


class Outline(NamedTuple):
    """
    What the rules see of a message.

    *whole*: all that decides.
    *rows*: of each zone in which something may be, by their numbers, four bytes each: its number; how many words there
    are, and these; how many values are kept, and the numbers of their words.
    *refers*: every reference that a rule follows is the fullUrl of an entry, or of none: `urn:uuid:` and nothing else.
    Then it counts only which fullUrl is the same; else the outline does not tell what the reference points to.
    *wired*: where all other references lead, if to resources of the message.
    *values*: those that are kept, though nothing depends on them, in the order in which *rows* tells of them.
    """

    whole: Hashable
    rows: bytes
    refers: bool
    wired: Wired | None
    values: Sequence[str | None]

    def each_row(self) -> Iterator[Row]:
        """
        The rows one by one.
        """
        numbers = memoryview(self.rows).cast("I")
        at = 0
        while at < len(numbers):
            zone, size = numbers[at : at + 2]
            words = at + 2
            kept = words + size + 1
            at = kept + numbers[kept - 1]
            yield Row(zone, self.rows[4 * words : 4 * (words + size)], numbers[kept:at])

    def spots(self) -> Iterator[Spot]:
        """
        Where the values that are kept stand, in their order.
        """
        return ((row.zone, number) for row in self.each_row() for number in row.kept)


def is_plain_urn(value: str) -> bool:
    """
    Whether a reference can only be the fullUrl of an entry, or of none.
    """
    return value.startswith(URN) and "/" not in value and "#" not in value
