"""
The command `itk3 validate`: what it prints, where, and with which exit status.
"""

from __future__ import annotations

import fcntl
import hashlib
import io
import json
import os
import re
import signal
import subprocess
import sys
import termios
import time
import zipfile
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from itk3_validator import Validator, __version__, version
from itk3_validator.adapters.cli import COMMANDS, main
from itk3_validator.report.json_v1_schema import SCHEMA

SAMPLES = Path(__file__).parent.parent / "samples"
ENGINE = Path(__file__).parent.parent / "engine"

PACK = """
pack: tiny
version: 1.0.0
title: Notes
source: {document: Notes}
facts:
  recipient: {values: [primary, copy]}
selectors:
  header: {xpath: "(/f:Bundle/f:entry/f:resource/f:MessageHeader)[1]", safe: true}
  event:  {xpath: "$header/f:event/f:code", safe: true}
  title:  {xpath: "$header/f:title", safe: true}
interactions:
  note:
    requires: {header: present}
    clues: {event: {equals: T1}}
rules:
  - id: T-1
    text: The event is T1.
    check: {event: {equals: T1}}
    remedy: Set event.code to T1.
    response-code: "10008"
  - id: T-2
    text: A title is given.
    level: SHOULD
    check: {title: present}
  - id: T-3
    text: A copy says so.
    given: {recipient: copy}
    check: {title: {equals: copy}}
not-checkable:
  - {id: T-4, because: no message shows it}
"""
BROKEN_PACK = """
pack: broken
version: 1.0.0
title: Broken
source: {document: Broken}
selectors:
  header: "(/f:Bundle/f:entry/f:resource/f:MessageHeader)[1]"
interactions:
  note: {requires: {header: present}}
rules:
  - id: B-1
    text: One can be divided by nothing.
    xpath: "2.0"
    check: {test: "1 idiv count(f:none) = 1"}
"""
GOOD = """\
<Bundle xmlns="http://hl7.org/fhir"><entry><resource><MessageHeader>
  <event><code value="T1"/></event>
  <title value="copy"/>
</MessageHeader></resource></entry></Bundle>
"""
FAILING = GOOD.replace("T1", "T2")
WARNED = GOOD.replace('  <title value="copy"/>\n', "")
FOREIGN = "<feed/>"
UNREADABLE = "<Bundle>"

FILES = {
    "tiny/pack.yaml": PACK,
    "broken/pack.yaml": BROKEN_PACK,
    "good.xml": GOOD,
    "failing.xml": FAILING,
    "warned.xml": WARNED,
    "foreign.xml": FOREIGN,
    "cut.xml": UNREADABLE,
}
TINY = ("--pack", "./tiny", "--trust-pack")
STATED = (*TINY, "--fact", "recipient=primary")


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    """
    A folder with a small pack and a message of each kind.
    """
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.delenv("NO_COLOR", raising=False)
    for name, text in FILES.items():
        file = Path(name)
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")
    Path("empty").mkdir()
    return tmp_path


@pytest.fixture
def itk3(capsys):
    """
    Run one command line: its exit status, and what it printed.
    """

    def run(*arguments: str) -> tuple[int, str, str]:
        status = main(arguments)
        printed = capsys.readouterr()
        return status, printed.out, printed.err

    return run


def start(*arguments: str, **options) -> subprocess.Popen:
    command = [sys.executable, "-W", "error", "-m", "itk3_validator"]
    return subprocess.Popen([*command, *arguments], env={**os.environ, "PYTHONPATH": str(ENGINE)}, **options)


def unread(pipe) -> int:
    return int.from_bytes(fcntl.ioctl(pipe.fileno(), termios.FIONREAD, bytes(4)), sys.byteorder)


