"""
The tests and the proofs of several packs: what `itk3 test` runs.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from importlib import import_module

from itk3_validator.errors import CallInvalid
from itk3_validator.pack.model import RulePack
from itk3_validator.plan import compile_pack
from itk3_validator.spelling import did_you_mean
from itk3_validator.workshop.proof.model import Proof
from itk3_validator.workshop.trials.results import PackRun
from itk3_validator.workshop.trials.trial import run_trials

_PROOF = "itk3_validator.workshop.proof"


def run_tests(
    packs: Iterable[RulePack],
    *,
    only: Collection[str] = (),
    inherited: bool = False,
    proof: bool = True,
    show_values: bool = False,
) -> tuple[PackRun, ...]:
    """
    Run the tests of every pack, then prove its rules.

    Args:
        only: ids of rules; the tests and the proof speak of no others then.

        inherited: prove also the rules that a pack takes over as they are.

        proof: without it the tests alone.

        show_values: show what a message holds at places that are not marked safe.

    Raises:
        CallInvalid: An id under *only* that none of the packs knows.
    """
    asked = tuple(packs)
    _check_known(asked, only)
    runs = []
    for pack in asked:
        trials = run_trials(pack, only=only, show_values=show_values)
        proofs = _prove(pack, frozenset(only), inherited=inherited) if proof else None
        # The proof knows of rules that a pack changes without naming them.
        spoken = _rules(pack, only, inherited=inherited) if proofs is None else tuple(each.rule for each in proofs)
        runs.append(PackRun(pack, spoken, trials, proofs or (), proofs is not None))
    return tuple(runs)


def _rules(pack: RulePack, only: Collection[str], *, inherited: bool) -> tuple[str, ...]:
    active = (rule for rule in pack.all_rules if rule.status != "draft")
    if only:
        return tuple(rule.id for rule in active if rule.id in only)
    return tuple(rule.id for rule in active if inherited or rule.pack == pack.name)


def _prove(pack: RulePack, only: Collection[str], *, inherited: bool) -> tuple[Proof, ...] | None:
    proof = import_module(_PROOF)
    if not hasattr(proof, "prove"):
        return None
    proofs: tuple[Proof, ...] = proof.prove([compile_pack(pack)], only=only, inherited=inherited)
    if not pack.archive:
        return proofs
    archived: tuple[Proof, ...] = import_module(f"{_PROOF}.archived").prove_archive(
        pack, only=only, inherited=inherited
    )
    return (*proofs, *archived)


def _check_known(packs: Iterable[RulePack], only: Collection[str]) -> None:
    known = {rule.id for pack in packs for rule in pack.all_rules}
    unknown = sorted(set(only) - known)
    if unknown:
        raise CallInvalid(
            "\n".join(
                f"--only {each}: none of these packs has such a rule; {did_you_mean(each, known)}" for each in unknown
            )
        )
