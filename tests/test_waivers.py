"""
Waivers: what somebody accepts until a day, told and not held against a message.
"""

from __future__ import annotations

import json
import pickle
import re
import textwrap
from datetime import date
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from accepted import BAD, GOOD, OPTIONS, lay_out, validate
from itk3_validator import Outcome, Source, Validator, Verdict
from itk3_validator.adapters import clock
from itk3_validator.adapters.cli import main
from itk3_validator.errors import WaiversInvalid
from itk3_validator.report.json_v1_schema import SCHEMA
from itk3_validator.workshop.accepted import waivers
from itk3_validator.workshop.accepted.file import read_waivers

SAMPLE = Path(__file__).parent.parent / "samples" / "valid" / "gpcm-sd-oc-primary.xml"
KEYS = "rule, reason, owner, expires, pack, interaction, sender, source"
LIST = "begin with a key such as 'waivers:' and put the list below it"
TODAY = date(2030, 6, 15)
HEADER = "good.xml: tiny 1.0.0, interaction note, the pack was named; 1 of 1 clues: event\n"
BAD_HEADER = "bad.xml: tiny 1.0.0, interaction note, the pack was named; 0 of 1 clues\n"
T_1 = "{rule: T-1, reason: mended in release 4, owner: A. Lee, expires: 2030-06-15}"


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(clock, "today", lambda: TODAY)
    lay_out(tmp_path)


def written(*entries: str, file: str = "w.yaml") -> str:
    Path(file).write_text("waivers:\n" + "".join(f"  - {each}\n" for each in entries), encoding="utf-8")
    return file


def waiver(**changes: str) -> str:
    keys = {"rule": "T-1", "reason": "r", "owner": "o", "expires": "2031-01-01", **changes}
    return f"{{{', '.join(f'{key}: {value}' for key, value in keys.items())}}}"


def noted(*arguments: str) -> list[tuple[str, int, str]]:
    """
    What the JSON report says of each waiver: its standing, how many results, and why.
    """
    main(("validate", *arguments, *OPTIONS, "--format", "json:out.json"))
    document = json.loads(Path("out.json").read_text(encoding="utf-8"))
    assert list(Draft202012Validator(SCHEMA).iter_errors(document)) == []
    return [(each["standing"], each["results"], each["why"]) for each in document["waivers"]]