class TestText:
    def test_a_failure_and_an_undecided_outcome(self, itk3):
        """
        The report of one message, exactly.
        """
        text = (
            "failing.xml: tiny 1.0.0, interaction note, the pack was named; 0 of 1 clues\n"
            "failing.xml:2:16: FAIL T-1 The event is T1.\n"
            "  event is 'T2'; expected 'T1'.\n"
            "  expected: 'T1'\n"
            "  found:    T2\n"
            "  at:       /f:Bundle/f:entry/f:resource/f:MessageHeader/f:event/f:code/@value\n"
            '        2 |   <event><code value="T2"/></event>\n'
            "          |                ^\n"
            "  remedy:   Set event.code to T1.\n"
            "  answer:   response code 10008\n"
            "failing.xml: UNDECIDED T-3 A copy says so.\n"
            "  state the fact 'recipient' (primary or copy) to decide this\n"
            "failing.xml: invalid: 1 failed, 1 undecided, 1 passed\n"
        )

        assert itk3("validate", "failing.xml", *TINY) == (1, text, "")

    def test_what_passed_with_verbose(self, itk3):
        """
        Passes are shown with what was looked at.
        """
        text = (
            "good.xml: tiny 1.0.0, interaction note, the pack was named; 1 of 1 clues: event\n"
            "good.xml: PASS T-1 The event is T1.\n"
            "  seen:     T1\n"
            "good.xml: PASS T-2 A title is given.\n"
            "good.xml: NOT APPLICABLE T-3 A copy says so.\n"
            "good.xml: valid: 2 passed, 1 not applicable\n"
        )

        assert itk3("validate", "good.xml", "--verbose", *STATED) == (0, text, "")

    def test_several_messages(self, itk3):
        """
        In the order in which they were named, and a last line over all.
        """
        status, out, err = itk3("validate", "cut.xml", "good.xml", "foreign.xml", *STATED)

        assert (status, err) == (3, "")
        lines = out.splitlines()
        assert lines[0].startswith("cut.xml:1:")
        assert ": UNREADABLE " in lines[0]
        assert lines[1:3] == [
            "good.xml: tiny 1.0.0, interaction note, the pack was named; 1 of 1 clues: event",
            "good.xml: valid: 2 passed, 1 not applicable",
        ]
        assert lines[3].startswith("foreign.xml: UNRECOGNISED ")
        assert lines[4:] == [
            "3 messages: 1 valid, 1 unreadable, 1 unrecognised; 2 passed, 1 not applicable",
        ]

    def test_no_messages(self, itk3):
        """
        An empty folder is told, not passed.
        """
        Path("notes").mkdir()
        Path("notes/a.txt").write_text("A", encoding="utf-8")

        assert itk3("validate", "empty", "notes", *TINY) == (
            4,
            (
                "empty: nothing in it is a message; it is empty\n"
                "notes: nothing in it is a message; 1 file does not end in .xml or .dat\n"
                "0 messages\n"
            ),
            "",
        )
        told = "itk3: no message was judged (0 messages)\n"
        assert itk3("validate", "notes", "--quiet", *TINY) == (4, "", told)

    def test_quiet(self, itk3):
        """
        Nothing on success; the failing result otherwise, and no frame around it.
        """
        assert itk3("validate", "good.xml", "warned.xml", "--quiet", *TINY) == (0, "", "")
        assert itk3("validate", "good.xml", "failing.xml", "--quiet", *STATED)[1].splitlines()[0] == (
            "failing.xml:2:16: FAIL T-1 The event is T1."
        )

    def test_values_are_masked(self, itk3):
        """
        A pack that is not bundled may not say that its values are safe to show, unless it is trusted.
        """
        masked = itk3("validate", "failing.xml", "--pack", "./tiny")[1]
        shown = itk3("validate", "failing.xml", "--pack", "./tiny", "--show-values")[1]

        assert "T2" not in masked
        assert "  found:    ***\n" in masked
        assert "  found:    T2\n" in shown

    def test_hashed_names(self, itk3):
        """
        Where file names hold patient data, a digest of them stands in the report.
        """
        digest = hashlib.sha256(b"good.xml").hexdigest()[:32]

        out = itk3("validate", "good.xml", "--source-names", "hash", *STATED)[1]

        assert "good.xml" not in out
        assert out.splitlines()[-1] == f"sha256:{digest}: valid: 2 passed, 1 not applicable"

    @pytest.mark.parametrize(
        ("arguments", "environment", "terminal", "coloured"),
        [
            pytest.param([], {}, False, False, id="no-terminal"),
            pytest.param([], {}, True, True, id="terminal"),
            pytest.param([], {"NO_COLOR": "1"}, True, False, id="no-color"),
            pytest.param([], {"NO_COLOR": ""}, True, True, id="no-color-empty"),
            pytest.param([], {"TERM": "dumb"}, True, False, id="dumb"),
            pytest.param(["--colour", "never"], {}, True, False, id="never"),
            pytest.param(["--colour", "always"], {"NO_COLOR": "1"}, False, True, id="always"),
        ],
    )
    def test_colour(self, itk3, monkeypatch, arguments, environment, terminal, coloured):
        """
        Colour is for terminals, unless the caller says otherwise.
        """
        monkeypatch.setenv("TERM", "xterm")
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(sys.stdout, "isatty", lambda: terminal)

        assert ("\x1b[" in itk3("validate", "good.xml", *STATED, *arguments)[1]) is coloured

    def test_escape_sequences_of_a_message_are_escaped(self, itk3):
        """
        What a message or a file name says does not steer the terminal.
        """
        Path("x\x1b[2J.xml").write_text(FAILING.replace("T2", "\u202eT2\x85"), encoding="utf-8")

        out = itk3("validate", "x\x1b[2J.xml", *STATED)[1]

        assert out.startswith("x\\x1b[2J.xml: tiny 1.0.0")
        assert "  found:    '\\u202eT2\\x85'\n" in out
        assert out.isascii()
        assert "\x1b" not in out


