"""
The baseline: what an earlier report knows does not fail again; only what is new does.
"""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from accepted import BAD, GOOD, OPTIONS, lay_out, validate
from itk3_validator import CallInvalid, Source, Validator, Verdict
from itk3_validator.adapters import clock
from itk3_validator.adapters.cli import main
from itk3_validator.report import json_v1
from itk3_validator.report.json_v1_schema import SCHEMA
from itk3_validator.workshop.accepted import baseline

HEADER = "tiny 1.0.0, interaction note, the pack was named"
NOTE = '<note><text value="yes"/></note>'
REMEDY = "; name a report written with --format json:FILE"


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(clock, "today", lambda: date(2030, 6, 15))
    lay_out(tmp_path)


def put(name: str, text: str) -> None:
    Path(name).write_text(text, encoding="utf-8")


def record(*arguments: str, to: str = "base.json") -> dict:
    main(("validate", *arguments, *OPTIONS, "--format", f"json:{to}"))
    document = json.loads(Path(to).read_text(encoding="utf-8"))
    assert list(Draft202012Validator(SCHEMA).iter_errors(document)) == []
    return document


def notes(*values: str) -> str:
    """
    A message whose notes have these texts.
    """
    made = "\n  ".join(NOTE.replace("yes", each) for each in values)
    return GOOD.replace(f"{NOTE}\n  {NOTE}", made)


class TestKnown:
    def test_nothing_new(self, capsys):
        """
        The failure is waived, counted, and listed with --verbose.
        """
        record("bad.xml")

        assert validate(capsys, "bad.xml", "--baseline", "base.json") == (
            0,
            f"bad.xml: {HEADER}; 0 of 1 clues\nbad.xml: valid: 1 waived, 2 passed, 1 not applicable\n",
            "",
        )
        assert (
            "bad.xml:2:16: WAIVED T-1 The event is T1.\n"
            "  event is 'T2'; expected 'T1'.\n"
            "  waived:   known since the baseline (base.json)\n"
        ) in validate(capsys, "bad.xml", "--baseline", "base.json", "--verbose")[1]

    def test_something_new(self, capsys):
        """
        Another requirement of the same message fails.
        """
        record("bad.xml")
        put("bad.xml", BAD.replace('"yes"', '"no"', 1))
        status, out, _ = validate(capsys, "bad.xml", "--baseline", "base.json")

        assert (status, "FAIL T-1" in out, "bad.xml:5:15: FAIL T-4" in out) == (1, False, True)

    def test_another_message(self, capsys):
        """
        What one message may do, another may not.
        """
        record("bad.xml")
        put("other.xml", BAD.replace("copy", "another"))

        assert validate(capsys, "other.xml", "--baseline", "base.json")[0] == 1

    @pytest.mark.parametrize("name", ["./bad.xml", "moved/bad.xml"])
    def test_the_same_message_elsewhere(self, capsys, name):
        """
        The same bytes are the same message, whatever they are called.
        """
        record("bad.xml")
        Path("moved").mkdir()
        put(name, BAD)

        assert validate(capsys, name, "--baseline", "base.json")[0] == 0

    def test_the_same_name_with_other_bytes(self, capsys):
        """
        A message of the same name is its next version.
        """
        record("./bad.xml")
        put("bad.xml", BAD.replace("copy", "another"))

        assert validate(capsys, "bad.xml", "--baseline", "base.json")[0] == 0

    def test_undecided_then_failed(self, capsys):
        """
        What could not be decided then and fails now is new.
        """
        main(("validate", "good.xml", "--pack", "./tiny", "--format", "json:base.json"))
        put("good.xml", GOOD.replace("copy", "x"))
        undecided = ("validate", "good.xml", "--pack", "./tiny", "--fail-on", "undecided", "--baseline", "base.json")

        assert main(undecided) == 0
        assert main((*undecided, "--fact", "recipient=copy")) == 1

    def test_a_message_that_cannot_be_read(self, capsys):
        """
        No requirement was asked of it, so there is nothing to know.
        """
        put("cut.xml", "<Bundle>")
        record("cut.xml")

        assert validate(capsys, "cut.xml", "--baseline", "base.json")[0] == 3


