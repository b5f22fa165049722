"""
What embedders rely on: always a report, frozen, shared between threads, pickled, closed, and never a value too many.
"""

from __future__ import annotations

import gc
import hashlib
import json
import pickle
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from itk3_validator import (
    CallInvalid,
    Limits,
    Outcome,
    PackNotFound,
    Report,
    Source,
    Validator,
    Verdict,
    load_pack,
)
from itk3_validator.message import Message
from itk3_validator.report import json_v1
from itk3_validator.report import text as text_report
from sample_messages import INVALID, VALID, changed, fields, result, text, validator, written

PRIMARY = {"recipient": "primary"}
REPORT = VALID / "gpcm-sd-oc-primary.xml"
RESPONSE = VALID / "gpcm-sd-oc-business-response.xml"
FAILS = INVALID / "GPCM-SD-OC-143.xml"


# what goes in


@pytest.mark.parametrize(
    ("message", "source"),
    [
        pytest.param(REPORT.read_bytes(), "message", id="bytes"),
        pytest.param(bytearray(REPORT.read_bytes()), "message", id="bytearray"),
        pytest.param(memoryview(REPORT.read_bytes()), "message", id="memoryview"),
        pytest.param(REPORT, str(REPORT), id="Path"),
        pytest.param(str(REPORT), str(REPORT), id="path as text"),
        pytest.param(Source("inbox/7", REPORT.read_bytes()), "inbox/7", id="Source"),
    ],
)
def test_every_form_of_a_message(message, source):
    """
    Bytes, a path, or bytes with a name: the same report but for the name.
    """
    report = validator().validate(message, facts=PRIMARY)
    same = fields(validator().validate(REPORT, facts=PRIMARY))

    assert fields(report) == {**same, "source": source}
    assert report.digest == hashlib.sha256(REPORT.read_bytes()).hexdigest()


@pytest.mark.parametrize(
    "request_",
    [
        pytest.param(REPORT.read_bytes(), id="bytes"),
        pytest.param(REPORT, id="Path"),
        pytest.param(str(REPORT), id="path as text"),
        pytest.param(Source("r", REPORT.read_bytes()), id="Source"),
    ],
)
def test_every_form_of_a_request(request_):
    """
    A request comes in the same forms.
    """
    report = validator().validate(RESPONSE, request=request_)

    assert (str(report.verdict), report.pack, report.outcomes["GPCM-SD-OC-155"]) == ("valid", "gpcm-sd-oc", "pass")


@pytest.mark.parametrize("kind", [Path, str])
def test_a_file_that_cannot_be_read_is_unreadable(tmp_path, kind):
    """
    There is always a report: a path that leads nowhere, or to a folder, is a verdict too.
    """
    missing = validator().validate(kind(tmp_path / "missing.xml"))
    folder = validator().validate(kind(tmp_path))

    assert [(str(each.verdict), each.reason) for each in (missing, folder)] == [
        ("unreadable", "the file cannot be read: No such file or directory"),
        ("unreadable", "the file cannot be read: Is a directory"),
    ]
    assert missing.digest == hashlib.sha256().hexdigest()


@pytest.mark.parametrize("name", ["a\0b", "a\ud800b"], ids=["null", "surrogate"])
def test_a_name_that_no_file_can_have_is_unreadable(name):
    """
    Nor does such a name raise an exception.
    """
    report = validator().validate(name)

    assert (str(report.verdict), report.reason) == ("unreadable", "the file cannot be read: no file can be called so")


def test_a_request_that_cannot_be_read_leaves_open_what_needs_it(tmp_path):
    """
    The message itself is still judged.
    """
    report = validator().validate(RESPONSE, request=tmp_path / "missing.xml", interaction="response")
    undecided = [each.message for each in report.results if str(each.outcome) == "undecided"]

    assert undecided
    assert set(undecided) == {"the request cannot be read: the file cannot be read: No such file or directory"}


@pytest.mark.parametrize("argument", ["message", "request"])
def test_a_message_given_as_text_is_refused_and_not_quoted(argument):
    """
    Text is taken for a path; a whole message in the exception's text would land in logs.
    """
    call = {"message": b"<a/>", argument: "<Patient><name value='Smith'/></Patient>"}

    with pytest.raises(CallInvalid) as raised:
        validator().validate(**call)

    assert str(raised.value) == f"the {argument} is given as text; give its bytes, or a path"


