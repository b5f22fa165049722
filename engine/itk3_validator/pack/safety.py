"""
Which places may show their values: ``safe`` is believed of a pack that is trusted, and only where that pack said.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import cache

from itk3_validator import xpath
from itk3_validator.pack.draft import Entry
from itk3_validator.pack.expand import named
from itk3_validator.pack.marked import Mapping as MarkedMapping
from itk3_validator.pack.marked import Node, Scalar
from itk3_validator.pack.model import Selector
from itk3_validator.pack.order import in_order

# A value that is put between the quotes of a selector can hold a URL, and nothing that ends the quotes.
_HARMLESS = re.compile(r"[A-Za-z0-9:/._#%+-]*")
_QUOTED = re.compile(r"""'[^']*'|"[^"]*\"""")
_VARIABLE = re.compile(r"\$([A-Za-z][A-Za-z0-9-]*)")


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

    A selector that goes down, and only down, from a safe one is safe as well. One that stands on a place that an
    untrusted pack has moved (a changed selector or value) is not.

    Args:
        made: at most as deep as ``extent`` allows, and no circle among them.

        foreign: names of the values in which a pack that is not trusted has a say.
    """

    @cache
    def stands(name: str) -> bool:
        selector = made.get(name)
        if selector is None or selector.pack not in trusted:
            return False
        written = _written(entries[name].value)
        outside = named(_QUOTED.sub("", written))
        moved = any(
            each in outside or not _HARMLESS.fullmatch(values[each]) for each in foreign.intersection(named(written))
        )
        return not moved and all(map(stands, uses(selector)))

    @cache
    def safe(name: str) -> bool:
        selector = made[name]
        start = None if selector.follow is not None else xpath.descends_from(selector.expression)
        return (selector.safe and stands(name)) or (start in made and safe(start or ""))

    return {name: replace(each, safe=safe(name)) for name, each in made.items()}


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


def below_safe(path: str, known: Mapping[str, Selector], *, here: bool) -> bool:
    """
    Whether an XPath written in place goes down, and only down, from a place that is safe.

    Args:
        here: whether the node that ``./`` is relative to is safe.
    """
    start = xpath.descends_from(path)
    if start == ".":
        return here
    return start is not None and start in known and known[start].safe


def uses(selector: Selector) -> tuple[str, ...]:
    """
    The names of the selectors that a selector is written with.
    """
    return tuple(_VARIABLE.findall(selector.expression))


def _written(node: Node) -> str:
    if isinstance(node, MarkedMapping):
        return " ".join(_written(value) for _, value in node.pairs)
    return node.text if isinstance(node, Scalar) else ""
