"""
What a rule can see of a message: the elements and attributes that decide its outcome, and what counts of them.

Told from the rule alone, before there is a message. Where it cannot be told the rule is out of sight, and judged anew
on every message.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from itk3_validator.checks.coding import Coded
from itk3_validator.checks.digest import Digested
from itk3_validator.checks.expression import Expression
from itk3_validator.checks.fixed import InList, NoneOf, OneOf, Row
from itk3_validator.checks.order import Ordered
from itk3_validator.checks.presence import Absent, Count, Present, Unique
from itk3_validator.checks.reference import Alternative, RefersTo, Resolves
from itk3_validator.checks.same import SameAsFact, SameAsPlace
from itk3_validator.checks.shape import Formatted, Length, Matches
from itk3_validator.contained import BUNDLES
from itk3_validator.fhir import FHIR
from itk3_validator.plan import Bound, BoundAnyOf, BoundAsk, BoundChecks, BoundInteraction, BoundRule
from itk3_validator.query import Query
from itk3_validator.sight.visits import ANY, WHOLE, OutOfSight, Spot, Trail, Visits

# The checks whose answer depends on one value alone.
_OF_VALUE = (OneOf, NoneOf, InList, Matches, Formatted, Length, Digested)

RESOURCES: Trail = tuple(f"{{{FHIR}}}{name}" for name in ("Bundle", "entry", "resource"))
_FULL_URL: Trail = (*RESOURCES[:2], f"{{{FHIR}}}fullUrl")
_RESOURCE: Trail = (*RESOURCES, ANY)
_WAY = frozenset({RESOURCES[:2], RESOURCES})
_PROFILE: Trail = (*_RESOURCE, f"{{{FHIR}}}meta", f"{{{FHIR}}}profile")
_ROOT: Trail = (ANY,)
HEADER = f"{{{FHIR}}}MessageHeader"

REQUEST = "request"

# The zone of the Bundle and its entries; every other zone is the resources of one type in them, by its name.
OUTER = ""


class Reads:
    """
    What rules read of a message, each noted where it stands.

    Attributes:
        visits: the elements and attributes that XPaths pass.

        found: elements at which an XPath ends.

        values: checks of the FHIR value of an element; whether each holds is all that counts of it.

        filled: elements of which it counts whether they are empty.

        whole: elements whose value counts, whatever it is.

        alike: elements whose value counts by being the same as another one: fullUrls.

        references: elements that refer to an entry by its fullUrl.

        linked: elements that refer to any resource.

        resolved: elements of whose references it counts whether there are any, and whether each leads to a resource.

        kept: elements whose values are wanted, though nothing depends on them.

        here: the elements at which a place ends.
    """

    def __init__(self) -> None:
        self.visits = Visits()
        self.found: set[Trail] = set()
        self.values: dict[Trail, list[BoundAsk]] = {}
        self.filled: set[Trail] = set()
        self.whole: set[Trail] = set()
        self.alike: set[Trail] = set()
        self.references: set[Trail] = set()
        self.linked: set[Trail] = set()
        self.resolved: set[Trail] = set()
        self.kept: set[Trail] = set()
        self.here: set[Trail] = set()

    @property
    def wired(self) -> bool:
        """
        It counts whether every reference leads to a resource, see `wiring`.
        """
        return bool(self.linked or self.resolved)

    @property
    def framed(self) -> bool:
        """
        It counts which entry a resource stands in, or which of two zones comes first. Zones alone do not tell that.
        """
        visits = self.visits
        return (
            not _WAY.isdisjoint(visits.chosen | visits.placed)
            or any(len(trail) == len(_RESOURCE) and zone_of(trail) != OUTER for trail in visits.placed)
            or any(len(set(map(zone_of, trails))) > 1 for trails in visits.joined)
        )

    @property
    def tangled(self) -> bool:
        """
        It counts which comes first of two elements in one resource, of which one is told in the outer zone: of any
        resource. Where resources stand does not tell that.
        """
        return any(
            len(set(map(zone_of, trails))) > 1
            and any(len(trail) > len(_RESOURCE) and zone_of(trail) == OUTER for trail in trails)
            for trails in self.visits.joined
        )

    def zones(self) -> frozenset[str]:
        """
        The parts of a message that hold what is read.
        """
        read = {
            *self.found,
            *self.visits.chosen,
            *self.visits.placed,
            *self.visits.ends,
            *(trail for trail, _ in self.visits.attributes),
            *self.alike,
            # On the way to the resources nothing is read.
            *(trail for trail in self.visits.trails if trail != RESOURCES[: len(trail)]),
        }
        return frozenset(map(zone_of, read))


class Sight(NamedTuple):
    """
    What decides an outcome: *reads*, which lie in these *zones*, and the facts that conditions name.

    *beside* is what it is compared with beside the message, if that is there: facts by their names, and `REQUEST`.
    """

    reads: Reads
    zones: frozenset[str]
    beside: frozenset[str]

    @property
    def refers(self) -> bool:
        return bool(self.reads.references)

    @property
    def wired(self) -> bool:
        return self.reads.wired


def sight_of_rule(rule: BoundRule) -> Sight | None:
    """
    What decides a rule's outcome; None where that cannot be told.
    """
    each = rule.each.bound if rule.each is not None else None
    return _sight((*rule.when,), each, (*rule.when_each, *rule.check))


def sight_of_place(bound: Bound) -> Sight | None:
    """
    What decides which nodes a place finds, and their values; None where that cannot be told.
    """
    sight = _sight((), bound, ())
    if sight is not None:
        sight.reads.kept |= sight.reads.here
    return sight


def sight_of_interaction(bound: BoundInteraction) -> Sight | None:
    """
    What decides whether a message is of this interaction; None where that cannot be told.
    """
    return _sight((*bound.requires, *bound.clues), None, ())


def zone_of(trail: Trail) -> str:
    """
    The part of a message that a trail leads to.
    """
    at = len(RESOURCES)
    inside = len(trail) > at and trail[:at] == RESOURCES and not trail[at].endswith(ANY)
    return trail[at] if inside else OUTER


def _sight(checks: BoundChecks, each: Bound | None, checks_of_each: BoundChecks) -> Sight | None:
    reader = _Reader()
    try:
        reader.checks(checks, ())
        here = () if each is None else reader.elements(each.query, ())
        reader.reads.here.update(here)
        reader.checks(checks_of_each, here)
    except OutOfSight:
        return None
    if reader.reads.tangled:
        return None
    if reader.reads.framed:
        # The outer zone then tells of every resource where it stands: each zone has its own in the same order.
        reader.reads.found.add(_RESOURCE)
    return Sight(reader.reads, reader.reads.zones(), frozenset(reader.beside))


class _Reader:
    """
    Notes what checks read. *here* are the trails to the node that ``./`` is relative to, if there is one.
    """

    def __init__(self) -> None:
        self.reads = Reads()
        self.beside: set[str] = set()

    def checks(self, checks: BoundChecks, here: tuple[Trail, ...]) -> None:
        for each in checks:
            if isinstance(each, BoundAnyOf):
                for branch in each.branches:
                    self.checks(branch, here)
            else:
                self._ask(each, here)

    def elements(self, query: Query, here: tuple[Trail, ...]) -> tuple[Trail, ...]:
        spots = self._spots(query, here)
        if any(spot.attribute is not None for spot in spots):
            raise OutOfSight
        return tuple(spot.trail for spot in spots)

    def _spots(self, query: Query, here: tuple[Trail, ...]) -> list[Spot]:
        for each in query.follows:
            for spot in self._spots(each.references, here):
                self._reference(spot)
        self._inside(here)
        resources = (_RESOURCE,) if query.follows else ()
        spots = self.reads.visits.follow(query.text, query.namespaces, here or (_ROOT,), resources)
        self.reads.found.update(spot.trail for spot in spots)
        return spots

    def _inside(self, here: tuple[Trail, ...]) -> None:
        """
        What is relative to an entry, or looks below it, reads what is in it.
        """
        self.reads.visits.placed.update(_WAY.intersection(here))

    def _ask(self, ask: BoundAsk, here: tuple[Trail, ...]) -> None:
        if ask.bound is None:
            self._expression(ask.check, here)
            if not ask.fixed:
                # What it begins at may be all that it looks at.
                self.reads.found.update(here or (_ROOT,))
        elif ask.bound.target.of_request:
            self.beside.add(REQUEST)
        else:
            for spot in self._spots(ask.bound.query, here):
                trail, attribute = spot
                if attribute is not None:
                    self.reads.visits.asks(trail, attribute, WHOLE)
                self._check(ask, spot, here)

    def _check(self, ask: BoundAsk, spot: Spot, here: tuple[Trail, ...]) -> None:
        """
        What a check reads of the elements that it is asked of, or of the element of an attribute.
        """
        trail, attribute = spot
        match ask.check:
            case Absent() | Count():
                pass
            case Present():
                self.reads.filled.add(trail)
            case Unique():
                self.reads.alike.add(trail)
            case Row(key=place):
                self._whole(trail)
                self._compared(place, here)
            case Coded():
                self._coding(trail)
            case Ordered():
                self.reads.found.add((*trail, ANY))
            case Resolves():
                self.reads.resolved.add(trail)
            case RefersTo(alternatives=alternatives):
                self._refers(Spot(trail, attribute), alternatives)
            case SameAsFact(name=name):
                self.beside.add(f"fact.{name}")
                self.reads.filled.add(trail)
            case SameAsPlace(place=place) if place.target.of_request:
                self.reads.filled.add(trail)
                self._compared(place, here)
            case SameAsPlace(place=place):
                self._whole(trail)
                self._compared(place, here)
            case check if isinstance(check, _OF_VALUE):
                self.reads.values.setdefault(trail, []).append(ask)
            case _:
                raise OutOfSight

    def _expression(self, check: object, here: tuple[Trail, ...]) -> None:
        if not isinstance(check, Expression) or check.query is None:
            raise OutOfSight
        self.beside.update(check.facts)
        self._spots(check.query, here)

    def _coding(self, trail: Trail) -> None:
        self._inside((trail,))
        for name in ("system", "code", "display"):
            self._whole(_below(trail, name))
            self._whole(_below(trail, "coding", name))

    def _refers(self, spot: Spot, alternatives: tuple[Alternative, ...]) -> None:
        if _asks_no_more(alternatives, spot.trail):
            self._to_any(spot)
            return
        self._reference(spot)
        self.checks(tuple(check for each in alternatives for check in each.where or ()), (_RESOURCE,))

    def _to_any(self, spot: Spot) -> None:
        """
        A reference to any resource. Where the wiring does not show it, `walk` says so.
        """
        trail = _referring(spot)
        self.reads.linked.add(trail)
        self.reads.filled.add(trail)
        self.reads.visits.asks(trail, "value", WHOLE)

    def _reference(self, spot: Spot) -> None:
        """
        A reference to a resource of the message's own Bundle: whether its fullUrl is the same, and what that holds.
        """
        trail = _referring(spot)
        inside = trail[len(RESOURCES) :]
        if not inside or zone_of(trail) == OUTER or any(test in BUNDLES or test.endswith(ANY) for test in inside):
            raise OutOfSight
        self.reads.references.add(trail)
        self.reads.alike.add(_FULL_URL)
        self._whole(_PROFILE)

    def _whole(self, trail: Trail) -> None:
        self.reads.whole.add(trail)
        self.reads.found.add(trail)

    def _compared(self, place: Bound, here: tuple[Trail, ...]) -> None:
        if place.target.of_request:
            self.beside.add(REQUEST)
            return
        for trail in self.elements(place.query, here):
            self._whole(trail)


def _asks_no_more(alternatives: Iterable[Alternative], trail: Trail) -> bool:
    """
    Whether a reference outside the header may lead to any resource.
    """
    free = all(each.resource is each.profile is each.where is None for each in alternatives)
    return free and zone_of(trail) != HEADER


def _referring(spot: Spot) -> Trail:
    """
    The element of a reference that is followed.
    """
    if spot.attribute not in (None, "value"):
        raise OutOfSight
    return spot.trail


def _below(trail: Trail, *names: str) -> Trail:
    return (*trail, *(f"{{{FHIR}}}{name}" for name in names))