@pytest.mark.parametrize(
    ("data", "reason", "line", "column"),
    [
        pytest.param(b"", "the message is empty", None, None, id="empty"),
        pytest.param(b"{}", "not XML: there is no tag where the first one should be", 1, 1, id="JSON"),
        pytest.param(
            b"<a>\n <b></a>",
            "not well-formed XML: the tag 'b' opened at line 2 is closed by 'a'",
            2,
            5,
            id="tags",
        ),
        pytest.param(
            b'<?xml version="1.0"?>\n<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
            "the message has a DOCTYPE, which FHIR does not allow; leave it out",
            2,
            1,
            id="DOCTYPE",
        ),
        pytest.param(
            b"<a>\xff</a>",
            "a byte that the encoding of the message does not allow; "
            "declare the encoding that it is in, or write UTF-8",
            1,
            4,
            id="encoding",
        ),
    ],
)
def test_an_unreadable_message_is_a_verdict(tmp_path, data, reason, line, column):
    """
    Why and where; nothing was judged; the digest is that of the bytes, also where they came from a file.
    """
    path = tmp_path / "m.xml"
    path.write_bytes(data)
    for message, source in ((data, "message"), (path, str(path)), (Source("s", data), "s")):
        assert fields(validator().validate(message)) == {
            "source": source,
            "digest": hashlib.sha256(data).hexdigest(),
            "pack": None,
            "pack_version": None,
            "pack_digest": None,
            "interaction": None,
            "recognised_by": "",
            "verdict": Verdict.UNREADABLE,
            "reason": reason,
            "line": line,
            "column": column,
            "counts": dict.fromkeys(Outcome, 0),
            "outcomes": {},
            "results": [],
        }


def test_the_digest_is_that_of_the_bytes_that_were_read(tmp_path):
    """
    A file that changes or goes after it was found unreadable does not change its report.
    """
    path = tmp_path / "m.xml"
    path.write_bytes(b"<a")
    report = validator().validate(path)
    path.unlink()

    assert report.digest == hashlib.sha256(b"<a").hexdigest()


def test_the_callers_buffer_may_be_used_again():
    """
    A bytearray that is written over after the call changes nothing in the report.
    """
    for data in (bytearray(REPORT.read_bytes()), bytearray(b"<a")):
        before = bytes(data)
        report = validator().validate(data)
        data[:] = b"x" * len(data)

        assert report.digest == hashlib.sha256(before).hexdigest()


def test_too_large_is_unreadable(tmp_path):
    """
    Beyond the limit a message is a verdict, however it comes; the digest is still its own.
    """
    small = Validator(packs=["itk3-message"], limits=Limits(message=100))
    path = tmp_path / "m.xml"
    path.write_bytes(b"<a>" + b" " * 200 + b"</a>")
    reports = [small.validate(each) for each in (path, str(path), path.read_bytes())]
    reason = "the message is larger than 100 bytes, the most that is read"

    assert [(str(each.verdict), each.reason) for each in reports] == [("unreadable", reason)] * 3
    assert {each.digest for each in reports} == {hashlib.sha256(path.read_bytes()).hexdigest()}
    assert [each.source for each in reports] == [str(path), str(path), "message"]


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        pytest.param(None, ("undecided", "undecided", "not-applicable"), id="none"),
        pytest.param({}, ("undecided", "undecided", "not-applicable"), id="empty"),
        pytest.param({"recipient": "primary"}, ("pass", "not-applicable", "not-applicable"), id="primary"),
        pytest.param({"recipient": "copy"}, ("not-applicable", "fail", "not-applicable"), id="copy"),
        pytest.param({"mailbox": "8ZX41OT001"}, ("undecided", "undecided", "pass"), id="mailbox"),
        pytest.param({"mailbox": "other"}, ("undecided", "undecided", "fail"), id="another mailbox"),
    ],
)
def test_facts_decide(facts, expected):
    """
    What is stated decides; what is not stays undecided, or does not apply where the pack says so; never a pass.
    """
    outcomes = validator().validate(REPORT, facts=facts).outcomes

    assert tuple(outcomes[f"GPCM-SD-OC-{number}"] for number in ("141", "142", "149/2")) == expected


def test_a_fact_may_be_stated_of_any_message():
    """
    What one pack declares is accepted whichever pack the message turns out to belong to.
    """
    report = validator().validate(VALID / "outpatient-letter-copy.xml", facts={"recipient": "copy", "mailbox": "x"})

    assert str(report.verdict) == "valid"


