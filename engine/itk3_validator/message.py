"""
Bytes to a message: an XML tree that nothing outside the message can influence.
"""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Callable
from typing import Any, TypeVar, cast

from lxml import etree

from itk3_validator.attachments import MARK, Attachment, Cut, cut, restored
from itk3_validator.errors import MessageError
from itk3_validator.fhir import FHIR, XHTML, Node, element_of
from itk3_validator.source import DOCTYPE, Limits, Source, check_bytes, check_size, decode, line_and_column, wrong_byte

__all__ = ["Limits", "Message", "Node", "attachment_of", "parse", "short_value_of", "value_of"]

T = TypeVar("T")

# libxml2 refuses values over 10 MB and a depth over 256 unless told otherwise; then it stops at a depth of 2,048.
# A byte can become three in the UTF-8 that it works on.
_SMALL = 3_000_000
_SMALL_DEPTH = 256
_GREATEST_DEPTH = 2_048


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
    return hashlib.sha256(message.source.data).hexdigest()


def parse(source: Source, limits: Limits = Limits(), *, whole: bool = True) -> Message:  # noqa: B008 - frozen
    """
    Parse one message without resolving anything outside it.

    Comments and processing instructions are dropped; white space stays.

    Args:
        whole: nothing is cut out. Else attachments are shortened in the tree, where that is safe: `value_of` knows the
            whole value, an XPath does not.

    Raises:
        MessageError: Empty, over a limit, not well formed, wrongly encoded, or with a DOCTYPE. Its text holds nothing
            of the message but element names.
    """
    check_size(source.data, limits.message)
    shortened = None if whole else cut(source.data)
    if shortened is not None:
        try:
            root = _read(shortened.data, limits, shortened.attachments)
        except MessageError:
            # What is wrong is told of the message as it was received.
            return parse(source, limits)
        # Else libxml2 has read the mark as something else.
        if root.getroottree().docinfo.encoding.upper() == "UTF-8":
            return Message(source, root, shortened)
    return Message(source, _read(source.data, limits))


def _read(data: bytes, limits: Limits, attachments: tuple[Attachment, ...] = ()) -> Node:
    check_bytes(data, limits)
    huge = len(data) > _SMALL or limits.depth > _SMALL_DEPTH
    root = _tree(data, limits.depth, _parser(huge=huge, attachments=attachments))
    if root.getroottree().docinfo.internalDTD is not None:
        raise MessageError(DOCTYPE)
    if huge or limits.depth < _SMALL_DEPTH:
        _check_depth(root, limits.depth)
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
        references = node.findall(_REFERENCE)
        # Two of them are no value: which one is meant nobody can say.
        return references[0].get("value") if len(references) == 1 else None
    return None


_IN_FHIR = f"{{{FHIR}}}"
_IN_XHTML = f"{{{XHTML}}}"
_REFERENCE = f"{{{FHIR}}}reference"
_WHITE_RUN = re.compile(r"[ \t\r\n]+")


class _Parsers(threading.local):
    """
    A parser locks while it works, so each thread has its own.
    """

    def __init__(self) -> None:
        self.small = _Parser(huge=False)
        self.huge = _Parser(huge=True)


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
    raise _misread(mistakes[0], data, depth) if mistakes else MessageError("not well-formed XML")


def _check_depth(root: Node, limit: int) -> None:
    """
    Level by level: linear, and 0.2 s at the limit of the markup.
    """
    if limit < _GREATEST_DEPTH and etree.XPath("boolean(" + "/*" * (limit + 1) + ")", regexp=False)(root):
        raise MessageError(_TOO_DEEP.format(limit))


def _misread(mistake: Any, data: bytes, depth: int) -> MessageError:
    """
    libxml2's first complaint in other words, by its code: its own text may quote the message.
    """
    code: int = mistake.type
    if code == etree.ErrorTypes.ERR_UNSUPPORTED_ENCODING:
        return MessageError(_WORDS[code], 1, 1)
    if code == etree.ErrorTypes.ERR_INVALID_ENCODING:
        found = wrong_byte(data)
        if found is not None:
            return MessageError(_WORDS[code], *found)
    text = decode(data)
    line, column = _position(mistake, text)
    if code == etree.ErrorTypes.ERR_RESOURCE_LIMIT and "depth" in mistake.message:
        return MessageError(_TOO_DEEP.format(min(depth, _GREATEST_DEPTH)), line, column)
    if code in _NAMING:
        names, words = _NAMING[code]
        named = names.fullmatch(mistake.message)
        if named:
            if text is None or _LONE_RETURN.search(text):
                words = words.replace(" opened at line {1}", "")
            return MessageError(words.format(*(_cut(each) for each in named.groups())), line, column)
    words = _WORDS.get(code, f"it breaks a rule of XML ({mistake.type_name})")
    return MessageError(words if code in _NOT_ABOUT_MARKUP else f"not well-formed XML: {words}", line, column)


def _position(mistake: Any, text: str | None) -> tuple[int | None, int | None]:
    """
    Where libxml2 stopped, in our lines (it does not count a lone carriage return) and our columns.
    """
    if text is None or mistake.line < 1:
        return (mistake.line or None, mistake.column or None)
    start = 0
    for _ in range(mistake.line - 1):
        start = text.find("\n", start) + 1
    offset = min(start + max(mistake.column, 1) - 1, len(text))
    if mistake.type == etree.ErrorTypes.ERR_TAG_NAME_MISMATCH:
        offset = max(text.rfind("</", 0, offset), 0)
    return line_and_column(text, offset)


