"""
Where messages come from: files, folders, patterns, archives, standard input.
"""

from __future__ import annotations

import bz2
import gzip
import hashlib
import io
import json
import lzma
import os
import stat
import struct
import subprocess
import tarfile
import tracemalloc
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from input_files import PACK, entries, everything, names, write, write_archive, write_tar, write_zip
from itk3_validator import CallInvalid, Limits, Source
from itk3_validator.batch.sources import chunks
from itk3_validator.inputs.entries import Nothing, Unreadable
from itk3_validator.inputs.find import find
from itk3_validator.inputs.load import load, read
from itk3_validator.inputs.locate import Located, locate

DAMAGED_ZIP = "the archive is damaged, or not a zip archive"
DAMAGED_TAR = "the archive breaks off before its end, is damaged, or is not a tar archive"
CUT_TAR = "the archive breaks off before its end, or is damaged there"
NESTED = "an archive inside an archive is not opened; unpack it and name it"


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    """
    Every test works in an empty folder.
    """
    monkeypatch.chdir(tmp_path)
    return tmp_path


class TestNames:
    def test_the_order_is_that_of_the_command_line(self):
        """
        Messages come in the order in which they were named, under the names as they were given.
        """
        write("b.xml", b"<b/>")
        write("folder/a.xml")

        assert entries("./b.xml", "folder/a.xml") == [("./b.xml", b"<b/>"), ("folder/a.xml", b"<a/>")]

    def test_a_named_file_is_read_whatever_its_ending(self):
        """
        The ending chooses among the files of a folder, not among files that were named.
        """
        write("message.txt")

        assert names("message.txt") == ["message.txt"]

    @pytest.mark.parametrize(
        ("messages", "complaint"),
        [
            pytest.param(["no.xml"], "there is no file or folder no.xml", id="file"),
            pytest.param(["no*.xml"], "nothing matches no*.xml", id="pattern"),
            pytest.param([""], "the name of a message is empty", id="empty"),
            pytest.param(["a\0b"], "there is no file or folder a\0b", id="nul"),
            pytest.param(["-", "-"], "standard input (-) can be read once only", id="stdin-twice"),
            pytest.param(
                ["there.xml", "no.xml", "x?"], "there is no file or folder no.xml\nnothing matches x?", id="all-told"
            ),
        ],
    )
    def test_what_is_not_there_is_told_before_anything_is_read(self, messages, complaint):
        """
        Every missing path and empty pattern is named at once.
        """
        write("there.xml")

        with pytest.raises(CallInvalid) as caught:
            locate(messages)

        assert str(caught.value) == complaint

    def test_a_file_that_vanishes_is_an_entry(self):
        """
        What is removed between the look and the reading is told, and the rest is read.
        """
        located = (Located("gone.xml", "gone.xml"), Located("a.xml", str(write("a.xml"))))

        assert list(read(located, Limits(), None)) == [
            Unreadable("gone.xml", "it cannot be read: No such file or directory"),
            Source("a.xml", b"<a/>"),
        ]

    def test_a_file_over_the_limit_is_an_entry(self):
        """
        A file larger than the limit is told and not read.
        """
        write("a.xml", b"x" * 11)

        assert entries("a.xml", limits=Limits(message=10)) == [
            ("a.xml", "the message is larger than 10 bytes, the most that is read")
        ]

    @pytest.mark.parametrize("name", ["pipe.xml", "pipe.xml.gz", "pipe.xml.zst"])
    def test_a_pipe_is_not_waited_for(self, name):
        """
        A named pipe without a writer does not hang.
        """
        os.mkfifo(name)

        assert entries(name) == [(name, "it cannot be read: not a regular file")]


