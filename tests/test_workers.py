"""
Processes that can be killed: one crash or hang costs one task.
"""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import subprocess
import sys
import threading
import time
import weakref
from contextlib import suppress
from multiprocessing import get_context
from pathlib import Path

import pytest

import worker_tasks
from itk3_validator.adapters.workers import Busy, Closed, Lost, NeverReady, Raised, Workers

TESTS = Path(__file__).parent
OWNER = """
import sys, worker_tasks
from itk3_validator.adapters.workers import Workers
if __name__ == "__main__":
    workers = Workers(worker_tasks.make, processes=1)
    workers.submit(("hangs_for_good", sys.argv[1])).result()
"""

BEGINNING = """
import signal, worker_tasks
from itk3_validator.adapters.workers import Workers
if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # whoever has started this
    with Workers(worker_tasks.make, processes=1, preload=["pressed"], method="forkserver") as workers:
        print(workers.submit(("echo", 1)).result())
"""


@pytest.fixture
def workers():
    with Workers(worker_tasks.make, processes=2, time_limit=30) as made:
        yield made


def is_running(process: int) -> bool:
    """
    Whether a process is there and no zombie.
    """
    try:
        return Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_results_belong_to_their_tasks(workers):
    """
    Many tasks over two processes: each future holds its own result, large ones too.
    """
    futures = [workers.submit(("echo", number)) for number in range(200)]
    large = workers.submit(("echo", b"x" * 5_000_000))

    assert [each.result(60) for each in futures] == list(range(200))
    assert len(large.result(60)) == 5_000_000


def test_both_processes_work(workers, tmp_path):
    """
    A task that waits does not hold up the next one.
    """
    first = workers.submit(("wait_for", str(tmp_path / "go")))
    assert workers.submit(("echo", 1)).result(60) == 1
    assert not first.done()
    (tmp_path / "go").touch()

    assert first.result(60) == "seen"


@pytest.mark.parametrize(
    ("task", "part", "status", "told"),
    [
        pytest.param(("ends", 3, 7), 3, 7, "it ended its process (status 7)", id="exit"),
        pytest.param(("crashes", 4), 4, -signal.SIGSEGV, "it ended its process (signal 11)", id="segmentation-fault"),
        pytest.param(("is_killed", 5), 5, -signal.SIGKILL, "it ended its process (signal 9)", id="kill-9"),
        pytest.param(("is_killed", -1), None, -signal.SIGKILL, "it ended its process (signal 9)", id="between-parts"),
    ],
)
def test_an_end_costs_one_task(workers, task, part, status, told):
    """
    What ends a process is told with the part it had begun; the tasks around it are done.
    """
    before, bad, after = (workers.submit(each) for each in (("echo", 1), task, ("echo", 2)))

    with pytest.raises(Lost) as lost:
        bad.result(60)
    assert (lost.value.part, lost.value.status, lost.value.overdue, str(lost.value)) == (part, status, False, told)
    assert (before.result(60), after.result(60)) == (1, 2)


def test_a_hang_costs_one_task():
    """
    A part that takes longer than the limit ends its process; a task of many parts may take longer than the limit.
    """
    with Workers(worker_tasks.make, processes=2, time_limit=2) as workers:
        bad = workers.submit(("hangs", 6))
        long = workers.submit(("parts", 50, 0.05))
        after = workers.submit(("echo", 2))

        with pytest.raises(Lost) as lost:
            bad.result(60)
        assert (lost.value.part, lost.value.overdue, str(lost.value)) == (6, True, "it took longer than the time limit")
        assert (long.result(60), after.result(60)) == (50, 2)


@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="processes cannot be stopped here")
@pytest.mark.parametrize("what", ["reads", "writes"])
def test_a_process_that_stands_still_costs_one_task(what):
    """
    Stopped before it has read a task that a pipe does not hold, or in the middle of its answer.
    """
    with Workers(worker_tasks.make, processes=1, time_limit=1) as workers:
        process = workers.submit(("process",)).result(60)
        if what == "reads":
            os.kill(process, signal.SIGSTOP)
            stuck = workers.submit(("echo", "x" * 3_000_000))
        else:
            stuck = workers.submit(("stops_in_its_answer",))
        with pytest.raises(Lost) as lost:
            stuck.result(60)

        assert lost.value.overdue
        assert workers.submit(("echo", 1)).result(60) == 1


def test_closing_does_not_wait_for_who_stands_still():
    """
    Whoever ends the processes at once is not held up by one that reads nothing.
    """
    with suppress(KeyError), Workers(worker_tasks.make, processes=1) as workers:
        process = workers.submit(("process",)).result(60)
        os.kill(process, signal.SIGSTOP)
        workers.submit(("echo", "x" * 3_000_000))
        raise KeyError

    assert not is_running(process)


def test_many_ends_in_a_row(workers):
    """
    Every second task ends its process; the others are done.
    """
    futures = [workers.submit(("ends", number, 1) if number % 2 else ("echo", number)) for number in range(20)]
    lost = [each.exception(60) for each in futures]

    assert [each.part for each in lost[1::2]] == list(range(1, 20, 2))
    assert [each.result() for each in futures[::2]] == list(range(0, 20, 2))


