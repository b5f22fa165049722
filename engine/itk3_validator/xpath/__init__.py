"""
Our own reader of XPath 1.0: decides names, functions, axes and columns when a pack is loaded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from itk3_validator import lazy

if TYPE_CHECKING:
    from itk3_validator.xpath.expansion import expand, variables
    from itk3_validator.xpath.locating import begun, location, names, within
    from itk3_validator.xpath.outline import last_name, leaves, shorter
    from itk3_validator.xpath.part import Location
    from itk3_validator.xpath.problems import XPathInvalid, XPathProblem
    from itk3_validator.xpath.reader import Expression, read
else:
    __getattr__ = lazy.names(
        __name__,
        {
            "expansion": ("expand", "variables"),
            "part": ("Location",),
            "locating": ("begun", "location", "names", "within"),
            "outline": ("last_name", "leaves", "shorter"),
            "problems": ("XPathInvalid", "XPathProblem"),
            "reader": ("Expression", "read"),
        },
    )

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