class TestText:
    def test_a_waived_failure(self, capsys):
        """
        It is listed with its place, reason, owner and last day, counted, and the message is valid.
        """
        text = (
            f"{BAD_HEADER}"
            "bad.xml:2:16: WAIVED T-1 The event is T1.\n"
            "  event is 'T2'; expected 'T1'.\n"
            "  waived:   mended in release 4; A. Lee until 2030-06-15 (w.yaml:2)\n"
            "bad.xml: valid: 1 waived, 2 passed, 1 not applicable\n"
        )

        assert validate(capsys, "bad.xml", "--waivers", written(T_1)) == (0, text, "")

    def test_what_waived_nothing_is_told(self, capsys):
        """
        Unused, expired and unknown ones have a line each; the exit status stays what it is without them.
        """
        file = written(
            waiver(rule="T-2"),
            waiver(expires="2030-06-14", owner="B. Roe"),
            waiver(rule="T-2", expires="2030-06-14", source="bad*"),
            waiver(source="'*.dat'"),
            waiver(pack="tinny"),
            waiver(interaction="leter"),
            waiver(rule="T-6"),
            waiver(rule="T-5"),
        )
        status, out, err = validate(capsys, "bad.xml", "--waivers", file)

        assert (status, err) == (1, "")
        assert out.splitlines()[-9:] == [
            "bad.xml: invalid: 1 failed, 2 passed, 1 not applicable",
            "w.yaml:2:12: UNUSED T-2: nothing of this run has to be waived by it; remove it",
            "w.yaml:3:12: EXPIRED T-1: B. Roe accepted it until 2030-06-14; held against messages again: 1 result",
            "w.yaml:4:12: EXPIRED T-2: o accepted it until 2030-06-14; it would waive nothing, remove it",
            "w.yaml:5:12: UNUSED T-1: no message of this run is in its scope",
            "w.yaml:6:12: UNKNOWN T-1: no pack of this run is called 'tinny'; did you mean 'tiny'?",
            "w.yaml:7:12: UNKNOWN T-1: no pack knows the interaction 'leter'; did you mean 'letter'?",
            "w.yaml:8:12: UNKNOWN T-6: no message can fail it: the transport knows",
            "w.yaml:9:12: UNKNOWN T-5: the rule is a draft, and drafts are not asked",
        ]

    def test_quiet(self, capsys):
        """
        With --quiet nothing of it is told: nothing of it makes the run fail.
        """
        assert validate(capsys, "bad.xml", "--quiet", "--waivers", written(T_1, waiver(rule="T-2"))) == (0, "", "")

    def test_no_waivers(self, capsys):
        """
        An empty list is a file of waivers.
        """
        Path("w.yaml").write_text("waivers: []\n", encoding="utf-8")

        assert validate(capsys, "good.xml", "--waivers", "w.yaml") == (
            0,
            f"{HEADER}good.xml: valid: 3 passed, 1 not applicable\n",
            "",
        )

    def test_what_a_waiver_says_is_escaped(self, capsys):
        """
        The reason is shown and steers no terminal.
        """
        out = validate(capsys, "bad.xml", "--waivers", written(waiver(reason='"a\\e[2Jb"')))

        assert out[0] == 2
        assert "\x1b" not in out[1] + out[2]

        out = validate(capsys, "bad.xml", "--waivers", written(waiver(reason='"a\\nb\\u202ec"')))

        assert "  waived:   a\\nb\\u202ec; o until 2031-01-01 (w.yaml:2)\n" in out[1]