@pytest.mark.parametrize(
    ("packs", "error"),
    [
        pytest.param(
            ["gpcm-sd"], "there is no bundled pack and no folder 'gpcm-sd'; did you mean 'gpcm-sd-oc'?", id="unknown"
        ),
        pytest.param(
            ["gpcm-sd-oc", "gpcm-sd-oc"], "the pack 'gpcm-sd-oc' is asked for twice; name it once", id="twice"
        ),
    ],
)
def test_packs_that_are_not_there(packs, error):
    """
    A pack that is not there, or is there twice, is told when the validator is made.
    """
    with pytest.raises(PackNotFound) as raised:
        Validator(packs=packs)

    assert str(raised.value) == error


def test_a_pack_may_be_loaded_before():
    """
    A loaded pack judges as its name does.
    """
    loaded, named = Validator(packs=[load_pack("gpcm-sd-oc")]), validator("gpcm-sd-oc")

    assert fields(loaded.validate(FAILS, facts=PRIMARY)) == fields(named.validate(FAILS, facts=PRIMARY))


# the verdict

VERDICTS = """
facts: {known: {values: ["yes"]}}
interactions: {thing: {requires: {/f:Bundle: present}}}
rules:
  - {id: MUST, text: A., check: {/f:Bundle/f:must: present}}
  - {id: SHOULD, text: B., level: SHOULD, check: {/f:Bundle/f:should: present}}
  - {id: MAY, text: C., level: MAY, check: {/f:Bundle/f:may: present}}
  - {id: FACT, text: D., when: {/f:Bundle/f:fact: absent}, given: {known: "yes"}, check: {/f:Bundle: present}}
  - {id: CRASH, text: E., check: {/f:Bundle/f:crash: {count: 0..1, equals: x}}}
"""
CRASH = "<crash value='1'/>"
GOOD = "<must value='1'/><should value='1'/><may value='1'/><fact/>"


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory):
    """
    Judges with rules that pass, fail, stay undecided, or crash: the equals check of CRASH is replaced by one that does.
    """
    judging = Validator(packs=[written(tmp_path_factory.mktemp("packs"), "verdicts", VERDICTS)])
    (plan,) = judging._plans
    ask = next(each.check[0] for each in plan.rules if each.rule.id == "CRASH")
    object.__setattr__(ask, "check", Crashing())
    return judging


class Crashing:
    expected = "no crash"

    def wrong(self, value, node, scope):
        raise RuntimeError(f"a bug, with the value {value}")


@pytest.mark.parametrize(
    ("content", "verdict", "outcomes"),
    [
        pytest.param(GOOD, "valid", "pass pass pass not-applicable not-applicable", id="all pass"),
        pytest.param(
            "<should value='1'/><may value='1'/><fact/>",
            "invalid",
            "fail pass pass not-applicable not-applicable",
            id="a MUST fails",
        ),
        pytest.param(
            "<must value='1'/><fact/>", "valid", "pass fail fail not-applicable not-applicable", id="only SHOULD, MAY"
        ),
        pytest.param("<must value='1'/>", "undecided", "pass fail fail undecided not-applicable", id="no fact"),
        pytest.param(GOOD + CRASH, "error", "pass pass pass not-applicable error", id="a rule could not be run"),
        pytest.param(
            "<must value='1'/>" + CRASH, "error", "pass fail fail undecided error", id="could not be run, and undecided"
        ),
        pytest.param(CRASH, "invalid", "fail fail fail undecided error", id="could not be run, but a MUST failed"),
    ],
)
def test_the_verdict(verdicts, content, verdict, outcomes):
    """
    A failed MUST makes it invalid; else a rule that could not be run, error; else one undecided; SHOULD does not count.
    """
    report = verdicts.validate(f'<Bundle xmlns="http://hl7.org/fhir">{content}</Bundle>'.encode())

    assert str(report.verdict) == verdict
    assert dict(report.outcomes) == dict(zip(["MUST", "SHOULD", "MAY", "FACT", "CRASH"], outcomes.split(), strict=True))


def test_a_crash_is_told_without_what_the_message_says(verdicts):
    """
    The kind of the exception is kept, its text is not: it holds a value.
    """
    crashed = result(verdicts.validate(f'<Bundle xmlns="http://hl7.org/fhir">{CRASH}</Bundle>'.encode()), "CRASH")

    assert (crashed.message, crashed.findings) == ("the rule could not be run (RuntimeError)", ())


