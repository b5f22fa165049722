"""
What a user would otherwise pick, one module each. They live in an environment of their own (`requirements-peers.txt`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module

from benchmarks.contestant import Contestant
from benchmarks.rules_table import Row

# Module and the distribution that it needs, in the order of the tables.
PEERS = {
    "xpath_each": "lxml",
    "isoschematron": "lxml",
    "saxon": "saxonche",
    "node_schematron": "node-schematron",
    "elementpath_rules": "elementpath",
    "fhir_resources": "fhir.resources",
}


def peers(rows: Sequence[Row], *, whole: bool) -> list[Contestant]:
    """
    Every peer, with these rules compiled; without *whole* only those that need nothing but lxml.
    """
    return [made for name, needs in PEERS.items() if whole or needs == "lxml" for made in _makers(name)(rows)]


def _makers(name: str) -> Callable[[Sequence[Row]], list[Contestant]]:
    makers: Callable[[Sequence[Row]], list[Contestant]] = import_module(f"benchmarks.peers.{name}").contestants
    return makers
