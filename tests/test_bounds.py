"""
What a message or a rule can make the engine do grows with their size, never with its square.
"""

from __future__ import annotations

import gc
import time

import pytest

from itk3_validator import nodes
from itk3_validator.checks.presence import Unique
from itk3_validator.evaluate import NO_REQUEST, evaluate
from itk3_validator.message import parse
from itk3_validator.pack.load import load_pack
from itk3_validator.plan import compile_pack
from itk3_validator.source import Source
from pack_builder import entry, message, write_pack

ENTRIES = "/f:Bundle/f:entry"
PATIENTS = "/f:Bundle/f:entry/f:resource/f:Patient"
RESOLVE = "check: {/f:Bundle: {references: resolve}}"
FULL_URLS = f"{ENTRIES}/f:fullUrl"


def link(reference):
    return f'<link><other><reference value="{reference}"/></other></link>'


def patient(*lines, url="urn:uuid:p"):
    return entry(f"<Patient>{''.join(lines)}</Patient>", url)


def contained(number):
    devices = (f'<contained><Device><id value="d{each}"/></Device></contained>' for each in range(number))
    return message(patient(*devices, *(link("#pi") for _ in range(number)), *(link(f"#d{i}") for i in range(number))))


def contained_of_one_id(number):
    devices = '<contained><Device><id value="d"/></Device></contained>' * number
    return message(patient(devices, *(link("#d") for _ in range(number))))


def unresolved(number):
    return message(patient(*(link(f"urn:uuid:{each}") for each in range(number))))


def bundles(number):
    """
    Many Bundles beside each other, and in the first as many references that are in none of them.
    """
    inner = ('<Bundle><entry><fullUrl value="urn:uuid:x"/></entry></Bundle>' for _ in range(number))
    return message(*map(entry, inner), patient(*(link(f"urn:uuid:{each}") for each in range(number))))


def one_full_url(number):
    return message(*(patient(link("urn:uuid:p")) for _ in range(number)))


def one_id_in_many_versions(number):
    return message(*(patient('<id value="p"/>', link(f"Patient/p/_history/{each}"), url="") for each in range(number)))


def full_urls(number, *, distinct=True):
    return message(*(f'<entry><fullUrl value="urn:uuid:{each if distinct else 0}"/></entry>' for each in range(number)))


def doubled_full_urls(number):
    return full_urls(number, distinct=False)


def one_patient(number):
    """
    Many references to one resource that holds as many names and profiles.
    """
    names = '<name><family value="x"/></name>' * number
    profiles = "".join(f'<profile value="urn:{each}"/>' for each in range(number))
    observation = entry(f"<Observation>{link('urn:uuid:p') * number}</Observation>")
    return message(observation, patient(f"<meta>{profiles}</meta>", names))


LINKS = "/f:Bundle/f:entry/f:resource/f:Observation/f:link"


@pytest.mark.parametrize(
    ("rule", "make", "size"),
    [
        pytest.param(RESOLVE, contained, 250, id="contained resources and references to them"),
        pytest.param(RESOLVE, contained_of_one_id, 500, id="contained resources of one id"),
        pytest.param(RESOLVE, unresolved, 1_500, id="references to nothing"),
        pytest.param(RESOLVE, bundles, 500, id="references to nothing, among many Bundles"),
        pytest.param(RESOLVE, one_full_url, 500, id="entries of one fullUrl"),
        pytest.param(RESOLVE, one_id_in_many_versions, 500, id="entries of one id in many versions"),
        pytest.param(
            f"each: {ENTRIES}, check: {{{FULL_URLS}: unique}}", full_urls, 1_000, id="the same check at every node"
        ),
        pytest.param(
            f"each: {ENTRIES}, check: {{{FULL_URLS}: unique}}", doubled_full_urls, 500, id="the same check, failing"
        ),
        pytest.param(
            f"each: {ENTRIES}, check: {{any-of: [{{./f:link: present}}, {{{FULL_URLS}: unique}}]}}",
            doubled_full_urls,
            500,
            id="the same check as an alternative, failing",
        ),
        pytest.param(
            f"each: {ENTRIES}, check: {{./f:fullUrl: present}},"
            f" when: {{any-of: [{{./f:link: present}}, {{{FULL_URLS}: unique}}]}}",
            full_urls,
            500,
            id="the same check in when",
        ),
        pytest.param(
            f'each: {ENTRIES}, check: {{test: "count({FULL_URLS}[@value]) > 0 and not({ENTRIES}/f:link)"}}',
            full_urls,
            1_000,
            id="the same test at every node",
        ),
        pytest.param(
            f"each: {LINKS}, check: {{./f:other: {{refers-to: {{where: {{./f:name/f:family: {{count: 1..*}}}}}}}}}}",
            one_patient,
            500,
            id="where of one resource",
        ),
        pytest.param(
            f"each: {LINKS}, check: {{./f:other: {{refers-to: {{profile: urn:none}}}}}}",
            one_patient,
            1_000,
            id="profiles of one resource",
        ),
    ],
)
def test_four_times_the_size_is_not_sixteen_times_the_work(tmp_path, rule, make, size):
    """
    The time of a message of four times the size, against that of the smaller one: quadratic work takes 16 times.
    """
    plan = compile_pack(load_pack(write_pack(tmp_path, f"rules: [{{id: R, text: It is so., {rule}}}]\n")))

    assert _seconds(plan, make(4 * size)) < 9 * _seconds(plan, make(size)) + 0.02


