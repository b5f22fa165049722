"""
Which places may show their values: ``safe`` is believed of a pack that is trusted, and only where that pack said.

It speaks of the value at the place itself, and of nothing below it: beside an issue's code stand its diagnostics.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import TypeAlias

from itk3_validator import xpath
from itk3_validator.lazy import pattern
from itk3_validator.pack.draft import Entry
from itk3_validator.pack.expand import named
from itk3_validator.pack.marked import Mapping as MarkedMapping
from itk3_validator.pack.marked import Node, Scalar
from itk3_validator.pack.model import Selector
from itk3_validator.pack.order import in_order
from itk3_validator.value import replace
from itk3_validator.xpath import Location

# A value that is put between the quotes of a selector can hold a URL, and nothing that ends the quotes.
_HARMLESS = pattern(r"[A-Za-z0-9:/._#%+-]*")
_QUOTED = pattern(r"""'[^']*'|"[^"]*\"""")
# The locations where values may be shown, by their names.
Shown: TypeAlias = Mapping[tuple[str, ...], Sequence[Location]]

_VALUE = "attribute::value"
_NOWHERE: Sequence[Location] = ()


class Asked:
    """
    Where values may be shown, and which names of locations were looked up in it.
    """

    def __init__(self, shown: Shown) -> None:
        self._shown = shown
        self.names: set[tuple[str, ...]] = set()

    def at(self, names: tuple[str, ...]) -> Sequence[Location]:
        """
        The locations of these names whose values may be shown.
        """
        self.names.add(names)
        return self._shown.get(names, _NOWHERE)


def believed(
    made: Mapping[str, Selector],
    entries: Mapping[str, Entry],
    *,
    values: Mapping[str, str],
    trusted: frozenset[str],
    foreign: frozenset[str],
) -> dict[str, Selector]:
    """
    The selectors, with ``safe`` as it may be believed.

    A selector that leads nowhere else than a safe one is safe as well, whoever wrote it. One that stands on a place
    that an untrusted pack has moved (a changed selector or value) is not.

    Args:
        made: at most as deep as ``extent`` allows, and no circle among them.

        foreign: names of the values in which a pack that is not trusted has a say.
    """

    @cache
    def stands(name: str) -> bool:
        selector = made.get(name)
        if selector is None or selector.pack not in trusted:
            return False
        written = _place(entries[name].value)
        outside = named(_QUOTED.sub("", written))
        moved = any(
            each in outside or not _HARMLESS.fullmatch(values[each]) for each in foreign.intersection(named(written))
        )
        return not moved and all(map(stands, uses(selector)))

    marked = {name: _marked(each, safe=each.safe and stands(name)) for name, each in made.items()}
    shown = Asked(safe_locations(marked))
    return {name: _marked(each, safe=each.safe or is_safe(each.location, shown)) for name, each in marked.items()}


def _marked(selector: Selector, *, safe: bool) -> Selector:
    return selector if selector.safe == safe else replace(selector, safe=safe)


def foreign_values(entries: Mapping[str, Entry], trusted: frozenset[str]) -> frozenset[str]:
    """
    The names of the values in which a pack that is not trusted has a say: it wrote them, or one that they hold.
    """
    texts = {name: _written(entry.value) for name, entry in entries.items()}
    order, _ = in_order({name: named(text) for name, text in texts.items()})
    foreign: set[str] = set()
    for name in order:
        if entries[name].pack not in trusted or foreign.intersection(named(texts[name])):
            foreign.add(name)
    return frozenset(foreign)


def safe_locations(known: Mapping[str, Selector]) -> Shown:
    """
    Where values may be shown.
    """
    shown: dict[tuple[str, ...], list[Location]] = {}
    for each in known.values():
        if each.safe and each.follow is None:
            shown.setdefault(xpath.names(each.location), []).append(each.location)
    return shown


def is_safe(location: Location, shown: Asked) -> bool:
    """
    Whether nothing is found at *location* but what may be shown. ``@value`` is the value of its element.
    """
    of_element = location[:-1] if location and location[-1].name == _VALUE else location
    return any(xpath.within(path, each) for path in {location, of_element} for each in shown.at(xpath.names(path)))


def uses(selector: Selector) -> tuple[str, ...]:
    """
    The names of the selectors that a selector is written with.
    """
    return xpath.variables(selector.expression)


def _place(node: Node) -> str:
    """
    What a selector says of its place, and not what it is called.
    """
    if not isinstance(node, MarkedMapping):
        return _written(node)
    return " ".join(_written(value) for key, value in node.pairs if key.text in ("xpath", "follow"))


def _written(node: Node) -> str:
    if isinstance(node, MarkedMapping):
        return " ".join(_written(value) for _, value in node.pairs)
    return node.text if isinstance(node, Scalar) else ""