class TestScope:
    @pytest.mark.parametrize(
        "scope",
        [
            pytest.param({}, id="everything"),
            pytest.param({"pack": "tiny"}, id="pack"),
            pytest.param({"interaction": "note"}, id="interaction"),
            pytest.param({"sender": "X26OT001"}, id="sender"),
            pytest.param({"source": "bad.xml"}, id="name"),
            pytest.param({"source": "'*d.x?l'"}, id="glob"),
            pytest.param(
                {"pack": "tiny", "interaction": "note", "sender": "X26OT001", "source": "'b*'"}, id="all-of-them"
            ),
            pytest.param({"expires": "2030-06-15"}, id="on-its-last-day"),
        ],
    )
    def test_what_is_waived(self, capsys, scope):
        """
        A message in the scope, up to the last day and on it.
        """
        assert noted("bad.xml", "--waivers", written(waiver(**scope))) == [("used", 1, "")]

    @pytest.mark.parametrize(
        "scope",
        [
            pytest.param({"interaction": "letter"}, id="interaction"),
            pytest.param({"sender": "x26ot001"}, id="sender-in-other-case"),
            pytest.param({"sender": "X26"}, id="part-of-the-sender"),
            pytest.param({"source": "bad"}, id="part-of-the-name"),
            pytest.param({"source": "BAD.xml"}, id="name-in-other-case"),
            pytest.param({"source": "'*.xml'", "sender": "Y"}, id="one-of-two"),
            pytest.param({"expires": "2030-06-14"}, id="the-day-after"),
            pytest.param({"rule": "T-2"}, id="another-rule"),
        ],
    )
    def test_what_is_not(self, capsys, scope):
        """
        One key that does not fit is enough, and nothing is waived.
        """
        status, out, _ = validate(capsys, "bad.xml", "--waivers", written(waiver(**scope)))

        assert (status, "WAIVED" in out, "FAIL T-1" in out) == (1, False, True)

    def test_an_expired_waiver_beside_one_that_runs(self):
        """
        It is told as expired, with what stands in its place; the other one waives.
        """
        file = written(waiver(expires="2030-06-14"), waiver(owner="A. Lee"))

        assert noted("bad.xml", "--waivers", file) == [
            ("expired", 1, "o accepted it until 2030-06-14; A. Lee accepts it until 2031-01-01, remove this one"),
            ("used", 1, ""),
        ]

    def test_the_pack_that_judges_and_the_pack_of_the_rule(self):
        """
        Either may be named: a message is judged by one pack, and most of its rules are inherited.
        """
        message = SAMPLE.read_bytes().replace(b'"message"', b'"batch"', 1)
        validator = Validator()
        report = validator.validate(Source("a", message), facts={"recipient": "primary"})
        (failed,) = [each for each in report.results if each.outcome is Outcome.FAIL]
        assert (report.pack, failed.pack) == ("gpcm-sd-oc", "itk3-message")

        verdicts = {}
        for pack in ("gpcm-sd-oc", "itk3-message", "itk3-acknowledgement"):
            text = f"waivers: [{{rule: '{failed.id}', pack: {pack}, reason: r, owner: o, expires: 2031-01-01}}]"
            made = read_waivers([Source("w.yaml", text.encode())], validator.packs)
            verdicts[pack] = str(waivers.apply(report, made, TODAY).verdict)

        assert verdicts == {"gpcm-sd-oc": "valid", "itk3-message": "valid", "itk3-acknowledgement": "invalid"}

    def test_a_rule_of_another_pack(self):
        """
        A number means what it means in its pack.
        """
        text = "waivers: [{rule: GPCM-SD-OC-143, pack: itk3-acknowledgement, reason: r, owner: o, expires: 2031-01-01}]"
        with pytest.raises(WaiversInvalid) as caught:
            read_waivers([Source("w.yaml", text.encode())], Validator().packs)

        assert str(caught.value).startswith(
            "w.yaml:1:18: the pack 'itk3-acknowledgement' has no rule 'GPCM-SD-OC-143'; "
        )

    @pytest.mark.parametrize("sender", ["8ZX41", "8ZX41OT001"])
    def test_the_sender_of_a_bundled_pack(self, sender):
        """
        The ODS code of the Organization that the header names, or the mailbox it was sent from.
        """
        validator = Validator()
        report = validator.validate(
            Source("a", SAMPLE.read_bytes().replace(b"ITK007C", b"ITK007X")), facts={"recipient": "primary"}
        )
        text = "".join(
            f"- {{rule: '{rule}', sender: {sender}, reason: r, owner: o, expires: 2031-01-01}}\n"
            for rule, outcome in report.outcomes.items()
            if outcome is Outcome.FAIL
        )
        made = read_waivers([Source("w.yaml", f"waivers:\n{text}".encode())], validator.packs)

        assert report.sender == ("8ZX41", "8ZX41OT001")
        assert report.verdict is Verdict.INVALID
        assert waivers.apply(report, made, TODAY).verdict is Verdict.VALID
        assert waivers.apply(pickle.loads(pickle.dumps(report)), made, TODAY).verdict is Verdict.VALID

    def test_a_pack_that_states_no_sender(self, capsys):
        """
        A selector that is not safe tells no sender: what it finds would stay in the report.
        """
        file = written(waiver(sender="X26OT001"))
        status = main(("validate", "bad.xml", "--pack", "./tiny", "--waivers", file, "--quiet"))
        assert status == 1
        main(("validate", "bad.xml", "--pack", "./tiny", "--waivers", file))

        assert capsys.readouterr().out.splitlines()[-1] == (
            "w.yaml:2:12: UNKNOWN T-1: no pack has a safe selector called sender-identifier or source-endpoint, "
            "so no sender is known"
        )

    def test_hashed_names(self, capsys):
        """
        A glob looks at the real name, and what is told of it is a hash.
        """
        status, out, _ = validate(
            capsys, "bad.xml", "--source-names", "hash", "--waivers", written(waiver(source="'bad*'"))
        )
        assert (status, "WAIVED" in out) == (0, True)
        validate(capsys, "bad.xml", "--source-names", "hash", "--waivers", "w.yaml", "--format", "json:out.json")

        assert "bad" not in Path("out.json").read_text(encoding="utf-8")

    def test_undecided_outcomes(self, capsys):
        """
        What nobody could decide is waived as well.
        """
        file = written(waiver(rule="T-3"))
        status = main(
            ("validate", "good.xml", "--pack", "./tiny", "--fail-on", "undecided", "--waivers", file, "--verbose")
        )

        out = capsys.readouterr().out
        assert status == 0
        assert "good.xml: WAIVED T-3 A copy says so.\n  state the fact 'recipient'" in out

    def test_only_and_ignore(self, capsys):
        """
        A waiver of what --only leaves out is no part of the run; of what is ignored too, the waiver is the reason.
        """
        file = written(T_1, waiver(rule="T-2"))

        assert noted("bad.xml", "--waivers", file, "--only", "T-1") == [("used", 1, "")]
        capsys.readouterr()
        assert "waived:   mended in release 4" in validate(capsys, "bad.xml", "--waivers", file, "--ignore", "T-1")[1]


