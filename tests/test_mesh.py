"""
MESH client folders: a message and its control file are one unit, in a folder and in an archive.
"""

from __future__ import annotations

import errno
import gzip
import os
from pathlib import Path
from zipfile import ZipFile

import pyarrow.parquet as pq
import pytest

from input_files import everything, write, write_archive
from itk3_validator import Source, Validator
from itk3_validator.adapters.cli import main
from itk3_validator.inputs.control import fields_of

SAMPLES = Path(__file__).parent.parent / "samples"

CONTROL = b"""\
<DTSControl>
  <Version>1.0</Version>
  <AddressType>DTS</AddressType>
  <MessageType>Data</MessageType>
  <From_DTS>X26OT001</From_DTS>
  <To_DTS>GPPROVIDER_9990000000_01012000_EXAMPLE</To_DTS>
  <Subject> Online consultation report </Subject>
  <LocalId></LocalId>
  <WorkflowId>GPFED_CONSULT_REPORT</WorkflowId>
  <StatusRecord><Status>SUCCESS</Status></StatusRecord>
</DTSControl>
"""
FIELDS = (
    ("From_DTS", "X26OT001"),
    ("To_DTS", "GPPROVIDER_9990000000_01012000_EXAMPLE"),
    ("WorkflowId", "GPFED_CONSULT_REPORT"),
    ("Subject", "Online consultation report"),
)
REPORT = (SAMPLES / "valid" / "gpcm-sd-oc-primary.xml").read_bytes()
KINDS = ["folder", "a.zip", "a.tar", "a.tgz", "a.tar.zst"]


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    """
    Every test works in an empty folder.
    """
    monkeypatch.chdir(tmp_path)


def put(kind: str, content: dict[str, bytes]) -> str:
    if kind != "folder":
        return str(write_archive(kind, content))
    for name, data in content.items():
        write(f"folder/{name}", data)
    return kind


def stated(where: str) -> dict[str, tuple[tuple[str, str], ...]]:
    """
    The messages by the ends of their names, each with what its control file states.
    """
    return {each.name.removeprefix(where).lstrip("!/"): each.control for each in everything(where)}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("first", ["dat", "ctl"])
def test_a_control_file_speaks_of_the_message_beside_it(kind, first):
    """
    Wherever it stands in the archive; a message without one has nothing stated, and a control file is no message.
    """
    dats = {"in/1.dat": b"<a/>", "in/2.DAT": b"<b/>", "in/3.dat": b"<c/>", "in/4.xml": b"<d/>"}
    ctls = {"in/1.ctl": CONTROL, "in/2.CTL": CONTROL, "3.ctl": CONTROL, "in/4.ctl": CONTROL}
    content = {**dats, **ctls} if first == "dat" else {**ctls, **dats}

    assert stated(put(kind, content)) == {"in/1.dat": FIELDS, "in/2.DAT": FIELDS, "in/3.dat": (), "in/4.xml": ()}


@pytest.mark.parametrize("kind", KINDS)
def test_a_control_file_that_cannot_be_used_costs_no_message(kind):
    """
    Broken, too large or something else: the message is read, and in the place of fields stands the reason.
    """
    content = {f"{number}.ctl": data for number, (data, _) in enumerate(UNUSABLE)}
    content |= {f"{number}.dat": b"<a/>" for number in range(len(UNUSABLE))}

    assert stated(put(kind, content)) == {f"{number}.dat": why for number, (_, why) in enumerate(UNUSABLE)}


UNUSABLE = (
    (b"<DTSControl>", "it is not well-formed XML"),
    (CONTROL + b" " * 10_000, "it is larger than 10,000 bytes"),
    (b"<Other/>", "its root is not DTSControl"),
    (b"", "it is not well-formed XML"),
    (b"\xff\xfe<", "it is not well-formed XML"),
    (b"<!DOCTYPE DTSControl><DTSControl/>", "it has a DOCTYPE"),
)


