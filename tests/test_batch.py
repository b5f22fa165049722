"""
A run over many messages: nothing is lost, nothing is there twice, and whatever happens to it, it says the same.
"""

from __future__ import annotations

import errno
import json
import os
import pickle
import random
import re
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import batch_small
import worker_tasks
from itk3_validator import BatchSettings, Limits, Source, Validator
from itk3_validator.adapters.batch_tasks import Tasks
from itk3_validator.adapters.cli import main
from itk3_validator.adapters.workers import Lost, Raised, Workers
from itk3_validator.batch.folder import folder_of
from itk3_validator.batch.judging import Given, Judge
from itk3_validator.batch.run import run
from itk3_validator.batch.schema import ALWAYS_OTHER, TABLES
from itk3_validator.batch.sources import chunks
from itk3_validator.inputs.locate import locate
from sample_messages import INVALID, VALID, text

TESTS = Path(__file__).parent
RESPONSE = text("gpcm-sd-oc-business-response")


@pytest.fixture
def archive(tmp_path):
    """
    A folder of 200 small messages, every tenth with a fault, every fiftieth no XML at all.
    """
    return written(tmp_path / "archive", 200)


def written(folder, number):
    folder.mkdir()
    for each in range(number):
        message = RESPONSE.replace('<id value="40aea80b', f'<id value="{each:08x}', 1)
        if each % 10 == 3:
            message = message.replace("ITK008M", "ITK00XM")
        if each % 50 == 49:
            message = "<Bundle"
        (folder / f"{each:05d}.xml").write_text(message, encoding="utf-8")
    return folder


@pytest.fixture
def small(monkeypatch):
    """
    Many chunks and parts.
    """
    monkeypatch.setattr("itk3_validator.adapters.batch_command.CHUNK", 10)
    monkeypatch.setattr("itk3_validator.adapters.batch_command.PART", 30)


def batch(*arguments):
    return main(["batch", *map(str, arguments), "--quiet", "--pack", "itk3-acknowledgement"])


def rows(path, table):
    """
    The rows of a table, read as anybody would.
    """
    return pq.read_table(path / table).to_pylist()


def files(path):
    """
    Every file of results, byte for byte.
    """
    return {
        str(each.relative_to(path)): each.read_bytes()
        for each in sorted(path.rglob("*"))
        if each.is_file() and each.name != "lock"
    }


def begun_like(path, other):
    """
    A run whose hashes can be compared with those of another.
    """
    path.mkdir()
    shutil.copy(other / "secret", path / "secret")
    return path


def test_a_run_says_what_validate_says(tmp_path, capsys):
    """
    The samples as a batch: verdicts, findings and counts are those of `validate`, and so is the exit status.
    """
    status = main(["batch", str(VALID), str(INVALID), "-o", str(tmp_path / "run")])
    told = capsys.readouterr().out
    assert main(["validate", "--format", "json", str(VALID), str(INVALID)]) == status
    reports = json.loads(capsys.readouterr().out)["messages"]
    messages = rows(tmp_path / "run", "messages")
    findings = rows(tmp_path / "run", "findings")
    outcomes = rows(tmp_path / "run", "outcomes")

    assert told.startswith(f"{len(reports)} messages: ")
    assert [(each["message"], each["source"], each["verdict"], each["digest"]) for each in messages] == [
        (number, each["source"], each["verdict"], each["digest"]) for number, each in enumerate(reports)
    ]
    assert [(each["message"], each["rule"], each["outcome"], each["xpath"]) for each in findings] == [
        (number, result["id"], result["outcome"], place["xpath"] if place else None)
        for number, report in enumerate(reports)
        for result in report["results"]
        if result["outcome"] not in ("pass", "not-applicable")
        for place in result["findings"] or [None]
    ]
    counted = {}
    for report in reports:
        for result in report["results"]:
            key = report["pack"], report["interaction"], result["id"], result["outcome"]
            counted[key] = counted.get(key, 0) + 1
    assert {
        (each["pack"], each["interaction"], each["rule"], each["outcome"]): each["messages"] for each in outcomes
    } == counted


def test_every_table_is_there(archive, tmp_path):
    """
    Also the tables that have no row, each with the columns that are documented.
    """
    assert batch(archive, "-o", tmp_path / "run") == 1

    for name, schema in TABLES.items():
        assert pq.read_table(tmp_path / "run" / name).schema.equals(schema), name


def test_a_dictionary_is_written_of_what_is_there_again(archive, tmp_path):
    """
    Columns of values that are always others have none, and those that repeat a few have one.
    """
    assert batch(archive, "-o", tmp_path / "run") == 1

    group = pq.ParquetFile(tmp_path / "run" / "messages" / "000000.parquet").metadata.row_group(0)
    columns = [group.column(number) for number in range(group.num_columns)]
    with_one = {each.path_in_schema for each in columns if each.has_dictionary_page}
    assert with_one & ALWAYS_OTHER == set()
    assert with_one >= {"pack", "interaction", "verdict", "sender", "event"}


def test_the_folder_is_the_owner_s_alone(archive, tmp_path):
    """
    Nobody else may read a run.
    """
    batch(archive, "-o", tmp_path / "run")

    assert (tmp_path / "run").stat().st_mode & 0o077 == 0
    assert {each.stat().st_mode & 0o077 for each in (tmp_path / "run").rglob("*")} == {0}


