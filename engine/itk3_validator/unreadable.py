"""
Why a message is no XML, in words for its sender; chosen by libxml2's codes, since its own text may quote the message.
"""

from __future__ import annotations

from typing import Any

from lxml import etree

from itk3_validator.errors import MessageError
from itk3_validator.lazy import pattern
from itk3_validator.source import decode, line_and_column, wrong_byte

# libxml2 stops there whatever it is told.
GREATEST_DEPTH = 2_048


def misread(mistake: Any, data: bytes, depth: int) -> MessageError:
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
        return MessageError(TOO_DEEP.format(min(depth, GREATEST_DEPTH)), line, column)
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
TOO_DEEP = "elements are nested more than {} deep, the most that is read"

_LONE_RETURN = pattern(r"\r(?!\n)")

_NAMING = {
    etree.ErrorTypes.ERR_TAG_NAME_MISMATCH: (
        pattern(r"Opening and ending tag mismatch: (\S+) line (\d+) and (\S+)"),
        "not well-formed XML: the tag '{0}' opened at line {1} is closed by '{2}'",
    ),
    etree.ErrorTypes.ERR_TAG_NOT_FINISHED: (
        pattern(r"Premature end of data in tag (\S+) line (\d+)"),
        "not well-formed XML: the message ends inside the element '{0}' opened at line {1}; is it cut short?",
    ),
    etree.ErrorTypes.NS_ERR_UNDEFINED_NAMESPACE: (
        pattern(r"Namespace prefix (\S+) on (\S+) is not defined"),
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
