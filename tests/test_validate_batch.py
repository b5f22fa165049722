"""
The unit of work of a batch says of every message what `validate` says.
"""

from __future__ import annotations

import pickle
from datetime import date, datetime
from functools import partial
from hashlib import blake2b, sha256

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from benchmarks.make_archive import named, plan
from itk3_validator import BatchSettings, CallInvalid, Source, Validator, Verdict, validate_batch
from itk3_validator.archive.keys import keys_of
from itk3_validator.archive.places import PLACES
from itk3_validator.batch import judging
from itk3_validator.batch.columns import instant
from itk3_validator.batch.judging import Given, Judge
from itk3_validator.batch.rows import JUDGED, LETTERS
from itk3_validator.batch.told import Told
from itk3_validator.pack.marked import Mark
from itk3_validator.report.chosen import chosen
from itk3_validator.workshop.accepted import waivers
from itk3_validator.workshop.accepted.waivers import Waiver
from sample_messages import INVALID, VALID, changed, text, validator

SAMPLES = sorted([*VALID.glob("*.xml"), *INVALID.glob("*.xml")])
PRIMARY = text("gpcm-sd-oc-primary").encode()
FAILING = changed("gpcm-sd-oc-primary", ('<extension url="BusAckRequested">', '<extension url="Bus">'))
FLAGS = {"true": True, "false": False}


def batch_of(*messages, **columns):
    return pa.record_batch({"message": pa.array(messages, pa.binary()), **columns})


def one(*messages, settings=None, **columns):
    """
    The rows of what comes out.
    """
    out = validate_batch(batch_of(*messages, **columns), settings or BatchSettings())
    out.validate(full=True)
    return out.to_pylist()


def test_what_a_message_says_fills_no_column():
    """
    Names and values of any length take 1,000 characters at most in the tables, and different ones remain different.
    """
    long = "x" * 1_000
    values = [long, long + "x", long + "y", "x" * 2_000_000]
    sent = [PRIMARY.replace(b"821207a9-a4ba-41dc-a7a2-d9bb5342f4da", each.encode()) for each in values]
    names = [*values[1:], "a.xml"]
    told = one(*sent, settings=BatchSettings(packs=("gpcm-sd-oc",)), source=names)
    references, sources = ([row[name] for row in told] for name in ("sender_reference", "source"))

    assert references[0] == long
    assert sources[3] == "a.xml"
    assert references[1:] == sources[:3]
    assert len(set(references)) == 4
    assert max(map(len, references)) == 1_000
    assert references[1][:903] == "x" * 900 + "..."


def test_every_sample_is_judged_as_one_by_one():
    """
    Verdict, outcomes, counts, findings and digest of each sample are those of its report.
    """
    names = [each.name for each in SAMPLES]
    judged = one(*(each.read_bytes() for each in SAMPLES), source=names)
    reports = [validator().validate(Source(each.name, each.read_bytes())) for each in SAMPLES]

    assert [each["source"] for each in judged] == names
    for row, report in zip(judged, reports, strict=True):
        results = [each for each in report.results if each.outcome not in ("pass", "not-applicable")]
        assert (row["verdict"], row["pack"], row["interaction"], row["digest"]) == (
            report.verdict,
            report.pack,
            report.interaction,
            report.digest,
        )
        assert (row["outcomes"] or "") == "".join(LETTERS[each] for each in report.outcomes.values())
        assert [(each["rule"], each["says"], each["xpath"], each["line"]) for each in row["findings"]] == [
            (each.id, each.message, place.xpath if place else None, place.line if place else None)
            for each in results
            for place in each.findings or (None,)
        ]
        assert row["errors"] == sum(each.outcome == "fail" and each.severity == "error" for each in results)
        assert row["undecided"] == sum(each.outcome == "undecided" for each in results)


OC, TO_PRIMARY = ("gpcm-sd-oc",), (("recipient", "primary"),)
WAIVER = Waiver(
    "GPCM-SD-OC-145", "r", "o", date(2199, 1, 1), None, None, None, "*[0-4].xml", Mark("waivers.yaml", 1, 1)
)