@pytest.mark.usefixtures("small")
def test_how_many_processes_makes_no_difference(archive, tmp_path):
    """
    One process or three, once or twice: the files are the same, byte for byte.
    """
    batch(archive, "-o", tmp_path / "one", "--processes", 1)
    batch(archive, "-o", begun_like(tmp_path / "three", tmp_path / "one"), "--processes", 3)

    assert len(list((tmp_path / "one" / "messages").iterdir())) == 7
    assert files(tmp_path / "one") == files(tmp_path / "three")


@pytest.mark.usefixtures("small")
def test_a_run_that_is_whole_stays_as_it_is(archive, tmp_path):
    """
    The same command again changes nothing and ends with the same status.
    """
    first = batch(archive, "-o", tmp_path / "run")
    before = files(tmp_path / "run")

    assert batch(archive, "-o", tmp_path / "run") == first
    assert files(tmp_path / "run") == before


def killed(arguments, run_folder, moment):
    """
    Run the command and kill it when so many files have come into being; the exit status where it was faster.
    """
    process = subprocess.Popen(
        [sys.executable, str(TESTS / "batch_small.py"), *arguments],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=subprocess.DEVNULL,
    )
    seen = set()
    while process.poll() is None:
        seen |= there(run_folder)
        if len(seen) >= moment:
            process.kill()
        time.sleep(0.0005)
    return process.wait()


def there(folder):
    """
    All that is below a folder, whatever goes while this looks.
    """
    return {Path(at, name) for at, folders, names in os.walk(folder) for name in (*folders, *names)}


def kill_and_go_on(archive, tmp_path, kills):
    drawn = random.Random(kills)
    reference, path = tmp_path / "reference", tmp_path / "run"
    batch(archive, "-o", reference)
    begun_like(path, reference)
    arguments = ["batch", str(archive), "-o", str(path), "--quiet", "--pack", "itk3-acknowledgement"]
    statuses = []
    while len(statuses) < kills and 1 not in statuses:
        statuses.append(killed(arguments, path, len(there(path)) + drawn.randint(0, 14)))
    statuses.append(killed(arguments, path, 1_000_000))

    assert set(statuses[:-1]) <= {-signal.SIGKILL, 1}
    assert statuses[0] == -signal.SIGKILL
    assert statuses[-1] == 1
    assert files(path) == files(reference)


@pytest.mark.usefixtures("small")
def test_a_killed_run_goes_on(archive, tmp_path):
    """
    `kill -9`, and the same command again: the files are those of an unbroken run, byte for byte.
    """
    kill_and_go_on(archive, tmp_path, 3)


@pytest.mark.parametrize("left", [".secret", ".manifest.json"])
def test_a_run_that_was_killed_at_once_goes_on(archive, tmp_path, left):
    """
    Before there was a manifest: what it left half written is no other's file.
    """
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / left).write_bytes(b"half")

    assert batch(archive, "-o", tmp_path / "run") == 1
    assert len(rows(tmp_path / "run", "messages")) == 200


@pytest.mark.parametrize("ending", [KeyboardInterrupt, OSError])
def test_a_table_that_is_not_written_to_its_end_leaves_nothing(tmp_path, ending):
    """
    What was there stays there, whole, and nothing beside it.
    """
    schema = TABLES["archive_outcomes"]

    def rows_until(error):
        yield pa.RecordBatch.from_pylist([{}], schema=schema)
        raise error

    with folder_of(tmp_path / "run") as (folder, _):
        folder.put("archive_outcomes", schema.empty_table())
        before = files(tmp_path / "run")
        with pytest.raises(ending):
            folder.put_rows("archive_outcomes", rows_until(ending()))

    assert files(tmp_path / "run") == before


@pytest.mark.long
@pytest.mark.usefixtures("small")
def test_a_run_that_is_killed_again_and_again_goes_on(tmp_path):
    """
    The same with many kills, at moments drawn at random.
    """
    kill_and_go_on(written(tmp_path / "archive", 600), tmp_path, 15)


@pytest.mark.parametrize(
    ("before", "now", "told"),
    [
        pytest.param([], ["--only", "ITK-MessageHeader-2#MessageHeader.event"], "--only was not said", id="only"),
        pytest.param([], ["--show-values"], "--show-values was no, and is yes", id="show-values"),
        pytest.param(["--max-size", "1MB"], [], "--max-... was 1000000", id="limits"),
        pytest.param([], ["--pack", "itk3-message"], "the pack itk3-message was not used", id="another-pack"),
        pytest.param(
            [],
            ["--request", str(VALID / "gpcm-sd-oc-primary.xml")],
            "--request was not said, and is said",
            id="request",
        ),
    ],
)
def test_a_changed_setting_is_told(archive, tmp_path, capsys, before, now, told):
    """
    A run does not go on with other settings; it says which, and stays as it is.
    """
    batch(archive, "-o", tmp_path / "run", *before)
    there = files(tmp_path / "run")

    assert batch(archive, "-o", tmp_path / "run", *now) == 2
    assert told in capsys.readouterr().err
    assert files(tmp_path / "run") == there


