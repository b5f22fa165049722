"""
Who answers: the organisation that sends a response.
"""

from __future__ import annotations

from itk3_validator.checks.identifiers import wrong_ods_code
from itk3_validator.checks.primitives import wrong_uri
from itk3_validator.errors import CallInvalid
from itk3_validator.value import Value

_LONGEST_NAME = 255


class Responder(Value):
    """
    The organisation that sends a response.

    Args:
        ods: its ODS code, such as ``A83008``.

        mailbox: the address that it sends from, for MESH the id of its mailbox.

        organisation: its name, for people; may be left out.

    Raises:
        CallInvalid: What is no ODS code, no address, or no name; all of it told.
    """

    ods: str
    mailbox: str
    organisation: str | None = None

    def __init__(self, ods: str, mailbox: str, organisation: str | None = None) -> None:
        problems = []
        if (wrong := wrong_ods_code(ods)) is not None:
            problems.append(f"the responder's ODS code {ods!r} {wrong}")
        if (wrong := wrong_uri(mailbox)) is not None:
            problems.append(f"the responder's mailbox {mailbox!r} {wrong}")
        if organisation is not None and not _is_name(organisation):
            problems.append("the responder's name is empty, longer than 255 characters, or has what does not show")
        if problems:
            raise CallInvalid("\n".join(problems))
        super().__init__(ods, mailbox, organisation)


def _is_name(text: str) -> bool:
    return bool(text.strip()) and len(text) <= _LONGEST_NAME and text.isprintable()


# Who answers where nobody was named: conforming, and recognisable.
UNSET = Responder("X26", "UNSET", "UNSET")
