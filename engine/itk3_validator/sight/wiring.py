"""
Whether every reference of a message leads to one resource of its own Bundle, found out for all of them at once.

Rules that ask no more of references than that need not look at each, when it is so: then their outcomes depend on what
is seen of the rest. Where it is not so, or the message is put together in another way, they look for themselves.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Any, NamedTuple

from lxml import etree

from itk3_validator.contained import BUNDLES
from itk3_validator.fhir import FHIR, Node
from itk3_validator.message import Message

_URN = "urn:uuid:"
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
            own += [each.get("value") for each in resource.iter(_REFERENCE)]
            if next(resource.iter(*BUNDLES), None) is not None:
                return None
    of_headers = [_inward(header) for header in headers]
    nested = any(next(header.iter(*BUNDLES), None) is not None for header in headers)
    if nested or not _leads([*own, *chain(*of_headers)], message.root):
        return None
    some = tuple(map(bool, of_headers))
    if payload is None:
        return Wired(bool(own), payload=False, headers=some)
    within = [each.get("value") for each in payload.iter(_REFERENCE)]
    if sum(1 for _ in payload.iter(*BUNDLES)) > 1 or not _leads(within, payload):
        return None
    return Wired(bool(own), bool(within), some)


def _inward(header: Node) -> list[str | None]:
    """
    The references of a header but for addresses on the web, which may lead outside.
    """
    values = [each.get("value") for each in header.iter(_REFERENCE)]
    return [each for each in values if each is None or not each.startswith(_FAR)]


def _leads(references: list[str | None], bundle: Node) -> bool:
    """
    Whether each of these is the fullUrl of one entry, when every entry holds one resource.
    """
    urls = _urls(bundle)
    known = set(urls)
    plain = all(each is not None and each.startswith(_URN) for each in references)
    return plain and len(known) == len(urls) and known.issuperset(references) and not _is_odd(bundle)


def _xpath(text: str) -> Any:
    return etree.XPath(text, namespaces={"f": FHIR}, regexp=False, smart_strings=False)


_resources = _xpath("f:entry/f:resource/*")
_urls = _xpath("f:entry/f:fullUrl/@value")
# An entry with two resources, none of FHIR, or one whose name begins otherwise than all resources' do.
_is_odd = _xpath(
    "boolean(f:entry[f:resource[2] or f:fullUrl[2] or f:resource/*[2] or not(f:resource/f:*)"
    " or not(contains('ABCDEFGHIJKLMNOPQRSTUVWXYZ', substring(local-name(f:resource/*), 1, 1)))])"
)
