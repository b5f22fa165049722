"""
Messages of a known shape: what the rules see of them is read from their bytes, without a parse.

*A shape* is what stands between the attribute values of a message: of its bytes, split at each quotation mark, every
other piece. Systems that send messages make them by a few templates, so the same shapes come again and again, where
there are no narratives: their texts belong to the shape.

*Why the tree is known.* A shape is learnt from a message that was parsed, when each piece in between turned out to be
the value of an attribute. Another message with the same shape differs from it in these values alone. When they are
text without ``<``, ``&`` and control characters, each is one attribute value again, and well formed: so the tree is the
same but for them. Values that are more than text, those of namespaces and of the XML declaration, have to be the same.

*What is told apart.* Which values the rules read, and what counts of each, is what `walk` tells of the tree that was
learnt. A value that was always the same so far is compared; one that varies is asked what counts of it. Of addresses
``urn:uuid:...`` it counts which of them are the same; every other reference has to be as it was.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable, Mapping
from itertools import count
from operator import itemgetter
from typing import Any, NamedTuple, TypeAlias

from itk3_validator.attachments import MARK
from itk3_validator.contained import BUNDLES
from itk3_validator.fhir import FHIR, Node
from itk3_validator.message import Message
from itk3_validator.sight.walk import REFERENCES, NoOutline, Outliner, Token, whole

# Of larger messages hardly two have the same shape.
LARGEST = 131_072
# Of shapes together so many bytes are kept, and of each so many results.
MOST_BYTES = 32_000_000
MOST_RESULTS = 64
# A shape is learnt when it is met again; of so many it is known that they were met.
_MOST_MET = 4_096
# After so many messages of unknown shapes in a row only one in so many is looked at.
_MISSES, _ONE_IN = 64, 16

_URN = "urn:uuid:"
_FAR = ("http://", "https://")
_SPACE = rb"[ \t\r\n]"
_START_TAG = re.compile(
    rb"<([A-Za-z_][\w.:-]*+)((?:%(s)s++[A-Za-z_][\w.:-]*+%(s)s*+=%(s)s*+\"[^\"<]*+\")*+)%(s)s*+/?>" % {b"s": _SPACE}
)
_ATTRIBUTE = re.compile(rb"([A-Za-z_][\w.:-]*+)%(s)s*+=%(s)s*+\"([^\"<]*+)\"" % {b"s": _SPACE})
_DECLARATION = re.compile(rb"(?:\xef\xbb\xbf)?<\?xml[ \t\r\n][^>?]*\?>")
# CDATA and instructions; what a comment holds is no value, or the values do not come out.
_OTHER_MARKUP = re.compile(rb"<\?|<!(?!--)")
# What begins or ends no tag and holds no value: nothing in it can be taken for a part of the message, nor the reverse.
_COMMENT = re.compile(rb"<!--[^<>\"]*-->")
_PROFILE = f"{{{FHIR}}}profile"
_ID = f"{{{FHIR}}}id"
_ENTRY, _RESOURCE, _CONTAINED = (f"{{{FHIR}}}{name}" for name in ("entry", "resource", "contained"))

Reader: TypeAlias = Callable[[str], Token]


class Seen(NamedTuple):
    """
    What the rules see of a message of a known shape; *values* are those of all its attributes.
    """

    shape: Shape
    key: Token
    values: list[str]


class Unmet(NamedTuple):
    """
    What a message has in place of a known shape.
    """

    between: bytes


class _Reading(NamedTuple):
    """
    How the values of a shape are read: the *fixed* ones have to be as *expected*; of the *varied* it counts what their
    readers say.
    """

    fixed: tuple[int, ...]
    fixed_of: Callable[[list[str]], tuple[str, ...]]
    expected: tuple[str, ...]
    varied: tuple[tuple[int, Reader], ...]


class Shape:
    """
    One shape, and the results of messages that had it.

    Args:
        values: those of the message that it is learnt from.

        readers: what counts of a value, by its place.

        bound: the places whose values have to be the same.

        urns: the places of addresses of which it counts which are the same.

        alike: the places of other values that are compared with them.
    """

    def __init__(
        self,
        values: list[str],
        readers: Mapping[int, Reader],
        bound: frozenset[int],
        urns: Iterable[int],
        alike: Iterable[int],
    ) -> None:
        self.results: dict[Any, Any] = {}
        # Where the values are that are asked for with the results; see `at_hand`.
        self.places: dict[Any, Any] = {}
        self.numbered: tuple[tuple[int, str, int], ...] | None = None
        self._readers = readers
        self._bound = bound
        self._urns_of = _getter(tuple(urns))
        self._alike_of = _getter(tuple(alike))
        self._lock = threading.Lock()
        self._reading = self._read(values, frozenset())

    def key(self, values: list[str]) -> Token | None:
        """
        What counts of the values of a message of this shape; None when the message is of another kind after all.
        """
        reading = self._reading
        if reading.fixed_of(values) != reading.expected:
            loosened = self._loosened(values)
            if loosened is None:
                return None
            reading = loosened
        urns = self._urns_of(values)
        if not _are_urns(urns):
            return None
        first: dict[str, int] = {}
        same = map(first.setdefault, (*urns, *self._alike_of(values)), count())
        return tuple([read(values[place]) for place, read in reading.varied]), *same

    def keep(self, key: Token, result: Any) -> None:
        """
        Remember the result of a message.
        """
        if len(self.results) >= MOST_RESULTS:
            self.results.clear()
        self.results[key] = result

    def _read(self, values: list[str], varied: frozenset[int]) -> _Reading:
        fixed = tuple(sorted((self._bound | self._readers.keys()) - varied))
        readers = tuple((place, self._readers[place]) for place in sorted(varied))
        return _Reading(fixed, _getter(fixed), tuple(values[place] for place in fixed), readers)

    def _loosened(self, values: list[str]) -> _Reading | None:
        """
        Ask from now on what counts of the values that were the same so far, and are not any more.

        What is remembered stays true: no key has fewer readers than now.
        """
        with self._lock:
            reading = self._reading
            pairs = zip(reading.fixed, reading.expected, strict=True)
            differ = {place for place, value in pairs if values[place] != value}
            if differ & self._bound:
                return None
            if differ:
                self._reading = self._read(values, frozenset(place for place, _ in reading.varied) | differ)
            return self._reading


class Shapes:
    """
    The shapes that were learnt. Threads may share it.
    """

    def __init__(self, outliner: Outliner) -> None:
        self._outliner = outliner
        self._shapes: dict[bytes, Shape | None] = {}
        self._met: set[int] = set()
        self._misses = 0
        self._bytes = 0

    def look(self, data: bytes) -> Seen | Unmet | None:
        """
        What the rules see of a message, or what may become a shape; None where that is not worth a look.
        """
        if len(data) > LARGEST:
            return None
        if self._misses > _MISSES:
            self._misses += 1
            if self._misses % _ONE_IN:
                return None
        pieces = data.split(b'"')
        between = b'"'.join(pieces[::2])
        shape = self._shapes.get(between)
        if shape is None:
            self._misses += 1
            return None if between in self._shapes else Unmet(between)
        values = _values(pieces)
        try:
            key = shape.key(values) if values is not None else None
        except NoOutline:
            key = None
        if key is None or values is None:
            return None
        self._misses = 0
        return Seen(shape, key, values)

    def learn(self, message: Message, unmet: Unmet) -> None:
        """
        Learn the shape of a message; when it is the first that has it, only that it was met.
        """
        between = unmet.between
        if hash(between) not in self._met:
            if len(self._met) >= _MOST_MET:
                self._met.clear()
            self._met.add(hash(between))
            return
        self._bytes += len(between)
        if self._bytes > MOST_BYTES:
            self._shapes.clear()
            self._bytes = len(between)
        self._shapes[between] = _learnt(message, self._outliner)


def _values(pieces: list[bytes]) -> list[str] | None:
    """
    The values of a message; None when one of them could be more than a value.
    """
    if len(pieces) % 2 == 0:
        # The last one does not end.
        return None
    try:
        text = b'"'.join(pieces[1::2]).decode()
    except UnicodeDecodeError:
        return None
    plain = text.replace(MARK, "") if MARK in text else text
    if not plain.isprintable() or "<" in text or "&" in text:
        return None
    return text.split('"')


def _getter(places: tuple[int, ...]) -> Callable[[list[str]], tuple[str, ...]]:
    if len(places) > 1:
        return itemgetter(*places)
    return lambda values: tuple(values[place] for place in places)


def _are_urns(values: tuple[str, ...]) -> bool:
    """
    Whether all of them begin as an address by UUID and are no more than one: no version, no part, no second address.
    """
    text = f" {' '.join(values)}" if values else ""
    number = len(values)
    return text.count(f" {_URN}") == text.count(" ") == number and "/" not in text and "#" not in text


# learning


def places_of(message: Message) -> Mapping[tuple[Node, str], int] | None:
    """
    Where in the row of values of a message each attribute stands, by element and name; None where that cannot be told.
    """
    found = _places(message)
    return None if found is None else found.of


class _Places(NamedTuple):
    """
    Where in the row of values the attributes of elements stand; *bound* are those that are no plain attributes.
    """

    of: Mapping[tuple[Node, str], int]
    bound: frozenset[int]
    values: list[str]


def _learnt(message: Message, outliner: Outliner) -> Shape | None:
    """
    The shape of a message; None where it cannot be one.
    """
    found = _places(message)
    if found is None:
        return None
    readers: dict[int, list[Reader]] = {}
    alike: set[int] = set()
    try:
        for element, name, read in outliner.readings(message):
            place = found.of.get((element, name))
            # A name with a prefix: its value is bound. Where references lead is told below.
            if place is None or (read is whole and element.tag in REFERENCES):
                continue
            if read is whole:
                alike.add(place)
            readers.setdefault(place, []).append(read)
    except NoOutline:
        return None
    # The same values decide wherever a reference leads.
    references = [place for (node, name), place in found.of.items() if node.tag in REFERENCES and name == "value"]
    urns = [place for place in references if _are_urns((found.values[place],))]
    literal = [place for place in references if place not in urns]
    if any(found.values[place].startswith(_URN) for place in literal):
        return None
    near = any(not found.values[place].startswith(_FAR) for place in literal)
    for place in literal:
        readers.setdefault(place, []).append(_name if near else _address)
    also = (_PROFILE, _ID) if near else (_PROFILE,)
    for (node, name), place in found.of.items():
        if name == "value" and (node.tag in also or _is_in_profile(node)):
            readers.setdefault(place, []).append(str)
    return Shape(found.values, {place: _all_of(each) for place, each in readers.items()}, found.bound, urns, alike)


def _is_in_profile(element: Node) -> bool:
    parent = element.getparent()
    return parent is not None and parent.tag == _PROFILE


def _name(value: str) -> Token:
    """
    A type and id, or an address, that is none of those of which it counts only which are the same.
    """
    if value.startswith(_URN):
        raise NoOutline
    return value


def _address(value: str) -> Token:
    """
    An address on the web, which names no id: where such a one stood, nothing is known of another reference.
    """
    if not value.startswith(_FAR):
        raise NoOutline
    return value


def _is_elsewhere(element: Node) -> bool:
    """
    Whether an element is a resource, or holds one, where `reads.ANYWHERE` does not lead.
    """
    if element.tag == _CONTAINED or element.tag == BUNDLES[1]:
        return True
    if element.tag != BUNDLES[0]:
        return False
    around = [each.tag for each in element.iterancestors()]
    return around not in ([], [_RESOURCE, _ENTRY, BUNDLES[0]])


def _all_of(readers: list[Reader]) -> Reader:
    if len(readers) == 1:
        return readers[0]
    return lambda value: tuple(read(value) for read in readers)


def _is_plain(data: bytes, start: int) -> bool:
    """
    Whether there are tags and texts behind the declaration, and comments without either in them, and nothing else.
    """
    comments = data.count(b"<!--")
    return not _OTHER_MARKUP.search(data, start) and (not comments or comments == len(_COMMENT.findall(data)))


def _places(message: Message) -> _Places | None:
    """
    The place of every attribute, when each value of the message is one in quotation marks and nothing else is in such.
    """
    data, encoding = message.read, message.root.getroottree().docinfo.encoding
    declared = _DECLARATION.match(data)
    start = declared.end() if declared else 0
    values = _values(data.split(b'"'))
    if values is None or not _is_plain(data, start) or (encoding or "UTF-8").upper() != "UTF-8":
        return None
    place = data.count(b'"', 0, start) // 2
    bound, of = set(range(place)), {}
    elements = list(message.root.iter())
    if any(map(_is_elsewhere, elements)):
        return None
    tags = list(_START_TAG.finditer(data, start))
    if len(tags) != len(elements):
        return None
    for element, tag in zip(elements, tags, strict=True):
        if element.tag.rpartition("}")[2] != tag[1].decode().rpartition(":")[2]:
            return None
        for name, value in _ATTRIBUTE.findall(tag[2]):
            if place >= len(values) or values[place] != value.decode():
                return None
            plain = name.decode()
            if plain == "xmlns" or ":" in plain:
                bound.add(place)
            elif element.get(plain) != values[place]:
                return None
            else:
                of[element, plain] = place
            place += 1
    return _Places(of, frozenset(bound), values) if place == len(values) and data.count(b'"') == 2 * place else None
