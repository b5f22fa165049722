"""
A merged pack, looked at closely: everything it names is there, everything it says can be run.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from itk3_validator.errors import Problem
from itk3_validator.fhir import FHIR, XHTML
from itk3_validator.pack import kinds, lists, places, ruling
from itk3_validator.pack.asking import CheckReader, Known
from itk3_validator.pack.derive import Merged
from itk3_validator.pack.draft import Entry
from itk3_validator.pack.expand import expand
from itk3_validator.pack.marked import Node, Scalar
from itk3_validator.pack.model import RulePack
from itk3_validator.pack.reader import Reader
from itk3_validator.pack.trials import TrialReader

_VERSION = re.compile(r"(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)")
_SOURCE = ("publisher", "version", "url", "licence")
_REFERENCE = re.compile(r"\$\{([^{}\n]*)\}")


def check(
    merged: Merged,
    *,
    files: lists.Files,
    trusted: frozenset[str],
    digest: str,
    xpath: Mapping[str, str],
) -> tuple[RulePack | None, tuple[Problem, ...]]:
    """
    Check a merged pack and make it ready to compile.

    Args:
        files: reads the CSV files of the packs.

        trusted: names of the packs whose word ``safe`` is taken.

        xpath: pack to the version of its ``test`` expressions.
    """
    problems: list[Problem] = []
    values = _values(merged.named["values"], problems)
    reader = Reader(values, problems)
    head = _Head(merged, reader)
    namespaces = _namespaces(merged.named["namespaces"], reader)
    facts = kinds.facts(merged.named["facts"], reader)
    code_lists = lists.code_lists(merged.named["code-lists"], reader=reader, files=files)
    prefixes = tuple(namespaces)
    selectors = places.selectors(merged.named["selectors"], reader=reader, prefixes=prefixes, trusted=trusted)
    # A selector that is itself wrong is told once, not again at each rule that names it.
    named = {**dict.fromkeys(merged.named["selectors"], places.BROKEN), **selectors}
    known = Known(values, prefixes, namespaces, named, code_lists, tuple(merged.named["code-lists"]), facts)
    interactions = kinds.interactions(merged.named["interactions"], CheckReader(known, problems))
    rules = ruling.read_rules(
        merged.rules,
        known=known,
        interactions=tuple(merged.named["interactions"]),
        xpath=xpath,
        problems=problems,
    )
    not_checkable = ruling.not_checkable(merged.not_checkable, reader)
    if problems:
        return None, tuple(problems)
    trials = TrialReader(CheckReader(known, problems, costly=True), rules=rules, facts=facts, interactions=interactions)
    pack = RulePack(
        name=merged.draft.name,
        version=head.version,
        title=head.title,
        source=head.source,
        digest=digest,
        lineage=merged.lineage,
        namespaces=namespaces,
        facts=facts,
        selectors=selectors,
        code_lists=code_lists,
        interactions=interactions,
        rules=rules,
        not_checkable=not_checkable,
        dropped=merged.dropped,
        tests=trials.read(merged.draft.tests),
    )
    return (None if problems else pack), tuple(problems)


class _Head:
    """
    What a pack says of itself.
    """

    def __init__(self, merged: Merged, reader: Reader) -> None:
        head, home = merged.draft.head, merged.draft.home
        self.version = self.title = ""
        self.source: dict[str, str] = {}
        for name in ("version", "title", "source"):
            if name not in head:
                remedy = {
                    "version": "write version: 1.0.0",
                    "title": "write one line",
                    "source": "write {document: ...}",
                }
                what = f"the pack {merged.draft.name!r} has no {name}"
                reader.problems.append(Problem(home.file, home.line, home.column, what, remedy[name]))
        if "version" in head:
            self.version = self._version(head["version"], reader)
        if "title" in head:
            self.title = reader.text(head["title"]) or ""
        if "source" in head:
            fields = reader.fields(head["source"], required=("document",), optional=_SOURCE) or {}
            self.source = {name: reader.text(node) or "" for name, node in fields.items()}
        if "xpath" in head:
            reader.choice(head["xpath"], ruling.VERSIONS, "version of XPath")

    def _version(self, node: Node, reader: Reader) -> str:
        text = reader.text(node) or ""
        if text and not _VERSION.fullmatch(text):
            reader.problem(node, f"{text!r} is no version", "write three numbers: 1.0.0")
        return text


def _values(entries: Mapping[str, Entry], problems: list[Problem]) -> dict[str, str]:
    """
    The values, with those that they name put in.
    """
    texts: dict[str, str] = {}
    waiting = {name: entry.value for name, entry in entries.items()}
    reader = Reader({}, problems)
    while waiting:
        ready = [
            name
            for name, node in waiting.items()
            if not isinstance(node, Scalar) or not waiting.keys() & set(_REFERENCE.findall(node.text))
        ]
        if not ready:
            for name, node in waiting.items():
                reader.problem(node, f"the value {name!r} refers to itself", "write one of the values out")
            return {**texts, **dict.fromkeys(waiting, "")}
        for name in ready:
            node = waiting.pop(name)
            if not isinstance(node, Scalar):
                reader.expanded(node)
                texts[name] = ""
                continue
            expanded, found = expand(node, texts)
            problems.extend(found)
            texts[name] = expanded.text
    return texts


def _namespaces(entries: Mapping[str, Entry], reader: Reader) -> dict[str, str]:
    namespaces = {"f": FHIR, "h": XHTML}
    for name, entry in entries.items():
        text = reader.text(entry.value)
        if name in namespaces and text not in (None, namespaces[name]):
            reader.problem(entry.key, f"the prefix {name!r} stands for {namespaces[name]}", "choose another prefix")
        elif text is not None:
            namespaces[name] = text
    return namespaces
