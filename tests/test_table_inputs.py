"""
Messages in tables: a line of NDJSON each, or a row of a Parquet file.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

import itk3_validator
from input_files import PACK, everything, write, write_archive
from itk3_validator import Limits, Source
from itk3_validator.adapters.cli import main
from itk3_validator.batch.sources import Columns, chunks
from itk3_validator.batch.sources import read as read_chunk
from itk3_validator.inputs import tables
from itk3_validator.inputs.columns import GUESSED
from itk3_validator.inputs.entries import Nothing, Unreadable
from itk3_validator.inputs.load import read
from itk3_validator.inputs.locate import locate

ENGINE = str(Path(itk3_validator.__file__).parents[1])
NONE = "no column holds XML; name the one with the messages"
SEVERAL = "several columns hold XML; name the one with the messages"


def declared(encoding: str) -> str:
    return f"<?xml version='1.0' encoding='{encoding}'?><a>\u00e9</a>"


LATIN = declared("iso-8859-1")


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    """
    Every test works in an empty folder.
    """
    monkeypatch.chdir(tmp_path)


def found(name: str, columns: Columns = GUESSED, limits: Limits | None = None) -> list[tuple[str, bytes | str]]:
    """
    Names, and bytes or reasons, both ways: as validate reads and as a worker does.
    """
    entries = list(read(locate([name]), limits or Limits(), None, columns))
    worked = [e for each in chunks(locate([name]), 2, limits, columns=columns) for e in read_chunk(each, limits)]
    assert [each for each in entries if not isinstance(each, Nothing)] == worked
    return [(each.name, each.reason if isinstance(each, Unreadable) else each.data) for each in worked]


def lines(*records: object) -> bytes:
    return b"".join(json.dumps(each).encode() + b"\n" for each in records)


def table(name: str, group: int | None = None, **columns) -> str:
    parquet.write_table(pa.table(columns), name, row_group_size=group)
    return name


class TestLines:
    @pytest.mark.parametrize("name", ["a.ndjson", "a.jsonl", "a.NDJSON", "a.ndjson.gz", "a.jsonl.zst"])
    def test_the_column_that_holds_xml(self, name):
        """
        Without being told, in each line; blank lines have no message and keep their numbers.
        """
        data = lines({"id": 1, "message": "<a/>"}) + b"\n" + lines({"m": " <b/>", "note": "a < b"})
        write(name, PACK.get(name.rsplit(".", 1)[1], bytes)(data))

        assert found(name) == [(f"{name}!/1", b"<a/>"), (f"{name}!/3", b" <b/>")]

    @pytest.mark.parametrize(
        ("line", "reason"),
        [
            pytest.param(b"{", "the line is no JSON", id="broken"),
            pytest.param(b"\xff", "the line is no JSON", id="no text"),
            pytest.param(b"[" * 100_000, "the line is no JSON", id="deep"),
            pytest.param(b"9" * 10_000, "the line is no JSON", id="a number too long"),
            pytest.param(b"{}", NONE, id="empty"),
            pytest.param(b"[1]", NONE, id="list"),
            pytest.param(b"null", NONE, id="null"),
            pytest.param(b'{"a": {"b": "<a/>"}}', NONE, id="deeper"),
            pytest.param(b'{"a": "<a/>", "b": "<b/>"}', SEVERAL, id="two"),
        ],
    )
    def test_a_line_without_a_message_costs_that_line(self, line, reason):
        """
        It is told, and those around it are read.
        """
        write("a.ndjson", lines({"m": "<a/>"}) + line + b"\n" + lines({"m": "<b/>"}))

        assert found("a.ndjson") == [("a.ndjson!/1", b"<a/>"), ("a.ndjson!/2", reason), ("a.ndjson!/3", b"<b/>")]

    def test_the_columns_may_be_named(self):
        """
        What is named is taken, whatever it holds; a line without it is told.
        """
        write(
            "a.ndjson", lines({"m": "<a/>", "x": "<x/>", "id": "one"}, {"m": "b", "id": 2}, {"id": None}, {"m": None})
        )

        assert found("a.ndjson", Columns("m", "id")) == [
            ("a.ndjson!/one", b"<a/>"),
            ("a.ndjson!/2", b"b"),
            ("a.ndjson!/3", "there is no message in its column"),
            ("a.ndjson!/4", "there is no message in its column"),
        ]

    def test_a_line_may_be_the_message(self):
        """
        A JSON text alone needs no column.
        """
        write("a.ndjson", lines("<a/>", "\ufeff<b/>"))

        assert found("a.ndjson") == [("a.ndjson!/1", b"<a/>"), ("a.ndjson!/2", "\ufeff<b/>".encode())]

    @pytest.mark.parametrize(
        ("text", "data"),
        [
            pytest.param("<a>\u00e9</a>", "<a>\u00e9</a>".encode(), id="nothing declared"),
            pytest.param(LATIN, LATIN.encode("latin-1"), id="declared"),
            pytest.param(LATIN + "\u4e2d", (LATIN + "\u4e2d").encode(), id="does not fit"),
            pytest.param(
                LATIN.replace("iso-8859-1", "idna"), LATIN.replace("iso-8859-1", "idna").encode(), id="others"
            ),
            pytest.param(
                LATIN.replace("iso-8859-1", "UTF-16"), LATIN.replace("iso-8859-1", "UTF-16").encode("utf-16"), id="wide"
            ),
            pytest.param("<a>\ud800</a>", b"<a>\xed\xa0\x80</a>", id="half a character"),
        ],
    )
    def test_text_becomes_the_bytes_that_it_declares(self, text, data):
        """
        Who stored the message as text has decoded it; its declaration still speaks of the bytes.
        """
        write("a.ndjson", lines({"m": text}))

        assert found("a.ndjson") == [("a.ndjson!/1", data)]

    @pytest.mark.parametrize("length", [99, 100, 101, 200_000])
    def test_a_line_is_bounded(self, length):
        """
        What is longer is skipped piece by piece, and the next line is read.
        """
        line = lines("<" + "a" * (length - 3))
        write("a.ndjson", line + lines("<b/>"))

        first, second = found("a.ndjson", limits=Limits(message=100))

        too_long = "the message is larger than 100 bytes, the most that is read"
        assert len(line.rstrip()) == length
        assert first[1] == (line[1:-2] if length <= 100 else too_long)
        assert second == ("a.ndjson!/2", b"<b/>")

    def test_the_last_line_needs_no_end(self):
        """
        A file may end without a line feed.
        """
        write("a.ndjson", lines("<a/>", "<b/>")[:-1])

        assert [data for _, data in found("a.ndjson")] == [b"<a/>", b"<b/>"]

    @pytest.mark.parametrize("ending", PACK)
    def test_a_packed_file_that_breaks_off(self, ending):
        """
        What is whole before it is read, and that more was meant to follow is told.
        """
        name = f"a.ndjson.{ending}"
        data = PACK[ending](lines(*(f"<a>{os.urandom(3000).hex()}</a>" for _ in range(200))))
        write(name, data[: len(data) // 2])

        *before, last = found(name)

        assert last == (name, "the file breaks off before its end")
        assert len(before) > 20
        assert all(isinstance(data, bytes) for _, data in before)

    @pytest.mark.parametrize("ending", PACK)
    def test_a_bomb_is_refused(self, ending):
        """
        One line that unpacks to 100 MB, or many that do.
        """
        name = f"a.ndjson.{ending}"
        write(name, PACK[ending](b" " * 50_000_000) * 2)

        assert found(name) == [(name, "the file unpacks to more than 200 times its packed size, the most that is read")]

    def test_no_lines(self):
        """
        An empty file holds nothing, and says so.
        """
        write("a.ndjson", b"\n\n")

        assert everything("a.ndjson") == [Nothing("a.ndjson", 0)]


GROUPS = [pytest.param(None, id="one group"), pytest.param(2, id="groups of two")]


class TestParquet:
    @pytest.mark.parametrize("group", GROUPS)
    @pytest.mark.parametrize("kind", [pa.binary(), pa.large_binary(), pa.string(), pa.large_string()], ids=str)
    def test_the_one_column_of_text(self, kind, group):
        """
        The only column that can hold messages does.
        """
        values = pa.array([b"<a/>", b"<b/>", b"c"], pa.binary()).cast(kind)

        name = table("a.parquet", group, number=[1, 2, 3], message=values)

        assert found(name) == [("a.parquet!/1", b"<a/>"), ("a.parquet!/2", b"<b/>"), ("a.parquet!/3", b"c")]

    @pytest.mark.parametrize("group", GROUPS)
    def test_the_column_that_holds_xml(self, group):
        """
        Of several columns of text the one whose first value is XML; a row without a value is told.
        """
        name = table("a.parquet", group, id=["x", "y", "z"], message=[None, b"<b/>", b"<c/>"], note=["a", None, "<c/>"])

        assert found(name) == [
            ("a.parquet!/1", "there is no message in its column"),
            ("a.parquet!/2", b"<b/>"),
            ("a.parquet!/3", b"<c/>"),
        ]

    def test_a_column_that_begins_with_nothing(self):
        """
        The first value is looked for, as long as that is quick.
        """
        name = table("a.parquet", id=["x"] * 100, message=[None] * 99 + ["<a/>"])

        assert found(name)[-1] == ("a.parquet!/100", b"<a/>")

    def test_a_column_of_repeated_values(self):
        """
        A dictionary of values is a column of text as well.
        """
        name = table("a.parquet", message=pa.array(["<a/>", "<a/>"]).dictionary_encode())

        assert found(name) == [("a.parquet!/1", b"<a/>"), ("a.parquet!/2", b"<a/>")]

    @pytest.mark.parametrize(
        ("columns", "reason"),
        [
            pytest.param({"id": [1]}, NONE, id="no text"),
            pytest.param({"id": ["x"], "note": ["y"]}, NONE, id="no XML"),
            pytest.param({"a": ["<a/>"], "b": ["<b/>"]}, SEVERAL, id="two"),
            pytest.param({"a": [["<a/>"]]}, NONE, id="lists"),
        ],
    )
    def test_where_the_column_is_not_known(self, columns, reason):
        """
        The file is told once.
        """
        assert found(table("a.parquet", **columns)) == [("a.parquet", reason)]

    @pytest.mark.parametrize("group", GROUPS)
    def test_the_columns_may_be_named(self, group):
        """
        Names come from any column; a row without one has its number.
        """
        name = table("a.parquet", group, a=["<a/>", "<b/>", "<c/>"], b=["<x/>"] * 3, id=[7, None, 9])

        assert found(name, Columns("a", "id")) == [
            ("a.parquet!/7", b"<a/>"),
            ("a.parquet!/2", b"<b/>"),
            ("a.parquet!/9", b"<c/>"),
        ]

    @pytest.mark.parametrize("columns", [Columns("m"), Columns("a", "m")])
    def test_a_column_that_is_not_there(self, columns):
        """
        The file is told.
        """
        name = table("a.parquet", a=["<a/>"])

        assert found(name, columns) == [("a.parquet", "it has no column of the name that was given, or two of them")]

    @pytest.mark.parametrize("most", [0, 5_000])
    def test_large_row_groups_are_passed_on_row_by_row(self, most, monkeypatch):
        """
        Both ways yield the same; a small group goes to the worker as a place, a large one as messages.
        """
        monkeypatch.setattr(tables, "MOST_ROWS", most)
        name = table("a.parquet", 40, message=[f"<a n='{n}'/>" for n in range(100)])

        rows = found(name)
        kinds = {type(item) for chunk in chunks(locate([name])) for item in chunk.items}

        assert rows == [(f"a.parquet!/{n + 1}", f"<a n='{n}'/>".encode()) for n in range(100)]
        assert (Source in kinds) == (most == 0)

    def test_a_row_group_is_not_divided(self):
        """
        Nothing enters one in the middle without reading what is before: a chunk may be larger than asked.
        """
        name = table("a.parquet", 40, message=["<a/>"] * 100)

        assert [each.count for each in chunks(locate([name]), 10)] == [40, 40, 20]
        assert [each.count for each in chunks(locate([name]), 90)] == [80, 20]

    @pytest.mark.parametrize("data", [b"", b"PAR1", b"<a/>", b"PAR1" + b"x" * 5000 + b"PAR1"])
    def test_what_is_no_parquet_file(self, data):
        """
        A file that only has the ending is told.
        """
        write("a.parquet", data)

        assert found("a.parquet") == [("a.parquet", "the file is damaged, or not a Parquet file")]

    def test_no_damage_ends_the_process(self):
        """
        Whichever byte of the metadata is wrong, entries come out; pyarrow ends the process at some when it is asked for
        the metadata of a column.
        """
        table("a.parquet", 2, message=["<a/>", "<b/>", "<c/>"])
        program = (
            "import sys\n"
            "from pathlib import Path\n"
            "from itk3_validator.batch.sources import chunks, read\n"
            "from itk3_validator.inputs.locate import locate\n"
            "data = Path('a.parquet').read_bytes()\n"
            "for at in range(len(data) - 700, len(data)):\n"
            "    for value in (0, 0xff):\n"
            "        Path('b.parquet').write_bytes(data[:at] + bytes([value]) + data[at + 1:])\n"
            "        for chunk in chunks(locate(['b.parquet'])):\n"
            "            assert len(list(read(chunk))) == chunk.count\n"
        )

        done = subprocess.run(
            [sys.executable, "-c", program], env={"PYTHONPATH": ENGINE}, capture_output=True, check=False
        )

        assert (done.returncode, done.stderr) == (0, b"")

    def test_damage_in_a_row_group_costs_its_rows(self):
        """
        As many are told as the file announces, and the next group is read.
        """
        name = table("a.parquet", 2, message=["<aaaa/>", "<bbbb/>", "<c/>"])
        data = bytearray(Path(name).read_bytes())
        data[4:60] = b"\xff" * 56
        write(name, bytes(data))

        rows = found(name)

        assert [label for label, _ in rows] == ["a.parquet!/1", "a.parquet!/2", "a.parquet!/3"]
        assert [isinstance(each, bytes) for _, each in rows] == [False, False, True]

    @pytest.mark.parametrize("group", GROUPS)
    def test_the_size_of_a_message_is_bounded(self, group):
        """
        A large one is told; those around it are read.
        """
        name = table("a.parquet", group, message=["<a/>", "<" + "b" * 100, "<c/>"] + ["<d/>"] * 40)

        assert found(name, limits=Limits(message=100))[:3] == [
            ("a.parquet!/1", b"<a/>"),
            ("a.parquet!/2", "the message is larger than 100 bytes, the most that is read"),
            ("a.parquet!/3", b"<c/>"),
        ]

    def test_a_row_group_of_what_is_too_large_costs_itself(self):
        """
        The row groups after it are read.
        """
        name = table("a.parquet", 1, message=["<a/>", "<" + random.Random(1).randbytes(1_200_000).hex(), "<c/>"])
        too_large = "its messages are larger than 100 bytes, the most that is read"

        for most in (64_000_000, 1_000):
            with pytest.MonkeyPatch.context() as patched:
                patched.setattr(tables, "MOST_BYTES", most)
                assert found(name, limits=Limits(message=100)) == [
                    ("a.parquet!/1", b"<a/>"),
                    ("a.parquet!/2", too_large),
                    ("a.parquet!/3", b"<c/>"),
                ]

    def test_other_columns_are_not_read(self):
        """
        Damage in a column that nobody asked for costs nothing.
        """
        name = table("a.parquet", message=["<a/>"], other=["x" * 50])
        data = Path(name).read_bytes()
        at = parquet.read_metadata(name).row_group(0).column(1).dictionary_page_offset
        write(name, data[:at] + b"\xff" * 40 + data[at + 40 :])

        with pytest.raises(OSError, match="thrift"):
            parquet.read_table(name)
        assert found(name, Columns("message")) == [("a.parquet!/1", b"<a/>")]

    def test_what_parquet_needs_is_told(self, monkeypatch):
        """
        It is not installed with the package itself.
        """
        name = table("a.parquet", message=["<a/>"])
        monkeypatch.setitem(sys.modules, "pyarrow", None)
        monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)

        assert found(name) == [(name, 'to open it, install what Parquet needs: pip install "itk3-validator[batch]"')]


@pytest.mark.parametrize("kind", ["a.zip", "a.tar"])
def test_tables_in_archives_are_told(kind):
    """
    They hold many messages, as an archive does.
    """
    write_archive(kind, {"a.ndjson": lines("<a/>"), "b.parquet": b""})

    nested = "an archive inside an archive is not opened; unpack it and name it"
    assert found(kind) == [(f"{kind}!/a.ndjson", nested), (f"{kind}!/b.parquet", nested)]


def test_columns_are_named_on_the_command_line(capsys):
    """
    `itk3 validate` reads tables, and says what is wrong with them as with any message.
    """
    write("a.ndjson", lines({"a": "<a/>", "b": "<b/>", "id": "one"}))

    assert main(["validate", "a.ndjson"]) == 3
    assert f"a.ndjson!/1: UNREADABLE {SEVERAL}" in capsys.readouterr().out
    assert main(["validate", "a.ndjson", "--message-column", "a", "--name-column", "id"]) == 4
    assert "a.ndjson!/one: UNRECOGNISED" in capsys.readouterr().out