def test_an_undecided_result_says_what_would_decide_it(verdicts):
    """
    Its message names the fact and its values.
    """
    undecided = result(verdicts.validate(b'<Bundle xmlns="http://hl7.org/fhir"><id value="1"/></Bundle>'), "FACT")

    assert (undecided.message, undecided.findings) == ("state the fact 'known' (yes) to decide this", ())


# the report


@pytest.mark.parametrize("path", [REPORT, FAILS, RESPONSE], ids=lambda path: path.stem)
def test_counts_add_up(path):
    """
    All six outcomes are counted, and each result once.
    """
    report = validator().validate(path)

    assert list(report.counts) == list(Outcome)
    assert sum(report.counts.values()) == len(report.results) == len(report.outcomes)
    assert report.outcomes == {each.id: each.outcome for each in report.results}


@pytest.mark.parametrize("kind", ["report", "result"])
def test_nothing_in_a_report_can_be_set(kind):
    """
    No attribute of a report or a result can be set, deleted or added. The outcomes do not change; counts are their
    holder's.
    """
    report = validator().validate(FAILS, facts=PRIMARY)
    target = report if kind == "report" else report.results[0]
    names = [name for name in dir(target) if not name.startswith("__")]
    for name in [*names, "extra"]:
        with pytest.raises(AttributeError):
            setattr(target, name, None)
        with pytest.raises(AttributeError):
            delattr(target, name)
    before = fields(report)
    with pytest.raises(TypeError):
        report.outcomes.clear()
    report.counts.clear()

    assert fields(report) == before
    assert isinstance(report.results, tuple)


@pytest.mark.parametrize("path", [REPORT, FAILS, RESPONSE], ids=lambda path: path.stem)
def test_pickling_resolves_a_report(path):
    """
    What comes out is equal in every field, whether or not anyone looked before.
    """
    looked = fields(validator().validate(path, facts=PRIMARY))
    report = validator().validate(path, facts=PRIMARY)
    copy = pickle.loads(pickle.dumps(report))

    assert isinstance(copy, Report)
    assert fields(copy) == fields(report) == looked
    assert fields(pickle.loads(pickle.dumps(copy))) == looked


@pytest.mark.parametrize("data", [b"<a", b"<Bundle/>"], ids=["unreadable", "unrecognised"])
def test_pickling_a_report_without_results(data):
    """
    So do reports on messages that were not judged.
    """
    report = validator().validate(data)

    assert fields(pickle.loads(pickle.dumps(report))) == fields(validator().validate(data))


def test_a_single_result_pickles():
    """
    A result can be sent on its own.
    """
    failed = result(validator().validate(FAILS, facts=PRIMARY), "GPCM-SD-OC-143")
    copy = pickle.loads(pickle.dumps(failed))

    assert (copy.message, copy.findings, copy.excerpts) == (failed.message, failed.findings, failed.excerpts)


@pytest.mark.parametrize("packs", [(), ("gpcm-sd-oc",)], ids=["all", "one"])
def test_pickling_a_validator(packs):
    """
    The copy compiles its packs again and judges the same.
    """
    copy = pickle.loads(pickle.dumps(validator(*packs, show_values=True)))

    assert (copy.stated, copy.show_values, copy.limits) == (bool(packs), True, Limits())
    assert fields(copy.validate(FAILS, facts=PRIMARY)) == fields(
        validator(*packs, show_values=True).validate(FAILS, facts=PRIMARY)
    )


@pytest.mark.parametrize("name", ["gpcm-sd-oc", "itk3-acknowledgement", "itk3-message", "itk3-outpatient-letter"])
def test_pickling_a_pack(name):
    """
    A pack is plain data: its copy is equal and judges the same.
    """
    pack = load_pack(name)
    copy = pickle.loads(pickle.dumps(pack))

    assert copy == pack
    assert fields(Validator(packs=[copy]).validate(FAILS)) == fields(validator(name).validate(FAILS))


def messages_alive():
    gc.collect()
    return sum(isinstance(each, Message) for each in gc.get_objects())


