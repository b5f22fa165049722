"""
A merged pack, looked at closely: everything it names is there, everything it says can be run.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from itk3_validator.errors import Problem
from itk3_validator.fhir import FHIR, XHTML
from itk3_validator.lazy import pattern
from itk3_validator.pack import kinds, lists, places, ruling, safety
from itk3_validator.pack.archive_rule import ArchiveRule
from itk3_validator.pack.asking import CheckReader, Known
from itk3_validator.pack.derive import Merged
from itk3_validator.pack.draft import Entry
from itk3_validator.pack.expand import named
from itk3_validator.pack.gaps import Gaps
from itk3_validator.pack.inherited import Ground, rules_in, selectors_in
from itk3_validator.pack.marked import Node, Scalar
from itk3_validator.pack.model import RulePack
from itk3_validator.pack.order import in_order
from itk3_validator.pack.reader import Reader
from itk3_validator.pack.trials import TrialReader
from itk3_validator.value import Row

_VERSION = pattern(r"(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)")
_SOURCE = ("publisher", "version", "url", "licence")


class Checked(Row):
    """
    A pack that is ready to compile, and how it was read; or what is wrong with it.
    """

    pack: RulePack | None
    ground: Ground | None
    problems: tuple[Problem, ...]


def check(
    merged: Merged,
    *,
    grounds: Sequence[Ground],
    files: lists.Files,
    trusted: frozenset[str],
    xpath: Mapping[str, str],
) -> Checked:
    """
    Check a merged pack and make it ready to compile. Its digest is for the caller to add, who reads the files.

    Args:
        grounds: packs that it extends, as far as they were checked before.

        files: reads the CSV files of the packs.

        trusted: names of the packs whose word ``safe`` is taken.

        xpath: pack to the version of its ``test`` expressions.
    """
    problems: list[Problem] = []
    values, wrong = _values(merged.named["values"], problems, merged.gaps)
    gaps = Gaps(merged.gaps, wrong)
    reader = Reader(values, problems, gaps)
    head = _Head(merged, reader)
    namespaces = _namespaces(merged.named["namespaces"], reader)
    facts = kinds.facts(merged.named["facts"], reader)
    code_lists = lists.code_lists(merged.named["code-lists"], reader=reader, files=files)
    prefixes = tuple(namespaces)
    grounds = () if merged.gaps else grounds
    read = places.selectors(
        merged.named["selectors"],
        reader=reader,
        prefixes=prefixes,
        inherited=selectors_in(grounds, merged.named["selectors"], values=values, namespaces=namespaces),
    )
    selectors = safety.believed(
        read,
        merged.named["selectors"],
        values=values,
        trusted=trusted,
        foreign=safety.foreign_values(merged.named["values"], trusted),
    )
    # A selector that is itself wrong is told once, not again at each rule that names it.
    places_known = {**dict.fromkeys(merged.named["selectors"], places.BROKEN), **selectors}
    shown = safety.safe_locations(selectors)
    known = Known(
        values, prefixes, namespaces, places_known, code_lists, tuple(merged.named["code-lists"]), facts, shown, gaps
    )
    interactions = kinds.interactions(merged.named["interactions"], known=known, xpath=xpath, problems=problems)
    names = tuple(merged.named["interactions"])
    written = {id_: entry for id_, entry in merged.rules.items() if entry.section == "rules"}
    rules = ruling.read_rules(
        written,
        known=known,
        interactions=names,
        xpath=xpath,
        problems=problems,
        inherited=rules_in(grounds, written, known=known, interactions=names, xpath=xpath),
    )
    archive = _archive(merged, known, problems)
    not_checkable = ruling.not_checkable(merged.not_checkable, reader)
    trials = TrialReader(
        CheckReader(known, problems, costly=True), ids=merged.rules, interactions=merged.named["interactions"]
    )
    tests = trials.read(merged.draft.tests)
    _look_into(merged, known, reader, files=files, xpath=xpath)
    if problems or merged.gaps:
        return Checked(None, None, tuple(problems))
    pack = RulePack(
        name=merged.draft.name,
        version=head.version,
        title=head.title,
        source=head.source,
        digest="",
        lineage=merged.lineage,
        namespaces=namespaces,
        facts=facts,
        selectors=selectors,
        code_lists=code_lists,
        interactions=interactions,
        rules=tuple(each.rule for each in rules.values()),
        not_checkable=not_checkable,
        archive=archive,
        dropped=merged.dropped,
        tests=tests,
    )
    return Checked(pack, Ground(known, merged.named["selectors"], read, names, xpath, rules), ())


def _look_into(merged: Merged, known: Known, reader: Reader, *, files: lists.Files, xpath: Mapping[str, str]) -> None:
    """
    Tell the mistakes in entries that nothing can name: their name is missing, or another one has it.
    """
    strays = {
        section: merged.strays.get(section, ())
        for section in (*merged.named, "rules", "archive", "not-checkable", "change")
    }
    interactions = tuple(merged.named["interactions"])
    for entry in (*strays["values"], *strays["namespaces"]):
        reader.text(entry.value)
    for entry in strays["facts"]:
        kinds.facts({entry.key.text: entry}, reader)
    for entry in strays["code-lists"]:
        lists.code_lists({entry.key.text: entry}, reader=reader, files=files, known=merged.named["code-lists"])
    for entry in strays["interactions"]:
        one = {entry.key.text: entry}
        kinds.interactions(one, known=known, xpath=xpath, problems=reader.problems, names=interactions)
    places.look_into(strays["selectors"], reader=reader, prefixes=known.prefixes, known=known.selectors)
    for section, required in (("rules", ("text", "check")), ("change", ())):
        ruling.look_into(
            strays[section],
            known=known,
            interactions=interactions,
            xpath=xpath,
            problems=reader.problems,
            required=required,
        )
    if strays["archive"]:
        from itk3_validator.pack.archive_reading import look_into_archive

        look_into_archive(
            strays["archive"],
            known=known,
            interactions=interactions,
            problems=reader.problems,
            required=("text", "check"),
        )
    for entry in strays["not-checkable"]:
        reader.fields(entry.value, required=("because",), optional=("id",))


def _archive(merged: Merged, known: Known, problems: list[Problem]) -> tuple[ArchiveRule, ...]:
    entries = {id_: entry for id_, entry in merged.rules.items() if entry.section == "archive"}
    if not entries:
        return ()
    from itk3_validator.pack.archive_reading import read_archive

    return read_archive(entries, known=known, interactions=tuple(merged.named["interactions"]), problems=problems)


class _Head:
    """
    What a pack says of itself.
    """

    def __init__(self, merged: Merged, reader: Reader) -> None:
        head, home = merged.draft.head, merged.draft.home
        self.version = self.title = ""
        self.source: dict[str, str] = {}
        for name in ("version", "title", "source"):
            if name not in head and name not in merged.draft.gaps:
                remedy = {
                    "version": "write version: 1.0.0",
                    "title": "write one line",
                    "source": "write {document: ...}",
                }
                what = f"the pack {merged.draft.name!r} has no {name}"
                reader.problems.append(Problem(home.file, home.line, home.column, what, remedy[name], "shape"))
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


def read_values(entries: Mapping[str, Entry], problems: list[Problem]) -> dict[str, str]:
    """
    The values, with those that they name put in. One that is wrong is told, and stands for nothing.
    """
    texts, _ = _values(entries, problems, frozenset())
    return {name: texts.get(name, "") for name in entries}


def _values(
    entries: Mapping[str, Entry], problems: list[Problem], gaps: frozenset[str]
) -> tuple[dict[str, str], frozenset[str]]:
    """
    The values that are right, and the names of those that are not.
    """
    texts: dict[str, str] = {}
    reader = Reader(texts, problems, Gaps(gaps, frozenset(entries)))
    order, circles = in_order({name: _named(entry.value) for name, entry in entries.items()})
    for circle in circles:
        path = " -> ".join(f"${{{each}}}" for each in (*circle, circle[0]))
        what = f"the value {circle[0]!r} refers to itself: {path}"
        reader.problem(entries[circle[0]].value, what, "write one of them out")
    for name in order:
        expanded = reader.expanded(entries[name].value)
        if expanded is not None:
            texts[name] = expanded.text
    return texts, frozenset(entries.keys() - texts.keys())


def _named(node: Node) -> Iterable[str]:
    return named(node.text) if isinstance(node, Scalar) else ()


def _namespaces(entries: Mapping[str, Entry], reader: Reader) -> dict[str, str]:
    namespaces = {"f": FHIR, "h": XHTML}
    for name, entry in entries.items():
        text = reader.text(entry.value)
        if name in namespaces and text not in (None, namespaces[name]):
            reader.problem(entry.key, f"the prefix {name!r} stands for {namespaces[name]}", "choose another prefix")
        elif text is not None:
            namespaces[name] = text
    return namespaces