@pytest.mark.parametrize(
    ("task", "kind"),
    [
        pytest.param(("raises", "Jane Doe"), "ValueError", id="raises"),
        pytest.param(("unpicklable",), "AttributeError", id="unpicklable-result"),
    ],
)
def test_an_exception_says_where_and_not_what(workers, task, kind):
    """
    Kind and place of an exception come across, its text does not; the process goes on.
    """
    with pytest.raises(Raised) as raised:
        workers.submit(task).result(60)

    assert raised.value.kind in {kind, "PicklingError"}
    assert raised.value.frames
    assert "Jane" not in f"{raised.value}{raised.value!r}"
    assert workers.submit(("echo", 1)).result(60) == 1


@pytest.mark.parametrize(("task", "part"), [(("stumbles", 3), 3), (("stumbles", -1), None), (("raises", ""), None)])
def test_an_exception_says_in_which_part(workers, task, part):
    """
    An exception comes with the part that had begun, never with one of the task before.
    """
    with pytest.raises(Raised) as raised:
        workers.submit(task).result(60)

    assert raised.value.part == part


def test_processes_are_recycled():
    """
    After so many tasks a fresh process takes over, and the old one is gone.
    """
    with Workers(worker_tasks.make, processes=1, recycle=3) as workers:
        seen = [workers.submit(("process",)).result(60) for _ in range(9)]
        assert [len(set(seen[start : start + 3])) for start in (0, 3, 6)] == [1, 1, 1]
        assert len(set(seen)) == 3

    assert not any(is_running(each) for each in seen)


def test_processes_that_have_grown_are_recycled():
    """
    A process that holds more memory than it may does the task that it has, and no other.
    """
    with Workers(worker_tasks.make, processes=1, memory=200_000_000) as workers:
        seen = [workers.submit((what,)).result(60) for what in ("process", "process", "grow", "process")]

    assert seen[0] == seen[1] == seen[2] != seen[3]


def test_processes_that_begin_large_are_not_recycled_for_that():
    """
    Another one would begin as large; it is replaced when it has grown by a quarter of what it may hold.
    """
    with Workers(worker_tasks.make_large, (250_000_000,), processes=1, memory=200_000_000) as workers:
        seen = [workers.submit((what,)).result(60) for what in ("process", "process", "grow", "process")]

    assert seen[0] == seen[1] == seen[2] != seen[3]


def test_ctrl_c_while_it_waits_for_the_end_ends_the_processes(tmp_path):
    """
    At once, and they are gone when the caller goes on.
    """
    workers = Workers(worker_tasks.make, processes=1)
    process = workers.submit(("process",)).result(60)
    task = workers.submit(("wait_for", str(tmp_path / "never")))
    while not task.running():
        time.sleep(0.005)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        threading.Timer(0.2, signal.pthread_kill, (threading.get_ident(), signal.SIGINT)).start()
        with pytest.raises(KeyboardInterrupt):
            workers.close()
    finally:
        signal.signal(signal.SIGINT, before)

    assert not is_running(process)
    assert isinstance(task.exception(), Closed)


def test_the_queue_is_bounded(tmp_path):
    """
    When all processes work and the queue is full, a task is refused or waits; then there is room again.
    """
    with Workers(worker_tasks.make, processes=1, waiting=2) as workers:
        go = tmp_path / "go"
        first = workers.submit(("wait_for", str(go)))
        while not first.running():
            time.sleep(0.005)
        queued = [workers.submit(("echo", number)) for number in range(2)]
        with pytest.raises(Busy):
            workers.submit(("echo", 3), wait_for_room=False)
        go.touch()

        assert workers.submit(("echo", 4)).result(60) == 4
        assert [each.result(60) for each in queued] == [0, 1]


def test_a_cancelled_task_is_never_begun(tmp_path):
    """
    What waits can be cancelled; what is done cannot.
    """
    with Workers(worker_tasks.make, processes=1) as workers:
        first = workers.submit(("wait_for", str(tmp_path / "go")))
        second = workers.submit(("ends", 1, 1))
        assert second.cancel()
        (tmp_path / "go").touch()

        assert first.result(60) == "seen"
        assert workers.submit(("echo", 1)).result(60) == 1


def test_a_cancelled_task_leaves_its_place(tmp_path):
    """
    What was cancelled while it waited takes no room, though the only process is at work all the time.
    """
    with Workers(worker_tasks.make, processes=1, waiting=1) as workers:
        first = workers.submit(("wait_for", str(tmp_path / "go")))
        while not first.running():
            time.sleep(0.005)
        for _ in range(3):
            assert workers.submit(("ends", 1, 1), wait_for_room=False).cancel()
        last = workers.submit(("echo", 1), wait_for_room=False)
        (tmp_path / "go").touch()

        assert last.result(60) == 1