class TestJson:
    def test_the_report(self, itk3):
        """
        It is valid by the published schema and holds every message in order.
        """
        status, out, err = itk3("validate", "failing.xml", "cut.xml", "foreign.xml", "--format", "json", *TINY)

        document = json.loads(out)
        assert (status, err) == (1, "")
        assert list(Draft202012Validator(SCHEMA).iter_errors(document)) == []
        assert document["tool"] == {"name": "itk3-validator", "version": __version__}
        assert [(each["source"], each["verdict"]) for each in document["messages"]] == [
            ("failing.xml", "invalid"),
            ("cut.xml", "unreadable"),
            ("foreign.xml", "unrecognised"),
        ]
        first = document["messages"][0]
        assert first["digest"] == hashlib.sha256(FAILING.encode()).hexdigest()
        assert first["counts"] == {
            "pass": 1,
            "fail": 1,
            "not-applicable": 0,
            "undecided": 1,
            "error": 0,
            "waived": 0,
        }
        assert first["results"][0]["findings"] == [
            {
                "xpath": "/f:Bundle/f:entry/f:resource/f:MessageHeader/f:event/f:code/@value",
                "line": 2,
                "column": 16,
                "expected": "'T1'",
                "found": ["T2"],
                "masked": False,
            }
        ]

    def test_two_runs_agree(self, itk3):
        """
        Byte for byte.
        """
        arguments = ("validate", str(SAMPLES / "valid"), "--format", "json")

        assert itk3(*arguments) == itk3(*arguments)

    def test_the_samples_by_the_schema(self, itk3):
        """
        Whatever the bundled packs say of the samples has the published shape.
        """
        document = json.loads(itk3("validate", str(SAMPLES), "--format", "json", "--verbose")[1])

        assert len(document["messages"]) > 8
        assert list(Draft202012Validator(SCHEMA).iter_errors(document)) == []

    def test_no_messages(self, itk3):
        """
        A report over nothing is still a document.
        """
        status, out, _ = itk3("validate", "empty", "--format", "json", *TINY)

        assert status == 4
        assert json.loads(out)["messages"] == []

    def test_it_is_the_same_as_from_python(self, itk3):
        """
        The command adds nothing to what the package says.
        """
        from itk3_validator import Source
        from itk3_validator.report.json_v1 import render

        validator = Validator([Path("tiny")], trust_packs=True)
        report = validator.validate(Source("failing.xml", FAILING.encode()))

        assert itk3("validate", "failing.xml", "--format", "json", *TINY)[1] == render(
            [report], tool_version=__version__
        )


READ = "is to be read, so no report can be written over it"
RULES = "is in the folder of rules tiny; write the report elsewhere"


