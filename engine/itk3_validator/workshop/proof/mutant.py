"""
One way to break a message, and the broken message made from it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from enum import Enum

from lxml import etree

from itk3_validator.fhir import Node, element_of
from itk3_validator.message import Message, parse
from itk3_validator.source import Source


class Aspect(Enum):
    """
    What a mutation is about: how many nodes there are, that they hold something, or what this verb adds.
    """

    NUMBER = "number"
    EMPTY = "empty"
    VERB = "verb"


class Copy:
    """
    A copy of a message's tree that may be changed. The twins of all nodes are known before the first change.
    """

    def __init__(self, message: Message) -> None:
        self.root: Node = deepcopy(message.root)
        self._twins = dict(zip(message.root.iter(), self.root.iter(), strict=True))

    def twin(self, node: Node) -> Node:
        """
        The element of the copy for one of the message; of an attribute or text, the element that holds it.
        """
        return self._twins[element_of(node)]

    def message(self, name: str) -> Message:
        return parse(Source(name, etree.tostring(self.root, encoding="UTF-8", xml_declaration=True)))


Edit = Callable[[Copy], None]


@dataclass(frozen=True, slots=True, eq=False)
class Break:
    """
    One way to break a message.

    Attributes:
        what: what is done, in words.

        at: the node of the message that it is done to.

        edit: how, on a copy of the message; or of the request, with *of_request*.

        facts: what is stated otherwise.

        group: of the breaks that share a group it is enough that one is noticed.

        alone: the rule may not pass it though another of its group is noticed.

        after: it matters only where a break of that group is noticed on the same message.

        known: it is one that another rule of the pack may speak of instead.

        tolerated: the rule may pass it if a test of the pack shows that this is meant.
    """

    what: str
    at: Node
    aspect: Aspect = Aspect.VERB
    edit: Edit | None = None
    of_request: bool = False
    facts: Mapping[str, str] = field(default_factory=dict)
    group: str = ""
    alone: bool = False
    after: str = ""
    known: bool = False
    tolerated: bool = False
