"""
Rows of many messages on their way to columns.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate, chain, repeat
from typing import Any, Final, NamedTuple

import pyarrow as pa

from itk3_validator.batch.schema import FINDINGS, KEYS, MESSAGES
from itk3_validator.finding import Outcome, Severity
from itk3_validator.report.model import Result

LETTERS: Final = {
    Outcome.PASS: "p",
    Outcome.FAIL: "f",
    Outcome.NOT_APPLICABLE: "n",
    Outcome.UNDECIDED: "u",
    Outcome.ERROR: "e",
    Outcome.WAIVED: "w",
}
"""
How `outcomes` of a judged batch writes them: one letter a rule, in the order of the pack.
"""


def _within(table: pa.Schema) -> pa.DataType:
    """
    The rows of one message, as a list.
    """
    return pa.list_(pa.field("item", pa.struct([field for field in table if field.name != "message"])))


JUDGED: Final = pa.schema(
    [
        *(field for field in MESSAGES if field.name != "message"),
        pa.field("outcomes", pa.string()),
        pa.field("findings", _within(FINDINGS)),
        pa.field("keys", _within(KEYS)),
    ]
)
"""
What `validate_batch` returns: a row for each message, with what it has in `messages`, its findings and its outcomes.
"""


class Shared(NamedTuple):
    """
    The columns that most messages have in common with many others.

    *outcomes* are the letters of the rules; None for a message that was not judged.
    """

    pack: str | None
    pack_version: str | None
    interaction: str | None
    verdict: str
    reason: str | None
    errors: int
    warnings: int
    undecided: int
    outcomes: str | None


_SHARED: Final = [JUDGED.field(name) for name in Shared._fields]
_OWN: Final = [field for field in JUDGED if field.name not in (*Shared._fields, "findings", "keys")]
_BYTES: Final = [field.name for field in _OWN].index("bytes")


class Rows:
    """
    Collects messages one by one; *batch* makes them columns.
    """

    def __init__(self) -> None:
        self._own: list[tuple[Any, ...]] = []
        self._shared: dict[Shared, int] = {}
        self._places: list[int] = []
        self._findings: list[Sequence[tuple[Any, ...]]] = []
        self._keys: list[Sequence[tuple[str, str | None]]] = []

    def add(
        self,
        own: tuple[Any, ...],
        shared: Shared,
        findings: Sequence[tuple[Any, ...]] = (),
        keys: Sequence[tuple[str, str | None]] = (),
    ) -> None:
        """
        One more message: its own columns, those that it shares, and its rows of the other tables.
        """
        self._own.append(own)
        self._places.append(self._shared.setdefault(shared, len(self._shared)))
        self._findings.append(findings)
        self._keys.append(keys)

    def tell(self, number: int, findings: Sequence[tuple[Any, ...]]) -> None:
        """
        The findings of a message that was added before, by its number from 0.
        """
        self._findings[number] = findings

    def replace(
        self,
        number: int,
        own: tuple[Any, ...],
        shared: Shared,
        findings: Sequence[tuple[Any, ...]] = (),
        keys: Sequence[tuple[str, str | None]] = (),
    ) -> None:
        """
        Put a message in the place of one that was added before.
        """
        self._own[number] = own
        self._places[number] = self._shared.setdefault(shared, len(self._shared))
        self._findings[number] = findings
        self._keys[number] = keys

    def batch(self) -> pa.RecordBatch:
        """
        A record batch of the schema `JUDGED`.
        """
        columns = self._columns()
        columns["findings"] = _lists(JUDGED.field("findings").type, self._findings)
        columns["keys"] = _lists(JUDGED.field("keys").type, self._keys)
        return pa.record_batch([columns[name] for name in JUDGED.names], schema=JUDGED)

    def tables(self, first: int) -> Mapping[str, pa.RecordBatch]:
        """
        The rows of `messages`, `findings` and `keys` of a run in which the first of these messages has this number.
        """
        columns = self._columns()
        columns["message"] = pa.array(range(first, first + len(self._own)), pa.int64())
        return {
            "messages": pa.record_batch([columns[name] for name in MESSAGES.names], schema=MESSAGES),
            "findings": _numbered(FINDINGS, self._findings, first),
            "keys": _numbered(KEYS, self._keys, first),
        }

    @property
    def size(self) -> int:
        """
        How many bytes the messages have, as far as they are known.
        """
        return sum(own[_BYTES] or 0 for own in self._own)

    def _columns(self) -> dict[str, pa.Array]:
        """
        The columns that hold one value a message.
        """
        places = pa.array(self._places, pa.int32())
        shared = [each.take(places) for each in _arrays(_SHARED, list(self._shared))]
        own = _arrays(_OWN, self._own)
        return {field.name: array for field, array in zip((*_SHARED, *_OWN), (*shared, *own), strict=True)}

    @property
    def shared(self) -> Mapping[Shared, int]:
        """
        How many messages have the same in common.
        """
        counted = Counter(self._places)
        return {shared: counted[place] for shared, place in self._shared.items() if place in counted}


def finding_rows(pack: str | None, result: Result) -> Iterator[tuple[Any, ...]]:
    """
    The rows of `findings` for a result that did not pass: one for each place, or one that has none.
    """
    findings = result.findings
    told = (pack, result.id, str(result.outcome), result.level, str(result.severity), result.message)
    if not findings:
        yield (*told, None, None, None, None, None, None)
    for each in findings:
        yield (*told, each.xpath, each.line, each.column, each.expected, each.found, each.masked)


def numbers(results: Sequence[Result]) -> tuple[int, int, int]:
    """
    How many rules failed with severity error, with severity warning, and how many are undecided.
    """
    failed = [each.severity for each in results if each.outcome is Outcome.FAIL]
    undecided = sum(each.outcome is Outcome.UNDECIDED for each in results)
    return failed.count(Severity.ERROR), failed.count(Severity.WARNING), undecided


def _arrays(fields: Sequence[pa.Field], rows: Sequence[tuple[Any, ...]]) -> list[pa.Array]:
    columns = zip(*rows, strict=True) if rows else [()] * len(fields)
    return [pa.array(column, field.type) for field, column in zip(fields, columns, strict=True)]


def _numbered(table: pa.Schema, rows: Sequence[Sequence[tuple[Any, ...]]], first: int) -> pa.RecordBatch:
    """
    The rows of all messages, each behind the number of its message.
    """
    numbers = chain.from_iterable(map(repeat, range(first, first + len(rows)), map(len, rows)))
    held = _arrays(list(table)[1:], list(chain.from_iterable(rows)))
    return pa.record_batch([pa.array(list(numbers), pa.int64()), *held], schema=table)


def _lists(kind: Any, rows: Sequence[Sequence[tuple[Any, ...]]]) -> pa.ListArray:
    fields = list(kind.value_type)
    ends = pa.array([0, *accumulate(map(len, rows))], pa.int32())
    items = pa.StructArray.from_arrays(_arrays(fields, list(chain.from_iterable(rows))), fields=fields)
    return pa.ListArray.from_arrays(ends, items, type=kind)
