"""
Breaks of the verbs about how a value is written: ``matches``, ``format``, ``length``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from itk3_validator.fhir import Node
from itk3_validator.message import value_of
from itk3_validator.workshop.proof.breaks.near import near_misses
from itk3_validator.workshop.proof.breaks.wrong_formats import TRIMMED, WRONG
from itk3_validator.workshop.proof.doing import valued
from itk3_validator.workshop.proof.look import Look
from itk3_validator.workshop.proof.mutant import Break

_STRANGE = "?! \u2603"
# A rule that speaks of the beginning of a value leaves its end open.
_OPEN = re.compile(r"\b(?:begin|start)(?:s|ning|ing)?\b", re.IGNORECASE)
_SPAN = re.compile(r"\b([0-9]+) (?:to|-|–|and) ([0-9]+) characters\b")
_ONE_MB = 1_048_576


def matches(look: Look) -> Iterator[Break]:
    """
    A value that has nothing of the pattern must be refused, and at least one near miss.

    Which near misses a pattern lets through is its own business (``ITK[0-9]{3}[A-Z]?`` takes ITK007 for ITK007C), but
    one that lets every one of them through says nothing.
    """
    for number, nodes in enumerate(look.sets()):
        yield valued(nodes, _STRANGE, "the value is a few strange characters")
        if number == 0:
            for words, text in near_misses(value_of(nodes[0]) or ""):
                yield valued(nodes, text, words, group="a near miss")
            if not _OPEN.search(look.text):
                yield valued(nodes, f"{value_of(nodes[0]) or ''}{_STRANGE}", _followed(look, nodes[0]))


def _followed(look: Look, node: Node) -> str:
    """
    The value itself is shown where the place is safe.
    """
    safe = look.ask.bound is not None and look.ask.bound.target.safe
    return f"{value_of(node)!r} is followed by anything" if safe else "the value is followed by anything"


def format_(look: Look) -> Iterator[Break]:
    """
    Values that are nearly of the format; and the value itself with white space around it.
    """
    name = look.check.format.name
    for number, nodes in enumerate(look.sets()):
        for words, text in WRONG[name][: None if number == 0 else 1]:
            yield valued(nodes, text, f"the value has {words}")
        if name not in TRIMMED and number == 0:
            value = value_of(nodes[0]) or ""
            yield valued(nodes, f" {value}", "the value has a space in front")
            yield valued(nodes, f"{value} ", "the value has a space at its end")
        if name in ("string", "markdown") and number == 0:
            yield valued(nodes, "x" * (_ONE_MB + 1), "the value has more than 1 MB")


def length(look: Look) -> Iterator[Break]:
    """
    One character fewer than allowed, and one more; and of what the rule's own text says.
    """
    wanted = look.check.range
    low, high = wanted.low, wanted.high
    lengths = [(low - 1, ""), *([] if high is None else [(high + 1, "")])]
    for least, most in _SPAN.findall(look.text):
        said = f", and the rule's text says {least} to {most}"
        lengths += [(int(least) - 1, said), (int(most) + 1, said)]
    for nodes in look.sets():
        value = value_of(nodes[0]) or ""
        for number, said in lengths:
            if number >= 0:
                text = (value * (number // max(1, len(value)) + 1))[:number].rstrip().ljust(number, "x")
                yield valued(nodes, text, f"the value has {number} characters{said}")


def sha256(look: Look) -> Iterator[Break]:
    """
    Base64 of other bytes, and what is none.
    """
    for nodes in look.sets():
        for text in ("QQ==", "QUE="):
            yield valued(nodes, text, "the value is base64 of other bytes")
        yield valued(nodes, "Q", "the value is no base64")