@pytest.mark.parametrize(
    ("before", "now", "told"),
    [
        pytest.param(["recipient=primary"], ["recipient=copy"], "recipient is another", id="another"),
        pytest.param([], ["recipient=primary"], "recipient was not said, and is said", id="new"),
        pytest.param(["recipient=primary"], [], "recipient was said, and is not said", id="left-out"),
    ],
)
def test_a_changed_fact_is_told_without_its_value(tmp_path, capsys, before, now, told):
    """
    What is stated may be about a patient.
    """
    command = ["batch", str(VALID), "-o", str(tmp_path / "run"), "--quiet", "--pack", "gpcm-sd-oc"]
    main([*command, *(f"--fact={each}" for each in before)])
    capsys.readouterr()

    assert main([*command, *(f"--fact={each}" for each in now)]) == 2
    assert capsys.readouterr().err.splitlines()[1:] == [f"itk3:   --fact {told}"]
    assert "primary" not in (tmp_path / "run" / "manifest.json").read_text(encoding="utf-8")


def test_a_changed_pack_is_told(archive, tmp_path, capsys):
    """
    One more rule in a folder of rules, and the run does not go on.
    """
    pack = tmp_path / "mine"
    pack.mkdir()
    file = pack / "pack.yaml"
    file.write_text(
        "pack: mine\nversion: 1.0.0\ntitle: Mine\nsource: {document: Mine}\nextends: [itk3-acknowledgement@1]\n",
        encoding="utf-8",
    )
    command = ["batch", str(archive), "-o", str(tmp_path / "run"), "--quiet", "--pack", str(pack)]
    main(command)
    file.write_text(
        file.read_text(encoding="utf-8") + "drop: {RSP-ITK#MessageHeader.event.code: a test}\n", encoding="utf-8"
    )

    assert main(command) == 2
    assert "the pack mine has changed" in capsys.readouterr().err


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize(
    ("change", "told"),
    [
        pytest.param(
            lambda folder: (folder / "00003.xml").write_text("<Bundle/>"), "00000.xml or shortly after", id="other"
        ),
        pytest.param(
            lambda folder: os.utime(folder / "00003.xml", (0, 0)), "a file that was copied or touched", id="touched"
        ),
        pytest.param(
            lambda folder: (folder / "00203.xml").write_text("<Bundle/>"), "there are more of them", id="more"
        ),
        pytest.param(
            lambda folder: [each.unlink() for each in folder.glob("0019*")], "there are fewer of them", id="fewer"
        ),
    ],
)
def test_changed_messages_are_told(archive, tmp_path, capsys, change, told):
    """
    A run does not go on with other messages.
    """
    batch(archive, "-o", tmp_path / "run")
    change(archive)

    assert batch(archive, "-o", tmp_path / "run") == 2
    assert told in capsys.readouterr().err


@pytest.mark.parametrize(
    ("prepare", "told"),
    [
        pytest.param(lambda path: (path.mkdir(), (path / "thesis.doc").touch()), "holds thesis.doc", id="not-a-run"),
        pytest.param(lambda path: written(path, 0) and written(path / "messages", 2), "holds messages", id="messages"),
        pytest.param(lambda path: path.touch(), "cannot be written", id="a-file"),
    ],
)
def test_a_folder_that_is_no_run_is_left_alone(archive, tmp_path, capsys, prepare, told):
    """
    What is there stays, and the command says why it does not begin.
    """
    prepare(tmp_path / "run")
    before = files(tmp_path / "run")

    assert batch(archive, "-o", tmp_path / "run") == 2
    assert told in capsys.readouterr().err
    assert files(tmp_path / "run") == before


def test_what_others_put_into_a_run_stays(archive, tmp_path):
    """
    Only what a killed run left of a part is cleared away.
    """
    batch(archive, "-o", tmp_path / "run")
    before = files(tmp_path / "run")
    (tmp_path / "run" / "messages" / "notes.txt").touch()
    (tmp_path / "run" / "messages" / "000007.parquet").touch()
    batch(archive, "-o", tmp_path / "run")

    assert files(tmp_path / "run") == {**before, "messages/notes.txt": b""}


def test_a_run_inside_its_source_is_refused(archive, capsys):
    """
    It would judge itself.
    """
    assert batch(archive, "-o", archive / "run") == 2
    assert "name a folder outside of it" in capsys.readouterr().err


def test_two_processes_never_write_to_one_run(archive, tmp_path, capsys):
    """
    While a run is written to, another process is turned away.
    """
    with folder_of(tmp_path / "run"):
        assert batch(archive, "-o", tmp_path / "run") == 2
    assert "another process writes to this run" in capsys.readouterr().err


UNREADABLE = "messages were unreadable, or could not be judged by every rule (1 message: 1 unreadable)"


@pytest.mark.parametrize(
    ("name", "message", "status", "told"),
    [
        pytest.param("a.xml", RESPONSE, 0, "", id="undecided"),
        pytest.param("a.xml", "<Bundle", 3, UNREADABLE, id="unreadable"),
        pytest.param("a.xml", "<Bundle/>", 4, "no message was judged (1 message: 1 unrecognised)", id="unrecognised"),
        pytest.param("a.txt", "", 4, "no message was judged (0 messages)", id="nothing"),
        pytest.param("a.xml", RESPONSE.replace("ITK008M", "X"), 1, "", id="invalid"),
    ],
)
def test_the_exit_status_is_that_of_validate(tmp_path, capsys, name, message, status, told):
    """
    Over a batch as over one message; one that is quiet still says why messages were not judged.
    """
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / name).write_text(message, encoding="utf-8")

    assert main(["validate", "--quiet", "--pack", "itk3-acknowledgement", str(folder)]) == status
    capsys.readouterr()
    assert batch(folder, "-o", tmp_path / "run") == status
    assert capsys.readouterr() == ("", f"itk3: {told}\n" if told else "")


