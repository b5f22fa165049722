"""
Named things that are written with each other: an order to read them in, and the circles that have none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping


def in_order(uses: Mapping[str, Iterable[str]]) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """
    Put names into an order in which each comes after those that it is written with.

    Args:
        uses: name to the names that it is written with; names that are no keys here are passed over.

    Returns:
        The order, without the names on a circle and those that stand on one; and the circles, none twice.
    """
    waiting = {name: dict.fromkeys(each for each in used if each in uses) for name, used in uses.items()}
    users: dict[str, list[str]] = {name: [] for name in waiting}
    for name, used in waiting.items():
        for each in used:
            users[each].append(name)
    ready = [name for name, used in waiting.items() if not used]
    for name in ready:
        del waiting[name]
        for user in users[name]:
            del waiting[user][name]
            if not waiting[user]:
                ready.append(user)
    return tuple(ready), tuple(_circles({name: next(iter(used)) for name, used in waiting.items()}))


def _circles(following: Mapping[str, str]) -> Iterator[tuple[str, ...]]:
    """
    The circles of names of which each leads to one other.
    """
    seen: set[str] = set()
    for name in following:
        way: dict[str, None] = {}
        each = name
        while each not in seen and each not in way:
            way[each] = None
            each = following[each]
        if each in way:
            steps = list(way)
            yield tuple(steps[steps.index(each) :])
        seen.update(way)
