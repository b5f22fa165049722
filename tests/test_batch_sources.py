"""
The sources of a batch in chunks.
"""

from __future__ import annotations

import gzip
import os
import pickle
import weakref
import zipfile
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from input_files import write, write_archive
from itk3_validator import BatchSettings, Limits, Source
from itk3_validator.batch.folder import folder_of
from itk3_validator.batch.judging import Judge
from itk3_validator.batch.run import run
from itk3_validator.batch.schema import MESSAGES
from itk3_validator.batch.sources import MOST_BYTES, MOST_CARRIED, Chunk, chunks, read
from itk3_validator.batch.work import Done, Task, make_work
from itk3_validator.inputs.entries import Nothing, Unreadable
from itk3_validator.inputs.load import read as read_all
from itk3_validator.inputs.locate import locate


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    """
    Every test works in an empty folder.
    """
    monkeypatch.chdir(tmp_path)
    return tmp_path


CONTROL = b"<DTSControl><From_DTS>A</From_DTS></DTSControl>"


def sources() -> tuple[str, ...]:
    """
    Something of every kind, with what cannot be read.
    """
    for n in range(7):
        write(f"in/{n}.xml", f"<a n='{n}'/>".encode())
    write("in/8.xml", b"PK\x03\x04")
    write("in/9.zip", b"no archive")
    with zipfile.ZipFile("z.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for n in range(5):
            archive.writestr(f"{n}.xml", f"<z n='{n}'/>")
        archive.writestr("in.zip", b"")
    for name in ("t.tar", "t.tgz", "t.tar.zst"):
        write_archive(name, {f"{n}.dat": b"<t/>" for n in range(5)} | {"2.ctl": CONTROL})
    write("p.xml.gz", gzip.compress(b"<p/>"))
    Path("empty").mkdir()
    return ("in", "z.zip", "t.tar", "t.tgz", "t.tar.zst", "p.xml.gz", "empty", "in/3.xml", "-")


def chunked(*messages: str, **options):
    return list(chunks(locate(messages), standard_input=BytesIO(b"<s/>"), **options))


@pytest.mark.parametrize("size", [1, 2, 3, 500])
def test_a_worker_reads_what_validate_reads(size):
    """
    Chunks that went to another process yield the entries of `itk3 validate`, in its order, as many as they count.
    """
    messages = sources()
    expected = list(read_all(locate(messages), Limits(), BytesIO(b"<s/>")))

    made = [pickle.loads(pickle.dumps(each)) for each in chunked(*messages, size=size)]
    found = [list(read(each)) for each in made]

    assert [entry for entries in found for entry in entries] == [e for e in expected if not isinstance(e, Nothing)]
    assert [len(entries) for entries in found] == [each.count for each in made]
    assert [each.first for each in made] == [sum(len(e) for e in found[:n]) for n in range(len(made))]
    assert [nothing for each in made for nothing in each.nothing] == [Nothing("empty", 0)]
    assert all(len(each.items) <= size for each in made)


def test_keys_stay():
    """
    The same sources have the same keys, and no two chunks share one.
    """
    messages = sources()

    keys = [each.key for each in chunked(*messages, size=3)]

    assert keys == [each.key for each in chunked(*messages, size=3)]
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda: write("in/0.xml", b"<b/>     "), id="another size"),
        pytest.param(lambda: os.utime("in/0.xml", ns=(1, 1)), id="another time"),
        pytest.param(lambda: Path("in/0.xml").rename("in/00.xml"), id="another name"),
        pytest.param(lambda: Path("in/0.xml").unlink(), id="gone"),
        pytest.param(lambda: write("in/00.xml"), id="one more"),
    ],
)
def test_a_key_changes_with_what_it_stands_for(change):
    """
    A run that is resumed sees that its sources are no longer those that it began with.
    """
    sources()
    before = [each.key for each in chunked("in", size=3)]

    change()

    assert chunked("in", size=3)[0].key != before[0]


