"""
The outline of a message from its tree: one walk down the message and the states of what rules read together, which
leaves out where no state leads. Every word names the whole way to its element, so their order alone tells what is
inside what.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from typing import Any, TypeAlias

from itk3_validator.fhir import FHIR, Node
from itk3_validator.message import Message, short_value_of
from itk3_validator.sight.outline import MOST_WORDS, NO_NUMBER, Spot, is_plain_urn
from itk3_validator.sight.states import Numbers, State, States
from itk3_validator.sight.tokens import LONGEST_KNOWN, NoOutline, Seen, keep

_IN_FHIR = f"{{{FHIR}}}"
_REFERENCE = f"{_IN_FHIR}reference"
# The number of the outer zone.
_OUTER = 0
MOST_KNOWN = 8_192
# As `Seen`, without attachments.
Looked: TypeAlias = tuple[str | None, str | None, int, bool, tuple[str | None, ...], bool]


class Walk:
    """
    A walk through one message.

    Attributes:
        refers: see `Outline`.

        wired: all references that are read are seen by `wiring`, or stand in one of *headers*.

        kept: elements whose values are kept, and where these stand.

    Raises:
        NoOutline: It is not one that outlines are made for.
    """

    __slots__ = (
        "_alike",
        "_attachments",
        "_known",
        "_states",
        "_values",
        "_words",
        "_zones",
        "headers",
        "kept",
        "refers",
        "wired",
    )

    def __init__(self, message: Message, states: States, words: Numbers, known: dict[Any, int]) -> None:
        self.refers = self.wired = True
        self.headers: list[Node] = []
        self._values: dict[Spot, str | None] = {}
        self.kept: dict[Node, Spot] = {}
        self._attachments = message.attachments
        self._states = states
        self._words = words
        self._known = known
        self._zones: dict[int, list[int]] = {_OUTER: []}
        self._alike: dict[str, int] = {}
        try:
            self._visit((message.root,), states.top, self._zones[_OUTER], [])
        except RecursionError:
            # The limit of depth is for the caller to choose.
            raise NoOutline from None
        if sum(map(len, self._zones.values())) > MOST_WORDS:
            raise NoOutline

    def rows(self) -> bytes:
        """
        As `Outline` has them.
        """
        kept: dict[int, list[int]] = {}
        for zone, number in self._values:
            kept.setdefault(zone, []).append(number)
        rows: list[int] = []
        for zone, words in sorted(self._zones.items()):
            values = kept.get(zone, ())
            rows += (zone, len(words), *words, len(values), *values)
        try:
            return array("I", rows).tobytes()
        except OverflowError:
            # Billions of words were given out.
            raise NoOutline from None

    def values(self) -> list[str | None]:
        """
        As `Outline` has them.
        """
        # Those of one zone are in their order already.
        return [self._values[spot] for spot in sorted(self._values, key=_zone_of)]

    def _visit(self, elements: Iterable[Node], state: State, outer: list[int], inner: list[int]) -> None:
        following = state.following
        for element in elements:
            tag = element.tag
            into = following[tag] if tag in following else self._states.step(state, tag)
            if into is None:
                continue
            if into.opens:
                inner = self._zones.setdefault(into.zone, [])
            words: tuple[int, ...] = (into.word,)
            if into.reads:
                words = self._read(element, into, (into.home, len(outer if into.home == _OUTER else inner)))
            if into.inner:
                inner.extend(words)
            if into.outer:
                outer.extend(words)
            if into.deep and len(element):
                self._visit(element, into, outer, inner)

    def _read(self, element: Node, state: State, at: Spot) -> tuple[int, ...]:
        looked = _look(element, state)
        seen: Seen | None = None
        word = self._known.get((state.word, looked))
        if word is None:
            seen = Seen(*looked, self._attachments)
            word = self._words.of(state.token(seen))
            # What counts of an attachment is more than its beginning.
            if not self._attachments and _is_short(looked):
                keep(self._known, (state.word, looked), word, MOST_KNOWN)
        own, refers = looked[0], looked[5]
        if state.kept:
            self.kept[element], self._values[at] = at, (seen or Seen(*looked)).value
        if state.refers:
            self._note(element, state, own=own, refers=refers)
        if state.values is None or not state.values.compared:
            return (word,)
        value = state.values.alike(seen or Seen(*looked))
        if value is None:
            return word, NO_NUMBER
        if state.values.reference and not is_plain_urn(value):
            self.refers = False
        return word, self._alike.setdefault(value, len(self._alike))

    def _note(self, element: Node, state: State, *, own: str | None, refers: bool) -> None:
        """
        Note references that `wiring` does not see.
        """
        if state.linked and not (state.wired and (own is None or element.tag == _REFERENCE)):
            self.wired = False
        if refers:
            if state.header:
                self.headers.append(element)
            elif not state.wired:
                self.wired = False


def _zone_of(spot: Spot) -> int:
    return spot[0]


def _is_short(looked: Looked) -> bool:
    return all(each is None or len(each) <= LONGEST_KNOWN for each in (*looked[:2], *looked[4]))


def _look(element: Node, state: State) -> Looked:
    get = element.get
    own = get("value")
    attributes = tuple([get(each.name) for each in state.attributes]) if state.attributes else ()
    refers = state.resolved and next(element.iter(_REFERENCE), None) is not None
    if own is not None or (state.values is None and not state.kept):
        return own, None, 0, False, attributes, refers
    references = element.findall(_REFERENCE)
    if element.tag.startswith(_IN_FHIR):
        borrowed = references[0].get("value") if len(references) == 1 else None
    else:
        borrowed = short_value_of(element)
    return None, borrowed, len(references), len(element) > 0, attributes, refers
