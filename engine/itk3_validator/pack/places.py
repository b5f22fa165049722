"""
Reading selectors, and the targets of checks: names and XPaths that are looked at closely before anything runs.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from itk3_validator import xpath
from itk3_validator.checks.ask import Target
from itk3_validator.pack.draft import Entry
from itk3_validator.pack.expand import Expanded
from itk3_validator.pack.extent import extent, too_large
from itk3_validator.pack.marked import Mapping as MarkedMapping
from itk3_validator.pack.marked import Node
from itk3_validator.pack.model import Extent, Selector
from itk3_validator.pack.names import NAME
from itk3_validator.pack.order import in_order
from itk3_validator.pack.reader import Reader
from itk3_validator.pack.safety import Asked, is_safe, uses
from itk3_validator.spelling import closest
from itk3_validator.value import replace
from itk3_validator.xpath import Location

RESERVED = ("test", "any-of", "request", "fact")
_FIELDS = ("xpath", "follow", "label", "safe", "expensive")
_LEAVES = {"attribute": "an attribute", "text": "a text"}

# Stands for a selector whose own mistake has been told, so that what names it is not told as well.
BROKEN = Selector("", "", "", "/", None, safe=False, expensive=None)


def selectors(
    entries: Mapping[str, Entry],
    *,
    reader: Reader,
    prefixes: tuple[str, ...],
    inherited: Mapping[str, Selector],
) -> dict[str, Selector]:
    """
    Read the selectors of a pack and of what it extends, each ``safe`` where it says so. One that is wrong is told and
    left out.

    Args:
        inherited: those that need not be read again.
    """
    made = {}
    known = dict.fromkeys(entries, BROKEN)
    for name, entry in entries.items():
        if name in inherited:
            continue
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
    measured = _measured({name: made[name] for name in order}, entries, reader, inherited)
    return {name: measured[name] for name in entries if name in measured}


def _selector(
    name: str, entry: Entry, reader: Reader, prefixes: tuple[str, ...], known: Mapping[str, Selector]
) -> Selector | None:
    node: Node = entry.value
    fields: Mapping[str, Node] = {"xpath": node}
    label: str | None = name
    if isinstance(node, MarkedMapping):
        before = len(reader.problems)
        fields = reader.some_fields(node, optional=_FIELDS)
        if ("xpath" in fields) == ("follow" in fields):
            if len(reader.problems) > before or not node.whole:
                return None
            reader.problem(node, f"the selector {name!r} needs either 'xpath' or 'follow'", "write one of them")
            return None
    if "label" in fields:
        label = reader.text(fields["label"])
    expensive = reader.text(fields["expensive"]) if "expensive" in fields else None
    kind = "follow" if "follow" in fields else "xpath"
    expanded = read_xpath(fields[kind], reader, prefixes, known, costly=expensive is not None)
    if expanded is None or label is None:
        return None
    written, expression = expanded
    if expression.start not in ("document", "variable"):
        what = f"the selector {name!r} does not begin at the document"
        reader.problem(written, what, "begin with '/', '(/' or another selector's $name", code="xpath")
        return None
    safe = "safe" in fields and reader.flag(fields["safe"])
    text = expression.text
    return Selector(
        name,
        entry.pack,
        label,
        text if kind == "xpath" else None,
        text if kind == "follow" else None,
        safe,
        expensive,
        location=xpath.location(expression.tree) if kind == "xpath" else (),
    )


def look_into(entries: Iterable[Entry], *, reader: Reader, prefixes: tuple[str, ...], known: Collection[str]) -> None:
    """
    Tell the mistakes in selectors whose name another one has.
    """
    for entry in entries:
        _selector(entry.key.text, entry, reader, prefixes, dict.fromkeys(known, BROKEN))


def _measured(
    made: Mapping[str, Selector], entries: Mapping[str, Entry], reader: Reader, inherited: Mapping[str, Selector]
) -> dict[str, Selector]:
    """
    The selectors with extents and locations; one that grows too large is told and left out, with all that stand on it.

    Args:
        made: each after those that it stands on.
    """
    measured = dict(inherited)
    for name, selector in made.items():
        if any(each in made and each not in measured for each in uses(selector)):
            continue
        size = extent(selector.expression, measured, costly=selector.expensive is not None)
        if not _tell_extent(size, entries[name].key, reader):
            # What follows references is looked up message by message: its name stays where it is used.
            size = size if selector.follow is None else Extent(len(name), size.depth)
            measured[name] = replace(selector, extent=size, location=_written_out(selector.location, measured))
    return measured


def location_of(target: Target, known: Mapping[str, Selector]) -> Location:
    """
    Where the nodes of a target are found.
    """
    return _written_out(xpath.location(target.xpath), known)


def _written_out(location: Location, known: Mapping[str, Selector]) -> Location:
    """
    A location that does not begin at a selector's name, but for one that follows references.
    """
    start = location[0].name[1:] if location else ""
    return xpath.begun(location, {start: known[start].location}) if start in known else location


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
        told = len(reader.problems)
        expression = xpath.read(expanded.text, prefixes=prefixes, variables=known, scalars=scalars, told=told)
    except xpath.XPathInvalid as invalid:
        for problem in invalid.problems:
            what, remedy = problem.what, problem.remedy
            reader.problem(expanded, what, remedy, problem.offset, code="xpath", section=problem.section)
        _tell_costly(invalid.costly if not costly else (), expanded, reader)
        return None
    if expression.costly and not costly:
        _tell_costly(expression.costly, expanded, reader)
        return None
    if _tell_extent(extent(expanded.text, known, costly=bool(expression.costly)), expanded, reader):
        return None
    return expanded, expression


def _tell_costly(problems: Iterable[xpath.XPathProblem], written: Expanded, reader: Reader) -> None:
    for problem in problems:
        reader.problem(written, problem.what, problem.remedy, problem.offset, code="costly-xpath")


def leaf_of(text: str, known: Mapping[str, Selector]) -> str:
    """
    What an XPath leads to that is no element, ``an attribute`` or ``a text``; else nothing.
    """
    for leaf in xpath.leaves(text):
        name = leaf.removeprefix("$")
        if leaf in _LEAVES:
            return _LEAVES[leaf]
        if name in known and known[name].follow is None and (found := leaf_of(known[name].expression, known)):
            return found
    return ""


def read_target(
    node: Node,
    reader: Reader,
    prefixes: tuple[str, ...],
    known: Mapping[str, Selector],
    *,
    costly: bool,
    shown: Asked,
    here: Location = (),
) -> Target | None:
    """
    ``NAME``, ``request.NAME``, or an XPath written in place.

    Args:
        shown: the locations of the safe selectors.

        here: where the node that ``./`` is relative to is found; empty when that is not known.
    """
    text = reader.text(node)
    if text is None:
        return None
    if text.startswith("fact."):
        remedy = "ask for it under 'given:', or compare a place with it by same-as"
        reader.problem(node, "a fact is no place of the message", remedy, code="name")
        return None
    name = text.removeprefix("request.")
    if text.startswith("request.") or NAME.fullmatch(text):
        if name in known:
            of_request = text.startswith("request.")
            label = f"the request's {known[name].label}" if of_request else known[name].label
            return Target(text, f"${name}", label, of_request, safe=known[name].safe)
        reader.problem(
            node, f"unknown selector {name!r}", _meant(name, known, reader), code="name", section="selectors"
        )
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
    safe = is_safe(_written_out(xpath.location(expression.tree, here=here), known), shown)
    return Target(text, expression.text, label, relative=relative, safe=safe)


def _meant(name: str, known: Collection[str], reader: Reader) -> str:
    near = closest(name, known, told=len(reader.problems))
    if near is not None:
        return f"did you mean {near!r}?"
    return "declare it under selectors:; an XPath begins with '/', './' or '$'"