@pytest.mark.parametrize(
    "settings",
    [
        pytest.param(BatchSettings(packs=OC, facts=TO_PRIMARY), id="gpcm-sd-oc"),
        pytest.param(BatchSettings(), id="all packs"),
        pytest.param(BatchSettings(packs=OC, only=frozenset({"GPCM-SD-OC-145", "GPCM-SD-OC-155"})), id="only"),
        pytest.param(BatchSettings(packs=OC, ignore=frozenset({"GPCM-SD-OC-145", "GPCM-SD-OC-155"})), id="ignore"),
        pytest.param(BatchSettings(packs=OC, waivers=(WAIVER,), today=date(2026, 1, 1)), id="waivers"),
        pytest.param(
            BatchSettings(packs=OC, waivers=(WAIVER,), today=date(2026, 1, 1), ignore=frozenset({"GPCM-SD-OC-155"})),
            id="waivers and ignore",
        ),
    ],
)
def test_an_archive_has_the_rows_of_plain_reports(settings):
    """
    What is shared among messages that are alike changes no row: of findings, of columns, of keys.
    """
    validator = Validator(settings.packs, remember=False)
    keys = keys_of(validator.packs)
    found = [Given(name, data) for name, data in named(plan(250, seed=7), seed=7)]
    judged = Judge(settings, keys=keys, secret=b"0" * 16)(found).to_pylist()

    assert sum(bool(each["findings"]) for each in judged) > 10
    for row, each in zip(judged, found, strict=True):
        plain = validator.validate(Source(each.source, each.data), facts=dict(settings.facts))
        waived = waivers.apply(plain, settings.waivers, settings.today, name=each.source)
        report = chosen(waived, only=settings.only, ignore=settings.ignore)
        assert [tuple(finding.values()) for finding in row["findings"]] == list(plain_rows(report))
        assert [tuple(key.values()) for key in row["keys"]] == list(plain_keys(plain, keys, b"0" * 16))
        assert (row["verdict"], row["undecided"]) == (report.verdict, report.counts["undecided"])
        assert (row["outcomes"] or "") == "".join(LETTERS[each] for each in report.outcomes.values())
        for column, place in PLACES.items() if plain.pack else ():
            value = next((each for each in plain.values_at([place])[place] if each), None)
            assert row[column] == (FLAGS.get(value) if column.endswith("requested") else value)


def plain_rows(report):
    """
    The rows of `findings`, from every result.
    """
    for each in report.results:
        told = (report.pack, each.id, each.outcome, each.level, each.severity, each.message)
        if each.outcome not in ("pass", "not-applicable"):
            for place in each.findings:
                yield (*told, place.xpath, place.line, place.column, place.expected, [*place.found], place.masked)
            if not each.findings:
                yield (*told, None, None, None, None, None, None)


def plain_keys(report, keys, secret):
    """
    The rows of `keys`: what is not plain, and not blank, as a hash.
    """
    for each in keys if report.pack else ():
        for value in report.values_at([each.name])[each.name]:
            blank = value is not None and not value.strip()
            hide = value is not None and not blank and not each.plain
            digest = blake2b(value.encode(), key=secret, digest_size=16).hexdigest() if hide else None
            yield each.name, digest or ("" if blank else value)


def test_the_columns_of_a_message():
    """
    A request and a response fill the columns that they have something for.
    """
    request, response = one(PRIMARY, text("gpcm-sd-oc-business-response").encode())
    names = JUDGED.names[JUDGED.names.index("message_id") : JUDGED.names.index("errors")]

    assert {name: request[name] for name in names} == {
        "message_id": "17179771-0164-4613-b674-13e0c0fdde4d",
        "response_identifier": None,
        "response_status": None,
        "sender": "8ZX41",
        "sender_endpoint": "8ZX41OT001",
        "sender_reference": "821207a9-a4ba-41dc-a7a2-d9bb5342f4da",
        "event": "ITK007C",
        "response_code": None,
        "timestamp": "2024-03-12T09:42:00+00:00",
        "instant": datetime(2024, 3, 12, 9, 42),  # noqa: DTZ001  # UTC without saying so
        "document_id": "02460364-d7ed-4a8a-ba92-c765e14d0475",
        "bus_ack_requested": True,
        "inf_ack_requested": True,
    }
    assert (response["response_identifier"], response["response_status"], response["response_code"]) == (
        request["message_id"],
        "ok",
        "30001",
    )


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2024-03-12T10:05:47+01:00", datetime(2024, 3, 12, 9, 5, 47)),  # noqa: DTZ001
        ("2024-03-12T10:05:47Z", datetime(2024, 3, 12, 10, 5, 47)),  # noqa: DTZ001
        ("2024-03-12T10:05:47+00:00", datetime(2024, 3, 12, 10, 5, 47)),  # noqa: DTZ001
        ("2024-03-12T10:05:47.25-00:00", datetime(2024, 3, 12, 10, 5, 47, 250_000)),  # noqa: DTZ001
        ("2024-03-12T10:05:47.5Z", datetime(2024, 3, 12, 10, 5, 47, 500_000)),  # noqa: DTZ001
        ("2024-03-12T10:05:47", None),
        ("2024-02-30T10:05:47Z", None),
        ("2024-03-12T10:05:47Z+00:00", None),
        ("20240312T100547Z", None),
        ("2024-03-12", None),
        ("0001-01-01T00:00:00+14:00", None),
        ("", None),
        (None, None),
    ],
)
def test_instants(written, read):
    """
    An instant is told in UTC; what is none is null.
    """
    assert instant(written) == read