def test_what_a_killed_run_spilled_is_cleared_away(archive, tmp_path):
    """
    What did not fit into memory lies in the run itself, and the same command again takes it away.
    """
    batch(archive, "-o", tmp_path / "run")
    before = files(tmp_path / "run")
    (tmp_path / "run" / "spill").mkdir()
    (tmp_path / "run" / "spill" / "duckdb_temp_storage_0.tmp").write_bytes(b"half")
    batch(archive, "-o", tmp_path / "run")

    assert files(tmp_path / "run") == before


def test_a_full_disk_is_told_with_what_was_written(archive, tmp_path, capsys, monkeypatch):
    """
    In the middle of a batch no report is written yet. The same command goes on.
    """

    def full(*_arguments, **_options):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("itk3_validator.batch.folder.pq.write_table", full)
        before = batch(archive, "-o", tmp_path / "run", "--processes", "1")
    told = capsys.readouterr().err
    after = batch(archive, "-o", tmp_path / "run", "--processes", "1")

    assert (before, after) == (3, 1)
    assert told == f"itk3: {tmp_path}/run/messages/000000.parquet cannot be written: No space left on device\n"


def test_names_can_be_hidden(archive, tmp_path):
    """
    With hashed names no file of the run holds one, and the run goes on, with the same sources only.
    """
    named = sorted(archive.iterdir())[:3]
    command = ["-o", tmp_path / "run", "--source-names", "hash"]
    statuses = [batch(*named, *command), batch(*named, *command), batch(*named[1:], *command)]

    assert statuses == [statuses[0], statuses[0], 2]
    assert all(each["source"].startswith("sha256:") for each in rows(tmp_path / "run", "messages"))
    held = b"".join(files(tmp_path / "run").values())
    assert [each.name for each in named if each.name.encode() in held] == []


def test_archives_are_sources_too(archive, tmp_path):
    """
    A folder and the zip of it give the same rows, but for the names.
    """
    with zipfile.ZipFile(tmp_path / "archive.zip", "w", zipfile.ZIP_DEFLATED) as packed:
        for each in sorted(archive.iterdir()):
            packed.write(each, each.name)
    batch(archive, "-o", tmp_path / "a")
    batch(tmp_path / "archive.zip", "-o", tmp_path / "b")
    of_folder, of_zip = (rows(tmp_path / each, "messages") for each in "ab")

    assert [{**each, "source": None} for each in of_folder] == [{**each, "source": None} for each in of_zip]
    assert of_zip[0]["source"].endswith("archive.zip!/00000.xml")


DANGEROUS = {
    "00007-kill.xml": "it ended its process (signal 9)",
    "00008-kill.xml": "it ended its process (signal 9)",
    "00031-hang.xml": "it took longer than the time limit",
    "00032-raise.xml": "it could not be judged (ValueError)",
    "00041-read.xml": "it could not be read or judged (MemoryError at batch_small.py)",
}


def test_dangerous_messages_cost_themselves(archive, tmp_path):
    """
    A message that kills or hangs its process, or cannot even be read, each time, is an error with the reason; one whose
    process somebody killed is judged; all others are judged.
    """
    for name in (*DANGEROUS, "00055-kill-once.xml"):
        shutil.copy(archive / "00000.xml", archive / name)
    judge = Judge(BatchSettings(), Validator(["itk3-acknowledgement"]))
    (tmp_path / "markers").mkdir()
    arguments = (str(tmp_path / "markers"), judge, Limits())
    with (
        folder_of(tmp_path / "run") as (folder, _),
        Workers(batch_small.make_dangerous, arguments, processes=2, time_limit=3) as workers,
    ):
        folder.begin({})
        run(folder, chunks(locate([str(archive)]), 10), Tasks(workers).begin, ahead=4, part_messages=50)
    found = rows(tmp_path / "run", "messages")
    errors = {Path(each["source"]).name: each["reason"] for each in found if each["verdict"] == "error"}

    assert {name: re.sub(r":\d+ in \w+", "", why) for name, why in errors.items()} == DANGEROUS
    assert [Path(each["source"]).name for each in found] == sorted(each.name for each in archive.iterdir())
    assert [each["message"] for each in found] == list(range(len(found)))


@pytest.mark.parametrize("part", [-1, 1], ids=["in-no-part", "in-one-part"])
@pytest.mark.parametrize(("how", "told"), [("kill", Lost), ("raise", Raised)])
def test_what_never_works_ends(archive, how, told, part):
    """
    A chunk that fails when nothing of it is left to leave out is not tried for ever.
    """
    chunk = next(iter(chunks(locate([str(archive)]), 3)))
    with Workers(batch_small.make_hopeless, (how, part), processes=1) as workers, pytest.raises(told):
        Tasks(workers).begin(chunk)()