class TestFormats:
    def test_several_reports_of_one_run(self, itk3):
        """
        Each goes to its own place, and says the same as if it were alone.
        """
        alone = itk3("validate", "good.xml", "failing.xml", "--format", "json", *STATED)[1]
        text = itk3("validate", "good.xml", "failing.xml", *STATED)

        both = itk3("validate", "good.xml", "failing.xml", "--format", "json:out.json", "--format", "text", *STATED)

        assert both == text
        assert Path("out.json").read_text(encoding="utf-8") == alone

    def test_a_report_takes_the_place_of_an_earlier_one(self, itk3):
        """
        The file keeps its mode, a link stays a link, and nothing is left beside them.
        """
        Path("old.txt").write_text("old", encoding="utf-8")
        Path("old.txt").chmod(0o640)
        Path("link.txt").symlink_to("old.txt")
        before = sorted(Path().iterdir())

        assert itk3("validate", "good.xml", "--format", "text:link.txt", *STATED) == (0, "", "")

        assert Path("old.txt").read_text(encoding="utf-8").endswith("valid: 2 passed, 1 not applicable\n")
        assert (Path("link.txt").is_symlink(), Path("old.txt").stat().st_mode & 0o777) == (True, 0o640)
        assert sorted(Path().iterdir()) == before

    def test_a_device_is_written_to_as_it_is(self, itk3):
        """
        What is no regular file is not replaced.
        """
        assert itk3("validate", "good.xml", "--format", "json:/dev/null", *STATED) == (0, "", "")
        assert Path("/dev/null").is_char_device()

    @pytest.mark.parametrize("stopped", [KeyboardInterrupt, ZeroDivisionError])
    def test_a_run_that_is_stopped_leaves_the_earlier_report(self, itk3, monkeypatch, stopped):
        """
        Half a report is none.
        """
        Path("old.json").write_text("old", encoding="utf-8")
        before = sorted(Path().iterdir())
        judge = Validator.validate

        def stop(self, message, **options):
            if getattr(message, "name", "") == "failing.xml":
                raise stopped
            return judge(self, message, **options)

        monkeypatch.setattr(Validator, "validate", stop)
        for target in ("old.json", "new.json"):
            status, _, _ = itk3("validate", "good.xml", "failing.xml", "--format", f"json:{target}", *STATED)
            assert status in (3, 130)

        assert Path("old.json").read_text(encoding="utf-8") == "old"
        assert sorted(Path().iterdir()) == before

    @pytest.mark.parametrize(
        ("target", "arguments", "complaint"),
        [
            pytest.param("fold/a.xml", ["fold"], READ, id="message in a folder"),
            pytest.param("./fold/../fold/a.xml", ["fold"], READ, id="message by another path"),
            pytest.param("fold/sub/new.xml", ["fold"], READ, id="would be a message in a folder"),
            pytest.param("fold/a.zip", ["fold"], READ, id="archive in a folder"),
            pytest.param("link.xml", ["good.xml"], READ, id="link to a message"),
            pytest.param("good.xml", ["*.xml"], READ, id="message of a pattern"),
            pytest.param("request.xml", ["good.xml", "--request", "request.xml"], READ, id="request"),
            pytest.param("itk3.toml", ["good.xml", "--config", "itk3.toml"], READ, id="settings"),
            pytest.param("w.yaml", ["good.xml", "--waivers", "w.yaml"], READ, id="waivers"),
            pytest.param("old.json", ["good.xml", "--baseline", "old.json"], READ, id="baseline"),
            pytest.param("tiny/pack.yaml", ["good.xml"], RULES, id="rule file"),
            pytest.param("tiny/report.json", ["good.xml"], RULES, id="new file beside rules"),
        ],
    )
    def test_what_is_read_is_not_written_over(self, itk3, target, arguments, complaint):
        """
        Messages, rules and settings stay as they are, and nothing is judged.
        """
        Path("fold").mkdir()
        for name in ("fold/a.xml", "request.xml"):
            Path(name).write_text(FILES["good.xml"], encoding="utf-8")
        Path("link.xml").symlink_to("good.xml")
        Path("itk3.toml").write_text("", encoding="utf-8")
        Path("w.yaml").write_text("waivers: []\n", encoding="utf-8")
        Path("old.json").write_text("{}", encoding="utf-8")
        before = {each: each.read_bytes() for each in Path().rglob("*") if each.is_file()}

        status, out, err = itk3("validate", *arguments, "--format", f"json:{target}", *TINY)

        assert (status, out, err) == (2, "", f"itk3: --format: {Path(target)} {complaint}\n")
        assert {each: each.read_bytes() for each in Path().rglob("*") if each.is_file()} == before

    @pytest.mark.parametrize("target", ["fold/report.json", "fold/.hidden.xml", "report.xml"])
    def test_what_is_not_read_is_written(self, itk3, target):
        """
        A report may lie beside messages, under a name that is not read.
        """
        Path("fold").mkdir()
        Path("fold/a.xml").write_text(FILES["good.xml"], encoding="utf-8")

        assert itk3("validate", "fold", "--format", f"json:{target}", *TINY) == (0, "", "")
        assert json.loads(Path(target).read_text(encoding="utf-8"))["report"] == 1

    def test_the_rules_that_a_pack_extends_are_not_written_over(self, itk3):
        """
        They are in use as well; so are the bundled ones.
        """
        Path("more").mkdir()
        head = "pack: more\nversion: 1.0.0\ntitle: More\nsource: {document: More}\nextends: [tiny@1]\n"
        Path("more/pack.yaml").write_text(head, encoding="utf-8")
        bundled = SAMPLES.parent / "rules"

        for target in ("tiny/new.yaml", str(bundled / "itk3-message" / "pack.yaml")):
            arguments = ("validate", "good.xml", "--pack", "./more", "--format", f"json:{target}")
            status, out, err = itk3(*arguments)

            assert (status, out) == (2, "")
            assert err.startswith(f"itk3: --format: {target} is in the folder of rules ")

    def test_a_folder_is_no_report(self, itk3):
        """
        A report is one file.
        """
        assert itk3("validate", "good.xml", "--format", "json:empty", *TINY) == (
            2,
            "",
            "itk3: --format: empty cannot be written: it is a folder\n",
        )

    def test_a_file_only(self, itk3):
        """
        Then nothing is printed.
        """
        assert itk3("validate", "good.xml", "--format", "text:out.txt", *STATED) == (0, "", "")
        assert Path("out.txt").read_text(encoding="utf-8").endswith("valid: 2 passed, 1 not applicable\n")


