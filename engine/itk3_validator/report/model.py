"""
The report: all results for one message. Places and sentences are worked out when they are first asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from itk3_validator.errors import MessageInvalid
from itk3_validator.finding import UNTOLD, Finding, Outcome, Severity, Verdict
from itk3_validator.pack.model import Rule
from itk3_validator.report.behind import Behind, Said
from itk3_validator.report.explain import Details, Excerpt
from itk3_validator.value import Row

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from itk3_validator.report.received import Received
    from itk3_validator.report.responder import Responder
    from itk3_validator.report.waived import Waived

_NO_DETAILS = Details(None, ())
_put = object.__setattr__


class Words(Row):
    """
    What a result says of its rule.
    """

    id: str
    pack: str
    level: str
    severity: Severity
    text: str
    source: str | None
    link: str | None
    remedy: str | None
    response_code: str | None
    part: str | None


class Result:
    """
    What became of one rule: the rule's words, its outcome, and where it did not pass the findings.

    Attributes:
        id, pack, level, text, source, link, remedy, response_code, part: as the rule says.

        outcome, severity: what became of it, and what it weighs when it failed.

        waiver: why it is not held against the message, when a waiver or the baseline says so.
    """

    __slots__ = ("_details", "_excerpts", "_explain", "_look", "_seen", "_words", "outcome", "waiver")

    id: str
    pack: str
    outcome: Outcome
    level: str
    severity: Severity
    text: str
    source: str | None
    link: str | None
    remedy: str | None
    response_code: str | None
    part: str | None
    waiver: Waived | None
    _details: Details | None
    _excerpts: tuple[Excerpt, ...] | None
    _explain: Callable[[], Details] | None
    _look: Callable[[], str | None] | None
    _seen: str | None
    _words: Rule | Words

    def __init__(
        self,
        words: Rule | Result,
        outcome: Outcome,
        explain: Callable[[], Details] | None = None,
        look: Callable[[], str | None] | None = None,
        *,
        waiver: Waived | None = None,
    ) -> None:
        _put(self, "_words", words._words if isinstance(words, Result) else words)  # noqa: SLF001  # its own
        _put(self, "outcome", outcome)
        _put(self, "waiver", waiver)
        _put(self, "_explain", explain)
        _put(self, "_details", None if explain is not None else _NO_DETAILS)
        _put(self, "_excerpts", None)
        _put(self, "_look", look)
        _put(self, "_seen", None)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a result does not change: {name}")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"a result does not change: {name}")

    def __repr__(self) -> str:
        return f"<Result {self.id}: {self.outcome}>"

    @property
    def message(self) -> str | None:
        """
        A sentence: what is wrong, what would decide it, or why it could not be run; None on a pass.
        """
        return self._get().message

    @property
    def findings(self) -> tuple[Finding, ...]:
        """
        Where the rule failed, sorted by line, column and path.
        """
        return self._get().findings

    @property
    def excerpts(self) -> tuple[Excerpt, ...]:
        """
        The source line of each finding.
        """
        details, excerpts = self._get(), self._excerpts
        if excerpts is None:
            excerpts = details.excerpt()
            object.__setattr__(self, "_excerpts", excerpts)
        return excerpts

    @property
    def seen(self) -> str | None:
        """
        On a pass, the values the rule looked at, with their descriptions.
        """
        # First the maker, then what it made: another thread may close the report in between.
        look, seen = self._look, self._seen
        if seen is None and look is not None and self.outcome is Outcome.PASS:
            seen = look()
            object.__setattr__(self, "_seen", seen)
        return seen

    def _get(self) -> Details:
        explain, details = self._explain, self._details
        if details is None:
            details = explain() if explain is not None else _NO_DETAILS
            object.__setattr__(self, "_details", details)
        return details

    def close(self) -> None:
        """
        Work out everything that needs the message, and let go of it.
        """
        _ = self.excerpts, self.seen
        object.__setattr__(self, "_details", Details(self.message, self.findings))
        object.__setattr__(self, "_explain", None)
        object.__setattr__(self, "_look", None)

    def __getstate__(self) -> dict[str, Any]:
        self.close()
        state = {name: getattr(self, name) for name in self.__slots__ if name not in ("_explain", "_look")}
        # Not the rule: a result has no use for its checks.
        return {**state, "_words": Words(*attrgetter(*Words._fields)(self))}

    def __setstate__(self, state: dict[str, Any]) -> None:
        for name, value in {**state, "_explain": None, "_look": None}.items():
            object.__setattr__(self, name, value)


for _name in Words._fields:
    setattr(Result, _name, property(attrgetter(f"_words.{_name}")))


class Report:
    """
    Everything that is known of one message after validation.

    Attributes:
        source: the message's name, as the caller gave it.

        pack, pack_version, pack_digest, interaction: what it was judged by; None when it was not judged.

        published_as: the names that the publication uses for the interaction.

        recognised_by: why this pack and interaction; empty when it was not judged.

        verdict: what became of the message.

        reason, line, column: why it was not judged, and for an unreadable message where.

        digest: SHA-256 of the bytes received, lower-case hex.

        alike: reports of one validator that hold the same object here have the same outcomes, pack and interaction, and
            were undecided for the same reasons. None says nothing.

    ``close`` and pickling work out what is still open and let go of the message.
    """

    __slots__ = ("_behind", "_digest", "_received", "_results", "_sender", "source", "verdict")

    source: str
    pack: str | None
    pack_version: str | None
    pack_digest: str | None
    interaction: str | None
    published_as: tuple[str, ...]
    recognised_by: str
    verdict: Verdict
    alike: object
    reason: str | None
    line: int | None
    column: int | None
    _behind: Behind
    # These have no value before they are asked for.
    _digest: str
    _received: Received | None
    _results: tuple[Result, ...]
    _sender: tuple[str, ...]

    def __init__(self, source: str, verdict: Verdict, behind: Behind) -> None:
        _put(self, "source", source)
        _put(self, "verdict", verdict)
        _put(self, "_behind", behind)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a report does not change: {name}")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"a report does not change: {name}")

    def __repr__(self) -> str:
        return f"<Report {self.source!r}: {self.verdict}>"

    @property
    def digest(self) -> str:
        digest: str = self._once("_digest")
        return digest

    @property
    def sender(self) -> tuple[str, ...]:
        """
        What the message states of its sender, such as an ODS code and a mailbox; waivers look at it, no renderer does.
        """
        sender: tuple[str, ...] = self._once("_sender")
        return sender

    @property
    def received(self) -> Received | None:
        """
        What a response has to know of the message; None where nothing is known.
        """
        received: Received | None = self._once("_received")
        return received

    def raise_if_invalid(self, *, undecided: bool = False) -> None:
        """
        Do nothing for a valid message, and raise for any other.

        Args:
            undecided: raise for a message that is undecided too.

        Raises:
            MessageInvalid: It is invalid, unreadable or not recognised, or a rule could not be run.
        """
        if self.verdict is Verdict.VALID or (self.verdict is Verdict.UNDECIDED and not undecided):
            return
        judged = self.results
        unreadable = self.verdict is Verdict.UNREADABLE
        raise MessageInvalid(
            str(self.verdict),
            failed=tuple(
                each.id for each in judged if each.outcome is Outcome.FAIL and each.severity is Severity.ERROR
            ),
            undecided=tuple(each.id for each in judged if each.outcome is Outcome.UNDECIDED),
            not_run=tuple(each.id for each in judged if each.outcome is Outcome.ERROR),
            reason=self.reason if unreadable else None,
            line=self.line if unreadable else None,
            column=self.column if unreadable else None,
        )

    def itk3_response(self, responder: Responder, *, id: UUID, timestamp: datetime) -> bytes | None:
        """
        The ITK3 response (ITK008M) to the message: its infrastructure code and, where a rule of level MUST failed, why.

        It holds nothing of the message but places, the id of its header and its SenderReference, where these can be
        returned. A closed report knows them still.

        Args:
            responder: who answers.

            id: the id of the response's MessageHeader, such as ``uuid.uuid4()``; its other ids follow from it.

            timestamp: when it is made, such as ``datetime.now(UTC)``.

        Returns:
            One line of XML, or None when there is nothing to answer: InfAckRequested is false, the message is or may be
            an infrastructure response itself, or a rule could not be run.

        Raises:
            CallInvalid: The timestamp has no time zone.
        """
        from itk3_validator.report.itk3_response import respond

        return respond(self, responder, id=id, timestamp=timestamp)

    def values_at(self, names: Iterable[str]) -> Mapping[str, tuple[str | None, ...]]:
        """
        What the message holds at places of its pack, one value a node; nothing once the report is closed.

        These are the values themselves, patient data among them: no renderer shows them. They are what a run over many
        messages keeps to compare.

        Args:
            names: names of selectors, or XPaths that begin with ``/``, ``(`` or ``$``. One that the pack does not know
                finds nothing.

        Returns:
            Name to values; of a node that has none of its own None, or nothing at all ``""`` where it is empty.

        Raises:
            CallInvalid: An XPath that is none.
        """
        return self._behind.values_at(tuple(names))

    @property
    def outcomes(self) -> Mapping[str, Outcome]:
        """
        Requirement id to outcome, in the order of the pack. It does not change; reports that are alike share it.
        """
        return self._behind.outcomes

    @property
    def counts(self) -> Mapping[Outcome, int]:
        """
        How many rules have each outcome; all six are there.
        """
        found = list(self.outcomes.values())
        return {outcome: found.count(outcome) for outcome in Outcome}

    @property
    def results(self) -> tuple[Result, ...]:
        """
        One result a rule, in the order of the pack.
        """
        results: tuple[Result, ...] = self._once("_results")
        return results

    @property
    def told(self) -> tuple[Result, ...]:
        """
        The results of rules that neither passed nor did not apply; of most messages these are few.
        """
        behind = self._behind
        try:
            return tuple([each for each in self._results if each.outcome not in UNTOLD])
        except AttributeError:
            return behind.told

    def close(self) -> None:
        """
        Work out everything that needs the message, and let go of it.
        """
        for result in self.results:
            result.close()
        self._know(self._known())

    def _once(self, name: str) -> Any:
        """
        What is worked out when it is first asked for, by the name that it is kept under.
        """
        # First what stands behind, then what was kept: another thread may close the report in between.
        behind = self._behind
        try:
            return getattr(self, name)
        except AttributeError:
            made = getattr(behind, name[1:])
        try:
            return getattr(self, name)
        except AttributeError:
            _put(self, name, made)
            return made

    def _known(self) -> dict[str, Any]:
        """
        All that is left of a closed report.
        """
        return {name: getattr(self, name) for name in _KEPT}

    def _know(self, known: Mapping[str, Any]) -> None:
        digest, sender, received = known["digest"], known["sender"], known["received"]
        for name in ("digest", "sender", "received", "results"):
            _put(self, f"_{name}", known[name])
        said = {name: known[name] for name in (*_SAID, "outcomes", "results")}
        _put(self, "_behind", Said(lambda: digest, sender_of=lambda: sender, received_of=lambda: received, **said))

    def __getstate__(self) -> dict[str, Any]:
        self.close()
        return {"source": self.source, "verdict": self.verdict, **self._known(), "alike": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        _put(self, "source", state["source"])
        _put(self, "verdict", state["verdict"])
        self._know(state)


# What a report says at once, as it stands behind it.
_SAID = (
    "pack",
    "pack_version",
    "pack_digest",
    "interaction",
    "published_as",
    "recognised_by",
    "reason",
    "line",
    "column",
    "alike",
)
_KEPT = (*_SAID, "digest", "outcomes", "results", "sender", "received")
for _name in _SAID:
    setattr(Report, _name, property(attrgetter(f"_behind.{_name}")))