class TestPatterns:
    @pytest.mark.parametrize(
        ("pattern", "found"),
        [
            pytest.param("*.xml", ["a.xml", "b.xml"], id="star"),
            pytest.param("?.xml", ["a.xml", "b.xml"], id="question"),
            pytest.param("[b]*", ["b.xml"], id="bracket"),
            pytest.param("in/*.xml", ["in/c.xml"], id="folder"),
            pytest.param("**/*.xml", ["a.xml", "b.xml", "in/c.xml", "in/deep/d.xml"], id="any-depth"),
            pytest.param("in*", ["in/c.xml", "in/deep/d.xml"], id="matches-a-folder"),
            pytest.param(
                "**", ["./a.xml", "./b.xml", "./in/c.xml", "./in/deep/d.xml"], id="folder-and-what-is-in-it-once"
            ),
            pytest.param(".h*/*", [".hidden/x.xml"], id="hidden-when-asked"),
        ],
    )
    def test_matches_are_sorted_and_hidden_files_are_left_out(self, pattern, found):
        """
        A pattern stands for its matches, sorted, each once; hidden ones only when the pattern names the dot.
        """
        for each in ("b.xml", "a.xml", ".no.xml", "in/c.xml", "in/deep/d.xml", ".hidden/x.xml"):
            write(each)

        assert names(pattern) == found

    def test_an_absolute_pattern(self, here):
        """
        A pattern may begin at the root.
        """
        write("a.xml")

        assert names(f"{here}/*.xml") == [f"{here}/a.xml"]

    def test_a_file_whose_name_looks_like_a_pattern(self):
        """
        A file that exists is meant, not a pattern.
        """
        write("[1].xml", b"<one/>")
        write("1.xml")

        assert entries("[1].xml") == [("[1].xml", b"<one/>")]


class TestFolders:
    def test_folders_are_walked_sorted(self):
        """
        Every message at any depth, sorted by name in each folder; other endings and hidden files are left out.
        """
        for each in (
            "f/c.xml",
            "f/B.XML",
            "f/a/z.dat",
            "f/a/note.txt",
            "f/.x.xml",
            "f/.git/y.xml",
            "f/d.ctl",
            "f/e.pdf",
        ):
            write(each)

        assert names("f") == ["f/B.XML", "f/a/z.dat", "f/c.xml"]

    def test_archives_in_folders_are_opened(self):
        """
        An archive in a folder gives its entries at its place in the order.
        """
        write("f/a.xml")
        write_zip("f/b.zip", {"x.xml": b"<x/>"})
        write_tar("f/c.tgz", {"y.xml": b"<y/>"}, "w:gz")

        assert entries("f") == [("f/a.xml", b"<a/>"), ("f/b.zip!/x.xml", b"<x/>"), ("f/c.tgz!/y.xml", b"<y/>")]

    def test_symbolic_links_are_not_followed(self):
        """
        In a folder neither a linked file nor a linked folder is read; a link that was named is.
        """
        write("out/a.xml")
        Path("f").mkdir()
        Path("f/link.xml").symlink_to("../out/a.xml")
        Path("f/circle").symlink_to(".")
        Path("f/out").symlink_to("../out")

        assert names("f") == []
        assert names("f/link.xml") == ["f/link.xml"]

    @pytest.mark.parametrize("name", ["a.xml", "a.xml.gz"])
    def test_a_file_that_becomes_a_link_is_not_followed(self, name):
        """
        Between being found and being read; a file that was named as a link still is.
        """
        data = gzip.compress(b"<a/>") if name.endswith(".gz") else b"<a/>"
        for each in ("f", "out"):
            Path(each).mkdir()
            Path(each, name).write_bytes(data)
        found = list(find([Located("f", "f")], Limits(), None))
        Path("f", name).unlink()
        Path("f", name).symlink_to(Path("..", "out", name))
        read = list(load(found, Limits()))

        assert [type(each) for each in read] == [Unreadable]
        named = find([Located(name, f"f/{name}")], Limits(), None)
        assert [type(each) for each in load(named, Limits())] == [Source]

    def test_pipes_and_devices_in_folders_are_left_out(self):
        """
        Only regular files are read.
        """
        Path("f").mkdir()
        os.mkfifo("f/pipe.xml")

        assert names("f") == []

    def test_an_empty_folder_has_no_messages(self):
        """
        That is no error here: the caller tells that nothing was judged.
        """
        Path("f").mkdir()

        assert entries("f") == []

    def test_a_very_deep_folder(self):
        """
        Folders may be nested deeper than Python recurses.
        """
        top = Path.cwd()
        for _ in range(1200):
            Path("d").mkdir()
            os.chdir("d")
        write("a.xml")
        os.chdir(top)

        found = names("d")

        subprocess.run(["rm", "-r", "d"], check=True)  # pytest recurses when it clears up
        assert found == ["d/" * 1200 + "a.xml"]

    def test_a_folder_that_may_not_be_read_is_an_entry(self, monkeypatch):
        """
        One closed folder does not hide the others.
        """
        write("f/a.xml")
        write("f/closed/b.xml")
        write("f/d.xml")
        scan = os.scandir

        def refuse(folder):
            if str(folder).endswith("closed"):
                raise PermissionError(13, "Permission denied", "f/closed")
            return scan(folder)

        monkeypatch.setattr(os, "scandir", refuse)

        assert entries("f") == [
            ("f/a.xml", b"<a/>"),
            ("f/closed", "it cannot be read: Permission denied"),
            ("f/d.xml", b"<a/>"),
        ]