STATUSES = [
    pytest.param(["good.xml", *STATED], 0, id="valid"),
    pytest.param(["good.xml", *TINY], 0, id="undecided"),
    pytest.param(["good.xml", *TINY, "--fail-on", "undecided"], 1, id="undecided-asked"),
    pytest.param(["good.xml", *TINY, "--fail-on", "warning"], 0, id="undecided-warning-asked"),
    pytest.param(["warned.xml", *STATED], 0, id="warning"),
    pytest.param(["warned.xml", *STATED, "--fail-on", "warning"], 1, id="warning-asked"),
    pytest.param(["warned.xml", *STATED, "--fail-on", "undecided"], 0, id="warning-undecided-asked"),
    pytest.param(["warned.xml", *STATED, "--fail-on", "undecided", "--fail-on", "warning"], 1, id="warning-both-asked"),
    pytest.param(["failing.xml", *STATED], 1, id="failed"),
    pytest.param(["failing.xml", *STATED, "--fail-on", "undecided"], 1, id="failed-undecided-asked"),
    pytest.param(["cut.xml", *TINY], 3, id="unreadable"),
    pytest.param(["cut.xml", "failing.xml", *TINY], 1, id="failed-before-unreadable"),
    pytest.param(["cut.xml", "good.xml", *TINY], 3, id="unreadable-and-valid"),
    pytest.param(["cut.xml", "foreign.xml", *TINY], 3, id="unreadable-before-nothing"),
    pytest.param(["good.xml", "--pack", "./broken"], 3, id="rule-not-run"),
    pytest.param(["good.xml", "--pack", "./broken", "--ignore", "B-1"], 0, id="rule-not-run-ignored"),
    pytest.param(["foreign.xml", *TINY], 4, id="unrecognised"),
    pytest.param(["foreign.xml", "good.xml", *TINY], 0, id="unrecognised-and-valid"),
    pytest.param(["empty", *TINY], 4, id="no-input"),
    pytest.param(["good.xml", *TINY, "--only", "T-4"], 4, id="no-rule-left"),
    pytest.param(["failing.xml", *STATED, "--only", "T-2"], 0, id="only"),
    pytest.param(["failing.xml", *STATED, "--ignore", "T-1"], 0, id="ignore"),
    pytest.param(["failing.xml", *STATED, "--only", "T-1", "--ignore", "T-1"], 0, id="only-and-ignore"),
    pytest.param(["no.xml", "failing.xml", *TINY], 2, id="missing"),
    pytest.param(["good.xml", "--pack", "./none"], 2, id="no-pack"),
    pytest.param([], 2, id="no-message"),
]


@pytest.mark.parametrize("quiet", [[], ["--quiet"]], ids=["plain", "quiet"])
@pytest.mark.parametrize(("arguments", "status"), STATUSES)
def test_exit_status(itk3, arguments, status, quiet):
    """
    The status says what became of the run, whatever is printed; quiet prints nothing exactly when all is well.
    """
    found, out, _ = itk3("validate", *arguments, *quiet)

    assert found == status
    if quiet and status in {0, 1}:
        assert bool(out) is (status == 1 or "foreign.xml" in arguments)


WRONG = [
    pytest.param(
        ["no.xml", "x*.xml"], "itk3: there is no file or folder no.xml\nitk3: nothing matches x*.xml\n", id="missing"
    ),
    pytest.param(
        ["good.xml", *TINY, "--only", "T-11"],
        "itk3: --only T-11: no pack knows it; did you mean 'T-1'?\n",
        id="unknown-only",
    ),
    pytest.param(
        ["good.xml", *TINY, "--ignore", "T-1", "--ignore", "t-2"],
        "itk3: --ignore t-2: no pack knows it; did you mean 'T-2'?\n",
        id="unknown-ignore",
    ),
    pytest.param(
        ["cut.xml", "good.xml", *TINY, "--fact", "recipent=copy"],
        "itk3: no pack declares the fact 'recipent'; did you mean 'recipient'?\n",
        id="unknown-fact",
    ),
    pytest.param(
        ["cut.xml", *TINY, "--fact", "recipient=cpoy"],
        "itk3: what is stated for the fact 'recipient' is none of its values: primary, copy\n",
        id="unknown-value",
    ),
    pytest.param(
        ["cut.xml", *TINY, "--interaction", "notes"],
        "itk3: no pack knows the interaction 'notes'; did you mean 'note'?\n",
        id="unknown-interaction",
    ),
    pytest.param(
        ["good.xml", *TINY, "--request", "no.xml"],
        "itk3: --request no.xml cannot be read: No such file or directory\n",
        id="no-request",
    ),
    pytest.param(
        ["good.xml", *TINY, "--format", "json:good.xml"],
        "itk3: --format: good.xml is to be read, so no report can be written over it\n",
        id="report-over-a-message",
    ),
    pytest.param(
        ["good.xml", *TINY, "--format", "json:no/where.json"],
        "itk3: --format: no/where.json cannot be written: No such file or directory\n",
        id="no-folder-for-a-report",
    ),
    pytest.param(
        ["good.xml", *TINY, "--format", "json", "--format", "text"],
        "itk3: --format: two reports cannot both go to standard output; write one to a file: json:report.json\n",
        id="two-to-standard-output",
    ),
    pytest.param(
        ["good.xml", "--config", "no.toml"],
        "itk3: the settings no.toml cannot be read: No such file or directory\n",
        id="no-settings",
    ),
    pytest.param(
        ["good.xml", "--verbos"],
        "itk3 validate: unrecognized arguments: --verbos; itk3 validate --help tells more\n",
        id="no-abbreviation",
    ),
    pytest.param(
        ["\x1bc.xml"],
        "itk3: there is no file or folder \\x1bc.xml\n",
        id="escaped",
    ),
]


