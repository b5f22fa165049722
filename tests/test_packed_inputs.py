"""
Compressed files and archives: read within limits, and at bounded memory whatever they unpack to.
"""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
import tarfile
import zipfile
from importlib import import_module
from pathlib import Path

import pytest

import itk3_validator
from input_files import PACK, entries, everything, write, write_archive, write_zip
from itk3_validator import Limits
from itk3_validator.inputs import packed
from itk3_validator.inputs.entries import Nothing, Unreadable
from itk3_validator.inputs.items import InZip
from itk3_validator.inputs.load import load

ENGINE = str(Path(itk3_validator.__file__).parents[1])
DAMAGED_ZIP = "the archive is damaged, or not a zip archive"
RATIO = "the {} unpacks to more than 200 times its packed size, the most that is read"


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    """
    Every test works in an empty folder.
    """
    monkeypatch.chdir(tmp_path)


class TestFiles:
    @pytest.mark.parametrize("ending", PACK)
    @pytest.mark.parametrize("name", ["a.xml", "a.dat", "A.XML"])
    def test_a_packed_message_is_read(self, name, ending):
        """
        In a folder and by its own name, under the name that it has.
        """
        file = f"in/{name}.{ending}"
        write(file, PACK[ending](b"<a/>"))

        assert entries("in", file) == [(file, b"<a/>")] * 2

    @pytest.mark.parametrize("ending", PACK)
    def test_a_named_file_is_a_message_whatever_is_before_its_ending(self, ending):
        """
        In a folder other packed files are left out.
        """
        write(f"in/log.{ending}", PACK[ending](b"<a/>"))

        assert entries(f"in/log.{ending}") == [(f"in/log.{ending}", b"<a/>")]
        assert everything("in") == [Nothing("in", 1)]

    @pytest.mark.parametrize("ending", PACK)
    def test_parts_that_follow_each_other(self, ending):
        """
        Both formats may be joined end to end.
        """
        write(f"a.xml.{ending}", PACK[ending](b"<a>") + PACK[ending](b"</a>"))

        assert entries(f"a.xml.{ending}") == [(f"a.xml.{ending}", b"<a></a>")]

    @pytest.mark.parametrize(("ending", "name"), [("gz", "gzip"), ("zst", "Zstandard")])
    @pytest.mark.parametrize("data", [b"<a/>", b"x" * 5000], ids=["short", "long"])
    def test_what_is_not_packed(self, ending, name, data):
        """
        A file that only has the ending is told, and the next is read.
        """
        write(f"a.xml.{ending}", data)
        write("z.xml")

        reason = f"the file is damaged, or not a {name} file"
        assert entries(f"a.xml.{ending}", "z.xml") == [(f"a.xml.{ending}", reason), ("z.xml", b"<a/>")]

    @pytest.mark.parametrize("ending", PACK)
    def test_a_file_that_breaks_off(self, ending):
        """
        A cut transfer does not look like a short message.
        """
        write(f"a.xml.{ending}", PACK[ending](os.urandom(100_000))[:-50_000])

        assert entries(f"a.xml.{ending}") == [(f"a.xml.{ending}", "the file breaks off before its end")]

    @pytest.mark.parametrize("ending", PACK)
    def test_the_size_is_bounded(self, ending):
        """
        The limit is that of the message, not of the file.
        """
        write(f"a.xml.{ending}", PACK[ending](b"x" * 11))

        assert entries(f"a.xml.{ending}", limits=Limits(message=11)) == [(f"a.xml.{ending}", b"x" * 11)]
        assert entries(f"a.xml.{ending}", limits=Limits(message=10)) == [
            (f"a.xml.{ending}", "the message is larger than 10 bytes, the most that is read")
        ]

    @pytest.mark.parametrize("kind", ["a.zip", "a.tar", "a.tgz"])
    def test_a_packed_message_in_an_archive_is_told(self, kind):
        """
        An archive is opened, and nothing that is packed in it once more.
        """
        write_archive(kind, {"a.xml.gz": gzip.compress(b"<a/>"), "b.tzst": b""})

        assert entries(kind) == [
            (f"{kind}!/a.xml.gz", "this is a compressed file, which is not opened; unpack it"),
            (f"{kind}!/b.tzst", "an archive inside an archive is not opened; unpack it and name it"),
        ]

    def test_what_zstandard_needs_is_told(self, monkeypatch):
        """
        It is not installed with the package itself; everything else is read.
        """

        def without(name):
            if name.endswith("zstd"):
                raise ImportError(name)
            return import_module(name)

        monkeypatch.setattr(packed, "import_module", without)
        write("a.xml.zst", PACK["zst"](b"<a/>"))
        write("a.tar.zst", b"")
        write("b.xml.gz", gzip.compress(b"<b/>"))

        reason = 'to open it, install what Zstandard needs: pip install "itk3-validator[batch]"'
        assert entries("a.xml.zst", "a.tar.zst", "b.xml.gz") == [
            ("a.xml.zst", reason),
            ("a.tar.zst", reason),
            ("b.xml.gz", b"<b/>"),
        ]