class TestJson:
    def test_a_waived_result(self):
        """
        It keeps its findings, and says by whom, why, until when, and what it would be.
        """
        main(("validate", "bad.xml", *OPTIONS, "--waivers", written(T_1), "--format", "json:out.json"))
        document = json.loads(Path("out.json").read_text(encoding="utf-8"))
        message = document["messages"][0]
        result = message["results"][0]

        assert list(Draft202012Validator(SCHEMA).iter_errors(document)) == []
        assert (message["verdict"], message["counts"]["waived"], result["outcome"]) == ("valid", 1, "waived")
        assert [each["found"] for each in result["findings"]] == [["T2"]]
        assert result["waiver"] == {
            "by": "waiver",
            "was": "fail",
            "reason": "mended in release 4",
            "owner": "A. Lee",
            "expires": "2030-06-15",
            "file": "w.yaml",
            "line": 2,
        }
        assert document["waivers"] == [
            {
                "rule": "T-1",
                "pack": None,
                "interaction": None,
                "sender": None,
                "source": None,
                "reason": "mended in release 4",
                "owner": "A. Lee",
                "expires": "2030-06-15",
                "file": "w.yaml",
                "line": 2,
                "column": 12,
                "standing": "used",
                "results": 1,
                "why": "",
            }
        ]

    def test_no_file_of_waivers(self):
        """
        Then nothing is said of any.
        """
        main(("validate", "bad.xml", *OPTIONS, "--format", "json:out.json"))

        assert "waiver" not in Path("out.json").read_text(encoding="utf-8")

    def test_two_that_cover_the_same(self):
        """
        The first is the reason, and both are used.
        """
        file = written(waiver(source="'b*'", reason="first"), waiver(reason="second"))

        assert noted("bad.xml", "good.xml", "--waivers", file) == [("used", 1, ""), ("used", 1, "")]
        results = json.loads(Path("out.json").read_text(encoding="utf-8"))["messages"][0]["results"]
        assert results[0]["waiver"]["reason"] == "first"


