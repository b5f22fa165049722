"""
Whether the brackets of an XPath fit together.
"""

from __future__ import annotations

from collections.abc import Iterable

from itk3_validator.xpath.problems import XPathInvalid, XPathProblem
from itk3_validator.xpath.tokens import Token

_CLOSING = {"(": ")", "[": "]"}


def check_brackets(tokens: Iterable[Token], *, deepest: int) -> None:
    """
    Demand that every bracket has its partner and that they are nested at most *deepest* levels.

    Raises:
        XPathInvalid: Each bracket that is never closed, else the first that does not fit or lies too deep.
    """
    unclosed: list[Token] = []
    for token in tokens:
        if token.kind != "mark":
            continue
        if token.text in _CLOSING:
            unclosed.append(token)
            if len(unclosed) > deepest:
                what = f"brackets are nested more than {deepest} levels deep"
                raise XPathInvalid([XPathProblem(token.offset, what, "give the inner part a name of its own")])
        elif token.text in _CLOSING.values():
            _close(token, unclosed)
    if unclosed:
        raise XPathInvalid(map(_missing, unclosed))


def _close(token: Token, unclosed: list[Token]) -> None:
    """
    Take the bracket that *token* closes from the list.
    """
    if not unclosed:
        opening = next(left for left, right in _CLOSING.items() if right == token.text)
        what, remedy = f"this '{token.text}' closes nothing", f"remove it, or add the '{opening}' before it"
        raise XPathInvalid([XPathProblem(token.offset, what, remedy)])
    if _CLOSING[unclosed[-1].text] != token.text:
        raise XPathInvalid([_missing(unclosed[-1])])
    unclosed.pop()


def _missing(opening: Token) -> XPathProblem:
    closing = _CLOSING[opening.text]
    return XPathProblem(
        opening.offset, f"a '{closing}' is missing for the '{opening.text}' here", f"add the '{closing}'"
    )
