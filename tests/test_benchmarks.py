"""
What is measured with is right: messages are judged as their maker says, and every way of writing a rule says the same.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import etree

from benchmarks import ours, page, record
from benchmarks.agreement import disagreements
from benchmarks.batch import page as batch_page
from benchmarks.batch import summary
from benchmarks.contestant import Contestant
from benchmarks.messages import (
    KIND,
    NS,
    ONE_FAULT_IN,
    REPORT_FAULTS,
    RESPONSE_FAULTS,
    Made,
    Supply,
    alike,
    failing,
    mangled,
    messages,
    plain,
)
from benchmarks.packs import DIFFERENT_PLACES, rows
from benchmarks.peers import peers
from benchmarks.rounds import Measured, Spread, beside, measure
from benchmarks.rules_table import ANCHORS, REPORT, RESPONSE, Row
from benchmarks.written import VERBS, schematron_text, write_pack, xpath_of
from itk3_validator import Outcome, Validator

# How many messages hold every fault once; of the large ones a few are enough.
COUNTS = {
    "response": ONE_FAULT_IN * len(RESPONSE_FAULTS),
    "small": ONE_FAULT_IN * len(REPORT_FAULTS),
    "markup-60k": ONE_FAULT_IN,
    "pdf-60k": ONE_FAULT_IN,
    "pdf-1m": ONE_FAULT_IN,
    "pdf-20m": 1,
}

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def bundled() -> Validator:
    return Validator(packs=["gpcm-sd-oc"])


@pytest.mark.parametrize("kind", COUNTS)
def test_messages_differ_and_have_their_size(kind):
    """
    No two messages of a kind are alike, each has about the size that the kind names, and a seed gives the same again.
    """
    made = messages(kind, COUNTS[kind])
    sizes = [len(each.data) / KIND[kind].size for each in made]

    assert len({each.data for each in made}) == COUNTS[kind]
    assert 0.8 < min(sizes) <= max(sizes) < 1.2
    assert 0.97 < sum(sizes) / len(sizes) < 1.03
    assert messages(kind, COUNTS[kind]) == made
    assert messages(kind, 1, seed=2) != made[:1]


@pytest.mark.parametrize("kind", COUNTS)
def test_the_bundled_pack_judges_messages_as_their_maker_says(kind, bundled):
    """
    A message without a fault breaks nothing; one with a fault breaks what the fault names, and only that.
    """
    made = messages(kind, COUNTS[kind])

    assert [_not(bundled, each, Outcome.FAIL) for each in made] == [
        each.fault.bundled if each.fault else frozenset() for each in made
    ]
    assert {bundled.validate(each.data).interaction for each in made} == {
        "response" if kind == "response" else "report"
    }


@pytest.mark.parametrize("make", [plain, alike, failing, mangled])
def test_a_supply_never_gives_a_message_twice(make):
    """
    Whoever is measured has not seen a message before, however often more are asked for.
    """
    fresh = Supply(make, "small")
    given = [data for count in (1, 30, 4) for data in fresh(count)]

    assert len(set(given)) == len(given) == 35


def test_two_in_turns():
    """
    What takes more stands beside what takes less, on messages that neither has seen.
    """
    given = []

    def fresh(count):
        given.extend(range(len(given), len(given) + count))
        return given[-count:]

    def contestant(name, each):
        seen = []

        def spent(messages):
            seen.extend(messages)
            return each * len(messages)

        return Contestant(name, len, spent=spent, warming=0.0), seen

    (plain_one, first), (more, second) = contestant("plain", 0.001), contestant("more", 0.0012)
    found = beside(plain_one, more, fresh, rounds=4)

    assert (found.name, found.rounds) == ("more", 4)
    assert found.ratio == pytest.approx((1.2, 1.2, 1.2))
    assert found.floor == pytest.approx((0.001, 0.001, 0.001))
    assert len({*first, *second}) == len(first) + len(second) == len(given)
    assert abs(len(first) - len(second)) <= 1


def test_every_message_of_the_failing_has_a_fault(bundled):
    """
    Those that are to fail do, each of them.
    """
    assert {str(bundled.validate(data).verdict) for data in Supply(failing, "small")(30)} == {"invalid"}


@pytest.mark.parametrize("kind", COUNTS)
def test_the_table_judges_messages_as_their_maker_says(kind, tmp_path):
    """
    The rules of the table pass, but for those that the fault breaks.
    """
    table = RESPONSE if kind == "response" else REPORT
    validator = Validator(packs=[write_pack(tmp_path, "bench", table)])
    made = messages(kind, COUNTS[kind])

    assert [_not_passed(validator, each) for each in made] == [
        each.fault.breaks if each.fault else frozenset() for each in made
    ]


@pytest.mark.parametrize("count", [30, *DIFFERENT_PLACES])
def test_generated_rules_mean_the_same_as_their_xpath(count, tmp_path):
    """
    There are as many rules as asked for, they hold on messages without a fault, and the XPath of each says the same.
    """
    table = rows(count)
    validator = Validator(packs=[write_pack(tmp_path, "bench", table)])
    made = messages("small", ONE_FAULT_IN * 2) + messages("markup-60k", 2) + messages("pdf-60k", 2)
    judged = [_not_passed(validator, each) for each in made]

    assert (len(table), len({row.id for row in table})) == (count, count)
    assert judged == [_broken(table, each) for each in made]
    assert [bool(broken) for broken in judged] == [each.fault is not None for each in made]


@pytest.mark.parametrize("verb", sorted(VERBS))
def test_every_verb_is_measured(verb):
    """
    No way of writing a rule is there without a rule.
    """
    assert verb in {row.verb for row in (*REPORT, *RESPONSE)}


def test_the_schematron_has_an_assert_for_each_rule():
    """
    The Schematron is well-formed and says each requirement's id.
    """
    schema = etree.fromstring(schematron_text(rows(100)).encode())
    asserts = schema.findall(".//{http://purl.oclc.org/dsdl/schematron}assert")

    assert sorted(each.text for each in asserts) == sorted(row.id for row in rows(100))


@pytest.mark.parametrize("kind", ["response", "small", "markup-60k", "pdf-60k"])
def test_peers_that_need_only_lxml_judge_alike(kind):
    """
    The engine and what needs nothing but lxml agree on every message; `make bench` asks the others the same.
    """
    table = RESPONSE if kind == "response" else REPORT

    assert disagreements([ours.own(table), *peers(table, whole=False)], messages(kind, COUNTS[kind])) == []


def test_a_contestant_that_judges_otherwise_is_named():
    """
    A contestant without one of the rules differs on that rule, where a message breaks it.
    """
    without = [row for row in REPORT if row.id != "GPCM-SD-OC-143"]
    found = disagreements([ours.own(REPORT), ours.own(without)], messages("small", ONE_FAULT_IN))

    why = "message 9, no business acknowledgement is asked for"

    assert found == [f"itk3-validator and itk3-validator differ on GPCM-SD-OC-143 ({why})"]


@pytest.mark.parametrize("rounds", [1, 2, 7])
def test_a_ratio_is_taken_of_the_same_number_of_messages(rounds):
    """
    A contestant that needs three times as long a message has the ratio 3, however many messages each is given.
    """
    slow, floor = (
        Contestant(name, bytes, None, lambda some, each=each: each * len(some))
        for name, each in (("slow", 0.003), ("floor", 0.001))
    )
    [measured] = measure([slow], lambda count: [b"<a/>"] * count, rounds=rounds, floor=floor)

    assert measured == Measured("slow", _all(3.0), _all(0.003), _all(0.001), rounds)


def test_the_page_is_made_from_the_results():
    """
    docs/benchmarks.md says what benchmarks/results.json says: `python -m benchmarks --page` writes it.
    """
    assert (ROOT / "docs" / "benchmarks.md").read_text(encoding="utf-8") == page.text(record.read())


@pytest.mark.parametrize(("part", "title"), [("batch", "Archives"), ("service", "Service")])
def test_the_page_has_what_runs_of_their_own_measured(part, title):
    """
    What archives and the service cost stands behind the rest, in its own words.
    """
    told = {"about": "On two cores.", "heads": ["source", "rate"], "rows": [["folder", "9,000"]]}
    plain = {name: each for name, each in record.read().items() if name not in ("batch", "service")}

    assert page.text(plain | {part: told}) == page.text(plain) + (
        f"\n## {title}\n\nOn two cores.\n\n| source | rate |\n| --- | ---: |\n| folder | 9,000 |\n"
    )


def test_what_a_batch_measures_stands_on_the_page():
    """
    The file that the batch benchmark writes is one that the page of all benchmarks reads.
    """
    rate = {"source": "parquet", "plan": "30 rules", "processes": 2, "rate": 9_000, "floor": 12_000, "of_floor": 0.75}
    million = {"messages": 1_000_000, "peaks_mb": {"owner": 300, "worker": 200}}
    plain = {name: each for name, each in record.read().items() if name not in ("batch", "service")}
    told = page.text(plain | {"batch": summary({"rates": [rate], "million": million})})

    assert "| parquet, 30 rules | 2 | 9,000 | 12,000 | 0.75 |" in told
    assert "At 1,000,000 messages the largest resident memory is 300 MB of the owner, 200 MB of a worker." in told


def test_the_page_of_archives_says_which_targets_are_met():
    """
    Beside one that is, one that is not; what was not measured is left out.
    """
    row = {"source": "parquet", "plan": "gpcm-sd-oc", "processes": 2, "messages": 50_000, "floor": 12_000}
    shares = {"rate": 9_000, "of_floor": 0.75, "of_floor_by_processor": 0.75}
    one = row | shares | {"processes": 1, "rate": 6_000}
    made_on = {"commit": "c", "engine": "compiled", "processor": "a", "cores": 2, "load": 0.5, "python": "3.11"}
    told = batch_page({"rates": [row | shares, one], "made_on": made_on})

    assert "## Targets: 1 of 2 met" in told
    assert (
        "| parquet, gpcm-sd-oc: share of the rate of mere parsing, two processes | at least 0.7 | 0.75 | met |" in told
    )
    assert "| gpcm-sd-oc: two processes as a multiple of one | at least 1.7 | 1.50 | **not met** |" in told


def _all(value: float) -> Spread:
    return Spread(*[pytest.approx(value)] * 3)


def _not(validator: Validator, made: Made, *outcomes: Outcome) -> frozenset[str]:
    return frozenset(id for id, outcome in validator.validate(made.data).outcomes.items() if outcome in outcomes)


def _not_passed(validator: Validator, made: Made) -> frozenset[str]:
    return _not(validator, made, *(outcome for outcome in Outcome if outcome is not Outcome.PASS))


def _broken(table: tuple[Row, ...], made: Made) -> frozenset[str]:
    root = etree.fromstring(made.data)
    anchors = {anchor: root.xpath(xpath, namespaces=NS) for anchor, xpath in ANCHORS.items()}
    return frozenset(
        row.id
        for row in table
        for node in anchors[row.anchor]
        if not node.xpath(f"boolean({xpath_of(row)})", namespaces=NS)
    )