class TestStandardInput:
    def test_a_dash_is_standard_input(self):
        """
        `-` is one message.
        """
        assert entries("-", standard_input=b"<in/>") == [("<stdin>", b"<in/>")]

    def test_it_is_bounded(self):
        """
        More than the limit is not read.
        """
        assert entries("-", standard_input=b"x" * 100, limits=Limits(message=10)) == [
            ("<stdin>", "the message is larger than 10 bytes, the most that is read")
        ]

    def test_a_closed_one_is_told(self):
        """
        A process may be started without standard input.
        """
        assert list(read(locate(["-"]), Limits(), None)) == [Unreadable("<stdin>", "standard input is closed")]


HOSTILE_NAMES = ["../up.xml", "/etc/x.xml", "C:\\x.xml", "a/../../b.xml", "x\x1b[31m.xml", "-", "a\nb.xml"]


class TestArchives:
    @pytest.mark.parametrize("name", ["a.zip", "a.tar", "a.tar.gz", "a.TGZ", "a.tar.zst", "a.tzst"])
    def test_messages_come_in_the_order_of_the_archive(self, name):
        """
        Messages only, in the archive's own order; hidden files and what a desktop leaves behind are left out.
        """
        content = {"b.xml": b"<b/>", "f/a.dat": b"<a/>", "n.txt": b"", "__MACOSX/._b.xml": b"", ".g/x.xml": b""}
        write_archive(name, content)

        assert entries(name) == [(f"{name}!/b.xml", b"<b/>"), (f"{name}!/f/a.dat", b"<a/>")]

    @pytest.mark.parametrize("name", HOSTILE_NAMES)
    @pytest.mark.parametrize("kind", ["zip", "tar"])
    def test_a_name_is_never_a_path(self, here, kind, name):
        """
        Whatever an entry is called, its bytes are those of the archive, and nothing is written.
        """
        (write_zip if kind == "zip" else write_tar)(f"a.{kind}", {name: b"<x/>"})

        found = entries(f"a.{kind}")

        assert found in ([(f"a.{kind}!/{name}", b"<x/>")], [])
        assert bool(found) == name.endswith(".xml")
        assert [each.name for each in here.iterdir()] == [f"a.{kind}"]

    @pytest.mark.parametrize("kind", ["zip", "tar"])
    def test_nested_archives_are_told_and_not_opened(self, kind):
        """
        Messages in an archive in an archive are not silently lost.
        """
        write_zip("in.zip", {"a.xml": b"<a/>"})
        (write_zip if kind == "zip" else write_tar)(f"a.{kind}", {"in.zip": Path("in.zip").read_bytes()})

        assert entries(f"a.{kind}") == [(f"a.{kind}!/in.zip", NESTED)]

    @pytest.mark.parametrize("kind", ["zip", "tar"])
    def test_an_empty_archive(self, kind):
        """
        No entries, no complaint.
        """
        (write_zip if kind == "zip" else write_tar)(f"a.{kind}", {})

        assert entries(f"a.{kind}") == []

    @pytest.mark.parametrize(
        ("name", "reason"),
        [
            pytest.param("a.zip", DAMAGED_ZIP, id="zip"),
            pytest.param("a.tar", DAMAGED_TAR, id="tar"),
            pytest.param("a.tgz", DAMAGED_TAR, id="tgz"),
        ],
    )
    @pytest.mark.parametrize("data", [b"", b"<a/>", b"x" * 5000], ids=["empty", "short", "long"])
    def test_what_is_no_archive(self, name, reason, data):
        """
        A file that only has the ending of an archive is one unreadable entry, and the next is read.
        """
        write(name, data)
        write("z.xml")

        assert entries(name, "z.xml") == [(name, reason), ("z.xml", b"<a/>")]

    def test_a_link_to_an_archive_may_be_named_and_a_pipe_not(self):
        """
        An archive has to be a regular file.
        """
        os.mkfifo("a.zip")

        assert entries("a.zip") == [("a.zip", "the archive is not a regular file")]

    @pytest.mark.parametrize("kind", ["zip", "tar"])
    def test_the_number_of_entries_is_bounded(self, kind):
        """
        An archive with more entries than the limit is not read to its end.
        """
        (write_zip if kind == "zip" else write_tar)(f"a.{kind}", {f"{n}.xml": b"<a/>" for n in range(4)})

        assert entries(f"a.{kind}", limits=Limits(entries=4))[3] == (f"a.{kind}!/3.xml", b"<a/>")
        assert entries(f"a.{kind}", limits=Limits(entries=3))[-1] == (
            f"a.{kind}",
            "the archive has more than 3 entries, the most that are read",
        )

    @pytest.mark.parametrize("kind", ["zip", "tar"])
    def test_the_size_of_an_entry_is_bounded(self, kind):
        """
        One large entry is told; those around it are read.
        """
        content = {"a.xml": b"<a/>", "b.xml": os.urandom(300_000), "c.xml": b"<c/>"}
        (write_zip if kind == "zip" else write_tar)(f"x.{kind}", content)

        assert entries(f"x.{kind}", limits=Limits(message=10)) == [
            (f"x.{kind}!/a.xml", b"<a/>"),
            (f"x.{kind}!/b.xml", "the message is larger than 10 bytes, the most that is read"),
            (f"x.{kind}!/c.xml", b"<c/>"),
        ]