@pytest.mark.parametrize("let_go", [Report.close, pickle.dumps], ids=["close", "pickle"])
@pytest.mark.parametrize("data", [FAILS.read_bytes(), RESPONSE.read_bytes(), b"<Bundle/>"], ids=["a", "b", "c"])
def test_closing_drops_the_message(let_go, data):
    """
    A closed report holds no message, neither its own nor the request's, and everything stays readable.
    """
    judging = validator("gpcm-sd-oc", show_values=True)
    looked = fields(judging.validate(data, request=REPORT))
    before = messages_alive()
    report = judging.validate(data, request=REPORT)
    kept = report.results
    open_ = messages_alive()
    let_go(report)

    assert open_ > before
    assert messages_alive() == before
    assert fields(report) == looked
    assert kept is report.results
    report.close()
    assert fields(report) == looked


def test_threads_share_a_validator():
    """
    Eight threads at once get the reports that one gets.
    """
    judging = validator()
    paths = sorted(VALID.glob("*.xml")) + sorted(INVALID.glob("GPCM-*.xml"))[:12]
    alone = [fields(judging.validate(each, facts=PRIMARY, request=REPORT)) for each in paths]
    start = threading.Barrier(8)

    def work(shift):
        start.wait()
        order = [*range(shift, len(paths)), *range(shift)]
        return {number: fields(judging.validate(paths[number], facts=PRIMARY, request=REPORT)) for number in order}

    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(work, range(8)))

    assert [[each[number] for number in range(len(paths))] for each in results] == [alone] * 8


def test_threads_share_a_report():
    """
    Eight threads that read one report, and some that close it, all read the same.
    """
    expected = fields(validator().validate(FAILS, facts=PRIMARY))
    start = threading.Barrier(8)

    def work(task):
        number, report = task
        start.wait()
        if number % 4 == 3:
            report.close()
        return fields(report)

    with ThreadPoolExecutor(8) as pool:
        for _ in range(20):
            report = validator().validate(FAILS, facts=PRIMARY)
            assert list(pool.map(work, [(number, report) for number in range(8)])) == [expected] * 8


def test_a_thread_that_closes_in_between_takes_nothing_away():
    """
    Whoever was about to work out what another thread has just worked out and let go of gets it all the same.
    """
    report = validator().validate(FAILS, facts=PRIMARY)
    expected = fields(validator().validate(FAILS, facts=PRIMARY))
    behind = report._behind

    class ClosedInBetween:
        def __getattr__(self, name):
            object.__setattr__(report, "_behind", behind)
            report.close()
            return getattr(behind, name)

    object.__setattr__(report, "_behind", ClosedInBetween())
    found = report.results

    assert [each.id for each in found] == [each["id"] for each in expected["results"]]
    assert fields(report) == expected


@pytest.mark.parametrize("path", [REPORT, FAILS, RESPONSE], ids=lambda path: path.stem)
def test_two_runs_agree(path):
    """
    Validators made apart write the same bytes, as text and as JSON.
    """

    def run():
        report = Validator().validate(path, request=REPORT)
        return json_v1.render([report], tool_version="1"), text_report.render_message(report, verbose=True)

    assert run() == run()


# what is shown

