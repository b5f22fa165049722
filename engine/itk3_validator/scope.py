"""
One message while it is judged: its nodes by place, each looked up once, and what the caller stated.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from lxml import etree

from itk3_validator.checks.verb import Unknown, Wrong
from itk3_validator.fhir import Node, element_of
from itk3_validator.finding import Outcome
from itk3_validator.judgement import Fault, Judgement
from itk3_validator.message import Message
from itk3_validator.nodes import Nodes
from itk3_validator.pack.model import Fact
from itk3_validator.plan import Bound, BoundAsk, BoundChecks
from itk3_validator.query import Query


class Scope:
    """
    What the checks of one rule see of one message.

    *context* is the node that ``./`` is relative to. Scopes made by ``at`` share what was looked up and judged.

    *asked* holds what checks said that are asked once of a message, each by whether any value is enough; *held*
    whether the conditions of rules hold; *ancestors* the nearest one at the end of a path. *judges* are what rules were
    made into: they are kept with the plan.
    """

    __slots__ = (
        "ancestors",
        "asked",
        "context",
        "declared",
        "facts",
        "found",
        "held",
        "judge_checks",
        "judged",
        "judges",
        "message",
        "nodes_of_request",
        "request",
    )

    def __init__(
        self,
        message: Message,
        nodes: Nodes,
        judges: dict[Any, Callable[[Scope], Judgement]],
        *,
        declared: Mapping[str, Fact],
        facts: Mapping[str, str | Unknown],
        request: Message | Unknown,
        judge_checks: Any,
    ) -> None:
        self.message = message
        self.declared = declared
        self.facts = facts
        self.request = request
        self.judge_checks = judge_checks
        self.context: Node = message.root
        self.asked: dict[tuple[BoundAsk, bool], Judgement] = {}
        self.held: dict[BoundChecks, Judgement] = {}
        self.judged: dict[tuple[BoundChecks, Node], Unknown | tuple[Wrong, ...] | None] = {}
        self.ancestors: dict[tuple[etree.XPath, Node], Node] = {}
        self.found = nodes
        self.judges = judges
        self.nodes_of_request = request if isinstance(request, Unknown) else Nodes(request)

    def at(self, context: Node) -> Scope:
        """
        The same message, seen from another node.
        """
        if context is self.context:
            return self
        scope = Scope.__new__(Scope)
        scope.context = context
        scope.message = self.message
        scope.declared = self.declared
        scope.facts = self.facts
        scope.request = self.request
        scope.judge_checks = self.judge_checks
        scope.asked = self.asked
        scope.held = self.held
        scope.judged = self.judged
        scope.judges = self.judges
        scope.ancestors = self.ancestors
        scope.found = self.found
        scope.nodes_of_request = self.nodes_of_request
        return scope

    def nodes(self, place: Bound) -> Sequence[Node] | Unknown:
        """
        The nodes at a place, in the order of the document; unknown when it is the request's and there is none.
        """
        if place.plain:
            return self.found[place.query]
        if place.target.relative:
            nodes = self.evaluate(place.query, self.context, {})
            return nodes if isinstance(nodes, list) else []
        found = self.nodes_of_request
        return found if isinstance(found, Unknown) else found[place.query]

    def fact(self, name: str) -> str | Unknown:
        """
        What the caller stated, or what the pack says of its silence.
        """
        if name in self.facts:
            return self.facts[name]
        fact = self.declared[name]
        choices = f" ({' or '.join(fact.values)})" if fact.values else ""
        return Unknown(fact.unstated, f"state the fact '{name}'{choices} to decide this")

    def judge(self, checks: BoundChecks, context: Node) -> Unknown | tuple[Wrong, ...] | None:
        """
        Checks on the resource that a reference points to; once, however many references do.
        """
        key = checks, context
        if key not in self.judged:
            self.judged[key] = self._judge(checks, context)
        return self.judged[key]

    def _judge(self, checks: BoundChecks, context: Node) -> Unknown | tuple[Wrong, ...] | None:
        judged: Judgement = self.judge_checks(checks, self.at(context))
        if judged.outcome is Outcome.FAIL:
            return tuple(_of_target(fault, context) for fault in judged.faults)
        if judged.outcome in (Outcome.PASS, Outcome.NOT_APPLICABLE):
            return None
        return Unknown(judged.outcome, judged.why)

    def evaluate(self, query: Query, context: Node, variables: Mapping[str, Any]) -> Any:
        """
        What an XPath yields at *context*; the resources that it begins at are looked up first.
        """
        if not query.follows:
            return query.find(context, **variables)
        return query.find(context, **variables, **self.found.resources(query))

    def everywhere(self, query: Query) -> Sequence[Node]:
        """
        What an XPath that begins at the document finds; looked up once.
        """
        return self.found[query]

    def nearest(self, query: Query) -> Node:
        """
        The nearest existing ancestor of what a query does not find: the first node of the first shorter path that has
        one.
        """
        if not query.follows:
            return self._nearest(query)
        resources = self.found.resources(query)
        for find in query.shorter():
            nodes = find(self.context, **resources)
            if nodes and isinstance(nodes, list):
                return element_of(nodes[0])
        # Where it begins at several resources, the first of them is as good as the others.
        references = query.follows[0].references
        found = self.found[references]
        return element_of(found[0]) if found else self.nearest(references)

    def _nearest(self, query: Query) -> Node:
        """
        The same of a path that begins at no resource. Where a header is missing, many paths come down to the same one.
        """
        node, passed = self.context, []
        for find in query.shorter():
            key = find, self.context
            if key in self.ancestors:
                node = self.ancestors[key]
                break
            passed.append(key)
            nodes = find(self.context)
            if nodes and isinstance(nodes, list):
                node = element_of(nodes[0])
                break
        self.ancestors.update(dict.fromkeys(passed, node))
        return node


def _of_target(fault: Fault, resource: Node) -> Wrong:
    """
    A fault of a resource, as it is told of the reference to it.
    """
    bound, wrong = fault.ask.bound, fault.wrong
    said = f"whose {bound.target.label} {wrong.says}" if bound is not None else "of which this is not true"
    hidden = bound is None or not bound.target.safe
    here = fault.node is not None and not (bound is not None and bound.target.of_request)
    return Wrong(
        says=f"refers to a resource {said}",
        expected=wrong.expected,
        found=wrong.found,
        at=fault.node if here else resource,
        private=wrong.private,
        hidden=hidden or wrong.hidden,
    )
