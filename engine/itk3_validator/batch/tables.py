"""
Exact counts of outcomes, and the tables that speak of a whole run.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

import pyarrow as pa

from itk3_validator.batch.rows import LETTERS, Shared
from itk3_validator.batch.schema import OUTCOMES, RULES
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


class Answers(NamedTuple):
    """
    What all rules came to on a message of one interaction: a letter each, in the order of the pack.
    """

    pack: str
    interaction: str
    letters: str


def answers(shared: Mapping[Shared, int]) -> Counter[Answers]:
    """
    How many messages had the same outcomes.

    Args:
        shared: what messages have in common, and how many have it.
    """
    found: Counter[Answers] = Counter()
    for each, number in shared.items():
        if each.pack is not None and each.interaction is not None and each.outcomes is not None:
            found[Answers(each.pack, each.interaction, each.outcomes)] += number
    return found


def counts(found: Mapping[Answers, int], rules: Mapping[str, Sequence[str]]) -> Counter[Count]:
    """
    How many messages each rule came to each outcome of.

    Args:
        rules: pack to its rules, in the order of the letters.
    """
    together: dict[tuple[str, str], list[tuple[str, int]]] = {}
    for (pack, interaction, letters), number in found.items():
        together.setdefault((pack, interaction), []).append((letters, number))
    counted: Counter[Count] = Counter()
    for (pack, interaction), rows in together.items():
        numbers = [number for _, number in rows]
        for rule, column in zip(rules[pack], zip(*(letters for letters, _ in rows), strict=True), strict=True):
            of_rule = dict.fromkeys(column, 0)
            for letter, number in zip(column, numbers, strict=True):
                of_rule[letter] += number
            for letter, number in of_rule.items():
                counted[Count(pack, interaction, rule, _OUTCOMES[letter])] = number
    return counted


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