@pytest.mark.parametrize(("arguments", "complaint"), WRONG)
def test_a_wrong_command_judges_nothing(itk3, arguments, complaint):
    """
    Status 2, the reason on standard error, and not one line of a report.
    """
    assert itk3("validate", *arguments) == (2, "", complaint)


def test_a_request_that_is_no_message(itk3):
    """
    It is told, rather than every comparison with it left undecided.
    """
    status, out, err = itk3("validate", "good.xml", *TINY, "--request", "cut.xml")

    assert (status, out) == (2, "")
    assert err.startswith("itk3: --request cut.xml: ")


def test_broken_rules_are_told_with_their_places(itk3):
    """
    Each problem as file:line:column, then how many there are.
    """
    Path("tiny/pack.yaml").write_text(
        PACK.replace("equals: T1}}\n    remedy", "equls: T1}}\n    remdy"), encoding="utf-8"
    )

    status, out, err = itk3("validate", "good.xml", *TINY)

    assert (status, out) == (2, "")
    lines = err.splitlines()
    assert re.fullmatch(r"tiny/pack\.yaml:19:\d+: .*equls.*; did you mean 'equals'\?", lines[0])
    assert re.fullmatch(r"tiny/pack\.yaml:20:5: .*remdy.*; did you mean 'remedy'\?", lines[1])
    assert lines[2:] == ["itk3: the rules have 2 problems; no message was judged"]


def test_rules_that_may_not_be_read(itk3, monkeypatch):
    """
    That is a matter of the command, not of a message or the report.
    """

    def refuse(*_arguments, **_options):
        raise PermissionError(13, "Permission denied", "tiny/pack.yaml")

    monkeypatch.setattr("itk3_validator.adapters.validators.Validator", refuse)

    assert itk3("validate", "good.xml", *TINY) == (
        2,
        "",
        "itk3: the rules cannot be read: tiny/pack.yaml: Permission denied\n",
    )


class TestChoosing:
    def test_only(self, itk3):
        """
        The verdict is that of the chosen requirements.
        """
        assert itk3("validate", "failing.xml", "--only", "T-2", *TINY)[1].splitlines() == [
            "failing.xml: tiny 1.0.0, interaction note, the pack was named; 0 of 1 clues",
            "failing.xml: valid: 1 passed",
        ]

    def test_ignore(self, itk3):
        """
        What is ignored is told as waived, with its findings in the JSON report, and not held against the message.
        """
        text = itk3("validate", "failing.xml", "--ignore", "T-1", *STATED)[1]
        document = json.loads(itk3("validate", "failing.xml", "--ignore", "T-1", "--format", "json", *STATED)[1])

        assert text.splitlines()[-1] == "failing.xml: valid: 1 waived, 1 passed, 1 not applicable"
        message = document["messages"][0]
        assert message["verdict"] == "valid"
        assert message["counts"]["waived"] == 1
        assert message["results"][0]["outcome"] == "waived"
        assert message["results"][0]["findings"][0]["found"] == ["T2"]

    def test_ignoring_what_passes_changes_nothing(self, itk3):
        """
        Only a failure, an undecided outcome or an error is waived.
        """
        assert itk3("validate", "good.xml", "--ignore", "T-1", *STATED) == itk3("validate", "good.xml", *STATED)


