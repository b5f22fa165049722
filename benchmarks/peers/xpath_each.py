"""
One compiled lxml XPath for each rule: what one writes first, and the same with the anchors looked up once.

Both say which rules failed, and not where.
"""

from __future__ import annotations

from collections.abc import Sequence

from lxml import etree

from benchmarks.contestant import Contestant, parse
from benchmarks.messages import NS
from benchmarks.rules_table import ANCHORS, Row
from benchmarks.written import by_anchor, xpath_of


def contestants(rows: Sequence[Row]) -> list[Contestant]:
    return [_absolute(rows), _anchored(rows)]


def _absolute(rows: Sequence[Row]) -> Contestant:
    rules = [(row.id, _compiled(f"boolean({ANCHORS[row.anchor]}[not({xpath_of(row)})])")) for row in rows]

    def run(data: bytes) -> list[str]:
        root = parse(data)
        return [id for id, broken in rules if broken(root)]

    return Contestant("XPath per rule", run, list)


def _anchored(rows: Sequence[Row]) -> Contestant:
    rules = [
        (_compiled(anchor), [(row.id, _compiled(f"not({xpath_of(row)})")) for row in group])
        for anchor, group in by_anchor(rows)
    ]

    def run(data: bytes) -> list[str]:
        root = parse(data)
        return [id for find, group in rules for node in find(root) for id, broken in group if broken(node)]

    return Contestant("XPath per rule, anchors once", run, list)


def _compiled(expression: str) -> etree.XPath:
    return etree.XPath(expression, namespaces=NS, regexp=False, smart_strings=False)
