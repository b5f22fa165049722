"""
The messages that a proof begins with: those of a pack's tests with their edits made, and the valid samples.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from itk3_validator.checks.verb import Unknown
from itk3_validator.errors import MessageError, PackInvalid, PackNotFound
from itk3_validator.evaluate import NO_REQUEST, judge, scope_of
from itk3_validator.finding import Outcome
from itk3_validator.message import Message, parse
from itk3_validator.pack.bundled import Folder, bundled
from itk3_validator.pack.load import load_pack
from itk3_validator.pack.model import RulePack, Trial
from itk3_validator.plan import BoundRule, Plan
from itk3_validator.recognise import Recognised, recognise
from itk3_validator.scope import Scope
from itk3_validator.source import Source
from itk3_validator.workshop.trials.prepared import TrialInvalid, prepare


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """
    A message with what must be known beside it. *shown* is a case that a test of the pack makes.
    """

    name: str
    message: Message
    facts: Mapping[str, str]
    request: Message | Unknown
    interaction: str
    scope: Scope
    shown: bool

    @property
    def size(self) -> int:
        return len(self.message.source.data)

    @property
    def key(self) -> tuple[object, ...]:
        request = self.request.digest if isinstance(self.request, Message) else None
        return self.message.digest, tuple(sorted(self.facts.items())), request, self.interaction

    def outcome(self, rule: BoundRule) -> Outcome:
        return judge(rule, self.scope, self.interaction).outcome


def cases_of(plan: Plan, bases: Iterable[RulePack] = ()) -> tuple[Case, ...]:
    """
    Every case of a pack, each once; the smallest messages first, so that mutations of them are cheap.

    The tests of *bases*, packs that it extends, count as well: who takes over a rule need not write its tests again.

    A test that cannot be run makes no case: that it is wrong is told where the tests are run.
    """
    found: dict[tuple[object, ...], Case] = {}
    tested = (plan.pack, *bases)
    for case in (*(case for pack in tested for case in _of_tests(plan, pack)), *_of_samples(plan)):
        found.setdefault(case.key, case)
    return tuple(sorted(found.values(), key=lambda case: case.size))


def extended(pack: RulePack) -> Iterator[RulePack]:
    """
    The packs that a pack extends, as far as they are beside it or among the bundled ones.
    """
    home = Path(pack.tests[0].file).parent.parent if pack.tests else None
    for name in pack.lineage:
        beside = home / name if home is not None else None
        try:
            yield load_pack(beside if beside is not None and beside.is_dir() else name)
        except (PackNotFound, PackInvalid):
            continue


def _of_tests(plan: Plan, pack: RulePack) -> Iterator[Case]:
    for trial in pack.tests:
        try:
            prepared = prepare(pack, trial)
        except TrialInvalid:
            continue
        request = parse(prepared.request) if prepared.request is not None else NO_REQUEST
        case = _case(
            plan,
            (trial.name or _told(trial)) + (f" ({pack.name})" if pack is not plan.pack else ""),
            parse(prepared.message),
            facts=trial.facts,
            request=request,
            interaction=trial.interaction,
            stated=True,
        )
        if case is not None:
            yield case


def _told(trial: Trial) -> str:
    edits = (
        *(f"change {place}" for place in trial.change),
        *(f"remove {place}" for place in trial.remove),
        *(f"repeat {place}" for place in trial.repeat),
        *(f"insert {place}" for place in trial.insert),
    )
    facts = (f"{name}={value}" for name, value in trial.facts.items())
    return ", ".join((trial.message, *facts, *edits))


def _of_samples(plan: Plan) -> Iterator[Case]:
    """
    The samples that the pack recognises as its own.
    """
    folder = bundled("samples") / "valid"
    files: list[Folder] = sorted(folder.iterdir(), key=lambda each: each.name) if folder.is_dir() else []  # type: ignore[call-overload]
    for file in files:
        if not file.name.endswith(".xml"):
            continue
        try:
            message = parse(Source(f"valid/{file.name}", file.read_bytes()))
        except MessageError:
            continue
        case = _case(plan, message.source.name, message, facts={}, request=NO_REQUEST, interaction=None, stated=False)
        if case is not None:
            yield case


def _case(
    plan: Plan,
    name: str,
    message: Message,
    *,
    facts: Mapping[str, str],
    request: Message | Unknown,
    interaction: str | None,
    stated: bool,
) -> Case | None:
    asked = recognise([plan], request, stated=stated) if isinstance(request, Message) else None
    answered = asked if isinstance(asked, Recognised) else None
    found = recognise([plan], message, stated=stated, interaction=interaction, request=answered)
    if not isinstance(found, Recognised):
        return None
    scope = scope_of(plan, message, facts=facts, request=request)
    return Case(name, message, facts, request, found.interaction, scope, shown=stated)
