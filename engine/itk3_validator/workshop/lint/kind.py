"""
What a kind of problem is: its code, why it matters, an example, and the check that finds it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from itk3_validator.errors import Problem
from itk3_validator.pack.marked import Mark
from itk3_validator.workshop.lint.subject import Subject


class Found(NamedTuple):
    """
    One place that a check complains of, and what would do.
    """

    mark: Mark
    what: str
    remedy: str


Finder = Callable[[Subject], Iterable[Found]]


def nothing(_subject: Subject) -> Iterator[Found]:
    """
    The finder of what loading a pack finds already.
    """
    return iter(())


@dataclass(frozen=True, slots=True)
class Kind:
    """
    One kind of problem.

    *bad* and *good* are pieces of a rule file: the first has the problem, the second has it mended. *find* looks for
    it in a pack that was read; what is ``loaded`` is found while a pack is read, and such a pack judges no message.
    """

    code: str
    title: str
    why: str
    bad: str
    good: str
    find: Finder = nothing

    @property
    def loaded(self) -> bool:
        return self.find is nothing

    def problems(self, subject: Subject) -> Iterator[Problem]:
        """
        What is wrong in the files of the pack itself; the packs that it extends are looked at on their own.
        """
        for mark, what, remedy in self.find(subject):
            if subject.owns(mark):
                yield Problem(mark.file, mark.line, mark.column, what, remedy, self.code)