@pytest.mark.parametrize(
    ("message", "columns", "told"),
    [
        pytest.param(None, {}, ("unreadable", "there is no message", None), id="null"),
        pytest.param(None, {"unreadable": ["a bomb"]}, ("unreadable", "a bomb", None), id="unreadable"),
        pytest.param(b"", {}, ("unreadable", "the message is empty", sha256().hexdigest()), id="empty"),
        pytest.param(b"<Bundle/>", {}, ("unrecognised", None, sha256(b"<Bundle/>").hexdigest()), id="unrecognised"),
    ],
)
def test_what_is_not_judged(message, columns, told):
    """
    It has a row like any other, with the reason and the digest of what was received.
    """
    (row,) = one(message, **columns)

    assert (row["verdict"], row["digest"]) == (told[0], told[2])
    assert told[1] is None or row["reason"] == told[1]
    assert (row["pack"], row["outcomes"], row["findings"], row["errors"]) == (None, None, [], 0)


def test_lost_messages_are_errors():
    """
    What ended its process is not looked at again, and says why; the others are judged.
    """
    lost = Given("a", None, instead=Verdict.ERROR, reason="it ended its process (signal 11)")
    first, second = Judge()([lost, Given("b", PRIMARY)]).to_pylist()

    assert (first["verdict"], first["reason"], first["digest"], first["source"]) == (
        "error",
        "it ended its process (signal 11)",
        None,
        "a",
    )
    assert second["verdict"] == "undecided"


def test_a_crash_of_the_engine_costs_one_message(monkeypatch):
    """
    An exception while a message is judged is told without its text.
    """
    prepare = Validator._prepare

    def crash(look, source):
        if source.name == "b":
            raise KeyError("Jane Doe")
        return look(source)

    monkeypatch.setattr(Validator, "_prepare", lambda self, **said: partial(crash, prepare(self, **said)))
    rows = Judge()([Given("a", PRIMARY), Given("b", PRIMARY)]).to_pylist()

    assert [each["verdict"] for each in rows] == ["undecided", "error"]
    assert rows[1]["reason"] == "it could not be judged (KeyError)"


def test_a_crash_while_places_are_worked_out_costs_one_message(monkeypatch):
    """
    It is an error with no finding, whichever message it is of those that are worked out together.
    """
    rows = Told.rows

    def crash(told, report):
        if report.source == "b":
            raise KeyError("Jane Doe")
        return rows(told, report)

    monkeypatch.setattr(Told, "rows", crash)
    found = Judge()([Given(name, FAILING) for name in "abc"]).to_pylist()

    assert [(each["verdict"], bool(each["findings"]), bool(each["outcomes"])) for each in found] == [
        ("invalid", True, True),
        ("error", False, False),
        ("invalid", True, True),
    ]
    assert (found[1]["reason"], found[1]["digest"]) == ("it could not be judged (KeyError)", found[0]["digest"])


def test_parts_are_told_as_they_begin():
    """
    Every message is announced before it is asked for; so is that there may be another, what is told later of those
    that failed, and the end.
    """
    begun = []
    Judge()([Given("a", PRIMARY), Given("b", FAILING), Given("c", None), Given("d", FAILING)], begun.append)

    assert begun == [0, 1, 2, 3, 4, 1, 3, -1]


def test_little_waits_to_be_told(monkeypatch):
    """
    What waits for its places is worked out when it is many bytes, and then the next is announced again.
    """
    monkeypatch.setattr(judging, "_MOST_HELD", len(FAILING) + 1)
    begun = []
    found = Judge()([Given(name, FAILING) for name in "abc"], begun.append)

    assert begun == [0, 1, 0, 1, 2, 3, 2, -1]
    assert found.column("findings").to_pylist() == Judge()([Given("a", FAILING)] * 3).column("findings").to_pylist()


