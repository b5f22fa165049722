"""
How much work a pattern can be made to do: an upper bound of the steps of a backtracking matcher.

*Ways* is in how many ways a part can match from one place and still have a chance to go on. A repetition which stops
at a character that it does not hold itself has one way: giving characters back leads nowhere and shows it at once.
One which could also match what follows it has as many ways as it can repeat. Steps of a sequence are, for every part,
its own steps times the ways of all the parts before it.
"""

from __future__ import annotations

from collections.abc import Iterable

from itk3_validator.checks import charset
from itk3_validator.checks.charset import CharSet
from itk3_validator.checks.pattern_limits import MAX_VALUE
from itk3_validator.checks.pattern_syntax import Chars, Choice, Node, PatternRefused, Repeat
from itk3_validator.value import Row

MAX_STEPS = 5_000_000
MAX_UNBOUNDED = 10


class Cost(Row):
    """
    What one part can begin with, whether it can be empty, its ways, its steps and how many sets it holds.
    """

    first: CharSet
    nullable: bool
    ways: int
    steps: int
    size: int


def check_cost(tree: Choice) -> None:
    """
    Say nothing when a value of ``MAX_VALUE`` code points takes at most ``MAX_STEPS`` steps.

    Raises:
        PatternRefused: At the quantifier or the group that is to blame.
    """
    endless = _endless(tree)
    if len(endless) > MAX_UNBOUNDED:
        offset = sorted(endless)[MAX_UNBOUNDED]
        what = f"there are more than {MAX_UNBOUNDED} quantifiers without an end"
        raise PatternRefused(offset, what, "give some of them an end, as in {1,20}")
    cost = _cost(tree, charset.END)
    if cost.steps > MAX_STEPS:
        raise _too_slow(tree.offset)  # the branches together


def _endless(node: Node) -> list[int]:
    if isinstance(node, Repeat):
        return [*([node.offset] if node.most is None else []), *_endless(node.body)]
    if isinstance(node, Choice):
        return [offset for branch in node.branches for each in branch for offset in _endless(each)]
    return []


def _cost(node: Node, follow: CharSet) -> Cost:
    if isinstance(node, Chars):
        return Cost(node.chars, nullable=False, ways=1, steps=1, size=1)
    if isinstance(node, Repeat):
        return _repeat(node, follow)
    return _choice(node, follow)


def _choice(node: Choice, follow: CharSet) -> Cost:
    costs = [_sequence(branch, follow) for branch in node.branches]
    seen: CharSet = ()
    apart = True
    for each in costs:
        begins = charset.union(each.first, follow) if each.nullable else each.first
        apart = apart and not charset.overlap(seen, begins)
        seen = charset.union(seen, begins)
    return Cost(
        charset.union(*(each.first for each in costs)),
        any(each.nullable for each in costs),
        _capped(max(each.ways for each in costs) if apart else sum(each.ways for each in costs)),
        _capped(sum(each.steps for each in costs)),
        sum(each.size for each in costs),
    )


def _sequence(nodes: tuple[Node, ...], follow: CharSet) -> Cost:
    costs: list[Cost] = []
    for node in reversed(nodes):
        cost = _cost(node, follow)
        costs.append(cost)
        follow = charset.union(cost.first, follow) if cost.nullable else cost.first
    costs.reverse()
    ways, steps = 1, 0
    for index, cost in enumerate(costs):
        steps += ways * cost.steps
        ways *= cost.ways
        if max(steps, ways) > MAX_STEPS:
            blamed = max(range(index + 1), key=lambda each: costs[each].ways)
            offset = nodes[blamed].offset
            raise _goes_back(offset) if costs[blamed].ways > 1 else _too_slow(offset)
    first, nullable = _begin((each.first, each.nullable) for each in costs)
    return Cost(first, nullable, ways, steps, sum(each.size for each in costs))


def _first(node: Node) -> tuple[CharSet, bool]:
    if isinstance(node, Chars):
        return node.chars, False
    if isinstance(node, Repeat):
        chars, nullable = _first(node.body)
        return chars, nullable or node.least == 0
    begins = [_begin(_first(each) for each in branch) for branch in node.branches]
    return charset.union(*(chars for chars, _ in begins)), any(nullable for _, nullable in begins)


def _begin(parts: Iterable[tuple[CharSet, bool]]) -> tuple[CharSet, bool]:
    heads: list[CharSet] = []
    for chars, nullable in parts:
        heads.append(chars)
        if not nullable:
            return charset.union(*heads), False
    return charset.union(*heads), True


def _repeat(node: Repeat, follow: CharSet) -> Cost:
    again = node.most != 1
    if again and _endless(node.body):
        raise PatternRefused(
            node.offset,
            "this repeats a group in which something is already repeated without an end",
            "give the inner quantifier an end, as in {1,20}",
        )
    body = _cost(node.body, charset.union(_first(node.body)[0], follow) if again else follow)
    if again and body.nullable:
        what = "this repeats something that can be empty"
        raise PatternRefused(node.offset, what, "make it match one character at least")
    nullable = node.least == 0 or body.nullable
    if node.most is None and body.first == charset.ANY and body.size == 1 and follow == charset.END:
        # `.*` at the end cannot fail, so it is run once, whatever stands before it.
        return Cost(body.first, nullable, 1, node.least + 1, 1)
    exits_by_itself = node.least == node.most or not charset.overlap(body.first, follow)
    most = MAX_VALUE if node.most is None else node.most
    if body.ways > 1 and again:
        return _ambiguous(node, body, most)
    turns = 1 if exits_by_itself and not (body.nullable and not node.least) else most - node.least + 1
    return Cost(
        body.first, nullable, _capped(body.ways * turns), min(body.steps * most, body.size * MAX_VALUE), body.size
    )


def _ambiguous(node: Repeat, body: Cost, most: int) -> Cost:
    paths = 1
    steps = 0
    for _ in range(most):
        steps += paths * body.steps
        paths *= body.ways
        if max(steps, paths) > MAX_STEPS:
            raise PatternRefused(
                node.offset,
                "this repeats a group that can match the same text in more than one way",
                "let the choices in it begin with different characters",
            )
    return Cost(body.first, node.least == 0, _capped(paths * 2), steps, body.size)


def _too_slow(offset: int) -> PatternRefused:
    return PatternRefused(
        offset, "a long value would take too long here", "repeat less, as in {1,20}, or leave parts out"
    )


def _goes_back(offset: int) -> PatternRefused:
    return PatternRefused(
        offset,
        "this can also match what follows it, so a long value would take too long",
        "let what follows begin with a character that this does not hold, or give it a smaller end, as in {1,20}",
    )


def _capped(number: int) -> int:
    return min(number, MAX_STEPS + 1)
