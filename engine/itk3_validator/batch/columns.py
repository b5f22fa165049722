"""
The columns of `messages` that a message itself fills: which place of its pack each is read at.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final

from itk3_validator.archive.places import PLACES, instant
from itk3_validator.pack.model import RulePack

_FLAGS: Final[Mapping[str | None, bool]] = {"true": True, "false": False}


def places_of(packs: Iterable[RulePack], *, show_values: bool) -> Mapping[str, tuple[str, ...]]:
    """
    Digest of a pack to the places that its messages are read at; those alone that are safe, unless values are shown.
    """
    return {
        pack.digest: tuple(
            name for name in PLACES.values() if name in pack.selectors and (show_values or pack.selectors[name].safe)
        )
        for pack in packs
    }


def columns(values: Mapping[str, Sequence[str | None]], safe: Collection[str]) -> tuple[Any, ...]:
    """
    The columns from `message_id` to `inf_ack_requested`, in the order of the table.

    Args:
        values: place to what stands there; of several values the first counts.

        safe: the places that may be shown.
    """
    held = [_first(values[place]) if place in safe else None for place in PLACES.values()]
    *texts, stamp, document, bus, inf = held
    return (*texts, stamp, instant(stamp), document, _FLAGS.get(bus), _FLAGS.get(inf))


NO_COLUMNS: Final = (None,) * (len(PLACES) + 1)


def _first(values: Sequence[str | None]) -> str | None:
    for each in values:
        if each:
            return each
    return None
