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
from itk3_validator.pack.marked import Mapping as MarkedMapping
from itk3_validator.pack.marked import Node, Scalar
from itk3_validator.pack.model import Selector

# A value that is put into a selector can hold a URL, no piece of an XPath that leads elsewhere.
_HARMLESS = re.compile(r"[A-Za-z0-9:/._#%+-]*")
_VARIABLE = re.compile(r"\$([A-Za-z][A-Za-z0-9-]*)")


def believed(
    made: Mapping[str, Selector], entries: Mapping[str, Entry], *, values: Mapping[str, str], trusted: frozenset[str]
) -> dict[str, Selector]:
    """
    The selectors, with ``safe`` as it may be believed.

    A selector that goes down, and only down, from a safe one is safe as well. One that stands on a place that an
    untrusted pack has moved (a changed selector or value) is not.
    """
    harmful = {name for name, value in values.items() if not _HARMLESS.fullmatch(value)}

    @cache
    def stands(name: str) -> bool:
        selector = made.get(name)
        if selector is None or selector.pack not in trusted:
            return False
        written = _written(entries[name].value)
        return not any(f"${{{value}}}" in written for value in harmful) and all(map(stands, uses(selector)))

    @cache
    def safe(name: str) -> bool:
        selector = made[name]
        start = None if selector.follow is not None else xpath.descends_from(selector.expression)
        return (selector.safe and stands(name)) or (start in made and safe(start or ""))

    circular = {name for name in made if _reaches_itself(name, made)}
    return {name: replace(each, safe=name not in circular and safe(name)) for name, each in made.items()}


def below_safe(path: str, known: Mapping[str, Selector]) -> bool:
    """
    Whether an XPath written in place goes down, and only down, from a selector that is safe.
    """
    start = xpath.descends_from(path)
    return start is not None and start in known and known[start].safe


def uses(selector: Selector) -> tuple[str, ...]:
    """
    The names of the selectors that a selector is written with.
    """
    return tuple(_VARIABLE.findall(selector.expression))


def _reaches_itself(name: str, made: Mapping[str, Selector]) -> bool:
    ahead, seen = list(uses(made[name])), set()
    while ahead:
        each = ahead.pop()
        if each in made and each not in seen:
            seen.add(each)
            ahead.extend(uses(made[each]))
    return bool(seen and _touches_circle(seen | {name}, made))


def _touches_circle(names: set[str], made: Mapping[str, Selector]) -> bool:
    """
    Whether the selectors cannot be put in an order in which each stands on earlier ones.
    """
    left = set(names)
    while ready := {each for each in left if not left.intersection(uses(made[each]))}:
        left -= ready
    return bool(left)


def _written(node: Node) -> str:
    if isinstance(node, MarkedMapping):
        return " ".join(_written(value) for _, value in node.pairs)
    return node.text if isinstance(node, Scalar) else ""
