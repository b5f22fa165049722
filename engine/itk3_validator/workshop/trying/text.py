"""
What an expression found in a message, as text for people.
"""

from __future__ import annotations

from collections.abc import Iterator

from itk3_validator.excerpt import source_line
from itk3_validator.fhir import Node, element_of, local_name
from itk3_validator.message import value_of
from itk3_validator.place import place_of
from itk3_validator.report.explain import MASK
from itk3_validator.report.visible import source_line as shown_line
from itk3_validator.report.visible import visible
from itk3_validator.workshop.trying.attempt import Attempt
from itk3_validator.workshop.trying.trace import Trace

_LONGEST = 2_000
MOST_SHOWN = 20


def render_attempt(attempt: Attempt, *, show: bool, most: int | None = MOST_SHOWN) -> str:
    """
    The nodes with their places, the value, or how far the path goes.

    Args:
        show: whether source lines may show values from everywhere.

        most: how many nodes are shown; None for all of them.
    """
    return "".join(f"{line}\n" for line in _lines(attempt, show=show, most=most))


def _lines(attempt: Attempt, *, show: bool, most: int | None) -> Iterator[str]:
    name = visible(attempt.message.source.name)
    said = f"{name}: {visible(attempt.expression, longest=_LONGEST)}"
    if attempt.trace is not None:
        yield f"{said} finds nothing"
    elif attempt.value is not None:
        yield f"{said} is {_value(attempt)}"
    else:
        yield f"{said} finds {_number(len(attempt.nodes), 'node')}"
    pack = f"{attempt.pack.name} {attempt.pack.version}"
    yield from _labelled("pack", f"{pack}{', ' if attempt.because else ''}{attempt.because}")
    yield from _labelled("path", attempt.place)
    for each in attempt.costly:
        yield from _labelled("note", f"{each}; a rule needs expensive: for it")
    if attempt.trace is not None:
        yield from _trace(attempt.trace)
        for each in attempt.why:
            yield from _labelled("why", each)
    if attempt.nodes and all(_is_blank(each) for each in attempt.nodes):
        yield from _labelled("note", "only white space: FHIR holds values in attributes; write @value below an element")
    for node in attempt.nodes[:most]:
        yield from _node(attempt, node, show=show)
    if most is not None and len(attempt.nodes) > most:
        yield f"  and {len(attempt.nodes) - most:,} more; --all shows them"


def _labelled(label: str, text: str | None) -> Iterator[str]:
    if text:
        yield f"  {label + ':':<7} {visible(text, longest=_LONGEST)}"


def _value(attempt: Attempt) -> str:
    value = attempt.value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:g}" if value != value or abs(value) >= 1e15 else f"{value:.15g}"  # noqa: PLR0124  # NaN
    return f"'{visible(value or '')}'" if attempt.safe else f"{MASK} (--show-values shows it)"


def _node(attempt: Attempt, node: Node, *, show: bool) -> Iterator[str]:
    message = attempt.message
    attribute = "value" if not isinstance(node, str) and node.get("value") is not None else None
    place = place_of(message, node)
    where = visible(message.source.name)
    numbers = (
        "" if place.line is None else f":{place.line}" if place.column is None else f":{place.line}:{place.column}"
    )
    yield f"{where}{numbers}: {visible(_what(attempt, node), longest=_LONGEST)}"
    yield from _labelled("at", place.xpath)
    text, caret = source_line(message, node, show=show, safe=attempt.safe, attribute=attribute)
    if text.strip():
        line, mark = shown_line(text, caret if place.column is not None else None)
        number = "" if place.line is None else str(place_of(message, node, attribute=attribute).line)
        yield f"  {number:>7} | {line}"
        if mark is not None:
            yield f"  {'':7} | {mark}"


def _what(attempt: Attempt, node: Node) -> str:
    """
    The name of a node, and its value or what it holds.
    """
    name = f"@{node.attrname}" if isinstance(node, str) and node.is_attribute else local_name(element_of(node))  # type: ignore[attr-defined]
    value = value_of(node)
    if _is_blank(node):
        return f"{name}, white space"
    if value is not None:
        return f"{name} {_quoted(value) if attempt.safe else MASK}"
    children = list(dict.fromkeys(local_name(each) for each in node))
    return f"{name} with {', '.join(children)}" if children else f"{name}, empty"


def _is_blank(node: Node) -> bool:
    return isinstance(node, str) and not node.is_attribute and not node.strip()  # type: ignore[attr-defined]


def _quoted(value: str) -> str:
    return f"'{value}'"


def _trace(trace: Trace) -> Iterator[str]:
    """
    The steps, each with the number of nodes that are left behind it.
    """
    yield "  found   step"
    for each in trace.reached:
        yield f"  {len(each.nodes):>5}   {visible(each.stage.piece, longest=_LONGEST)}"
    if trace.stopped is not None:
        yield f"  {0:>5}   {visible(trace.stopped.piece, longest=_LONGEST)}   <- stops here"


def _number(number: int, noun: str) -> str:
    return f"1 {noun}" if number == 1 else f"{number:,} {noun}s"
