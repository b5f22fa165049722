"""
Reading selectors, and the targets of checks: names and XPaths that are looked at closely before anything runs.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import replace

from itk3_validator import xpath
from itk3_validator.checks.ask import Target
from itk3_validator.pack.draft import Entry
from itk3_validator.pack.expand import Expanded
from itk3_validator.pack.extent import extent, too_large
from itk3_validator.pack.marked import Mapping as MarkedMapping
from itk3_validator.pack.marked import Node
from itk3_validator.pack.model import Extent, Selector
from itk3_validator.pack.order import in_order
from itk3_validator.pack.reader import Reader
from itk3_validator.pack.safety import believed, below_safe, uses
from itk3_validator.spelling import closest

RESERVED = ("test", "any-of", "request", "fact")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]*")

# Stands for a selector whose own mistake has been told, so that what names it is not told as well.
BROKEN = Selector("", "", "/", None, safe=False, expensive=None)


def selectors(
    entries: Mapping[str, Entry],
    *,
    reader: Reader,
    prefixes: tuple[str, ...],
    trusted: frozenset[str],
    foreign: frozenset[str],
) -> dict[str, Selector]:
    """
    Read the selectors of a pack and of what it extends. One that is wrong is told and left out.

    Args:
        trusted: names of the packs whose word ``safe`` is taken.

        foreign: names of the values in which another pack has a say.
    """
    made = {}
    known = dict.fromkeys(entries, BROKEN)
    for name, entry in entries.items():
        if name in RESERVED:
            reader.problem(
                entry.key, f"{name!r} is a word of the language", "choose another name for the selector", code="name"
            )
        selector = _selector(name, entry, reader, prefixes, known)
        if selector is not None:
            made[name] = selector
    order, circles = in_order({name: uses(selector) for name, selector in made.items()})
    for circle in circles:
        path = " -> ".join(f"${each}" for each in (*circle, circle[0]))
        what = f"the selector {circle[0]!r} refers to itself: {path}"
        reader.problem(entries[circle[0]].key, what, "begin one of them at '/'", code="name")
    measured = _measured({name: made[name] for name in order}, entries, reader)
    sound = {name: measured[name] for name in made if name in measured}
    return believed(sound, entries, values=reader.values, trusted=trusted, foreign=foreign)


def _selector(
    name: str, entry: Entry, reader: Reader, prefixes: tuple[str, ...], known: Mapping[str, Selector]
) -> Selector | None:
    node: Node = entry.value
    fields: Mapping[str, Node] = {"xpath": node}
    if isinstance(node, MarkedMapping):
        before = len(reader.problems)
        fields = reader.some_fields(node, optional=("xpath", "follow", "safe", "expensive"))
        if ("xpath" in fields) == ("follow" in fields):
            if len(reader.problems) > before:
                return None
            reader.problem(node, f"the selector {name!r} needs either 'xpath' or 'follow'", "write one of them")
            return None
    expensive = reader.text(fields["expensive"]) if "expensive" in fields else None
    kind = "follow" if "follow" in fields else "xpath"
    expanded = read_xpath(fields[kind], reader, prefixes, known, costly=expensive is not None)
    if expanded is None:
        return None
    written, expression = expanded
    if expression.start not in ("document", "variable"):
        what = f"the selector {name!r} does not begin at the document"
        reader.problem(written, what, "begin with '/', '(/' or another selector's $name", code="xpath")
        return None
    safe = "safe" in fields and reader.flag(fields["safe"])
    text = expression.text
    return Selector(
        name, entry.pack, text if kind == "xpath" else None, text if kind == "follow" else None, safe, expensive
    )


def _measured(made: Mapping[str, Selector], entries: Mapping[str, Entry], reader: Reader) -> dict[str, Selector]:
    """
    The selectors with their extents; one that grows too large is told and left out, with all that stand on it.

    Args:
        made: each after those that it stands on.
    """
    measured: dict[str, Selector] = {}
    for name, selector in made.items():
        if any(each in made and each not in measured for each in uses(selector)):
            continue
        size = extent(selector.expression, measured)
        if not _tell_extent(size, entries[name].key, reader):
            # What follows references is looked up message by message: its name stays where it is used.
            size = size if selector.follow is None else Extent(len(name), size.depth)
            measured[name] = replace(selector, extent=size)
    return measured


def _tell_extent(size: Extent, node: Node | Expanded, reader: Reader) -> bool:
    wrong = too_large(size)
    if wrong is not None:
        reader.problem(node, *wrong, code="xpath")
    return wrong is not None


def read_xpath(
    node: Node,
    reader: Reader,
    prefixes: tuple[str, ...],
    known: Mapping[str, Selector],
    *,
    costly: bool,
    scalars: tuple[str, ...] = (),
) -> tuple[Expanded, xpath.Expression] | None:
    """
    An XPath that uses only what is declared and, unless *costly*, nothing that walks the whole message.
    """
    expanded = reader.expanded(node)
    if expanded is None:
        return None
    try:
        expression = xpath.read(expanded.text, prefixes=prefixes, variables=known, scalars=scalars)
    except xpath.XPathInvalid as invalid:
        for problem in invalid.problems:
            reader.problem(expanded, problem.what, problem.remedy, problem.offset, code="xpath")
        return None
    if expression.costly and not costly:
        for problem in expression.costly:
            reader.problem(expanded, problem.what, problem.remedy, problem.offset, code="costly-xpath")
        return None
    if _tell_extent(extent(expanded.text, known), expanded, reader):
        return None
    return expanded, expression


def read_target(
    node: Node,
    reader: Reader,
    prefixes: tuple[str, ...],
    known: Mapping[str, Selector],
    *,
    costly: bool,
    here: bool,
) -> Target | None:
    """
    ``NAME``, ``request.NAME``, or an XPath written in place.

    Args:
        here: whether the node that ``./`` is relative to is safe.
    """
    text = reader.text(node)
    if text is None:
        return None
    if text.startswith("fact."):
        remedy = "ask for it under 'given:', or compare a place with it by same-as"
        reader.problem(node, "a fact is no place of the message", remedy, code="name")
        return None
    name = text.removeprefix("request.")
    if text.startswith("request.") or _NAME.fullmatch(text):
        if name in known:
            return Target(text, f"${name}", text, text.startswith("request."), safe=known[name].safe)
        reader.problem(node, f"unknown selector {name!r}", _meant(name, known), code="name")
        return None
    read = read_xpath(node, reader, prefixes, known, costly=costly)
    if read is None:
        return None
    written, expression = read
    if expression.start == "value":
        reader.problem(
            written, "this XPath names no place", "name a place, or write the expression under 'test:'", code="xpath"
        )
        return None
    label = xpath.last_name(expression.text)
    relative = expression.start == "context"
    return Target(text, expression.text, label, relative=relative, safe=below_safe(expression.text, known, here=here))


def _meant(name: str, known: Collection[str]) -> str:
    near = closest(name, known)
    if near is not None:
        return f"did you mean {near!r}?"
    return "declare it under selectors:; an XPath begins with '/', './' or '$'"
