"""
The unit of work of a batch: a record batch of messages in, a record batch of what became of them out.

Nothing here knows of a run, so that any engine that hands over Arrow batches can take it unchanged.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, NamedTuple

import pyarrow as pa

from itk3_validator.archive.keys import Key
from itk3_validator.archive.keys import rows as key_rows
from itk3_validator.batch.columns import NO_COLUMNS, columns, places_of
from itk3_validator.batch.rows import JUDGED, LETTERS, Rows, finding_rows, numbers
from itk3_validator.batch.settings import BatchSettings
from itk3_validator.errors import CallInvalid
from itk3_validator.finding import Outcome, Verdict
from itk3_validator.report.chosen import chosen
from itk3_validator.report.model import Report
from itk3_validator.report.visible import hashed
from itk3_validator.source import Source
from itk3_validator.validator import Validator

FACT: Final = "fact_"
_NOT_TOLD: Final = frozenset({Outcome.PASS, Outcome.NOT_APPLICABLE})
_NO_NUMBERS: Final = (0, 0, 0)
DEFAULT: Final = BatchSettings()


def validate_batch(batch: pa.RecordBatch, settings: BatchSettings = DEFAULT) -> pa.RecordBatch:
    """
    Judge the messages of a record batch.

    The packs are loaded once in a process for the same settings. `functools.partial(validate_batch, settings=...)`
    pickles.

    Args:
        batch: the column ``message`` holds their bytes (binary, or text in UTF-8), null where there are none. Optional:
            ``source``, their names; ``unreadable``, why one is null; ``fact_NAME``, a fact of each. Other columns are
            not looked at.

    Returns:
        One row a message, in their order: what it has in the table ``messages``, its ``findings``, and in ``outcomes``
        a letter for each rule of its pack.

    Raises:
        CallInvalid: A fact or an interaction that no pack knows, or no column ``message``.
    """
    return _judge(settings)(batch)


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
    One message of a batch: its name and bytes, why there are none, and what is stated of it alone.
    """

    source: str
    data: bytes | None
    unreadable: str | None
    facts: Mapping[str, str]


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
        places = places_of(self.validator.packs, show_values=settings.show_values)
        names = tuple(key.name for key in keys)
        self._places = {digest: tuple(dict.fromkeys([*safe, *names])) for digest, safe in places.items()}
        self._safe = {digest: frozenset(safe) for digest, safe in places.items()}

    def __call__(
        self,
        batch: pa.RecordBatch,
        begin: Callable[[int], None] = lambda _: None,
        lost: Mapping[int, str] | None = None,
    ) -> pa.RecordBatch:
        """
        Judge a batch.

        Args:
            begin: called with the number of a message before it is looked at, and with -1 after the last.

            lost: messages that are not to be looked at, and why: their verdict is ``error``.
        """
        rows, left_out = Rows(), lost or {}
        for number, given in enumerate(given_in(batch)):
            begin(number)
            rows.add(*self._row(given, left_out.get(number)))
        begin(-1)
        return rows.batch()

    def _row(self, given: Given, lost: str | None) -> tuple[tuple[Any, ...], Any, Any]:
        name = hashed(given.source) if self.settings.hash_names else given.source
        data = given.data
        if data is None:
            return _unjudged(name, None, Verdict.UNREADABLE, given.unreadable or "there is no message"), (), ()
        if lost is not None:
            return _unjudged(name, data, Verdict.ERROR, lost), (), ()
        try:
            return self._judged(name, given.source, data, given.facts)
        except CallInvalid:
            raise
        except Exception as error:  # noqa: BLE001  # one bad message never stops a batch; its text may hold what it says
            return _unjudged(name, data, Verdict.ERROR, f"it could not be judged ({type(error).__name__})"), (), ()

    def _judged(
        self, name: str, plain_name: str, data: bytes, facts: Mapping[str, str]
    ) -> tuple[tuple[Any, ...], Any, Any]:
        settings = self.settings
        report = self.validator.validate(
            Source(name, data),
            facts={**self._facts, **facts} if facts else self._facts,
            request=settings.request,
            interaction=settings.interaction,
        )
        if report.pack is None:
            return _unjudged(name, data, report.verdict, report.reason), (), ()
        values = report.values_at(self._places[report.pack_digest or ""])
        safe = self._safe[report.pack_digest or ""]
        report = self._accepted(report, plain_name)
        outcomes = report.outcomes.values()
        told = (
            () if _NOT_TOLD.issuperset(outcomes) else [each for each in report.results if each.outcome not in _NOT_TOLD]
        )
        row = (
            name,
            report.digest,
            len(data),
            report.pack,
            report.pack_version,
            report.interaction,
            str(report.verdict),
            report.reason,
            *columns({place: found for place, found in values.items() if place in safe}),
            *(numbers(told) if told else _NO_NUMBERS),
            "".join([LETTERS[each] for each in outcomes]),
        )
        return row, finding_rows(report.pack, told), key_rows(values, self._keys, self._secret) if self._keys else ()

    def _accepted(self, report: Report, name: str) -> Report:
        settings = self.settings
        if settings.waivers:
            from itk3_validator.workshop.accepted import waivers

            report = waivers.apply(report, settings.waivers, settings.today, name=name)
        return chosen(report, only=settings.only, ignore=settings.ignore)


def given_in(batch: pa.RecordBatch) -> Iterator[Given]:
    """
    The messages of a batch.

    Raises:
        CallInvalid: There is no column of messages.
    """
    names = batch.schema.names
    if "message" not in names:
        raise CallInvalid("the batch has no column 'message'")
    facts = [(name.removeprefix(FACT), batch.column(name)) for name in names if name.startswith(FACT)]
    nothing = pa.nulls(batch.num_rows)
    sources = batch.column("source") if "source" in names else nothing
    reasons = batch.column("unreadable") if "unreadable" in names else nothing
    for number, (message, source, reason) in enumerate(zip(batch.column("message"), sources, reasons, strict=True)):
        data = message.as_py()
        stated = {name: value for name, column in facts if (value := column[number].as_py()) is not None}
        yield Given(
            source.as_py() or f"message {number}",
            data.encode("utf-8") if isinstance(data, str) else data,
            reason.as_py(),
            stated,
        )


def _unjudged(name: str, data: bytes | None, verdict: Verdict, reason: str | None) -> tuple[Any, ...]:
    digest = None if data is None else hashlib.sha256(data).hexdigest()
    size = None if data is None else len(data)
    return (name, digest, size, None, None, None, str(verdict), reason, *NO_COLUMNS, *_NO_NUMBERS, None)


def _validator(settings: BatchSettings) -> Validator:
    return Validator(
        settings.packs,
        show_values=settings.show_values,
        trust_packs=settings.trust_packs,
        limits=settings.limits,
    )


__all__ = ["DEFAULT", "FACT", "JUDGED", "Given", "Judge", "given_in", "validate_batch"]
