"""
A message that was judged: what its report is made of. Of most messages of an archive a report would say nothing new.
"""

from __future__ import annotations

from collections.abc import Collection

from itk3_validator.call import Call
from itk3_validator.checks.verb import Unknown
from itk3_validator.evaluate import NO_REQUEST, judge, scope_of
from itk3_validator.finding import Outcome
from itk3_validator.message import Incoming, Message, value_of
from itk3_validator.nodes import Nodes
from itk3_validator.plan import BoundRule, Plan
from itk3_validator.report.behind import ValuesAt
from itk3_validator.report.explain import Details, explain, seen
from itk3_validator.report.model import Report, Result
from itk3_validator.report.reading import Reading
from itk3_validator.report.received import RECEIVED, Received, received
from itk3_validator.scope import Scope
from itk3_validator.sight.outcomes import Known, scope_for
from itk3_validator.sight.standing import Standing, Values
from itk3_validator.value import Frozen

# Of more rules than that the places are found together.
_FEW = 4


class Seen:
    """
    What stands behind the report of a message that was judged; it works out what it is asked for. It holds the message.
    """

    __slots__ = ("_call", "_incoming", "_known", "_reading")

    reason: str | None = None
    line: int | None = None
    column: int | None = None

    def __init__(self, incoming: Incoming, call: Call, known: Known, reading: Reading) -> None:
        self._incoming = incoming
        self._call = call
        self._known = known
        self._reading = reading

    def report(self) -> Report:
        """
        Its report, made anew.
        """
        return Report(self._incoming.source.name, self._known.judged.verdict, self)

    @property
    def pack(self) -> str:
        return self._known.found.plan.pack.name

    @property
    def pack_version(self) -> str:
        return self._known.found.plan.pack.version

    @property
    def pack_digest(self) -> str:
        return self._known.found.plan.pack.digest

    @property
    def interaction(self) -> str:
        return self._known.found.interaction

    @property
    def published_as(self) -> tuple[str, ...]:
        return self._known.found.plan.pack.interactions[self.interaction].published_as

    @property
    def recognised_by(self) -> str:
        return self._known.found.because

    @property
    def alike(self) -> object:
        return self._known.judged

    @property
    def is_quiet(self) -> bool:
        """
        Whether every rule passed, or did not apply.
        """
        return not self._known.judged.told(self._known.found.plan)

    @property
    def digest(self) -> str:
        return digest_of(self._incoming.source.data)

    @property
    def outcomes(self) -> Frozen[str, Outcome]:
        return self._known.judged.by_id(self._known.found.plan)

    @property
    def results(self) -> tuple[Result, ...]:
        return self._results([*zip(self._known.found.plan.rules, self.outcomes.values(), strict=True)])

    @property
    def told(self) -> tuple[Result, ...]:
        return self._results(self._known.judged.told(self._known.found.plan))

    @property
    def sender(self) -> tuple[str, ...]:
        return _sender(self._known.found.plan, self._incoming.parsed())

    @property
    def received(self) -> Received | None:
        plan = self._known.found.plan
        return received(plan.pack, self._reading.values_in(plan, self._incoming.parsed(), RECEIVED))

    def values_at(self, names: tuple[str, ...]) -> ValuesAt:
        return self._reading.values(self._known.found.plan, self._incoming, names)

    def standing(self, names: tuple[str, ...]) -> tuple[Standing, Values]:
        """
        The values at places in a row, and where they stand in it.
        """
        return self._reading.standing(self._known.found.plan, self._incoming, names)

    def _results(self, pairs: Collection[tuple[BoundRule, Outcome]]) -> tuple[Result, ...]:
        message = self._incoming.parsed()
        nodes = Nodes(message, alone=len(pairs) <= _FEW)
        scope = scope_for(self._known.found.plan, message, self._call, nodes)
        show = self._reading.show
        return tuple([_result(rule, outcome, scope, self.interaction, show=show) for rule, outcome in pairs])


def digest_of(data: bytes) -> str:
    """
    SHA-256 of the bytes received, lower-case hex.
    """
    import hashlib  # slow to import, and seldom asked for

    return hashlib.sha256(data).hexdigest()


def _result(rule: BoundRule, outcome: Outcome, scope: Scope, interaction: str, *, show: bool) -> Result:
    def details() -> Details:
        return explain(rule.rule, judge(rule, scope, interaction), scope, show=show)

    def look() -> str | None:
        return seen(rule, scope, show=show)

    if outcome is Outcome.PASS or outcome is Outcome.NOT_APPLICABLE:
        return Result(rule.rule, outcome, None, look)
    return Result(rule.rule, outcome, details, look)


def _sender(plan: Plan, message: Message) -> tuple[str, ...]:
    """
    What the message states of its sender, at the places that are safe: it stays in the report when the message is gone.
    """
    scope = scope_of(plan, message, facts={}, request=NO_REQUEST)
    found = [scope.nodes(place) for place in plan.sender if place.target.safe]
    values = [value_of(node) for nodes in found if not isinstance(nodes, Unknown) for node in nodes]
    return tuple(dict.fromkeys(value for value in values if value))