@pytest.mark.parametrize(
    ("settings", "columns", "verdict"),
    [
        pytest.param({}, {}, "undecided", id="nothing-stated"),
        pytest.param({"facts": (("recipient", "primary"),)}, {}, "valid", id="for-all"),
        pytest.param({}, {"fact_recipient": ["primary"]}, "valid", id="for-each"),
        pytest.param({"facts": (("recipient", "copy"),)}, {"fact_recipient": ["primary"]}, "valid", id="each-wins"),
        pytest.param({"facts": (("recipient", "primary"),)}, {"fact_recipient": [None]}, "valid", id="null-is-silent"),
        pytest.param({}, {"recipient": ["primary"]}, "undecided", id="another-column"),
        pytest.param({"only": frozenset({"GPCM-SD-OC-143"})}, {}, "valid", id="only"),
        pytest.param({"packs": ("itk3-message",)}, {}, "valid", id="pack"),
        pytest.param({}, {"fact_recipient": ["Jane Doe"]}, "error", id="a-value-that-no-pack-allows"),
    ],
)
def test_settings(settings, columns, verdict):
    """
    What is stated holds for all messages, or for the one in whose row it stands.
    """
    (row,) = one(PRIMARY, settings=BatchSettings(**settings), **columns)

    assert row["verdict"] == verdict


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        pytest.param({"source": ["a"]}, "the batch has no column 'message'", id="no-messages"),
        pytest.param(
            {"message": [PRIMARY], "fact_mood": ["good"]}, "no pack declares the fact 'mood'", id="unknown-fact"
        ),
        pytest.param({"message": [1]}, "the column 'message' holds int64; it has to be binary or text", id="numbers"),
        pytest.param(
            {"message": [PRIMARY], "source": [1]}, "the column 'source' holds int64; it has to be text", id="source"
        ),
        pytest.param(
            {"message": [PRIMARY], "fact_recipient": [b"copy"]},
            "the column 'fact_recipient' holds binary; it has to be text",
            id="binary-fact",
        ),
    ],
)
def test_calls_that_cannot_be_meant(columns, told):
    """
    A mistake of the caller is told, and not taken for one of the messages.
    """
    with pytest.raises(CallInvalid) as wrong:
        validate_batch(pa.record_batch(columns))

    assert str(wrong.value).startswith(told)


@pytest.mark.parametrize(
    "kind",
    [
        pa.binary(),
        pa.large_binary(),
        pa.string(),
        pa.large_string(),
        pa.binary_view(),
        pa.dictionary(pa.int32(), pa.binary()),
    ],
)
def test_any_type_of_bytes_will_do(kind):
    """
    Engines differ in how they hold bytes.
    """
    out = validate_batch(pa.record_batch({"message": pa.array([PRIMARY], pa.binary()).cast(kind)}))

    assert out.column("verdict").to_pylist() == ["undecided"]


def test_masking():
    """
    Values of places that are not safe are masked, unless they are asked for.
    """
    message = changed("gpcm-sd-oc-primary", ('<family value="', '<family value=" Doe" nonsense="'))
    masked, shown = (one(message, settings=BatchSettings(show_values=show))[0] for show in (False, True))

    assert "Doe" not in str(masked)
    assert len(masked["findings"]) == len(shown["findings"])


def test_it_pickles():
    """
    Bound to its settings it can be sent to another process, and says the same there.
    """
    judge = partial(validate_batch, settings=BatchSettings(packs=("gpcm-sd-oc",), facts=(("recipient", "primary"),)))
    sent = pickle.loads(pickle.dumps(judge))

    assert sent(batch_of(PRIMARY)).equals(judge(batch_of(PRIMARY)))
    assert pickle.loads(pickle.dumps(Judge()))([Given("message 0", PRIMARY)]).equals(validate_batch(batch_of(PRIMARY)))


def test_a_judge_that_has_judged_pickles():
    """
    What it has seen stays where it is.
    """
    used = Judge()
    told = [used([Given("message 0", each)]) for each in (PRIMARY, FAILING)]
    sent = pickle.loads(pickle.dumps(used))

    assert [sent([Given("message 0", each)]) for each in (PRIMARY, FAILING)] == told


def test_threads_get_the_judge_they_ask_for(monkeypatch):
    """
    Settings that another thread asks for at the same time change nothing.
    """

    class Between(list):
        def insert(self, at, made):
            super().insert(at, made)
            super().insert(at, Judge(BatchSettings(packs=("itk3-message",))))

    monkeypatch.setattr(judging, "_judges", Between())
    out = validate_batch(batch_of(PRIMARY), BatchSettings(packs=("gpcm-sd-oc",)))

    assert out["pack"].to_pylist() == ["gpcm-sd-oc"]


def test_an_empty_batch():
    """
    No message, no row; the columns are there.
    """
    assert validate_batch(batch_of()).schema == JUDGED


def test_names_can_be_hidden():
    """
    With hashed names no row holds the name.
    """
    (row,) = one(PRIMARY, source=["jane-doe.xml"], settings=BatchSettings(hash_names=True, today=date(2026, 1, 1)))

    assert row["source"].startswith("sha256:")
    assert "jane" not in str(row)


@hypothesis_settings(deadline=None)
@given(st.lists(st.one_of(st.none(), st.binary(max_size=200), st.just(PRIMARY)), max_size=6))
def test_any_bytes_have_a_row(messages):
    """
    Whatever the bytes are, there is one row for each, in their order.
    """
    rows = one(*messages)

    assert [each["bytes"] for each in rows] == [None if each is None else len(each) for each in messages]
