"""
What is told of each place in a message: the trails of all rules as one machine that follows the names of elements.

What the rules read is a tree of trails. A state is one place in the message's own tree of names, with all that is read
there; where it leads is worked out when a name is first met, and kept.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Iterable
from itertools import count
from typing import NamedTuple

from itk3_validator.checks.verb import Answer
from itk3_validator.fhir import XHTML
from itk3_validator.plan import BoundAsk
from itk3_validator.sight.reads import HEADER, OUTER, RESOURCES, Reads, zone_of
from itk3_validator.sight.tokens import NoOutline, Question, Seen, Token, Values
from itk3_validator.sight.visits import ANY, Trail

MOST_STATES = 10_000
_LONGEST_TAG = 400
_MOST_ANSWERS = 63
_HEADER: Trail = (*RESOURCES, HEADER)
_IN_XHTML = f"{{{XHTML}}}"


class Numbers:
    """
    Numbers for things that are met: the same for what is equal, and never the same for what is not.

    The last *most* things or more are known by their numbers; what was forgotten gets a new one. Threads may share it.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._next = count(1)
        self._new: dict[Hashable, int] = {}
        self._old: dict[Hashable, int] = {}

    def of(self, thing: Hashable) -> int:
        """
        The number of a thing.
        """
        number = self._new.get(thing)
        if number is None:
            if len(self._new) >= self._most:
                self._old, self._new = self._new, {}
            # Two threads that meet it at once may number it twice: then it is remembered twice.
            number = self._new.setdefault(thing, self._old.get(thing) or next(self._next))
        return number


class _Node:
    """
    One step of the trails, with what is read there.
    """

    __slots__ = (
        "alike",
        "asks",
        "attributes",
        "filled",
        "following",
        "kept",
        "linked",
        "outer",
        "reference",
        "resolved",
        "whole",
    )

    def __init__(self, *, outer: bool) -> None:
        self.outer = outer
        self.following: dict[str, _Node] = {}
        self.attributes: dict[str, set[str]] = {}
        self.asks: list[BoundAsk] = []
        self.filled = self.whole = self.alike = self.reference = self.linked = self.resolved = self.kept = False

    def at(self, trail: Trail) -> _Node:
        node = self
        for number, test in enumerate(trail, 1):
            found = node.following.get(test)
            if found is None:
                found = node.following[test] = _Node(outer=zone_of(trail[:number]) == OUTER)
            node = found
        return node


class _Told(NamedTuple):
    """
    What is told of attributes and of the FHIR value where some nodes are.

    States that have these share it, with the values that it knows: how many states there are is for senders to say.
    """

    attributes: tuple[Question, ...]
    values: Values | None


class Asked(NamedTuple):
    """
    What is asked of a value, and what of each attribute. Answers fit into 64 bits.
    """

    wrong: tuple[Callable[..., Answer], ...]
    questions: tuple[tuple[Callable[[str], bool], ...], ...]


def _asked(told: _Told) -> Asked | None:
    if any(each.whole for each in told.attributes) or (told.values is not None and told.values.whole):
        return None
    wrong = () if told.values is None else told.values.wrong
    questions = tuple(each.asked for each in told.attributes)
    number = len(wrong) + sum(1 + len(each) for each in questions)
    return Asked(wrong, questions) if number < _MOST_ANSWERS else None


class State:
    """
    One place in a message: what is told of an element there, and where its children lead (None: nowhere).

    Attributes:
        word: what says that an element is there, and nothing more of it.

        zone: where this is told if *inner*, as `States.zones` numbers it; it *opens* where an element has another one
            than its parent. If *outer* it is told in the outer zone.

        deep: something is read below.

        attributes: what is told of attributes.

        values: what is told of the FHIR value.

        asked: what is asked of a value that is there, and of each attribute, if their answers are all that is told.

        linked, resolved, kept: see `Reads`. One that is linked or resolved *refers*.

        wired: references here are seen by `wiring`; those of a *header* when it is noted. A narrative is its text.

        home: the zone that those who keep its value read, by its number as well.
    """

    __slots__ = (
        "asked",
        "attributes",
        "deep",
        "following",
        "header",
        "home",
        "inner",
        "kept",
        "linked",
        "nodes",
        "opens",
        "outer",
        "reads",
        "refers",
        "resolved",
        "trail",
        "values",
        "wired",
        "word",
        "zone",
    )

    def __init__(
        self, word: int, trail: Trail, nodes: tuple[_Node, ...], told: _Told, zone_number: Callable[[str], int]
    ) -> None:
        self.word = word
        self.trail = trail
        self.nodes = nodes
        zone = zone_of(trail)
        self.zone = zone_number(zone)
        self.outer = any(node.outer for node in nodes)
        self.inner = any(not node.outer for node in nodes)
        self.following: dict[str, State | None] = {}
        self.deep = any(node.following for node in nodes)
        self.opens = zone != zone_of(trail[:-1])
        self.attributes, self.values = told
        self.asked = _asked(told)
        self.linked = any(node.linked for node in nodes)
        self.resolved = any(node.resolved for node in nodes)
        self.refers = self.linked or self.resolved
        self.header = trail == _HEADER
        within = len(trail) > len(RESOURCES) and trail[: len(RESOURCES)] == RESOURCES and trail[3] != HEADER
        self.wired = within and not trail[-1].startswith(_IN_XHTML)
        self.kept = any(node.kept for node in nodes)
        self.home = zone_number(OUTER if any(node.kept and node.outer for node in nodes) else zone)
        self.reads = self.values is not None or bool(self.attributes) or self.refers or self.kept

    def token(self, seen: Seen) -> Token:
        """
        What is told of an element, but for what its value is the same as.

        Raises:
            NoOutline: It cannot be told.
        """
        value = None if self.values is None else self.values.token(seen)
        if not self.attributes:
            return self.word, value, self.resolved and seen.refers
        if len(self.attributes) == 1:
            return self.word, value, self.attributes[0].token(seen.attributes[0]), self.resolved and seen.refers
        answers = [each.token(found) for each, found in zip(self.attributes, seen.attributes, strict=True)]
        return (self.word, value, *answers, self.resolved and seen.refers)