COMPRESSED = "this is a compressed file, which is not opened; unpack it"
PACKED = {
    "a.xml.xz": lzma.compress(b"<a/>"),
    "a.tar.bz2": bz2.compress(b"<a/>"),
    "a.tar.xz": lzma.compress(b"<a/>"),
    "a.xml": b"PK\x03\x04 and so on",
}


@pytest.mark.parametrize("name", PACKED)
def test_a_compressed_file_is_told(name):
    """
    What is packed is known by its first bytes, whatever it is called, and wherever it comes from.
    """
    write(name, PACKED[name])
    write_zip("in.zip", {"x.xml": PACKED[name]})
    write_tar("in.tar", {"x.xml": PACKED[name]})

    assert entries(name, "in.zip", "in.tar", "-", standard_input=PACKED[name]) == [
        (each, COMPRESSED) for each in (name, "in.zip!/x.xml", "in.tar!/x.xml", "<stdin>")
    ]
    assert everything(name)[0].digest == hashlib.sha256(PACKED[name]).hexdigest()


@pytest.mark.parametrize(
    ("files", "left_out"),
    [
        pytest.param({}, 0, id="empty"),
        pytest.param({"a.txt": b"<a/>"}, 1, id="another ending"),
        pytest.param({"a.txt": b"", "f/b.json": b"{}", "f/g/c.pdf": b"%PDF"}, 3, id="in folders too"),
        pytest.param({".hidden.txt": b"", "f/.git/x": b"", "b.csv": b""}, 1, id="what is hidden is not counted"),
    ],
)
@pytest.mark.parametrize("kind", ["folder", "zip", "tar"])
def test_where_nothing_is_a_message(kind, files, left_out):
    """
    A folder or an archive without a message says how many other files it holds.
    """
    Path("in").mkdir()
    if kind == "folder":
        for name, data in files.items():
            write(f"in/{name}", data)
    else:
        (write_zip if kind == "zip" else write_tar)(f"in.{kind}", files)
    where = "in" if kind == "folder" else f"in.{kind}"

    assert everything(where) == [Nothing(where, left_out)]


def test_where_something_is_a_message_the_rest_is_not_told():
    """
    Other files beside messages are usual.
    """
    write("in/a.xml")
    write("in/a.pdf")

    assert everything("in") == [Source("in/a.xml", b"<a/>")]


