"""
Bytes to a message: an XML tree that nothing outside the message can influence.
"""

from __future__ import annotations

from _thread import _local  # `threading` takes 1 ms to import
from collections.abc import Callable
from functools import cached_property
from typing import Any, TypeVar, cast

from lxml import etree

from itk3_validator.attachments import MARK, Attachment, Cut, cut, restored
from itk3_validator.errors import MessageError
from itk3_validator.fhir import FHIR, XHTML, Node, children, element_of
from itk3_validator.lazy import pattern
from itk3_validator.source import DOCTYPE, Limits, Source, check_bytes, check_size
from itk3_validator.unreadable import GREATEST_DEPTH, TOO_DEEP, misread

__all__ = ["Limits", "Message", "Node", "attachment_of", "parse", "short_value_of", "value_of"]

T = TypeVar("T")

# libxml2 refuses values over 10 MB and a depth over 256 unless told otherwise; then it stops at a depth of 2,048.
# A byte can become three in the UTF-8 that it works on.
_SMALL = 3_000_000
_SMALL_DEPTH = 256


class Message:
    """
    One parsed message. Nothing in it changes, so threads may share it.

    *read* are the bytes that were parsed: those received, or these with their *attachments* shortened.
    """

    __slots__ = ("_derived", "attachments", "read", "root", "source")

    source: Source
    root: Node
    read: bytes
    attachments: tuple[Attachment, ...]

    def __init__(self, source: Source, root: Node, shortened: Cut | None = None) -> None:
        object.__setattr__(self, "source", source)
        object.__setattr__(self, "root", root)
        object.__setattr__(self, "read", source.data if shortened is None else shortened.data)
        object.__setattr__(self, "attachments", () if shortened is None else shortened.attachments)
        object.__setattr__(self, "_derived", {})

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a message does not change: {name}")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"a message does not change: {name}")

    def __repr__(self) -> str:
        return f"<Message {self.source.name!r}>"

    @property
    def digest(self) -> str:
        """
        SHA-256 of the bytes received, lower-case hex.
        """
        return self.derived(_digest)

    def derived(self, make: Callable[[Message], T]) -> T:
        """
        What *make* makes of this message, made once; two threads that ask at the same time get the same.
        """
        made: dict[Any, Any] = self._derived  # type: ignore[attr-defined]
        if make not in made:
            made.setdefault(make, make(self))
        return cast(T, made[make])


def _digest(message: Message) -> str:
    import hashlib  # slow to import, and seldom asked for

    return hashlib.sha256(message.source.data).hexdigest()


class Incoming:
    """
    A message made ready to be read: as it was received, or with its attachments shortened.
    """

    __slots__ = ("_limits", "_message", "_shortened", "outline", "source")

    def __init__(self, source: Source, limits: Limits, *, whole: bool) -> None:
        """
        Args:
            whole: nothing is cut out. Else attachments are shortened in the tree, where that is safe: `value_of` knows
                the whole value, an XPath does not.

        Raises:
            MessageError: It is over the limit.
        """
        check_size(source.data, limits.message)
        self.source = source
        self._limits = limits
        self._shortened = None if whole else cut(source.data)
        self._message: Message | None = None
        # What rules saw of it, for whoever remembers other messages by that.
        self.outline: Any = None

    @property
    def data(self) -> bytes:
        """
        The bytes to be read.
        """
        return self.source.data if self._shortened is None else self._shortened.data

    @property
    def attachments(self) -> tuple[Attachment, ...]:
        """
        Those that are shortened in these bytes.
        """
        return () if self._shortened is None else self._shortened.attachments

    @property
    def depth(self) -> int:
        """
        The deepest nesting of elements that is read.
        """
        return self._limits.depth

    @property
    def is_small(self) -> bool:
        """
        Whether it is within the limit of markup, whatever it holds.
        """
        return len(self.data) <= self._limits.markup

    def parsed(self) -> Message:
        """
        The message, parsed when it is first asked for.

        Raises:
            MessageError: Empty, over a limit, not well formed, wrongly encoded, or with a DOCTYPE. Its text holds
                nothing of the message but element names.
        """
        if self._message is None:
            self._message = self._parsed()
        return self._message

    def _parsed(self) -> Message:
        source, shortened = self.source, self._shortened
        if shortened is not None:
            try:
                root = _read(shortened.data, self._limits, shortened.attachments)
            except MessageError:
                # What is wrong is told of the message as it was incoming.
                return parse(source, self._limits)
            # Else libxml2 has read the mark as something else.
            if root.getroottree().docinfo.encoding.upper() == "UTF-8":
                return Message(source, root, shortened)
        return Message(source, _read(source.data, self._limits))


def parse(source: Source, limits: Limits = Limits(), *, whole: bool = True) -> Message:  # noqa: B008 - frozen
    """
    Parse one message without resolving anything outside it.

    Comments and processing instructions are dropped; white space stays.

    Args:
        whole: as of `Incoming`.

    Raises:
        MessageError: As `Incoming.parsed`.
    """
    return Incoming(source, limits, whole=whole).parsed()


