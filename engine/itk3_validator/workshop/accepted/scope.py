"""
What a waiver names, looked up in the packs of a run.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from itk3_validator.pack.archive_rule import ArchiveRule
from itk3_validator.pack.model import NotCheckable, Rule, RulePack
from itk3_validator.plan import SENDER
from itk3_validator.spelling import did_you_mean


def unknown_rule(packs: Sequence[RulePack], rule: str, pack: str | None) -> tuple[str, str] | None:
    """
    What is wrong with the id of a rule, and what would do; None when it is known, or the pack is none of the run's.
    """
    meant = _meant(packs, pack)
    known = set(_ids(meant, pack))
    if not meant or rule in known:
        return None
    for each in meant:
        if rule in each.dropped:
            return f"{each.name} has dropped the rule {rule!r}: {each.dropped[rule]}", "remove the waiver"
    where = f"the pack {pack!r} has no rule {rule!r}" if pack is not None else f"no pack knows the rule {rule!r}"
    return where, did_you_mean(rule, known)


def names_nothing(
    packs: Sequence[RulePack], rule: str, pack: str | None, interaction: str | None, sender: str | None
) -> str:
    """
    Why no message can ever come under a waiver of these; empty when one can.
    """
    meant = _meant(packs, pack)
    if not meant:
        return _with_near(f"no pack of this run is called {pack!r}", pack or "", _names(packs))
    because = {each.id: each.because for one in meant for each in one.not_checkable}
    rules = [each for one in meant for each in one.all_rules if each.id == rule]
    if not rules and rule in because:
        return f"no message can fail it: {because[rule]}"
    if rules and all(each.status == "draft" for each in rules):
        return "the rule is a draft, and drafts are not asked"
    if rules and all(isinstance(each, ArchiveRule) for each in rules):
        return "it is a rule over the archive, which only itk3 batch asks"
    interactions = {name for one in meant for name in one.interactions}
    if interaction is not None and interaction not in interactions:
        return _with_near(f"no pack knows the interaction {interaction!r}", interaction, interactions)
    if sender is not None and not any(_tells_sender(one) for one in meant):
        return f"no pack has a safe selector called {' or '.join(SENDER)}, so no sender is known"
    return ""


def _meant(packs: Sequence[RulePack], pack: str | None) -> list[RulePack]:
    return [each for each in packs if pack is None or pack in _names([each])]


def _names(packs: Iterable[RulePack]) -> set[str]:
    """
    The packs that judge, and those whose rules they have inherited.
    """
    return {name for each in packs for name in (each.name, *(rule.pack for rule in each.all_rules))}


def _ids(packs: Iterable[RulePack], pack: str | None) -> Iterator[str]:
    for each in packs:
        written: tuple[Rule | ArchiveRule | NotCheckable, ...] = (*each.all_rules, *each.not_checkable)
        yield from (one.id for one in written if pack in (None, each.name, one.pack))


def _tells_sender(pack: RulePack) -> bool:
    return any(name in pack.selectors and pack.selectors[name].safe for name in SENDER)


def _with_near(what: str, name: str, known: Iterable[str]) -> str:
    near = did_you_mean(name, known)
    return f"{what}; {near}" if near else what
