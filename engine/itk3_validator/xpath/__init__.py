"""
Our own reader of XPath 1.0: decides names, functions, axes and columns when a pack is loaded.
"""

from __future__ import annotations

from itk3_validator.xpath.location import Location, begun, location, names, within
from itk3_validator.xpath.outline import last_name, leaves, shorter
from itk3_validator.xpath.problems import XPathInvalid, XPathProblem
from itk3_validator.xpath.reader import Expression, expand, read, variables

__all__ = [
    "Expression",
    "Location",
    "XPathInvalid",
    "XPathProblem",
    "begun",
    "expand",
    "last_name",
    "leaves",
    "location",
    "names",
    "read",
    "shorter",
    "variables",
    "within",
]
