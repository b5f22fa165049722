"""
A pack together with the packs it extends: what is renamed, changed, dropped and added.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from itk3_validator.errors import Problem
from itk3_validator.pack.draft import INHERITED, NAMED, RULE_ID, Draft, Entry
from itk3_validator.pack.joining import joined, replaced, same
from itk3_validator.pack.marked import Mapping as MarkedMapping
from itk3_validator.pack.marked import Node, Scalar, is_lost
from itk3_validator.spelling import did_you_mean
from itk3_validator.value import Value, field, replace

CHANGEABLE = ("values", "selectors", "interactions", "code-lists")


class Merged(Value):
    """
    A pack with everything it inherits, still as written; each entry knows the pack that says it.

    *dropped* maps the id of an inherited rule to the reason. *lineage* names the packs it extends, nearest first.
    *strays* are, by section, entries that nothing can name, its own and inherited ones; *gaps* the sections in which
    names may be missing, for something of them could not be read.
    """

    draft: Draft
    lineage: tuple[str, ...]
    named: Mapping[str, Mapping[str, Entry]]
    rules: Mapping[str, Entry]
    not_checkable: Mapping[str, Entry]
    dropped: Mapping[str, str]
    strays: Mapping[str, tuple[Entry, ...]] = field(default_factory=dict)
    gaps: frozenset[str] = frozenset()


def merge(draft: Draft, bases: Iterable[Merged], *, missing: bool = False) -> tuple[Merged, tuple[Problem, ...]]:
    """
    Put *draft* on top of the packs that it extends, in their order.

    Args:
        missing: whether there is another one among them, which cannot be used.
    """
    return _Merging(draft, tuple(bases), missing=missing).merge()


class _Merging:
    def __init__(self, draft: Draft, bases: tuple[Merged, ...], *, missing: bool) -> None:
        self.draft = draft
        self.gaps = draft.gaps.union(INHERITED if missing else (), *(base.gaps for base in bases))
        self.strays: dict[str, dict[Entry, None]] = {}
        for strays in (*(base.strays for base in bases), draft.strays):
            for section, entries in strays.items():
                self.strays.setdefault(section, {}).update(dict.fromkeys(entries))
        self.lineage = _lineage(bases)
        # A base that another base extends is in that one already, as that one has changed it.
        self.bases = tuple(base for base in bases if not any(base.draft.name in each.lineage for each in bases))
        self.inherited = frozenset(name for base in self.bases for name in (*base.rules, *base.not_checkable))
        self.problems: list[Problem] = []
        self.changes: dict[str, dict[str, tuple[Scalar, Node]]] = {section: {} for section in CHANGEABLE}
        self.rule_changes: dict[str, tuple[Scalar, MarkedMapping]] = {}

    def merge(self) -> tuple[Merged, tuple[Problem, ...]]:
        self._sort_changes()
        dropped = self._dropped()
        renamed = self._renamed(dropped)
        merged = Merged(
            draft=self.draft,
            lineage=self.lineage,
            named={section: self._section(section) for section in NAMED},
            rules=self._rules(renamed, dropped),
            not_checkable=self._not_checkable(renamed, dropped),
            dropped=dropped,
        )
        strays = {section: tuple(entries) for section, entries in self.strays.items()}
        merged = replace(merged, strays=strays, gaps=self.gaps)
        return merged, tuple(self.problems)

    def tell(self, node: Node, what: str, remedy: str) -> None:
        if is_lost(node):
            return
        self.problems.append(Problem(node.mark.file, node.mark.line, node.mark.column, what, remedy, "derive"))

    # what the pack says about its bases

    def _sort_changes(self) -> None:
        for key, value in self.draft.change:
            if not isinstance(value, MarkedMapping):
                self.tell(value, f"the change of {key.text!r} holds no keys", "write 'key: new value' below it")
            elif key.text in CHANGEABLE:
                for name, new in value.pairs:
                    self._once(f"change: {key.text}", name, self.changes[key.text])
                    self.changes[key.text].setdefault(name.text, (name, new))
            else:
                self._once("change", key, self.rule_changes)
                self.rule_changes.setdefault(key.text, (key, value))

    def _once(self, section: str, key: Scalar, before: Mapping[str, tuple[Scalar, Node]]) -> None:
        if key.text in before:
            first = before[key.text][0].mark
            what = f"{key.text!r} stands twice in {section!r}, first at {first.file}:{first.line}"
            self.tell(key, what, "remove one")

    def _dropped(self) -> dict[str, str]:
        dropped: dict[str, str] = {}
        for key, value in self.draft.drop:
            if key.text not in self.inherited:
                self._unknown(key, "drop", self.inherited)
            reason = value.text if isinstance(value, Scalar) else ""
            if not reason.strip():
                self.tell(value, f"{key.text!r} is dropped without a reason", "say why in a sentence")
            if key.text in self.inherited:
                dropped[key.text] = reason
        return dropped

    def _renamed(self, dropped: Mapping[str, str]) -> dict[str, Scalar]:
        renamed: dict[str, Scalar] = {}
        moved = {key.text for key, _ in self.draft.ids}
        taken = self.inherited - moved - dropped.keys()
        given: set[str] = set()
        for key, value in self.draft.ids:
            if key.text not in self.inherited:
                self._unknown(key, "ids", self.inherited)
            if not isinstance(value, Scalar) or not RULE_ID.fullmatch(value.text):
                self.tell(value, "this cannot be an id", "letters, digits and . _ & # : / [ ] - are allowed")
            elif key.text not in self.inherited:
                continue
            elif key.text in dropped:
                self.tell(key, f"{key.text!r} is renamed here, and dropped under 'drop'", "remove one of them")
            elif value.text in taken:
                what = f"the id {value.text!r} is taken by an inherited rule"
                self.tell(value, what, "choose another, or drop that rule under 'drop:'")
            elif value.text in given:
                self.tell(value, f"two rules are given the id {value.text!r}", "choose another for one of them")
            else:
                renamed[key.text] = value
                given.add(value.text)
        return renamed

    def _unknown(self, key: Scalar, section: str, known: Iterable[str], *, of: str = "rules") -> None:
        if of in self.gaps:
            return
        if not self.bases:
            what = f"{key.text!r} under {section!r} matches nothing, for this pack extends no other"
            self.tell(key, what, "add 'extends: [name@1]'")
            return
        what = f"{key.text!r} under {section!r} matches nothing in the packs that this one extends"
        self.tell(key, what, did_you_mean(key.text, known, told=len(self.problems)) or "remove it")

    def _stray(self, section: str, entry: Entry) -> None:
        self.strays.setdefault(section, {}).setdefault(entry)

    # the sections of named things

    def _section(self, section: str) -> dict[str, Entry]:
        entries = self._from_bases(section)
        for key, value in self.changes.get(section, {}).values():
            if key.text not in entries:
                self._unknown(key, f"change: {section}", entries, of=section)
                entries[key.text] = Entry(key, value, self.draft.name)
            elif section == "interactions" and isinstance(value, MarkedMapping):
                entries[key.text] = Entry(key, replaced(entries[key.text].value, value), self.draft.name)
            else:
                entries[key.text] = Entry(key, value, self.draft.name)
        for name, entry in self.draft.named[section].items():
            if name not in entries:
                entries[name] = entry
            elif section == "interactions":
                entries[name] = joined(entries[name], entry)
            elif section in CHANGEABLE:
                what = f"{name!r} is already defined in {entries[name].pack}"
                remedy = f"to replace it write it under 'change: {section}', else choose another name"
                self.tell(entry.key, what, remedy)
                self._stray(section, entry)
            elif not same(entries[name].value, entry.value):
                what = f"{name!r} in {section!r} means something else in {entries[name].pack}"
                self.tell(entry.key, what, "choose another name")
                self._stray(section, entry)
        return entries

    def _from_bases(self, section: str) -> dict[str, Entry]:
        entries: dict[str, Entry] = {}
        above: dict[str, tuple[str, ...]] = {}
        for base in self.bases:
            for name, entry in base.named[section].items():
                if name not in entries or entries[name] is entry:
                    entries[name], above[name] = entry, base.lineage
                elif section == "interactions":
                    # What an earlier base has made of it is not undone by the pack that both extend.
                    if entry.pack not in above[name]:
                        entries[name] = joined(entries[name], entry)
                    above[name] = (*above[name], *base.lineage)
                elif name not in self.changes.get(section, {}) and not same(entries[name].value, entry.value):
                    self._tell_conflict(section, entries[name], entry)
        return entries

    def _tell_conflict(self, section: str, left: Entry, right: Entry) -> None:
        what = f"{left.key.text!r} in {section!r} means different things in {left.pack} and {right.pack}"
        remedy = f"say which under 'change: {section}'" if section in CHANGEABLE else "let both say the same"
        self.tell(self.draft.head.get("extends", right.key), what, remedy)

    # rules

    def _rules(self, renamed: Mapping[str, Scalar], dropped: Mapping[str, str]) -> dict[str, Entry]:
        rules = self._inherit(lambda base: base.rules, renamed, dropped)
        for key, value in self.rule_changes.values():
            if key.text not in rules:
                self._unknown(key, "change", (*rules, *CHANGEABLE))
                self._stray("change", Entry(key, value, self.draft.name))
                continue
            if (own := value.get("id")) is not None:
                self.tell(own, "an id is not changed here", "write it under 'ids:'")
                self._stray("change", Entry(key, value, self.draft.name))
                continue
            entry = rules[key.text]
            author = self.draft.name if value.get("check") is not None else entry.author or entry.pack
            rules[key.text] = Entry(entry.key, replaced(entry.value, value), self.draft.name, author, entry.section)
        given = {new.text for new in renamed.values()}
        for name, entry in self.draft.rules.items():
            if name in given:
                self.tell(entry.key, f"the id {name!r} is given to an inherited rule under 'ids'", "choose another")
                self._stray(entry.section, entry)
            elif name in rules:
                what = f"the id {name!r} is already a rule of {rules[name].pack}"
                self.tell(entry.key, what, "change that rule under 'change:', or drop it under 'drop:'")
                self._stray(entry.section, entry)
            else:
                rules[name] = entry
        return rules

    def _not_checkable(self, renamed: Mapping[str, Scalar], dropped: Mapping[str, str]) -> dict[str, Entry]:
        entries = self._inherit(lambda base: base.not_checkable, renamed, dropped)
        for name, entry in self.draft.not_checkable.items():
            if name in entries:
                what = f"{name!r} is already not checkable in {entries[name].pack}"
                self.tell(entry.key, what, "remove it here, or drop the inherited one under 'drop:'")
                self._stray("not-checkable", entry)
            else:
                entries[name] = entry
        return entries

    def _inherit(
        self,
        of: Callable[[Merged], Mapping[str, Entry]],
        renamed: Mapping[str, Scalar],
        dropped: Mapping[str, str],
    ) -> dict[str, Entry]:
        entries: dict[str, Entry] = {}
        sources: dict[str, str] = {}
        for base in self.bases:
            for old, inherited in of(base).items():
                if old in dropped:
                    continue
                name, entry = old, inherited
                if old in renamed:
                    name = renamed[old].text
                    author = inherited.author or inherited.pack
                    entry = replace(inherited, key=renamed[old], pack=self.draft.name, author=author)
                if name in entries and not _same_entry(entries[name], entry):
                    node = renamed.get(old, self.draft.head.get("extends", entry.key))
                    what = f"the id {name!r} comes twice, from {sources[name]} and {inherited.pack}"
                    self.tell(node, what, "drop it under 'drop:' with the reason, and write it here")
                else:
                    entries.setdefault(name, entry)
                    sources.setdefault(name, inherited.pack)
        return entries


def _lineage(bases: Iterable[Merged]) -> tuple[str, ...]:
    bases = tuple(bases)
    further = [name for base in bases for name in base.lineage]
    return tuple(dict.fromkeys([*(base.draft.name for base in bases), *further]))


def _same_entry(left: Entry, right: Entry) -> bool:
    return left.key.text == right.key.text and left.value is right.value