SECRET = "Fallowfield-7Q"
MASKS = """
facts: {holder: {}, kind: {values: [one, two-secret]}}
selectors:
  name: /f:Bundle/f:entry/f:resource/f:Patient/f:name/f:family
  alias: /f:Bundle/f:entry/f:resource/f:Patient/f:name/f:given
  id: {xpath: /f:Bundle/f:id, safe: true}
  link: {xpath: /f:Bundle/f:link, safe: true}
  owner: /f:Bundle/f:owner
interactions: {thing: {requires: {/f:Bundle: present}}}
rules:
  - {id: EQUALS, text: A., check: {name: {equals: Smith}}}
  - {id: ABSENT, text: A., check: {name: absent}}
  - {id: COUNT, text: A., check: {name: {count: "2"}}}
  - {id: PATTERN, text: A., check: {name: {matches: "[0-9]+"}}}
  - {id: FORMAT, text: A., check: {name: {format: date}}}
  - {id: LENGTH, text: A., check: {name: {length: 1..2}}}
  - {id: ONE-OF, text: A., check: {name: {one-of: [a, b]}}}
  - {id: SAME, text: A., check: {name: {same-as: alias}}}
  - {id: SAFE-SAME, text: A., check: {id: {same-as: name}}}
  - {id: FACT, text: A., check: {id: {same-as: fact.holder}}}
  - {id: TEST, text: A., check: {test: "$name/@value = $fact.holder"}}
  - {id: FORMED, text: A., check: {name: {equals: x}}, message: "{selector} was {found}, not {expected}{display}"}
  - {id: HEADER, text: A., check: {id: {equals: Smith}}}
  - {id: HEADER-FORMED, text: A., check: {id: {equals: x}}, message: "id {found}"}
  - id: WHERE
    text: A.
    check: {link: {refers-to: {resource: Patient, where: {"./f:name/f:family": {equals: Smith}}}}}
  - id: EACH
    text: A.
    each: /f:Bundle/f:entry/f:resource/f:Patient/f:name
    check: {"./f:family": {equals: Smith}}
  - {id: REFERENCE, text: A., check: {owner: {refers-to: {resource: Patient}}}}
  - {id: UNIQUE, text: A., check: {"/f:Bundle/f:twice": unique}}
  - {id: PASSES, text: A., check: {name: {equals: SECRET}}}
""".replace("SECRET", SECRET)
PATIENT = f"""<Bundle xmlns="http://hl7.org/fhir">
  <id value="Header-9"/>
  <link><reference value="Patient/1"/></link>
  <owner><reference value="{SECRET}"/></owner>
  <twice value="{SECRET}"/><twice value="{SECRET}"/>
  <entry><resource><Patient><id value="1"/>
    <name><family value="{SECRET}"/><given value="{SECRET}2"/></name><!-- {SECRET} -->
  </Patient></resource></entry>
</Bundle>""".encode()
HELD = "Held-5-Secret"
HOLDER = "the holder that the caller states"


@pytest.fixture(scope="module")
def masks(tmp_path_factory):
    """
    Rules over values that are safe and values that are not, by a pack that is trusted; with and without show_values.
    """
    folder = written(tmp_path_factory.mktemp("packs"), "masks", MASKS)
    return {show: Validator(packs=[folder], trust_packs=True, show_values=show) for show in (False, True)}


def everything(report):
    report.close()
    return json_v1.render([report], tool_version="1") + text_report.render_message(report, verbose=True)


def test_what_is_not_safe_is_nowhere(masks):
    """
    Values of places that are not safe appear in no finding, sentence, excerpt or text, however the rule failed.
    """
    report = masks[False].validate(PATIENT, facts={"holder": HELD})
    failed = {each.id for each in report.results if each.outcome == "fail"}

    assert failed == {each.id for each in report.results} - {"PASSES"}
    assert SECRET not in everything(report)
    assert SECRET not in repr(fields(report))


def test_what_was_stated_is_nowhere(masks):
    """
    The value of a fact appears nowhere, not even with show_values.
    """
    for judging in masks.values():
        report = judging.validate(PATIENT, facts={"holder": HELD, "kind": "two-secret"})

        assert report.outcomes["FACT"] == report.outcomes["TEST"] == "fail"
        assert HELD not in everything(report) + repr(fields(report))
        assert "two-secret" not in everything(report) + repr(fields(report))


