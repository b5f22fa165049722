"""
A path followed step by step through a message: how many nodes each step finds, and where it stops.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from itk3_validator.fhir import Node
from itk3_validator.query import Follow, Query
from itk3_validator.scope import Scope
from itk3_validator.xpath.grammar import parse
from itk3_validator.xpath.tree import Expr, Filter, Group, Path, Step, Union, Variable

# Texts whose selectors are replaced are longer and deeper than what people may write.
_DEEPEST = 100

Part: TypeAlias = Step | Expr


@dataclass(frozen=True, slots=True)
class Stage:
    """
    A path up to one of its steps or predicates.

    *text* is the whole path up to here, *piece* what this stage adds to it. *part* is the step (its predicates are
    stages of their own), the predicate, or the variable; *is_predicate* tells a predicate from a step.
    """

    text: str
    piece: str
    part: Part
    is_predicate: bool = False


@dataclass(frozen=True, slots=True)
class Reached:
    """
    A stage, and the nodes that it finds.
    """

    stage: Stage
    nodes: Sequence[Node]


@dataclass(frozen=True, slots=True)
class Trace:
    """
    The stages that find something, and the first that finds nothing. *within* are the nodes that it was asked of;
    nothing when it begins at the document.
    """

    reached: tuple[Reached, ...]
    stopped: Stage | None
    within: Sequence[Node]


@dataclass(frozen=True, slots=True)
class Tracing:
    """
    What is needed to follow the parts of one query on one message.
    """

    scope: Scope
    query: Query

    @property
    def follows(self) -> dict[str, Follow]:
        return {each.name: each for each in self.query.follows}

    def find(self, text: str, within: Sequence[Node]) -> list[Node]:
        """
        The nodes that a path finds from each of *within*, each once; from the root where there are none.
        """
        found: dict[Node, None] = {}
        query = Query(text, self.query.namespaces, self.query.follows)
        for context in within or [self.scope.message.root]:
            answer = self.scope.evaluate(query, context, {})
            found.update(dict.fromkeys(answer if isinstance(answer, list) else []))
        return list(found)

    def holds(self, text: str, node: Node) -> bool:
        """
        Whether an expression is true of a node.
        """
        query = Query(f"boolean({text})", self.query.namespaces, self.query.follows)
        return bool(self.scope.evaluate(query, node, {}))

    def trace(self, text: str, within: Sequence[Node] = ()) -> Trace:
        """
        Follow a path as far as it finds something. Of paths joined by ``|`` the first is followed.
        """
        reached: list[Reached] = []
        for stage in stages(text):
            nodes = self.find(stage.text, within)
            before = reached[-1].nodes if reached else within
            if not nodes:
                return Trace(tuple(reached), stage, before)
            reached.append(Reached(stage, nodes))
        return Trace(tuple(reached), None, ())


def stages(text: str) -> tuple[Stage, ...]:
    """
    The stages of a location path, shortest first; none for a value.

    Raises:
        XPathInvalid: *text* is no XPath.
    """
    return tuple(_stages(parse(text, deepest=_DEEPEST), text))


def _stages(tree: Expr, text: str) -> Iterator[Stage]:
    match tree:
        case Path():
            if tree.base is not None:
                yield from _stages(tree.base, text)
            for step in tree.steps:
                end = _opens(step.predicates[0], text) if step.predicates else step.end
                yield Stage(text[tree.start : end].rstrip(), text[step.slashes : end].strip(), step)
                yield from _predicates(tree.start, step.predicates, text)
        case Filter():
            yield from _stages(tree.base, text)
            yield from _predicates(tree.start, tree.predicates, text)
        case Group():
            yield from _stages(tree.inner, text)
        case Union(paths=(first, *_)):
            yield from _stages(first, text)
        case Variable():
            yield Stage(text[tree.start : tree.end], text[tree.start : tree.end], tree)


def _predicates(start: int, predicates: Sequence[Any], text: str) -> Iterator[Stage]:
    for each in predicates:
        end = text.index("]", each.end) + 1
        yield Stage(text[start:end], text[_opens(each, text) : end], each, is_predicate=True)


def _opens(predicate: Expr, text: str) -> int:
    """
    Where the bracket of a predicate stands.
    """
    return text.rindex("[", 0, predicate.start)