@pytest.mark.parametrize(
    ("make", "told"),
    [
        pytest.param(worker_tasks.make_end, "TypeError at ", id="never-ready"),
        pytest.param(worker_tasks.make, r"\w+ at worker_tasks\.py", id="never-works"),
        pytest.param(batch_small.make_ending, r"it ended its process \(signal 9\)", id="always-ends"),
    ],
)
def test_a_run_that_no_process_can_judge(archive, tmp_path, capsys, monkeypatch, make, told):
    """
    It ends with status 3 and the reason; when processes can judge again the same command does what is left.
    """
    command = ["batch", str(archive), "-o", str(tmp_path / "run"), "--quiet", "--processes", "1"]
    with monkeypatch.context() as changed:
        changed.setattr("itk3_validator.batch.work.make_work", make)
        assert main(command) == 3
    assert re.fullmatch(
        rf"itk3: no process can judge what comes next: {told}.*; the same command goes on there\n",
        capsys.readouterr().err,
    )
    assert main(command) == 1
    assert len(rows(tmp_path / "run", "messages")) == 200


def test_names_that_are_no_text(tmp_path):
    """
    A name that is no UTF-8, of a file or in a table, is told with its bytes escaped; the messages are judged.
    """
    folder = written(tmp_path / "archive", 2)
    (folder / "00001.xml").rename(os.fsdecode(os.fsencode(folder / "b") + b"\xff.xml"))
    lines = [json.dumps({"id": each, "xml": RESPONSE}) for each in ("a", "\ud800")]
    (folder / "c.ndjson").write_text("\n".join(lines), encoding="utf-8")
    batch(folder, "-o", tmp_path / "run", "--name-column", "id")
    batch(folder, "-o", tmp_path / "hidden", "--name-column", "id", "--source-names", "hash")
    found, hidden = (rows(tmp_path / each, "messages") for each in ("run", "hidden"))

    assert [each["source"].removeprefix(f"{folder}/") for each in found] == [
        "00000.xml",
        "b\\udcff.xml",
        "c.ndjson!/a",
        "c.ndjson!/\\ud800",
    ]
    assert {each["verdict"] for each in found} == {"undecided"}
    assert [{**each, "source": None} for each in hidden] == [{**each, "source": None} for each in found]
    assert len({each["source"] for each in hidden if each["source"].startswith("sha256:")}) == len(found)


def test_a_folder_that_looks_like_a_column(tmp_path, capsys):
    """
    A run may lie in a folder called name=value: DuckDB takes no column from it.
    """
    run_folder = tmp_path / "source=mesh" / "day=1" / "run"
    batch(written(tmp_path / "archive", 1), "-o", run_folder)
    capsys.readouterr()
    query(run_folder, "SELECT source FROM messages", "--format", "csv")
    query(run_folder, "SELECT * FROM rules WHERE false", "--format", "csv")

    assert capsys.readouterr().out == (
        f"source\n{tmp_path}/archive/00000.xml\npack,rule,text,level,severity,source,link,remedy,title\n"
    )


@pytest.mark.parametrize(
    ("command", "name"),
    [
        ("batch", "manifest.json"),
        ("batch", "parts/000001.json"),
        ("query", "parts/000001.json"),
        ("report", "parts/000001.json"),
    ],
)
def test_a_run_that_somebody_has_damaged(archive, tmp_path, capsys, command, name):
    """
    A file of a run that cannot be read is told, and nothing is written.
    """
    run_folder = tmp_path / "run"
    batch(archive, "-o", run_folder)
    (run_folder / name).write_bytes(b"{")
    before = files(run_folder)
    commands = {
        "batch": ["batch", str(archive), "-o", str(run_folder)],
        "query": ["batch", "query", str(run_folder), "SELECT 1"],
        "report": ["batch", "report", str(run_folder)],
    }
    capsys.readouterr()

    assert main(commands[command]) == 2
    assert f"{run_folder}/{name} is damaged; begin the run anew in another folder" in capsys.readouterr().err
    assert files(run_folder) == before


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        pytest.param("findings/000001.parquet", "findings/000001.parquet is missing; begin", id="part"),
        pytest.param("archive_findings/000000.parquet", "archive_findings/000000.parquet is missing", id="archive"),
        pytest.param("parts/000006.json", "had 200 messages, and 180 are there", id="last-part"),
    ],
)
@pytest.mark.parametrize(("command", "more"), [("query", ["SELECT 1"]), ("report", [])])
def test_a_run_of_which_something_is_gone(archive, tmp_path, capsys, command, more, spoil, told):
    """
    It is told: what is left would look like a run in which less was found.
    """
    batch(archive, "-o", tmp_path / "run")
    (tmp_path / "run" / spoil).unlink()
    capsys.readouterr()

    assert main(["batch", command, str(tmp_path / "run"), *more]) == 2
    assert told in capsys.readouterr().err


@pytest.mark.parametrize("table", ["messages", "findings", "archive_outcomes"])
@pytest.mark.parametrize(("command", "more"), [("query", ["SELECT 1"]), ("report", [])])
def test_a_table_that_somebody_has_damaged(archive, tmp_path, capsys, command, more, table):
    """
    It is told, as that of which something is gone.
    """
    batch(archive, "-o", tmp_path / "run")
    (tmp_path / "run" / table / "000000.parquet").write_bytes(b"PAR1")
    capsys.readouterr()

    assert main(["batch", command, str(tmp_path / "run"), *more]) == 2
    assert capsys.readouterr().err == (
        f"itk3: the table {table} of the run {tmp_path}/run cannot be read; a file of it is damaged\n"
    )


