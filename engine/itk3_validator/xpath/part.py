"""
Where a path leads, as a value: see `locating`.
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias


class Part(NamedTuple):
    """
    One step, or name, with its predicates; what is written in another way but means the same is the same part.
    """

    name: str
    predicates: tuple[str, ...] = ()


Location: TypeAlias = tuple[Part, ...]
