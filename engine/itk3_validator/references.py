"""
What a reference points to, inside the Bundle that holds it.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TypeAlias

from itk3_validator.contained import BUNDLES, contained
from itk3_validator.fhir import FHIR, Node, child_value, local_name
from itk3_validator.lazy import pattern
from itk3_validator.message import Message, value_of
from itk3_validator.value import Value

_IN_FHIR = f"{{{FHIR}}}"
_REFERENCE = f"{_IN_FHIR}reference"
_ENTRY, _FULL_URL, _HOLDER = (f"{_IN_FHIR}{name}" for name in ("entry", "fullUrl", "resource"))

_VERSION = pattern(r"/_history/[^/#]+\Z")
_TYPE_AND_ID = pattern(r"([A-Z][A-Za-z]*)/([A-Za-z0-9.-]+)")
_URN = "urn:uuid:"


class Resolution(Value):
    """
    What a reference points to. *problem* is empty when that is exactly one resource, else a clause that says what is
    wrong; it holds nothing of the message but names of resource types, so it is always safe to show.
    """

    targets: tuple[Node, ...]
    problem: str = ""


# What a reference may call an entry: its fullUrl, or the type and id of its resource.
Name: TypeAlias = str | tuple[str, str]


class Entries:
    """
    The entries of one Bundle, and what was resolved so far. Most references name a fullUrl: ids are read when one does
    not.
    """

    def __init__(self, bundle: Node) -> None:
        self._bundle = bundle
        self.resolved: dict[Name, Resolution] = {}

    @cached_property
    def by_url(self) -> dict[str, list[Node]]:
        """
        The entries by their fullUrls, in the order of the document.
        """
        entries: dict[str, list[Node]] = {}
        for entry in self._all:
            url = _url(entry)
            if url:
                entries.setdefault(url, []).append(entry)
        return entries

    @cached_property
    def by_type_and_id(self) -> dict[tuple[str, str], list[Node]]:
        """
        The entries by the type of their resource and the ids that it goes by.
        """
        entries: dict[tuple[str, str], list[Node]] = {}
        for entry in self._all:
            resource = _resource(entry)
            for name in _names(resource, _url(entry)) if resource is not None else ():
                entries.setdefault(name, []).append(entry)
        return entries

    @cached_property
    def by_id(self) -> dict[str, list[Node]]:
        """
        The entries by those ids alone.
        """
        entries: dict[str, list[Node]] = {}
        for (_, key), named in self.by_type_and_id.items():
            entries.setdefault(key, []).extend(named)
        return entries

    @cached_property
    def plain_urls(self) -> frozenset[str]:
        """
        The fullUrls as they are when upper and lower case and the white space around them do not count.
        """
        return frozenset(map(_plain, self.by_url))

    def named(self, name: Name) -> list[Node] | None:
        """
        The entries of that name.
        """
        return self.by_url.get(name) if isinstance(name, str) else self.by_type_and_id.get(name)

    @property
    def _all(self) -> list[Node]:
        return [child for child in self._bundle if child.tag == _ENTRY]


def resolve(message: Message, node: Node, value: str | None = None) -> Resolution:
    """
    Look up a reference in the nearest Bundle around it.

    An entry's fullUrl counts first, then ``Type/id``, then ``#id`` of a contained resource; ``/_history/n`` is ignored.

    *node* is an element with an ``f:reference``, an ``f:reference``, its ``@value``, or any element with a uri; *value*
    is what it says, where that is known.
    """
    if value is None:
        value = value_of(node)
    if not value or not value.strip():
        return Resolution((), "it holds no reference")
    element: Node = node.getparent() if hasattr(node, "is_attribute") else node
    if value.startswith("#"):
        return _contained(message, element, value[1:])
    bundle = _bundle_of(element)
    if bundle is None:
        return Resolution((), "it is not inside a Bundle")
    entries = _entries(message, bundle)
    name = value if value in entries.by_url else next(filter(entries.named, _names_in(value)), None)
    if name is None:
        return Resolution((), _near_miss(message, bundle, value))
    found = entries.resolved.get(name)
    if found is None:
        found = entries.resolved[name] = _resource_of(entries.named(name) or [])
    return found


def references_in(bundle: Node) -> list[Node]:
    """
    The ``f:reference`` elements with the text of a reference in a Bundle, those in a Bundle inside it left out.
    """
    nearest = bundle if bundle.tag in BUNDLES else _bundle_of(bundle)
    return [each for each in bundle.iter(_REFERENCE) if not _is_reference_type(each) and _bundle_of(each) is nearest]


def _is_reference_type(element: Node) -> bool:
    """
    Whether an element that is called reference is itself of the type Reference, as in Consent.data.
    """
    return element.get("value") is None and any(True for _ in element.iterchildren(f"{_IN_FHIR}*"))


def _bundle_of(element: Node) -> Node | None:
    return next(element.iterancestors(*BUNDLES), None)


def _entries(message: Message, bundle: Node) -> Entries:
    known = message.derived(_known_entries)
    if bundle not in known:
        known.setdefault(bundle, Entries(bundle))
    return known[bundle]


def _known_entries(_: Message) -> dict[Node, Entries]:
    return {}


def _url(entry: Node) -> str | None:
    return child_value(entry, "fullUrl")


def _resource(entry: Node) -> Node | None:
    """
    The resource that an entry holds: of several the first.
    """
    for child in entry:
        if child.tag == _HOLDER:
            return child[0] if len(child) else None
    return None


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


def _names_in(value: str) -> tuple[Name, ...]:
    """
    The names that a reference may mean, in the order in which they count.
    """
    plain = _VERSION.sub("", value)
    named = _TYPE_AND_ID.fullmatch(plain)
    return (value, plain, (named[1], named[2])) if named else (value, plain)


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
        held = f"'{name}', which is" if _is_resource(name) else "an element that is"
        return Resolution((), f"the entry that it names holds {held} not in the FHIR namespace")
    if name[:1].islower():
        capital = name[:1].upper() + name[1:]
        held = f"'{name}', which is no resource; write '{capital}'" if _is_resource(capital) else "no resource"
        return Resolution((), f"the entry that it names holds {held}")
    return Resolution(targets)


def _contained(message: Message, element: Node, name: str) -> Resolution:
    found = contained(message, element, name)
    if not found:
        return Resolution((), "no resource around it contains a resource of that id")
    return Resolution(found, "more than one contained resource has that id" if len(found) > 1 else "")


def _near_miss(message: Message, bundle: Node, value: str) -> str:
    """
    Why nothing was found, and what was probably meant. Every question is one look into a dictionary.
    """
    entries, firsts = _entries(message, bundle), message.derived(_first_bundles)
    elsewhere = [firsts[name] for name in _names_in(value) if name in firsts]
    if elsewhere:
        return f"that entry is in {_where(min(elsewhere, key=lambda each: each[0])[1], bundle)}, not in this one"
    if _plain(value) in entries.plain_urls:
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


def _first_bundles(message: Message) -> Mapping[Name, tuple[int, Node]]:
    """
    By every name of an entry the first Bundle of the message that has it, and which one that is.
    """
    firsts: dict[Name, tuple[int, Node]] = {}
    for number, bundle in enumerate(message.root.iter(*BUNDLES)):
        entries = _entries(message, bundle)
        names: list[Name] = [*entries.by_url, *entries.by_type_and_id]
        for name in names:
            firsts.setdefault(name, (number, bundle))
    return firsts


def _other_type(entry: Node, value: str) -> str:
    name = local_name(_resource(entry))
    named = _TYPE_AND_ID.fullmatch(_VERSION.sub("", value))
    if named and named[1] != name:
        return f"the entry with that id holds {a_resource(name)}, not {a_resource(named[1])}"
    return f"an entry that holds {a_resource(name)} has that as its resource's id; refer to its fullUrl"


def _where(other: Node, bundle: Node) -> str:
    if other in bundle.iterancestors(*BUNDLES):
        return "the outer Bundle"
    if bundle in other.iterancestors(*BUNDLES):
        return "the payload Bundle"
    return "another Bundle of the message"


def _plain(url: str) -> str:
    return url.strip().lower()


def a_resource(name: str) -> str:
    """
    A type of resource as it stands in a sentence. Whatever else a message says in its place is not repeated.
    """
    return a(name) if _is_resource(name) else "a resource that FHIR STU3 does not know"


def a(noun: str) -> str:
    """
    The noun with its article.
    """
    return f"an {noun}" if noun[:1] in "AEIOaeio" else f"a {noun}"


def _is_resource(name: str) -> bool:
    from itk3_validator import stu3  # its table is read for what is wrong only

    return stu3.is_resource(name)
