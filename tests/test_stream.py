"""
`itk3 validate --stream`: a process at the other end of a pipe, which answers each message at once.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import signal
import subprocess
import sys
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itk3_validator import Source, Validator
from itk3_validator.adapters import clock
from itk3_validator.adapters.cli import main
from itk3_validator.adapters.streaming.frame import LARGEST_REST, Broken, Frame
from itk3_validator.adapters.streaming.length import by_length as read_lengths
from itk3_validator.adapters.streaming.lines import by_line as read_lines
from itk3_validator.inputs.entries import Unreadable
from itk3_validator.report import json_v1
from sample_messages import ROOT, VALID
from slow_pack import entries, write_slow
from streams import FRAMES, Stream, by_length, by_line, told

REPORT = (VALID / "gpcm-sd-oc-primary.xml").read_bytes()
RESPONSE = (VALID / "gpcm-sd-oc-infrastructure-response.xml").read_bytes()
WRONG = (ROOT / "samples/invalid/GPCM-SD-OC-143.xml").read_bytes()
PRIMARY = {"recipient": "primary"}
READERS = {"length": read_lengths, "ndjson": read_lines}
HEADER = "a frame has to begin with a line LENGTH [REQUEST-LENGTH] [JSON object]"


@pytest.fixture(scope="module", params=FRAMES)
def framing(request):
    return request.param


@pytest.fixture(scope="module")
def stream(framing):
    """
    One process for many tests, as in an integration engine.
    """
    with Stream(framing, "--max-size", "1MB") as made:
        yield SimpleNamespace(asked=made.asked, frame=FRAMES[framing])


class TestAnswers:
    @pytest.mark.parametrize(
        ("message", "more"),
        [
            pytest.param(REPORT, {"facts": PRIMARY, "source": "a.xml"}, id="valid"),
            pytest.param(WRONG, {"facts": PRIMARY}, id="invalid"),
            pytest.param(REPORT, {}, id="no fact"),
            pytest.param(RESPONSE, {"request": REPORT, "interaction": "response"}, id="request"),
            pytest.param(b"<a/>", {"source": "J\u00f6rg \U0001f600\n"}, id="unrecognised"),
            pytest.param(b"", {}, id="empty"),
            pytest.param(b"<a", {"source": ""}, id="unreadable"),
        ],
    )
    def test_an_answer_is_a_line_of_the_report(self, stream, message, more):
        """
        The same as from Python, while the process waits for the next message.
        """
        answer = stream.asked(stream.frame(message, **more))
        stated = {key: value for key, value in more.items() if key != "source"}
        report = Validator().validate(Source(answer["source"], message), **stated)

        assert answer == json.loads(json_v1.line(report))
        assert answer["source"] == more.get("source", answer["source"])

    @pytest.mark.parametrize(
        ("stated", "reason"),
        [
            pytest.param(
                {"facts": {"recipien": "primary"}},
                "no pack declares the fact 'recipien'; did you mean 'recipient'?",
                id="fact",
            ),
            pytest.param(
                {"facts": {"recipient": "Jane"}}, "what is stated for the fact 'recipient' is none", id="value"
            ),
            pytest.param(
                {"interaction": "reports"}, "no pack knows the interaction 'reports'; did you mean", id="kind"
            ),
            pytest.param({"fact": {}}, "the frame has the key 'fact'; did you mean 'facts'?", id="key"),
            pytest.param({"\x1b" * 999: "1"}, "the frame has the key '\\\\x1b", id="long-key"),
            pytest.param({"facts": ["a"]}, "'facts' of the frame is no object of texts", id="list"),
            pytest.param({"facts": {"recipient": 1}}, "'facts' of the frame is no object of texts", id="number"),
            pytest.param({"source": 7}, "'source' of the frame is no text", id="name"),
        ],
    )
    def test_what_nobody_knows_costs_one_message(self, stream, stated, reason):
        """
        An error line for that message; what is stated is not repeated. The next one is judged.
        """
        answer = stream.asked(stream.frame(REPORT, **stated))
        after = stream.asked(stream.frame(REPORT, facts=PRIMARY, source=None))

        assert (answer["verdict"], answer["pack"], answer["results"]) == ("error", None, [])
        assert answer["reason"]["text"].startswith(reason)
        assert "Jane" not in answer["reason"]["text"]
        assert after["verdict"] == "valid"

    @pytest.mark.parametrize(
        ("message", "request_", "verdict", "reason"),
        [
            pytest.param(b"<" * 1_000_001, None, "unreadable", "the message is larger than 1,000,000", id="message"),
            pytest.param(RESPONSE, b"<" * 1_000_001, "error", "the request is larger than 1,000,000", id="request"),
            pytest.param(b"<" * 9_000_000, None, "unreadable", "", id="far-too-large"),
            pytest.param(b"PK\x03\x04" + b"x" * 9, None, "unreadable", "this is a compressed file", id="compressed"),
        ],
    )
    def test_what_is_not_read_costs_one_message(self, stream, message, request_, verdict, reason):
        answer = stream.asked(stream.frame(message, request_))
        after = stream.asked(stream.frame(RESPONSE))

        assert answer["verdict"] == verdict
        assert answer["reason"]["text"].startswith(reason)
        assert "larger" in answer["reason"]["text"] or "compressed" in answer["reason"]["text"]
        assert (after["verdict"], after["digest"]) == ("undecided", hashlib.sha256(RESPONSE).hexdigest())

    # What is sent to it is as wild as Hypothesis can make it; the processes are those of the fixture all the time.
    @given(
        message=st.one_of(
            st.binary(max_size=200).map(b"<".__add__), st.sampled_from([REPORT, RESPONSE, b"<a/>\n{}\n12\n"])
        ),
        request=st.none() | st.binary(max_size=50),
        stated=st.fixed_dictionaries(
            {},
            optional={
                "source": st.text(max_size=20),
                "facts": st.dictionaries(st.sampled_from(["recipient", "x"]), st.text(max_size=9), max_size=2),
                "interaction": st.sampled_from(["report", "x", "\n"]),
            },
        ),
    )
    @settings(max_examples=150, deadline=None)
    def test_any_message_has_its_answer(self, stream, message, request, stated):
        """
        Whatever bytes it has, also line ends and frames: one answer, and that of this message.
        """
        answer = stream.asked(stream.frame(message, request, **stated))

        assert answer["digest"] == hashlib.sha256(message).hexdigest()
        assert answer["source"] == stated.get("source", answer["source"])


class TestFraming:
    @pytest.mark.parametrize(
        ("framing", "rest", "reason"),
        [
            ("length", b"12", "the input ends in the first line of a frame"),
            ("length", b"12\n<a/>", "the input ends in the middle of a frame"),
            ("length", b"12 9\n<a/>        <a/>", "the input ends in the middle of a frame"),
            ("length", b"<a/>\n<a/>\n", HEADER),
            ("length", b"-1\n", HEADER),
            ("length", b"\n", HEADER),
            ("length", b"4\r\n<a/>", HEADER),
            ("length", b"4  4\n<a/><a/>", HEADER),
            ("length", b"4 []\n<a/>", HEADER),
            ("length", b"9" * 16 + b"\n", HEADER),
            ("length", "٤\n<a/>".encode(), HEADER),
            ("length", b"1" * LARGEST_REST + b"1\n", "the first line of a frame is longer than 65,536 bytes"),
            ("ndjson", b'{"message": "<a', "the input ends in the middle of a line"),
            ("ndjson", b"\xff", "the input ends in the middle of a line"),
        ],
        ids=lambda each: None if isinstance(each, str) and " " in each else repr(each)[:30],
    )
    def test_lost(self, framing, rest, reason):
        """
        When nobody can tell where the next frame begins, an error line says why, and the process ends with status 5.
        """
        first = FRAMES[framing](RESPONSE)
        with Stream(framing) as stream:
            answers, err, status = stream.ended(first + rest + (b"" if reason.startswith("the input") else first))

        assert [told(each) for each in answers[1:]] == [("<stdin>!/2", "error", reason)]
        assert (answers[0]["verdict"], err, status) == ("undecided", "", 5)

    @pytest.mark.parametrize(
        ("line", "reason"),
        [
            (b"<a/>", "the frame is no JSON object in UTF-8"),
            (b"[]", "the frame is no JSON object"),
            (b"7" * 5_000, "the frame is no JSON object in UTF-8"),
            (b"[" * 60_000, "the frame is no JSON object in UTF-8"),
            (b'{"message": "\xe9"}', "the frame is no JSON object in UTF-8"),
            (b"{}", "the frame has no 'message'"),
            (b'{"message": null}', "the frame has no 'message'"),
            (b'{"message": 1}', "'message' of the frame is no text"),
            (b'{"message": "Jane Doe"}', "'message' of the frame is neither XML nor base64"),
            (b'{"message": "PGEvPg=="  , "request": "PGEvPg="}', "'request' of the frame is neither XML nor base64"),
            (b'{"message": "\xc3\xa9"}', "'message' of the frame is neither XML nor base64"),
            (
                b'{"message": "<a/>", "source": "%s"}' % (b"x" * LARGEST_REST),
                "the frame holds more than 65,536 bytes beside its messages",
            ),
            (b'{"message": "<a/>", "message": "<b/>"}', "the frame has a key twice"),
            (b'{"message": "<a/>", "facts": {"a": "1", "a": "2"}}', "the frame has a key twice"),
        ],
        ids=lambda each: None if isinstance(each, str) else repr(each)[:40],
    )
    def test_a_broken_line_costs_itself(self, line, reason):
        """
        The next line is the next frame.
        """
        found = list(read_lines(io.BytesIO(line + b"\n" + by_line(b"<a/>")), 1_000))

        assert found == [
            Broken("<stdin>!/1", reason),
            Frame(Source("<stdin>!/2", b"<a/>"), {}, None, None),
        ]

    @pytest.mark.parametrize(
        ("text", "data"),
        [
            ("<a>é</a>", "<a>é</a>".encode()),
            ('<?xml version="1.0" encoding="ISO-8859-1"?><a>é</a>', None),
            ("\ufeff <a/>", "\ufeff <a/>".encode()),
            ("<\ud800/>", b"<\xed\xa0\x80/>"),
            ("", b""),
        ],
    )
    def test_a_message_as_text(self, text, data):
        """
        It is judged in the encoding that it declares.
        """
        (found,) = read_lines(io.BytesIO(json.dumps({"message": text}).encode() + b"\n"), 1_000)

        assert found.entry.data == (text.encode("latin-1") if data is None else data)

    def test_blank_lines_are_no_frames(self):
        """
        They are not counted, and the last line needs no end.
        """
        found = list(read_lines(io.BytesIO(b"\n \r\n" + by_line(b"<a/>") + b"\r\n" + by_line(b"<b/>").strip()), 99))

        assert [each.entry for each in found] == [Source("<stdin>!/1", b"<a/>"), Source("<stdin>!/2", b"<b/>")]

    @pytest.mark.parametrize("framing", FRAMES)
    @given(
        messages=st.lists(
            st.tuples(
                st.binary(max_size=30).map(b"<".__add__),
                st.none() | st.binary(max_size=9),
                st.fixed_dictionaries({}, optional={"source": st.text(max_size=9), "interaction": st.text(max_size=9)}),
            ),
            max_size=5,
        ),
        cut=st.integers(0, 10_000),
    )
    def test_frames_come_as_they_were_sent(self, framing, messages, cut):
        """
        All of them from a whole stream; from one that is cut those before the cut, and one that says so.
        """
        frames = [FRAMES[framing](message, request, **stated) for message, request, stated in messages]
        whole = list(READERS[framing](io.BytesIO(b"".join(frames)), 1_000))
        sent = b"".join(frames)[:cut]
        found = list(READERS[framing](io.BytesIO(sent), 1_000))

        assert [(each.entry.name, each.entry.data, each.request, each.interaction) for each in whole] == [
            (stated.get("source", f"<stdin>!/{number}"), message, request, stated.get("interaction"))
            for number, (message, request, stated) in enumerate(messages, start=1)
        ]
        complete = [each for each in found if isinstance(each, Frame)]
        assert complete == whole[: len(complete)]
        ends = [sum(map(len, frames[:number])) for number in range(len(frames) + 1)]
        lacks = 1 if framing == "ndjson" else 0  # the line feed of the last line may be cut off
        if len(sent) in ends or len(sent) + lacks in ends:
            assert len(found) == len(complete)
        else:
            assert found[len(complete) :] == [Broken(found[-1].name, found[-1].reason, lost=True)]

    @pytest.mark.parametrize("framing", FRAMES)
    @given(data=st.binary(max_size=300) | st.text("0123456789 {}[]\"':,\nmesag<\\", max_size=60).map(str.encode))
    @settings(max_examples=300)
    def test_any_bytes_are_a_stream(self, framing, data):
        """
        Frames and reasons come out of it; what is lost is lost for good, and nothing is made up.
        """
        found = list(READERS[framing](io.BytesIO(data), 100))

        assert all(not each.lost for each in found[:-1] if isinstance(each, Broken))
        assert all(re.fullmatch(r"<stdin>!/[0-9]+", each.name) for each in found if isinstance(each, Broken))

    @pytest.mark.parametrize("framing", FRAMES)
    def test_what_is_too_large_is_passed_over_in_pieces(self, framing):
        """
        Never are more bytes asked for at once than a frame may have.
        """
        asked = []

        class Watched(io.BytesIO):
            def read(self, size=-1):
                asked.append(size)
                return super().read(size)

            def readline(self, size=-1):
                asked.append(size)
                return super().readline(size)

        frame = FRAMES[framing]
        found = list(READERS[framing](Watched(frame(b"x" * 30_000_000) + frame(b"<a/>")), 2_000_000))

        assert [type(each.entry) for each in found] == [Unreadable, Source]
        assert found[0].entry.too_large
        assert max(asked) <= 2 * 2_000_000 + LARGEST_REST + 1
        assert min(asked) > 0


class TestCommand:
    @pytest.fixture
    def run(self, monkeypatch, capfdbinary):
        """
        Runs `itk3 validate --stream length` over frames; the answers, standard error and the exit status.
        """

        def run(data, *options):
            monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
            status = main(["validate", "--stream", "length", *map(str, options)])
            out, err = capfdbinary.readouterr()
            return [json.loads(each) for each in out.splitlines()], err.decode(), status

        return run

    @pytest.mark.parametrize(
        ("messages", "status"),
        [
            pytest.param([], 4, id="nothing"),
            pytest.param([REPORT], 0, id="valid"),
            pytest.param([REPORT, WRONG, b"<"], 1, id="invalid"),
            pytest.param([REPORT, b"<"], 3, id="unreadable"),
            pytest.param([b"<a/>"], 4, id="unrecognised"),
        ],
    )
    def test_the_status(self, run, messages, status):
        """
        At the end of the input, the status of `itk3 validate` over the same messages.
        """
        answers, err, ended = run(b"".join(map(by_length, messages)), "--fact", "recipient=primary")

        assert (len(answers), err, ended) == (len(messages), "", status)

    def test_what_a_frame_states_goes_before_the_settings(self, run):
        """
        Fact by fact; without a word in the frame the settings hold.
        """
        frames = by_length(REPORT, facts={"recipient": "copy"}) + by_length(REPORT)
        answers, _, _ = run(frames, "--fact", "recipient=primary", "--interaction", "report")
        alone = Validator().validate(Source("<stdin>!/1", REPORT), facts={"recipient": "copy"}, interaction="report")

        assert answers[0] == json.loads(json_v1.line(alone))
        assert (answers[0]["verdict"], answers[1]["verdict"]) == ("invalid", "valid")
        assert answers[1]["recognised_by"] == answers[0]["recognised_by"]

    def test_only_ignore_and_names(self, run):
        """
        What is asked for all messages holds here as well.
        """
        frame = by_length(WRONG, source="Jane Doe.xml", facts=PRIMARY)
        asked = ["--ignore", "GPCM-SD-OC-143", "--source-names", "hash"]
        (ignored,), _, _ = run(frame, *asked)
        (only,), _, _ = run(frame, "--only", "GPCM-SD-OC-142")
        (broken,), _, _ = run(by_length(WRONG, source="Jane Doe.xml", facts={"x": "y"}), *asked)

        assert (ignored["verdict"], ignored["counts"]["waived"]) == ("valid", 1)
        assert ignored["source"] == broken["source"]
        assert ignored["source"].startswith("sha256:")
        assert [each["id"] for each in only["results"]] == ["GPCM-SD-OC-142"]

    def test_a_waiver_ends_on_its_day(self, run, tmp_path, monkeypatch):
        """
        Also when the process goes on.
        """
        days = iter([date(2031, 3, 30), date(2031, 3, 31), date(2031, 4, 1)])
        monkeypatch.setattr(clock, "today", lambda: next(days))
        waivers = tmp_path / "waivers.yaml"
        waivers.write_text(
            "waivers:\n  - {rule: GPCM-SD-OC-143, reason: mended in release 4, owner: A. Lee, expires: 2031-03-31}\n",
            encoding="utf-8",
        )
        answers, err, status = run(2 * by_length(WRONG, facts=PRIMARY), "--waivers", waivers)

        assert [each["verdict"] for each in answers] == ["valid", "invalid"]
        assert (err, status) == ("", 1)

    @pytest.mark.parametrize(
        ("options", "told"),
        [
            (["m.xml"], "--stream reads messages from standard input, so none can be named"),
            (["--format", "text"], "--stream answers in lines of JSON on standard output; leave --format out"),
            (["--format", "ndjson:a"], "--stream answers in lines of JSON on standard output; leave --format out"),
            (["--fact", "x=y"], "no pack declares the fact 'x'; known are"),
        ],
    )
    def test_a_wrong_command_reads_nothing(self, run, options, told):
        """
        Status 2, before the first message.
        """
        answers, err, status = run(by_length(REPORT), *options)

        assert (answers, status) == ([], 2)
        assert err.startswith(f"itk3: {told}")

    def test_no_message(self, capsys):
        """
        Without --stream something has to be named.
        """
        assert main(["validate", "--quiet"]) == 2
        assert capsys.readouterr().err == "itk3: no message is named; name a file, a folder, or - for standard input\n"

    def test_ndjson_may_be_asked_for(self, run):
        """
        It is what comes.
        """
        assert run(by_length(RESPONSE), "--format", "ndjson")[2] == 0

    def test_a_crash_costs_one_message(self, run, monkeypatch):
        """
        The kind of exception is told, and nothing of what it says.
        """
        validate = Validator.validate

        def crashes(self, message, **given):
            if getattr(message, "data", b"") == b"<a/>":
                raise ValueError("Jane Doe")
            return validate(self, message, **given)

        monkeypatch.setattr(Validator, "validate", crashes)
        answers, err, status = run(by_length(b"<a/>") + by_length(RESPONSE))

        assert told(answers[0]) == ("<stdin>!/1", "error", "it could not be judged (ValueError)")
        assert (answers[1]["verdict"], err, status) == ("undecided", "", 3)


def test_the_example_of_the_documents(tmp_path):
    """
    The line for a shell in docs/stream.md, run by one.
    """
    text = (ROOT / "docs" / "stream.md").read_text(encoding="utf-8")
    (line,) = re.findall(r"^    (\{ printf .*)$", text, re.MULTILINE)
    (tmp_path / "a.xml").write_bytes(REPORT)
    done = subprocess.run(
        ["sh", "-c", line.replace("itk3 ", f"{sys.executable} -m itk3_validator ")],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT / "engine")},
        capture_output=True,
        check=True,
    )

    assert told(json.loads(done.stdout)) == ("a.xml", "valid", None)


def test_a_message_that_takes_too_long(tmp_path):
    """
    With --time-limit it is answered as an error, and the stream goes on.
    """
    pack = write_slow(tmp_path)
    with Stream("length", "--pack", pack, "--time-limit", "2") as stream:
        answers = [stream.asked(by_length(entries(number))) for number in (2, 60_000, 3)]
        unknown = stream.asked(by_length(entries(2), facts={"x": "y"}))
        rest, err, status = stream.ended()

    assert [each["verdict"] for each in answers] == ["valid", "error", "valid"]
    assert told(answers[1])[2] == "it took longer than the time limit"
    assert told(unknown)[2].startswith("no pack declares the fact 'x'")
    assert (rest, err, status) == ([], "", 3)


@pytest.mark.parametrize("options", [[], ["--time-limit", "60"]], ids=["here", "in another process"])
def test_it_is_stopped(options):
    """
    By an interrupt while it waits, and by a reader who has gone: each has its status, and nothing else is told.
    """
    with Stream("length", *options) as stream:
        stream.asked(by_length(b"<a/>"))
        stream.process.send_signal(signal.SIGINT)
        interrupted = stream.ended()
    with Stream("length", *options) as stream:
        stream.asked(by_length(b"<a/>"))
        stream.process.stdout.close()
        stream.process.stdout = None
        _, err = stream.process.communicate(by_length(b"<a/>"))

    assert interrupted == ([], "itk3: interrupted\n", 130)
    assert (err, stream.process.returncode) == (b"", 141)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from /proc")
@pytest.mark.long
@pytest.mark.parametrize("framing", FRAMES)
def test_memory_does_not_grow(framing):
    """
    Over messages each of which is another one.
    """
    frame = FRAMES[framing]
    memory = []
    with Stream(framing, "--fact", "recipient=primary") as stream:
        for number in range(6_000):
            message = REPORT.replace(b"PREFIX", b"%d" % number).replace(b"</Bundle>", b"<!-- %d --></Bundle>" % number)
            assert stream.asked(frame(message))["verdict"] == "valid"
            if number in {2_000, 5_999}:
                memory.append(resident(stream.process.pid))

    assert memory[1] - memory[0] < 4_000


def resident(process):
    """
    Kilobytes of memory that a process holds.
    """
    status = Path(f"/proc/{process}/status").read_text(encoding="ascii")
    return int(re.search(r"VmRSS:\s+([0-9]+)", status)[1])
