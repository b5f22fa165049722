"""
Places that are not in a message, made from the XPath that does not find them.
"""

from __future__ import annotations

from collections.abc import Iterator

from itk3_validator import xpath
from itk3_validator.evaluate import NO_REQUEST, scope_of
from itk3_validator.fhir import Node
from itk3_validator.message import Message
from itk3_validator.query import Query
from itk3_validator.scope import Scope
from itk3_validator.workshop.editing.elements import set_value
from itk3_validator.workshop.editing.parts import Chain, Part, chain_of
from itk3_validator.workshop.editing.skeleton import NotMade, build
from itk3_validator.workshop.proof.look import Look
from itk3_validator.workshop.proof.mutant import Copy, Edit
from itk3_validator.xpath.grammar import parse
from itk3_validator.xpath.tree import Call, Expr, Filter, Group, Operation, Path, Union


def makes(look: Look, value: str | None, *, everywhere: bool = False) -> Iterator[tuple[str, Edit]]:
    """
    Edits that make the place of a check, one for each way that its XPath names; with a value or without.

    It is made in the first element where there is room for it, with *everywhere* also in the last.
    """
    if look.ask.bound is None:
        return
    texts = alternatives(look.ask.bound.query.text)
    for text in texts:
        named = f", as in {_short(text)}" if len(texts) > 1 else ""
        yield named, _maker(look, text, value, at=0)
        if everywhere and len(_around(look.scope, text, look.ask.bound.query, look.scope.context)[0]) > 1:
            yield f"{named}, in the last place for it", _maker(look, text, value, at=-1)


def _maker(look: Look, text: str, value: str | None, *, at: int) -> Edit:
    bound = look.ask.bound

    def edit(copy: Copy) -> None:
        if bound is None:
            return
        context = copy.twin(look.scope.context) if bound.target.relative else copy.root
        message = Message(look.case.message.source, copy.root)
        scope = scope_of(look.plan, message, facts={}, request=NO_REQUEST).at(context)
        made, part = _made(scope, text, bound.query, context, at=at)
        # What the XPath itself wants of the value goes before what we would write.
        if value is not None and part.value is None and made.get("value") is None:
            set_value(made, value, part)

    return edit


def _made(scope: Scope, text: str, query: Query, context: Node, *, at: int) -> tuple[Node, Part]:
    """
    The place built in the deepest element of its path that is there.
    """
    nodes, rest = _around(scope, text, query, context)
    if not rest or rest[-1].kind == "variable":
        raise NotMade("its XPath does not say which element it is")
    if nodes:
        return build(nodes[at], rest), rest[-1]
    if rest[0].kind == "variable":
        raise NotMade(f"no reference of the message leads to ${rest[0].name}")
    below_root = scope.context is not context or not text.startswith("/")
    return build(context, rest if below_root else rest[1:]), rest[-1]


def _around(scope: Scope, text: str, query: Query, context: Node) -> tuple[list[Node], Chain]:
    """
    The deepest elements of a path that are there, and the parts of the path that are missing in them.
    """
    chain = chain_of(text, query.namespaces) or ()
    for shorter in xpath.shorter(text):
        before = () if shorter == "." else chain_of(shorter, query.namespaces)
        if before is None or chain[: len(before)] != before or len(before) == len(chain):
            continue
        found = scope.evaluate(Query(shorter, query.namespaces, query.follows), context, {})
        nodes = [node for node in found if not isinstance(node, str)] if isinstance(found, list) else []
        if nodes:
            return nodes, chain[len(before) :]
    return [], chain


_MOST = 12


def alternatives(text: str) -> tuple[str, ...]:
    """
    An XPath once for each of what it joins by ``|`` or ``or``, at most twelve.
    """
    waiting: list[str] = [text]
    done: list[str] = []
    while waiting and len(waiting) + len(done) < _MOST:
        each = waiting.pop(0)
        choices = _choices(each)
        if len(choices) > 1:
            waiting += choices
        else:
            done.append(each)
    return tuple(dict.fromkeys([*done, *waiting]))


def _choices(text: str) -> list[str]:
    found = next(_joined(parse_tree(text)), None)
    if found is None:
        return [text]
    operands = found.paths if isinstance(found, Union) else found.operands
    return [f"{text[: found.start]}{text[each.start : each.end]}{text[found.end :]}" for each in operands]


def parse_tree(text: str) -> Expr:
    """
    The syntax of an XPath whose selectors are written out.
    """
    return parse(text, deepest=100)


def _joined(tree: Expr) -> Iterator[Operation | Union]:
    """
    What joins alternatives, outermost first; not what stands in a ``not()``.
    """
    match tree:
        case Union():
            yield tree
        case Operation(operators=("or", *_)):
            yield tree
        case Operation(operands=operands):
            for each in operands:
                yield from _joined(each)
        case Call(name=name, arguments=arguments) if name != "not":
            for each in arguments:
                yield from _joined(each)
        case Group(inner=inner):
            yield from _joined(inner)
        case Filter(base=base, predicates=predicates):
            for each in (base, *predicates):
                yield from _joined(each)
        case Path(base=base, steps=steps):
            for each in (*(() if base is None else (base,)), *(one for step in steps for one in step.predicates)):
                yield from _joined(each)


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"…{text[-59:]}"


def is_positional(text: str) -> bool:
    """
    Whether an XPath ends in ``[1]``: it takes one node by its own words.
    """
    tree = parse_tree(text)
    while isinstance(tree, Group):
        tree = tree.inner
    predicates = (
        tree.predicates
        if isinstance(tree, Filter)
        else tree.steps[-1].predicates
        if isinstance(tree, Path) and tree.steps
        else ()
    )
    return bool(predicates) and text[predicates[-1].start : predicates[-1].end].strip().isdigit()