class States:
    """
    The states of messages, for rules that read this. Threads may share it.

    *top* is that of the document, which holds the root element. *zones*: those of the states that were met, each where
    its number says.
    """

    def __init__(self, reads: Iterable[Reads], words: Numbers) -> None:
        top = _Node(outer=True)
        for each in reads:
            _note(each, top)
        self._words = words
        self._lock = threading.Lock()
        self._number = self._nowhere = 0
        self._told: dict[tuple[_Node, ...], _Told] = {}
        self.zones = [OUTER]
        self._zone_numbers = {OUTER: 0}
        self.top = self._state((), (top,))

    def step(self, state: State, tag: str) -> State | None:
        """
        Where an element of that name leads from a state.

        Raises:
            NoOutline: There are too many states already.
        """
        with self._lock:
            if tag in state.following:
                return state.following[tag]
            namespace = tag[: tag.index("}") + 1] if tag.startswith("{") else "{}"
            tests = (tag, f"{namespace}{ANY}", ANY)
            nodes = tuple(node.following[test] for node in state.nodes for test in tests if test in node.following)
            # Names are for the sender to choose; what is kept of them must end somewhere. Those that lead nowhere,
            # which anybody can make up, take no room from others.
            if not nodes:
                if self._nowhere < MOST_STATES and len(tag) <= _LONGEST_TAG:
                    self._nowhere += 1
                    state.following[tag] = None
                return None
            if self._number >= MOST_STATES or len(tag) > _LONGEST_TAG:
                raise NoOutline
            self._number += 1
            into = self._state((*state.trail, tag), nodes)
            state.following[tag] = into
            return into

    def _state(self, trail: Trail, nodes: tuple[_Node, ...]) -> State:
        told = self._told.get(nodes)
        if told is None:
            told = self._told[nodes] = _Told(_questions(nodes), _values(nodes))
        return State(self._words.of(("state", self._number)), trail, nodes, told, self._zone_number)

    def _zone_number(self, zone: str) -> int:
        number = self._zone_numbers.get(zone)
        if number is None:
            self.zones.append(zone)
            number = self._zone_numbers[zone] = len(self.zones) - 1
        return number


def _is_asked(ask: BoundAsk, others: Iterable[BoundAsk]) -> bool:
    return any(ask.check == other.check for other in others)


def _questions(nodes: Iterable[_Node]) -> tuple[Question, ...]:
    asked: dict[str, set[str]] = {}
    for node in nodes:
        for name, questions in node.attributes.items():
            asked.setdefault(name, set()).update(questions)
    return tuple(Question(name, asked[name]) for name in sorted(asked))


def _values(nodes: Iterable[_Node]) -> Values | None:
    asks: list[BoundAsk] = []
    for node in nodes:
        asks += [ask for ask in node.asks if not _is_asked(ask, asks)]
    filled, whole, alike, reference = (
        any(getattr(node, name) for node in nodes) for name in ("filled", "whole", "alike", "reference")
    )
    if not (asks or filled or whole or alike or reference):
        return None
    return Values(asks=tuple(asks), filled=filled, whole=whole, alike=alike, reference=reference)


def _note(reads: Reads, top: _Node) -> None:
    for trail in (*reads.visits.trails, *reads.found):
        top.at(trail)
    for (trail, name), questions in reads.visits.attributes.items():
        top.at(trail).attributes.setdefault(name, set()).update(questions)
    for trail, asks in reads.values.items():
        known = top.at(trail).asks
        # Many rules ask the same of one place.
        known += [ask for number, ask in enumerate(asks) if not _is_asked(ask, (*known, *asks[:number]))]
    for name in ("filled", "whole", "alike", "references", "linked", "resolved", "kept"):
        for trail in getattr(reads, name):
            setattr(top.at(trail), name.removesuffix("s"), True)
