"""
A pack together with the packs it extends: what is renamed, changed, dropped and added.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from itk3_validator.errors import Problem
from itk3_validator.pack.draft import NAMED, RULE_ID, Draft, Entry
from itk3_validator.pack.marked import Mapping as MarkedMapping
from itk3_validator.pack.marked import Node, Scalar
from itk3_validator.spelling import did_you_mean

CHANGEABLE = ("values", "selectors", "interactions", "code-lists")
MERGED_KEYS = ("requires", "clues")


@dataclass(frozen=True, slots=True)
class Merged:
    """
    A pack with everything it inherits, still as written; each entry knows the pack that says it.

    *dropped* maps the id of an inherited rule to the reason. *lineage* names the packs it extends, nearest first.
    """

    draft: Draft
    lineage: tuple[str, ...]
    named: Mapping[str, Mapping[str, Entry]]
    rules: Mapping[str, Entry]
    not_checkable: Mapping[str, Entry]
    dropped: Mapping[str, str]


def merge(draft: Draft, bases: Iterable[Merged]) -> tuple[Merged, tuple[Problem, ...]]:
    """
    Put *draft* on top of the packs that it extends, in their order.
    """
    return _Merging(draft, tuple(bases)).merge()


class _Merging:
    def __init__(self, draft: Draft, bases: tuple[Merged, ...]) -> None:
        self.draft = draft
        self.bases = bases
        self.problems: list[Problem] = []
        self.changes: dict[str, tuple[tuple[Scalar, Node], ...]] = {}
        self.rule_changes: list[tuple[Scalar, MarkedMapping]] = []

    def merge(self) -> tuple[Merged, tuple[Problem, ...]]:
        self._sort_changes()
        dropped = self._dropped()
        renamed = self._renamed()
        merged = Merged(
            draft=self.draft,
            lineage=self._lineage(),
            named={section: self._section(section) for section in NAMED},
            rules=self._rules(renamed, dropped),
            not_checkable=self._inherit(lambda base: base.not_checkable, self.draft.not_checkable, renamed, dropped),
            dropped=dropped,
        )
        return merged, tuple(self.problems)

    def tell(self, node: Node, what: str, remedy: str) -> None:
        self.problems.append(Problem(node.mark.file, node.mark.line, node.mark.column, what, remedy))

    def _lineage(self) -> tuple[str, ...]:
        direct = [base.draft.name for base in self.bases]
        further = [name for base in self.bases for name in base.lineage]
        return tuple(dict.fromkeys(direct + further))

    # what the pack says about its bases

    def _sort_changes(self) -> None:
        for key, value in self.draft.change:
            if not isinstance(value, MarkedMapping):
                self.tell(value, f"the change of {key.text!r} holds no keys", "write 'key: new value' below it")
            elif key.text in CHANGEABLE:
                self.changes[key.text] = value.pairs
            else:
                self.rule_changes.append((key, value))

    def _inherited_ids(self) -> set[str]:
        return {name for base in self.bases for name in (*base.rules, *base.not_checkable)}

    def _dropped(self) -> dict[str, str]:
        dropped: dict[str, str] = {}
        for key, value in self.draft.drop:
            if key.text not in self._inherited_ids():
                self._unknown(key, "drop", self._inherited_ids())
            elif not isinstance(value, Scalar) or not value.text.strip():
                self.tell(value, f"{key.text!r} is dropped without a reason", "say why in a sentence")
            else:
                dropped[key.text] = value.text
        return dropped

    def _renamed(self) -> dict[str, Scalar]:
        renamed: dict[str, Scalar] = {}
        for key, value in self.draft.ids:
            if key.text not in self._inherited_ids():
                self._unknown(key, "ids", self._inherited_ids())
            elif not isinstance(value, Scalar) or not RULE_ID.fullmatch(value.text):
                self.tell(value, "this cannot be an id", "letters, digits and . _ & # : / [ ] - are allowed")
            else:
                renamed[key.text] = value
        return renamed

    def _unknown(self, key: Scalar, section: str, known: Iterable[str]) -> None:
        what = f"{key.text!r} under {section!r} matches nothing in the packs that this one extends"
        self.tell(key, what, did_you_mean(key.text, known) or "nothing is inherited; add 'extends:'")

    # the sections of named things

    def _section(self, section: str) -> dict[str, Entry]:
        changed = self.changes.get(section, ())
        names = {key.text for key, _ in changed}
        entries: dict[str, Entry] = {}
        for base in self.bases:
            for name, entry in base.named[section].items():
                if name not in entries or entries[name] is entry:
                    entries[name] = entry
                elif section == "interactions":
                    entries[name] = _joined(entries[name], entry)
                elif name not in names and not _same(entries[name].value, entry.value):
                    what = (
                        f"{name!r} in {section!r} means different things in {entries[name].pack} and {base.draft.name}"
                    )
                    self.tell(self.draft.head.get("extends", entry.key), what, f"say which under 'change: {section}'")
        for key, value in changed:
            if key.text not in entries:
                self._unknown(key, f"change: {section}", entries)
            elif section == "interactions" and isinstance(value, MarkedMapping):
                entries[key.text] = Entry(key, _replaced(entries[key.text].value, value), self.draft.name)
            else:
                entries[key.text] = Entry(key, value, self.draft.name)
        for name, entry in self.draft.named[section].items():
            if name not in entries:
                entries[name] = entry
            elif section == "interactions":
                entries[name] = _joined(entries[name], entry)
            elif section == "namespaces" and _same(entries[name].value, entry.value):
                continue
            else:
                what = f"{name!r} is already defined in {entries[name].pack}"
                remedy = f"to replace it write it under 'change: {section}', else choose another name"
                self.tell(entry.key, what, remedy)
        return entries

    # rules

    def _rules(self, renamed: Mapping[str, Scalar], dropped: Mapping[str, str]) -> dict[str, Entry]:
        rules = self._inherit(lambda base: base.rules, {}, renamed, dropped)
        for key, value in self.rule_changes:
            if key.text not in rules:
                self._unknown(key, "change", (*rules, *CHANGEABLE))
                continue
            if (own := value.get("id")) is not None:
                self.tell(own, "an id is not changed here", "write it under 'ids:'")
                continue
            entry = rules[key.text]
            rules[key.text] = Entry(entry.key, _replaced(entry.value, value), self.draft.name)
        for name, entry in self.draft.rules.items():
            if name in rules:
                what = f"the id {name!r} is already a rule of {rules[name].pack}"
                self.tell(entry.key, what, "change that rule under 'change:', or drop it under 'drop:'")
            else:
                rules[name] = entry
        return rules

    def _inherit(
        self,
        of: Callable[[Merged], Mapping[str, Entry]],
        own: Mapping[str, Entry],
        renamed: Mapping[str, Scalar],
        dropped: Mapping[str, str],
    ) -> dict[str, Entry]:
        entries: dict[str, Entry] = {}
        for base in self.bases:
            for old, inherited in of(base).items():
                if old in dropped:
                    continue
                name, entry = old, inherited
                if old in renamed:
                    name = renamed[old].text
                    entry = replace(inherited, key=renamed[old], pack=self.draft.name)
                if name in entries and not _same_entry(entries[name], entry):
                    node = renamed.get(old, self.draft.head.get("extends", entry.key))
                    what = f"the id {name!r} comes twice, from {entries[name].pack} and {inherited.pack}"
                    self.tell(node, what, "rename one under 'ids:' or drop one under 'drop:'")
                else:
                    entries.setdefault(name, entry)
        return {**entries, **own}


def _same_entry(left: Entry, right: Entry) -> bool:
    return left.key.text == right.key.text and left.value is right.value


def _same(left: Node, right: Node) -> bool:
    return left is right or (isinstance(left, Scalar) and isinstance(right, Scalar) and left.text == right.text)


def _replaced(old: Node, new: MarkedMapping) -> Node:
    """
    The keys of *old* with those of *new* in their place or added.
    """
    if not isinstance(old, MarkedMapping):
        return new
    names = {key.text for key, _ in new.pairs}
    return MarkedMapping((*(pair for pair in old.pairs if pair[0].text not in names), *new.pairs), old.mark)


def _joined(old: Entry, new: Entry) -> Entry:
    """
    One interaction out of two of the same name: key by key, and within requires and clues place by place.
    """
    if not isinstance(old.value, MarkedMapping) or not isinstance(new.value, MarkedMapping):
        return new
    pairs = []
    for key, value in new.value.pairs:
        inherited = old.value.get(key.text)
        if key.text in MERGED_KEYS and isinstance(inherited, MarkedMapping) and isinstance(value, MarkedMapping):
            pairs.append((key, _replaced(inherited, value)))
        else:
            pairs.append((key, value))
    return Entry(new.key, _replaced(old.value, MarkedMapping(tuple(pairs), new.value.mark)), new.pack)