def test_a_report_on_rows_that_somebody_has_damaged(archive, tmp_path, capsys):
    """
    Also where the beginning and the end of a file are right; nothing of its rows is told.
    """
    batch(archive, "-o", tmp_path / "run")
    file = tmp_path / "run" / "messages" / "000000.parquet"
    data = bytearray(file.read_bytes())
    data[4:2_000] = bytes(1_996)
    file.write_bytes(data)
    capsys.readouterr()

    assert main(["batch", "report", str(tmp_path / "run")]) == 2
    assert re.fullmatch(
        rf"itk3: the tables of the run {tmp_path}/run cannot be read \(\w+\)\n", capsys.readouterr().err
    )


@pytest.mark.parametrize(("command", "more"), [("query", ["SELECT 1"]), ("report", [])])
def test_a_file_is_no_run(archive, capsys, command, more):
    """
    The name of a file is answered as that of any other folder that is no run.
    """
    file = archive / "00000.xml"

    assert main(["batch", command, str(file), *more]) == 2
    assert f"{file} is not the folder of a run" in capsys.readouterr().err


def query(run_folder, sql, *more):
    return main(["batch", "query", str(run_folder), sql, *more])


@pytest.fixture(scope="module")
def asked(tmp_path_factory):
    """
    A run to ask.
    """
    folder = tmp_path_factory.mktemp("asked")
    batch(written(folder / "archive", 60), "-o", folder / "run")
    return folder / "run"


@pytest.mark.parametrize(
    ("sql", "form", "told"),
    [
        pytest.param(
            "SELECT verdict, count(*) AS n FROM messages GROUP BY verdict ORDER BY n",
            "text",
            "verdict      n\n----------  --\nunreadable   1\ninvalid      6\nundecided   53\n3 rows\n",
            id="text",
        ),
        pytest.param(
            "SELECT verdict, instant, errors > 0 AS bad FROM messages WHERE message IN (0, 49) ORDER BY message",
            "csv",
            "verdict,instant,bad\nundecided,2024-03-12T10:05:47,false\nunreadable,,false\n",
            id="csv",
        ),
        pytest.param(
            "SELECT message, found FROM findings WHERE outcome = 'fail' ORDER BY ALL LIMIT 1",
            "json",
            '[\n  {"message": 3, "found": ["ITK00XM"]}\n]\n',
            id="json",
        ),
        pytest.param("SELECT 1 AS a WHERE false", "text", "a\n-\n0 rows\n", id="no-row"),
        pytest.param("SELECT 1 AS a WHERE false", "json", "[]\n", id="no-row-json"),
        pytest.param("SELECT 1 AS a, 2 AS a; ", "csv", "a,a\n1,2\n", id="names-that-are-alike"),
        pytest.param("WITH a AS (SELECT 7 AS b) FROM a", "csv", "b\n7\n", id="with"),
        pytest.param("FROM (DESCRIBE SELECT 1 AS a) SELECT column_name", "csv", "column_name\na\n", id="describe"),
        pytest.param("SELECT '=1+1' AS a", "csv", "a\n'=1+1\n", id="formula"),
        pytest.param("SELECT chr(27) || '[31m' AS a", "text", "a\n--------\n\\x1b[31m\n1 row\n", id="control"),
        pytest.param("SELECT chr(27) || chr(155) AS a", "csv", "a\n\\x1b\\x9b\n", id="control-csv"),
        pytest.param("SELECT chr(27) || chr(155) AS a", "json", '[\n  {"a": "\\u001b\\u009b"}\n]\n', id="control-json"),
        pytest.param("SELECT [chr(155)] AS a, -1 AS b", "csv", 'a,b\n"[""\\x9b""]",-1\n', id="control-in-a-list"),
        pytest.param("SELECT ' =1+1' AS a, 1 AS '@b'", "csv", "a,'@b\n' =1+1,1\n", id="formula-behind-a-blank"),
        pytest.param("SELECT count(*) AS n FROM rules WHERE rule = 'x'", "csv", "n\n0\n", id="rules"),
        pytest.param("SELECT count(*) AS n FROM archive_findings WHERE rule = 'x'", "csv", "n\n0\n", id="archive"),
    ],
)
def test_questions(asked, capsys, sql, form, told):
    """
    Answers are aligned text, CSV or JSON, and what they hold steers no terminal and no spreadsheet.
    """
    assert query(asked, sql, "--format", form) == 0
    assert capsys.readouterr().out == told


