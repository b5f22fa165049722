"""
One contestant by a short key, for a process that is to hold nothing else.
"""

from __future__ import annotations

from importlib import import_module

from benchmarks.contestant import FLOOR, Contestant
from benchmarks.rules_table import REPORT

# Key and name in tables. node-schematron lives in another process, and is measured nowhere but in the rounds.
SINGLE = {
    "floor": "lxml parse",
    "bundled": "itk3-validator, bundled pack",
    "own": "itk3-validator",
    "xpath_each": "XPath per rule, anchors once",
    "isoschematron": "isoschematron",
    "saxon": "Schematron in Saxon",
    "elementpath_rules": "elementpath",
    "fhir_resources": "fhir.resources, parse only",
}


def chosen(key: str) -> Contestant:
    """
    The contestant with the 30 rules of the table, or with the bundled pack.
    """
    if key == "floor":
        return FLOOR
    if key in ("bundled", "own"):
        ours = import_module("benchmarks.ours")
        made: Contestant = ours.bundled() if key == "bundled" else ours.own(REPORT)
        return made
    last: Contestant = import_module(f"benchmarks.peers.{key}").contestants(REPORT)[-1]
    return last