class TestConfig:
    def test_settings_from_a_file(self, itk3):
        """
        The file says what the command line leaves open.
        """
        Path("itk3.toml").write_text(
            'pack = "./tiny"\ntrust-pack = true\nfact = {recipient = "copy"}\nfail-on = "warning"\n', encoding="utf-8"
        )

        assert itk3("validate", "good.xml", "--config", "itk3.toml")[1].endswith("valid: 3 passed\n")
        assert itk3("validate", "warned.xml", "--config", "itk3.toml")[0] == 1
        stated = itk3("validate", "warned.xml", "--config", "itk3.toml", "--fact", "recipient=primary")
        assert stated[1].endswith("valid: 1 warning, 1 passed, 1 not applicable\n")
        assert stated[0] == 1

    def test_no_file_is_looked_for(self, itk3):
        """
        Settings that were not named are not read.
        """
        Path("itk3.toml").write_text("quiet = true\n", encoding="utf-8")

        assert itk3("validate", "good.xml", *STATED)[1] != ""

    def test_a_wrong_key(self, itk3):
        """
        It is told with its file.
        """
        Path("itk3.toml").write_text("packs = []\n", encoding="utf-8")

        assert itk3("validate", "good.xml", "--config", "itk3.toml") == (
            2,
            "",
            "itk3: itk3.toml: 'packs' was unexpected; did you mean 'pack'?\n",
        )


class TestInputs:
    def test_archives_folders_and_standard_input(self, itk3, monkeypatch):
        """
        All kinds of input in one run, in their order; a bad entry does not stop the rest.
        """
        with zipfile.ZipFile("a.zip", "w") as archive:
            archive.writestr("../g.xml", GOOD)
            archive.writestr("in.zip", b"")
        Path("folder").mkdir()
        Path("folder/b.xml").write_text(GOOD, encoding="utf-8")
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(GOOD.encode())))

        status, out, _ = itk3("validate", "-", "a.zip", *STATED, "folder")

        assert status == 3
        assert [line for line in out.splitlines() if not line.startswith(tuple("<af")) or "tiny" not in line] == [
            "<stdin>: valid: 2 passed, 1 not applicable",
            "a.zip!/../g.xml: valid: 2 passed, 1 not applicable",
            "a.zip!/in.zip: UNREADABLE an archive inside an archive is not opened; unpack it and name it",
            "folder/b.xml: valid: 2 passed, 1 not applicable",
            "4 messages: 3 valid, 1 unreadable; 6 passed, 3 not applicable",
        ]

    def test_the_size_cap_is_an_option(self, itk3):
        """
        A larger message is unreadable.
        """
        assert itk3("validate", "good.xml", "--max-size", "10", *STATED) == (
            3,
            "good.xml: UNREADABLE the message is larger than 10 bytes, the most that is read\n",
            "",
        )

    def test_names_that_begin_with_a_dash(self, itk3):
        """
        They stand after two dashes.
        """
        Path("-x.xml").write_text(GOOD, encoding="utf-8")

        assert itk3("validate", *STATED, "--", "-x.xml")[0] == 0


class TestHelp:
    def test_version(self, itk3, monkeypatch):
        """
        The name and the version, and whether a part of the engine is compiled.
        """
        told = {}
        for there in (True, False):
            monkeypatch.setattr(version, "compiled", lambda there=there: there)
            told[there] = itk3("--version")

        assert told == {True: (0, f"itk3 {__version__} (compiled)\n", ""), False: (0, f"itk3 {__version__}\n", "")}

    def test_the_commands_are_listed(self, itk3):
        """
        `itk3 --help` names every command with what it does.
        """
        status, out, err = itk3("--help")

        assert (status, err) == (0, "")
        assert "\ncommands:\n  validate     judge messages by rule packs\n" in out
        assert all(name in out for name in COMMANDS)

    def test_every_option_and_status_is_told(self, itk3):
        """
        `itk3 validate --help` tells the options and the exit statuses.
        """
        status, out, _ = itk3("validate", "--help")

        assert status == 0
        for word in ("MESSAGE", "--pack NAME|DIR", "--fact NAME=VALUE", "--format NAME[:FILE]", "--fail-on WHAT"):
            assert word in out
        assert "  4    nothing was judged" in out

    @pytest.mark.parametrize(
        ("arguments", "complaint"),
        [
            pytest.param(
                [], "itk3: the following arguments are required: COMMAND; itk3 --help tells more\n", id="none"
            ),
            pytest.param(
                ["valdate"],
                "itk3: 'valdate' is no command; did you mean 'validate'?; itk3 --help tells more\n",
                id="unknown",
            ),
        ],
    )
    def test_no_command(self, itk3, arguments, complaint):
        """
        A missing or unknown command is status 2.
        """
        assert itk3(*arguments) == (2, "", complaint)