class TestPlaces:
    @pytest.mark.parametrize(
        ("before", "after", "status"),
        [
            pytest.param(("no", "yes"), ("no", "yes"), 0, id="the-same"),
            pytest.param(("no", "yes"), ("yes", "no"), 0, id="moved"),
            pytest.param(("no", "yes"), ("yes", "yes", "yes", "no"), 0, id="moved-by-others"),
            pytest.param(("no", "no"), ("no", "yes"), 0, id="fewer"),
            pytest.param(("no", "yes"), ("no", "no"), 1, id="one-more"),
            pytest.param(("no", "yes"), ("never", "yes"), 0, id="another-value"),
            pytest.param(("yes", "yes"), ("no", "yes"), 1, id="first"),
        ],
    )
    def test_as_often_as_before(self, capsys, before, after, status):
        """
        A place may move, but one more is new.
        """
        put("m.xml", notes(*before))
        record("m.xml")
        put("m.xml", notes(*after))

        assert validate(capsys, "m.xml", "--baseline", "base.json")[0] == status

    def test_known_and_new_places(self, capsys):
        """
        The rule fails at what is new, which is told first; the rest is marked.
        """
        put("m.xml", notes("no", "yes"))
        record("m.xml")
        put("m.xml", notes("no", "no"))

        assert validate(capsys, "m.xml", "--baseline", "base.json")[1] == (
            f"m.xml: {HEADER}; 1 of 1 clues: event\n"
            "m.xml:6:15: FAIL T-4 Every note says yes.\n"
            "  text is 'no'; expected 'yes'.\n"
            "  expected: 'yes'\n"
            "  found:    no\n"
            "  at:       /f:Bundle/f:entry/f:resource/f:MessageHeader/f:note[2]/f:text/@value\n"
            '        6 |   <note><text value="no"/></note>\n'
            "          |               ^\n"
            "m.xml:5:15: FAIL T-4 also here, known since the baseline\n"
            "  expected: 'yes'\n"
            "  found:    no\n"
            "  at:       /f:Bundle/f:entry/f:resource/f:MessageHeader/f:note[1]/f:text/@value\n"
            '        5 |   <note><text value="no"/></note>\n'
            "          |               ^\n"
            "m.xml: invalid: 1 failed, 2 passed, 1 not applicable\n"
        )

    def test_the_next_baseline(self, capsys):
        """
        A report written with a baseline knows what that one knew, and what was new.
        """
        put("m.xml", notes("no", "yes"))
        record("m.xml")
        put("m.xml", notes("no", "no"))
        document = record("m.xml", "--baseline", "base.json", to="next.json")
        (failed,) = [each for each in document["messages"][0]["results"] if each["outcome"] == "fail"]
        assert [each.get("known") for each in failed["findings"]] == [True, None]
        record("m.xml", "--baseline", "next.json", to="last.json")
        capsys.readouterr()

        assert validate(capsys, "m.xml", "--baseline", "next.json")[0] == 0
        assert validate(capsys, "m.xml", "--baseline", "last.json")[0] == 0


class TestWithWaivers:
    def test_a_waiver_goes_first(self, capsys):
        """
        It has an owner and a last day.
        """
        record("bad.xml")
        put("w.yaml", "waivers: [{rule: T-1, reason: r, owner: o, expires: 2031-01-01}]")
        out = validate(capsys, "bad.xml", "--baseline", "base.json", "--waivers", "w.yaml")[1]

        assert "waived:   r; o until 2031-01-01 (w.yaml:1)" in out

    @pytest.mark.parametrize("option", [("--waivers", "w.yaml"), ("--ignore", "T-1")])
    def test_what_was_waived_is_not_known(self, capsys, option):
        """
        Else a waiver would outlive its last day in the baseline.
        """
        put("w.yaml", "waivers: [{rule: T-1, reason: r, owner: o, expires: 2031-01-01}]")
        record("bad.xml", *option)

        assert validate(capsys, "bad.xml", "--baseline", "base.json")[0] == 1


