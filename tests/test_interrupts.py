"""
Ctrl-C, and the end of the time that something may take, end what DuckDB works on, and leave nothing behind.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import closing
from pathlib import Path

import duckdb
import pytest

from itk3_validator.adapters.cli import main
from itk3_validator.archive.connection import Connection, OutOfTime
from itk3_validator.batch.query import ask
from itk3_validator.batch.sql import connect
from itk3_validator.errors import CallInvalid
from sample_messages import VALID

PACKS = Path(__file__).parent.parent / "rules"
ENDLESS = "SELECT sum(a.range * b.range) FROM range(10000000) a, range(10000000) b"
ROWS = "SELECT a.range FROM range(10000000) a, range(10000000) b"

# What is started in the background ignores Ctrl-C, and so does what that starts.
LISTENING = """\
import signal
if __name__ == "__main__":  # not in the processes that it starts
    signal.signal(signal.SIGINT, signal.default_int_handler)
    {before}
    from itk3_validator.adapters.cli import run
    run()
"""
ENDLESS_RULE = f"""
    from itk3_validator.archive import run as archive
    from itk3_validator.archive.judging import Judged
    archive.judged = archive.paired = lambda *_: Judged("{ENDLESS}", ())
"""
ENDLESS_REPORT = f"""
    from itk3_validator.batch.report import queries
    queries.TOTALS = "{ENDLESS}"
