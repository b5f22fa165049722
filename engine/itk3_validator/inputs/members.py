"""
What is said of the members of an archive by their names.
"""

from __future__ import annotations

from itk3_validator.inputs.entries import COMPRESSED, NESTED, LeftOut, Unreadable
from itk3_validator.inputs.kinds import Holds, kind_of


def refusal_of(member: str, label: str) -> Unreadable | LeftOut | None:
    """
    Why a member is not read; None where it is a message.

    Args:
        member: its name in the archive.

        label: what it is called in reports.
    """
    kind = kind_of(member)
    if kind is None:
        return LeftOut(label)
    if kind.holds is not Holds.MESSAGE:
        return Unreadable(label, NESTED)
    return Unreadable(label, COMPRESSED) if kind.packed else None
