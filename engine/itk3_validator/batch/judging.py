"""
The unit of work of a batch: a record batch of messages in, a record batch of what became of them out.

Nothing here knows of a run, so that any engine that hands over Arrow batches can take it unchanged.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

import pyarrow as pa

from itk3_validator.archive.keys import Key, keys_of
from itk3_validator.archive.keys import rows as key_rows
from itk3_validator.batch.columns import NO_COLUMNS, columns, places_of
from itk3_validator.batch.rows import JUDGED, LETTERS, Rows, finding_rows, numbers
from itk3_validator.batch.settings import DEFAULT, BatchSettings
from itk3_validator.errors import CallInvalid
from itk3_validator.finding import Outcome, Verdict
from itk3_validator.inputs.entries import Control
from itk3_validator.report.chosen import chosen
from itk3_validator.report.model import Report
from itk3_validator.report.visible import hashed
from itk3_validator.source import Source
from itk3_validator.spelling import did_you_mean
from itk3_validator.validator import Validator

FACT: Final = "fact_"
_NO_NUMBERS: Final = (0, 0, 0)
_QUIET: Final = LETTERS[Outcome.PASS] + LETTERS[Outcome.NOT_APPLICABLE]
_MOST_KNOWN: Final = 4_096


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


class Told(NamedTuple):
    """
    What is told of the outcomes of messages that are *alike*: the verdict, a letter for each, and numbers of them.

    *findings* has, for each rule that there is something to tell of, its row of `findings`; an empty one where places
    and values are those of one message. None is where it *is_same_for_all*.
    """

    alike: object
    verdict: str
    letters: str
    numbers: tuple[int, int, int]
    findings: tuple[tuple[Any, ...], ...]
    is_same_for_all: bool


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
        self._facts = dict(settings.facts)
        self.validator.validate(b"", facts=self._facts, interaction=settings.interaction)
        places = places_of(self.validator.packs, show_values=settings.show_values)
        names = tuple(key.name for key in keys)
        self._places = {digest: tuple(dict.fromkeys([*safe, *names])) for digest, safe in places.items()}
        self._known: dict[int, Told] = {}
        self.validator.keep_at_hand(dict.fromkeys(each for places in self._places.values() for each in places))
        self._safe = {digest: frozenset(safe) for digest, safe in places.items()}

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
        rows = Rows()
        begin(0)
        for number, given in enumerate(messages, start=1):
            rows.add(*self._row(given))
            begin(number)
        begin(-1)
        return rows.batch()

    def _row(self, given: Given) -> tuple[tuple[Any, ...], Any, Any]:
        # A name of bytes that are no UTF-8, as a file system may hold them, is no text to Arrow.
        plain = given.source.encode("utf-8", "backslashreplace").decode("utf-8")
        name = hashed(given.source) if self.settings.hash_names else plain
        data = given.data
        if data is None:
            return _unjudged(name, given, given.instead, given.reason), (), ()
        try:
            return self._judged(name, given, data)
        except CallInvalid as error:
            return _unjudged(name, given, Verdict.ERROR, str(error)), (), ()
        except Exception as error:  # noqa: BLE001  # one bad message never stops a batch; its text may hold what it says
            return _unjudged(name, given, Verdict.ERROR, f"it could not be judged ({type(error).__name__})"), (), ()

    def _judged(self, name: str, given: Given, data: bytes) -> tuple[tuple[Any, ...], Any, Any]:
        settings = self.settings
        report = self.validator.validate(
            Source(name, data, given.control),
            facts={**self._facts, **given.facts} if given.facts else self._facts,
            request=settings.request,
            interaction=settings.interaction,
        )
        if report.pack is None:
            return _unjudged(name, given, report.verdict, report.reason), (), ()
        values = report.values_at(self._places[report.pack_digest or ""])
        safe = self._safe[report.pack_digest or ""]
        told, findings = self._told(self._accepted(report, given.source))
        row = (
            name,
            report.digest,
            len(data),
            report.pack,
            report.pack_version,
            report.interaction,
            told.verdict,
            report.reason,
            *columns(values, safe),
            *told.numbers,
            told.letters,
        )
        return row, findings, key_rows(values, self._keys, self._secret) if self._keys else ()

    def _told(self, report: Report) -> tuple[Told, Sequence[tuple[Any, ...]]]:
        """
        What there is to tell of the outcomes, and the rows of `findings`. Of messages that are alike it is worked out
        once, but for what is told of places.
        """
        alike = report.alike
        told = self._known.get(id(alike))
        if told is None or told.alike is not alike:
            told = self._known_from_now(report, alike)
        if told.is_same_for_all:
            return told, told.findings
        rows: list[tuple[Any, ...]] = []
        for result, row in zip(report.told, told.findings, strict=True):
            if row:
                rows.append(row)
            else:
                rows += finding_rows(report.pack, result)
        return told, rows

    def _known_from_now(self, report: Report, alike: object) -> Told:
        letters = "".join([LETTERS[each] for each in report.outcomes.values()])
        results = report.told if letters.strip(_QUIET) else ()
        shared = alike is not None and self.settings.request is None
        rows = tuple(
            next(finding_rows(report.pack, each)) if shared and each.outcome is Outcome.UNDECIDED else ()
            for each in results
        )
        counted = numbers(results) if results else _NO_NUMBERS
        told = Told(alike, str(report.verdict), letters, counted, rows, all(rows))
        if shared:
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            self._known[id(alike)] = told
        return told

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


def _unjudged(name: str, given: Given, verdict: Verdict, reason: str | None) -> tuple[Any, ...]:
    data = given.data
    digest = given.digest if data is None else hashlib.sha256(data).hexdigest()
    size = None if data is None else len(data)
    return (name, digest, size, None, None, None, str(verdict), reason, *NO_COLUMNS, *_NO_NUMBERS, None)


def _validator(settings: BatchSettings) -> Validator:
    return Validator(
        settings.packs,
        show_values=settings.show_values,
        trust_packs=settings.trust_packs,
        limits=settings.limits,
    )


__all__ = ["DEFAULT", "FACT", "JUDGED", "Given", "Judge", "given_in", "judged", "keys_of"]
