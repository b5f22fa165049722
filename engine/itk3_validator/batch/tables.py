"""
From judged messages to rows of the tables, and to exact counts of outcomes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from itk3_validator.batch.rows import LETTERS, Shared
from itk3_validator.batch.schema import FINDINGS, KEYS, MESSAGES, OUTCOMES, RULES
from itk3_validator.finding import Outcome
from itk3_validator.pack.model import RulePack

_OUTCOMES: Final = {letter: outcome for outcome, letter in LETTERS.items()}


class Count(NamedTuple):
    """
    What is counted: a rule of the messages of one interaction, and what it came to.
    """

    pack: str
    interaction: str
    rule: str
    outcome: Outcome


def tables(judged: pa.RecordBatch, first: int) -> Mapping[str, pa.RecordBatch]:
    """
    The rows of `messages`, `findings` and `keys` for a judged batch whose first message has the number *first*.
    """
    numbers = pa.array(range(first, first + judged.num_rows), pa.int64())
    columns = [judged.column(name) for name in MESSAGES.names if name != "message"]
    return {
        "messages": pa.record_batch([numbers, *columns], schema=MESSAGES),
        "findings": _flat(judged.column("findings"), first, FINDINGS),
        "keys": _flat(judged.column("keys"), first, KEYS),
    }


def _flat(lists: pa.ListArray, first: int, schema: pa.Schema) -> pa.RecordBatch:
    numbers = pc.add(pc.cast(pc.list_parent_indices(lists), pa.int64()), pa.scalar(first, pa.int64()))
    return pa.record_batch([numbers, *lists.flatten().flatten()], schema=schema)


def counts(shared: Mapping[Shared, int], rules: Mapping[str, Sequence[str]]) -> Counter[Count]:
    """
    How many messages each rule came to each outcome of.

    Args:
        shared: what messages have in common, and how many have it.

        rules: pack to its rules, in the order of the letters.
    """
    found: Counter[Count] = Counter()
    for each, number in shared.items():
        pack, interaction, letters = each.pack, each.interaction, each.outcomes
        if pack is None or interaction is None or letters is None:
            continue
        for rule, letter in zip(rules[pack], letters, strict=True):
            found[Count(pack, interaction, rule, _OUTCOMES[letter])] += number
    return found


def rules_by_pack(packs: Iterable[RulePack], only: Iterable[str] = ()) -> Mapping[str, tuple[str, ...]]:
    """
    Pack to the ids of the rules that are asked, in their order.
    """
    kept = frozenset(only)
    return {
        pack.name: tuple(rule.id for rule in pack.rules if rule.status != "draft" and (not kept or rule.id in kept))
        for pack in packs
    }


def outcomes_table(found: Mapping[Count, int]) -> pa.Table:
    """
    The table `outcomes`, sorted.
    """
    rows = [(*map(str, key), number) for key, number in sorted(found.items())]
    return table(rows, OUTCOMES)


def rules_table(packs: Iterable[RulePack]) -> pa.Table:
    """
    The table `rules`.
    """
    rows = [
        (
            pack.name,
            rule.id,
            rule.text,
            rule.level,
            str(rule.severity),
            rule.source,
            rule.link,
            rule.remedy,
            pack.title,
        )
        for pack in packs
        for rule in pack.all_rules
    ]
    return table(rows, RULES)


def table(rows: Sequence[tuple[Any, ...]], schema: pa.Schema) -> pa.Table:
    """
    Rows as a table.
    """
    columns: Iterable[Sequence[Any]] = zip(*rows, strict=True) if rows else [()] * len(schema)
    arrays = [pa.array(column, field.type) for column, field in zip(columns, schema, strict=True)]
    return pa.Table.from_arrays(arrays, schema=schema)
