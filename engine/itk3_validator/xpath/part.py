"""
Where a path leads, as a value: see `locating`.
"""

from __future__ import annotations

from typing import TypeAlias

from itk3_validator.value import Row


class Part(Row):
    """
    One step, or name, with its predicates; what is written in another way but means the same is the same part.
    """

    name: str
    predicates: tuple[str, ...] = ()


Location: TypeAlias = tuple[Part, ...]