"""


@pytest.fixture(autouse=True)
def nothing_left(tmp_path, monkeypatch):
    """
    After each test there are the threads of before, and no temporary file.
    """
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setenv("TMPDIR", str(scratch))
    monkeypatch.setattr(tempfile, "tempdir", None)
    before = set(threading.enumerate())
    yield
    assert set(threading.enumerate()) <= before
    assert list(scratch.iterdir()) == []


@pytest.fixture(scope="module")
def a_run(tmp_path_factory):
    """
    The results of a batch over two messages.
    """
    path = tmp_path_factory.mktemp("asked") / "run"
    main(["batch", *SOURCES, "-o", str(path), "--quiet"])
    return path


SOURCES = [str(VALID / f"gpcm-sd-oc-{each}.xml") for each in ("primary", "business-response")]


@pytest.fixture
def listening():
    """
    Ctrl-C is heard as at a terminal, wherever the tests were started.
    """
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def connected(**more):
    return closing(Connection(duckdb.connect(config={"threads": 2}), **more))


def press():
    os.kill(os.getpid(), signal.SIGINT)


def pressed_until(end):
    """
    Somebody presses Ctrl-C, and it is waited for an end.
    """
    press()
    end()


def pressed_in(statement):
    """
    Somebody presses Ctrl-C, and DuckDB gets to work.
    """

    def work(connection):
        press()
        return connection.execute(statement).fetchall()

    return work


@pytest.mark.parametrize("limit", [None, 600], ids=["no-limit", "within-the-limit"])
def test_what_ends_by_itself(limit):
    """
    The answer comes as it would from DuckDB itself, whole, in blocks and as record batches; mistakes as well.
    """
    with connected(time_limit=limit) as connection:
        asked = connection.execute("SELECT range AS n FROM range($most)", {"most": 5})
        assert asked.columns == ("n",)
        assert asked.fetchall() == [(0,), (1,), (2,), (3,), (4,)]
        assert [len(each) for each in connection.execute("FROM range(5)").blocks(2)] == [2, 2, 1]
        assert sum(each.num_rows for each in connection.batches("FROM range(5)", 2)) == 5
        with pytest.raises(duckdb.CatalogException, match="nothing"):
            connection.execute("FROM nothing")
        assert connection.execute("SELECT 1").fetchall() == [(1,)]


@pytest.mark.parametrize(
    "asked",
    [
        pytest.param(lambda connection: connection.execute(ENDLESS).fetchall(), id="no-row"),
        pytest.param(lambda connection: list(connection.execute(ROWS).blocks(100_000)), id="blocks-without-end"),
        pytest.param(lambda connection: all(connection.batches(ROWS, 100_000)), id="batches-without-end"),
        pytest.param(lambda connection: connection.execute(f"CREATE TABLE t AS {ENDLESS}"), id="a-table"),
    ],
)
@pytest.mark.parametrize("somewhere", [False, True], ids=["main-thread", "another-thread"])
def test_what_takes_too_long(asked, somewhere):
    """
    It ends when its time is over, in whatever thread; nothing can be asked after it.
    """
    ended = []

    def wait():
        with connected(time_limit=0.5) as connection:
            for each in (asked, lambda same: same.execute("SELECT 1")):
                try:
                    each(connection)
                except OutOfTime:
                    ended.append("out of time")

    if somewhere:
        thread = threading.Thread(target=wait)
        thread.start()
        thread.join()
    else:
        wait()

    assert ended == ["out of time"] * 2


@pytest.mark.usefixtures("listening")
@pytest.mark.parametrize("statement", [ENDLESS, "SELECT 1"], ids=["endless", "nearly-done"])
def test_ctrl_c(statement):
    """
    It is heard while DuckDB is at work; nothing can be asked after it.
    """
    with connected() as connection:
        for work in (pressed_in(statement), lambda same: same.execute("SELECT 1").fetchall()):
            with pytest.raises(KeyboardInterrupt):
                connection.do(work)


@pytest.mark.usefixtures("listening")
def test_ctrl_c_elsewhere(a_run):
    """
    A question that a thread of a program asks goes on; the program hears it.
    """
    told = []

    def wait():
        try:
            with ask(a_run, ENDLESS, time_limit=2):
                told.append("an answer")
        except CallInvalid as error:
            told.append(str(error))

    thread = threading.Thread(target=wait)
    thread.start()
    with pytest.raises(KeyboardInterrupt):
        pressed_until(thread.join)
    thread.join()

    assert told == ["the SQL took longer than 2 s; ask for less, or allow more with --time-limit"]


@pytest.mark.usefixtures("listening")
@pytest.mark.parametrize("presses", [1, 2], ids=["once", "twice"])
def test_what_duckdb_does_not_leave(monkeypatch, a_run, presses):
    """
    In the middle of one value it hears nothing: it is waited for for a while, or until Ctrl-C is pressed again.
    """
    monkeypatch.setattr("itk3_validator.archive.connection._PATIENCE", 0.2 if presses == 1 else 600)
    let_go, pressed = threading.Event(), threading.Event()

    def hold(_):
        press()
        if presses == 2:
            assert pressed.wait(600)
            press()
        assert let_go.wait(600)

    with connect(a_run) as connection:
        monkeypatch.setattr(connection, "_connection", Spy(connection._connection, pressed))
        before = set(threading.enumerate())
        with pytest.raises(KeyboardInterrupt):
            connection.do(hold)
        (held,) = set(threading.enumerate()) - before
    let_go.set()
    held.join()


class Spy:
    """
    A connection that says when it is interrupted.
    """

    def __init__(self, connection, interrupted):
        self.connection = connection
        self.interrupted = interrupted

    def interrupt(self):
        self.connection.interrupt()
        self.interrupted.set()

    def __getattr__(self, name):
        return getattr(self.connection, name)


def processor_time(task):
    """
    Seconds that a thread has worked.
    """
    fields = (task / "stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def at_work(process):
    """
    Whether a thread of a process beside its first has worked for a while, as only DuckDB does.
    """
    for each in Path(f"/proc/{process.pid}/task").iterdir():
        try:
            if each.name != str(process.pid) and processor_time(each) > 0.5:
                return True
        except (FileNotFoundError, ProcessLookupError):
            continue
    return False


def interrupted(folder, before, *arguments):
    """
    Status and output of a command on which somebody presses Ctrl-C, once, while DuckDB is at work.
    """
    # A file: what runs without one DuckDB takes for somebody at a terminal.
    script = folder / "listening.py"
    script.write_text(LISTENING.format(before=before), encoding="utf-8")
    command = [sys.executable, script, *map(str, arguments)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            while process.poll() is None and not at_work(process):
                time.sleep(0.05)
            process.send_signal(signal.SIGINT)
            told = process.communicate(timeout=300)
        finally:
            process.kill()
    return process.returncode, *told


@pytest.mark.parametrize(
    ("before", "arguments"),
    [
        pytest.param("", ["batch", "query", "{run}", ENDLESS], id="query"),
        pytest.param("", ["batch", "query", "{run}", ENDLESS, "--time-limit", "86400"], id="query-with-a-limit"),
        pytest.param("", ["batch", "query", "{run}", f"{ROWS} ORDER BY hash(a.range + b.range)"], id="query-on-disk"),
        pytest.param(ENDLESS_REPORT, ["batch", "report", "{run}"], id="report"),
        pytest.param(ENDLESS_RULE, ["test", str(PACKS / "gpcm-sd-oc")], id="test"),
    ],
)
def test_a_command_that_is_interrupted(a_run, tmp_path, before, arguments):
    """
    It ends as it does elsewhere.
    """
    told = interrupted(tmp_path, before, *(each.format(run=a_run) for each in arguments))

    assert told == (130, "", "itk3: interrupted\n")


def test_a_batch_that_is_interrupted_at_its_end(a_run, tmp_path):
    """
    The rules over the archive are left undone, not told as errors; the same command does them, and nothing else is new.
    """
    path = tmp_path / "run"
    command = ["batch", *SOURCES, "-o", str(path), "--quiet"]
    told = interrupted(tmp_path, ENDLESS_RULE, *command)
    left = {each.name for each in path.iterdir()}
    done = subprocess.run([sys.executable, "-m", "itk3_validator", *command], capture_output=True, check=False)

    assert told == (130, "", "itk3: interrupted\n")
    assert left == {"findings", "keys", "lock", "manifest.json", "messages", "outcomes", "parts", "rules", "secret"}
    assert (done.returncode, done.stderr) == (0, b"")
    assert counted(path) == counted(a_run)
    assert {each.name for each in path.iterdir()} == {each.name for each in a_run.iterdir()}


def counted(path):
    with connect(path) as connection:
        return connection.execute("FROM archive_outcomes ORDER BY ALL").fetchall()