@pytest.mark.parametrize(
    ("id", "masked", "shown"),
    [
        pytest.param(
            "EQUALS",
            ("name is ***; expected 'Smith'.", "'Smith'", ("***",), True),
            (f"name is '{SECRET}'; expected 'Smith'.", "'Smith'", (SECRET,), False),
            id="equals",
        ),
        pytest.param(
            "SAME",
            ("name is ***; expected ***.", "***", ("***",), True),
            (
                f"name is '{SECRET}'; expected '{SECRET}2' as in alias.",
                f"'{SECRET}2' as in alias",
                (SECRET,),
                False,
            ),
            id="same as a place that is not safe",
        ),
        pytest.param(
            "SAFE-SAME",
            ("id is 'Header-9'; expected ***.", "***", ("Header-9",), True),
            (f"id is 'Header-9'; expected '{SECRET}' as in name.", f"'{SECRET}' as in name", ("Header-9",), False),
            id="safe, the same as a place that is not",
        ),
        pytest.param(
            "FACT",
            (f"id is 'Header-9'; expected {HOLDER}.", HOLDER, ("Header-9",), False),
            (f"id is 'Header-9'; expected {HOLDER}.", HOLDER, ("Header-9",), False),
            id="fact",
        ),
        pytest.param(
            "HEADER",
            ("id is 'Header-9'; expected 'Smith'.", "'Smith'", ("Header-9",), False),
            ("id is 'Header-9'; expected 'Smith'.", "'Smith'", ("Header-9",), False),
            id="safe",
        ),
        pytest.param(
            "FORMED",
            ("name was ***, not 'x'", "'x'", ("***",), True),
            (f"name was '{SECRET}', not 'x'", "'x'", (SECRET,), False),
            id="a sentence of the rule's own",
        ),
        pytest.param(
            "HEADER-FORMED",
            ("id 'Header-9'", "'x'", ("Header-9",), False),
            ("id 'Header-9'", "'x'", ("Header-9",), False),
            id="safe, a sentence of the rule's own",
        ),
        pytest.param(
            "WHERE",
            ("link refers to a resource whose family is ***; expected 'Smith'.", "'Smith'", ("***",), True),
            (
                f"link refers to a resource whose family is '{SECRET}'; expected 'Smith'.",
                "'Smith'",
                (SECRET,),
                False,
            ),
            id="where on a safe reference, a target that is not",
        ),
        pytest.param(
            "EACH",
            ("family is ***; expected 'Smith'.", "'Smith'", ("***",), True),
            (f"family is '{SECRET}'; expected 'Smith'.", "'Smith'", (SECRET,), False),
            id="each",
        ),
    ],
)
def test_a_masked_finding_and_the_same_shown(masks, id, masked, shown):
    """
    The sentence, what was expected, what was found, and whether anything was masked.
    """
    for judging, expected in ((masks[False], masked), (masks[True], shown)):
        told = result(judging.validate(PATIENT, facts={"holder": HELD}), id)
        (finding,) = told.findings

        assert (told.message, finding.expected, finding.found, finding.masked) == expected


@pytest.mark.parametrize(
    ("id", "masked", "shown"),
    [
        pytest.param(
            "EQUALS",
            '    <name><family value="…"/><given value="…"/></name><!--…-->',
            f'    <name><family value="{SECRET}"/><given value="{SECRET}2"/></name><!-- {SECRET} -->',
            id="not safe",
        ),
        pytest.param("HEADER", '  <id value="Header-9"/>', '  <id value="Header-9"/>', id="safe"),
    ],
)
def test_the_source_line(masks, id, masked, shown):
    """
    The line of a finding shows the start tag of a safe place, and nothing else of the message.
    """
    lines = [result(masks[show].validate(PATIENT), id).excerpts[0].text for show in (False, True)]

    assert lines == [masked, shown]


@pytest.mark.parametrize(("show", "expected"), [(False, None), (True, SECRET)])
def test_what_a_pass_has_seen(masks, show, expected):
    """
    On a pass too, only safe values are told.
    """
    assert result(masks[show].validate(PATIENT), "PASSES").seen == expected


def test_a_pack_that_is_not_trusted_makes_nothing_safe(tmp_path):
    """
    `safe: true` of a pack that is not bundled is not believed unless the caller says so.
    """
    folder = written(tmp_path, "masks", MASKS)
    report = Validator(packs=[folder]).validate(PATIENT)

    assert result(report, "HEADER").findings[0].found == ("***",)
    assert "Header-9" not in everything(report)


def test_the_values_of_the_payload_are_masked_and_those_of_the_header_shown():
    """
    On a real letter: a date of the Composition is masked, a key of the handling extension is shown.
    """
    letter = changed("outpatient-letter-primary", ('<date value="', '<date value="Rose '), ('"FA"', '"FX"'))
    report = validator().validate(letter, facts=PRIMARY)
    failed = {each.id: each for each in report.results if each.outcome == "fail"}
    date = failed["CareConnect-ITK-OPL-Composition-1#Composition.date"]
    recipient = failed["Extension-ITK-MessageHandling-2#Extension.extension:RecipientType.value[x]"]

    assert (date.findings[0].found, date.excerpts[0].text.strip()) == (("***",), '<date value="…"/>')
    assert (recipient.findings[0].found, recipient.excerpts[0].text.strip()) == (("FX",), '<code value="FX"/>')
    assert "Rose" not in everything(report)


