"""
Whether every reference of a message leads to one resource of its own Bundle, found out for all of them at once.

Rules that ask no more of references than that need not look at each, when it is so: then their outcomes depend on what
is seen of the rest. Where it is not so, or the message is put together in another way, they look for themselves.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any, NamedTuple

from lxml import etree

from itk3_validator.contained import BUNDLES
from itk3_validator.fhir import FHIR, Node
from itk3_validator.message import Message

URN = "urn:uuid:"
_FAR = ("http://", "https://")
_REFERENCE = f"{{{FHIR}}}reference"
_HEADER = f"{{{FHIR}}}MessageHeader"


class Wired(NamedTuple):
    """
    Every reference leads to one resource; there are some in the message's own resources, and in its payload's.

    *headers*: of each header that is looked at, whether there are some that must lead to a resource.
    """

    own: bool
    payload: bool
    headers: tuple[bool, ...] = ()


class Ends(NamedTuple):
    """
    What references of one Bundle have, and what they may lead to.

    Attributes:
        references: each reference's value.

        urls: the fullUrls of the Bundle's entries.

        odd: some entry has two fullUrls or resources, none of FHIR, or one whose name begins otherwise than all
            resources' do.
    """

    references: Sequence[str | None]
    urls: Sequence[str]
    odd: bool


def wired(own: Ends, payload: Ends | None, headers: Iterable[Sequence[str | None]]) -> Wired | None:
    """
    How a message is wired; None where a reference leads elsewhere.

    Args:
        own: those of the message's own resources that are no headers.

        headers: the references of each header that is looked at.
    """
    inward = [_inward(each) for each in headers]
    if not _lead((*own.references, *chain(*inward)), own) or (
        payload is not None and not _lead(payload.references, payload)
    ):
        return None
    return Wired(bool(own.references), payload is not None and bool(payload.references), tuple(map(bool, inward)))


def wiring(message: Message, headers: Sequence[Node] = ()) -> Wired | None:
    """
    How a message is wired; None where a reference leads elsewhere, or that is not known.

    Args:
        headers: those that are looked at; other headers are left out.
    """
    if message.root.tag != BUNDLES[0]:
        return None
    payload: Node | None = None
    own: list[str | None] = []
    for resource in _resources(message.root):
        if resource.tag in BUNDLES:
            if payload is not None:
                return None
            payload = resource
        elif resource.tag != _HEADER:
            own += _references(resource)
            if _has_bundle(resource):
                return None
    if any(map(_has_bundle, headers)) or (payload is not None and any(map(_has_bundle, payload))):
        return None
    ends = Ends(own, _urls(message.root), _is_odd(message.root))
    within = None if payload is None else Ends(_references(payload), _urls(payload), _is_odd(payload))
    return wired(ends, within, [_references(each) for each in headers])


def _references(element: Node) -> list[str | None]:
    return [each.get("value") for each in element.iter(_REFERENCE)]


def _has_bundle(element: Node) -> bool:
    return next(element.iter(*BUNDLES), None) is not None


def _inward(references: Iterable[str | None]) -> list[str | None]:
    """
    References but for addresses on the web, which may lead outside.
    """
    return [each for each in references if each is None or not each.startswith(_FAR)]


def _lead(references: Sequence[str | None], ends: Ends) -> bool:
    """
    Whether each of these is the fullUrl of one entry, when every entry holds one resource.
    """
    known = set(ends.urls)
    if ends.odd or len(known) != len(ends.urls) or not known.issuperset(references):
        return False
    return not [each for each in references if each is None or not each.startswith(URN)]


def _xpath(text: str) -> Any:
    return etree.XPath(text, namespaces={"f": FHIR}, regexp=False, smart_strings=False)


_resources = _xpath("f:entry/f:resource/*")
_urls = _xpath("f:entry/f:fullUrl/@value")
_is_odd = _xpath(
    "boolean(f:entry[f:resource[2] or f:fullUrl[2] or f:resource/*[2] or not(f:resource/f:*)"
    " or not(contains('ABCDEFGHIJKLMNOPQRSTUVWXYZ', substring(local-name(f:resource/*), 1, 1)))])"
)