def write_control(value: bytes) -> None:
    control = b"<DTSControl><From_DTS>" + value + b"</From_DTS></DTSControl>"
    write("mesh/a.ctl", control)
    write_archive("mesh.tgz", {"a.dat": b"<a/>", "a.ctl": control})


@pytest.mark.parametrize("source", ["mesh", "mesh.tgz"])
@pytest.mark.parametrize("name", ["a.dat", "a.dat.gz"])
def test_a_key_changes_with_the_control_file(source, name):
    """
    What a control file states decides rules: a run that is resumed sees that it says something else.
    """
    write(f"mesh/{name}", b"<a/>")
    keys = []
    for value in (b"A", b"BB"):
        write_control(value)
        keys.append([each.key for each in chunked(source)])

    assert keys[0] != keys[1]


def test_a_chunk_is_bounded_in_bytes():
    """
    However few messages they are, about 64 MB are enough for one chunk.
    """
    for n in range(5):
        write(f"in/{n}.xml")
        os.truncate(f"in/{n}.xml", MOST_BYTES // 2)

    assert [each.count for each in chunked("in")] == [2, 2, 1]


def test_a_chunk_brings_little_along():
    """
    Where messages come with their bytes, because a compressed archive is read once, 8 MB are enough for one chunk.
    """
    sizes = [MOST_CARRIED // 2, MOST_CARRIED // 2, 1, MOST_CARRIED + 1, 1]
    write_archive("in.tar.gz", {f"{n}.xml": os.urandom(size) for n, size in enumerate(sizes)})
    found = chunked("in.tar.gz")

    assert [each.count for each in found] == [2, 1, 1, 1]
    assert [each.carried for each in found] == [MOST_CARRIED, 1, MOST_CARRIED + 1, 1]


class Watched(Chunk):
    """
    A chunk of which it can be told whether anybody still has it.
    """

    __slots__ = ("__weakref__",)


def test_messages_that_were_judged_are_held_by_nobody(here):
    """
    What a chunk brings along is free again once it was judged, not when its part is written.
    """
    work = make_work(Judge(BatchSettings(packs=("gpcm-sd-oc",))), Limits())
    alive: list[weakref.ref[Chunk]] = []
    held = []

    def found() -> Iterator[Chunk]:
        for n in range(12):
            chunk = Watched(f"{n:06d}", n, (Source(f"{n}.xml", b"<a/>"),))
            alive.append(weakref.ref(chunk))
            yield chunk

    def begin(chunk: Chunk) -> Callable[[], Done]:
        return lambda: work(Task(chunk, {}), lambda _: None)

    with folder_of(here / "run") as (folder, _):
        folder.begin({})
        told = lambda _: held.append(sum(each() is not None for each in alive))  # noqa: E731
        whole = run(folder, found(), begin, ahead=3, told=told, part_messages=100)

    assert whole.messages == 12
    assert max(held) <= 4


@pytest.mark.parametrize(("carried", "most"), [(10, 20), (40_000_000, 2)])
def test_what_is_under_way_is_bounded_in_bytes(here, carried, most):
    """
    However many chunks may be under way, those that bring 64 MB along are enough.
    """
    judged = make_work(Judge(BatchSettings(packs=("gpcm-sd-oc",))), Limits())(
        Task(Chunk("k", 0, ()), {}), lambda _: None
    )
    source = Source("a.xml", bytes(carried))
    begun: list[str] = []
    ahead = []

    def begin(chunk: Chunk) -> Callable[[], Done]:
        begun.append(chunk.key)
        return lambda: (ahead.append(len(begun) - int(chunk.key)), judged)[1]

    with folder_of(here / "run") as (folder, _):
        folder.begin({})
        run(folder, (Chunk(f"{n:06d}", n, (source,)) for n in range(30)), begin, ahead=20, part_messages=100)

    assert max(ahead) == most


def test_a_chunk_of_one_message_may_be_larger():
    """
    A message that is larger than a chunk has one of its own.
    """
    write("in/0.xml")
    write("in/1.xml")
    os.truncate("in/1.xml", MOST_BYTES + 1)
    write("in/2.xml")

    assert [each.count for each in chunked("in")] == [1, 1, 1]


def test_no_sources_no_chunks():
    """
    Nothing named, nothing yielded; a folder without messages is told in a chunk without messages.
    """
    Path("empty").mkdir()

    assert chunked() == []
    assert [(each.count, each.nothing) for each in chunked("empty")] == [(0, (Nothing("empty", 0),))]


def test_an_archive_that_changes_under_a_run_costs_its_messages():
    """
    A worker that finds another file than the one that was listed tells each message of it, as many as were counted.
    """
    sources()
    (chunk,) = chunked("z.zip")
    write("z.zip", b"something else")

    found = list(read(chunk))

    assert [each.name for each in found] == [*(f"z.zip!/{n}.xml" for n in range(5)), "z.zip!/in.zip"]
    assert all(isinstance(each, Unreadable) for each in found)


@pytest.mark.parametrize("touched", [False, True], ids=["as-it-was", "another"])
@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("t.tar", "the archive cannot be read: it has changed since it was found"),
        ("t.parquet", "it has changed since it was found"),
    ],
)
def test_places_in_another_archive_are_no_messages(name, told, touched):
    """
    What has neither a directory nor a checksum is told by its time: else a message would have the name of another.
    """
    other = {"a.xml": b"<b/>", "b.xml": b"<a/>"}
    write_archive("t.tar", {"a.xml": b"<a/>", "b.xml": b"<b/>"})
    pq.write_table(pa.table({"message": [b"<a/>", b"<b/>"]}), "t.parquet")
    (chunk,) = chunked(name)
    before = Path(name).stat().st_mtime_ns
    if touched:
        write_archive("t.tar", other)
        pq.write_table(pa.table({"message": [*other.values()]}), "t.parquet")
    os.utime(name, ns=(before + touched, before + touched))
    found = list(read(chunk))

    assert len(found) == 2
    assert [each.reason if isinstance(each, Unreadable) else each.data for each in found] == (
        [told, told] if touched else [b"<a/>", b"<b/>"]
    )


