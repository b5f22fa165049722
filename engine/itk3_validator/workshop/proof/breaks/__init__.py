"""
How a message is broken for each verb: a module a family of verbs, as in ``checks``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from itk3_validator.workshop.proof.breaks.coding import coding
from itk3_validator.workshop.proof.breaks.displaced import displaced
from itk3_validator.workshop.proof.breaks.expression import test
from itk3_validator.workshop.proof.breaks.fixed import in_list, none_of, one_of, row
from itk3_validator.workshop.proof.breaks.order import order
from itk3_validator.workshop.proof.breaks.presence import absent, count, empties, numbers, present, unique
from itk3_validator.workshop.proof.breaks.reference import of_targets, references, refers_to
from itk3_validator.workshop.proof.breaks.same import same_as
from itk3_validator.workshop.proof.breaks.shape import format_, length, matches, sha256
from itk3_validator.workshop.proof.look import Breaker, Look
from itk3_validator.workshop.proof.mutant import Break

BREAKERS: Mapping[str, Breaker] = MappingProxyType(
    {
        "present": present,
        "absent": absent,
        "count": count,
        "equals": one_of,
        "one-of": one_of,
        "none-of": none_of,
        "in": in_list,
        "matches": matches,
        "format": format_,
        "length": length,
        "sha256": sha256,
        "coding": coding,
        "row": row,
        "refers-to": refers_to,
        "same-as": same_as,
        "unique": unique,
        "order": order,
        "references": references,
        "test": test,
    }
)

_WITHOUT_NODES = frozenset({"absent", "count", "test"})


def breaks_of(look: Look) -> Iterator[Break]:
    """
    Every way to break one check, the verb's own first; none where the check looks at nothing in this message.
    """
    if not look.nodes and look.ask.verb.name not in _WITHOUT_NODES:
        return
    yield from BREAKERS[look.ask.verb.name](look)
    if look.ask.verb.name == "refers-to":
        for inner in of_targets(look):
            yield from breaks_of(inner)
    yield from numbers(look)
    yield from displaced(look)
    yield from empties(look)