def _seconds(plan, data):
    """
    Processor time of the rules, the best of three.
    """
    best = float("inf")
    for _ in range(3):
        parsed = parse(Source("m.xml", data))
        gc.collect()
        before = time.process_time()
        (judgement,) = evaluate(plan, parsed, interaction="letter")
        assert judgement.outcome in ("pass", "fail")
        assert len(judgement.faults) < 100_000
        best = min(best, time.process_time() - before)
    return best


def test_references_deep_in_a_resource_cost_no_more(tmp_path):
    """
    What is around a reference is gone through once, not once for each reference.
    """
    plan = compile_pack(load_pack(write_pack(tmp_path, f"rules: [{{id: R, text: It is so., {RESOLVE}}}]\n")))
    references = link("#d") * 3_000
    device = '<contained><Device><id value="d"/></Device></contained>'
    shallow, deep = (message(patient(device, "<part>" * depth, references, "</part>" * depth)) for depth in (1, 200))

    assert _seconds(plan, deep) < 2.5 * _seconds(plan, shallow) + 0.02


@pytest.mark.parametrize(
    "rule",
    [
        pytest.param(f"check: {{{FULL_URLS}: unique}}", id="check"),
        pytest.param(f"check: {{any-of: [{{./f:link: present}}, {{{FULL_URLS}: unique}}]}}", id="alternative"),
        pytest.param(
            f"when: {{any-of: [{{./f:link: present}}, {{{FULL_URLS}: unique}}]}}, check: {{./f:fullUrl: present}}",
            id="when",
        ),
    ],
)
def test_what_is_the_same_at_every_node_is_asked_once(tmp_path, monkeypatch, rule):
    """
    A check that is not relative to the node of `each` runs once a message.
    """
    plan = compile_pack(load_pack(write_pack(tmp_path, f"rules: [{{id: R, text: So., each: {ENTRIES}, {rule}}}]\n")))
    asked = []
    plain = Unique.wrong

    def counted(self, nodes, scope, *, anyone):
        asked.append(len(nodes))
        return plain(self, nodes, scope, anyone=anyone)

    monkeypatch.setattr(Unique, "wrong", counted)
    (judgement,) = evaluate(plan, parse(Source("m.xml", full_urls(50))), interaction="letter", request=NO_REQUEST)

    assert (judgement.outcome, asked) == ("pass", [50])


def test_what_a_selector_follows_is_looked_up_once(tmp_path, monkeypatch):
    """
    An XPath that begins at followed references and is asked at every node resolves each of them once.
    """
    selectors = f"selectors: {{followed: {{follow: {PATIENTS}/f:link/f:other}}}}\n"
    rule = f'{{id: R, text: So., each: {ENTRIES}, check: {{test: "count($followed) >= count(./f:fullUrl)"}}}}'
    plan = compile_pack(load_pack(write_pack(tmp_path, f"{selectors}rules: [{rule}]\n")))
    resolved = []
    plain = nodes.resolve

    def counted(message, node):
        resolved.append(node)
        return plain(message, node)

    monkeypatch.setattr(nodes, "resolve", counted)
    data = message(*(patient(link(f"urn:uuid:{each}"), url=f"urn:uuid:{each}") for each in range(20)))
    (judgement,) = evaluate(plan, parse(Source("m.xml", data)), interaction="letter")

    assert (judgement.outcome, len(resolved)) == ("pass", 20)
