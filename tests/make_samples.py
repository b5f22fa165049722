"""
Make samples/invalid from samples/valid: `python tests/make_samples.py`, or with `--check` only say what differs.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from invalid_samples import ROWS
from invalid_samples.row import Row

SAMPLES = Path(__file__).resolve().parent.parent / "samples"
ABOUT = """\
# What must be known beside the message for its failure to show. Made by tests/make_samples.py; do not edit.
# id: {message, pack, broken, facts, request, interaction, also}, paths from samples/; also: rules that fail with it
"""


def main(arguments: list[str]) -> int:
    """
    Write what differs; with `--check` write nothing, and answer 1 if anything does.
    """
    wanted = {SAMPLES / "invalid" / name: text for name, text in files(ROWS)}
    there = {path for path in (SAMPLES / "invalid").glob("*") if path.is_file()}
    stale = [path for path, text in wanted.items() if path not in there or path.read_bytes() != text.encode()]
    surplus = sorted(there - wanted.keys())
    for path in (*stale, *surplus):
        print(f"{path.relative_to(SAMPLES.parent)} {'is not from the table' if path in surplus else 'differs'}")
    if "--check" in arguments:
        return 1 if stale or surplus else 0
    for path in stale:
        path.write_bytes(wanted[path].encode())
    for path in surplus:
        path.unlink()
    return 0


def files(rows: tuple[Row, ...]) -> Iterator[tuple[str, str]]:
    """
    Name and text of every file in samples/invalid.
    """
    twice = [name for name, times in Counter(row.name for row in rows).items() if times > 1]
    if twice:
        raise ValueError(f"two rows make {twice}")
    for row in rows:
        try:
            yield row.name, row.make((SAMPLES / "valid" / f"{row.base}.xml").read_text(encoding="utf-8"))
        except ValueError as reason:
            raise ValueError(f"{row.id}: {reason}") from reason
    yield "context.yaml", ABOUT + "".join(_context(row) for row in sorted(rows, key=lambda row: row.name))


def _context(row: Row) -> str:
    facts = ", ".join(f"{name}: {stated}" for name, stated in sorted(row.facts.items()))
    lines = [
        f'"{row.id}":',
        f"  message: invalid/{row.name}",
        f"  pack: {row.pack}",
        f"  broken: {_quoted(row.what)}",
        f"  facts: {{{facts}}}",
        f"  request: {row.request or 'null'}",
        f"  interaction: {row.interaction or 'null'}",
        f"  also: [{', '.join(map(_quoted, row.also))}]",
    ]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
