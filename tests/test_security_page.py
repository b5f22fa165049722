"""
docs/security.md names the test that shows each line of the threat model, and that test is there.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
PAGE = TESTS.parent / "docs" / "security.md"
NAMED = re.compile(r"`(test_\w+)::(test_\w+)`")


def rows(text: str) -> list[str]:
    """
    The rows of the tables, heads and rules left out.
    """
    lines = [line for line in text.splitlines() if line.startswith("|")]
    return [line for line in lines if not line.startswith("|---") and not line.endswith("shown by |")]


def names_in(module: str) -> set[str]:
    file = TESTS / f"{module}.py"
    tree = ast.parse(file.read_text(encoding="utf-8")) if file.is_file() else ast.Module([], [])
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


def untold(text: str) -> list[str]:
    """
    The rows that name no test, and the names of tests that are not there.
    """
    found = [row for row in rows(text) if not NAMED.search(row)]
    return found + [f"{module}::{name}" for module, name in NAMED.findall(text) if name not in names_in(module)]


def test_every_named_test_is_there() -> None:
    text = PAGE.read_text(encoding="utf-8")

    assert untold(text) == []
    assert len(rows(text)) > 40


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("| a | b | `test_security_page::test_every_named_test_is_there` |", []),
        ("| a | b | `test_security_page::test_of_old` |", ["test_security_page::test_of_old"]),
        ("| a | b | `test_of_old::test_of_old` |", ["test_of_old::test_of_old"]),
        ("| a | b | |", ["| a | b | |"]),
    ],
    ids=["there", "no such test", "no such module", "no test"],
)
def test_a_claim_that_nothing_shows_is_seen(row: str, expected: list[str]) -> None:
    assert untold(f"| what | becomes | shown by |\n|---|---|---|\n{row}\n") == expected
