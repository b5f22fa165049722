"""
Whether two checks can hold of one message: only what is certain is said, everything else can.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from itk3_validator.checks import VERBS
from itk3_validator.checks.ask import AnyOf, Ask, Checks, Range
from itk3_validator.checks.verb import Asks
from itk3_validator.pack.model import Selector
from itk3_validator.value import replace

Place = tuple[str, bool]
Selectors = Mapping[str, Selector]

_SELECTOR = re.compile(r"\$([A-Za-z_][\w-]*)(?![\w.-])")
_MOST_STEPS = 50
_LONGEST = 20_000


def plain(checks: Checks, selectors: Selectors) -> tuple[Ask, ...]:
    """
    The checks that must hold whatever else does, their places in one spelling: those in ``any-of`` are left out.
    """
    return tuple(
        _spelled(each, selectors) for each in checks if not isinstance(each, AnyOf) and each.target is not None
    )


def alike(left: Checks, right: Checks, selectors: Selectors) -> bool:
    """
    Whether two mappings of checks ask the same, in whatever order and spelling.
    """
    return {_meaning(each, selectors) for each in left} == {_meaning(each, selectors) for each in right}


def _meaning(check: Ask | AnyOf, selectors: Selectors) -> tuple[object, ...]:
    if isinstance(check, AnyOf):
        return (repr(check),)
    values = fixed(check)
    what = (check.verb, repr(check.options)) if values is None else ("one-of", values)
    return (place_of(_spelled(check, selectors)), *what, check.count, check.some)


def _spelled(ask: Ask, selectors: Selectors) -> Ask:
    """
    A check with the names of selectors written out at the beginning of its place.
    """
    target = ask.target
    if target is None:
        return ask
    xpath = target.xpath
    for _ in range(_MOST_STEPS):
        named = _SELECTOR.match(xpath)
        selector = selectors.get(named[1]) if named is not None else None
        if named is None or selector is None or selector.xpath is None:
            break
        rest = xpath[named.end() :]
        inner = f"({selector.xpath})" if rest and ("|" in selector.xpath or rest[0] != "/") else selector.xpath
        xpath = f"{inner}{rest}"
        if len(xpath) > _LONGEST:
            return ask
    return replace(ask, target=replace(target, xpath=xpath))


def place_of(ask: Ask) -> Place:
    """
    Where a check looks, for comparison.
    """
    target = ask.target
    return (target.xpath, target.of_request) if target is not None else ("", False)


def demands_none(ask: Ask) -> bool:
    """
    Whether a check holds only where there is no node.
    """
    return ask.verb == "absent" or (ask.verb == "count" and ask.options.high == 0)


def demands_some(ask: Ask, *, condition: bool) -> bool:
    """
    Whether a check holds only where there is a node. As a condition every verb of a value asks for one.
    """
    if ask.verb == "count":
        return bool(ask.options.low > 0)
    if ask.verb == "present":
        return True
    if VERBS[ask.verb].asks not in (Asks.VALUE, Asks.NODE):
        return False
    return condition or ask.count is None or ask.count.low > 0


def conflict(left: Ask, right: Ask, *, condition: bool) -> bool:
    """
    Whether no message can satisfy both.

    Args:
        condition: they stand in ``when`` or ``requires``, where one value of several is enough.
    """
    if place_of(left) != place_of(right):
        return False
    pairs = ((left, right), (right, left))
    if any(demands_none(one) and demands_some(other, condition=condition) for one, other in pairs):
        return True
    if left.verb == right.verb == "count":
        return _apart(left.options, right.options)
    one, other = fixed(left), fixed(right)
    if left.some or right.some:
        return False
    return one is not None and other is not None and not one & other


def fixed(ask: Ask) -> frozenset[str] | None:
    """
    The values that ``equals`` or ``one-of`` allows.
    """
    if ask.verb == "equals":
        return frozenset({ask.options})
    return frozenset(ask.options) if ask.verb == "one-of" else None


def _apart(left: Range, right: Range) -> bool:
    return (left.high is not None and left.high < right.low) or (right.high is not None and right.high < left.low)
