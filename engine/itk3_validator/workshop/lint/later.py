"""
What lint looks for in expressions of XPath 2.0 and 3.0, on elementpath's tree.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from itk3_validator.pack.marked import Mark

if TYPE_CHECKING:
    from itk3_validator.workshop.lint.subject import Subject, Written

_COMPARING = ("=", "!=", "<", "<=", ">", ">=", "eq", "ne", "lt", "le", "gt", "ge")
_BOOLEAN = frozenset(
    {
        "and",
        "or",
        "true",
        "false",
        "not",
        "boolean",
        "contains",
        "starts-with",
        "ends-with",
        "exists",
        "empty",
        *_COMPARING,
    }
)
_BINDERS = ("for", "some", "every", "let")


def mixed(written: Written, subject: Subject) -> Iterator[Mark]:
    """
    Where an `and` stands directly inside an `or`.
    """
    for token in _tokens(written, subject, "or"):
        if any(each.symbol == "and" for each in token):
            yield written.text.at(token.span[0])


def booleans(written: Written, subject: Subject) -> Iterator[Mark]:
    """
    Where a condition stands in a sequence, or is compared with something that is none.
    """
    for token in _tokens(written, subject, *_COMPARING, ","):
        kinds = [_is_boolean(each) for each in token]
        if any(kinds) and not all(kinds):
            yield written.text.at(_start(token[kinds.index(True)]))


def bound(written: Written, subject: Subject) -> Iterator[tuple[str, Mark]]:
    """
    The names that `for`, `some`, `every` and `let` give to what they go through, with their places.
    """
    for token in _tokens(written, subject, *_BINDERS):
        for each in token[:-1:2]:
            if each.symbol == "$":
                yield each[0].value, written.text.at(each.span[0])


def _tokens(written: Written, subject: Subject, *symbols: str) -> Iterator[Any]:
    tree = _tree(written, subject)
    if tree is not None:
        yield from tree.iter(*symbols)


def _tree(written: Written, subject: Subject) -> Any:
    from itk3_validator import xpath2  # elementpath is slow to import
    from itk3_validator.xpath import XPathInvalid

    names = [*subject.merged.named["selectors"], *(f"fact.{name}" for name in subject.merged.named["facts"])]
    try:
        return xpath2.read(
            written.text.text, version="3.0", namespaces=subject.namespaces, variables=names, costly=True
        ).tree
    except XPathInvalid:
        return None


def _is_boolean(token: Any) -> bool:
    if token.symbol == "(" and len(token) == 1:
        return _is_boolean(token[0])
    return token.symbol in _BOOLEAN


def _start(token: Any) -> int:
    starts: list[int] = [each.span[0] for each in token.iter()]
    return min(starts)
