"""
The rules of a plan in groups that read the same zones of a message, and the outcomes that each outline of these had.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

from itk3_validator.call import Call
from itk3_validator.checks.verb import Unknown
from itk3_validator.message import Incoming
from itk3_validator.plan import BoundRule, Plan
from itk3_validator.scope import Scope
from itk3_validator.sight.outcomes import Judged, Part, part_of, scope_for
from itk3_validator.sight.outline import Outline
from itk3_validator.sight.outliner import Zones
from itk3_validator.sight.reads import REQUEST, Sight
from itk3_validator.sight.tokens import keep

# Of each group, and of each combination of facts; when more are met it begins anew.
MOST_OUTLINES = 512
# Outlines of whole messages are small, and messages differ in several zones at once.
MOST_WHOLE = 4_096
MOST_CALLS = 64

_Known: TypeAlias = dict[Any, Part]


class _Group(NamedTuple):
    """
    Rules that read the same; *zones* is None where it cannot be told what they read.
    """

    zones: tuple[str, ...] | None
    refers: bool
    wired: bool
    beside: frozenset[str]
    places: list[int]
    rules: list[BoundRule]


def _group(sight: Sight | None) -> _Group:
    if sight is None:
        return _Group(None, refers=False, wired=False, beside=frozenset(), places=[], rules=[])
    return _Group(tuple(sorted(sight.zones)), sight.refers, sight.wired, sight.beside, places=[], rules=[])


def _is_told(group: _Group, outline: Outline) -> bool:
    """
    Whether an outline tells where the references lead that the rules of a group look at.
    """
    return (outline.refers or not group.refers) and (outline.wired is not None or not group.wired)


class Groups:
    """
    The groups of one plan, and what is remembered of them for each call: the interaction, the facts, what is beside.
    """

    def __init__(self, plan: Plan, sights: Sequence[Sight | None]) -> None:
        groups: dict[Any, _Group] = {}
        for place, (rule, sight) in enumerate(zip(plan.rules, sights, strict=True)):
            key = None if sight is None else (sight.zones, sight.refers, sight.wired, sight.beside)
            group = groups.setdefault(key, _group(sight))
            group.places.append(place)
            group.rules.append(rule)
        self._plan = plan
        self._given = frozenset(name for rule in plan.rules for name in rule.rule.given)
        self._groups = tuple(groups.values())
        self._places = tuple(group.places for group in self._groups)
        self._calls: dict[Any, _Remembered] = {}

    def judge(
        self, incoming: Incoming, outline: Outline, zones: Zones, interaction: str, call: Call
    ) -> tuple[Judged, bool]:
        """
        The outcomes of a message, and whether what was seen of it is all that decided.
        """
        facts, given = call.facts_for(self._plan.pack), self._given
        answered = not isinstance(call.request, Unknown)
        # Of what is only compared it counts whether it is there: then what is compared with it is judged anew.
        # Without a request it is told why there is none, and of a fact that is unknown why it is.
        key = (
            interaction,
            answered or call.request,
            tuple(
                [(each, said if each in given or isinstance(said, Unknown) else None) for each, said in facts.items()]
            ),
        )
        remembered = self._calls.get(key) or self._remember(key, facts, answered=answered)
        scope: Scope | None = None
        parts, all_seen = [], True
        for group, known in zip(self._groups, remembered.of_groups, strict=True):
            part = None
            seen: Any = None
            if known is not None and group.zones is not None and _is_told(group, outline):
                seen = zones.key(group.zones)
                if group.wired:
                    seen = seen, outline.wired
                part = known.get(seen)
            else:
                all_seen = False
            if part is None:
                scope = scope or scope_for(self._plan, incoming.parsed(), call)
                part = part_of(group.rules, scope, interaction)
                if known is not None and seen is not None:
                    keep(known, seen, part, MOST_OUTLINES)
            parts.append(part)
        return remembered.judged(tuple(parts), self._places), all_seen

    def _remember(self, call: Any, facts: Mapping[str, str | Unknown], *, answered: bool) -> _Remembered:
        """
        Begin to remember for a call. What is compared with the request, or with a stated fact, is judged anew.
        """
        stated = {f"fact.{name}" for name, value in facts.items() if not isinstance(value, Unknown)}
        beside = stated | ({REQUEST} if answered else set())
        remembered = _Remembered(tuple(None if group.beside & beside else {} for group in self._groups), {})
        keep(self._calls, call, remembered, MOST_CALLS)
        return remembered


class _Remembered(NamedTuple):
    """
    What is remembered for one call: of each group its parts, unless it is judged anew, and what they came to together.
    """

    of_groups: tuple[_Known | None, ...]
    together: dict[tuple[int, ...], Judged]

    def judged(self, parts: tuple[Part, ...], places: tuple[Sequence[int], ...]) -> Judged:
        # A part that is held here is the only one with its number.
        key = tuple(map(id, parts))
        known = self.together.get(key)
        if known is None:
            known = Judged(parts, places)
            keep(self.together, key, known, MOST_OUTLINES)
        return known
