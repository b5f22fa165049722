"""
Places of a pack found in a message, as the rules of that pack would find them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from itk3_validator import xpath
from itk3_validator.checks.ask import Ask, Target
from itk3_validator.checks.verb import Unknown
from itk3_validator.evaluate import NO_REQUEST, scope_of
from itk3_validator.fhir import Node
from itk3_validator.message import Message
from itk3_validator.pack.model import Rule, RulePack
from itk3_validator.plan import Bound, BoundAsk, Plan, compile_pack
from itk3_validator.query import Query
from itk3_validator.value import replace


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """
    A place with its selectors written out; those that follow references stay as ``$name``.
    """

    plan: Plan
    bound: Bound

    @property
    def xpath(self) -> str:
        return self.bound.query.text

    @property
    def written(self) -> str:
        return self.bound.target.written

    def find(self, message: Message) -> Sequence[Node]:
        """
        The nodes there, in the order of the document; a relative path begins at the root element.
        """
        scope = scope_of(self.plan, message, facts={}, request=NO_REQUEST)
        nodes = scope.nodes(self.bound)
        return () if isinstance(nodes, Unknown) else nodes

    def find_shorter(self, message: Message, text: str) -> Sequence[Node]:
        """
        The nodes at one of the ``xpath.shorter`` paths of this place.
        """
        scope = scope_of(self.plan, message, facts={}, request=NO_REQUEST)
        query = self.bound.query
        found = scope.evaluate(Query(text, query.namespaces, query.follows), message.root, {})
        return found if isinstance(found, list) else ()


def place_of_pack(pack: RulePack, written: str) -> Place:
    """
    A place by its XPath; selectors of the pack stand in it as ``$name``. The XPath is one that loading has accepted.
    """
    expression = xpath.read(written, prefixes=pack.namespaces, variables=pack.selectors)
    label = written.removeprefix("$") if written.startswith("$") else xpath.last_name(written)
    target = Target(written, written, label, relative=expression.start == "context")
    rule = Rule("place", pack.name, "", "MUST", (), (), {}, None, (Ask(target, "present", options=True),))
    plan = compile_pack(replace(pack, rules=(rule,), interactions={}))
    ask = plan.rules[0].check[0]
    assert isinstance(ask, BoundAsk)  # noqa: S101 - it was made four lines above
    assert ask.bound is not None  # noqa: S101
    return Place(plan, ask.bound)
