"""
The Python API is what docs/api.md says: names, signatures, examples and types; many messages, trees and exceptions.
"""

from __future__ import annotations

import asyncio
import doctest
import pickle
import subprocess
import sys
import venv
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from lxml import etree

import itk3_validator
from itk3_validator import CallInvalid, MessageInvalid, Report, Source, Submission, Validator
from itk3_validator.tools import api_page
from pack_builder import message, validator
from sample_messages import INVALID, VALID, changed

ROOT = Path(__file__).parent.parent
PAGE = ROOT / api_page.PAGE
REPORT = VALID / "gpcm-sd-oc-primary.xml"
RESPONSE = VALID / "gpcm-sd-oc-business-response.xml"
FAILS = INVALID / "GPCM-SD-OC-143.xml"
PRIMARY = {"recipient": "primary"}
OC = "gpcm-sd-oc"


@pytest.fixture(scope="module")
def judge() -> Validator:
    return Validator([OC])


# the page


def test_the_page_is_fresh() -> None:
    """
    The page is what the docstrings and signatures say: a change of either is a change of the page.
    """
    assert PAGE.read_text(encoding="utf-8") == api_page.page()


def test_the_page_tells_every_public_name() -> None:
    assert api_page.told() == set(itk3_validator.__all__) - {"__version__"}


def test_the_examples_of_the_page_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    results = doctest.testfile(str(PAGE), module_relative=False, encoding="utf-8")

    assert results.failed == 0
    assert results.attempted > 15


def test_a_signature_is_told_as_it_is_written() -> None:
    """
    What stands in a signature stands on the page.
    """
    assert "".join(api_page.of("read_file")).startswith(
        "### `read_file````python\ndef read_file(path: str | os.PathLike[str], *, limit: int) -> Source\n```"
    )


# many messages


def test_each_message_is_judged_when_its_report_is_asked_for(judge: Validator) -> None:
    taken = []

    def messages() -> Iterator[Path]:
        for file in (REPORT, FAILS):
            taken.append(file.name)
            yield file

    reports = judge.validate_many(messages(), facts=PRIMARY)
    assert taken == []
    assert str(next(reports).verdict) == "valid"
    assert taken == [REPORT.name]
    assert [str(report.verdict) for report in reports] == ["invalid"]


@pytest.mark.parametrize(
    ("submission", "verdict", "pack"),
    [
        pytest.param(REPORT, "valid", OC, id="as validate takes it"),
        pytest.param(Submission(REPORT), "valid", OC, id="with nothing beside it"),
        pytest.param(Submission(REPORT, {"recipient": "copy"}), "invalid", OC, id="a fact of its own goes before"),
        pytest.param(Submission(RESPONSE, request=REPORT), "valid", OC, id="a request"),
        pytest.param(Submission(RESPONSE), "undecided", OC, id="no request"),
        pytest.param(Submission(RESPONSE, interaction="report"), "invalid", OC, id="an interaction"),
        pytest.param(b"<Bundle", "unreadable", None, id="one that cannot be read"),
        pytest.param(Submission(Source("a name", b"")), "unreadable", None, id="one of no bytes"),
    ],
)
def test_what_is_said_beside_a_message(
    judge: Validator, submission: Path | Submission, verdict: str, pack: str | None
) -> None:
    report = next(judge.validate_many([submission], facts=PRIMARY))

    assert (str(report.verdict), report.pack) == (verdict, pack)


def test_many_are_as_each() -> None:
    """
    The reports of many are those of each, in their order.
    """
    judge, files = Validator(), sorted(VALID.glob("*.xml"))
    many = [(report.source, report.verdict, report.outcomes) for report in judge.validate_many(files)]

    assert many == [(report.source, report.verdict, report.outcomes) for report in map(judge.validate, files)]


def test_wrong_facts_are_told_before_the_first_message(judge: Validator) -> None:
    with pytest.raises(CallInvalid, match="no pack declares the fact 'recipent'; did you mean 'recipient'"):
        judge.validate_many([], facts={"recipent": "primary"})


