"""
What a reference points to, inside the Bundle that holds it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from itk3_validator.fhir import FHIR, Node, child_value, children, local_name
from itk3_validator.message import Message, value_of

_IN_FHIR = f"{{{FHIR}}}"
_REFERENCE = f"{_IN_FHIR}reference"
# Published messages exist whose payload is a `bundle`; what is in it must not count as part of the outer Bundle.
_BUNDLES = (f"{_IN_FHIR}Bundle", f"{_IN_FHIR}bundle")

_VERSION = re.compile(r"/_history/[^/#]+\Z")
_TYPE_AND_ID = re.compile(r"([A-Z][A-Za-z]*)/([A-Za-z0-9.-]+)")
_URN = "urn:uuid:"


@dataclass(frozen=True, slots=True)
class Resolution:
    """
    What a reference points to. *problem* is empty when that is exactly one resource, else a clause that says what is
    wrong; it holds nothing of the message but names of resource types, so it is always safe to show.
    """

    targets: tuple[Node, ...]
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Entries:
    """
    The entries of one Bundle: by fullUrl, by resource type and id, by id.
    """

    by_url: dict[str, list[Node]] = field(default_factory=dict)
    by_type_and_id: dict[tuple[str, str], list[Node]] = field(default_factory=dict)
    by_id: dict[str, list[Node]] = field(default_factory=dict)
    by_lower_url: dict[str, list[Node]] = field(default_factory=dict)


def resolve(message: Message, node: Node) -> Resolution:
    """
    Look up a reference in the nearest Bundle around it.

    An entry's fullUrl counts first, then ``Type/id``, then ``#id`` of a contained resource; ``/_history/n`` is ignored.

    *node* is an element with an ``f:reference``, an ``f:reference``, its ``@value``, or any element with a uri.
    """
    value = value_of(node)
    if not value or not value.strip():
        return Resolution((), "it holds no reference")
    element: Node = node.getparent() if hasattr(node, "is_attribute") else node
    if value.startswith("#"):
        return _contained(element, value[1:])
    bundle = _bundle_of(element)
    if bundle is None:
        return Resolution((), "it is not inside a Bundle")
    found = _look_up(_entries(message, bundle), value)
    if found:
        return _resource_of(found)
    return Resolution((), _near_miss(message, bundle, value))


def references_in(bundle: Node) -> list[Node]:
    """
    The ``f:reference`` elements with the text of a reference in a Bundle, those in a Bundle inside it left out.
    """
    nearest = bundle if bundle.tag in _BUNDLES else _bundle_of(bundle)
    return [each for each in bundle.iter(_REFERENCE) if not _is_reference_type(each) and _bundle_of(each) is nearest]


def _is_reference_type(element: Node) -> bool:
    """
    Whether an element that is called reference is itself of the type Reference, as in Consent.data.
    """
    return element.get("value") is None and any(True for _ in element.iterchildren(f"{_IN_FHIR}*"))


def _bundle_of(element: Node) -> Node | None:
    return next(element.iterancestors(*_BUNDLES), None)


def _entries(message: Message, bundle: Node) -> Entries:
    known = message.derived(_known_entries)
    if bundle not in known:
        known.setdefault(bundle, _index(bundle))
    return known[bundle]


def _known_entries(_: Message) -> dict[Node, Entries]:
    return {}


def _index(bundle: Node) -> Entries:
    entries = Entries()
    for entry in children(bundle, "entry"):
        url, resource = child_value(entry, "fullUrl"), _resource(entry)
        if url:
            entries.by_url.setdefault(url, []).append(entry)
            entries.by_lower_url.setdefault(_plain(url), []).append(entry)
        if resource is None:
            continue
        for type_and_id in _names(resource, url):
            entries.by_type_and_id.setdefault(type_and_id, []).append(entry)
            entries.by_id.setdefault(type_and_id[1], []).append(entry)
    return entries


def _names(resource: Node, url: str | None) -> set[tuple[str, str]]:
    """
    ``Type`` and ``id`` by which a reference may call a resource: its own id, and that at the end of a REST address.
    """
    name = local_name(resource)
    names = {(name, each) for each in (child_value(resource, "id"),) if each}
    if url and url.startswith(("http://", "https://")):
        head, _, last = url.rpartition("/")
        if last and head.endswith(f"/{name}"):
            names.add((name, last))
    return names


def _resource(entry: Node) -> Node | None:
    for holder in children(entry, "resource"):
        return next(holder.iterchildren("*"), None)
    return None


def _look_up(entries: Entries, value: str) -> list[Node]:
    for each in (value, _VERSION.sub("", value)):
        if each in entries.by_url:
            return entries.by_url[each]
    named = _TYPE_AND_ID.fullmatch(_VERSION.sub("", value))
    return entries.by_type_and_id.get((named[1], named[2]), []) if named else []


def _resource_of(found: list[Node]) -> Resolution:
    resources = [_resource(entry) for entry in found]
    targets = tuple(each for each in resources if each is not None)
    if len(found) > 1:
        number = "two" if len(found) == 2 else str(len(found))
        return Resolution(targets, f"{number} entries of this Bundle have the fullUrl or id that it names")
    if not targets:
        return Resolution((), "the entry that it names has no resource")
    name = local_name(targets[0])
    if not targets[0].tag.startswith(_IN_FHIR):
        return Resolution((), f"the entry that it names holds '{name}', which is not in the FHIR namespace")
    if name[:1].islower():
        capital = name[:1].upper() + name[1:]
        return Resolution((), f"the entry that it names holds '{name}', which is no resource; write '{capital}'")
    return Resolution(targets)


def _contained(element: Node, name: str) -> Resolution:
    """
    ``#id``: the resource of that id contained in the nearest resource that has it; ``#`` alone: the containing one.
    """
    around = [element, *element.iterancestors()]
    for resource in around:
        if resource.tag in _BUNDLES:
            break
        holders = children(resource, "contained")
        if holders and not name:
            return Resolution((resource,))
        found = tuple(
            each for holder in holders for each in holder.iterchildren("*") if child_value(each, "id") == name
        )
        if len(found) == 1:
            return Resolution(found)
        if found:
            return Resolution(found, "more than one contained resource has that id")
    return Resolution((), "no resource around it contains a resource of that id")


def _near_miss(message: Message, bundle: Node, value: str) -> str:
    """
    Why nothing was found, and what was probably meant.
    """
    entries = _entries(message, bundle)
    for other in message.root.iter(*_BUNDLES):
        if other is not bundle and _look_up(_entries(message, other), value):
            return f"that entry is in {_where(other, bundle)}, not in this one"
    if _plain(value) in entries.by_lower_url:
        return "an entry has that fullUrl but for upper and lower case or white space; write both alike"
    bare = _VERSION.sub("", value).removeprefix(_URN).rpartition("/")[2]
    if f"{_URN}{bare}" in entries.by_url:
        return f"an entry with that id exists under {_URN}, write the prefix"
    if value.startswith(_URN) and bare in entries.by_url:
        return f"an entry has that id as its fullUrl without {_URN}; write the prefix there"
    if bare in entries.by_id:
        return _other_type(entries.by_id[bare][0], value)
    outside = "; the address points outside the message" if value.startswith(("http://", "https://")) else " or id"
    return f"no entry of this Bundle has that fullUrl{outside}"


def _other_type(entry: Node, value: str) -> str:
    resource = _resource(entry)
    name = local_name(resource)
    named = _TYPE_AND_ID.fullmatch(_VERSION.sub("", value))
    if named and named[1] != name:
        return f"the entry with that id holds {_a(name)}, not {_a(named[1])}"
    return f"an entry that holds {_a(name)} has that as its resource's id; refer to its fullUrl"


def _where(other: Node, bundle: Node) -> str:
    if any(each is other for each in bundle.iterancestors()):
        return "the outer Bundle"
    if any(each is bundle for each in other.iterancestors()):
        return "the payload Bundle"
    return "another Bundle of the message"


def _plain(url: str) -> str:
    return url.strip().lower()


def _a(noun: str) -> str:
    return f"an {noun}" if noun[:1] in "AEIOaeio" else f"a {noun}"