class TestMistakes:
    @pytest.mark.parametrize(
        ("text", "told"),
        [
            pytest.param(
                "", ["1:1: the file holds nothing; write keys such as 'waivers:', or delete the file"], id="empty"
            ),
            pytest.param(
                "- a\n",
                [f"1:1: the file is a list, not keys with values; {LIST}"],
                id="list",
            ),
            pytest.param("waiver: []\n", ["1:1: unknown key 'waiver'; did you mean 'waivers'?"], id="other-key"),
            pytest.param(
                "waivers:\n",
                ["1:9: 'waivers' holds a list; begin each entry with '- ', or write [] when there is none"],
                id="nothing",
            ),
            pytest.param(
                "waivers: [a]\n",
                [f"1:11: keys are expected here: {KEYS}; write rule: ..."],
                id="text",
            ),
            pytest.param(
                "waivers:\n  - {rule: T-1, reason: '', expires: 15/06/2030}\n",
                [
                    "2:5: the key 'owner' is missing; write owner: ...",
                    "2:25: a text is expected here, but there is nothing; write the value, or remove the key",
                    "2:38: '15/06/2030' is no day; write YYYY-MM-DD, such as 2031-03-31",
                ],
                id="all-of-one-entry",
            ),
            pytest.param(
                f"waivers:\n  - {waiver(expires='2030-02-30')}\n  - {waiver(rule='T-2', expires='never')}\n",
                [
                    "2:47: the calendar has no 2030-02-30; write the last day on which the waiver counts",
                    "3:47: 'never' is no day; write YYYY-MM-DD, such as 2031-03-31",
                ],
                id="days",
            ),
            pytest.param(
                f"waivers:\n  - {waiver(sendr='X')}\n",
                ["2:59: unknown key 'sendr'; did you mean 'sender'?"],
                id="scope-mistyped",
            ),
            pytest.param(
                f"waivers:\n  - {waiver(rule='T-9')}\n  - {waiver(rule='[T-1, T-2]')}\n",
                [
                    "2:12: no pack knows the rule 'T-9'; did you mean 'T-1'?",
                    "3:12: a text is expected here, not a list; write one value; in quotes if it begins with [ or {",
                ],
                id="rules",
            ),
            pytest.param(
                f"waivers:\n  - {waiver()}\n  - {waiver(expires='2040-01-01')}\n",
                ["3:12: 'T-1' is waived twice for the same messages, first at w.yaml:2; remove one"],
                id="twice",
            ),
            pytest.param(
                "waivers: &x []\n",
                ["1:10: an anchor (&x) is not allowed; remove it; a text that begins with '&' goes in quotes"],
                id="anchor",
            ),
        ],
    )
    def test_every_mistake_has_its_place(self, capsys, text, told):
        """
        All at once, each with line, column and remedy; no message is judged.
        """
        Path("w.yaml").write_text(text, encoding="utf-8")
        number = "1 problem" if len(told) == 1 else f"{len(told)} problems"

        status, out, err = validate(capsys, "bad.xml", "--waivers", "w.yaml")

        assert err.splitlines() == [
            *(f"w.yaml:{each}" for each in told),
            f"itk3: the waivers have {number}; no message was judged",
        ]
        assert (status, out) == (2, "")

    def test_several_files(self, capsys):
        """
        Their waivers count together, and their mistakes are told together.
        """
        one, two = written(T_1), written(waiver(rule="T-2"), file="v.yaml")
        assert [each[0] for each in noted("bad.xml", "--waivers", one, "--waivers", two)] == ["used", "unused"]
        capsys.readouterr()

        one, two = written(waiver(rule="T-7")), written(waiver(owner="''"), file="v.yaml")
        status, _, err = validate(capsys, "bad.xml", "--waivers", one, "--waivers", two)

        assert (status, len(err.splitlines())) == (2, 3)

    @pytest.mark.parametrize(
        ("name", "told"),
        [
            ("no.yaml", "itk3: --waivers no.yaml cannot be read: No such file or directory\n"),
            ("tiny", "itk3: --waivers tiny cannot be read: Is a directory\n"),
            ("large.yaml", "itk3: --waivers large.yaml is larger than 5,000,000 bytes, the most that is read\n"),
        ],
    )
    def test_files_that_cannot_be_read(self, capsys, name, told):
        """
        One sentence.
        """
        Path("large.yaml").write_bytes(b"#" * 5_000_001)

        assert validate(capsys, "bad.xml", "--waivers", name) == (2, "", told)

    def test_a_report_never_overwrites_the_waivers(self, capsys):
        """
        What is read is not written.
        """
        assert validate(capsys, "bad.xml", "--waivers", written(T_1), "--format", "json:./w.yaml") == (
            2,
            "",
            "itk3: --format: w.yaml is to be read, so no report can be written over it\n",
        )

    def test_everything_is_text(self):
        """
        A value is what is written: nothing is a number, a date or a name to put in.
        """
        text = b"waivers:\n  - {rule: T-1, reason: '${x}', owner: 007, expires: 2031-01-01, source: 'true'}\n"
        (made,) = read_waivers([Source("w.yaml", text)], Validator([Path("tiny")]).packs)

        assert (made.reason, made.owner, made.expires, made.source) == ("${x}", "007", date(2031, 1, 1), "true")


