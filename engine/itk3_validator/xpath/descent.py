"""
Whether a path only goes down: what lies below a place is part of it.
"""

from __future__ import annotations

from itk3_validator.xpath.grammar import parse
from itk3_validator.xpath.problems import XPathInvalid
from itk3_validator.xpath.tree import Path, Step, Variable

_DEEPEST = 100
_DOWN = ("child", "attribute", "self")


def descends_from(text: str) -> str | None:
    """
    Where *text* begins, when it goes from there to children and attributes only: a variable's name, or ``.``.
    """
    try:
        tree = parse(text, deepest=_DEEPEST)
    except XPathInvalid:
        return None
    match tree:
        case Variable(name=name):
            return name
        case Path(absolute=False, base=Variable(name=name), steps=steps):
            return name if _goes_down(steps) else None
        case Path(absolute=False, base=None, steps=steps):
            return "." if _goes_down(steps) else None
    return None


def _goes_down(steps: tuple[Step, ...]) -> bool:
    return all(step.axis in _DOWN and step.separator != "//" for step in steps)
