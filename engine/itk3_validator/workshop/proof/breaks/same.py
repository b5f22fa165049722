"""
Breaks of the verb ``same-as``: either side becomes another.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from itk3_validator.checks.same import SameAsFact, SameAsPlace
from itk3_validator.checks.verb import Unknown
from itk3_validator.message import Node, value_of
from itk3_validator.workshop.proof.breaks.fixed import refused
from itk3_validator.workshop.proof.breaks.near import near_misses
from itk3_validator.workshop.proof.doing import give, valued
from itk3_validator.workshop.proof.look import Look
from itk3_validator.workshop.proof.mutant import Break, Copy, Edit

_FEW = 4


def same_as(look: Look) -> Iterator[Break]:
    """
    Near misses of the value; then the other side with a value that is nearly the same.
    """
    value = value_of(look.nodes[0]) or ""
    yield from refused(look, lambda text: text == value)
    check = look.check
    if isinstance(check, SameAsFact):
        for words, text in _some(value):
            stated = {**look.case.facts, check.name: text}
            yield Break(words.replace("the value", f"the stated {check.name}"), look.here, facts=stated)
    elif isinstance(check, SameAsPlace):
        yield from _other_place(look, check, value)


def _other_place(look: Look, check: SameAsPlace, value: str) -> Iterator[Break]:
    others = look.scope.nodes(check.place)
    if isinstance(others, Unknown):
        return
    for words, text in _some(value):
        what = words.replace("the value", f"the value of {check.called}")
        if check.of_request:
            yield Break(what, look.here, edit=_of_request(others, text), of_request=True)
        else:
            yield valued(others, text, what)
    if not check.of_request:
        yield valued(others, "", f"{check.called} is empty")


def _of_request(others: Sequence[Node], text: str) -> Edit:
    def edit(copy: Copy) -> None:
        for node in others:
            give(copy, node, text)

    return edit


def _some(value: str) -> list[tuple[str, str]]:
    return list(near_misses(value))[:_FEW]
