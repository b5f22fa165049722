"""
Outcomes remembered by what the rules saw.

The rules of a plan fall into groups that read the same zones of a message. Of each group is remembered which outcomes
an outline of these zones had. A message whose outline is known costs one look-up a group, however many rules there are;
one that is new is judged by `evaluate`, rule by rule, and so are the few rules of which cannot be told what they read.
Nothing is decided here.
"""

from __future__ import annotations

from _thread import allocate_lock  # `threading` takes 1 ms to import
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from itk3_validator.checks.verb import Unknown
from itk3_validator.evaluate import NO_REQUEST, judge, scope_of
from itk3_validator.finding import Outcome, Verdict, verdict_of, weight_of
from itk3_validator.message import Message
from itk3_validator.plan import BoundRule, Plan
from itk3_validator.recognise import Recognised, Unrecognised, recognise
from itk3_validator.scope import Scope

if TYPE_CHECKING:
    from itk3_validator.sight.reads import Sight
    from itk3_validator.sight.walk import Outline

# Of each group, and of each combination of facts; when more are met it begins anew.
MOST_OUTLINES = 512
MOST_CALLS = 64
_MOST_TOKENS = 4_000
# To tell what the rules of a pack read takes as long as judging some messages by them.
_PLAIN_AT_FIRST = 2
_VERDICTS = tuple(verdict_of(weight) for weight in range(16))


class Part(NamedTuple):
    """
    The outcomes of some rules, in their order, and what they weigh for the verdict.
    """

    outcomes: tuple[Outcome, ...]
    weight: int


class Judged(NamedTuple):
    """
    The outcomes of all rules of a plan: *parts* of those at *places* in the plan.
    """

    verdict: Verdict
    parts: tuple[Part, ...]
    places: tuple[Sequence[int], ...]

    def outcomes(self) -> tuple[Outcome, ...]:
        """
        One outcome a rule, in the order of the plan.
        """
        found = {
            place: outcome
            for part, places in zip(self.parts, self.places, strict=True)
            for place, outcome in zip(places, part.outcomes, strict=True)
        }
        return tuple(found[place] for place in range(len(found)))


class Memory:
    """
    Recognises and judges messages by these plans, as `recognise` and `evaluate` do. Threads may share it.
    """

    def __init__(self, plans: Sequence[Plan]) -> None:
        self._plans = plans
        self._met = 0
        self._lock = allocate_lock()
        self._sights: _Sights | None = None

    def outline(self, message: Message) -> Outline | None:
        """
        What the rules see of a message; None where it is like no other, or among the first.
        """
        sights = self._sights
        if sights is None:
            with self._lock:
                self._met += 1
                if self._met <= _PLAIN_AT_FIRST:
                    return None
                self._sights = sights = self._sights or _Sights(self._plans)
        return sights.outline(message)

    def recognise(
        self,
        message: Message,
        outline: Outline | None,
        *,
        stated: bool,
        interaction: str | None,
        request: Recognised | None,
        facts: Mapping[str, str],
    ) -> Recognised | Unrecognised:
        """
        As `recognise.recognise`.
        """
        known: dict[Any, Recognised] = {}
        key = None
        if outline is not None and self._sights is not None and request is None:
            known, zones = self._sights.recognised, self._sights.zones
            key = (interaction, tuple(facts.items()), outline.key(zones)) if zones is not None else None
        found = known.get(key) if key is not None else None
        if found is not None:
            return found
        new = recognise(self._plans, message, stated=stated, interaction=interaction, request=request, facts=facts)
        # What is unrecognised is told with what the message says.
        if key is not None and isinstance(new, Recognised):
            _keep(known, key, new, MOST_OUTLINES)
        return new

    def judge(
        self,
        plan: Plan,
        message: Message,
        outline: Outline | None,
        *,
        interaction: str,
        facts: Mapping[str, str],
        request: Message | Unknown = NO_REQUEST,
    ) -> Judged:
        """
        The outcomes that `evaluate.evaluate` gives.
        """
        if outline is None or self._sights is None:
            part = _judge(plan.rules, scope_of(plan, message, facts=facts, request=request), interaction)
            return Judged(_VERDICTS[part.weight], (part,), (range(len(plan.rules)),))
        groups = self._sights.groups[plan]
        return groups.judge(message, outline, interaction=interaction, facts=facts, request=request)