def test_a_wrong_fact_of_one_message_is_told_at_its_turn(judge: Validator) -> None:
    reports = judge.validate_many([Submission(REPORT), Submission(REPORT, {"recipient": "Jane Doe"})])
    next(reports)
    with pytest.raises(CallInvalid) as told:
        next(reports)

    assert "Jane" not in str(told.value)


@pytest.mark.parametrize("one", [b"<a/>", str(REPORT), REPORT, Source("a", b"")], ids=lambda one: type(one).__name__)
def test_one_message_is_not_many(judge: Validator, one: object) -> None:
    with pytest.raises(CallInvalid, match="give them in a list"):
        judge.validate_many(one)  # type: ignore[arg-type]


def test_a_submission_shows_nothing() -> None:
    assert repr(Submission(b"<secret/>", {"recipient": "primary"})) == "<Submission of bytes>"


# what lxml has parsed


TREES = {
    "tree": etree.parse,
    "root": lambda file: etree.parse(file).getroot(),
    "without blanks": lambda file: etree.parse(file, etree.XMLParser(remove_blank_text=True)),
    "within another": lambda file: etree.fromstring(
        b"<box>" + etree.tostring(etree.parse(file).getroot()) + b"!</box>"
    )[0],
}


@pytest.mark.parametrize("parse", TREES.values(), ids=TREES)
@pytest.mark.parametrize("file", [REPORT, FAILS], ids=lambda file: file.stem)
def test_a_parsed_message_is_judged_as_its_bytes(judge: Validator, parse: object, file: Path) -> None:
    """
    Outcomes and XPaths are those of the file, and the tree is what it was.
    """
    tree = parse(file)  # type: ignore[operator]
    before = etree.tostring(tree)
    report, plain = judge.validate(tree, facts=PRIMARY), judge.validate(file, facts=PRIMARY)

    assert report.outcomes == plain.outcomes
    assert [each.xpath for result in report.results for each in result.findings] == [
        each.xpath for result in plain.results for each in result.findings
    ]
    assert report.source == "message"
    assert etree.tostring(tree) == before


def test_the_places_of_a_parsed_message_are_those_of_what_lxml_writes(judge: Validator) -> None:
    tree = etree.parse(FAILS)
    written = etree.tostring(tree, encoding="UTF-8", xml_declaration=True)
    parsed, plain = judge.validate(tree), judge.validate(written)

    assert parsed.digest == plain.digest
    assert [result.findings for result in parsed.results] == [result.findings for result in plain.results]


def test_a_parsed_request(judge: Validator) -> None:
    assert str(judge.validate(etree.parse(RESPONSE), request=etree.parse(REPORT)).verdict) == "valid"


def test_a_message_without_prefix_in_a_tree_that_has_one(judge: Validator) -> None:
    """
    A prefix that is declared further out goes with the element.
    """
    inner = REPORT.read_bytes().split(b"?>", 1)[-1]
    root = etree.fromstring(b'<x:box xmlns:x="urn:x"/>')
    root.append(etree.fromstring(inner))

    assert str(judge.validate(root[0], facts=PRIMARY).verdict) == "valid"


@pytest.mark.parametrize(
    ("tree", "reason"),
    [
        pytest.param(etree.ElementTree, "the message is empty", id="no root"),
        pytest.param(
            lambda: etree.parse(BytesIO(b"<!DOCTYPE Bundle><Bundle/>")), "the message has a DOCTYPE", id="a DOCTYPE"
        ),
        pytest.param(lambda: etree.Comment("no element"), "there is no tag", id="a comment"),
    ],
)
def test_a_tree_that_is_no_message(judge: Validator, tree: object, reason: str) -> None:
    report = judge.validate(tree())  # type: ignore[operator]

    assert str(report.verdict) == "unreadable"
    assert reason in (report.reason or "")


# exceptions


def test_a_valid_message_raises_nothing(judge: Validator) -> None:
    assert judge.validate(REPORT, facts=PRIMARY).raise_if_invalid(undecided=True) is None


def test_undecided_raises_when_asked(judge: Validator) -> None:
    report = judge.validate(REPORT)
    report.raise_if_invalid()
    with pytest.raises(MessageInvalid) as raised:
        report.raise_if_invalid(undecided=True)

    assert raised.value.undecided == ("GPCM-SD-OC-141", "GPCM-SD-OC-142")
    assert str(raised.value) == "the message is undecided; undecided: GPCM-SD-OC-141, GPCM-SD-OC-142"


