"""
How much an XPath 2.0 or 3.0 expression goes through, seen on elementpath's syntax tree before anything is evaluated.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import Any, NamedTuple

_UP = ("..", "parent")
_LOOPS = ("for", "some", "every")
_STEPS = frozenset({":", "(name)", "*", "@", "..", ".", "child", "attribute", "self", "parent", "(", "text", "node"})
_COMPARISONS = frozenset({"=", "!=", "<", "<=", ">", ">="})
_JOINING = frozenset({",", "|", "union", "concat", "string-join", "||", "insert-before"})


def deepest_loops(token: Any, *, inside: bool = False, single: frozenset[str] = frozenset()) -> int:
    """
    How many times something is gone through for every one of something else: variables of ``for``, ``some`` and
    ``every``, predicates and ``!`` that look further than what is below their node, and functions behind ``/``.

    Args:
        inside: whether the expression is asked of every one of something.

        single: the variables that stand for one of something.
    """
    if token.symbol in _LOOPS:
        names = [each[0].value for each in token[:-1:2]]
        bound = single.union(names)
        return len(names) + max(deepest_loops(each, inside=inside, single=bound) for each in token)
    if token.symbol not in ("[", "/", "!") or len(token) != 2:
        return max((deepest_loops(each, inside=inside, single=single) for each in token), default=0)
    base, body = token
    before = deepest_loops(base, inside=inside, single=single)
    if token.symbol == "/" and _is_step(body):
        again = inside and _ends_up(base) and _goes_down(body)
        return max(before, again + deepest_loops(body, inside=inside, single=single))
    further = _looks_further(body, single)
    within = deepest_loops(body, inside=True, single=single)
    if token.symbol == "!":
        # Nodes that are found twice stay twice.
        return before + further + within
    return max(before, int(further or not _is_step(base)) + within)


def steps(token: Any) -> int:
    """
    How many steps are written into an expression: by ranges, lists, and texts that are put together of themselves.

    What only the message can say (how many entries there are) counts as 1.
    """
    return work(token).steps


class Work(NamedTuple):
    """
    How many items an expression yields, as far as it says, and how many steps that takes.
    """

    size: int = 1
    steps: int = 1


def work(token: Any, known: Mapping[str, int] | None = None) -> Work:
    """
    The work that is written into an expression.

    Args:
        known: the sizes of the variables of ``let``.
    """
    sizes = known or {}
    symbol, parts = token.symbol, list(token)
    if symbol == "$":
        size = sizes.get(token[0].value, 1)
        return Work(size, size)
    if symbol == "to" and all(each.symbol == "(integer)" for each in parts):
        length = max(1, parts[1].value - parts[0].value + 1)
        return Work(length, length)
    if symbol in (*_LOOPS, "let"):
        return _bound(symbol, parts, sizes)
    made = [work(each, sizes) for each in parts]
    steps = max((each.steps for each in made), default=1)
    size = max((each.size for each in made), default=1)
    if symbol in ("[", "!", "/") and len(made) == 2:
        base, body = made
        size = base.size if symbol == "[" else base.size * body.size
        steps = max(steps, base.size * body.steps)
    elif symbol in _COMPARISONS:
        size, steps = 1, max(steps, prod(each.size for each in made))
    elif symbol in _JOINING:
        size = sum(each.size for each in made)
    elif symbol == "replace" and len(made) > 2:
        written = len(str(parts[2].value)) if parts[2].symbol == "(string)" else 2 * made[2].size
        size = made[0].size * max(2, written)
    return Work(size, max(size, steps))


def _bound(symbol: str, parts: list[Any], known: Mapping[str, int]) -> Work:
    """
    The work of an expression that binds variables.
    """
    *binders, body = parts
    sizes, times, steps = dict(known), 1, 1
    for variable, bound in zip(binders[::2], binders[1::2], strict=False):
        each = work(bound, sizes)
        steps = max(steps, times * each.steps)
        sizes[variable[0].value] = each.size if symbol == "let" else 1
        times *= 1 if symbol == "let" else each.size
    inner = work(body, sizes)
    size = 1 if symbol in ("some", "every") else times * inner.size
    return Work(size, max(steps, times * inner.steps))


def _is_step(token: Any) -> bool:
    """
    Whether a token is a name, an axis or a path of these, with or without predicates.
    """
    if token.symbol in ("[", "/"):
        return all(map(_is_step, token[:1] if token.symbol == "[" else token))
    return token.symbol in _STEPS and (token.symbol != "(" or all(_is_step(each) for each in token))


def _ends_up(base: Any) -> bool:
    return base.symbol in _UP or (base.symbol == "/" and len(base) == 2 and base[1].symbol in _UP)


def _goes_down(step: Any) -> bool:
    return step.symbol not in (*_UP, ".", "self", "@", "attribute")


def _looks_further(body: Any, single: frozenset[str]) -> bool:
    """
    Whether a predicate asks of more than its node and what is below it.
    """
    return any(
        each.symbol in (*_UP, "to", *_LOOPS)
        or (each.symbol == "/" and len(each) < 2)
        or (each.symbol == "$" and each[0].value not in single and not each[0].value.startswith("fact."))
        for each in body.iter()
    )
