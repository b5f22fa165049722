"""
A listing of rules as text for people, as JSON, and as CSV for spreadsheets.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator
from typing import Any

from itk3_validator.report.visible import visible
from itk3_validator.workshop.listing.listing import DROPPED, NOT_CHECKABLE, Change, Listed, Listing

VERSION = 1
_LONGEST = 2_000
_COLUMNS = (
    *("pack", "pack_version", "id", "state", "level", "interactions", "text", "origin", "was", "changed"),
    *("dropped_by", "why", "source", "link", "response_code"),
)
# What a spreadsheet would take for the beginning of a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def render_text(listings: Iterable[Listing]) -> str:
    """
    Pack by pack, the rules under the pack that they come from.
    """
    return "\n".join("".join(f"{line}\n" for line in _lines(each)) for each in listings)


def render_json(listings: Iterable[Listing], *, tool_version: str) -> str:
    """
    One JSON document: ``{"rules": 1, "tool": {...}, "packs": [{"pack", "version", ..., "rules": [...]}]}``.
    """
    packs = [
        {
            "pack": each.pack.name,
            "version": each.pack.version,
            "title": each.pack.title,
            "digest": each.pack.digest,
            "extends": list(each.pack.lineage),
            "rules": [_fields(row) for row in each.rows],
        }
        for each in listings
    ]
    tool = {"name": "itk3-validator", "version": tool_version}
    return json.dumps({"rules": VERSION, "tool": tool, "packs": packs}, indent=2) + "\n"


def render_csv(listings: Iterable[Listing]) -> str:
    """
    One row a requirement. What a spreadsheet would run as a formula has an apostrophe before it.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for each in listings:
        for row in each.rows:
            fields = {**_fields(row), "pack": each.pack.name, "pack_version": each.pack.version}
            fields["interactions"] = " ".join(row.interactions)
            fields["changed"] = "; ".join(_change(change) for change in row.changed)
            writer.writerow([_cell(fields[name]) for name in _COLUMNS])
    return out.getvalue()


def _fields(row: Listed) -> dict[str, Any]:
    fields = {name: getattr(row, name) for name in Listed.__slots__}
    return {**fields, "changed": [{"pack": each.pack, "what": list(each.what)} for each in row.changed]}


def _cell(value: str | None) -> str:
    text = value or ""
    return f"'{text}" if text.startswith(_FORMULA) else text


def _change(change: Change) -> str:
    return f"{change.pack}: {', '.join(change.what)}"


def _lines(listing: Listing) -> Iterator[str]:
    pack, rows = listing.pack, listing.rows
    yield f"{pack.name} {pack.version}: {visible(pack.title)}"
    if pack.lineage:
        yield f"extends {', '.join(pack.lineage)}"
    rules = [row for row in rows if row.state not in (NOT_CHECKABLE, DROPPED)]
    for origin in (pack.name, *pack.lineage):
        yield from _block(f"rules of {origin}", [row for row in rules if row.origin == origin])
    yield from _block("no message can show", [row for row in rows if row.state == NOT_CHECKABLE])
    yield from _block("dropped", [row for row in rows if row.state == DROPPED])
    yield ""
    yield _counts(rows)


def _block(title: str, rows: list[Listed]) -> Iterator[str]:
    if rows:
        yield ""
        yield f"{title}:"
    for row in rows:
        yield f"  {visible(row.id)}{_kind(row)}"
        if row.text:
            yield f"      {visible(row.text, longest=_LONGEST)}"
        for note in _notes(row):
            yield f"      {visible(note, longest=_LONGEST)}"


def _kind(row: Listed) -> str:
    if row.state == NOT_CHECKABLE or not row.level:
        return ""
    of = ", over the archive" if row.archive else ""
    of += f", for {', '.join(row.interactions)}" if row.interactions else ""
    state = f", {row.state}" if row.state in ("draft", "deprecated") else ""
    return f"  {row.level}{of}{state}"


def _notes(row: Listed) -> Iterator[str]:
    if row.was is not None:
        yield f"is {row.was} in {row.origin}"
    for change in row.changed:
        yield f"changed by {change.pack}: {', '.join(change.what)}"
    if row.state == DROPPED:
        yield f"dropped by {row.dropped_by}: {row.why}"
    elif row.why:
        yield row.why


def _counts(rows: Iterable[Listed]) -> str:
    words = {"rules": 0, "draft": 0, "not checkable": 0, "dropped": 0}
    for row in rows:
        words[{NOT_CHECKABLE: "not checkable", DROPPED: "dropped", "draft": "draft"}.get(row.state, "rules")] += 1
    noun = "rule" if words["rules"] == 1 else "rules"
    rest = [f"{number} {word}" for word, number in words.items() if number and word != "rules"]
    return ", ".join([f"{words['rules']} {noun}", *rest])