def test_what_is_left_unread_says_why():
    """
    A row group is read as a whole: of one message in it that is not to be read, the others say which they are and why
    nobody knows of them. Files beside it are read.
    """
    write("a.xml", b"<a/>")
    pq.write_table(pa.table({"message": [b"<b/>"] * 5}), "b.parquet", row_group_size=3)
    (chunk,) = chunked("a.xml", "b.parquet")
    done = make_work(Judge(BatchSettings(packs=("gpcm-sd-oc",))), Limits())(
        Task(chunk, {2: "it ended its process"}, frozenset({2})), lambda _: None
    )
    rows = pa.ipc.read_record_batch(done.tables["messages"], MESSAGES).to_pylist()
    beside = "it is read only together with another message, with which that failed"

    assert [(each["source"], each["verdict"], each["reason"]) for each in rows if each["bytes"] is None] == [
        ("b.parquet!/1", "unreadable", beside),
        ("b.parquet!/2", "error", "it ended its process"),
        ("b.parquet!/3", "unreadable", beside),
    ]
    assert [each["source"] for each in rows if each["bytes"]] == ["a.xml", "b.parquet!/4", "b.parquet!/5"]


def test_a_worker_needs_no_directory():
    """
    A chunk of a zip archive names places in it, so that its messages are found without reading the list of all.
    """
    sources()
    data = Path("z.zip").read_bytes()
    (chunk,) = chunked("z.zip")
    write("z.zip", data[: data.index(b"PK\x01\x02")])

    assert next(read(chunk)) == Source("z.zip!/0.xml", b"<z n='0'/>")