@pytest.mark.parametrize(
    ("sql", "place"),
    [
        pytest.param("SELEKT 1", ["LINE 1: SELEKT 1", "        ^^^^^^"], id="no-sql"),
        pytest.param(
            "SELECT nope FROM messages", ["LINE 1: SELECT nope FROM messages", "               ^^^^"], id="name"
        ),
        pytest.param("SELECT\nnope FROM rules;", ["LINE 2: nope FROM rules", "        ^^^^"], id="second-line"),
        pytest.param("SELECT" + "\n" * 9 + "nope", ["LINE 10: nope", "         ^^^^"], id="tenth-line"),
        pytest.param("SELECT" + "\n" * 8 + "nope", ["LINE 9:  nope", "         ^^^^"], id="ninth-line"),
    ],
)
def test_a_mistake_is_told_where_it_was_written(asked, capsys, sql, place):
    """
    Line and caret are those of the question as it was asked.
    """
    assert query(asked, sql) == 2
    assert [each.removeprefix("itk3: ") for each in capsys.readouterr().err.splitlines()[-2:]] == place


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM messages",
        "DROP VIEW messages",
        "CREATE TABLE x AS SELECT 1",
        "SELECT 1; SELECT 2",
        "",
        "COPY messages TO '{run}/out.csv'",
        "COPY messages TO '{run}/messages/000000.parquet'",
        "EXPLAIN ANALYZE COPY messages TO '{run}/out.csv'",
        "EXPLAIN ANALYZE COPY (SELECT 1) TO '{run}/messages/000000.parquet' (FORMAT parquet, USE_TMP_FILE false)",
        "EXPLAIN SELECT 1",
        "WITH a AS (COPY (SELECT 1) TO '{run}/messages/000000.parquet' (FORMAT parquet, USE_TMP_FILE false)) SELECT 1",
        "WITH a AS (INSERT INTO outcomes VALUES ('x')) SELECT 1",
        "SELECT * FROM read_text('{run}/secret')",
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM '/etc/passwd'",
        "SELECT * FROM glob('/*')",
        "SELECT * FROM main",
        "SELECT * FROM asked",
        "ATTACH '{run}/x.db'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET enable_external_access = true",
        "SET memory_limit = '100GB'",
        "PRAGMA database_list",
        "SELECT * FROM read_parquet('https://example.org/x.parquet')",
        "SELEKT 1",
    ],
)
def test_questions_that_are_refused(asked, capsys, sql):
    """
    SQL reads the tables of the run: no file, no network, no setting, no variable of Python, and it writes nothing.
    """
    before = files(asked)

    assert query(asked, sql.format(run=asked)) == 2
    assert capsys.readouterr().out == ""
    assert files(asked) == before


ENDLESS = "SELECT sum(a.range * b.range) FROM range(10000000) a, range(10000000) b"
ROWS = "SELECT a.range FROM range(10000000) a, range(10000000) b"


@pytest.mark.parametrize("sql", [pytest.param(ENDLESS, id="no-row"), pytest.param(ROWS, id="rows-without-end")])
def test_a_question_that_takes_too_long(asked, capsys, monkeypatch, sql):
    """
    It ends when its time is over, also where its first rows were written before, and says so plainly.
    """
    assert query(asked, sql, "--time-limit", "1", "--format", "csv") == 2
    told = "the SQL took longer than 1 s; ask for less, or allow more with --time-limit"
    assert told in capsys.readouterr().err


def test_a_question_in_its_time(asked, capsys):
    """
    A limit that is not reached changes nothing.
    """
    assert query(asked, "SELECT 1 AS a", "--time-limit", "600", "--format", "csv") == 0
    assert capsys.readouterr().out == "a\n1\n"


@pytest.mark.parametrize("limit", ["0", "-1", "x", "1.5", "86401"])
def test_a_time_limit_that_is_none(asked, capsys, limit):
    """
    It is refused before anything is asked.
    """
    assert query(asked, "SELECT 1", f"--time-limit={limit}") == 2
    assert "is no number from 1 to 86,400" in capsys.readouterr().err


TOO_LITTLE = "itk3: what is asked of the run {} needs more than {} of memory; "
TOO_LITTLE += "ask for less at a time, or judge its sources as several runs\n"


@pytest.mark.parametrize(
    ("memory", "sql", "answer"),
    [
        pytest.param(
            ("20MB", "60MB", "300MB"),
            "SELECT len(list(range)) AS n FROM range(2000000)",
            (0, "n\n2000000\n", ""),
            id="with-more",
        ),
        pytest.param(("1KB", "60MB"), "SELECT 1 AS n", (0, "n\n1\n", ""), id="not-even-opened"),
        pytest.param(
            ("10MB", "20MB"), "SELECT len(list(range)) FROM range(20000000)", (2, "", TOO_LITTLE), id="never-enough"
        ),
        pytest.param(("1KB", "2KB"), "SELECT 1", (2, "", TOO_LITTLE), id="never-opened"),
    ],
)
def test_a_question_that_needs_more_memory_gets_it(asked, capsys, monkeypatch, memory, sql, answer):
    """
    It is asked again with more; one for which the most is not enough is told so, and what would do.
    """
    monkeypatch.setattr("itk3_validator.batch.sql.READING", memory, raising=False)

    status, out, err = answer

    assert query(asked, sql, "--format", "csv") == status
    assert capsys.readouterr() == (out, err.format(asked, memory[-1]))


def test_a_question_to_no_run(tmp_path, capsys):
    """
    A folder that is no run is told.
    """
    assert query(tmp_path, "SELECT 1") == 2
    assert "is not the folder of a run" in capsys.readouterr().err


def test_a_run_that_is_not_whole_can_be_asked(asked, tmp_path, capsys):
    """
    What is there counts, also the outcomes.
    """
    path = tmp_path / "run"
    shutil.copytree(asked, path)
    for each in ("outcomes", "rules", "archive_outcomes", "archive_findings", "archive_coverage"):
        shutil.rmtree(path / each)
    (path / "finished.json").unlink()

    query(path, "SELECT sum(messages) AS n FROM outcomes WHERE rule LIKE '%event.code'", "--format", "csv")
    assert capsys.readouterr().out == "n\n118\n"