class TestLibrary:
    def test_without_the_command_line(self):
        """
        The day is the caller's, and the report that came in stays as it was.
        """
        validator = Validator([Path("tiny")])
        made = read_waivers([Source("w.yaml", f"waivers: [{T_1}]".encode())], validator.packs)
        report = validator.validate(Source("bad.xml", BAD.encode()), facts={"recipient": "primary"})
        waived = waivers.apply(report, made, TODAY)

        assert (report.verdict, waived.verdict) == (Verdict.INVALID, Verdict.VALID)
        assert waivers.apply(report, made, date(2030, 6, 16)) is report
        assert waived.results[0].findings == report.results[0].findings
        assert waived.results[0].waiver is not None
        assert pickle.loads(pickle.dumps(waived)).results[0].waiver == waived.results[0].waiver

    def test_messages_that_were_not_judged(self):
        """
        There is nothing to waive, and the report comes back as it is.
        """
        validator = Validator([Path("tiny")])
        made = read_waivers([Source("w.yaml", f"waivers: [{T_1}]".encode())], validator.packs)
        report = validator.validate(b"<Bundle>")

        assert waivers.apply(report, made, TODAY) is report
        assert waivers.Usage(made).plus(report) == waivers.Usage(made)

    def test_a_good_message_is_untouched(self):
        """
        Nothing to waive: the same report.
        """
        validator = Validator([Path("tiny")])
        made = read_waivers([Source("w.yaml", f"waivers: [{T_1}]".encode())], validator.packs)
        report = validator.validate(GOOD.encode(), facts={"recipient": "primary"})

        assert waivers.apply(report, made, TODAY) is report

    def test_the_settings_file(self, capsys):
        """
        Paths in it are relative to its folder.
        """
        Path("conf").mkdir()
        Path("conf/w.yaml").write_text(f"waivers: [{T_1}]", encoding="utf-8")
        Path("conf/itk3.toml").write_text("waivers = 'w.yaml'\n", encoding="utf-8")

        assert validate(capsys, "bad.xml", "--config", "conf/itk3.toml")[0] == 0

    def test_the_page(self, capsys):
        """
        The file, the command's output and the Python of docs/waivers.md are real.
        """
        page = (Path(__file__).parent.parent / "docs" / "waivers.md").read_text(encoding="utf-8")
        (example,) = re.findall(r"^```yaml\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
        (python,) = re.findall(r"^```python\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
        shown = page[page.index("    in/a.xml:52:17: WAIVED") : page.index("    in/a.xml: valid")]
        Path("in").mkdir()
        Path("in/a.xml").write_bytes(SAMPLE.read_bytes().replace(b"ITK007C", b"ITK007X"))
        Path("waivers.yaml").write_text(example, encoding="utf-8")
        stated = ("--fact", "recipient=primary", "--format", "text", "--format", "json:baseline.json")

        assert main(("validate", "in/a.xml", "--waivers", "waivers.yaml", *stated)) == 0
        assert textwrap.dedent(shown) in capsys.readouterr().out

        exec(compile(python, "docs/waivers.md", "exec"), {})
        assert capsys.readouterr().out.startswith("in/a.xml undecided\n")
