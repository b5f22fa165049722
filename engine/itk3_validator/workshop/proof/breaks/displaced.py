"""
Breaks of what a selector says of a place: its namespace, its level, and the values by which it is chosen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice

from lxml import etree

from itk3_validator.checks.verb import Asks
from itk3_validator.fhir import FHIR, Node, children, element_of, local_name
from itk3_validator.message import value_of
from itk3_validator.workshop.proof.doing import give
from itk3_validator.workshop.proof.look import Look
from itk3_validator.workshop.proof.making import parse_tree
from itk3_validator.workshop.proof.mutant import Aspect, Break, Copy, Edit
from itk3_validator.xpath.tree import Call, Expr, Filter, Group, Literal, Operation, Path


def displaced(look: Look) -> Iterator[Break]:
    """
    What has to be there is there and is not it: in another namespace, a level too high, in an extension of another url,
    or with another value where it is chosen by one.

    A selector that finds it all the same is too wide.
    """
    if not look.nodes or not _has_to_be(look) or any(isinstance(node, str) for node in look.nodes):
        return
    yield Break("it stands in another namespace", look.here, Aspect.NUMBER, _each(look.nodes, _unnamed))
    if all(len(list(islice(node.iterancestors(), 2))) == 2 for node in look.nodes):
        yield Break("it stands a level too high", look.here, Aspect.NUMBER, _each(look.nodes, _raised))
    yield from _chosen(look)
    extensions = [_extension(node) for node in look.nodes]
    if None in extensions:
        return
    for words, change in (
        ("a character more at its end", lambda url: f"{url}x"),
        ("a space at its end", lambda url: f"{url} "),
        ("capitals for small letters and small ones for capitals", str.swapcase),
    ):
        what = f"the url of its extension has {words}"
        yield Break(what, extensions[0], Aspect.NUMBER, _each(extensions, _readdressed(change)))


def _has_to_be(look: Look) -> bool:
    if look.ask.verb.name == "count":
        return bool(look.check.range.low == len(look.nodes))
    if look.ask.verb.asks in (Asks.VALUE, Asks.NODE):
        return look.ask.bound is not None and (look.ask.count is None or look.ask.count.low > 0)
    return look.ask.verb.name == "present"


def _extension(node: Node) -> Node | None:
    """
    The nearest extension that a node is, or is in.
    """
    return next((each for each in (node, *node.iterancestors()) if each.tag == f"{{{FHIR}}}extension"), None)


def _unnamed(twin: Node) -> None:
    twin.tag = f"{{urn:x-example:another}}{local_name(twin)}"


def _raised(twin: Node) -> None:
    twin.getparent().addnext(twin)


def _chosen(look: Look) -> Iterator[Break]:
    """
    Values that the XPath compares with a text: each becomes nearly it, and the system beside a code another.
    """
    for path, literal in dict.fromkeys(_compared(look)):
        # An extension's url is changed below, whatever the path says of it; a $name is of another place.
        if path == "@url" or "$" in path:
            continue
        found = [each for node in look.nodes for each in _at(look, node, path, literal)]
        if not found:
            continue
        for words, text in (("a character more at its end", f"{literal}0"), ("a space at its end", f"{literal} ")):
            edit = _given(found, text)
            yield Break(f"the value of {path}, by which it is chosen, has {words}", found[0], Aspect.NUMBER, edit)
        coded = [element_of(each) for each in found if local_name(element_of(each)) == "code"]
        systems = [system for code in coded for system in children(code.getparent(), "system")]
        if systems:
            what = "the code by which it is chosen is of another system"
            yield Break(what, systems[0], Aspect.NUMBER, _given(systems, "https://example.org/another-system"))


def _given(nodes: Sequence[Node], text: str) -> Edit:
    def edit(copy: Copy) -> None:
        for node in nodes:
            give(copy, node, text)

    return edit


def _at(look: Look, node: Node, path: str, literal: str) -> list[Node]:
    """
    What a path of a predicate finds from a node, or from one around it, with the value that is asked for.
    """
    namespaces = look.ask.bound.query.namespaces if look.ask.bound is not None else {}
    find = etree.XPath(path, namespaces=dict(namespaces), regexp=False)
    for each in (node, *node.iterancestors()):
        found = find(each)
        values = [one for one in found if value_of(one) == literal] if isinstance(found, list) else []
        if values:
            return values
    return []


def _compared(look: Look) -> Iterator[tuple[str, str]]:
    if look.ask.bound is not None:
        text = look.ask.bound.query.text
        for path, literal in _equal(parse_tree(text)):
            yield text[path.start : path.end], literal.value


def _equal(tree: Expr) -> Iterator[tuple[Path, Literal]]:
    match tree:
        case Operation(operators=("=",), operands=(Path(base=None) as path, Literal() as literal)):
            yield path, literal
        case Operation(operators=("=",), operands=(Literal() as literal, Path(base=None) as path)):
            yield path, literal
        case Operation(operators=("and", *_), operands=parts):
            for part in parts:
                yield from _equal(part)
        case Call(name="not"):
            return
        case Group(inner=inner):
            yield from _equal(inner)
        case Filter(base=base, predicates=predicates):
            for part in (base, *predicates):
                yield from _equal(part)
        case Path(base=base, steps=steps):
            if base is not None:
                yield from _equal(base)
            for step in steps:
                for part in step.predicates:
                    yield from _equal(part)


def _readdressed(change: Callable[[str], str]) -> Callable[[Node], None]:
    def edit(twin: Node) -> None:
        twin.set("url", change(twin.get("url", "")))

    return edit


def _each(nodes: Sequence[Node], change: Callable[[Node], None]) -> Edit:
    def edit(copy: Copy) -> None:
        for node in dict.fromkeys(nodes):
            change(copy.twin(node))

    return edit
