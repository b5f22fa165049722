"""
How far a batch has come, in words.
"""

from __future__ import annotations

import io
from collections import Counter

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from itk3_validator.adapters.progress import Progress, line
from itk3_validator.batch.folder import Part
from itk3_validator.batch.sources import chunks, total
from itk3_validator.inputs.locate import locate


def part(messages, **verdicts):
    return Part((), messages, Counter(), Counter(verdicts), messages)


@pytest.mark.parametrize(
    ("counted", "rate", "of", "told"),
    [
        pytest.param(part(0), 0, None, "0 messages, 0 a second, 0 invalid", id="begun"),
        pytest.param(part(0), 0, 10, "0 of 10 messages, 0 a second, 0 invalid", id="no-rate-yet"),
        pytest.param(
            part(12_000, invalid=1_100, unreadable=3, error=1),
            2_500.4,
            1_000_000,
            "12,000 of 1,000,000 messages, 2,500 a second, 1,100 invalid, 3 unreadable, 1 error, 6 min 35 s left",
            id="all-of-it",
        ),
        pytest.param(part(5), 1, 10_805, "5 of 10,805 messages, 1 a second, 0 invalid, 3 h 0 min left", id="hours"),
        pytest.param(part(5), 1, 9, "5 of 9 messages, 1 a second, 0 invalid, 4 s left", id="seconds"),
    ],
)
def test_the_line(counted, rate, of, told):
    """
    Messages, rate, failures, what could not be judged, and the time that is left.
    """
    assert line(counted, rate=rate, total=of) == told


@pytest.mark.parametrize(("before", "told"), [(300, "300 messages"), (1, "1 message")])
def test_a_run_that_goes_on_says_so(before, told):
    """
    Elsewhere than on a terminal there are plain lines; quiet there is nothing.
    """
    loud, quiet = io.StringIO(), io.StringIO()
    for out in (loud, quiet):
        progress = Progress(out, quiet=out is quiet, total=lambda: None)
        progress(part(before))
        progress.end()

    assert (loud.getvalue(), quiet.getvalue()) == (f"going on after {told}\n", "")


def test_counting_what_is_left(tmp_path):
    """
    Files are counted by their names; what would have to be read for it is not counted.
    """
    (tmp_path / "in").mkdir()
    for name in ("a.xml", "b.xml", "c.txt"):
        (tmp_path / "in" / name).write_bytes(b"<a/>")
    (tmp_path / "d.ndjson").write_text('{"message": "<a/>"}\n', encoding="utf-8")

    table = pa.table({"message": [b"<a/>"] * 3})
    pq.write_table(table, tmp_path / "in" / "e.parquet", row_group_size=2)

    both = locate([str(tmp_path / "in"), str(tmp_path / "in" / "c.txt")])

    assert total(both) == sum(each.count for each in chunks(both)) == 6
    assert total(locate([str(tmp_path / "in" / "c.txt")])) == 1
    assert total(locate([str(tmp_path)])) is None
    assert total(locate(["-"])) is None
