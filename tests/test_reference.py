"""
The engine and a plain evaluator of the rule language say the same of every rule, whatever the message.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, event, given, settings

import reference_packs as made
from itk3_validator import RulePack, Source, Validator
from itk3_validator.finding import Outcome
from itk3_validator.message import Message, parse
from itk3_validator.plan import compile_pack
from itk3_validator.workshop.proof import prove
from itk3_validator.workshop.proof.trying import Trier
from pack_builder import write_pack
from reference_evaluator import outcomes
from test_corpus import CORPUS

SAMPLES = Path(__file__).parent.parent / "samples"
BUNDLED = ("itk3-message", "itk3-acknowledgement", "gpcm-sd-oc", "itk3-outpatient-letter")
CALLS: Sequence[Mapping[str, str]] = ({}, {"recipient": "primary"})


class Judged(NamedTuple):
    """
    One message with what is said beside it.
    """

    data: bytes
    facts: Mapping[str, str]
    request: bytes | None = None
    interaction: str | None = None


@cache
def bundled() -> Validator:
    return Validator()


@cache
def alone(pack: str) -> Validator:
    return Validator([pack])


def differences(judge: Validator, judged: Judged) -> dict[str, tuple[Outcome, Outcome | None]] | None:
    """
    Rule to what the engine and the reference say, where it is not the same; None where no pack knows the message.
    """
    data, facts, request, interaction = judged
    report = judge.validate(data, facts=facts, request=request, interaction=interaction)
    if report.pack is None or report.interaction is None:
        return None
    pack = next(each for each in judge.packs if each.name == report.pack)
    expected = plainly(pack, report.interaction, judged)
    assert list(report.outcomes) == list(expected)
    return {id: (outcome, expected[id]) for id, outcome in report.outcomes.items() if expected[id] is not outcome}


def plainly(pack: RulePack, interaction: str, judged: Judged) -> dict[str, Outcome]:
    root = parse(Source("message", judged.data)).root
    request = None if judged.request is None else parse(Source("request", judged.request)).root
    return outcomes(pack, root, interaction=interaction, facts=judged.facts, request=request)


def asks(judge: Validator, facts: Mapping[str, str]) -> bool:
    return all(any(name in pack.facts for pack in judge.packs) for name in facts)


def disagreements(files: Sequence[Path], judges: Sequence[Validator]) -> tuple[int, dict[str, Any]]:
    found: dict[str, Any] = {}
    number = 0
    for file in files:
        for judge in judges:
            for facts in CALLS:
                if not asks(judge, facts):
                    continue
                told = differences(judge, Judged(file.read_bytes(), facts))
                number += told is not None
                if told:
                    found[f"{file.name} {facts}"] = told
    return number, found


def test_samples() -> None:
    """
    Every sample, valid and invalid, with and without facts.
    """
    number, found = disagreements(sorted(SAMPLES.glob("*/*.xml")), [bundled()])

    assert found == {}
    assert number > 100


@pytest.mark.long
def test_samples_by_every_pack() -> None:
    """
    The same by each pack alone, those that it is no message of included.
    """
    number, found = disagreements(sorted(SAMPLES.glob("*/*.xml")), [alone(name) for name in BUNDLED])

    assert found == {}
    assert number > 400


@pytest.mark.corpus
def test_corpus() -> None:
    """
    Every published message.
    """
    number, found = disagreements(sorted(CORPUS.rglob("*.xml")), [bundled(), *(alone(name) for name in BUNDLED)])

    assert found == {}
    assert number > 20


def mutations(
    packs: Sequence[RulePack], only: Sequence[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[str, Judged]]:
    """
    The messages that the proof of these rules makes, by pack, each once.
    """
    made: dict[tuple[Any, ...], None] = {}
    plain_scope = Trier._scope

    def scope(trier: Trier, *args: Any) -> Any:
        found = plain_scope(trier, *args)
        if found is not None:
            request = found.request.source.data if isinstance(found.request, Message) else None
            stated = tuple(sorted(found.facts.items()))
            made[trier.plan.pack.name, found.message.source.data, stated, request, trier.case.interaction] = None
        return found

    monkeypatch.setattr(Trier, "_scope", scope)
    prove([compile_pack(pack) for pack in packs], only=only)
    for pack, data, stated, request, interaction in made:
        yield pack, Judged(data, dict(stated), request, interaction)


def disagreements_on_mutations(only: Sequence[str], every: int, monkeypatch: pytest.MonkeyPatch) -> tuple[int, Any]:
    found = {}
    chosen = list(mutations(bundled().packs, only, monkeypatch))[::every]
    for number, (pack, judged) in enumerate(chosen):
        told = differences(alone(pack), judged)
        if told:
            found[f"{number} of {pack}, {judged.interaction}, {judged.facts}"] = told
    return len(chosen), found


def test_some_mutations(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Messages broken as the proof breaks them for every twentieth rule.
    """
    ids = sorted({rule.id for pack in bundled().packs for rule in pack.rules})[::20]
    number, found = disagreements_on_mutations(ids, 3, monkeypatch)

    assert found == {}
    assert number > 50


@pytest.mark.long
def test_every_mutation(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Every message that the proof of the bundled packs makes.
    """
    number, found = disagreements_on_mutations((), 1, monkeypatch)

    assert found == {}
    assert number > 3_000


def differences_in_the_table(folder: Path, every: int) -> tuple[int, dict[int, Any]]:
    judge = Validator([write_pack(folder, made.table(), files={"rows.csv": made.ROWS})])
    request = made.MESSAGE.encode()
    chosen = list(made.changed_once())[::every]
    found = {
        number: differences(judge, Judged(data, {"kind": "A"} if number % 3 else {}, request if number % 2 else None))
        for number, data in enumerate(chosen)
    }
    return len(chosen), {number: told for number, told in found.items() if told != {}}


def test_the_table_of_verbs(tmp_path: Path) -> None:
    """
    Every verb at every place of a message and as a condition, on some of the messages changed in one place.
    """
    number, found = differences_in_the_table(tmp_path, 23)

    assert found == {}
    assert number > 10


@pytest.mark.long
def test_the_table_of_verbs_on_every_change(tmp_path: Path) -> None:
    number, found = differences_in_the_table(tmp_path, 1)

    assert found == {}
    assert number > 200


def compare_made(text: str, judged: Sequence[Judged]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        judge = Validator([write_pack(Path(folder), text, files={"rows.csv": made.ROWS})])
    for each in judged:
        told = differences(judge, each)
        for outcome in set(judge.validate(each.data, facts=each.facts, request=each.request).outcomes.values()):
            event(str(outcome))

        assert told == {}, "the engine and the reference"


@given(made.packs(), made.messages(), made.messages(), made.facts())
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
def test_made_rules(text: str, one: bytes, other: bytes, facts: dict[str, str]) -> None:
    """
    Rules of every verb, in every place where a check may stand, on messages changed in any way.
    """
    compare_made(text, [Judged(one, {}), Judged(one, facts, other), Judged(other, facts), Judged(other, {}, one)])
