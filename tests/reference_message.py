"""
A message as the rule language speaks of it, written a second time: values, and what references point to. Every question
goes through the whole message; nothing is remembered.
"""

from __future__ import annotations

import re
from typing import Any

FHIR = "{http://hl7.org/fhir}"
XHTML = "{http://www.w3.org/1999/xhtml}"
BUNDLES = (f"{FHIR}Bundle", f"{FHIR}bundle")

Node = Any


def value_of(node: Node) -> str | None:
    """
    The value at a place, as docs/rule-language.md, section 2, has it.
    """
    if isinstance(node, str):
        return str(node)
    if node.tag.startswith(XHTML):
        return " ".join(re.findall(r"[^ \t\r\n]+", "".join(node.itertext())))
    if node.get("value") is not None:
        return str(node.get("value"))
    references = node.findall(f"{FHIR}reference")
    return references[0].get("value") if len(references) == 1 else None


def is_there(node: Node) -> bool:
    """
    Whether a node is neither empty nor blank.
    """
    value = value_of(node)
    if value is not None:
        return bool(value.strip())
    return len(node) > 0 and len(node.findall(f"{FHIR}reference")) < 2


def name_of(element: Node) -> str:
    return str(element.tag.rpartition("}")[2])


def values_below(element: Node, path: str) -> list[str | None]:
    return [each.get("value") for each in element.findall(path.replace("f:", FHIR))]


def bundle_around(element: Node) -> Node | None:
    return next(element.iterancestors(*BUNDLES), None)


def targets_of(node: Node) -> tuple[list[Node], bool]:
    """
    The resources that a reference points to, and whether it resolves: to exactly one resource in the nearest Bundle.
    """
    value = value_of(node)
    element = node.getparent() if isinstance(node, str) else node
    if value is None or not value.strip():
        return [], False
    if value.startswith("#"):
        found = contained(element, value[1:])
        return found, len(found) == 1
    bundle = bundle_around(element)
    entries = [] if bundle is None else entries_named(bundle, value)
    found = [resource for entry in entries if (resource := resource_of(entry)) is not None]
    if len(entries) != 1:
        return found, False
    good = [each for each in found if each.tag.startswith(FHIR) and not name_of(each)[0].islower()]
    return good, len(good) == 1


def resource_of(entry: Node) -> Node | None:
    holders = entry.findall(f"{FHIR}resource")
    return holders[0][0] if holders and len(holders[0]) else None


def entries_named(bundle: Node, reference: str) -> list[Node]:
    """
    The entries of a Bundle that a reference names: by fullUrl, then without its version, then by type and id.
    """
    plain = re.sub(r"/_history/[^/#]+\Z", "", reference)
    entries = bundle.findall(f"{FHIR}entry")
    for url in (reference, plain):
        found = [entry for entry in entries if values_below(entry, "f:fullUrl")[:1] == [url]]
        if found:
            return found
    named = re.fullmatch("([A-Z][A-Za-z]*)/([A-Za-z0-9.-]+)", plain)
    return [entry for entry in entries if named and is_called(entry, named[1], named[2])]


def is_called(entry: Node, kind: str, id: str) -> bool:
    resource = resource_of(entry)
    if resource is None or name_of(resource) != kind:
        return False
    url = (values_below(entry, "f:fullUrl") or [None])[0] or ""
    by_address = url.startswith(("http://", "https://")) and url.endswith(f"/{kind}/{id}")
    return by_address or values_below(resource, "f:id")[:1] == [id]


def contained(element: Node, id: str) -> list[Node]:
    """
    The resources of that id contained in the nearest resource around an element; without an id that resource itself.
    """
    for around in (element, *element.iterancestors()):
        if around.tag in BUNDLES:
            return []
        holders = around.findall(f"{FHIR}contained")
        found = [each for holder in holders for each in holder if values_below(each, "f:id")[:1] == [id]]
        if found or (holders and not id):
            return found if id else [around]
    return []


def references_in(bundle: Node) -> list[Node]:
    """
    What the verb ``references`` asks: the references of a Bundle, not those of a Bundle inside it.
    """
    around = bundle if bundle.tag in BUNDLES else bundle_around(bundle)
    return [
        each
        for each in bundle.iter(f"{FHIR}reference")
        if (each.get("value") is not None or not any(child.tag.startswith(FHIR) for child in each))
        and bundle_around(each) is around
        and not (each.get("value") or "").startswith(("http://", "https://"))
    ]