def _cut(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"


_LONGEST_NAME = 64
_TOO_DEEP = "elements are nested more than {} deep, the most that is read"

_LONE_RETURN = re.compile(r"\r(?!\n)")

_NAMING = {
    etree.ErrorTypes.ERR_TAG_NAME_MISMATCH: (
        re.compile(r"Opening and ending tag mismatch: (\S+) line (\d+) and (\S+)"),
        "not well-formed XML: the tag '{0}' opened at line {1} is closed by '{2}'",
    ),
    etree.ErrorTypes.ERR_TAG_NOT_FINISHED: (
        re.compile(r"Premature end of data in tag (\S+) line (\d+)"),
        "not well-formed XML: the message ends inside the element '{0}' opened at line {1}; is it cut short?",
    ),
    etree.ErrorTypes.NS_ERR_UNDEFINED_NAMESPACE: (
        re.compile(r"Namespace prefix (\S+) on (\S+) is not defined"),
        "not well-formed XML: the prefix of the tag '{0}:{1}' is not declared",
    ),
}
_NOT_ABOUT_MARKUP = {
    etree.ErrorTypes.ERR_DOCUMENT_EMPTY,
    etree.ErrorTypes.ERR_INVALID_ENCODING,
    etree.ErrorTypes.ERR_UNSUPPORTED_ENCODING,
    etree.ErrorTypes.ERR_RESOURCE_LIMIT,
}
_WORDS = {
    etree.ErrorTypes.ERR_DOCUMENT_EMPTY: "not XML: there is no tag where the first one should be",
    etree.ErrorTypes.ERR_DOCUMENT_END: "something follows the end of the outermost element",
    etree.ErrorTypes.ERR_INVALID_CHAR: "a character that XML does not allow",
    etree.ErrorTypes.ERR_INVALID_ENCODING: "a byte that the encoding of the message does not allow;"
    " declare the encoding that it is in, or write UTF-8",
    etree.ErrorTypes.ERR_UNSUPPORTED_ENCODING: "the XML declaration names an unknown encoding; write UTF-8",
    etree.ErrorTypes.ERR_RESOURCE_LIMIT: "one part of the message is larger than is read",
    etree.ErrorTypes.ERR_INVALID_HEX_CHARREF: "a character number (&#x...;) is wrong",
    etree.ErrorTypes.ERR_INVALID_DEC_CHARREF: "a character number (&#...;) is wrong",
    etree.ErrorTypes.ERR_INVALID_CHARREF: "a character number (&#...;) is wrong",
    etree.ErrorTypes.ERR_ENTITYREF_SEMICOL_MISSING: "an '&' begins no entity; write &amp; for the character itself",
    etree.ErrorTypes.ERR_UNDECLARED_ENTITY: "an entity that XML does not know; it knows &amp; &lt; &gt; &quot; &apos;"
    " and character numbers",
    etree.ErrorTypes.ERR_LT_IN_ATTRIBUTE: "a '<' inside an attribute value; write &lt;",
    etree.ErrorTypes.ERR_ATTRIBUTE_NOT_STARTED: "an attribute value is not in quotation marks",
    etree.ErrorTypes.ERR_ATTRIBUTE_NOT_FINISHED: "the quotation mark that ends an attribute value is missing",
    etree.ErrorTypes.ERR_ATTRIBUTE_WITHOUT_VALUE: "an attribute has no value",
    etree.ErrorTypes.ERR_ATTRIBUTE_REDEFINED: "a tag has the same attribute twice",
    etree.ErrorTypes.NS_ERR_ATTRIBUTE_REDEFINED: "a tag has the same attribute twice",
    etree.ErrorTypes.ERR_COMMENT_NOT_FINISHED: "a comment is not ended by '-->'",
    etree.ErrorTypes.ERR_HYPHEN_IN_COMMENT: "'--' inside a comment",
    etree.ErrorTypes.ERR_CDATA_NOT_FINISHED: "a CDATA section is not ended by ']]>'",
    etree.ErrorTypes.ERR_MISPLACED_CDATA_END: "']]>' in text; write ]]&gt;",
    etree.ErrorTypes.ERR_PI_NOT_FINISHED: "a processing instruction is not ended by '?>'",
    etree.ErrorTypes.ERR_RESERVED_XML_NAME: "an XML declaration that is not at the very start of the message",
    etree.ErrorTypes.ERR_XMLDECL_NOT_FINISHED: "the XML declaration is not ended by '?>'",
    etree.ErrorTypes.ERR_GT_REQUIRED: "a tag is not ended by '>'",
    etree.ErrorTypes.ERR_SPACE_REQUIRED: "white space is missing, or something in a tag is no attribute",
    etree.ErrorTypes.ERR_NAME_REQUIRED: "no name follows a '<' or '&'; write &lt; or &amp; for the character itself",
    etree.ErrorTypes.NS_ERR_UNDEFINED_NAMESPACE: "a prefix that is not declared",
    etree.ErrorTypes.NS_ERR_QNAME: "a name with more than one ':'",
    etree.ErrorTypes.NS_ERR_XML_NAMESPACE: "a namespace declaration that XML does not allow",
    etree.ErrorTypes.WAR_NS_URI: "a namespace that is no URI",
}
