"""
Keys: the values that rules over the archive compare, as a run keeps them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from itk3_validator.archive.gather import jobs_of, name_of, places_of
from itk3_validator.pack.model import RulePack


class Key(NamedTuple):
    """
    A place whose values are kept: a selector's name, or an XPath as a rule has it.

    *plain*: the values are kept as they are; otherwise as hashes, which can only be compared.
    """

    name: str
    plain: bool


def keys_of(packs: Iterable[RulePack], *, show_values: bool = False) -> tuple[Key, ...]:
    """
    The places that the rules over the archive of these packs compare, sorted by name.

    A place is plain where every pack that has a selector of that name calls it safe, or *show_values* is set.
    """
    asked = tuple(packs)
    places = {name_of(place): place for job in jobs_of(asked) for place in places_of(job.rule)}
    hidden = {name for pack in asked for name, selector in pack.selectors.items() if not selector.safe}
    hidden |= {name for name, place in places.items() if not place.safe}
    return tuple(Key(name, show_values or name not in hidden) for name in sorted(places))


def rows(
    values: Mapping[str, Sequence[str | None]], keys: Iterable[Key], secret: bytes
) -> list[tuple[str, str | None]]:
    """
    What a run keeps of one message: ``(name, value)``, one row for each node.

    Args:
        values: what ``Report.values_at`` says of the message; None for a node without a value of its own.

        secret: the key of the run's hashes, 16 bytes or more.
    """
    return [(key.name, kept(value, key, secret)) for key in keys for value in values.get(key.name, ())]


def kept(value: str | None, key: Key, secret: bytes) -> str | None:
    """
    What a run keeps of a value.
    """
    if not value:
        return value
    if value.isspace():
        return ""
    return value if key.plain else hashed(value, secret)


def hashed(value: str, secret: bytes) -> str:
    """
    A value that only this run can compare.
    """
    return hashlib.blake2b(value.encode("utf-8", "surrogatepass"), key=secret[:64], digest_size=16).hexdigest()
