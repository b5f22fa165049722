"""
From an XPath to the elements and attributes that would satisfy it, outermost first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from itk3_validator.fhir import FHIR, XHTML
from itk3_validator.value import replace
from itk3_validator.xpath.grammar import parse
from itk3_validator.xpath.problems import XPathInvalid
from itk3_validator.xpath.tree import Call, Expr, Filter, Group, Literal, Number, Operation, Path, Step, Union, Variable

NAMESPACES: Mapping[str, str] = {"f": FHIR, "h": XHTML, "xml": "http://www.w3.org/XML/1998/namespace"}
# Texts whose selectors are replaced are longer and deeper than what people may write.
_DEEPEST = 100


@dataclass(frozen=True, slots=True)
class Part:
    """
    One step that is to be there.

    Attributes:
        kind: ``element``, ``attribute``, ``text``, ``parent`` (back to the element around), or ``variable``: the nodes
            that ``$name`` stands for.

        name: the local name; empty where any would do. *begins* is what it has to begin with then.

        index: which of its siblings of that name it is, from 1.

        value: the value that a predicate wants of it.

        holds: what a predicate wants to be inside it, each a chain of parts of its own.

        deep: whether it may stand at any level below.
    """

    kind: str
    name: str = ""
    namespace: str = ""
    begins: str = ""
    index: int = 1
    value: str | None = None
    holds: tuple[tuple[Part, ...], ...] = ()
    deep: bool = False


Chain = tuple[Part, ...]


def chain_of(text: str, namespaces: Mapping[str, str] = NAMESPACES) -> Chain | None:
    """
    The parts of a location path, outermost first; None for a value, and for what is no XPath.

    Of paths joined by ``|``, and of what is joined by ``or``, the first is taken. Predicates that want something to be
    absent, or that cannot be made true by adding something, are passed over.
    """
    try:
        tree = parse(text, deepest=_DEEPEST)
    except XPathInvalid:
        return None
    return _Reader(namespaces).chain(tree)


class _Reader:
    """
    Reads the parts of one XPath; *namespaces* says what its prefixes mean.
    """

    def __init__(self, namespaces: Mapping[str, str]) -> None:
        self.namespaces = {**NAMESPACES, **namespaces}

    def chain(self, tree: Expr) -> Chain | None:
        match tree:
            case Path(base=None, steps=steps):
                return self._steps((), steps)
            case Path(base=base, steps=steps) if base is not None and (before := self.chain(base)) is not None:
                return self._steps(before, steps)
            case Filter(base=base, predicates=predicates) if (before := self.chain(base)) is not None:
                return (*before[:-1], self._with(before[-1], predicates)) if before else before
            case Group(inner=inner) | Union(paths=(inner, *_)):
                return self.chain(inner)
            case Variable(name=name) if not name.startswith("fact."):
                return (Part("variable", name),)
        return None

    def _steps(self, before: Chain, steps: Iterable[Step]) -> Chain:
        chain = list(before)
        deep = False
        for step in steps:
            deep = deep or step.separator == "//" or step.axis.startswith("descendant")
            if step.axis == "descendant-or-self" and step.test == "node()":
                continue
            if step.axis == "parent":
                if chain and chain[-1].kind != "variable":
                    chain.pop()
                else:
                    chain.append(Part("parent"))
                continue
            if step.axis == "self":
                chain[-1:] = [self._with(self._named(each, step), step.predicates) for each in chain[-1:]]
                continue
            part = replace(self._named(Part(_kind(step)), step), deep=deep)
            chain.append(self._with(part, step.predicates))
            deep = False
        return tuple(chain)

    def _named(self, part: Part, step: Step) -> Part:
        prefix, _, name = step.test.rpartition(":")
        if step.test.endswith(")"):
            return part
        return replace(part, name="" if name == "*" else name, namespace=self.namespaces.get(prefix, ""))

    def _with(self, part: Part, predicates: Iterable[Expr]) -> Part:
        for predicate in predicates:
            part = self._wanted(part, predicate)
        return part

    def _wanted(self, part: Part, predicate: Expr) -> Part:
        """
        The part with what a predicate asks of it.
        """
        wanted = part
        match predicate:
            case Number(text=text):
                wanted = replace(part, index=int(float(text)))
            case Group(inner=inner):
                wanted = self._wanted(part, inner)
            case Operation(operators=("and", *_), operands=operands):
                wanted = self._with(part, operands)
            case Operation(operators=("or", *_), operands=(first, *_)):
                wanted = self._wanted(part, first)
            case Operation(operators=("=",), operands=(left, right)):
                wanted = self._equal(part, left, right)
            case Call(name="starts-with", arguments=(left, right)):
                wanted = self._begun(part, left, right)
            case Call(name="contains", arguments=(left, right)):
                wanted = self._equal(part, left, right)
            case Path() | Filter() | Union():
                wanted = self._holding(part, predicate, None)
        return wanted

    def _equal(self, part: Part, left: Expr, right: Expr) -> Part:
        if isinstance(left, (Literal, Number)):
            left, right = right, left
        if not isinstance(right, (Literal, Number)):
            return part
        value = right.value if isinstance(right, Literal) else right.text
        match left:
            case Call(name="local-name" | "name", arguments=()):
                return replace(part, name=value.rpartition(":")[2])
            case Call(name="position", arguments=()):
                return replace(part, index=int(float(value))) if isinstance(right, Number) else part
            case Call(name="normalize-space" | "string", arguments=(inner,)):
                return self._holding(part, inner, value)
        return self._holding(part, left, value)

    def _begun(self, part: Part, left: Expr, right: Expr) -> Part:
        if isinstance(left, Call) and left.name in ("local-name", "name") and isinstance(right, Literal):
            return replace(part, begins=right.value)
        return self._equal(part, left, right)

    def _holding(self, part: Part, path: Expr, value: str | None) -> Part:
        """
        The part with that path inside it; ``.`` is the part itself.
        """
        chain = self.chain(path)
        if chain is None or any(each.kind in ("variable", "parent") for each in chain):
            return part
        if not chain:
            # `self::f:Patient` names what `*` leaves open
            if isinstance(path, Path) and path.steps and path.steps[0].is_name:
                return self._named(part, path.steps[0])
            return part if value is None else replace(part, value=value)
        if value is not None:
            chain = (*chain[:-1], replace(chain[-1], value=value))
        return replace(part, holds=(*part.holds, chain))


def _kind(step: Step) -> str:
    if step.axis == "attribute":
        return "attribute"
    return "text" if step.test == "text()" else "element"
