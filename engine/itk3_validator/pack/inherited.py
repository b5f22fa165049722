"""
What need not be read again: what a pack inherits, where all that it names means the same in both packs.

A rule or a selector that is taken over as it stands is read once, not in every pack that extends the first. What comes
of it is the same if every value, namespace, selector, fact, code list and interaction of the pack that it was read in
means the same in the other one, and the same places may be shown. It names nothing else, or it would be a mistake.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from itk3_validator.pack.asking import Known
from itk3_validator.pack.draft import Entry
from itk3_validator.pack.model import Selector
from itk3_validator.pack.ruling import ReadRule
from itk3_validator.value import Value


class Ground(Value, eq=False):
    """
    A pack without a mistake, as it was read.

    *places* are its selectors as written, *selectors* as read, before it is known which ``safe`` is believed. *xpath*
    is the version of ``test`` expressions, by the pack that they are written in.
    """

    known: Known
    places: Mapping[str, Entry]
    selectors: Mapping[str, Selector]
    interactions: tuple[str, ...]
    xpath: Mapping[str, str]
    rules: Mapping[str, ReadRule]


def selectors_in(
    grounds: Iterable[Ground],
    places: Mapping[str, Entry],
    *,
    values: Mapping[str, str],
    namespaces: Mapping[str, str],
) -> dict[str, Selector]:
    """
    The selectors of the packs that a pack extends which are the same in it.
    """
    found: dict[str, Selector] = {}
    for ground in grounds:
        same = all(places.get(name) is entry for name, entry in ground.places.items())
        if same and _holds(values, ground.known.values) and _holds(namespaces, ground.known.namespaces):
            found.update(ground.selectors)
    return found


def rules_in(
    grounds: Iterable[Ground],
    entries: Mapping[str, Entry],
    *,
    known: Known,
    interactions: Collection[str],
    xpath: Mapping[str, str],
) -> dict[str, ReadRule]:
    """
    The rules of the packs that a pack extends which are the same in it.
    """
    found: dict[str, ReadRule] = {}
    for ground in grounds:
        if not _means_the_same(ground, known, interactions, xpath):
            continue
        before, now = ground.known.shown, known.shown
        found |= {
            id_: read
            for id_, read in ground.rules.items()
            if entries.get(id_) is read.entry and all(before.get(each) == now.get(each) for each in read.shown)
        }
    return found


def _means_the_same(ground: Ground, known: Known, interactions: Collection[str], xpath: Mapping[str, str]) -> bool:
    """
    Whether every name that the rules of one pack may use stands for the same in another.
    """
    before = ground.known
    return (
        _holds(known.values, before.values)
        and _holds(known.namespaces, before.namespaces)
        and _holds(known.selectors, before.selectors)
        and _holds(known.lists, before.lists)
        and _holds(known.facts, before.facts)
        and _holds(xpath, ground.xpath)
        and set(before.list_names).issubset(known.list_names)
        and set(ground.interactions).issubset(interactions)
    )


def _holds(now: Mapping[str, Any], before: Mapping[str, Any]) -> bool:
    return all(name in now and (now[name] is each or now[name] == each) for name, each in before.items())