def test_a_control_file_that_the_system_does_not_give(monkeypatch):
    """
    Whatever the system says is the reason.
    """
    write("in/1.dat")
    control = str(write("in/1.ctl", CONTROL))
    opened = os.open

    def refuse(path, *arguments, **more):
        if str(path).endswith("1.ctl"):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), control)
        return opened(path, *arguments, **more)

    monkeypatch.setattr("os.open", refuse)

    assert stated("in") == {"1.dat": "it cannot be read: Permission denied"}


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        pytest.param(lambda data: data.replace(b"8ZX41OT001", b"8ZX41OT002"), "it is damaged", id="bytes"),
        pytest.param(lambda data: data, (("From_DTS", "8ZX41OT001"),), id="whole"),
    ],
)
def test_a_control_file_that_is_damaged_in_its_archive(spoil, why):
    """
    A zip archive tells by its checksum; the message is read.
    """
    control = b"<DTSControl><From_DTS>8ZX41OT001</From_DTS></DTSControl>"
    with ZipFile("a.zip", "w") as archive:
        archive.writestr("1.dat", b"<a/>")
        archive.writestr("1.ctl", control)
    Path("a.zip").write_bytes(spoil(Path("a.zip").read_bytes()))

    assert stated("a.zip") == {"1.dat": why}


@pytest.mark.parametrize("kind", ["a.tar", "a.tgz"])
def test_an_archive_that_breaks_off_may_have_held_a_control_file(kind):
    """
    Of the messages before the break nobody knows whether they had one; what was found before it counts.
    """
    content = {"1.ctl": CONTROL, "1.dat": b"<a/>", "2.dat": b"<b/>", "3.xml": b"<c/>", "2.ctl": CONTROL * 20}
    path = write_archive("a.tar", content)
    data = path.read_bytes()
    broken = data[: data.index(b"<b/>") + 2_500]
    write(kind, gzip.compress(broken) if kind == "a.tgz" else broken)
    found = [each for each in everything(kind) if isinstance(each, Source)]

    assert {each.name.removeprefix(f"{kind}!/"): each.control for each in found} == {
        "1.dat": FIELDS,
        "2.dat": "the archive cannot be read to its end",
        "3.xml": (),
    }


def test_a_packed_message_has_a_control_file_too():
    """
    `1.dat.gz` stands beside `1.ctl`.
    """
    write("in/1.dat.gz", gzip.compress(b"<a/>"))
    write("in/1.ctl", CONTROL)

    assert stated("in") == {"1.dat.gz": FIELDS}


def test_a_link_is_no_control_file():
    """
    Links are not followed, and this is the only file that is read beside a message.
    """
    write("in/1.dat")
    write("out/1.ctl", CONTROL)
    Path("in/1.ctl").symlink_to("../out/1.ctl")

    assert stated("in") == {"1.dat": ()}


def test_what_is_stated_is_not_shown():
    """
    A message stands in tracebacks and logs, where no name of a patient belongs.
    """
    write("1.dat")
    write("1.ctl", CONTROL)
    (message,) = everything("1.dat")

    assert message.control == FIELDS
    assert repr(message) == "<Source '1.dat': 4 bytes>"