class TestZip:
    def test_an_encrypted_entry_is_told(self):
        """
        A password is not asked for; the other entries are read.
        """
        file = write_zip("a.zip", {"a.xml": b"<a/>", "b.xml": b"<b/>"})
        data = bytearray(file.read_bytes())
        data[data.index(b"PK\x01\x02") + 8] |= 1
        file.write_bytes(data)

        assert entries("a.zip") == [("a.zip!/a.xml", "the message is encrypted"), ("a.zip!/b.xml", b"<b/>")]

    @pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
    def test_methods_that_cannot_be_bounded_are_not_opened(self, method):
        """
        Python unpacks a whole piece of bzip2 or LZMA at once, however large it becomes.
        """
        write_zip("a.zip", {"a.xml": b"<a/>"}, compression=method)

        assert entries("a.zip") == [
            ("a.zip!/a.xml", f"the message is packed by method {method}; only stored and deflated ones are opened")
        ]

    def test_symbolic_links_are_left_out(self):
        """
        A link in a zip archive is an entry that holds a path; that is no message.
        """
        with zipfile.ZipFile("a.zip", "w") as archive:
            link = zipfile.ZipInfo("link.xml")
            link.external_attr = (stat.S_IFLNK | 0o777) << 16
            archive.writestr(link, "/etc/passwd")

        assert entries("a.zip") == []

    def test_a_bomb_is_refused_by_its_ratio(self):
        """
        What unpacks to more than 200 times its size is told before it is unpacked.
        """
        write_zip("a.zip", {"a.xml": b" " * 20_000_000}, compression=zipfile.ZIP_DEFLATED)

        assert entries("a.zip") == [
            ("a.zip!/a.xml", "the message unpacks to more than 200 times its packed size, the most that is read")
        ]

    def test_small_files_may_pack_well(self):
        """
        Below a million bytes the ratio is not asked.
        """
        write_zip("a.zip", {"a.xml": b" " * 900_000}, compression=zipfile.ZIP_DEFLATED)

        assert entries("a.zip") == [("a.zip!/a.xml", b" " * 900_000)]

    def test_a_bomb_that_lies_about_its_size_takes_no_memory(self):
        """
        An entry that declares four bytes and inflates to 200 MB is unpacked piece by piece.
        """
        file = write_zip("a.zip", {"a.xml": b" " * 200_000_000}, compression=zipfile.ZIP_DEFLATED)
        data = bytearray(file.read_bytes())
        data[22:26] = data[data.index(b"PK\x01\x02") + 24 : data.index(b"PK\x01\x02") + 28] = struct.pack("<I", 4)
        file.write_bytes(data)

        tracemalloc.start()
        found = entries("a.zip")
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()

        assert found == [("a.zip!/a.xml", DAMAGED_ZIP)]
        assert peak < 5_000_000

    def test_the_whole_archive_is_bounded_by_its_ratio(self):
        """
        Many entries that share the same packed bytes are not unpacked for ever.
        """
        write_zip("one.zip", {"a.xml": os.urandom(2_000) * 400}, compression=zipfile.ZIP_DEFLATED)
        with zipfile.ZipFile("one.zip") as archive:
            info = archive.getinfo("a.xml")
            packed = Path("one.zip").read_bytes()
            start = archive.start_dir
        directory = packed[start : packed.index(b"PK\x05\x06")]
        end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 500, 500, len(directory) * 500, start, 0)
        write("a.zip", packed[:start] + directory * 500 + end)
        size = Path("a.zip").stat().st_size

        found = entries("a.zip", limits=Limits(ratio=50))

        assert info.file_size * 500 > 50 * size
        assert found[-1] == (
            "a.zip",
            "the archive unpacks to more than 50 times its packed size, the most that is read",
        )
        assert sum(len(data) for _, data in found[:-1]) <= 50 * size

    def test_a_directory_that_is_too_large_is_not_read(self):
        """
        A directory of a million lies costs no memory.
        """
        write_zip("a.zip", {"a.xml": b"<a/>"})
        with zipfile.ZipFile("a.zip") as archive:
            start = archive.start_dir
        packed = Path("a.zip").read_bytes()
        directory = packed[start : packed.index(b"PK\x05\x06")] * 200_000
        end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 1, 1, len(directory), start, 0)
        write("a.zip", packed[:start] + directory + end)

        tracemalloc.start()
        found = entries("a.zip", limits=Limits(entries=1000))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()

        assert found == [("a.zip", "the archive has more than 1,000 entries, the most that are read")]
        assert peak < 2_000_000

    def test_a_truncated_archive(self):
        """
        Without its end a zip archive has no directory.
        """
        file = write_zip("a.zip", {"a.xml": b"<a/>"})
        file.write_bytes(file.read_bytes()[:-10])

        assert entries("a.zip") == [("a.zip", DAMAGED_ZIP)]

    def test_a_damaged_entry_costs_that_entry(self):
        """
        The others of the archive are read.
        """
        file = write_zip("a.zip", {"a.xml": b"<aaaa/>", "b.xml": b"<b/>"})
        file.write_bytes(file.read_bytes().replace(b"<aaaa/>", b"<abba/>"))

        assert entries("a.zip") == [("a.zip!/a.xml", DAMAGED_ZIP), ("a.zip!/b.xml", b"<b/>")]