class _Sights:
    """
    What is told of the plans before the first message is outlined, and what is remembered since.
    """

    def __init__(self, plans: Sequence[Plan]) -> None:
        # They read XPaths, which a command that judges one message need not wait for.
        from itk3_validator.sight.reads import sight_of_interaction, sight_of_rule
        from itk3_validator.sight.walk import NoOutline, Outliner

        of_rules = {plan: tuple(map(sight_of_rule, plan.rules)) for plan in plans}
        of_interactions = [sight_of_interaction(bound) for plan in plans for bound in plan.interactions.values()]
        all_of_them = (*of_interactions, *(each for found in of_rules.values() for each in found))
        self._none = NoOutline
        self._outliner = Outliner(each.reads for each in all_of_them if each is not None)
        self.groups = {plan: _Groups(plan, found) for plan, found in of_rules.items()}
        self.zones = _zones_of_all(of_interactions)
        self.recognised: dict[Any, Recognised] = {}

    def outline(self, message: Message) -> Outline | None:
        try:
            outline = self._outliner.outline(message)
        except self._none:
            return None
        return outline if outline.size <= _MOST_TOKENS else None


def _zones_of_all(sights: Iterable[Sight | None]) -> tuple[str, ...] | None:
    """
    The zones that all of these read; None where what is read in them is not all that decides.
    """
    zones: set[str] = set()
    for each in sights:
        if each is None or each.refers or each.beside:
            return None
        zones |= each.zones
    return tuple(sorted(zones))


_Known: TypeAlias = dict[Any, Part]


class _Group(NamedTuple):
    """
    Rules that read the same; *zones* is None where it cannot be told what they read.
    """

    zones: tuple[str, ...] | None
    refers: bool
    beside: frozenset[str]
    places: list[int]
    rules: list[BoundRule]


def _group(sight: Sight | None) -> _Group:
    if sight is None:
        return _Group(None, refers=False, beside=frozenset(), places=[], rules=[])
    return _Group(tuple(sorted(sight.zones)), sight.refers, sight.beside, places=[], rules=[])


class _Groups:
    """
    The groups of one plan, and what is remembered of them for each call: the interaction, the facts, what is beside.
    """

    def __init__(self, plan: Plan, sights: Sequence[Sight | None]) -> None:
        groups: dict[Any, _Group] = {}
        for place, (rule, sight) in enumerate(zip(plan.rules, sights, strict=True)):
            key = None if sight is None else (sight.zones, sight.refers, sight.beside)
            group = groups.setdefault(key, _group(sight))
            group.places.append(place)
            group.rules.append(rule)
        self._plan = plan
        self._given = frozenset(name for rule in plan.rules for name in rule.rule.given)
        self._groups = tuple(groups.values())
        self._places = tuple(group.places for group in self._groups)
        self._calls: dict[Any, tuple[_Known | None, ...]] = {}

    def judge(
        self,
        message: Message,
        outline: Outline,
        *,
        interaction: str,
        facts: Mapping[str, str],
        request: Message | Unknown,
    ) -> Judged:
        answered = not isinstance(request, Unknown)
        # Of what is only compared it counts whether it is there: then what is compared with it is judged anew.
        call = interaction, answered, tuple([(name, name in self._given and value) for name, value in facts.items()])
        tables = self._calls.get(call) or self._remember(call, facts, answered=answered)
        scope: Scope | None = None
        parts = []
        weight = 0
        for group, known in zip(self._groups, tables, strict=True):
            part = key = None
            if known is not None and group.zones is not None and (outline.refers or not group.refers):
                key = outline.key(group.zones)
                part = known.get(key)
            if part is None:
                scope = scope or scope_of(self._plan, message, facts=facts, request=request)
                part = _judge(group.rules, scope, interaction)
                if known is not None and key is not None:
                    _keep(known, key, part, MOST_OUTLINES)
            parts.append(part)
            weight |= part.weight
        return Judged(_VERDICTS[weight], tuple(parts), self._places)

    def _remember(self, call: Any, facts: Mapping[str, str], *, answered: bool) -> tuple[_Known | None, ...]:
        """
        Begin to remember for a call. What is compared with the request, or with a stated fact, is judged anew.
        """
        from itk3_validator.sight.reads import REQUEST

        beside = {f"fact.{name}" for name in facts} | ({REQUEST} if answered else set())
        tables: tuple[_Known | None, ...] = tuple(None if group.beside & beside else {} for group in self._groups)
        _keep(self._calls, call, tables, MOST_CALLS)
        return tables


def _judge(rules: Sequence[BoundRule], scope: Scope, interaction: str) -> Part:
    outcomes = tuple(judge(rule, scope, interaction).outcome for rule in rules)
    return Part(outcomes, weight_of(zip(outcomes, (rule.rule.severity for rule in rules), strict=True)))


def _keep(known: dict[Any, Any], key: Any, value: Any, most: int) -> None:
    if len(known) >= most:
        known.clear()
    known[key] = value
