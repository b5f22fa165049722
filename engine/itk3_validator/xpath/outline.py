"""
What can be told from the steps of a path: the paths to its ancestors, and a name for people.
"""

from __future__ import annotations

from collections.abc import Iterator

from itk3_validator.xpath.grammar import parse
from itk3_validator.xpath.problems import XPathInvalid
from itk3_validator.xpath.tree import Expr, Filter, Group, Path, Union, Variable

# Texts whose selectors are replaced are longer and deeper than what people may write.
_DEEPEST = 100
_DOWNWARDS = frozenset({"child", "attribute", "descendant"})


def shorter(text: str) -> tuple[str, ...]:
    """
    The ever shorter paths on which the nearest existing ancestor of *text* may be found, longest first.

    Steps are dropped from the right, then parentheses opened. What only lost its predicates is left out: there may be
    others of that name, but these are not ancestors. Of paths joined by `|` the first is followed.
    Empty for a value, and for what is no XPath.
    """
    try:
        tree = parse(text, deepest=_DEEPEST)
    except XPathInvalid:
        return ()
    return tuple(_shorter(tree, text))


def last_name(text: str) -> str:
    """
    A label for people: the last step's name without its prefix, or *text* itself where that has no name.
    """
    try:
        name = _last_name(parse(text, deepest=_DEEPEST))
    except XPathInvalid:
        return text
    return name or text


def leaves(text: str) -> tuple[str, ...]:
    """
    Where the last steps of *text* lead, when that is not to elements: ``attribute``, ``text``, or ``$name`` for the
    nodes of a variable.
    """
    try:
        return tuple(_leaves(parse(text, deepest=_DEEPEST)))
    except XPathInvalid:
        return ()


def _leaves(tree: Expr) -> Iterator[str]:
    match tree:
        case Path(steps=(*_, last)) if last.axis == "attribute":
            yield "attribute"
        case Path(steps=(*_, last)) if last.test == "text()":
            yield "text"
        case Path(base=inner, steps=()) if inner is not None:
            yield from _leaves(inner)
        case Path(base=inner, steps=(*_, last)) if inner is not None and last.axis == "self":
            yield from _leaves(inner)
        case Filter(base=inner) | Group(inner=inner):
            yield from _leaves(inner)
        case Union(paths=paths):
            for path in paths:
                yield from _leaves(path)
        case Variable(name=name):
            yield f"${name}"


def _shorter(tree: Expr, text: str) -> list[str]:
    match tree:
        case Path():
            return _cut(tree, text)
        case Filter(base=Group() as base):
            return _within(base, text)[1:]
        case Filter(base=base):
            return _within(base, text)
        case Group():
            return _within(tree, text)
        case Union(paths=(first, *_)):
            return _shorter(first, text)
    return []


def _cut(path: Path, text: str) -> list[str]:
    """
    The path without its last step, without its last two, and so on; then what it began with.
    """
    cuts = [text[path.start : step.end] for step in reversed(path.steps[:-1])]
    if path.base is not None:
        return [*cuts, text[path.base.start : path.base.end], *_shorter(path.base, text)]
    begins_below = bool(path.steps) and not path.absolute and path.steps[0].axis in _DOWNWARDS
    return [*cuts, "."] if begins_below else cuts


def _within(base: Expr, text: str) -> list[str]:
    """
    What stands in the parentheses, and its own shorter paths.
    """
    match base:
        case Group(inner=Path() | Filter() | Group() | Union() | Variable() as inner):
            return [text[inner.start : inner.end], *_shorter(inner, text)]
        case Variable():
            return [text[base.start : base.end]]
    return []


def _last_name(tree: Expr) -> str:
    match tree:
        case Path(steps=(*_, last)):
            return last.test.rpartition(":")[2] if last.is_name else ""
        case Filter(base=inner) | Group(inner=inner):
            return _last_name(inner)
    return ""
