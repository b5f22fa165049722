"""
Where the values of places stand in a row of values.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

Values: TypeAlias = Sequence[str | None]
Places: TypeAlias = tuple[tuple[str, tuple[int, ...]], ...]


class Standing:
    """
    *places*: of each name, the numbers of its values in the row. Messages that are alike mostly share one.
    """

    __slots__ = ("_hash", "places")

    def __init__(self, places: Places) -> None:
        self.places = places
        # It is asked for with each message.
        self._hash = hash(places)

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Standing) and self.places == other.places

    def by_name(self, values: Values) -> Mapping[str, tuple[str | None, ...]]:
        """
        Name to its values.
        """
        return {name: tuple([values[number] for number in numbers]) for name, numbers in self.places}


def in_a_row(values: Mapping[str, Iterable[str | None]]) -> tuple[Standing, Values]:
    """
    Values by their names, as a row and where they stand in it.
    """
    row: list[str | None] = []
    places = []
    for name, found in values.items():
        begun = len(row)
        row += found
        places.append((name, tuple(range(begun, len(row)))))
    return Standing(tuple(places)), row
