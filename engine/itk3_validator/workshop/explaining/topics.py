"""
What an analyst may ask about by name: a rule, a verb, a selector, an interaction, a fact, a code list or a code.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from itk3_validator.checks import VERBS
from itk3_validator.errors import CallInvalid
from itk3_validator.pack.archive_verbs import ARCHIVE_VERBS
from itk3_validator.pack.model import RulePack
from itk3_validator.spelling import did_you_mean
from itk3_validator.workshop.explaining import archived, rule, words


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
    words.pack,
    rule.rule,
    archived.archive_rule,
    rule.not_checkable,
    rule.dropped,
    words.selector,
    words.interaction,
    words.fact,
    words.code_list,
    words.code,
)


def explain(
    name: str, packs: Iterable[RulePack], renamed: Mapping[str, Mapping[str, str]] | None = None
) -> tuple[Explanation, ...]:
    """
    Every meaning of a name; packs that mean the same by it are told together.

    Args:
        renamed: for packs by name, the inherited ids that they change and what to.

    Raises:
        CallInvalid: Nobody knows the name.
    """
    # A pack speaks before those that extend it.
    asked = tuple(sorted(packs, key=lambda each: (len(each.lineage), each.name)))
    found = [*_verb(name, asked)]
    for kind in _KINDS:
        found += _meanings(kind, name, asked)
    for pack in asked:
        if new := (renamed or {}).get(pack.name, {}).get(name):
            told = tuple(rule.labelled([("now", new)]))
            found.append(Explanation(f"{name}: another id in {pack.name}", (f"{pack.name} {pack.version}",), told))
    if not found:
        raise CallInvalid(f"nothing is called {name!r}; {_remedy(name, asked)}")
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
    if name in ARCHIVE_VERBS:
        yield Explanation(f"{name}: a verb of rules over the archive", (), archived.archive_verb(name))


def _remedy(name: str, packs: tuple[RulePack, ...]) -> str:
    """
    Of a number the nearest name is chance: it is the end of an id, or a code that no list has.
    """
    if not name.isdecimal():
        return did_you_mean(name, _known(packs))
    ids = sorted({each for each in _ids(packs) if each.endswith(f"-{name}")})
    if ids:
        return f"did you mean {' or '.join(map(repr, ids))}?"
    lists = sorted({each for pack in packs for each in pack.code_lists})
    return f"it is a code of no code list ({', '.join(lists) or 'there is none'}), and no id ends with it"


def _ids(packs: Iterable[RulePack]) -> Iterator[str]:
    for pack in packs:
        yield from (rule.id for rule in pack.all_rules)
        yield from (each.id for each in pack.not_checkable)
        yield from pack.dropped


def _known(packs: Iterable[RulePack]) -> set[str]:
    known = {*VERBS, *ARCHIVE_VERBS, *_ids(packs)}
    for pack in packs:
        known.update((pack.name,), pack.selectors, pack.interactions, pack.facts, pack.code_lists)
        known.update(code for codes in pack.code_lists.values() for code in codes.rows)
    return known