@pytest.mark.parametrize(
    ("template", "value", "expected"),
    [
        pytest.param("{found}", "{expected}", "'{expected}'", id="in a sentence of the rule's own"),
        pytest.param("{expected} {found}", "{found}{display}", "'x' '{found}{display}'", id="itself"),
        pytest.param("{found} {selector} {found}", "{selector}", "'{selector}' id '{selector}'", id="several"),
        pytest.param("{found}", "{found.__class__} {0} {}", "'{found.__class__} {0} {}'", id="what format() reads"),
        pytest.param(None, "{found}", "id is '{found}'; expected 'x'.", id="in a sentence made here"),
        pytest.param(None, "{expected} %s \\1", "id is '{expected} %s \\1'; expected 'x'.", id="other templates"),
    ],
)
def test_a_value_is_never_read_as_a_template(tmp_path, template, value, expected):
    """
    What a message says is put into a sentence once, and not looked at again.
    """
    message = f"message: {json.dumps(template)}, " if template else ""
    pack = written(
        tmp_path,
        "templates",
        f"""
selectors: {{id: {{xpath: /f:Bundle/f:id, safe: true}}}}
interactions: {{thing: {{requires: {{/f:Bundle: present}}}}}}
rules: [{{id: T, text: A., {message}check: {{id: {{equals: x}}}}}}]
""",
    )
    data = f'<Bundle xmlns="http://hl7.org/fhir"><id value="{value}"/></Bundle>'.encode()
    report = Validator(packs=[pack], trust_packs=True).validate(data)

    assert report.results[0].message == expected


# sentences


SENTENCES = """
interactions: {thing: {requires: {/f:Bundle: present}}}
rules:
  - {id: TWICE, text: A., check: {/f:Bundle/f:id: {present: true, count: 1..1}}}
  - {id: FORMED, text: A., each: /f:Bundle/f:entry, check: {./f:fullUrl: {equals: x}}, message: "{found} is wrong"}
  - {id: MANY, text: A., each: /f:Bundle/f:entry, check: {./f:fullUrl: {equals: x}}}
"""


def test_sentences_are_told_once_and_end(tmp_path):
    """
    What two checks say of one missing node is told once; sentences that stand together end with a full stop.
    """
    pack = written(tmp_path, "sentences", SENTENCES)
    entries = "".join(f'<entry><fullUrl value="{each}"/></entry>' for each in "abcde")
    data = f'<Bundle xmlns="http://hl7.org/fhir">{entries}</Bundle>'.encode()
    report = Validator(packs=[pack], show_values=True).validate(data)
    told = {each.id: (each.message, len(each.findings)) for each in report.results}

    assert told == {
        "TWICE": ("id is missing; expected a value.", 1),
        "FORMED": ("'a' is wrong. 'b' is wrong. 'c' is wrong. And 2 more.", 5),
        "MANY": (
            "fullUrl is 'a'; expected 'x'. fullUrl is 'b'; expected 'x'. fullUrl is 'c'; expected 'x'. And 2 more.",
            5,
        ),
    }


def test_a_message_that_is_wrong_in_many_places(tmp_path):
    """
    A hundred places are worked out, and how many there are is told.
    """
    pack = written(tmp_path, "sentences", SENTENCES)
    data = b'<Bundle xmlns="http://hl7.org/fhir">' + b"<entry/>" * 20_000 + b"</Bundle>"
    many = result(Validator(packs=[pack]).validate(data), "MANY")

    assert (many.message, len(many.findings), len(many.excerpts)) == (
        "fullUrl is missing; expected 'x'. These are the first 100 of 20,000 places.",
        100,
        100,
    )


def test_a_long_value_is_cut():
    """
    A value of 100,000 characters fills neither the sentence nor the finding.
    """
    report = validator("gpcm-sd-oc").validate(changed("gpcm-sd-oc-primary", ('"ITK007C"', f'"{"x" * 100_000}"')))
    event = result(report, "GPCM-SD-OC-150")

    assert event.findings[0].found == ("x" * 120 + "…",)
    assert len(event.message) < 500
    assert len(event.excerpts[0].text) == 120


def test_the_validator_shows_what_it_was_made_of():
    """
    The packs that were loaded are there to be read, in the order of their names.
    """
    assert [pack.name for pack in validator().packs] == [
        "gpcm-sd-oc",
        "itk3-acknowledgement",
        "itk3-message",
        "itk3-outpatient-letter",
    ]
    assert text("gpcm-sd-oc-primary").startswith("<?xml")


@pytest.mark.parametrize("packs", ["gpcm-sd-oc", Path("rules/gpcm-sd-oc")])
def test_one_pack_is_given_in_a_list(packs):
    with pytest.raises(CallInvalid, match=r"write packs=\['.*gpcm-sd-oc'\]"):
        Validator(packs)