def test_a_result_is_kept_by_nobody(workers):
    """
    What was asked for and forgotten is free again without a garbage collector: results are large, and it comes late.
    """
    gc.collect()
    gc.disable()
    try:
        forgotten = []
        for number in range(3):
            future = workers.submit(("echo", number))
            future.result(60)
            forgotten.append(weakref.ref(future))
        del future
        until = time.monotonic() + 60
        while any(each() is not None for each in forgotten) and time.monotonic() < until:
            workers.submit(("echo", 0)).result(60)

        assert [each() for each in forgotten] == [None, None, None]
    finally:
        gc.enable()


@pytest.mark.parametrize(
    ("make", "told"),
    [
        pytest.param(worker_tasks.make_nothing, "ValueError at worker_tasks.py", id="raises"),
        pytest.param(worker_tasks.make_end, "its processes end while they start (status 7)", id="ends"),
        pytest.param(worker_tasks.make_hang, "its processes end while they start (status -9)", id="hangs"),
    ],
)
def test_workers_that_never_start_say_so(make, told):
    """
    Where no process can be made ready every task is told, and nothing waits for ever.
    """
    with Workers(make, processes=2, start_limit=1) as workers:
        futures = [workers.submit(("echo", number)) for number in range(4)]

        for each in futures:
            with pytest.raises(NeverReady) as never:
                each.result(60)
            assert str(never.value).startswith(told)


@pytest.mark.parametrize("failing", [1, 2])
def test_a_start_that_fails_is_tried_again(monkeypatch, failing):
    """
    As it does where the fork server was killed a moment ago.
    """
    process = get_context("forkserver").Process
    start, errors = process.start, [BrokenPipeError(), EOFError()][:failing]

    def start_later(self):
        if errors:
            raise errors.pop()
        start(self)

    monkeypatch.setattr(process, "start", start_later)
    with Workers(worker_tasks.make, processes=1, method="forkserver") as workers:
        assert workers.submit(("echo", 1)).result(60) == 1
    assert errors == []


def test_ctrl_c_is_not_heard_while_processes_begin(tmp_path):
    """
    A terminal sends it to the server as well, which would tell where it was.
    """
    (tmp_path / "pressed.py").write_text("import os, signal\nos.kill(os.getpid(), signal.SIGINT)\n", encoding="utf-8")
    owner = tmp_path / "owner.py"
    owner.write_text(BEGINNING, encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([*sys.path, str(tmp_path)])}
    done = subprocess.run([sys.executable, owner], env=environment, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout, done.stderr) == (0, "1\n", "")


def test_closing_does_what_is_there_and_takes_no_more():
    """
    Tasks that were taken are done; a further one is refused; no process is left.
    """
    workers = Workers(worker_tasks.make, processes=2)
    futures = [workers.submit(("process",)) for _ in range(4)]
    workers.close()

    assert not any(is_running(each.result(0)) for each in futures)
    with pytest.raises(Closed):
        workers.submit(("echo", 1))


def test_an_exception_ends_at_once_what_runs():
    """
    Leaving the block by an exception waits for no task.
    """
    futures = []

    def leave():
        with Workers(worker_tasks.make, processes=1) as workers:
            futures.append(workers.submit(("hangs", 1)))
            futures.append(workers.submit(("echo", 1)))
            while not futures[0].running():
                time.sleep(0.005)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        leave()
    assert [type(each.exception(60)) for each in futures] == [Closed, NeverReady]


def test_an_idle_process_that_dies_is_replaced(workers):
    """
    Whoever kills an idle process, the next task finds another.
    """
    process = workers.submit(("process",)).result(60)
    os.kill(process, signal.SIGKILL)
    found = [workers.submit(("process",)) for _ in range(4)]

    # A task that was handed over in the same moment may be lost with it.
    assert all(each.exception(60) is None or isinstance(each.exception(), Lost) for each in found)
    assert workers.submit(("process",)).result(60) != process


def test_it_can_be_awaited(workers):
    """
    Futures fit an event loop.
    """

    async def all_of_them():
        return await asyncio.gather(*(asyncio.wrap_future(workers.submit(("echo", each))) for each in range(4)))

    assert asyncio.run(all_of_them()) == [0, 1, 2, 3]


def test_spawned_processes_work_too():
    """
    Where there is no fork server, processes are spawned.
    """
    with Workers(worker_tasks.make, processes=1, method="spawn") as workers:
        assert workers.submit(("echo", 1)).result(60) == 1


def test_processes_end_with_their_owner(tmp_path):
    """
    `kill -9` of the owner leaves no process behind, not even one that is busy for ever.
    """
    file = tmp_path / "process"
    owner = subprocess.Popen(
        [
            sys.executable,
            "-c",
            OWNER,
            str(file),
        ],
        cwd=TESTS,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    while not (file.exists() and file.read_text(encoding="ascii")):
        assert owner.poll() is None
        time.sleep(0.01)
    process = int(file.read_text(encoding="ascii"))
    assert is_running(process)
    owner.kill()
    owner.wait()
    for _ in range(1_000):
        if not is_running(process):
            break
        time.sleep(0.02)

    assert not is_running(process)
