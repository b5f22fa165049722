"""
The checks that a rule over the archive may ask of a message: what can be told from the values that a run keeps.
"""

from __future__ import annotations

from collections.abc import Iterator

from itk3_validator.checks import VERBS
from itk3_validator.checks.ask import AnyOf, Checks
from itk3_validator.pack.asking import CheckReader
from itk3_validator.pack.marked import Mapping as MarkedMapping
from itk3_validator.pack.marked import Node, Scalar, Sequence

# What can be said in SQL of the values at a place.
DECIDABLE = ("present", "absent", "count", "equals", "one-of", "none-of", "in", "matches", "length", "same-as")


def read_checks(node: Node, reader: CheckReader, *, of_request: bool) -> Checks | None:
    """
    Checks as a message rule has them, on selectors by name and with the verbs that an archive can decide.

    Args:
        of_request: whether ``request.NAME`` may be asked.
    """
    before = len(reader.problems)
    for name, value in _pairs(node):
        if name.text == "test":
            what = "an archive keeps the values of selectors; no expression can be tried on them"
            reader.problem(name, what, "name a selector and a verb such as equals")
        elif name.text.startswith("request.") and not of_request:
            what = f"{name.text!r} is asked of an answer here, whose request is the message itself"
            reader.problem(name, what, f"ask it under 'when', as {name.text.removeprefix('request.')}")
        elif name.text.removeprefix("request.") not in reader.known.selectors and name.text[:1] in ("/", "(", "$", "."):
            reader.problem(name, "an archive keeps values of selectors alone", "give the place a name under selectors:")
        else:
            _tell_verbs(value, reader)
    if len(reader.problems) > before:
        return None
    return reader.checks(node)


def _pairs(node: Node) -> Iterator[tuple[Scalar, Node]]:
    """
    Every target with what is asked of it, inside ``any-of`` too.
    """
    for name, value in node.pairs if isinstance(node, MarkedMapping) else ():
        if name.text == "any-of":
            for branch in value.items if isinstance(value, Sequence) else ():
                yield from _pairs(branch)
        else:
            yield name, value


def _tell_verbs(value: Node, reader: CheckReader) -> None:
    bare = ((value, None),) if isinstance(value, Scalar) else ()
    for name, options in value.pairs if isinstance(value, MarkedMapping) else bare:
        if name.text in VERBS and name.text not in DECIDABLE:
            what = f"{name.text!r} cannot be decided over an archive, which keeps values and no messages"
            reader.problem(name, what, f"use one of {', '.join(DECIDABLE)}")
        elif name.text == "same-as" and isinstance(options, Scalar) and not _is_name(options.text):
            what = f"{options.text!r} is no value that an archive keeps"
            reader.problem(options, what, "name a selector, or request. and a selector")


def _is_name(written: str) -> bool:
    # What is no name at all is told where the check is read.
    return not written.startswith("fact.") and written[:1] not in ("/", "(", "$", ".")


def is_decidable(checks: Checks) -> bool:
    """
    Whether checks of a message rule can be decided over an archive.
    """
    return all(
        all(map(is_decidable, each.branches))
        if isinstance(each, AnyOf)
        else each.verb in DECIDABLE
        and each.target is not None
        and not each.target.relative
        and not (each.verb == "same-as" and "fact" in each.options)
        for each in checks
    )