PIECE = b"\0" * 50_000_000


def write_bomb(name: str) -> str:
    """
    A file that unpacks to 10 GB.
    """
    kind = name.split(".", 1)[1]
    member = tarfile.TarInfo("a.xml")
    member.size = 90_000_000
    head = member.tobuf() if "tar" in kind else b""
    if kind == "zip":
        with zipfile.ZipFile(name, "w", zipfile.ZIP_DEFLATED) as archive:
            for n in range(4):
                archive.writestr(f"{n}.xml", PIECE)
        return RATIO.format("message")
    pack = PACK[kind.split(".")[-1]]
    write(name, pack(head) + pack(PIECE) * 200)
    return RATIO.format("archive" if "tar" in kind else "message")


@pytest.mark.parametrize("name", ["a.zip", "a.xml.gz", "a.xml.zst", "a.tar.gz", "a.tar.zst"])
def test_a_bomb_takes_no_memory(name):
    """
    What unpacks to gigabytes is refused; the process grows by a few megabytes over one that reads a small file.
    """
    reason = write_bomb(name)
    write("small.xml.gz", gzip.compress(b"<a/>"))
    write("small.xml.zst", PACK["zst"](b"<a/>"))
    small = write_archive("small.tar", {"a.xml": b"<a/>"})

    plain, _ = measured("small.xml.gz", "small.xml.zst", str(small))
    peak, told = measured("small.xml.gz", "small.xml.zst", str(small), name)

    assert reason in told
    assert peak - plain < 20_000


def measured(*names: str) -> tuple[int, str]:
    """
    The most memory that a process took to read these, in kilobytes, and what it told.
    """
    program = (
        "import sys\n"
        "from itk3_validator import Limits\n"
        "from itk3_validator.inputs.load import read\n"
        "from itk3_validator.inputs.locate import locate\n"
        "for each in read(locate(sys.argv[1:]), Limits(), None):\n"
        "    print(getattr(each, 'reason', ''))\n"
        "    del each\n"
        "print(next(line for line in open('/proc/self/status') if line.startswith('VmHWM')))\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", program, *names], capture_output=True, text=True, check=True, env={"PYTHONPATH": ENGINE}
    )
    return int(run.stdout.split("VmHWM:")[1].split()[0]), run.stdout


def test_small_messages_may_pack_well():
    """
    Below a million bytes the ratio is not asked.
    """
    write("a.xml.gz", gzip.compress(b" " * 900_000))

    assert entries("a.xml.gz") == [("a.xml.gz", b" " * 900_000)]


@pytest.mark.parametrize("offset", [-1, 7, 10**6, 2**64], ids=["negative", "elsewhere", "after the end", "impossible"])
def test_a_place_in_a_zip_where_nothing_is(offset):
    """
    A directory may name any place.
    """
    file = write_zip("a.zip", {"a.xml": b"<a/>"})
    item = InZip("a.zip!/a.xml", str(file), offset, 4, 4, 0, 0)

    assert list(load([item], Limits())) == [
        Unreadable("a.zip!/a.xml", told)
        for told in (["the archive cannot be read: Invalid argument"] if offset == -1 else [DAMAGED_ZIP])
    ]


def test_a_zip_whose_packed_size_is_a_lie():
    """
    An entry that claims to reach to the end of a large file is read to its own end.
    """
    file = write_zip("a.zip", {"a.xml": b"<a/>", "b.xml": b"<b/>"}, compression=zipfile.ZIP_DEFLATED)
    data = bytearray(file.read_bytes())
    entry = data.index(b"PK\x01\x02")
    data[entry + 20 : entry + 24] = (1_000_000).to_bytes(4, "little")
    file.write_bytes(data)

    assert entries("a.zip") == [("a.zip!/a.xml", b"<a/>"), ("a.zip!/b.xml", b"<b/>")]
