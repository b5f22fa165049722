"""
Made archives, and the run over them that counts exactly what is in them.
"""

from __future__ import annotations

import pyarrow.parquet as pq
import pytest

from benchmarks.make_archive import FORMS, Planned, expected, message, named, plan, write
from benchmarks.messages import REPORT_FAULTS, RESPONSE_FAULTS
from itk3_validator import Validator
from itk3_validator.adapters.cli import main

MESSAGES = 2_000


@pytest.fixture(scope="module")
def counted():
    return expected(plan(MESSAGES))


def test_the_same_seed_makes_the_same_archive():
    """
    And another seed another one.
    """
    first, again, other = (list(named(plan(50, seed), seed)) for seed in (1, 1, 2))

    assert first == again
    assert first != other


def test_an_archive_has_some_of_everything():
    """
    Every kind of message, every fault, messages that are there twice, pairs in both orders.
    """
    planned = plan(MESSAGES)
    places = {(each.kind, each.number): at for at, each in enumerate(planned) if not each.again}
    later = [
        places["response", number] > at
        for (kind, number), at in places.items()
        if kind == "small" and ("response", number) in places
    ]

    assert {each.kind for each in planned} == {"small", "response", "orphan", "cut", "foreign"}
    assert any(each.again for each in planned)
    assert 0.3 < sum(later) / len(later) < 0.7


def test_a_response_answers_its_report():
    """
    It bears the id of the report, and its SenderReference.
    """
    request, response = message(Planned("small", 5)), message(Planned("response", 5))
    report = Validator(["gpcm-sd-oc"]).validate(response, request=request)

    assert {report.outcomes[each] for each in ("GPCM-SD-OC-155", "RSP-ITK#MessageHeader.response.identifier/2")} == {
        "pass"
    }


def test_faults_are_what_fails():
    """
    What is expected of each fault is what the fault says of itself.
    """
    counted = expected(each for each in plan(MESSAGES) if each.kind != "foreign")
    failed = {rule for _, _, rule, outcome, _ in counted.outcomes if outcome == "fail"}

    assert failed == frozenset().union(*(each.bundled for each in (*REPORT_FAULTS, *RESPONSE_FAULTS)))


@pytest.mark.parametrize("form", FORMS)
def test_a_run_counts_exactly_what_is_there(tmp_path, counted, form):
    """
    Verdicts, and the outcomes of every rule, in whatever form the archive is kept; pairs are found in any order.
    """
    messages = MESSAGES if form == "parquet" else 400
    there = counted if form == "parquet" else expected(plan(messages))
    out = tmp_path / f"archive{FORMS[form][0]}"
    write(out, messages, form=form)
    assert main(["batch", str(out), "-o", str(tmp_path / "run"), "--pack", "gpcm-sd-oc", "--quiet"]) == 1
    read = {
        name: pq.read_table(tmp_path / "run" / name).to_pylist()
        for name in ("messages", "outcomes", "archive_outcomes")
    }
    verdicts = {}
    for each in read["messages"]:
        verdicts[each["verdict"]] = verdicts.get(each["verdict"], 0) + 1
    references = {
        each["outcome"]: each["messages"]
        for each in read["archive_outcomes"]
        if (each["interaction"], each["rule"]) == ("response", "GPCM-SD-OC-155")
    }
    pairs = there.pairs

    assert len(read["messages"]) == there.messages
    assert verdicts == there.verdicts
    assert tuple(tuple(each.values()) for each in read["outcomes"]) == there.outcomes
    assert references == {
        outcome: number
        for outcome, number in (
            ("pass", pairs.answered - pairs.differing),
            ("fail", pairs.differing),
            ("undecided", pairs.orphans),
        )
        if number
    }
