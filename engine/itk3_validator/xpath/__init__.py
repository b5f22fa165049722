"""
Our own reader of XPath 1.0: decides names, functions, axes and columns when a pack is loaded.
"""

from __future__ import annotations

from itk3_validator.xpath.descent import descends_from
from itk3_validator.xpath.outline import last_name, shorter
from itk3_validator.xpath.problems import XPathInvalid, XPathProblem
from itk3_validator.xpath.reader import Expression, expand, read, variables

__all__ = [
    "Expression",
    "XPathInvalid",
    "XPathProblem",
    "descends_from",
    "expand",
    "last_name",
    "read",
    "shorter",
    "variables",
]
