"""
What a response has to know of the message that it answers: no more than that, and only what is safe to repeat.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from itk3_validator.source import BEGINNING
from itk3_validator.value import Value

if TYPE_CHECKING:
    from itk3_validator.pack.model import RulePack

_HEADER = "header"
_IDENTIFIER = "MessageId"
_SENDER_REFERENCE = "SenderReference-returnable"
_ACKNOWLEDGEMENT = "InfAckRequested"
_SIGN = "response-sign"
_CODE = "ResponseCode"

# The names of the selectors, of those that a pack has, at which a response looks.
RECEIVED = (_HEADER, _IDENTIFIER, _SENDER_REFERENCE, _ACKNOWLEDGEMENT, _SIGN, _CODE)
# The code list of the texts that an unreadable message holds when it may be a response.
SIGNS = "response-signs"

_LONGEST_REFERENCE = 255
_ENCODINGS = ("utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")


class Received(Value):
    """
    What a message says that its response has to know.

    Attributes:
        header: it has a MessageHeader.

        identifier: the id of its MessageHeader; None where there is not one, or it is no FHIR id.

        sender_reference: its SenderReference; None where it has not one that can be returned.

        wants_response: its InfAckRequested; None where that cannot be read.

        is_final: it is, or may be, an infrastructure response, which nobody answers.

        too_large: it was not read because of its size.
    """

    header: bool = False
    identifier: str | None = None
    sender_reference: str | None = None
    wants_response: bool | None = None
    is_final: bool = False
    too_large: bool = False


Values = Mapping[str, tuple[str | None, ...]]


def received(pack: RulePack, values: Values) -> Received | None:
    """
    What a message says, by the values at the places ``RECEIVED`` of the pack that judges it.

    A value is repeated only where the pack calls its place safe.

    Returns:
        None where the pack does not say what a response looks like, so that nothing is answered.
    """
    if _SIGN not in pack.selectors:
        return None
    from itk3_validator.checks.primitives import wrong_id

    safe = {
        name: found
        for name in RECEIVED
        if name in pack.selectors and (pack.selectors[name].safe or name == _HEADER) and (found := values.get(name))
    }
    identifier = _only(safe.get(_IDENTIFIER))
    reference = _only(safe.get(_SENDER_REFERENCE))
    return Received(
        header=_HEADER in safe,
        identifier=identifier if identifier is not None and wrong_id(identifier) is None else None,
        sender_reference=reference if reference and len(reference) <= _LONGEST_REFERENCE else None,
        wants_response={"true": True, "false": False}.get(_only(safe.get(_ACKNOWLEDGEMENT)) or ""),
        is_final=bool(values.get(_SIGN)) and not _is_business(safe.get(_CODE, ())),
    )


def unread(beginning: bytes | None, packs: Iterable[RulePack], *, too_large: bool = False) -> Received | None:
    """
    What can be said of a message that was not read, by its first bytes.

    Returns:
        None where nothing can be said, so that nothing is answered: without its bytes, or when no pack has signs.
    """
    signs = {code for pack in packs if SIGNS in pack.code_lists for code in pack.code_lists[SIGNS].rows}
    if beginning is None or not signs:
        return None
    # A response has a few kilobytes, and its signs in the first of them.
    looked_at = beginning[:BEGINNING]
    is_final = any(sign.encode(encoding) in looked_at for sign in signs for encoding in _ENCODINGS)
    return Received(is_final=is_final, too_large=too_large)


def _only(values: tuple[str | None, ...] | None) -> str | None:
    value = values[0] if values is not None and len(values) == 1 else None
    return value if value is not None and value.strip() else None


def _is_business(codes: tuple[str | None, ...]) -> bool:
    from itk3_validator.report.response_codes import response_codes

    known = response_codes()
    return bool(codes) and all(code in known and not known[code].infrastructure for code in map(str, codes))
