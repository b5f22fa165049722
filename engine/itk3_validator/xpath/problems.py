"""
What is wrong with an XPath, and at which character.
"""

from __future__ import annotations

from collections.abc import Iterable

from itk3_validator.errors import Itk3Error
from itk3_validator.value import Row


class XPathProblem(Row):
    """
    One mistake, or one costly place, in an expression.

    *offset* counts code points from 0; *remedy* says what would do. *section* is where an unknown name is looked for.
    """

    offset: int
    what: str
    remedy: str
    section: str = ""


class XPathInvalid(Itk3Error):
    """
    An XPath that cannot be used: every problem that could be found, in the order of the text.

    *costly* are the places beside them that need `expensive:`.
    """

    def __init__(self, problems: Iterable[XPathProblem], costly: Iterable[XPathProblem] = ()) -> None:
        self.problems = tuple(sorted(set(problems)))
        self.costly = tuple(sorted(set(costly)))
        super().__init__(self.problems, self.costly)

    def __str__(self) -> str:
        return "\n".join(f"column {each.offset + 1}: {each.what}; {each.remedy}" for each in self.problems)