@pytest.mark.parametrize(
    ("data", "fields"),
    [
        pytest.param("<DTSControl><From_DTS>A</From_DTS></DTSControl>", {"From_DTS": "A"}, id="one"),
        pytest.param("<DTSControl><LocalId> </LocalId></DTSControl>", {}, id="blank"),
        pytest.param("<DTSControl><From_DTS>A</From_DTS><From_DTS>B</From_DTS></DTSControl>", {}, id="two"),
        pytest.param(
            "<DTSControl><From_DTS>A</From_DTS><From_DTS>A</From_DTS></DTSControl>", {"From_DTS": "A"}, id="same"
        ),
        pytest.param("<DTSControl><a><From_DTS>A</From_DTS></a></DTSControl>", {}, id="deeper"),
        pytest.param("<DTSControl><From_DTS>A<b/></From_DTS></DTSControl>", {}, id="markup"),
        pytest.param("<DTSControl><From_DTS>A<!-- c --></From_DTS></DTSControl>", {"From_DTS": "A"}, id="comment"),
        pytest.param("<DTSControl><PartnerId>A</PartnerId></DTSControl>", {}, id="another field"),
        pytest.param(f"<DTSControl><Subject>{'x' * 1001}</Subject></DTSControl>", {}, id="too long"),
        pytest.param("<DTSControl><Subject>\u00e9</Subject></DTSControl>", {"Subject": "\u00e9"}, id="letters"),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_fields(data, fields, encoding):
    """
    A field that is there once, directly below DTSControl; whatever could be meant otherwise is not stated.
    """
    assert dict(fields_of(data.encode(encoding))) == fields


@pytest.mark.parametrize(
    ("data", "why"),
    [
        pytest.param(
            "<DTSControl xmlns='urn:x'><From_DTS>A</From_DTS></DTSControl>",
            "its root is not DTSControl",
            id="namespace",
        ),
        pytest.param(
            "<d><DTSControl><From_DTS>A</From_DTS></DTSControl></d>", "its root is not DTSControl", id="not the root"
        ),
        pytest.param(
            "<!DOCTYPE DTSControl [<!ENTITY e 'A'>]><DTSControl><From_DTS>&e;</From_DTS></DTSControl>",
            "it has a DOCTYPE",
            id="entity",
        ),
        pytest.param(
            "<!DOCTYPE DTSControl [<!ENTITY e 'A'>]><DTSControl><From_DTS>A</From_DTS></DTSControl>",
            "it has a DOCTYPE",
            id="doctype",
        ),
        pytest.param("<DTSControl><From_DTS>A</DTSControl>", "it is not well-formed XML", id="broken"),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_no_control_file(data, why, encoding):
    """
    What is none is not read as one, and says why.
    """
    assert fields_of(data.encode(encoding)) == why


@pytest.fixture(scope="module")
def validator():
    return Validator(["gpcm-sd-oc"])


OWN, OTHER = "8ZX41OT001", "X26OT001"


@pytest.mark.parametrize(
    ("control", "facts", "outcome"),
    [
        pytest.param({}, {}, "not-applicable", id="nothing stated"),
        pytest.param({"From_DTS": OWN}, {}, "pass", id="the mailbox of the message"),
        pytest.param({"From_DTS": OTHER}, {}, "fail", id="another mailbox"),
        pytest.param({"To_DTS": OTHER, "Subject": OTHER}, {}, "not-applicable", id="other fields"),
        pytest.param({"From_DTS": OTHER}, {"mailbox": OWN}, "pass", id="the caller goes before"),
        pytest.param({"From_DTS": OWN}, {"mailbox": OTHER}, "fail", id="the caller goes before, to fail as well"),
        pytest.param({"From_DTS": OWN}, {"recipient": "primary"}, "pass", id="beside another fact"),
        pytest.param("it is damaged", {}, "undecided", id="a control file that cannot be used"),
        pytest.param("it is damaged", {"mailbox": OWN}, "pass", id="the caller goes before what cannot be used"),
        pytest.param("it is damaged", {"mailbox": OTHER}, "fail", id="the caller goes before it, to fail as well"),
        pytest.param("it is damaged", {"recipient": "primary"}, "undecided", id="cannot be used, another fact"),
    ],
)
def test_a_fact_is_stated_by_the_field_that_the_pack_names(validator, control, facts, outcome):
    """
    GPCM-SD-OC-149/2 compares the source with `mailbox`, which is From_DTS unless the caller says something else.
    """
    message = Source("m", REPORT, control if isinstance(control, str) else tuple(control.items()))

    report = validator.validate(message, facts=facts)

    assert report.outcomes["GPCM-SD-OC-149/2"] == outcome


PACK = """\
pack: p
version: 1.0.0
title: Example
source: {document: Example}
selectors:
  header: (/f:Bundle/f:entry/f:resource/f:MessageHeader)[1]
  header-id: $header/f:id
facts:
  workflow: {values: [A, B], mesh: WorkflowId}
  mailbox: {mesh: From_DTS, unstated: not-applicable}
interactions:
  any: {requires: {header: present}}
rules:
  - id: R-1
    text: It is there.
    given: {workflow: A}
    check: {header-id: present}
tests: []
"""


@pytest.mark.parametrize(("value", "outcome"), [("A", "pass"), ("B", "not-applicable"), ("C", "undecided")])
def test_a_value_that_the_pack_does_not_know_states_nothing(value, outcome):
    """
    What the transport says is no mistake of the caller.
    """
    write("p/pack.yaml", PACK.encode())

    report = Validator([Path("p")]).validate(Source("m", REPORT, (("WorkflowId", value),)))

    assert report.outcomes == {"R-1": outcome}


WHY = "the MESH control file of the message cannot be used: {}; mend it, or state the fact '{}' to decide this"
REASONS = ["it is damaged", "it has a DOCTYPE", "it is damaged"]


@pytest.mark.parametrize("remember", [True, False], ids=["remembered", "judged-anew"])
def test_a_control_file_that_cannot_be_used_decides_nothing(remember):
    """
    Rules that ask for what it would state are undecided and say why, also of messages that are alike but for that;
    what it does not state is decided as ever.
    """
    write("p/pack.yaml", PACK.replace("tests: []", RULES).encode())
    validator = Validator([Path("p")], remember=remember)
    reports = [validator.validate(Source("m", REPORT, why)) for why in (*REASONS, ())]
    told = [[(each.id, str(each.outcome), each.message) for each in report.results] for report in reports]
    unstated = "state the fact 'workflow' (A or B) to decide this"

    assert told == [
        *(told_without(WHY.format(why, "workflow"), "undecided", WHY.format(why, "mailbox")) for why in REASONS),
        told_without(unstated, "not-applicable", None),
    ]


def told_without(workflow, mailbox, why):
    return [("R-1", "undecided", workflow), ("R-2", mailbox, why), ("R-3", "pass", None)]


RULES = """\
  - id: R-2
    text: It is the mailbox.
    check: {header-id: {same-as: fact.mailbox}}
  - id: R-3
    text: It is there.
    check: {header-id: present}
tests: []
"""


def test_a_batch_tells_of_control_files_that_cannot_be_used(capsys):
    """
    On the row of the message and with the rule, however many messages are alike; of others nothing is told.
    """
    content = {"1.dat": REPORT, "2.dat": REPORT, "3.dat": REPORT, "1.ctl": b"<DTSControl>", "2.ctl": b"<Other/>"}
    put("folder", content)
    main(["batch", "folder", "-o", "run", "--quiet", "--pack", "gpcm-sd-oc"])
    rows = pq.read_table("run/messages").sort_by("message").to_pylist()
    findings = [each for each in pq.read_table("run/findings").to_pylist() if each["rule"] == "GPCM-SD-OC-149/2"]
    main(["batch", "report", "run"])
    unusable = "the MESH control file of the message cannot be used: {}"
    whys = ["it is not well-formed XML", "its root is not DTSControl"]

    assert [each["reason"] for each in rows] == [*map(unusable.format, whys), None]
    assert {each["verdict"] for each in rows} == {"undecided"}
    assert [(each["message"], each["outcome"], each["says"]) for each in findings] == [
        (number, "undecided", WHY.format(why, "mailbox")) for number, why in enumerate(whys)
    ]
    report = capsys.readouterr().out
    for number, why in enumerate(whys, 1):
        assert f"{unusable.format(why)} (such as folder/{number}.dat)" in report


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("show", [[], ["--show-values", "--verbose"]], ids=["masked", "shown"])
def test_a_mesh_folder_on_the_command_line(kind, show, capsys):
    """
    Units are judged with what their control files state, of which no report tells anything.
    """
    where = put(kind, {"1.dat": REPORT, "1.ctl": CONTROL, "2.dat": REPORT})

    status = main(["validate", where, "--fact", "recipient=primary", "--only", "GPCM-SD-OC-149/2", *show])

    told = capsys.readouterr()
    text = told.out + told.err
    assert status == 1
    assert text.count("FAIL GPCM-SD-OC-149/2") == 1
    assert "1 not applicable" in text
    assert [value for _, value in FIELDS if value in text] == []


def test_no_report_is_written_over_a_control_file(capsys):
    """
    It is read as well as the message beside it.
    """
    write("in/1.dat", REPORT)
    control = write("in/1.ctl", CONTROL)

    assert main(["validate", "in", "--format", "json:in/1.ctl"]) == 2
    assert "in/1.ctl is to be read, so no report can be written over it" in capsys.readouterr().err
    assert control.read_bytes() == CONTROL
