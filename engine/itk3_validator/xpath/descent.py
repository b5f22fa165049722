"""
Whether a path only goes down: what lies below a place is part of it.
"""

from __future__ import annotations

from itk3_validator.xpath.grammar import parse
from itk3_validator.xpath.problems import XPathInvalid
from itk3_validator.xpath.tree import Path, Variable

_DEEPEST = 100
_DOWN = ("child", "attribute")


def descends_from(text: str) -> str | None:
    """
    The name of the variable that *text* begins with, when it goes from there to children and attributes only.
    """
    try:
        tree = parse(text, deepest=_DEEPEST)
    except XPathInvalid:
        return None
    match tree:
        case Variable(name=name):
            return name
        case Path(absolute=False, base=Variable(name=name), steps=steps):
            return name if all(step.axis in _DOWN and step.separator != "//" for step in steps) else None
    return None
