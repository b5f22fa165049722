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
from itk3_validator.archive.keys import rows as key_rows
from itk3_validator.batch.columns import NO_COLUMNS, bounded, columns, places_of
from itk3_validator.batch.rows import JUDGED, Rows, Shared
from itk3_validator.batch.settings import DEFAULT, BatchSettings
from itk3_validator.batch.told import Tellings
from itk3_validator.errors import CallInvalid
from itk3_validator.finding import Verdict
from itk3_validator.inputs.entries import Control
from itk3_validator.report.chosen import chosen
from itk3_validator.report.model import Report
from itk3_validator.report.seen import Seen
from itk3_validator.report.visible import hashed
from itk3_validator.source import Source
from itk3_validator.spelling import did_you_mean
from itk3_validator.validator import Validator

FACT: Final = "fact_"
# Of so many different statements about messages it is kept what was checked of them.
_MOST_LOOKS: Final = 256


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
    _judges.insert(0, Judge(settings))
    del _judges[4:]
    return _judges[0]


# What `Rows.add` takes of a message.
_Row: TypeAlias = tuple[tuple[Any, ...], Shared, Sequence[tuple[Any, ...]], Sequence[tuple[str, str | None]]]


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


class Judge:
    """
    Settings with their packs loaded. It pickles.

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
        self._tellings = Tellings(answering=settings.request is not None)
        self._look({})

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_looks": {}}

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
        Judge messages, and collect their rows; *begin* as for a record batch.
        """
        rows = Rows()
        begin(0)
        for number, given in enumerate(messages, start=1):
            rows.add(*self._row(given))
            begin(number)
        begin(-1)
        return rows

    def _row(self, given: Given) -> _Row:
        name = given.source
        if self.settings.hash_names:
            name = hashed(name)
        elif not name.isascii():
            # A name of bytes that are no UTF-8, as a file system may hold them, is no text to Arrow.
            name = bounded(name.encode("utf-8", "backslashreplace").decode("utf-8"))
        else:
            name = bounded(name)
        data = given.data
        if data is None:
            return _unjudged(name, given, given.instead, given.reason)
        try:
            return self._judged(name, given, data)
        except CallInvalid as error:
            return _unjudged(name, given, Verdict.ERROR, str(error))
        except Exception as error:  # noqa: BLE001  # one bad message never stops a batch; its text may hold what it says
            return _unjudged(name, given, Verdict.ERROR, f"it could not be judged ({type(error).__name__})")

    def _judged(self, name: str, given: Given, data: bytes) -> _Row:
        seen = self._look(given.facts)(Source(name, data, given.control))
        if isinstance(seen, Report):
            return _unjudged(name, given, seen.verdict, seen.reason)
        pack = seen.pack_digest
        values = seen.values_at(self._places[pack])
        if self._is_plain:
            shared, findings = self._tellings.of(seen.alike, seen.report)
        else:
            accepted = self._accepted(seen.report(), given.source)
            shared, findings = self._tellings.of(accepted.alike, lambda: accepted)
        own = (name, sha256(data).hexdigest(), len(data), *columns(values, self._columns[pack]))
        return own, shared, findings, key_rows(values, self._keys, self._secret)

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
    """
    return {name.removeprefix(FACT): batch.column(name) for name in batch.schema.names if name.startswith(FACT)}


def given_in(batch: pa.RecordBatch) -> Iterator[Given]:
    """
    The messages of a batch.

    Raises:
        CallInvalid: There is no column of messages.
    """
    names = batch.schema.names
    if "message" not in names:
        raise CallInvalid("the batch has no column 'message'")
    facts = fact_columns(batch)
    nothing = pa.nulls(batch.num_rows)
    sources = batch.column("source") if "source" in names else nothing
    reasons = batch.column("unreadable") if "unreadable" in names else nothing
    for number, (message, source, reason) in enumerate(zip(batch.column("message"), sources, reasons, strict=True)):
        data = message.as_py()
        stated = {name: value for name, column in facts.items() if (value := column[number].as_py()) is not None}
        yield Given(
            source.as_py() or f"message {number}",
            data.encode("utf-8") if isinstance(data, str) else data,
            stated,
            reason=reason.as_py() or "there is no message",
        )


def _unjudged(name: str, given: Given, verdict: Verdict, reason: str | None) -> _Row:
    data = given.data
    digest = given.digest if data is None else sha256(data).hexdigest()
    size = None if data is None else len(data)
    return (name, digest, size, *NO_COLUMNS), Shared(None, None, None, str(verdict), reason, 0, 0, 0, None), (), ()


def _validator(settings: BatchSettings) -> Validator:
    return Validator(
        settings.packs,
        show_values=settings.show_values,
        trust_packs=settings.trust_packs,
        limits=settings.limits,
    )


__all__ = ["DEFAULT", "FACT", "JUDGED", "Given", "Judge", "given_in", "judged", "keys_of"]