class TestMistakes:
    @pytest.mark.parametrize(
        ("data", "why"),
        [
            pytest.param(b"", "it is no JSON: line 1, column 1: Expecting value", id="empty"),
            pytest.param(b"<Bundle/>", "it is no JSON: line 1, column 1: Expecting value", id="xml"),
            pytest.param(
                b'{"report": 1,\n',
                "it is no JSON: line 2, column 1: Expecting property name enclosed in double quotes",
                id="cut",
            ),
            pytest.param(b'"\xff"', "it is no JSON: its bytes are not UTF-8", id="bytes"),
            pytest.param(
                b"[" * 200_000, "it is no JSON that a report could be: numbers too long, or nested too deep", id="deep"
            ),
            pytest.param(
                b"1" * 5_000, "it is no JSON that a report could be: numbers too long, or nested too deep", id="number"
            ),
            pytest.param(b"[]", "it is JSON, but no report of itk3", id="list"),
            pytest.param(b"{}", "it is JSON, but no report of itk3", id="nothing"),
            pytest.param(b'{"report": true}', "it is JSON, but no report of itk3", id="true"),
            pytest.param(b'{"report": 2}', "it is a report of version 2, and this itk3 reads version 1", id="version"),
            pytest.param(b'{"report": 1}', "it is no whole report: messages is missing", id="messages"),
            pytest.param(
                b'{"report": 1, "messages": {}}', "it is no report of itk3: messages is of another kind", id="kind"
            ),
            pytest.param(
                b'{"report": 1, "messages": [1]}', "it is no whole report: messages[0].source is missing", id="message"
            ),
            pytest.param(
                b'{"report": 1, "messages": [{"source": "a", "digest": "", "pack": null, "results": [{"id": "T-1"}]}]}',
                "it is no whole report: messages[0].results[0].outcome is missing",
                id="result",
            ),
            pytest.param(
                b'{"report": 1, "messages": [{"source": "a", "digest": "", "pack": null, '
                b'"results": [{"id": "T-1", "outcome": "lost", "findings": []}]}]}',
                "it is no report of itk3: messages[0].results[0].outcome is no outcome",
                id="outcome",
            ),
            pytest.param(
                b'{"report": 1, "messages": [{"source": "a", "digest": "", "pack": null, '
                b'"results": [{"id": "T-1", "outcome": "fail", "findings": [{"xpath": 3}]}]}]}',
                "it is no report of itk3: messages[0].results[0].findings[0].xpath is of another kind",
                id="finding",
            ),
        ],
    )
    def test_what_is_no_report(self, capsys, data, why):
        """
        One sentence, and no message is judged.
        """
        Path("base.json").write_bytes(data)

        assert validate(capsys, "bad.xml", "--baseline", "base.json") == (
            2,
            "",
            f"itk3: the baseline base.json cannot be used: {why}{REMEDY}\n",
        )

    @pytest.mark.parametrize(
        ("name", "told"),
        [
            ("no.json", "itk3: --baseline no.json cannot be read: No such file or directory\n"),
            ("tiny", "itk3: --baseline tiny cannot be read: Is a directory\n"),
            ("large.json", "itk3: --baseline large.json is larger than 1,000 bytes, the most that is read\n"),
        ],
    )
    def test_files_that_cannot_be_read(self, capsys, monkeypatch, name, told):
        """
        One sentence.
        """
        monkeypatch.setattr(baseline, "LARGEST", 1_000)
        Path("large.json").write_bytes(b" " * 1_001)

        assert validate(capsys, "bad.xml", "--baseline", name) == (2, "", told)

    def test_a_report_never_overwrites_the_baseline(self, capsys):
        """
        Else what is new would be known at the next run, and nobody would have looked at it.
        """
        record("bad.xml")

        assert validate(capsys, "bad.xml", "--baseline", "base.json", "--format", "json:./base.json") == (
            2,
            "",
            "itk3: --format: base.json is to be read, so no report can be written over it\n",
        )


class TestLibrary:
    def test_without_the_command_line(self):
        """
        From the text of a report to another report.
        """
        validator = Validator([Path("tiny")])
        report = validator.validate(Source("bad.xml", BAD.encode()), facts={"recipient": "primary"})
        known = baseline.read_baseline("then", json_v1.render([report], tool_version="0").encode())

        assert baseline.apply(report, known).verdict is Verdict.VALID
        assert report.verdict is Verdict.INVALID

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
    def test_encodings(self, encoding):
        """
        What a shell made of the report is read as well.
        """
        text = json_v1.render([], tool_version="0")

        assert baseline.read_baseline("then", text.encode(encoding)) == baseline.Baseline("then", {}, {})

    def test_too_many_bytes(self, monkeypatch):
        """
        The bound holds for every caller.
        """
        monkeypatch.setattr(baseline, "LARGEST", 10)
        with pytest.raises(CallInvalid) as caught:
            baseline.read_baseline("then", b" " * 11)

        assert str(caught.value) == (
            f"the baseline then cannot be used: it has more than 10 bytes, the most that is read{REMEDY}"
        )
