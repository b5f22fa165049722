"""
One walk through a message, along what the rules read: its outline.

*The outline of a message* is a row of tokens for each zone: which elements are there that some rule reads, in their
order and nesting, and of each value as much as the rules can tell apart. A value that only has to be a boolean is a
token for "it is one"; a fullUrl is the number of the first value that is the same. So the outlines of two messages are
the same when every rule that reads these zones has the same outcome on both, though no id, name or date is.

*How it is made.* What the rules read is a tree of trails. The walk goes down the message and that tree together, and
leaves out what no trail leads to. A state is one place in the message's own tree of names; where it leads is worked out
when a name is first met, and kept.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple, TypeAlias

from lxml import etree

from itk3_validator.attachments import MARK
from itk3_validator.checks.presence import emptiness
from itk3_validator.checks.verb import Answer, Unknown
from itk3_validator.fhir import FHIR, XHTML, Node, children
from itk3_validator.finding import Outcome
from itk3_validator.message import Message, short_value_of
from itk3_validator.plan import BoundAsk
from itk3_validator.sight.reads import HEADER, OUTER, RESOURCES, Reads, zone_of
from itk3_validator.sight.visits import ANY, WHOLE, Trail
from itk3_validator.sight.wiring import Wired, wiring

Token: TypeAlias = Any
_Check: TypeAlias = Callable[[str | None, str | None, None], Answer]


class Outline(NamedTuple):
    """
    What the rules see of a message: of each zone the number of what is seen there.

    *refers*: every reference that a rule follows is the fullUrl of an entry, or of none: `urn:uuid:` and nothing else.
    Then it counts only which fullUrl is the same; else the outline does not tell what the reference points to.
    *wired*: where all other references lead, if to resources of the message.
    """

    zones: Mapping[str, int]
    refers: bool
    wired: Wired | None

    def key(self, zones: tuple[str, ...]) -> Token:
        """
        What is seen in some of the zones.
        """
        if len(zones) == 1:
            return self.zones.get(zones[0], 0)
        return tuple([self.zones.get(zone, 0) for zone in zones])


MOST_STATES = 10_000
_MOST_TOKENS = 4_000
_MOST_NUMBERS = 2_048
_MOST_KNOWN = 512
_LONGEST_KNOWN = 200
_BORROWED = "of a reference in it"
_URN = "urn:uuid:"
_IN_FHIR, _IN_XHTML = f"{{{FHIR}}}", f"{{{XHTML}}}"
# The elements whose values are told by where they lead.
REFERENCES = tuple(f"{_IN_FHIR}{name}" for name in ("reference", "fullUrl"))
_REFERENCE = REFERENCES[0]
_HEADER = (*RESOURCES, HEADER)


class NoOutline(Exception):
    """
    The message has more, or other things, than an outline is made for.
    """


class _Question:
    """
    What is told apart of one attribute: answers of XPaths about its value, or the value itself.
    """

    __slots__ = ("_asked", "_known", "name", "whole")

    def __init__(self, name: str, asked: Iterable[str]) -> None:
        questions = sorted(asked)
        self.name = name
        self.whole = WHOLE in questions
        self._asked = () if self.whole else tuple(map(_answerer, questions))
        self._known: dict[str, Token] = {}

    def token(self, value: str | None) -> Token:
        if value is None:
            return value
        if self.whole:
            return whole(value)
        known = self._known.get(value)
        return self._ask(value) if known is None else known

    def _ask(self, value: str) -> Token:
        if MARK in value:
            raise NoOutline
        answers = tuple([ask(value) for ask in self._asked])
        if len(value) <= _LONGEST_KNOWN:
            _keep(self._known, value, answers)
        return answers


_NOTHING = etree.Element("nothing")
_COMPARED = re.compile(r"boolean\(\$value\s*(!?=)\s*(?:'([^']*)'|\"([^\"]*)\")\)")
_BEGINS = re.compile(r"boolean\(starts-with\(\$value,\s*(?:'([^']*)'|\"([^\"]*)\")\)\)")


def _answerer(question: str) -> Callable[[str], bool]:
    """
    What answers a question about a value. lxml takes 3 us for one, so the plainest are answered here.
    """
    if (found := _COMPARED.fullmatch(question)) is not None:
        text, same = found[2] or found[3] or "", found[1] == "="
        return lambda value: (value == text) is same
    if (found := _BEGINS.fullmatch(question)) is not None:
        beginning = found[1] or found[2] or ""
        return lambda value: value.startswith(beginning)
    ask = etree.XPath(question, regexp=False)
    return lambda value: bool(ask(_NOTHING, value=value))


def whole(value: str) -> Token:
    """
    A value of which all counts. What was cut out of one is not seen in it.
    """
    if MARK in value:
        raise NoOutline
    return value


class _Values:
    """
    What is told apart of the FHIR value of an element.
    """

    __slots__ = ("_filled", "_known", "_whole", "_wrong", "compared", "reference", "told")

    def __init__(self, *, asks: tuple[BoundAsk, ...], filled: bool, whole: bool, alike: bool, reference: bool) -> None:
        self._wrong: tuple[_Check, ...] = tuple(ask.check.wrong for ask in asks)
        self._filled = filled
        self._whole = whole
        self.compared = alike or reference
        self.reference = reference
        # Of a value that is only compared nothing else counts.
        self.told = bool(asks) or filled or whole
        self._known: dict[str | None, Token] = {}

    def token_of(self, value: str | None) -> Token:
        """
        What counts of a value that an element may have, or of there being none.
        """
        known = self._known.get(value)
        return self._look(value) if known is None else known

    def token(self, node: Node) -> Token:
        """
        What counts of the value of an element.
        """
        value = node.get("value")
        if value is None:
            value = short_value_of(node)
            if value is None and self._filled:
                # Why it is empty is told by what else it holds.
                return emptiness(node)
            # Some checks look at no other value than its own.
            return _BORROWED, self.token_of(value)
        return self.token_of(value)

    def _look(self, value: str | None) -> Token:
        if value is not None and MARK in value and (self._whole or self._wrong):
            # Without its message nobody knows what was cut out; that there is something is seen.
            raise NoOutline
        blank = value is None or not value.strip()
        token: Token = (
            value if self._whole else None,
            # What has no value fails every check of it.
            *(() if blank else [_outcome_of(wrong, value) for wrong in self._wrong]),
            emptiness(value) if blank and self._filled and value is not None else blank,
        )
        if value is None or len(value) <= _LONGEST_KNOWN:
            _keep(self._known, value, token)
        return token


def _outcome_of(wrong: _Check, value: str | None) -> Outcome | Unknown:
    """
    What a check that depends on one value alone says of it, given neither node nor message.
    """
    try:
        answer = wrong(value, value, None)
    except Exception:  # noqa: BLE001 - plain evaluation tells of it
        raise NoOutline from None
    if answer is None:
        return Outcome.PASS
    # Why it is unknown may be told with what a message was recognised by.
    return answer if isinstance(answer, Unknown) else Outcome.FAIL


def holder_of_value(element: Node) -> Node | None:
    """
    The element with the ``@value`` that is the value of an element: itself, or its reference.
    """
    if element.get("value") is not None:
        return element
    if not element.tag.startswith(_IN_FHIR):
        return None
    references = children(element, "reference")
    return references[0] if len(references) == 1 and references[0].get("value") is not None else None


def _keep(known: dict[Any, Token], value: str | None, token: Token) -> None:
    if len(known) >= _MOST_KNOWN:
        known.clear()
    known[value] = token


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
        self.filled = self.whole = self.alike = self.reference = self.linked = self.resolved = False

    def at(self, trail: Trail) -> _Node:
        node = self
        for number, test in enumerate(trail, 1):
            found = node.following.get(test)
            if found is None:
                found = node.following[test] = _Node(outer=zone_of(trail[:number]) == OUTER)
            node = found
        return node


class _State:
    """
    One place in a message: what is told of an element there, and where its children lead (None: nowhere).
    """

    __slots__ = (
        "attributes",
        "deep",
        "following",
        "inner",
        "linked",
        "nodes",
        "opens",
        "outer",
        "reads",
        "refers",
        "resolved",
        "token",
        "trail",
        "values",
        "wired",
        "zone",
    )

    def __init__(self, token: int, trail: Trail, nodes: tuple[_Node, ...]) -> None:
        self.token = token
        self.trail = trail
        self.nodes = nodes
        self.zone = zone_of(trail)
        self.outer = any(node.outer for node in nodes)
        self.inner = any(not node.outer for node in nodes)
        self.following: dict[str, _State | None] = {}
        self.deep = any(node.following for node in nodes)
        self.opens = self.zone != zone_of(trail[:-1])
        asked: dict[str, set[str]] = {}
        for node in nodes:
            for name, questions in node.attributes.items():
                asked.setdefault(name, set()).update(questions)
        self.attributes = tuple(_Question(name, asked[name]) for name in sorted(asked))
        self.values = _values(nodes)
        self.linked = any(node.linked for node in nodes)
        self.resolved = any(node.resolved for node in nodes)
        self.refers = self.linked or self.resolved
        # Whether references here are seen by `wiring`.
        self.wired = len(trail) > len(RESOURCES) and trail[: len(RESOURCES)] == RESOURCES and trail[3] != HEADER
        self.reads = self.values is not None or bool(self.attributes) or self.refers


def _is_asked(ask: BoundAsk, others: Iterable[BoundAsk]) -> bool:
    return any(ask.check == other.check for other in others)


def _values(nodes: Iterable[_Node]) -> _Values | None:
    asks: list[BoundAsk] = []
    for node in nodes:
        asks += [ask for ask in node.asks if not _is_asked(ask, asks)]
    filled, whole, alike, reference = (
        any(getattr(node, name) for node in nodes) for name in ("filled", "whole", "alike", "reference")
    )
    if not (asks or filled or whole or alike or reference):
        return None
    return _Values(asks=tuple(asks), filled=filled, whole=whole, alike=alike, reference=reference)


class Outliner:
    """
    Makes outlines for rules that read this. Threads may share it.
    """

    def __init__(self, reads: Iterable[Reads]) -> None:
        top = _Node(outer=True)
        self._wired = False
        for each in reads:
            _note(each, top)
            self._wired = self._wired or each.wired
        self._lock = threading.Lock()
        self._states = 0
        self._numbers: dict[tuple[Token, ...], int] = {}
        self._last = 0
        self._top = _State(0, (), (top,))

    def outline(self, message: Message) -> Outline:
        """
        The outline of a message.

        Raises:
            NoOutline: It is not one that outlines are made for.
        """
        walk = _Walk(self)
        walk.begin(message, self._top)
        if sum(map(len, walk.zones.values())) > _MOST_TOKENS:
            raise NoOutline
        zones = {zone: self._number(tuple(tokens)) for zone, tokens in walk.zones.items()}
        return Outline(zones, walk.refers, wiring(message, walk.headers) if self._wired and walk.wired else None)

    def _number(self, seen: tuple[Token, ...]) -> int:
        """
        The number of what is seen in a zone: each is hashed once, however many groups of rules look at it.
        """
        numbers = self._numbers
        number = numbers.get(seen)
        if number is None:
            with self._lock:
                if len(numbers) >= _MOST_NUMBERS:
                    numbers.clear()
                # Never used again for something else: what groups remember by it stays true.
                self._last += 1
                number = numbers.setdefault(seen, self._last)
        return number

    def readings(self, message: Message) -> Iterator[tuple[Node, str, Callable[[str], Token]]]:
        """
        The attributes of a message that an outline reads: element, name, and what tells of a value what counts of it.
        Of values that are compared with others it is `whole`.

        Raises:
            NoOutline: It is not one that outlines are made for.
        """
        recorder = _Recorder(self)
        recorder.begin(message, self._top)
        for element, state in recorder.met:
            if element.tag.startswith(_IN_XHTML):
                # Its value is text.
                raise NoOutline
            for question in state.attributes:
                if element.get(question.name) is not None:
                    yield element, question.name, question.token
            holder = holder_of_value(element)
            if state.values is not None and holder is not None:
                if state.values.told:
                    state.values.token_of(holder.get("value"))
                    yield holder, "value", state.values.token_of
                if state.values.reference and holder.tag not in REFERENCES:
                    # Where a uri leads that is no reference is not told.
                    raise NoOutline
                if state.values.compared:
                    yield holder, "value", whole

    def step(self, state: _State, tag: str) -> _State | None:
        """
        Where an element of that name leads from a state.
        """
        with self._lock:
            if tag in state.following:
                return state.following[tag]
            namespace = tag[: tag.index("}") + 1] if tag.startswith("{") else "{}"
            tests = (tag, f"{namespace}{ANY}", ANY)
            nodes = tuple(node.following[test] for node in state.nodes for test in tests if test in node.following)
            self._states += 1
            into = _State(self._states, (*state.trail, tag), nodes) if nodes else None
            # Names are for the sender to choose; what is kept of them must end somewhere.
            if self._states <= MOST_STATES:
                state.following[tag] = into
            elif into is not None:
                raise NoOutline
            return into


def _note(reads: Reads, top: _Node) -> None:
    for trail in (*reads.visits.trails, *reads.found):
        top.at(trail)
    for (trail, name), questions in reads.visits.attributes.items():
        top.at(trail).attributes.setdefault(name, set()).update(questions)
    for trail, asks in reads.values.items():
        known = top.at(trail).asks
        # Many rules ask the same of one place.
        known += [ask for number, ask in enumerate(asks) if not _is_asked(ask, (*known, *asks[:number]))]
    for name in ("filled", "whole", "alike", "references", "linked", "resolved"):
        for trail in getattr(reads, name):
            setattr(top.at(trail), name.removesuffix("s"), True)


class _Walk:
    """
    The tokens gathered so far, and the number of each value that was met for being the same as others.
    """

    __slots__ = ("_alike", "_outliner", "headers", "refers", "wired", "zones")

    def __init__(self, outliner: Outliner) -> None:
        self.zones: dict[str, list[Token]] = {OUTER: []}
        self.refers = self.wired = True
        self.headers: list[Node] = []
        self._alike: dict[str, int] = {}
        self._outliner = outliner

    def begin(self, message: Message, top: _State) -> None:
        """
        Visit what is read of a message.

        Raises:
            NoOutline: It is not one that outlines are made for.
        """
        try:
            self.visit((message.root,), top, self.zones[OUTER], [])
        except RecursionError:
            # The limit of depth is for the caller to choose.
            raise NoOutline from None

    def visit(self, elements: Iterable[Node], state: _State, outer: list[Token], inner: list[Token]) -> None:
        """
        Every token names the whole way to its element, so their order alone tells what is inside what.
        """
        following = state.following
        for element in elements:
            tag = element.tag
            into = following[tag] if tag in following else self._outliner.step(state, tag)
            if into is None:
                continue
            if into.opens:
                inner = self.zones.setdefault(into.zone, [])
            if into.reads:
                token = self._token(element, into)
                if into.refers:
                    token = token, self._refers(element, into)
            else:
                token = into.token
            if into.inner:
                inner.append(token)
            if into.outer:
                outer.append(token)
            if into.deep and len(element):
                self.visit(element, into, outer, inner)

    def _refers(self, element: Node, state: _State) -> bool:
        """
        Whether an element of which that counts has references in it. Those that `wiring` does not see are noted.
        """
        seen = state.wired
        if state.linked and not (seen and (element.get("value") is None or element.tag == _REFERENCE)):
            self.wired = False
        refers = state.resolved and next(element.iter(_REFERENCE), None) is not None
        if refers and state.trail == _HEADER:
            self.headers.append(element)
        elif refers and not seen:
            self.wired = False
        return refers

    def _token(self, element: Node, state: _State) -> Token:
        values = state.values
        if values is None:
            if len(state.attributes) == 1:
                question = state.attributes[0]
                return state.token, question.token(element.get(question.name))
            return (state.token, *[each.token(element.get(each.name)) for each in state.attributes])
        token = values.token(element) if values.told else None
        if values.compared:
            token = token, self._same(element, values)
        if not state.attributes:
            return state.token, token
        return (state.token, token, *[each.token(element.get(each.name)) for each in state.attributes])

    def _same(self, element: Node, values: _Values) -> Token:
        own: str | None = element.get("value")
        value = short_value_of(element) if own is None else own
        if value is None or not value.strip():
            return own, value
        if MARK in value:
            raise NoOutline
        if values.reference and (not value.startswith(_URN) or "/" in value or "#" in value):
            self.refers = False
        # A fullUrl is its own value, never that of a reference in it.
        return own is None, self._alike.setdefault(value, len(self._alike))


class _Recorder(_Walk):
    """
    Keeps the elements of which something is read, instead of what.
    """

    __slots__ = ("met",)

    def __init__(self, outliner: Outliner) -> None:
        super().__init__(outliner)
        self.met: list[tuple[Node, _State]] = []

    def _token(self, element: Node, state: _State) -> Token:
        self.met.append((element, state))
        return super()._token(element, state)
