"""
Rules in any number, made by a seeded generator: the table's 30, and more of their kind about values of our messages.

Places are paths below the anchors of `rules_table`, about as many different ones as a real publication names for that
many rules (30 for 30 rules, 123 for 300, 798 for 3,000). Every rule holds on a message without a fault.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import NamedTuple

from lxml import etree

from benchmarks.messages import FHIR, NS, messages
from benchmarks.rules_table import ANCHORS, REPORT, Row

LOOKED_AT = {"small": 60, "markup-60k": 20}  # the PDFs have the shape of the small ones
DIFFERENT_PLACES = {100: 62, 300: 123, 3_000: 798}
# Elements of FHIR STU3 resources that stand in none of the messages at these places.
# fmt: off
NOT_THERE = (
    "implicitRules", "language", "contained", "modifierExtension", "photo", "contact", "animal",
    "communication", "managingOrganization", "link", "attester", "relatesTo", "event", "replaces", "mode",
    "orderedBy", "emptyReason", "prefix", "qualification", "onset", "abatement", "severity", "bodySite", "note",
    "asserter", "recorder", "stage", "evidence", "partOf", "endpoint", "deceasedBoolean",
    "multipleBirthBoolean", "maritalStatus", "period", "assigner", "rank", "use", "version", "userSelected",
    "display", "suffix", "alias",
)
# fmt: on
_UUID = re.compile(r"(urn:uuid:)?[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Place(NamedTuple):
    """
    Where rules can look: a path below an anchor, and the one value there in every message; None where it differs.
    """

    anchor: str
    path: str
    value: str | None
    uuid: bool = False


@cache
def rows(count: int, seed: int = 1) -> tuple[Row, ...]:
    """
    *count* rules; the first 30 are those of the table.
    """
    if count <= len(REPORT):
        return REPORT[:count]
    draw = random.Random(f"{count} {seed}")
    different = DIFFERENT_PLACES.get(count, count // 2) - len(REPORT)
    there, absent = list(_there()), list(_absent())
    draw.shuffle(absent)
    absent = absent[: max(different - len(there), different // 4)]
    there = draw.sample(there, min(len(there), different - len(absent)))
    made: list[tuple[str, Place, tuple[str, ...]]] = [("absent", place, ()) for place in absent]
    made += _held(draw, there, count - len(REPORT) - len(absent))
    draw.shuffle(made)
    return REPORT + tuple(
        Row(f"BENCH-{number:04d}", place.anchor, place.path, verb, argument)
        for number, (verb, place, argument) in enumerate(made, 1)
    )


def _held(draw: random.Random, places: Sequence[Place], count: int) -> list[tuple[str, Place, tuple[str, ...]]]:
    """
    *count* rules that hold at these places, going round them so that each has its share.
    """
    made = []
    for number in range(count):
        place = places[number % len(places)]
        verb = draw.choice(_verbs(place)) if number >= len(places) else _verbs(place)[0]
        made.append((verb, place, _argument(draw, verb, place)))
    return made


def _verbs(place: Place) -> tuple[str, ...]:
    """
    What can be said of the value there; the first is what a publication would say.
    """
    if place.value is not None:
        return ("equals", "one-of", "none-of", "present", "one")
    return ("uuid", "none-of", "present", "one") if place.uuid else ("present", "none-of", "one")


def _argument(draw: random.Random, verb: str, place: Place) -> tuple[str, ...]:
    others = tuple(f"code-{draw.randrange(100_000)}" for _ in range(draw.randrange(1, 4)))
    if verb == "equals":
        return (place.value or "",)
    if verb == "one-of":
        return (*others, place.value or "")
    return others if verb == "none-of" else ()


@cache
def _seen() -> tuple[etree._Element, ...]:
    return tuple(etree.fromstring(made.data) for kind, count in LOOKED_AT.items() for made in messages(kind, count))


@cache
def _there() -> tuple[Place, ...]:
    """
    Every place that holds exactly one value in each of the messages looked at.
    """
    found: dict[tuple[str, str], Place] = {}
    for anchor in _anchors():
        for path in _leaves(_seen()[0].xpath(ANCHORS[anchor], namespaces=NS)[0], ""):
            held = [_nodes(root, anchor, path) for root in _seen()]
            if all(len(nodes) == 1 for nodes in held):
                values = {nodes[0].get("value") for nodes in held}
                known = values.pop() if len(values) == 1 else None
                uuid = known is None and all(_UUID.fullmatch(value) and len(value) == 36 for value in values)
                found[anchor, path] = Place(anchor, path, known, uuid)
    return tuple(found.values())


@cache
def _absent() -> tuple[Place, ...]:
    """
    Every place where an element of FHIR could stand and none of the messages has one.
    """
    parents = dict.fromkeys((place.anchor, place.path.rpartition("/")[0]) for place in _there())
    tried = (
        Place(anchor, f"{parent}/f:{name}".lstrip("/"), None)
        for anchor, parent in parents
        if "@" not in parent
        for name in NOT_THERE
    )
    return tuple(place for place in tried if not any(_nodes(root, place.anchor, place.path) for root in _seen()))


def _anchors() -> Iterator[str]:
    return (anchor for anchor, xpath in ANCHORS.items() if _seen()[0].xpath(xpath, namespaces=NS))


def _nodes(root: etree._Element, anchor: str, path: str) -> list[etree._Element]:
    return root.xpath(f"{ANCHORS[anchor]}/{path}", namespaces=NS)


def _leaves(element: etree._Element, path: str) -> Iterator[str]:
    """
    Paths to elements of this resource with a value; not into the resources that it holds.
    """
    for child in element.iterchildren(f"{{{FHIR}}}*"):
        name = etree.QName(child).localname
        if name in ("entry", "contained", "content"):
            continue
        step = f"{path}/f:{name}".lstrip("/")
        if name == "extension":
            step += f"[@url='{child.get('url')}']"
        if child.get("value") is not None:
            yield step
        yield from _leaves(child, step)