class TestProcess:
    def test_a_real_run(self):
        """
        Standard output, standard error and the status of a process of its own, with warnings as errors.
        """
        done = start("validate", "failing.xml", "--quiet", *STATED, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        out, err = done.communicate(timeout=60)

        assert (done.returncode, err) == (1, b"")
        assert out.startswith(b"failing.xml:2:16: FAIL T-1 The event is T1.\n")

    @pytest.mark.parametrize("arguments", [["--version"], ["--help"], ["validate", "good.xml", *STATED]])
    def test_what_is_slow_is_not_imported(self, arguments):
        """
        None of these modules is needed to judge one message.
        """
        code = (
            "import sys; from itk3_validator.adapters.cli import main; main(sys.argv[1:]); "
            "slow = {'elementpath', 'jsonschema', 'importlib.metadata', 'logging', 'zipfile', 'tarfile', 'tomllib'}; "
            "sys.stderr.write(' '.join(sorted(slow & set(sys.modules))))"
        )
        environment = {**os.environ, "PYTHONPATH": str(ENGINE)}
        done = subprocess.run(
            [sys.executable, "-c", code, *arguments], env=environment, capture_output=True, timeout=60, check=False
        )

        assert done.stderr == b""

    def test_a_reader_that_stops_is_no_error(self):
        """
        `itk3 ... | head -1` ends without a word.
        """
        done = start("validate", *["failing.xml"] * 3000, *STATED, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        done.stdout.readline()
        done.stdout.close()
        err = done.stderr.read()
        done.stderr.close()

        assert (done.wait(timeout=60), err) == (141, b"")

    def test_a_report_that_cannot_be_written(self):
        """
        A full disk is not a passed run.
        """
        with Path("/dev/full").open("wb") as full:
            done = start("validate", "good.xml", *STATED, stdout=full, stderr=subprocess.PIPE)
            _, err = done.communicate(timeout=60)

        assert (done.returncode, err) == (3, b"itk3: the report cannot be written: No space left on device\n")

    def test_interrupted(self):
        """
        Ctrl-C is status 130.
        """
        done = start(
            "validate",
            "good.xml",
            "-",
            *STATED,
            "--format",
            "json",
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        done.stdin.write(b"<")
        done.stdin.flush()
        while unread(done.stdin):
            time.sleep(0.01)
        done.send_signal(signal.SIGINT)
        _, err = done.communicate(timeout=60)

        assert (done.returncode, err) == (130, b"itk3: interrupted\n")

    def test_a_narrow_standard_output(self):
        """
        A terminal that knows ASCII only gets escapes, not a crash.
        """
        Path("ä.xml").write_text(FAILING.replace("T2", "ü"), encoding="utf-8")
        code = "import sys; from itk3_validator.adapters.cli import main; sys.exit(main())"
        environment = {**os.environ, "PYTHONPATH": str(ENGINE), "PYTHONIOENCODING": "ascii"}
        done = subprocess.run(
            [sys.executable, "-c", code, "validate", "ä.xml", *STATED],
            env=environment,
            capture_output=True,
            timeout=60,
            check=False,
        )

        assert done.returncode == 1
        assert b"  found:    \\xfc\n" in done.stdout


def test_a_crash_is_not_a_failed_message(itk3, monkeypatch):
    """
    A mistake in the program itself ends with a traceback and status 3, not with the 1 that means a failed rule.
    """

    def crash(*_arguments, **_options):
        raise ZeroDivisionError

    monkeypatch.setattr(Validator, "validate", crash)

    status, out, err = itk3("validate", "good.xml", *TINY)

    assert (status, out) == (3, "")
    assert err.endswith("itk3: this is a mistake in itk3 itself, please report it; the report is not complete\n")


def test_a_crash_tells_where_and_not_what_the_message_says(itk3, monkeypatch):
    """
    The kinds of the exceptions and the frames, but not their text: it may quote the message.
    """

    def crash(*_arguments, **_options):
        try:
            int("Smith 9434765919")
        except ValueError as error:
            raise KeyError("Smith 9434765919") from error

    monkeypatch.setattr(Validator, "validate", crash)

    status, out, err = itk3("validate", "good.xml", *TINY)
    told = [line for line in err.splitlines() if not line.startswith("  ")]

    assert (status, out) == (3, "")
    assert told == [
        "itk3: stopped by KeyError",
        "itk3: stopped by ValueError",
        "itk3: this is a mistake in itk3 itself, please report it; the report is not complete",
    ]
    assert re.search(r"^  /.*test_cli\.py:[0-9]+ in .*crash$", err, re.MULTILINE)
    assert "Smith" not in err


@pytest.mark.parametrize("start", ["::error file=a.py,line=1::", "##[error]"])
def test_the_name_of_a_folder_is_no_command(itk3, start):
    """
    Build servers take a line that begins so for a command; a folder may be called anything.
    """
    folder = Path(start)
    folder.mkdir()
    (folder / "pack.yaml").write_text("pack: x\n", encoding="utf-8")

    status, _, err = itk3("validate", "good.xml", "--pack", f"./{start}")
    lines = err.splitlines()

    assert status == 2
    assert start[2:] in lines[0]
    assert [line for line in lines if line.lstrip().startswith(("::", "##["))] == []
