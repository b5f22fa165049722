"""
elementpath alone: XPath 2.0 in Python, parsed once, one node tree for each message, anchors looked up once.

It says which rules failed, and not where. XPath31Parser would find nothing for `f:entry`.
"""

from __future__ import annotations

from collections.abc import Sequence

from elementpath import XPath2Parser, XPathContext, XPathToken, get_node_tree

from benchmarks.contestant import Contestant, parse
from benchmarks.messages import NS
from benchmarks.rules_table import Row
from benchmarks.written import by_anchor, xpath_of


def contestants(rows: Sequence[Row]) -> list[Contestant]:
    parser = XPath2Parser(namespaces=NS)
    rules = [
        (parser.parse(anchor), [(row.id, parser.parse(f"not({xpath_of(row)})")) for row in group])
        for anchor, group in by_anchor(rows)
    ]

    def run(data: bytes) -> list[str]:
        tree = get_node_tree(parse(data).getroottree())
        return [
            id
            for anchor, group in rules
            for node in anchor.select(XPathContext(tree))
            for id, broken in group
            if _holds(broken, tree, node)
        ]

    return [Contestant("elementpath", run, list)]


def _holds(broken: XPathToken, tree: object, node: object) -> bool:
    return bool(broken.evaluate(XPathContext(tree, item=node)))
