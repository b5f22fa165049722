"""
The tables of a run: what the documentation says of them is what they are.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from itk3_validator.batch.schema import TABLES

PAGE = (Path(__file__).parent.parent / "docs" / "batch.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("table", TABLES)
def test_every_column_is_documented(table):
    """
    The page names every table, and in a row of a table every column.
    """
    heading = re.search(rf"^\| .*`{table}`.*\n(\|.*\n)+", PAGE, re.MULTILINE)

    assert heading is not None
    assert set(TABLES[table].names) - set(re.findall(r"[a-z_]+", heading[0])) == set()