def _read(data: bytes, limits: Limits, attachments: tuple[Attachment, ...] = ()) -> Node:
    check_bytes(data, limits)
    huge = len(data) > _SMALL or limits.depth > _SMALL_DEPTH
    root = _tree(data, limits.depth, _parser(huge=huge, attachments=attachments))
    if root.getroottree().docinfo.internalDTD is not None:
        raise MessageError(DOCTYPE)
    if huge or limits.depth < _SMALL_DEPTH:
        _check_depth(root, limits.depth)
    _check_namespaces(root, data)
    return root


def value_of(node: Node) -> str | None:
    """
    The FHIR value at a place: of an attribute or text, itself; of an element, its ``@value``; of a reference element,
    its ``f:reference/@value``; of XHTML, its text with white space normalised; else None.
    """
    value = short_value_of(node)
    if value is None or MARK not in value:
        return value
    attachment = attachment_of(node, value)
    return value if attachment is None else attachment.value


def attachment_of(node: Node, value: str) -> Attachment | None:
    """
    The attachment that the short value of a node stands for.
    """
    if MARK not in value or not hasattr(node, "getparent"):
        return None
    # The tree itself remembers what was cut, by way of its parser.
    attachments = getattr(element_of(node).getroottree().parser, "attachments", ())
    return restored(value, attachments) if attachments else None


def short_value_of(node: Node) -> str | None:
    """
    As `value_of`, but of an attachment only its beginning and end: enough to see that it is there, and to show it.
    """
    if isinstance(node, str):
        return str(node)
    value: str | None = node.get("value")
    if value is not None:
        return value
    tag: str = node.tag
    if tag.startswith(_IN_XHTML):
        return " ".join(each for each in _WHITE_RUN.split("".join(node.itertext())) if each)
    if tag.startswith(_IN_FHIR):
        references = children(node, "reference")
        # Two of them are no value: which one is meant nobody can say.
        return references[0].get("value") if len(references) == 1 else None
    return None


_IN_FHIR = f"{{{FHIR}}}"
_IN_XHTML = f"{{{XHTML}}}"
_WHITE_RUN = pattern(r"[ \t\r\n]+")


class _Parsers(_local):
    """
    A parser locks while it works, so each thread has its own.
    """

    @cached_property
    def small(self) -> _Parser:
        return _Parser(huge=False)

    @cached_property
    def huge(self) -> _Parser:
        return _Parser(huge=True)


class _Parser(etree.XMLParser):
    """
    *attachments* are those of the one message that it is made for.
    """

    def __init__(self, *, huge: bool, attachments: tuple[Attachment, ...] = ()) -> None:
        super().__init__(
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            dtd_validation=False,
            attribute_defaults=False,
            remove_comments=True,
            remove_pis=True,
            # Else an xml:id that is no NCName, or is there twice, makes a well-formed message unreadable.
            collect_ids=False,
            huge_tree=huge,
        )
        self.attachments = attachments


_PARSERS = _Parsers()


def _parser(*, huge: bool, attachments: tuple[Attachment, ...]) -> _Parser:
    if attachments:
        return _Parser(huge=huge, attachments=attachments)
    return _PARSERS.huge if huge else _PARSERS.small


def _tree(data: bytes, depth: int, parser: _Parser) -> Node:
    try:
        return etree.fromstring(data, parser)
    except etree.LxmlError:
        # The error is made outside this block: lxml's own text quotes the message and must not hang on it.
        mistakes = [each for each in parser.error_log if each.level != etree.ErrorLevels.WARNING]
    raise misread(mistakes[0], data, depth) if mistakes else MessageError("not well-formed XML")


def _check_depth(root: Node, limit: int) -> None:
    """
    Level by level: linear, and 0.2 s at the limit of the markup.
    """
    if limit < GREATEST_DEPTH and etree.XPath("boolean(" + "/*" * (limit + 1) + ")", regexp=False)(root):
        raise MessageError(TOO_DEEP.format(limit))


_LONGEST_NAMESPACE = 500
_LONG_NAMESPACE = pattern(
    rb"xmlns(?::[^ \t\r\n=\"'<>]*+)?[ \t\r\n]*+=[ \t\r\n]*+(?:\"[^\"<]{%(n)d}|'[^'<]{%(n)d})"
    % {b"n": _LONGEST_NAMESPACE + 1}
)


def _check_namespaces(root: Node, data: bytes) -> None:
    """
    The name of each element has its namespace in it: a long one makes a message of many elements a much larger one.
    """
    if root.getroottree().docinfo.encoding.upper() == "UTF-8" and _LONG_NAMESPACE.search(data) is None:
        return
    # What looks like one may stand in a text.
    for _, (_, namespace) in etree.iterwalk(root, events=("start-ns",)):
        if len(namespace) > _LONGEST_NAMESPACE:
            raise MessageError(f"a namespace has more than {_LONGEST_NAMESPACE} characters, the most that are read")
