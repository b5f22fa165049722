"""
Breaks of the verb ``order``: children that change places.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from itk3_validator.fhir import Node, local_name
from itk3_validator.workshop.proof.look import Look
from itk3_validator.workshop.proof.mutant import Break, Copy, Edit


def order(look: Look) -> Iterator[Break]:
    """
    Each child that has a place in the order changes places with the next of another name.
    """
    for nodes in look.sets():
        for node in nodes:
            known = [child for child in node if local_name(child) in look.check.names]
            for one, other in pairwise(known):
                if one.tag != other.tag:
                    what = f"{local_name(other)} stands before {local_name(one)}"
                    yield Break(what, other, edit=_before(other, one))


def _before(one: Node, other: Node) -> Edit:
    def edit(copy: Copy) -> None:
        copy.twin(other).addprevious(copy.twin(one))

    return edit
