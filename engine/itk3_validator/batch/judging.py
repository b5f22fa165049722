"""
The unit of work of a batch: a record batch of messages in, a record batch of what became of them out.

Nothing here knows of a run, so that any engine that hands over Arrow batches can take it unchanged.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any, Final, NamedTuple, TypeAlias

import pyarrow as pa

from itk3_validator.archive.keys import Key, keys_of
from itk3_validator.batch.columns import NO_COLUMNS, Form, bounded, places_of
from itk3_validator.batch.rows import JUDGED, Rows, Shared
from itk3_validator.batch.settings import DEFAULT, BatchSettings
from itk3_validator.batch.told import Tellings
from itk3_validator.call import CONTROL_UNREAD
from itk3_validator.errors import CallInvalid
from itk3_validator.finding import Verdict
from itk3_validator.inputs.entries import Control
from itk3_validator.report.chosen import chosen
from itk3_validator.report.model import Report
from itk3_validator.report.seen import Seen
from itk3_validator.report.visible import hashed
from itk3_validator.sight.standing import Standing
from itk3_validator.sight.tokens import keep
from itk3_validator.source import Source
from itk3_validator.spelling import did_you_mean
from itk3_validator.validator import Validator

FACT: Final = "fact_"
_TEXT: Final = frozenset({pa.null(), pa.string(), pa.large_string(), pa.string_view()})
_BINARY: Final = frozenset({pa.binary(), pa.large_binary(), pa.binary_view()})
# Of so many different statements about messages it is kept what was checked of them.
_MOST_LOOKS: Final = 256
_MOST_FORMS: Final = 512
# Messages that wait for their places to be worked out: so many bytes, of which a tree takes some 30 times as many.
_MOST_HELD: Final = 1_000_000


def judged(batch: pa.RecordBatch, settings: BatchSettings) -> pa.RecordBatch:
    """
    What ``validate_batch`` returns.
    """
    judge = _judge(settings)
    judge.check(fact_columns(batch))
    return judge(given_in(batch))


_judges: list[Judge] = []


def _judge(settings: BatchSettings) -> Judge:
    for made in _judges:
        if made.settings == settings:
            return made
    judge = Judge(settings)
    # Other threads put theirs there too.
    _judges.insert(0, judge)
    del _judges[4:]
    return judge


_Findings: TypeAlias = Sequence[tuple[Any, ...]]
# What `Rows.add` takes of a message.
_Row: TypeAlias = tuple[tuple[Any, ...], Shared, _Findings, Sequence[tuple[str, str | None]]]


class Given(NamedTuple):
    """
    One message of a batch: its name, its bytes, and what is stated of it alone: facts, and its control file.

    Without bytes it is not judged: *instead* is its verdict, with the *reason*, and the *digest* if that is known.
    """

    source: str
    data: bytes | None
    facts: Mapping[str, str] = {}
    control: Control = ()
    instead: Verdict = Verdict.UNREADABLE
    reason: str = "there is no message"
    digest: str | None = None


class _Later(NamedTuple):
    """
    A message whose places are still to be worked out, by its number in the batch.
    """

    number: int
    given: Given
    tell: Callable[[], _Findings]


class Judge:
    """
    Settings with their packs loaded. It pickles, without what it has seen.

    Args:
        keys: what rules over the archive compare; kept in the column ``keys``, where *secret* hashes what is not plain.
    """

    def __init__(
        self,
        settings: BatchSettings = DEFAULT,
        validator: Validator | None = None,
        *,
        keys: tuple[Key, ...] = (),
        secret: bytes = b"",
    ) -> None:
        self.settings = settings
        self.validator = validator if validator is not None else _validator(settings)
        self._keys = keys
        self._secret = secret
        self._looks: dict[tuple[tuple[str, str], ...], Callable[[Source], Seen | Report]] = {}
        self._is_plain = not (settings.waivers or settings.only or settings.ignore)
        self._columns = places_of(self.validator.packs, show_values=settings.show_values)
        names = [key.name for key in keys]
        self._places = {
            digest: tuple(dict.fromkeys([*(each for each in found if each is not None), *names]))
            for digest, found in self._columns.items()
        }
        self.validator.keep_at_hand(dict.fromkeys(each for places in self._places.values() for each in places))
        self._forms: dict[tuple[str, Standing], Form] = {}
        self._tellings = self._no_tellings()
        self._look({})

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_forms": {}, "_looks": {}, "_tellings": self._no_tellings()}

    def _no_tellings(self) -> Tellings:
        return Tellings(answering=self.settings.request is not None)

    def make_ready(self) -> None:
        """
        Compile what is needed, in the process that judges: the time limit of its first message is that message's own.
        """
        self.validator._make_ready()  # noqa: SLF001  # others have `validate`

    def check(self, names: Iterable[str]) -> None:
        """
        Raises:
            CallInvalid: One of these facts is declared by no pack.
        """
        known = {name for pack in self.validator.packs for name in pack.facts}
        for name in names:
            if name not in known:
                raise CallInvalid(f"no pack declares the fact {name!r}; {did_you_mean(name, known)}".rstrip("; "))

    def __call__(self, messages: Iterable[Given], begin: Callable[[int], None] = lambda _: None) -> pa.RecordBatch:
        """
        Judge messages, and make them one record batch.

        Args:
            begin: called with the number of a message before it is asked for, and with -1 after the last.
        """
        return self.rows(messages, begin).batch()

    def rows(self, messages: Iterable[Given], begin: Callable[[int], None] = lambda _: None) -> Rows:
        """
        Judge messages, and collect their rows; *begin* as for a record batch, and again when places are worked out.
        """
        rows = Rows()
        later: list[_Later] = []
        held = 0
        begin(0)
        for number, given in enumerate(messages):
            row, tell = self._row(given)
            rows.add(*row)
            if tell is not None:
                later.append(_Later(number, given, tell))
                held += len(given.data or b"")
            if held >= _MOST_HELD:
                self._tell(later, rows, begin)
                later, held = [], 0
            begin(number + 1)
        self._tell(later, rows, begin)
        begin(-1)
        return rows

    def _tell(self, later: Iterable[_Later], rows: Rows, begin: Callable[[int], None]) -> None:
        """
        Add what is told of places. It is done for several messages in a row: what else a message needs is another part
        of the program, and to change between them takes a processor as long again.
        """
        for number, given, tell in later:
            begin(number)
            try:
                rows.tell(number, tell())
            except Exception as error:  # noqa: BLE001  # as below
                rows.replace(number, *_unjudged(given, Verdict.ERROR, _crashed(error), self._name(given)))

    def _name(self, given: Given) -> str:
        name = given.source
        if self.settings.hash_names:
            return hashed(name)
        # A name of bytes that are no UTF-8, as a file system may hold them, is no text to Arrow.
        return bounded(name if name.isascii() else name.encode("utf-8", "backslashreplace").decode("utf-8"))

    def _row(self, given: Given) -> tuple[_Row, Callable[[], _Findings] | None]:
        """
        The row of a message, and what finds the rest of its findings, where they are its own.
        """
        name, data = self._name(given), given.data
        if data is None:
            return _unjudged(given, given.instead, given.reason, name), None
        try:
            return self._judged(name, given, data)
        except CallInvalid as error:
            return _unjudged(given, Verdict.ERROR, str(error), name), None
        except Exception as error:  # noqa: BLE001  # one bad message never stops a batch; its text may hold what it says
            return _unjudged(given, Verdict.ERROR, _crashed(error), name), None

    def _judged(self, name: str, given: Given, data: bytes) -> tuple[_Row, Callable[[], _Findings] | None]:
        seen = self._look(given.facts)(Source(name, data, given.control))
        if isinstance(seen, Report):
            return _unjudged(given, seen.verdict, seen.reason, name), None
        pack = seen.pack_digest
        standing, values = seen.standing(self._places[pack])
        form = self._forms.get((pack, standing)) or self._form(pack, standing)
        alike, report = self._accepted_of(seen, given.source)
        told = self._tellings.of(alike, report)
        shared = told.shared
        if isinstance(given.control, str):
            shared = shared._replace(reason=f"{CONTROL_UNREAD}: {given.control}")
        own = (name, sha256(data).hexdigest(), len(data), *form.columns(values))
        keys = form.keys(values)
        if told.is_same_for_all:
            return (own, shared, told.findings, keys), None
        return (own, shared, (), keys), lambda: told.rows(report())

    def _form(self, pack: str, standing: Standing) -> Form:
        form = Form(standing, self._columns[pack], self._keys, self._secret)
        keep(self._forms, (pack, standing), form, _MOST_FORMS)
        return form

    def _accepted_of(self, seen: Seen, name: str) -> tuple[object, Callable[[], Report]]:
        """
        What a message has in common with others that are told of alike, and its report.
        """
        if self._is_plain:
            return seen.alike, seen.report
        if self.settings.waivers and not seen.is_quiet:
            accepted = self._accepted(seen.report(), name)
            return accepted.alike, lambda: accepted
        # What is asked for and what is ignored follows from the outcomes alone, and there is nothing to waive.
        return seen.alike, lambda: self._accepted(seen.report(), name)

    def _look(self, facts: Mapping[str, str]) -> Callable[[Source], Seen | Report]:
        """
        What judges messages of which these facts are stated.
        """
        stated = tuple(facts.items())
        found = self._looks.get(stated)
        if found is None:
            settings = self.settings
            if len(self._looks) >= _MOST_LOOKS:
                self._looks.clear()
            found = self._looks[stated] = self.validator._prepare(  # noqa: SLF001  # others have `validate`
                facts={**settings.stated, **facts}, request=settings.request, interaction=settings.interaction
            )
        return found

    def _accepted(self, report: Report, name: str) -> Report:
        settings = self.settings
        if settings.waivers:
            from itk3_validator.workshop.accepted import waivers

            report = waivers.apply(report, settings.waivers, settings.today, name=name)
        return chosen(report, only=settings.only, ignore=settings.ignore)


def fact_columns(batch: pa.RecordBatch) -> Mapping[str, pa.Array]:
    """
    The columns of facts, by the facts' names.

    Raises:
        CallInvalid: One of them holds no text.
    """
    return {name.removeprefix(FACT): _texts(batch, name) for name in batch.schema.names if name.startswith(FACT)}


def given_in(batch: pa.RecordBatch) -> Iterator[Given]:
    """
    The messages of a batch.

    Raises:
        CallInvalid: There is no column of messages, or a column holds something else than it should.
    """
    names = batch.schema.names
    if "message" not in names:
        raise CallInvalid("the batch has no column 'message'")
    facts = fact_columns(batch)
    nothing = pa.nulls(batch.num_rows)
    messages = _texts(batch, "message", or_binary=True)
    sources = _texts(batch, "source") if "source" in names else nothing
    reasons = _texts(batch, "unreadable") if "unreadable" in names else nothing
    for number, (message, source, reason) in enumerate(zip(messages, sources, reasons, strict=True)):
        data = message.as_py()
        stated = {name: value for name, column in facts.items() if (value := column[number].as_py()) is not None}
        yield Given(
            source.as_py() or f"message {number}",
            data.encode("utf-8") if isinstance(data, str) else data,
            stated,
            reason=reason.as_py() or "there is no message",
        )


def _texts(batch: pa.RecordBatch, name: str, *, or_binary: bool = False) -> pa.Array:
    column = batch.column(name)
    kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    if kind in _TEXT or (or_binary and (kind in _BINARY or pa.types.is_fixed_size_binary(kind))):
        return column
    raise CallInvalid(f"the column {name!r} holds {column.type}; it has to be {'binary or ' * or_binary}text")


def _unjudged(given: Given, verdict: Verdict, reason: str | None, name: str) -> _Row:
    data = given.data
    digest = given.digest if data is None else sha256(data).hexdigest()
    size = None if data is None else len(data)
    return (name, digest, size, *NO_COLUMNS), Shared(None, None, None, str(verdict), reason, 0, 0, 0, None), (), ()


def _crashed(error: Exception) -> str:
    return f"it could not be judged ({type(error).__name__})"


def _validator(settings: BatchSettings) -> Validator:
    return Validator(
        settings.packs,
        show_values=settings.show_values,
        trust_packs=settings.trust_packs,
        limits=settings.limits,
    )


__all__ = ["DEFAULT", "FACT", "JUDGED", "Given", "Judge", "given_in", "judged", "keys_of"]
