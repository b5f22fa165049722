"""
The columns of `messages` that a message itself fills: which place of its pack each is read at.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from itk3_validator.archive.places import PLACES, instant
from itk3_validator.pack.model import RulePack
from itk3_validator.report.visible import hashed

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


def columns(values: Mapping[str, Sequence[str | None]], places: Iterable[str | None]) -> tuple[Any, ...]:
    """
    The columns from `message_id` to `inf_ack_requested`, in the order of the table.

    Args:
        values: place to what stands there; of several values the first counts.

        places: as `places_of` has them.
    """
    held = []
    for place in places:
        found = values[place] if place is not None else ()
        # Hardly any place has two values, or an empty one.
        held.append((found[0] or _first(found)) if found else None)
    *texts, stamp, document, bus, inf = held
    row = (*texts, stamp, instant(stamp), document, _FLAGS.get(bus), _FLAGS.get(inf))
    # Together they are hardly ever so long, and to add up takes less than to compare each.
    return row if sum(map(len, filter(None, held))) <= _LONGEST else tuple(map(_cell, row))


def bounded(text: str) -> str:
    """
    A text of at most 1,000 characters: what is longer is cut, and ends in a hash of the whole, so that what was the
    same or different remains so.
    """
    return text if len(text) <= _LONGEST else f"{text[:_KEPT]}...{hashed(text)}"


NO_COLUMNS: Final = (None,) * (len(PLACES) + 1)


def _cell(value: Any) -> Any:
    return bounded(value) if isinstance(value, str) else value


def _first(values: Sequence[str | None]) -> str | None:
    for each in values:
        if each:
            return each
    return None
