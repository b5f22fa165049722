"""
Reading selectors, and the targets of checks: names and XPaths that are looked at closely before anything runs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from itk3_validator import xpath
from itk3_validator.checks.ask import Target
from itk3_validator.pack.draft import Entry
from itk3_validator.pack.expand import Expanded
from itk3_validator.pack.marked import Mapping as MarkedMapping
from itk3_validator.pack.marked import Node
from itk3_validator.pack.model import Selector
from itk3_validator.pack.reader import Reader
from itk3_validator.pack.safety import believed, below_safe, uses
from itk3_validator.spelling import did_you_mean

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
) -> dict[str, Selector]:
    """
    Read the selectors of a pack and of what it extends.

    Args:
        trusted: names of the packs whose word ``safe`` is taken.
    """
    made = {}
    for name, entry in entries.items():
        if name in RESERVED:
            reader.problem(entry.key, f"{name!r} is a word of the language", "choose another name for the selector")
        selector = _selector(name, entry, reader, prefixes, tuple(entries))
        if selector is not None:
            made[name] = selector
    _tell_circles(made, entries, reader)
    return believed(made, entries, values=reader.values, trusted=trusted)


def _selector(
    name: str, entry: Entry, reader: Reader, prefixes: tuple[str, ...], known: tuple[str, ...]
) -> Selector | None:
    node: Node = entry.value
    fields: Mapping[str, Node] = {"xpath": node}
    if isinstance(node, MarkedMapping):
        read = reader.fields(node, optional=("xpath", "follow", "safe", "expensive"))
        fields = read if read is not None else {}
        if ("xpath" in fields) == ("follow" in fields):
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
        reader.problem(written, what, "begin with '/', '(/' or another selector's $name")
        return None
    safe = "safe" in fields and reader.flag(fields["safe"])
    text = expression.text
    return Selector(
        name, entry.pack, text if kind == "xpath" else None, text if kind == "follow" else None, safe, expensive
    )


def read_xpath(
    node: Node,
    reader: Reader,
    prefixes: tuple[str, ...],
    variables: tuple[str, ...],
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
        expression = xpath.read(expanded.text, prefixes=prefixes, variables=variables, scalars=scalars)
    except xpath.XPathInvalid as invalid:
        for problem in invalid.problems:
            reader.problem(expanded, problem.what, problem.remedy, problem.offset)
        return None
    if expression.costly and not costly:
        for problem in expression.costly:
            reader.problem(expanded, problem.what, problem.remedy, problem.offset)
        return None
    return expanded, expression


def read_target(
    node: Node,
    reader: Reader,
    prefixes: tuple[str, ...],
    known: Mapping[str, Selector],
    *,
    costly: bool,
) -> Target | None:
    """
    ``NAME``, ``request.NAME``, or an XPath written in place.
    """
    text = reader.text(node)
    if text is None:
        return None
    name = text.removeprefix("request.")
    if text.startswith("request.") or _NAME.fullmatch(text):
        if name in known:
            return Target(text, f"${name}", name, text.startswith("request."), safe=known[name].safe)
        remedy = did_you_mean(name, known)
        reader.problem(
            node, f"unknown selector {name!r}", f"{remedy}; an XPath begins with '/', './' or '$'".lstrip("; ")
        )
        return None
    read = read_xpath(node, reader, prefixes, tuple(known), costly=costly)
    if read is None:
        return None
    written, expression = read
    if expression.start == "value":
        reader.problem(written, "this XPath names no place", "name a place, or write the expression under 'test:'")
        return None
    label = xpath.last_name(expression.text)
    relative = expression.start == "context"
    return Target(text, expression.text, label, relative=relative, safe=below_safe(expression.text, known))


def _tell_circles(made: Mapping[str, Selector], entries: Mapping[str, Entry], reader: Reader) -> None:
    told: set[str] = set()
    for name in made:
        circle = _circle(name, made)
        if circle and not told.intersection(circle):
            told.update(circle)
            path = " -> ".join(f"${each}" for each in (*circle, circle[0]))
            reader.problem(
                entries[name].key, f"the selector {name!r} refers to itself: {path}", "begin one of them at '/'"
            )


def _circle(name: str, made: Mapping[str, Selector]) -> tuple[str, ...]:
    """
    The selectors on the way from *name* back to itself; nothing when there is no way.
    """
    walk: list[tuple[str, Iterator[str]]] = [(name, iter(uses(made[name])))]
    seen: set[str] = set()
    while walk:
        each = next(walk[-1][1], None)
        if each is None:
            walk.pop()
        elif each == name:
            return tuple(step for step, _ in walk)
        elif each in made and each not in seen:
            seen.add(each)
            walk.append((each, iter(uses(made[each]))))
    return ()
