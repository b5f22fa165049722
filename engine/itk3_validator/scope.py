"""
One message while it is judged: its nodes by place, each looked up once, and what the caller stated.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from lxml import etree

from itk3_validator.checks.verb import Unknown, Wrong
from itk3_validator.fhir import Node, element_of
from itk3_validator.finding import Outcome
from itk3_validator.judgement import Fault, Judgement
from itk3_validator.message import Message
from itk3_validator.pack.model import Fact
from itk3_validator.plan import Bound, BoundAsk, BoundChecks, Follow, Query
from itk3_validator.references import resolve


class Scope:
    """
    What the checks of one rule see of one message.

    *context* is the node that ``./`` is relative to. Scopes made by ``at`` share what was looked up and judged.

    *asked* holds what checks said that are asked once of a message, each by whether any value is enough.
    """

    __slots__ = (
        "_judged",
        "_known",
        "_request_known",
        "asked",
        "context",
        "declared",
        "facts",
        "judge_checks",
        "message",
        "request",
    )

    def __init__(
        self,
        message: Message,
        *,
        declared: Mapping[str, Fact],
        facts: Mapping[str, str],
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
        self._judged: dict[tuple[BoundChecks, Node], Unknown | tuple[Wrong, ...] | None] = {}
        self._known: dict[Query | Follow, list[Node]] = {}
        self._request_known: dict[Query | Follow, list[Node]] = {}

    def at(self, context: Node) -> Scope:
        """
        The same message, seen from another node.
        """
        if context is self.context:
            return self
        scope = Scope.__new__(Scope)
        for name in Scope.__slots__:
            setattr(scope, name, getattr(self, name))
        scope.context = context
        return scope

    def nodes(self, place: Bound) -> Sequence[Node] | Unknown:
        """
        The nodes at a place, in the order of the document; unknown when it is the request's and there is none.
        """
        if place.target.relative:
            return self._nodes(self.evaluate(place.query, self.context, {}))
        if not place.target.of_request:
            return self._once(place.query, self.message, self._known)
        if isinstance(self.request, Unknown):
            return self.request
        return self._once(place.query, self.request, self._request_known)

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
        if key not in self._judged:
            self._judged[key] = self._judge(checks, context)
        return self._judged[key]

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
        return query.find(context, **variables, **self._resources(query, self.message, self._known))

    def everywhere(self, query: Query) -> Sequence[Node]:
        """
        What an XPath that begins at the document finds; looked up once.
        """
        return self._once(query, self.message, self._known)

    def nearest(self, query: Query, shorter: Iterable[etree.XPath]) -> Node:
        """
        The nearest existing ancestor of what a query does not find: the first node of the first path that has one.
        """
        resources = self._resources(query, self.message, self._known)
        for find in shorter:
            nodes = self._nodes(find(self.context, **resources))
            if nodes:
                return element_of(nodes[0])
        if not query.follows:
            return self.context
        # Where it begins at several resources, the first of them is as good as the others.
        references = query.follows[0].references
        found = self._once(references, self.message, self._known)
        return element_of(found[0]) if found else self.nearest(references, references.shorter())

    def _once(self, query: Query, message: Message, known: dict[Query | Follow, list[Node]]) -> list[Node]:
        found = known.get(query)
        if found is None:
            found = self._nodes(query.find(message.root, **self._resources(query, message, known)))
            known[query] = found
        return found

    def _resources(
        self, query: Query, message: Message, known: dict[Query | Follow, list[Node]]
    ) -> dict[str, list[Node]]:
        for follow in query.follows:
            if follow not in known:
                references = self._once(follow.references, message, known)
                # References of one name share their targets, which may be many: these are gone through once.
                found = {id(targets): targets for targets in (resolve(message, node).targets for node in references)}
                known[follow] = list(dict.fromkeys(target for targets in found.values() for target in targets))
        return {follow.name: known[follow] for follow in query.follows}

    @staticmethod
    def _nodes(found: Any) -> list[Node]:
        return found if isinstance(found, list) else []


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
