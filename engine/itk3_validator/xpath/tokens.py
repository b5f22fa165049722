"""
XPath text to tokens, by the lexical rules of XPath 1.0 (section 3.7).
"""

from __future__ import annotations

import re
from typing import Literal, TypeAlias

from itk3_validator.value import Row
from itk3_validator.xpath.problems import XPathInvalid, XPathProblem

Kind: TypeAlias = Literal[
    "operator", "mark", "name", "wildcard", "function", "node-type", "axis", "literal", "number", "variable", "end"
]

NODE_TYPES = frozenset({"node", "text", "comment", "processing-instruction"})
OPERATOR_NAMES = frozenset({"and", "or", "div", "mod"})
MARKS = frozenset({"(", ")", "[", "]", ".", "..", "@", ",", "::"})

_BEFORE_OPERAND = frozenset({"@", "::", "(", "[", ","})
# libxml2 follows the name tables of XML 1.0, 4th edition; up to U+00FF they are the same in every edition.
_FIRST = "A-Za-z_\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u00ff"
_NAME = rf"[{_FIRST}][{_FIRST}0-9.\-\u00b7]*"
_TOKEN = re.compile(
    rf"""(?P<space>[ \t\r\n]+)
    |(?P<literal>"[^"]*"|'[^']*')
    |(?P<number>[0-9]+(?:\.[0-9]*)?|\.[0-9]+)
    |(?P<variable>\${_NAME}(?::{_NAME})?)
    |(?P<name>{_NAME}(?::(?:{_NAME}|\*))?)
    |(?P<foreign>={{2,}}|&(?:lt|gt|amp|quot|apos);|&&?|\|\||<>|:=)
    |(?P<symbol>//|::|!=|<=|>=|\.\.|[()\[\].@,/|+\-=<>*])""",
    re.VERBOSE,
)
_PLAIN: dict[str, Kind] = {"literal": "literal", "number": "number", "variable": "variable"}
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_CALL = re.compile(r"[ \t\r\n]*\(")
_AXIS = re.compile(r"[ \t\r\n]*::")
_REMEDIES = {
    "&&": "write and",
    "&": "write and",
    "||": "write or",
    "<>": "write !=",
    ":=": "write =",
    "&lt;": "write <",
    "&gt;": "write >",
    "&amp;": "write and",
    "&quot;": 'write "',
    "&apos;": "write '",
    "!": "write != or not(...)",
    ":": "write a prefix, its colon and the name together, as in f:code",
}


class Token(Row):
    """
    The smallest piece of an XPath that means something; the last one of a text is of kind ``end``.
    """

    kind: Kind
    text: str
    offset: int

    @property
    def end(self) -> int:
        return self.offset + len(self.text)


def tokenise(text: str) -> tuple[Token, ...]:
    """
    Split *text* into tokens.

    Raises:
        XPathInvalid: Characters that no XPath 1.0 expression can hold, all of them, or a literal without its end.
    """
    tokens: list[Token] = []
    problems = [_not_xml(match) for match in _NOT_XML.finditer(text)]
    offset = 0
    while offset < len(text):
        match = _TOKEN.match(text, offset)
        if match is None and text[offset] in "'\"":
            problems.append(_unclosed(text[offset], offset))
            break
        if match is None or match.lastgroup == "foreign":
            piece = match.group() if match else text[offset]
            problems.append(_foreign(piece, offset))
            offset += len(piece)
            continue
        if match.lastgroup != "space":
            tokens.append(Token(_kind(match, tokens), match.group(), offset))
        offset = match.end()
    if problems:
        raise XPathInvalid(problems)
    return (*tokens, Token("end", "", len(text)))


def _kind(match: re.Match[str], before: list[Token]) -> Kind:
    """
    What a piece is: `*` and `and`, `or`, `div`, `mod` are operators when an operand stands before them.
    """
    text = match.group()
    after_operand = bool(before) and before[-1].kind != "operator" and before[-1].text not in _BEFORE_OPERAND
    if match.lastgroup in _PLAIN:
        return _PLAIN[match.lastgroup]
    if match.lastgroup == "symbol" and (text != "*" or after_operand):
        return "mark" if text in MARKS else "operator"
    if after_operand:
        return "operator" if text in OPERATOR_NAMES else "name"
    if text.endswith("*"):
        return "wildcard"
    return _kind_of_name(match)


def _kind_of_name(match: re.Match[str]) -> Kind:
    """
    What a name that begins an operand or a step is: what stands behind it decides.
    """
    text = match.group()
    if _CALL.match(match.string, match.end()):
        return "node-type" if text in NODE_TYPES else "function"
    return "axis" if ":" not in text and _AXIS.match(match.string, match.end()) else "name"


def _not_xml(match: re.Match[str]) -> XPathProblem:
    return _foreign(match.group(), match.start())


def _unclosed(quote: str, offset: int) -> XPathProblem:
    return XPathProblem(offset, f"the text that begins with {quote} here does not end", f"add the closing {quote}")


def _foreign(piece: str, offset: int) -> XPathProblem:
    if _NOT_XML.match(piece):
        return XPathProblem(offset, f"the character U+{ord(piece):04X} cannot stand in an XPath", "remove it")
    if piece == "$":
        return XPathProblem(offset, "a '$' without a name", "write the name right after it, as in $header")
    if piece in "\u2018\u2019\u201c\u201d":
        return XPathProblem(offset, f"'{piece}' is a typographic quotation mark", "write ' or \"")
    if piece.isspace():
        return XPathProblem(offset, f"the space U+{ord(piece):04X} is not an ordinary one", "write an ordinary space")
    remedy = "write =" if piece.startswith("==") else _REMEDIES.get(piece, "remove it")
    return XPathProblem(offset, f"'{piece}' is not XPath 1.0", remedy)
