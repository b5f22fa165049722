"""
Breaks of ``present``, ``absent``, ``count`` and ``unique``, and of how many nodes and values any other verb wants.
"""

from __future__ import annotations

from collections.abc import Iterator

from itk3_validator.checks.ask import Range
from itk3_validator.checks.verb import Asks
from itk3_validator.fhir import Node
from itk3_validator.message import value_of
from itk3_validator.workshop.proof.breaks.near import OTHER
from itk3_validator.workshop.proof.doing import beside, doubled, emptied, removed, valued
from itk3_validator.workshop.proof.look import Look
from itk3_validator.workshop.proof.making import is_positional, makes
from itk3_validator.workshop.proof.mutant import Aspect, Break, Copy, Edit

# Above that a message is not filled up to see that it is one too many.
_MOST = 20
_STRANGE = "?! \u2603"


def present(look: Look) -> Iterator[Break]:
    """
    Nothing there; there but empty or blank, the first and the last of several.
    """
    if not look.nodes:
        return
    if not _is_root(look.nodes[0]):
        yield Break(_there("removed", look), look.here, edit=removed(look.nodes))
    for nodes in look.sets():
        yield from _empty(nodes, Aspect.VERB)


def absent(look: Look) -> Iterator[Break]:
    """
    There, with a value and with nothing in it, for every alternative that the XPath names.
    """
    for named, edit in makes(look, "a-value", everywhere=True):
        yield Break(f"it is inserted{named}", look.here, edit=edit)
    for named, edit in makes(look, None):
        yield Break(f"it is inserted with nothing in it{named}", look.here, edit=edit)


def count(look: Look) -> Iterator[Break]:
    """
    One fewer than the range allows, and one more.
    """
    yield from _outside(look, look.check.range, Aspect.VERB)


def unique(look: Look) -> Iterator[Break]:
    """
    One more of the same; and, of several, the last with the value of the first.
    """
    if not look.nodes:
        return
    if not isinstance(look.nodes[-1], str):
        yield Break("the last is there twice", look.nodes[-1], edit=doubled(look.nodes[-1]))
    first = value_of(look.nodes[0])
    if len(look.nodes) > 1 and first is not None:
        yield valued(look.nodes[-1:], first, "the last has the value of the first")


def numbers(look: Look) -> Iterator[Break]:
    """
    Too few and too many for a verb that looks at values or nodes: exactly one, unless it says otherwise.
    """
    if look.ask.verb.asks not in (Asks.VALUE, Asks.NODE) or not look.nodes:
        return
    if look.ask.count is not None:
        yield from _outside(look, look.ask.count, Aspect.NUMBER)
        yield from _second(look, tolerated=False)
    elif look.ask.some:
        yield Break(_there("removed", look), look.here, Aspect.NUMBER, removed(look.nodes))
        yield from _second(look, tolerated=True)
    else:
        yield from _outside(look, Range(1, 1), Aspect.NUMBER)


def empties(look: Look) -> Iterator[Break]:
    """
    A value that is there and holds nothing.
    """
    if look.ask.verb.asks is Asks.VALUE and look.nodes:
        for nodes in look.sets():
            yield from _empty(nodes, Aspect.EMPTY)


def _second(look: Look, *, tolerated: bool) -> Iterator[Break]:
    """
    Beside the good value stands another that is not. Where one is enough a test has to show that this is meant.
    """
    node = look.nodes[-1]
    if look.ask.verb.asks is not Asks.VALUE or isinstance(node, str):
        return
    wrong = next((text for text in (OTHER, _STRANGE) if look.check.wrong(text, node, look.scope) is not None), None)
    if wrong is None:
        return

    what = "another value stands beside the good one"
    yield Break(what, node, Aspect.NUMBER, beside(node, wrong), tolerated=tolerated)


def _outside(look: Look, wanted: Range, aspect: Aspect) -> Iterator[Break]:
    """
    One fewer than the range allows, and one more.

    Of a place that takes one node by its own words (``[1]``) another rule may have to tell that there are two.
    """
    if look.nodes and _is_root(look.nodes[0]):
        return
    number = len(look.nodes)
    fewer = number - wanted.low + 1
    if wanted.low and number:
        what = _there("removed", look) if fewer == number else f"{fewer} of them removed"
        yield Break(what, look.nodes[-1], aspect, removed(look.nodes[-fewer:]))
    if wanted.high is None or wanted.high > _MOST:
        return
    more = wanted.high - number + 1
    if not number:
        for named, edit in makes(look, "a-value"):
            yield Break(f"there are {more} of it{named}", look.here, aspect, _times(edit, more))
    elif not isinstance(look.nodes[-1], str):
        positional = look.ask.bound is not None and is_positional(look.ask.bound.query.text)
        what = "it is there twice" if number + more == 2 else f"it is there {number + more} times"
        yield Break(what, look.nodes[-1], aspect, doubled(look.nodes[-1], more), known=positional)


def _is_root(node: Node) -> bool:
    """
    The root element is there once, whatever is done.
    """
    return not isinstance(node, str) and node.getparent() is None


def _times(edit: Edit, times: int) -> Edit:
    """
    The place made once, and what was made copied beside itself as often as it takes.
    """

    def all_edits(copy: Copy) -> None:
        for _ in range(times):
            edit(copy)

    return all_edits


def _empty(nodes: tuple[Node, ...], aspect: Aspect) -> Iterator[Break]:
    if all(value_of(node) is not None for node in nodes):
        yield valued(nodes, "", "the value is empty", aspect)
        yield valued(nodes, " ", "the value is a space", aspect)
        yield valued(nodes, "\t\n", "the value is a tab and a line break", aspect)
    if not any(isinstance(node, str) for node in nodes):
        edits = [emptied(node) for node in nodes]

        def edit(copy: Copy) -> None:
            for each in edits:
                each(copy)

        yield Break("the element is there with nothing in it", nodes[0], aspect, edit)


def _there(done: str, look: Look) -> str:
    return f"it is {done}" if len(look.nodes) == 1 else f"all {len(look.nodes)} of it are {done}"