def member(name: str, kind: bytes = tarfile.REGTYPE, **fields) -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    made.type = kind
    for each, value in fields.items():
        setattr(made, each, value)
    return made


class TestTar:
    def test_links_and_devices_are_not_followed(self):
        """
        A symbolic link, a device and a pipe are left out; a hard link stands for a message, so it is told.
        """
        with tarfile.open("a.tar", "w") as archive:
            archive.addfile(member("a.xml", size=4), io.BytesIO(b"<a/>"))
            archive.addfile(member("soft.xml", tarfile.SYMTYPE, linkname="/etc/passwd"))
            archive.addfile(member("hard.xml", tarfile.LNKTYPE, linkname="a.xml"))
            archive.addfile(member("device.xml", tarfile.CHRTYPE))
            archive.addfile(member("pipe.xml", tarfile.FIFOTYPE))

        assert entries("a.tar") == [
            ("a.tar!/a.xml", b"<a/>"),
            ("a.tar!/hard.xml", "a link inside an archive is not followed"),
        ]

    @pytest.mark.parametrize("form", [tarfile.GNU_FORMAT, tarfile.PAX_FORMAT, tarfile.USTAR_FORMAT])
    def test_long_names(self, form):
        """
        Names that need an extension of the format are read whole.
        """
        name = "/".join(["f" * 80, "g" * 80]) + ".xml"
        write_tar("a.tar", {name: b"<a/>", "b.xml": b"<b/>"}, format=form)

        assert entries("a.tar") == [(f"a.tar!/{name}", b"<a/>"), ("a.tar!/b.xml", b"<b/>")]

    @pytest.mark.parametrize("keep", [100, 700, 1024, 1200, 2048, 2500])
    def test_a_truncated_archive_is_told(self, keep):
        """
        Wherever it breaks off, what is whole before is read, and that more was meant to follow is told.
        """
        file = write_tar("a.tar", {"a.xml": b"<a/>", "b.xml": b"<b/>", "c.xml": b"<c/>"})
        file.write_bytes(file.read_bytes()[:keep])

        found = entries("a.tar")

        whole = [("a.tar!/a.xml", b"<a/>"), ("a.tar!/b.xml", b"<b/>")]
        assert found[:-1] == whole[: len(found) - 1]
        assert len(found) - 1 >= keep // 1024
        assert found[-1][0] == "a.tar"
        assert found[-1][1] in {DAMAGED_TAR, CUT_TAR}

    def test_garbage_in_the_middle_is_told(self):
        """
        A header that is none ends the archive, and not in silence.
        """
        file = write_tar("a.tar", {"a.xml": b"<a/>", "b.xml": b"<b/>"})
        data = bytearray(file.read_bytes())
        data[1024:1536] = b"?" * 512
        file.write_bytes(data)

        assert entries("a.tar") == [("a.tar!/a.xml", b"<a/>"), ("a.tar", CUT_TAR)]

    def test_a_truncated_gzip_is_told(self):
        """
        A cut transfer does not look like a short archive.
        """
        file = write_tar("a.tgz", {"a.xml": os.urandom(100_000), "b.xml": b"<b/>"}, "w:gz")
        file.write_bytes(file.read_bytes()[:-50_000])

        assert entries("a.tgz") == [("a.tgz", "the archive breaks off before its end")]

    def test_a_gzip_bomb_is_refused(self):
        """
        A member of 10 GB that packs to 10 MB is not skipped byte by byte.
        """
        header = member("a.bin", size=10_000_000_000).tobuf(tarfile.GNU_FORMAT)
        write("a.tgz", gzip.compress(header) + gzip.compress(b"\0" * 50_000_000) * 200)

        assert entries("a.tgz") == [
            ("a.tgz", "the archive unpacks to more than 200 times its packed size, the most that is read")
        ]

    @pytest.mark.parametrize("kind", [tarfile.XHDTYPE, tarfile.GNUTYPE_LONGNAME, tarfile.XGLTYPE])
    def test_a_header_bomb_takes_no_memory(self, kind):
        """
        An extended header of 100 MB is not collected.
        """
        header = member("a.xml", kind, size=100_000_000).tobuf(tarfile.GNU_FORMAT)
        write("a.tar", header + b"x" * 100_000_000 + b"\0" * 1024)

        tracemalloc.start()
        found = entries("a.tar")
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()

        assert found == [("a.tar", "the archive is damaged: a header in it is too large")]
        assert peak < 5_000_000

    def test_a_sparse_file_is_told(self):
        """
        A sparse file may claim any size.
        """
        header = bytearray(member("a.xml", tarfile.GNUTYPE_SPARSE, size=0).tobuf(tarfile.GNU_FORMAT))
        header[483:495] = b"00000001000\0"
        header[148:156] = b" " * 8
        header[148:156] = f"{sum(header):06o}\0 ".encode()
        write("a.tar", bytes(header) + b"\0" * 1024)

        assert entries("a.tar") == [("a.tar!/a.xml", "a sparse file inside an archive is not opened")]

    def test_a_negative_size_is_no_circle(self):
        """
        A header that points back to itself ends the archive.
        """
        header = bytearray(member("a.bin").tobuf(tarfile.GNU_FORMAT))
        header[124:136] = b"\xff" * 10 + b"\xfe\x00"
        header[148:156] = b" " * 8
        header[148:156] = f"{sum(header):06o}\0 ".encode()
        write("a.tar", bytes(header) + b"\0" * 1024)

        found = entries("a.tar")

        assert [name for name, _ in found] == ["a.tar"]
        assert isinstance(found[0][1], str)


