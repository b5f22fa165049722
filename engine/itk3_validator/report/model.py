"""
The report: all results for one message. Places and sentences are worked out when they are first asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from itk3_validator.errors import MessageInvalid
from itk3_validator.finding import UNTOLD, Finding, Outcome, Severity, Verdict
from itk3_validator.pack.model import Rule
from itk3_validator.report.explain import Details, Excerpt

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from itk3_validator.report.received import Received
    from itk3_validator.report.responder import Responder
    from itk3_validator.report.waived import Waived

_NO_DETAILS = Details(None, ())


class Result:
    """
    What became of one rule: the rule's words, its outcome, and where it did not pass the findings.

    Attributes:
        id, pack, level, text, source, link, remedy, response_code, part: as the rule says.

        outcome, severity: what became of it, and what it weighs when it failed.

        waiver: why it is not held against the message, when a waiver or the baseline says so.
    """

    __slots__ = (
        "_details",
        "_excerpts",
        "_explain",
        "_look",
        "_seen",
        "id",
        "level",
        "link",
        "outcome",
        "pack",
        "part",
        "remedy",
        "response_code",
        "severity",
        "source",
        "text",
        "waiver",
    )

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

    def __init__(
        self,
        words: Rule | Result,
        outcome: Outcome,
        explain: Callable[[], Details] | None = None,
        look: Callable[[], str | None] | None = None,
        *,
        waiver: Waived | None = None,
    ) -> None:
        put = object.__setattr__
        for name in ("id", "pack", "level", "severity", "text", "source", "link", "remedy", "response_code", "part"):
            put(self, name, getattr(words, name))
        put(self, "outcome", outcome)
        put(self, "waiver", waiver)
        put(self, "_explain", explain)
        put(self, "_details", None if explain is not None else _NO_DETAILS)
        put(self, "_excerpts", None)
        put(self, "_look", look)
        put(self, "_seen", None)

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
        return {name: getattr(self, name) for name in self.__slots__ if name not in ("_explain", "_look")}

    def __setstate__(self, state: dict[str, Any]) -> None:
        for name, value in {**state, "_explain": None, "_look": None}.items():
            object.__setattr__(self, name, value)


def _nothing_received() -> None:
    return None


def _nothing_at(names: tuple[str, ...]) -> Mapping[str, tuple[str | None, ...]]:
    return dict.fromkeys(names, ())


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

    __slots__ = (
        "_digest",
        "_make",
        "_outcomes",
        "_received",
        "_results",
        "_sender",
        "_told",
        "_values",
        "alike",
        "column",
        "interaction",
        "line",
        "pack",
        "pack_digest",
        "pack_version",
        "published_as",
        "reason",
        "recognised_by",
        "source",
        "verdict",
    )

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
    _digest: str | Callable[[], str]
    _outcomes: Mapping[str, Outcome] | Callable[[], Mapping[str, Outcome]]
    _make: Callable[[], tuple[Result, ...]]
    _told: Callable[[], tuple[Result, ...]] | None
    _sender: tuple[str, ...] | Callable[[], tuple[str, ...]]
    _received: Received | Callable[[], Received | None] | None
    _results: tuple[Result, ...] | None
    _values: Callable[[tuple[str, ...]], Mapping[str, tuple[str | None, ...]]]

    def __init__(  # noqa: PLR0913 - a report has as many parts as its JSON
        self,
        source: str,
        verdict: Verdict,
        *,
        digest: Callable[[], str],
        pack: str | None = None,
        pack_version: str | None = None,
        pack_digest: str | None = None,
        interaction: str | None = None,
        published_as: tuple[str, ...] = (),
        recognised_by: str = "",
        reason: str | None = None,
        line: int | None = None,
        column: int | None = None,
        outcomes: Callable[[], Mapping[str, Outcome]] = dict,
        results: Callable[[], tuple[Result, ...]] = tuple,
        sender: Callable[[], tuple[str, ...]] = tuple,
        values: Callable[[tuple[str, ...]], Mapping[str, tuple[str | None, ...]]] = _nothing_at,
        received: Callable[[], Received | None] = _nothing_received,
        alike: object = None,
        told: Callable[[], tuple[Result, ...]] | None = None,
    ) -> None:
        put = object.__setattr__
        put(self, "_told", told)
        put(self, "alike", alike)
        put(self, "source", source)
        put(self, "verdict", verdict)
        put(self, "pack", pack)
        put(self, "pack_version", pack_version)
        put(self, "pack_digest", pack_digest)
        put(self, "interaction", interaction)
        put(self, "published_as", published_as)
        put(self, "recognised_by", recognised_by)
        put(self, "reason", reason)
        put(self, "line", line)
        put(self, "column", column)
        put(self, "_digest", digest)
        put(self, "_outcomes", outcomes)
        put(self, "_make", results)
        put(self, "_sender", sender)
        put(self, "_results", None)
        put(self, "_values", values)
        put(self, "_received", received)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a report does not change: {name}")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"a report does not change: {name}")

    def __repr__(self) -> str:
        return f"<Report {self.source!r}: {self.verdict}>"

    @property
    def digest(self) -> str:
        digest = self._digest
        if not isinstance(digest, str):
            digest = digest()
            object.__setattr__(self, "_digest", digest)
        return digest

    @property
    def sender(self) -> tuple[str, ...]:
        """
        What the message states of its sender, such as an ODS code and a mailbox; waivers look at it, no renderer does.
        """
        sender = self._sender
        if not isinstance(sender, tuple):
            sender = sender()
            object.__setattr__(self, "_sender", sender)
        return sender

    @property
    def received(self) -> Received | None:
        """
        What a response has to know of the message; None where nothing is known.
        """
        received = self._received
        if callable(received):
            received = received()
            object.__setattr__(self, "_received", received)
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
        return self._values(tuple(names))

    @property
    def outcomes(self) -> Mapping[str, Outcome]:
        """
        Requirement id to outcome, in the order of the pack.
        """
        outcomes = self._outcomes
        if callable(outcomes):
            outcomes = outcomes()
            object.__setattr__(self, "_outcomes", outcomes)
        return dict(outcomes)

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
        # First the maker, then what it made: another thread may close the report in between.
        make, results = self._make, self._results
        if results is None:
            made = make()
            results = self._results
            if results is None:
                results = made
                object.__setattr__(self, "_results", results)
        return results

    @property
    def told(self) -> tuple[Result, ...]:
        """
        The results of rules that neither passed nor did not apply; of most messages these are few.
        """
        make = self._told
        if make is not None and self._results is None:
            return make()
        return tuple(each for each in self.results if each.outcome not in UNTOLD)

    def close(self) -> None:
        """
        Work out everything that needs the message, and let go of it.
        """
        object.__setattr__(self, "_digest", self.digest)
        object.__setattr__(self, "_sender", self.sender)
        object.__setattr__(self, "_outcomes", dict(self.outcomes))
        object.__setattr__(self, "_received", self.received)
        for result in self.results:
            result.close()
        object.__setattr__(self, "_make", tuple)
        object.__setattr__(self, "_told", None)
        object.__setattr__(self, "_values", _nothing_at)

    def __getstate__(self) -> dict[str, Any]:
        self.close()
        return {
            name: getattr(self, name) for name in self.__slots__ if name not in ("_make", "_told", "_values", "alike")
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        for name, value in {**state, "_make": tuple, "_told": None, "_values": _nothing_at, "alike": None}.items():
            object.__setattr__(self, name, value)
