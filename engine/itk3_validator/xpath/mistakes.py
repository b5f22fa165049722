"""
What to say about a token that the grammar does not allow where it stands.
"""

from __future__ import annotations

from itk3_validator.xpath.problems import XPathInvalid, XPathProblem
from itk3_validator.xpath.tokens import OPERATOR_NAMES, Token

_OPERAND = "a path, a value or a function call"
_SLASHES = ("/", "//")


def nothing_here(previous: Token | None, token: Token) -> XPathInvalid:
    """
    An operand, or the name of a step, is missing before *token*.
    """
    before = _mark(previous)
    if previous is None or (before == "[" and token.text != "]"):
        return _problem(token, f"nothing stands before {_quoted(token)}", f"write {_OPERAND} before it")
    if before in _SLASHES and token.kind != "end" and token.text not in (")", "]", ",", "["):
        return _after_slash(before, token)
    if before in ("(", "[") or token.text == ",":
        return _empty(previous, token)
    if before in ("@", "::"):
        return _problem(previous, f"a name is missing after '{before}'", "write the name right after it")
    if token.kind == "operator" and before not in _SLASHES:
        return _problem(token, f"'{token.text}' was unexpected after '{before}'", f"write {_OPERAND} between them")
    remedy = "write a name after it, or remove it" if before in _SLASHES else f"write {_OPERAND} after it"
    return _problem(previous, f"nothing follows '{before}'", remedy)


def not_continued(previous: Token | None, token: Token) -> XPathInvalid:
    """
    The expression before *token* is complete, and *token* cannot go on with it.
    """
    before = _mark(previous)
    if token.text == "[":
        return _no_predicate(before, token)
    what, remedy = f"{_quoted(token)} was unexpected", "write an operator such as =, and, | or / before it"
    if token.kind == "name" and token.text.lower() in OPERATOR_NAMES:
        what, remedy = f"{_quoted(token)} is not an operator", f"did you mean '{token.text.lower()}'?"
    elif token.text == ",":
        remedy = "write it only between the arguments of a function"
    elif token.text in ("::", "("):
        remedy = "remove it"
    elif before in (".", "..") and token.kind == "name" and previous and previous.end == token.offset:
        what, remedy = f"{what} after '{before}'", f"write {before}/{token.text}"
    return _problem(token, what, remedy)


def not_empty(node_type: str, token: Token) -> XPathInvalid:
    """
    Something stands between the brackets of ``text()``, ``node()`` or ``comment()``.
    """
    return _problem(token, f"{_quoted(token)} was unexpected in {node_type}()", f"write {node_type}()")


def _after_slash(before: str, token: Token) -> XPathInvalid:
    what, remedy = f"{_quoted(token)} cannot follow '{before}'", "write a name between them"
    if token.kind == "function":
        what, remedy = f"the function {what}", f"write {token.text}(path)"
    elif token.kind == "variable":
        remedy = f"begin the path with {token.text}"
    elif token.text == "(":
        what, remedy = f"{what} in XPath 1.0", "write each alternative out, with | between them"
    return _problem(token, what, remedy)


def _empty(opening: Token, token: Token) -> XPathInvalid:
    """
    Brackets, or the place of an argument, hold nothing.
    """
    pair = f"{opening.text}{token.text}"
    if pair == "()":
        return _problem(opening, "the brackets '()' hold nothing", "write an expression between them")
    if pair == "[]":
        return _problem(opening, "the brackets '[]' hold nothing", "write a condition or a position between them")
    return _problem(token, f"nothing stands before {_quoted(token)}", f"write {_OPERAND} before it")


def _no_predicate(before: str, token: Token) -> XPathInvalid:
    remedy = "name an element between them"
    if before in (".", ".."):
        remedy = f"write {'self' if before == '.' else 'parent'}::node()[...]"
    what = f"'[' cannot follow '{before}'" if before in (".", "..", "/") else "'[' was unexpected"
    return _problem(token, what, remedy)


def _mark(token: Token | None) -> str:
    return token.text if token and token.kind in ("mark", "operator") else ""


def _quoted(token: Token) -> str:
    return token.text if token.kind == "literal" else f"'{token.text}'"


def _problem(token: Token, what: str, remedy: str) -> XPathInvalid:
    return XPathInvalid([XPathProblem(token.offset, what, remedy)])
