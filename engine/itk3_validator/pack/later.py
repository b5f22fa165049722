"""
Parts of a pack that are made when somebody first looks at them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Generic, TypeVar, overload

T = TypeVar("T")
Made = TypeVar("Made")


class _Later(Generic[Made]):
    """
    Equal to what *make* returns, and pickled as that. Threads may share it: at worst two make the same at once.
    """

    def __init__(self, make: Callable[[], Made]) -> None:
        self._make = make
        self._made: Made | None = None

    def _all(self) -> Made:
        made = self._made
        if made is None:
            made = self._made = self._make()
        return made

    def __eq__(self, other: object) -> bool:
        return bool(self._all() == (other._all() if isinstance(other, _Later) else other))

    def __hash__(self) -> int:
        return hash(self._all())

    def __repr__(self) -> str:
        return repr(self._all())

    def __reduce__(self) -> Any:
        made = self._all()
        return type(made), (made,)


class LaterSequence(_Later[tuple[T, ...]], Sequence[T]):
    """
    As a tuple.
    """

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[T, ...]: ...
    def __getitem__(self, index: int | slice) -> T | tuple[T, ...]:
        return self._all()[index]

    def __len__(self) -> int:
        return len(self._all())

    def __iter__(self) -> Iterator[T]:
        return iter(self._all())

    def __add__(self, other: Iterable[T]) -> tuple[T, ...]:
        return (*self._all(), *other)


class LaterTable(Mapping[str, T]):
    """
    As a dictionary, of which each value is made when it is first looked at. Equal to and pickled as a dictionary.
    """

    def __init__(self, names: Iterable[str], make: Callable[[str], T]) -> None:
        self._made: dict[str, T | None] = dict.fromkeys(names)
        self._make = make

    def __getitem__(self, name: str) -> T:
        made = self._made[name]
        if made is None:
            made = self._made[name] = self._make(name)
        return made

    def __len__(self) -> int:
        return len(self._made)

    def __iter__(self) -> Iterator[str]:
        return iter(self._made)

    def __contains__(self, name: object) -> bool:
        return name in self._made

    def __repr__(self) -> str:
        return repr(dict(self))

    def __reduce__(self) -> Any:
        return dict, (tuple(self.items()),)


class LaterMapping(_Later[dict[str, T]], Mapping[str, T]):
    """
    As a dictionary.
    """

    def __getitem__(self, name: str) -> T:
        return self._all()[name]

    def __len__(self) -> int:
        return len(self._all())

    def __iter__(self) -> Iterator[str]:
        return iter(self._all())
