"""
The columns of `messages` that a message itself fills: which place of its pack each is read at.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from operator import itemgetter
from typing import Any, Final

from itk3_validator.archive.keys import Key, kept
from itk3_validator.archive.places import PLACES, instant
from itk3_validator.pack.model import RulePack
from itk3_validator.report.visible import hashed
from itk3_validator.sight.standing import Standing, Values

_LONGEST: Final = 1_000
_KEPT: Final = 900
_FLAGS: Final[Mapping[str | None, bool]] = {"true": True, "false": False}


def places_of(packs: Iterable[RulePack], *, show_values: bool) -> Mapping[str, tuple[str | None, ...]]:
    """
    Digest of a pack to the places that its messages are read at, in the order of the columns; None where a place is
    not there, or not safe and values are not shown.
    """
    return {
        pack.digest: tuple(
            name if name in pack.selectors and (show_values or pack.selectors[name].safe) else None
            for name in PLACES.values()
        )
        for pack in packs
    }


class Form:
    """
    Where the columns of a message stand in the row of its values, and what a run keeps of them besides.

    Args:
        places: as `places_of` has them.

        keys: what rules over the archive compare.

        secret: hashes those that are not plain.
    """

    __slots__ = ("_columns", "_keys", "_pick", "_secret", "_several")

    def __init__(self, standing: Standing, places: Iterable[str | None], keys: Iterable[Key], secret: bytes) -> None:
        numbers = dict(standing.places)
        self._columns = [numbers[place] if place is not None else () for place in places]
        # Behind the last value stands none.
        self._pick = itemgetter(*[each[0] if each else -1 for each in self._columns])
        self._several = any(len(each) > 1 for each in self._columns)
        self._keys = [(*key, key, number) for key in keys for number in numbers.get(key.name, ())]
        self._secret = secret

    def columns(self, values: Values) -> tuple[Any, ...]:
        """
        The columns from `message_id` to `inf_ack_requested`, in the order of the table: of several values, the first
        that is not empty.
        """
        held = self._pick((*values, None))
        # Hardly any place has two values, or an empty one.
        if self._several or "" in held:
            held = [next((values[each] for each in numbers if values[each]), None) for numbers in self._columns]
        *texts, stamp, document, bus, inf = held
        row = (*texts, stamp, instant(stamp), document, _FLAGS.get(bus), _FLAGS.get(inf))
        # Together they are hardly ever so long, and to add up takes less than to compare each.
        return row if sum(map(len, filter(None, held))) <= _LONGEST else tuple(map(_cell, row))

    def keys(self, values: Values) -> list[tuple[str, str | None]]:
        """
        The rows of `keys`, without the number of the message.
        """
        secret = self._secret
        # As `kept` has it, which most need not be asked.
        return [
            (name, value if (value := values[number]) and plain and not value.isspace() else kept(value, key, secret))
            for name, plain, key, number in self._keys
        ]


def bounded(text: str) -> str:
    """
    A text of at most 1,000 characters: what is longer is cut, and ends in a hash of the whole, so that what was the
    same or different remains so.
    """
    return text if len(text) <= _LONGEST else f"{text[:_KEPT]}...{hashed(text)}"


NO_COLUMNS: Final = (None,) * (len(PLACES) + 1)


def _cell(value: Any) -> Any:
    return bounded(value) if isinstance(value, str) else value