def good_of(kind: str) -> bytes:
    """
    A file of this kind without a fault.
    """
    lines = b"".join(json.dumps({"message": each.decode()}).encode() + b"\n" for each in GOOD.values())
    pack = PACK.get(kind.rsplit(".", maxsplit=1)[-1], bytes)
    match kind.split(".", maxsplit=1)[0]:
        case "xml":
            return pack(GOOD["0.xml"])
        case "ndjson":
            return pack(lines)
    return write_archive(f"good.{kind}", GOOD).read_bytes()


GOOD = {f"{n}.xml": (b"<a>" + bytes([65 + n]) * 700 + b"</a>") for n in range(4)}


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@pytest.mark.parametrize(
    "kind", ["zip", "tar", "tgz", "tar.zst", "xml.gz", "xml.zst", "ndjson", "ndjson.zst", "parquet"]
)
@given(data=st.data())
def test_a_damaged_archive_never_raises(kind, data):
    """
    Whatever bytes are changed or cut, entries come out, as many as a chunk counts, and a good neighbour is read.
    """
    good = good_of(kind)
    damaged = bytearray(good[: data.draw(st.integers(0, len(good)))])
    for _ in range(data.draw(st.integers(0, 4))):
        if damaged:
            damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    write(f"bad.{kind}", bytes(damaged))
    write("z.xml")

    found = entries(f"bad.{kind}", "z.xml")
    counted = sum(each.count for each in chunks(locate([f"bad.{kind}", "z.xml"])))

    assert found[-1] == ("z.xml", b"<a/>")
    assert len(found) == counted
