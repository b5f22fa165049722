"""
What an analyst may ask about by name: a rule, a verb, a selector, an interaction, a fact, a code list or a code.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from itk3_validator.checks import VERBS
from itk3_validator.errors import CallInvalid
from itk3_validator.pack.model import RulePack
from itk3_validator.spelling import did_you_mean
from itk3_validator.workshop.explaining import rule, words


@dataclass(frozen=True, slots=True)
class Explanation:
    """
    One meaning of a name.

    *packs* are those in which it means this, the one that says it first before the others; none for what is part of
    the rule language. *lines* are indented text.
    """

    title: str
    packs: tuple[str, ...]
    lines: tuple[str, ...]


Told: TypeAlias = tuple[str, tuple[str, ...]]

# The title and lines for a name in a pack, among all packs; None when the pack knows no such thing.
Kind: TypeAlias = Callable[[str, RulePack, tuple[RulePack, ...]], Told | None]

_KINDS: tuple[Kind, ...] = (
    rule.rule,
    rule.not_checkable,
    rule.dropped,
    words.selector,
    words.interaction,
    words.fact,
    words.code_list,
    words.code,
)


def explain(name: str, packs: Iterable[RulePack]) -> tuple[Explanation, ...]:
    """
    Every meaning of a name; packs that mean the same by it are told together.

    Raises:
        CallInvalid: Nobody knows the name.
    """
    # A pack speaks before those that extend it.
    asked = tuple(sorted(packs, key=lambda each: (len(each.lineage), each.name)))
    found = [*_verb(name, asked)]
    for kind in _KINDS:
        found += _meanings(kind, name, asked)
    if not found:
        raise CallInvalid(f"nothing is called {name!r}; {did_you_mean(name, _known(asked))}")
    return tuple(found)


def _meanings(kind: Kind, name: str, packs: tuple[RulePack, ...]) -> Iterator[Explanation]:
    same: dict[Told, list[str]] = {}
    for pack in packs:
        told = kind(name, pack, packs)
        if told is not None:
            same.setdefault(told, []).append(f"{pack.name} {pack.version}")
    for (title, lines), names in same.items():
        yield Explanation(title, tuple(names), lines)


def _verb(name: str, packs: tuple[RulePack, ...]) -> Iterator[Explanation]:
    if name in VERBS:
        yield Explanation(f"{name}: a verb", (), words.verb(name, packs))


def _known(packs: Iterable[RulePack]) -> set[str]:
    known = set(VERBS)
    for pack in packs:
        known.update(rule.id for rule in pack.rules)
        known.update(each.id for each in pack.not_checkable)
        known.update(pack.dropped, pack.selectors, pack.interactions, pack.facts, pack.code_lists)
        known.update(code for codes in pack.code_lists.values() for code in codes.rows)
    return known
