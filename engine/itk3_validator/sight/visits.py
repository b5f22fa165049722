"""
The elements and attributes that an XPath may visit, and what it tells apart of them: read from its text alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple, TypeAlias

from itk3_validator.xpath.grammar import parse
from itk3_validator.xpath.problems import XPathInvalid
from itk3_validator.xpath.tree import (
    Call,
    Expr,
    Filter,
    Group,
    Negation,
    Number,
    Operation,
    Path,
    Step,
    Union,
    Variable,
)

_DEEPEST = 100
# A name in Clark notation, ``{namespace}*`` or ``*``.
Test: TypeAlias = str
# From the document down: () is the document itself, what comes first is the root element.
Trail: TypeAlias = tuple[Test, ...]
ANY = "*"
# The whole value counts.
WHOLE = ""
# What stands for the value of the attribute in a question about it.
VALUE = "value"

_COMPARES = frozenset({"=", "!=", "<", "<=", ">", ">="})
_CONDITIONS = frozenset({"boolean", "not"})
# What asks of nodes no more than how many there are, and what they are called.
_BLIND = frozenset({"count", "local-name", "namespace-uri"})
_OF_ALL = _BLIND | {"sum"}
_OF_PLACE = frozenset({"last", "position"})
_CONSTANT = frozenset({"true", "false"})
_ARITHMETIC = frozenset({"+", "-", "*", "div", "mod"})
_NUMBERS = _OF_PLACE | {"ceiling", "count", "floor", "number", "round", "string-length", "sum"}
# What reads its arguments as texts or numbers.
_READS = frozenset(
    {
        "ceiling",
        "concat",
        "contains",
        "floor",
        "normalize-space",
        "number",
        "round",
        "starts-with",
        "string",
        "string-length",
        "substring",
        "substring-after",
        "substring-before",
        "sum",
        "translate",
    }
)


class OutOfSight(Exception):
    """
    What an XPath visits cannot be told from its text, or goes beyond elements and attributes.
    """


class Spot(NamedTuple):
    """
    Where a visit ends: at elements, or at an attribute of them.
    """

    trail: Trail
    attribute: str | None = None


class Visits:
    """
    What XPaths visit, as far as they were followed.

    Attributes:
        trails: every element that is passed or found.

        attributes: what is asked of an attribute: XPaths that are true or false for its `VALUE`, or `WHOLE`. Where
            nothing is asked it counts only whether it is there.

        chosen: elements that have to meet a condition for what is found at or below them, or to hold what a path comes
            back from.

        placed: elements for which it counts where they stand among others.

        joined: places of which the elements are put into one order.

        ends: elements at which a path ends, wherever it stands in an XPath: whether they are there, and how many.
    """

    def __init__(self) -> None:
        self.trails: set[Trail] = set()
        self.attributes: dict[tuple[Trail, str], set[str]] = {}
        self.chosen: set[Trail] = set()
        self.placed: set[Trail] = set()
        self.joined: set[frozenset[Trail]] = set()
        self.ends: set[Trail] = set()

    def asks(self, trail: Trail, attribute: str, question: str) -> None:
        """
        Note what is asked of an attribute.
        """
        self.attributes.setdefault((trail, attribute), set()).add(question)

    def follow(
        self,
        text: str,
        namespaces: Mapping[str, str],
        here: Iterable[Trail] = (),
        resources: Iterable[Trail] = (),
    ) -> list[Spot]:
        """
        Follow an XPath 1.0 expression with all names written out, and tell where it ends.

        Args:
            here: where relative paths begin.

            resources: where the resources may be that a variable stands for; none says that this cannot be told.

        Raises:
            OutOfSight: Something in it cannot be followed.
        """
        try:
            tree = parse(text, deepest=_DEEPEST)
        except XPathInvalid as error:
            raise OutOfSight from error
        follower = _Follower(self, text, namespaces, tuple(Spot(each) for each in resources))
        return follower.nodes(tree, [Spot(each) for each in here])


class _Follower:
    def __init__(self, visits: Visits, text: str, namespaces: Mapping[str, str], resources: tuple[Spot, ...]) -> None:
        self._visits = visits
        self._resources = resources
        self._text = text
        self._namespaces = namespaces

    def nodes(self, tree: Expr, here: list[Spot]) -> list[Spot]:
        """
        Where the nodes are that an expression yields; none where it yields a value.
        """
        match tree:
            case Path(absolute=absolute, base=base, steps=steps):
                found = [Spot(())] if absolute else here if base is None else self.nodes(base, here)
                for step in steps:
                    found = self._step(step, found)
                self._visits.ends.update(spot.trail for spot in found)
                return found
            case Filter(base=base, predicates=predicates):
                found = self.nodes(base, here)
                # What is first of all that is found does not depend on what they stand in.
                self._predicates(predicates, found)
                return found
            case Group(inner=inner):
                return self.nodes(inner, here)
            case Union(paths=paths):
                return self._joined(paths, here)
            case Variable(name=name) if not name.startswith("fact."):
                if not self._resources:
                    raise OutOfSight
                return list(self._resources)
            case Call(name=name) if name in _CONDITIONS:
                self._condition(tree, here)
            case Call(name=name, arguments=arguments):
                self._call(name, arguments, here)
            case Negation(operand=operand):
                self._reads(operand, here)
            case Operation(operators=operators, operands=operands):
                if {"and", "or"}.issuperset(operators):
                    self._condition(tree, here)
                else:
                    for operand in operands:
                        self._reads(operand, here)
        return []

    def _joined(self, paths: tuple[Expr, ...], here: list[Spot]) -> list[Spot]:
        spots = dict.fromkeys(spot for path in paths for spot in self.nodes(path, here))
        if len({spot.attribute for spot in spots} - {None}) > 1:
            # Which attribute of an element comes first is for the sender to choose, and not seen.
            raise OutOfSight
        self._visits.joined.add(frozenset(spot.trail for spot in spots))
        return list(spots)

    def _condition(self, tree: Expr, here: list[Spot]) -> None:
        """
        An expression of which it counts only whether it is true.
        """
        match tree:
            case Group(inner=inner):
                self._condition(inner, here)
            case Call(name=name, arguments=arguments) if name in _CONDITIONS:
                for argument in arguments:
                    self._condition(argument, here)
            case Operation(operators=operators, operands=operands) if {"and", "or"}.issuperset(operators):
                for operand in operands:
                    self._condition(operand, here)
            case Operation(operators=(operator,)) if operator in _COMPARES:
                self._question(tree, here)
            case Call(name=name) if name in _READS:
                self._question(tree, here)
            case _:
                self.nodes(tree, here)

    def _question(self, tree: Expr, here: list[Spot]) -> None:
        """
        A comparison or a function. Where it looks at one attribute, its answer is all that counts of the value.
        """
        read = list(_paths(tree))
        alone = len({self._text[path.start : path.end] for path in read}) == 1
        # Of several nodes each may be the one that is compared; of two paths to them, each with each.
        if not alone or (len(read) > 1 and not _is_of_context(read[0])):
            self.nodes(tree, here)
            return
        spots = self.nodes(read[0], here)
        if any(spot.attribute is None for spot in spots):
            raise OutOfSight
        pieces, done = [], tree.start
        for path in read:
            pieces += [self._text[done : path.start], f"${VALUE}"]
            done = path.end
        question = f"boolean({''.join(pieces)}{self._text[done : tree.end]})"
        for trail, attribute in spots:
            self._visits.asks(trail, attribute or "", question)

    def _reads(self, tree: Expr, here: list[Spot]) -> None:
        """
        An expression whose nodes are read as text. The text of an element is none of its FHIR value.
        """
        for trail, attribute in self.nodes(tree, here):
            if attribute is None:
                raise OutOfSight
            self._visits.asks(trail, attribute, WHOLE)

    def _call(self, name: str, arguments: tuple[Expr, ...], here: list[Spot]) -> None:
        if name in _BLIND:
            for argument in arguments:
                self.nodes(argument, here)
        elif name in _READS and arguments:
            for argument in arguments:
                self._reads(argument, here)
        elif name not in _OF_PLACE and name not in _CONSTANT:
            raise OutOfSight

    def _step(self, step: Step, found: list[Spot]) -> list[Spot]:
        if step.separator == "//":
            raise OutOfSight
        ends = list(dict.fromkeys(self._end(step, spot) for spot in found))
        for trail, attribute in ends:
            self._visits.trails.add(trail)
            if attribute is not None:
                self._visits.attributes.setdefault((trail, attribute), set())
        self._predicates(step.predicates, ends)
        if any(map(self._counts, step.predicates)):
            self._visits.placed.update(spot.trail for spot in ends)
        return ends

    def _end(self, step: Step, spot: Spot) -> Spot:
        trail = spot.trail
        match step.axis, spot.attribute:
            case "child", None:
                return Spot((*trail, self._test(step)))
            case "attribute", None if step.is_name:
                return Spot(trail, self._test(step))
            case "self", None:
                # What an element is called is told with every element that is visited.
                return spot
            case "parent", None if trail and step.test == "node()":
                self._visits.chosen.add(trail[:-1])
                return Spot(trail[:-1])
        raise OutOfSight

    def _test(self, step: Step) -> Test:
        if step.test == ANY:
            return ANY
        if step.test.endswith(")"):
            # Texts, comments: nothing of FHIR.
            raise OutOfSight
        prefix, _, name = step.test.rpartition(":")
        if not prefix:
            return name
        if prefix not in self._namespaces:
            raise OutOfSight
        return f"{{{self._namespaces[prefix]}}}{name}"

    def _predicates(self, predicates: tuple[Expr, ...], spots: list[Spot]) -> None:
        for predicate in predicates:
            if _is_number(predicate):
                # It is compared with the position.
                self.nodes(predicate, spots)
            else:
                self._condition(predicate, spots)
            self._visits.chosen.update(spot.trail for spot in spots)

    def _counts(self, predicate: Expr) -> bool:
        """
        Whether a predicate may ask where an element stands among its siblings.
        """
        text = self._text[predicate.start : predicate.end]
        return _is_number(predicate) or any(name in text for name in _OF_PLACE)


def _is_number(tree: Expr) -> bool:
    match tree:
        case Group(inner=inner):
            return _is_number(inner)
        case Number() | Negation():
            return True
        case Operation(operators=operators):
            return _ARITHMETIC.issuperset(operators)
        case Call(name=name):
            return name in _NUMBERS
    return False


def _paths(tree: Expr) -> Iterator[Expr]:
    """
    The paths in an expression, from left to right; not those inside them.
    """
    match tree:
        case Path() | Union() | Filter() | Variable():
            yield tree
        case Group(inner=inner) | Negation(operand=inner):
            yield from _paths(inner)
        case Call(name=name, arguments=arguments):
            if name in _OF_PLACE or name in _OF_ALL or (not arguments and name not in _CONSTANT):
                # It looks at the context, or at more of its argument than the value of one node.
                yield tree
            for argument in arguments:
                yield from _paths(argument)
        case Operation(operands=operands):
            for operand in operands:
                yield from _paths(operand)


def _is_of_context(tree: Expr) -> bool:
    """
    Whether a path finds one node at most: an attribute of the context.
    """
    match tree:
        case Path(absolute=False, base=None, steps=(Step(axis="attribute", is_name=True, predicates=()),)):
            return True
    return False