@pytest.mark.parametrize(
    ("data", "text"),
    [
        pytest.param(FAILS.read_bytes(), "the message is invalid; failed: GPCM-SD-OC-143", id="invalid"),
        pytest.param(
            b"<Bundle>\n<Jane", "the message is unreadable; line 2, column 6: not well-formed XML", id="unreadable"
        ),
        pytest.param(b'<Patient id="Jane"/>', "the message is not one that the packs know", id="unrecognised"),
    ],
)
def test_what_is_raised(data: bytes, text: str) -> None:
    with pytest.raises(MessageInvalid) as raised:
        Validator().validate(data, facts=PRIMARY).raise_if_invalid()

    assert str(raised.value).startswith(text)
    assert "Jane" not in str(raised.value)
    assert str(pickle.loads(pickle.dumps(raised.value))) == str(raised.value)


def test_a_rule_that_could_not_be_run_raises(tmp_path: Path) -> None:
    judge = validator(tmp_path, "rules: [{id: R-1, text: t, check: {'/f:Bundle/f:id': {matches: 'a*'}}}]")
    with pytest.raises(MessageInvalid, match="not judged by every rule; not run: R-1"):
        judge.validate(message(f'<id value="{"a" * 70_000}"/>')).raise_if_invalid()


def test_a_warning_raises_nothing(tmp_path: Path) -> None:
    judge = validator(
        tmp_path,
        """
        rules:
          - {id: R-1, text: t, level: SHOULD, check: {/f:Bundle/f:id: present}}
          - {id: R-2, text: t, check: {/f:Bundle/f:type: present}}
        """,
    )
    judge.validate(message('<type value="a"/>')).raise_if_invalid()
    with pytest.raises(MessageInvalid) as raised:
        judge.validate(message()).raise_if_invalid()

    assert raised.value.failed == ("R-2",)


def test_no_value_of_a_message_is_raised(judge: Validator) -> None:
    wrong = changed("gpcm-sd-oc-primary", ('valueBoolean value="true"', 'valueBoolean value="Jane Doe"'))
    with pytest.raises(MessageInvalid) as raised:
        judge.validate(wrong).raise_if_invalid()

    assert "Jane" not in repr(raised.value) + str(raised.value) + repr(vars(raised.value))


# asyncio


def test_an_event_loop_goes_on(judge: Validator) -> None:
    """
    Many messages are judged in threads beside one event loop, and none is mixed up with another.
    """
    files = [REPORT, FAILS] * 10

    async def all_of_them() -> list[Report]:
        return await asyncio.gather(*(asyncio.to_thread(judge.validate, file, facts=PRIMARY) for file in files))

    assert [str(report.verdict) for report in asyncio.run(all_of_them())] == ["valid", "invalid"] * 10


# types


@pytest.mark.long
def test_an_embedder_gets_types(tmp_path: Path) -> None:
    """
    To mypy in an environment that has the package installed, as an embedder's, its types are known and right.
    """
    venv.create(tmp_path / "venv", symlinks=True)
    (packages,) = (tmp_path / "venv" / "lib").glob("python*/site-packages")
    (packages / "engine.pth").write_text(str(ROOT / "engine"), encoding="utf-8")
    (packages / "lxml.pth").write_text(str(Path(etree.__file__).parents[1]), encoding="utf-8")
    consumer = (ROOT / "tests" / "api_consumer.py").read_text(encoding="utf-8")
    results = []
    for name, text in {"right": consumer, "wrong": consumer.replace("-> int:\n", "-> str:\n", 1)}.items():
        (tmp_path / f"{name}.py").write_text(text, encoding="utf-8")
        options = ["--strict", "--config-file=", f"--python-executable={tmp_path}/venv/bin/python", f"{name}.py"]
        command = [sys.executable, "-m", "mypy", *options]
        run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        results.append((run.returncode, run.stdout))

    assert results[0] == (0, "Success: no issues found in 1 source file\n")
    assert results[1][0] == 1
    assert 'expected "str"' in results[1][1]
