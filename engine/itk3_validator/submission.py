"""
What a caller hands in: a message in any of its forms, and what is said beside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike
from typing import TypeAlias

from lxml import etree

from itk3_validator.errors import CallInvalid, MessageError
from itk3_validator.source import Source, read_file
from itk3_validator.value import Value, field

Tree: TypeAlias = etree._Element | etree._ElementTree  # noqa: SLF001 - what lxml parses into has no other name
MessageLike: TypeAlias = bytes | bytearray | memoryview | str | PathLike[str] | Source | Tree


class Submission(Value):
    """
    One message of several, with what `Validator.validate` is told beside it.

    Args:
        message: in any form that ``validate`` takes.

        facts: what no message can say; they go before the facts that are stated of all messages.

        request: the message that this one answers.

        interaction: what kind of message it is, when the caller knows.
    """

    message: MessageLike
    facts: Mapping[str, str] = field(default_factory=dict)
    request: MessageLike | None = None
    interaction: str | None = None

    def __repr__(self) -> str:
        # The other fields hold what the message says, and what is stated of it.
        return f"<Submission of {type(self.message).__name__}>"


def source_of(message: MessageLike, name: str, *, limit: int) -> Source:
    """
    The bytes of a message.

    A tree is written as UTF-8 with an XML declaration; an element without what follows it. The tree stays as it is.

    Args:
        name: what a message is called that brings no name of its own.

        limit: largest file, in bytes.

    Raises:
        MessageError: A file that cannot be read, or is larger than *limit*.

        CallInvalid: XML as text.
    """
    if type(message) is bytes:  # most are
        return Source(name, message, ())
    if isinstance(message, Source):
        return message
    if isinstance(message, (bytes, bytearray, memoryview)):
        return Source(name, bytes(message))
    if isinstance(message, Tree):
        return Source(name, _written(message))
    if isinstance(message, str) and ("<" in message or "\n" in message):
        # Not quoted: it is a whole message, and exceptions are logged.
        raise CallInvalid(f"the {name} is given as text; give its bytes, or a path")
    try:
        return read_file(message, limit=limit)
    except OSError as error:
        raise MessageError(f"the file cannot be read: {error.strerror or type(error).__name__}") from None


def _written(tree: Tree) -> bytes:
    if isinstance(tree, etree._ElementTree) and tree.getroot() is None:  # noqa: SLF001 - as above
        return b""
    return etree.tostring(tree, encoding="UTF-8", xml_declaration=True, with_tail=False)
