"""
What runs in a worker process: one message in, the bytes of the answer out.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

from itk3_validator import CallInvalid, Outcome, Report, Responder, Source, Validator, __version__, did_you_mean
from itk3_validator.adapters.options import RESPONSE
from itk3_validator.adapters.service.accept import media_type
from itk3_validator.adapters.service.form import read_form
from itk3_validator.report.answer import silence
from itk3_validator.report.chosen import chosen
from itk3_validator.report.formats import Asked, render
from itk3_validator.report.responder import UNSET
from itk3_validator.value import Value

FORM: Final = "multipart/form-data"


class Ways(Value):
    """
    How every message is judged: what was said when the service was started.
    """

    facts: Mapping[str, str]
    interaction: str | None
    only: frozenset[str]
    ignore: frozenset[str]
    responder: Responder | None


class Task(NamedTuple):
    """
    One request: the body as it came, and what was asked of it. *id* and *made* are those of an ITK3 response.
    """

    name: str
    body: bytes
    content_type: str
    format: str
    facts: tuple[str, ...]
    interaction: str | None
    pack: str | None
    id: UUID
    made: datetime


class Answer(NamedTuple):
    """
    What is sent back, and what may be told of it in logs and metrics: names of packs and rules, and numbers.

    Without a body there is nothing to answer, *why* says the reason. Without a verdict the call was wrong, and *why*
    says how; that may repeat what the caller sent and belongs in no log.
    """

    media_type: str = ""
    body: bytes = b""
    verdict: str | None = None
    pack: str | None = None
    interaction: str | None = None
    failed: tuple[str, ...] = ()
    why: str | None = None


def make_judge(validator: Validator, ways: Ways) -> Callable[[Task, Callable[[int], None]], Answer]:
    """
    What a worker does: see `adapters.workers`.
    """
    # A supervisor may tell the whole group to stop; what has been accepted is finished first.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    return Judge(validator, ways)


class Judge:
    """
    Judges one request after the other.
    """

    def __init__(self, validator: Validator, ways: Ways) -> None:
        self._validator = validator
        self._ways = ways
        self._by_pack: dict[str, Validator] = {}

    def __call__(self, task: Task, _begin: Callable[[int], None]) -> Answer:
        """
        The answer to one request; a wrong call is an answer too.
        """
        try:
            report = self._report(task)
        except CallInvalid as error:
            return Answer(why=str(error))
        return self._answer(report, task)

    def _report(self, task: Task) -> Report:
        if task.format == RESPONSE and self._ways.only:
            raise CallInvalid(
                "this service asks only some requirements (--only), so it does not answer for all of them"
            )
        message, request, facts = task.body, None, task.facts
        if task.content_type.partition(";")[0].strip().lower() == FORM:
            form = read_form(task.content_type, task.body)
            message, request, facts = form.message, form.request, (*facts, *form.facts)
        report = self._asked(task.pack).validate(
            Source(task.name, message),
            facts={**self._ways.facts, **stated(facts)},
            request=None if request is None else Source("request", request),
            interaction=task.interaction or self._ways.interaction,
        )
        return chosen(report, only=self._ways.only, ignore=self._ways.ignore)

    def _asked(self, name: str | None) -> Validator:
        if name is None:
            return self._validator
        if name not in self._by_pack:
            packs = {pack.name: pack for pack in self._validator.packs}
            if name not in packs:
                raise CallInvalid(f"no pack of that name is served; {did_you_mean(name, packs)}")
            whole = self._validator
            self._by_pack[name] = Validator([packs[name]], show_values=whole.show_values, limits=whole.limits)
        return self._by_pack[name]

    def _answer(self, report: Report, task: Task) -> Answer:
        failed = tuple(id for id, outcome in report.outcomes.items() if outcome is Outcome.FAIL)
        told = Answer(media_type(task.format), b"", str(report.verdict), report.pack, report.interaction, failed)
        if task.format != RESPONSE:
            return told._replace(body=render(task.format, [report], Asked(__version__)).encode())
        response = report.itk3_response(self._ways.responder or UNSET, id=task.id, timestamp=task.made)
        if response is None:
            return told._replace(why=silence(report))
        return told._replace(body=response)


def stated(facts: Iterable[str]) -> dict[str, str]:
    """
    Facts by their names.

    Raises:
        CallInvalid: One is not NAME=VALUE, or two contradict each other.
    """
    found: dict[str, str] = {}
    for each in facts:
        name, sign, value = each.partition("=")
        if not (name and sign):
            raise CallInvalid("a fact is stated as NAME=VALUE, such as recipient=primary")
        if found.setdefault(name, value) != value:
            raise CallInvalid(f"the fact {name} is stated twice, and differently")
    return found