def stopped(*_arguments):
    raise KeyboardInterrupt


@pytest.mark.usefixtures("small")
def test_a_run_that_goes_on_with_more_messages_can_be_asked(tmp_path, capsys, monkeypatch):
    """
    It was killed at its very end, and files came behind its last chunk: what was counted then, by message and over the
    archive, is not told of the messages that are there now.
    """
    archive, path = written(tmp_path / "archive", 60), tmp_path / "run"
    later = sorted(archive.iterdir())[30:]
    for each in later:
        each.rename(tmp_path / each.name)
    command = ["batch", archive, "-o", path, "--quiet", "--pack", "gpcm-sd-oc", "--processes", "1"]
    monkeypatch.setattr("itk3_validator.batch.folder.Folder.finish", stopped)
    first = main([*map(str, command)])
    there = {each for each in TABLES if (path / each).exists()}
    for each in later:
        (tmp_path / each.name).rename(each)
    monkeypatch.setattr("itk3_validator.batch.finish.finish", stopped)
    second = main([*map(str, command)])
    capsys.readouterr()
    query(path, "SELECT sum(messages) AS n FROM outcomes WHERE rule LIKE '%event.code'", "--format", "csv")
    query(path, "SELECT count(*) AS n FROM archive_outcomes", "--format", "csv")

    assert (first, second, there) == (130, 130, set(TABLES))
    assert capsys.readouterr().out == "n\n59\nn\n0\n"


def test_anything_can_read_the_results(asked):
    """
    They are plain Parquet, a folder a table.
    """
    found = duckdb.sql(f"SELECT count(*) FROM '{asked}/messages/*.parquet'").fetchall()

    assert found == [(60,)]


def test_a_missing_extra_is_told(monkeypatch, archive, tmp_path, capsys):
    """
    Without pyarrow or DuckDB the command says what to install.
    """
    monkeypatch.setattr("itk3_validator.adapters.extras.find_spec", lambda name: None if name == "duckdb" else object())

    assert batch(archive, "-o", tmp_path / "run") == 2
    assert 'this needs duckdb; pip install "itk3-validator[batch]"' in capsys.readouterr().err


def test_one_message_needs_none_of_it():
    """
    Neither the package nor `itk3 validate` imports what a batch needs.
    """
    code = (
        "import sys; from itk3_validator.adapters.cli import main; "
        f"main(['validate', '--quiet', {str(VALID / 'gpcm-sd-oc-primary.xml')!r}]); "
        "print(sorted({'pyarrow', 'duckdb', 'multiprocessing', 'concurrent'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.splitlines()[-1] == "[]"


def test_a_source_is_judged_as_one_by_one(archive):
    """
    The fixture is what the tests take it for.
    """
    judged = [
        str(Validator(["itk3-acknowledgement"]).validate(Source(each.name, each.read_bytes())).verdict)
        for each in sorted(archive.iterdir())[:4]
    ]

    assert judged == ["undecided", "undecided", "undecided", "invalid"]


_IMPORTED = """
import pickle, sys
import itk3_validator.adapters.workers
from itk3_validator.batch.work import PRELOAD, Task, make_work

for each in PRELOAD:
    __import__(each)
before = set(sys.modules)
judge, limits, chunk = pickle.load(sys.stdin.buffer)
make_work(judge, limits)(Task(chunk, {}), lambda _: None)
print(*sorted(each for each in set(sys.modules) - before if each.startswith(("itk3_validator.", "pyarrow."))))
"""


def test_what_processes_import_is_imported_before_they_are_forked(archive):
    """
    Beside a small table that few rules need, no process imports anything when it has its first messages.
    """
    judge = Judge(BatchSettings(packs=("gpcm-sd-oc",)))
    chunk = next(iter(chunks(locate([str(archive)]), limits=Limits())))

    done = subprocess.run(
        [sys.executable, "-c", _IMPORTED],
        input=pickle.dumps((judge, Limits(), chunk)),
        stdout=subprocess.PIPE,
        check=True,
    )

    assert [each for each in done.stdout.decode().split() if ".stu3" not in each] == []


TIME = '<timestamp value="2024-03-12T09:42:00+00:00"/>'
OF_TWO = {
    "none": "<timestamp><extension url='a'/></timestamp>",
    "empty": "<timestamp value=''/>",
    "blank": "<timestamp value=' '/>",
}


@pytest.mark.parametrize("others", OF_TWO)
def test_of_several_values_the_first_that_there_is_counts(others):
    """
    Behind what has no value, an empty one or a blank one; and what another place holds changes nothing.
    """
    message = text("gpcm-sd-oc-primary").replace(TIME, OF_TWO[others] + TIME)
    judge = Judge(BatchSettings(packs=("gpcm-sd-oc",)))
    made = [message, text("gpcm-sd-oc-primary"), message] * 2
    rows = judge([Given("a", each.encode()) for each in made]).to_pylist()

    assert {each["timestamp"] for each in rows} == {"2024-03-12T09:42:00+00:00"}
    assert {str(each["instant"]) for each in rows} == {"2024-03-12 09:42:00"}
