"""
Which FHIR STU3 types a path leads to, and where it names an element that STU3 does not have there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, TypeAlias

from itk3_validator.fhir import FHIR, XHTML
from itk3_validator.spelling import did_you_mean
from itk3_validator.stu3 import Element, attributes_of, children_of, is_resource, resources
from itk3_validator.xpath.tree import (
    Call,
    Expr,
    Filter,
    Group,
    Literal,
    Negation,
    Number,
    Operation,
    Path,
    Step,
    Union,
    Variable,
)

# The types of the nodes that an expression can yield; None: not known, so nothing is said of it.
Types: TypeAlias = frozenset[str] | None

ATTRIBUTE = "@"
_DOCUMENT = frozenset({"Resource"})
_CONTENT = "xhtml"
_MOST_NAMED = 3
_MEANT = "; where a wrong name itself is looked for, write *[local-name()='{name}']"


class Unknown(NamedTuple):
    """
    A step that can lead nowhere: where its name stands in the text, and what was meant.
    """

    offset: int
    what: str
    remedy: str


class _Notes:
    """
    What is met on the way through an expression.
    """

    def __init__(self) -> None:
        self.told: list[Unknown] = []
        self.parts: list[tuple[Expr, Types]] = []


class Typing:
    """
    Follows XPaths through the types of STU3.

    Args:
        selectors: name to its syntax, and whether it selects what references at that place point to.
    """

    def __init__(self, selectors: Mapping[str, tuple[Expr | None, bool]], namespaces: Mapping[str, str]) -> None:
        self._selectors = selectors
        self._namespaces = namespaces
        self._known: dict[str, Types] = {}

    def of(self, tree: Expr, context: Types) -> Types:
        """
        The types that an expression leads to from nodes of the types *context*.
        """
        return self._walk(tree, context, _Notes())

    def unknown(self, tree: Expr, context: Types) -> tuple[Unknown, ...]:
        """
        The steps that STU3 does not have, predicates and arguments included.
        """
        notes = _Notes()
        self._walk(tree, context, notes)
        return tuple(dict.fromkeys(notes.told))

    def parts(self, tree: Expr, context: Types) -> tuple[tuple[Expr, Types], ...]:
        """
        An expression and everything inside it, each part with the types that it begins at.
        """
        notes = _Notes()
        self._walk(tree, context, notes)
        return tuple(notes.parts)

    def _walk(self, tree: Expr, context: Types, notes: _Notes) -> Types:
        notes.parts.append((tree, context))
        match tree:
            case Variable(name=name):
                return self._selector(name)
            case Group(inner=inner):
                return self._walk(inner, context, notes)
            case Filter(base=base, predicates=predicates):
                return self._filtered(self._walk(base, context, notes), predicates, notes)
            case Path():
                return self._path(tree, context, notes)
            case Union(paths=paths):
                return _joined([self._walk(path, context, notes) for path in paths])
            case Call(arguments=parts) | Operation(operands=parts):
                for part in parts:
                    self._walk(part, context, notes)
            case Negation(operand=operand):
                self._walk(operand, context, notes)
            case Literal() | Number():
                pass
        return None

    def _selector(self, name: str) -> Types:
        if name not in self._known:
            self._known[name] = None  # a circle ends here
            tree, follows = self._selectors.get(name, (None, False))
            if tree is not None:
                self._known[name] = resources() if follows else self._walk(tree, None, _Notes())
        return self._known[name]

    def _path(self, path: Path, context: Types, notes: _Notes) -> Types:
        types = self._walk(path.base, context, notes) if path.base is not None else context
        if path.absolute:
            types = _DOCUMENT
        for step in path.steps:
            types = self._filtered(self._step(step, types, notes), step.predicates, notes)
        return types

    def _filtered(self, types: Types, predicates: tuple[Expr, ...], notes: _Notes) -> Types:
        for predicate in predicates:
            self._walk(predicate, types, notes)
        return types

    def _step(self, step: Step, types: Types, notes: _Notes) -> Types:
        if types is None or step.separator == "//":
            return None
        if step.axis == "self":
            return self._itself(step, types, notes)
        if step.axis == "attribute":
            return self._attribute(step, types, notes)
        return self._child(step, types, notes) if step.axis == "child" else None

    def _itself(self, step: Step, types: frozenset[str], notes: _Notes) -> Types:
        if step.test == "node()":
            return types
        name = step.test.rpartition(":")[2]
        if not all(is_resource(each) for each in types) or not step.is_name:
            return None
        if name in types:
            return frozenset({name})
        notes.told.append(Unknown(step.named, f"no resource here is called '{name}'", _meant(name, types)))
        return None

    def _attribute(self, step: Step, types: frozenset[str], notes: _Notes) -> Types:
        known = frozenset(name for each in types for name in attributes_of(each))
        if _CONTENT in types or not step.is_name or step.prefix or step.test in known:
            return frozenset({ATTRIBUTE})
        near = did_you_mean(f"@{step.test}", {f"@{name}" for name in known})
        below = {name for each in types for name in children_of(each)}
        remedy = f"it is an element: write f:{step.test}/@value" if step.test in below else near or "remove it"
        notes.told.append(Unknown(step.named, _lacks(types, f"attribute '{step.test}'"), remedy))
        return None

    def _child(self, step: Step, types: frozenset[str], notes: _Notes) -> Types:
        if types <= {_CONTENT}:
            return frozenset({_CONTENT})
        known = _children(types)
        if not step.is_name:
            return frozenset(each.type for each in known.values()) if step.test in ("*", "f:*") else None
        uri, name = self._namespaces.get(step.prefix), step.test.rpartition(":")[2]
        if uri not in (FHIR, XHTML):
            return None
        element = known.get(name)
        if element is not None and (element.type == _CONTENT) == (uri == XHTML):
            return frozenset(own.type for each in types if (own := children_of(each).get(name)) is not None)
        notes.told.append(self._missing(step, name, element, types))
        return None

    def _missing(self, step: Step, name: str, element: Element | None, types: frozenset[str]) -> Unknown:
        what = _lacks(types, f"element '{name}'")
        if element is not None:
            prefix = next((each for each, uri in self._namespaces.items() if uri == XHTML), "h")
            prefix = prefix if element.type == _CONTENT else "f"
            return Unknown(step.named, what, f"write {prefix}:{name}")
        if any(name in attributes_of(each) for each in types):
            return Unknown(step.named, what, f"it is an attribute: write @{name}")
        return Unknown(step.named, what, _meant(name, set(_children(types))))


def _meant(name: str, known: set[str] | frozenset[str]) -> str:
    typed = sorted(each for each in known if each.startswith(name) and each[len(name) :][:1].isupper())
    near = f"write it with its type, such as {typed[0]}" if len(typed) > 1 else did_you_mean(name, known)
    return f"{near}{_MEANT.format(name=name)}" if near else _MEANT.format(name=name).removeprefix("; ")


def _children(types: frozenset[str]) -> dict[str, Element]:
    return {name: element for each in sorted(types) for name, element in children_of(each).items()}


def _lacks(types: frozenset[str], what: str) -> str:
    if types == _DOCUMENT:
        return f"FHIR STU3 has no resource for the {what}"
    names = sorted(types)
    if len(names) > _MOST_NAMED:
        return f"no type of FHIR STU3 that can stand here has the {what}"
    article = "an" if names[0][:1] in "AEIOaeio" else "a"
    return f"{article} {' or '.join(names)} has no {what} in FHIR STU3"


def _joined(parts: list[Types]) -> Types:
    found: set[str] = set()
    for each in parts:
        if each is None:
            return None
        found |= each
    return frozenset(found)
