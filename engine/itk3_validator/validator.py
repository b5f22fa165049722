"""
The object that embedders use: loads packs once, judges one message a call.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property, partial
from os import PathLike, fspath
from typing import TYPE_CHECKING, Any

from itk3_validator.attachments import may_be_cut
from itk3_validator.call import Call
from itk3_validator.checks.verb import Unknown
from itk3_validator.errors import CallInvalid, MessageError, MessageTooLarge
from itk3_validator.evaluate import NO_REQUEST
from itk3_validator.finding import Outcome, Verdict
from itk3_validator.message import Incoming, Message
from itk3_validator.pack.load import load_packs
from itk3_validator.pack.model import RulePack
from itk3_validator.plan import Plan, compile_pack
from itk3_validator.recognise import Recognised, Unrecognised, recognise
from itk3_validator.report.behind import Said
from itk3_validator.report.model import Report
from itk3_validator.report.reading import Reading
from itk3_validator.report.received import RECEIVED, Received, received, unread
from itk3_validator.report.seen import Seen, digest_of
from itk3_validator.sight.memory import Memory
from itk3_validator.source import Limits, Source, beginning_of
from itk3_validator.spelling import did_you_mean
from itk3_validator.submission import MessageLike, Submission, source_of

if TYPE_CHECKING:
    from pathlib import Path


class Validator:
    """
    Judges ITK3 messages by rule packs.

    One validator may be used by many threads. It pickles: what it has compiled is compiled again on the other side.

    Args:
        packs: names of bundled packs, folders, or packs already loaded; None lets all bundled packs compete.

        show_values: show values from places that are not marked safe. Without it they are masked in reports.

        trust_packs: believe ``safe: true`` of packs that are not bundled.

        limits: what is still read of a message.

        cache: keep checked packs in the user's cache folder, and use what was kept while no file of theirs changes.

        remember: use what was found out about earlier messages; without it every message is judged rule by rule, with
            the same report, slower.

    Raises:
        PackNotFound: There is no such pack.

        PackInvalid: Every mistake in the rule files at once.

        CallInvalid: One pack where several are due.
    """

    def __init__(
        self,
        packs: Iterable[str | Path | RulePack] | None = None,
        *,
        show_values: bool = False,
        trust_packs: bool = False,
        limits: Limits | None = None,
        cache: bool = False,
        remember: bool = True,
    ) -> None:
        if isinstance(packs, (str, PathLike)):
            raise CallInvalid(f"one pack is given where several are due; write packs=[{str(packs)!r}]")
        self.stated = packs is not None
        self.show_values = show_values
        self.limits = limits if limits is not None else Limits()
        self.packs = _loaded(packs, trust=trust_packs, cache=cache)
        self.remember = remember
        self.at_hand: tuple[str, ...] = ()
        self._compile()

    def __getstate__(self) -> dict[str, Any]:
        return {
            name: value
            for name, value in self.__dict__.items()
            if name not in ("_memory", "_plans", "_reading", "_whole")
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._compile()

    def _compile(self) -> None:
        self._plans = tuple(compile_pack(pack) for pack in self.packs)
        self._remember()

    def _remember(self) -> None:
        self._memory = Memory(self._plans, self.at_hand, remember=self.remember)
        self._reading = Reading(self._memory, show=self.show_values)

    @cached_property
    def _whole(self) -> bool:
        return any(plan.whole for plan in self._plans)

    def _incoming(self, source: Source) -> Incoming:
        # Asking the plans compiles every rule of every pack: only a message with something to cut is worth it.
        return Incoming(source, self.limits, whole=not may_be_cut(source.data) or self._whole)

    def keep_at_hand(self, names: Iterable[str]) -> None:
        """
        Prepare for `Report.values_at` of every report being asked for these places: most messages then need no parse
        for it. What was remembered of earlier messages is forgotten.
        """
        self.at_hand = tuple(dict.fromkeys(names))
        self._remember()

    def _make_ready(self) -> None:
        """
        Compile what the first of many messages would have to wait for.
        """
        self._memory.make_ready()

    def validate(
        self,
        message: MessageLike,
        *,
        facts: Mapping[str, str] | None = None,
        request: MessageLike | None = None,
        interaction: str | None = None,
    ) -> Report:
        """
        Judge one message.

        Args:
            message: its bytes; a ``Source`` gives them a name for the report; a path (``Path`` or text) is read. What
                lxml has parsed (an element or a tree) is judged as lxml writes it, in UTF-8 with an XML declaration:
                digest, line and column are those of that text. The tree is not changed.

            facts: what no message can say, such as ``{"recipient": "primary"}``. It goes before what the control file
                of a ``Source`` states.

            request: the message that this one answers. It is read, never judged.

            interaction: what kind of message it is, when the caller knows.

        Returns:
            Always a report: a message that cannot be read has the verdict ``unreadable``.

        Raises:
            CallInvalid: A fact or an interaction that no pack knows, or XML as text where bytes or a path are due.
        """
        stated = self._facts(facts or {})
        self._check_interaction(interaction)
        try:
            source = source_of(message, "message", limit=self.limits.message)
        except MessageError as error:
            # A file that is too large, or cannot be opened: nobody holds its bytes.
            name = fspath(message) if isinstance(message, PathLike) else str(message)
            # What cannot be opened, or is no file, is left alone: a named pipe would wait for a writer.
            look = partial(beginning_of, name) if isinstance(error, MessageTooLarge) else _nothing
            return self._unreadable(name, error, lambda: _digest_of_file(name), look)
        asked, answers = self._request(request)
        found = self._judged(source, Call(self.stated, interaction, stated, source.control, asked, answers))
        return found if isinstance(found, Report) else found.report()

    def _prepare(
        self,
        *,
        facts: Mapping[str, str] | None = None,
        request: MessageLike | None = None,
        interaction: str | None = None,
    ) -> Callable[[Source], Seen | Report]:
        """
        Judge many messages with which the same is said: that is checked, and the request read, once.

        Args:
            facts, request, interaction: as of `validate`.

        Returns:
            What judges a message; of one that is not judged it has the report, of another what a report is made of.

        Raises:
            CallInvalid: As of `validate`.
        """
        stated = dict(self._facts(facts or {}))
        self._check_interaction(interaction)
        asked, answers = self._request(request)
        plain = Call(self.stated, interaction, stated, (), asked, answers)

        def look(source: Source) -> Seen | Report:
            return self._judged(source, plain._replace(control=source.control) if source.control else plain)

        return look

    def _judged(self, source: Source, call: Call) -> Seen | Report:
        """
        A message that was judged, or the report that says why it was not.
        """
        try:
            incoming = self._incoming(source)
            result = self._memory.judge(incoming, call)
        except MessageError as error:
            return self._unreadable(source.name, error, lambda: digest_of(source.data), lambda: source.data)
        if isinstance(result, Unrecognised):
            return self._unrecognised(incoming.parsed(), result)
        return Seen(incoming, call, result, self._reading)

    def validate_many(
        self, messages: Iterable[MessageLike | Submission], *, facts: Mapping[str, str] | None = None
    ) -> Iterator[Report]:
        """
        Judge messages one after the other: each when its report is asked for.

        Args:
            messages: as of `validate`; a ``Submission`` brings facts, request and interaction of its own.

            facts: what is stated of all of them.

        Returns:
            One report a message, in their order. A report holds its message until it is closed: ``report.close()`` when
            many are kept.

        Raises:
            CallInvalid: As of `validate`; what is wrong with a message's own facts is told when it is its turn.
        """
        if isinstance(messages, (bytes, bytearray, memoryview, str, PathLike, Source)):
            raise CallInvalid("one message is given where several are due; give them in a list")
        common = dict(self._facts(facts or {}))
        return (self._submitted(each, common) for each in messages)

    def _submitted(self, each: MessageLike | Submission, facts: Mapping[str, str]) -> Report:
        if not isinstance(each, Submission):
            return self.validate(each, facts=facts)
        own = {**facts, **each.facts}
        return self.validate(each.message, facts=own, request=each.request, interaction=each.interaction)

    def _unreadable(
        self, name: str, error: MessageError, digest: Callable[[], str], beginning: Callable[[], bytes | None]
    ) -> Report:
        # The report does not hold the error: with it goes every frame that it went through, and what these hold.
        too_large = isinstance(error, MessageTooLarge)

        def said() -> Received | None:
            return unread(beginning(), self.packs, too_large=too_large)

        return Report(name, Verdict.UNREADABLE, Said(digest, error.reason, error.line, error.column, said))

    def _unrecognised(self, message: Message, found: Unrecognised) -> Report:
        def said() -> Received | None:
            if found.several:
                # Not the sender's mistake: whoever runs this has to say which pack is meant.
                return None
            by_each = (self._received(plan, message) for plan in self._plans)
            return next(
                (each for each in by_each if each is not None and each.header), unread(message.source.data, self.packs)
            )

        behind = Said(lambda: message.digest, found.reason, received_of=said)
        return Report(message.source.name, Verdict.UNRECOGNISED, behind)

    def _received(self, plan: Plan, message: Message) -> Received | None:
        return received(plan.pack, self._reading.values_in(plan, message, RECEIVED))

    def _request(self, request: MessageLike | None) -> tuple[Message | Unknown, Recognised | None]:
        if request is None:
            return NO_REQUEST, None
        try:
            parsed = self._incoming(source_of(request, "request", limit=self.limits.message)).parsed()
        except MessageError as error:
            return Unknown(Outcome.UNDECIDED, f"the request cannot be read: {error}"), None
        found = recognise(self._plans, parsed, stated=self.stated)
        return parsed, found if isinstance(found, Recognised) else None

    def _facts(self, facts: Mapping[str, str]) -> Mapping[str, str]:
        if not facts:
            return facts
        declared = [fact for pack in self.packs for fact in pack.facts.values()]
        for name, value in facts.items():
            allowed = [fact for fact in declared if fact.name == name]
            if not allowed:
                raise _unknown(f"no pack declares the fact {name!r}", name, {fact.name for fact in declared})
            if not isinstance(value, str):
                raise CallInvalid(f"the fact {name!r} is stated as {type(value).__name__}, which is no text")
            if not value.strip():
                raise CallInvalid(f"the fact {name!r} is stated as nothing; state a value, or leave it out")
            if not any(not fact.values or value in fact.values for fact in allowed):
                # Not quoted: it may be what a control file says of a patient.
                values = dict.fromkeys(each for fact in allowed for each in fact.values)
                raise CallInvalid(f"what is stated for the fact {name!r} is none of its values: {', '.join(values)}")
        return facts

    def _check_interaction(self, interaction: str | None) -> None:
        if interaction is None:
            return
        known = {name for pack in self.packs for name in pack.interactions}
        if interaction not in known:
            raise _unknown(f"no pack knows the interaction {interaction!r}", interaction, known)


def _unknown(what: str, name: str, known: Iterable[str]) -> CallInvalid:
    near = did_you_mean(name, known)
    return CallInvalid(f"{what}; {near}" if near else what)


def _loaded(packs: Iterable[str | Path | RulePack] | None, *, trust: bool, cache: bool) -> tuple[RulePack, ...]:
    if packs is None:
        return load_packs(None, trust=trust, cache=cache)
    asked = tuple(packs)
    named = [each for each in asked if not isinstance(each, RulePack)]
    fresh = iter(load_packs(named, trust=trust, cache=cache) if named else ())
    return tuple(each if isinstance(each, RulePack) else next(fresh) for each in asked)


def _nothing() -> None:
    return None


def _digest_of_file(path: str) -> str:
    import hashlib  # slow to import, and seldom asked for

    try:
        with open(path, "rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError:
        return hashlib.sha256().hexdigest()
