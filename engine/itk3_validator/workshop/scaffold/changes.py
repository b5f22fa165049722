"""
What a derived pack has to say otherwise than its base: another fixed value, another range of codes, other numbers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from itk3_validator.pack.derive import Merged
from itk3_validator.pack.marked import Mapping as MarkedMapping
from itk3_validator.pack.marked import Node, Scalar, Sequence
from itk3_validator.pack.model import RulePack
from itk3_validator.workshop.scaffold.matching import Match, asks, may_fix, mentions, values_of
from itk3_validator.workshop.scaffold.text import comment, literal, quoted

_PROSE = ("text", "message", "remedy", "part")
_NAMED = re.compile(r"\$\{([A-Za-z][A-Za-z0-9-]*)\}")
_SPAN = re.compile(r"\b(\d{2,}) (?:to|-) (\d{2,})\b")


@dataclass(frozen=True, slots=True)
class Renamed:
    """
    A match and the id that its rule is given; *further* are the further sentences of that rule, old id and new.
    """

    match: Match
    id: str
    further: tuple[tuple[str, str], ...] = ()


class Value(NamedTuple):
    """
    A place whose value is another one in the derived pack.
    """

    place: str
    old: str
    new: str


@dataclass
class Changes:
    """
    What goes under ``change:``. *values* are the edits that make a message of the base one of the derived pack.
    """

    named: dict[str, dict[str, tuple[str, str]]] = field(default_factory=lambda: {"values": {}, "code-lists": {}})
    rules: dict[str, dict[str, str]] = field(default_factory=dict)
    remarks: dict[str, list[str]] = field(default_factory=dict)
    values: list[Value] = field(default_factory=list)
    told: list[str] = field(default_factory=list)

    def text(self) -> str:
        """
        The section ``change:``; what could not be worked out stands in it as a comment.
        """
        lines = []
        for section, entries in self.named.items():
            lines += [f"  {section}:\n"] if entries else []
            for name, (written, why) in entries.items():
                lines += [comment(why, indent=4), f"    {name}: {written}\n"]
        for identifier in dict.fromkeys([*self.remarks, *self.rules]):
            lines += [comment(each, indent=2) for each in self.remarks.get(identifier, ())]
            keys = self.rules.get(identifier, {})
            lines += [f"  {quoted(identifier)}:\n"] if keys else []
            lines += [f"    {key}: {written}\n" for key, written in keys.items()]
        if not lines:
            return ""
        only_remarks = not self.rules and not any(self.named.values())
        return f"{'' if only_remarks else 'change:'}\n{''.join(lines)}\n".lstrip("\n")


def changes_of(base: RulePack, merged: Merged, matches: Iterable[Renamed]) -> Changes:
    """
    Work out what the matched requirements say otherwise than the rules.
    """
    return _Work(base, merged, tuple(matches)).done()


def further_of(base: RulePack, identifier: str) -> tuple[str, ...]:
    """
    The further sentences (``ID/2``) of a rule that the pack has a say in.
    """
    found = re.compile(rf"{re.escape(identifier)}/[0-9]+")
    return tuple(rule.id for rule in base.all_rules if rule.pack == base.name and found.fullmatch(rule.id))


class _Work:
    def __init__(self, base: RulePack, merged: Merged, matches: tuple[Renamed, ...]) -> None:
        self.base = base
        self.merged = merged
        self.matches = matches
        self.changes = Changes()
        self.spans: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {}
        ids = dict(pair for each in matches for pair in ((each.match.rule.id, each.id), *each.further))
        self.ids = _Swaps(ids)

    def done(self) -> Changes:
        for each in self.matches:
            swaps: dict[str, str] = {}
            self._fixed_value(each, swaps)
            self._span(each, swaps)
            for old, new in ((each.match.rule.id, each.id), *each.further):
                self._prose(old, new, _Swaps(swaps))
        self._others()
        return self.changes

    def _others(self) -> None:
        """
        Rules that no requirement is like, and that tell a range of codes which is another one now.
        """
        matched = {old for each in self.matches for old, _ in self._family(each)}
        for rule in self.base.all_rules:
            if rule.id in matched or rule.id not in self.merged.rules:
                continue
            names = {name for name, _ in self._lists(rule.id)}
            for name, (old, new) in self.spans.items():
                if name in names:
                    swaps = {f"{old[0]} {between} {old[1]}": f"{new[0]} {between} {new[1]}" for between in ("to", "-")}
                    if self._prose(rule.id, rule.id, _Swaps(swaps)):
                        self._remark(rule.id, f"it told {' to '.join(old)}, the range that {name} was.")
                elif old in _SPAN.findall(rule.text):
                    self._remark(rule.id, f"its text names {' to '.join(old)}, which {name} was. Look at it.")

    def _remark(self, identifier: str, text: str) -> None:
        self.changes.remarks.setdefault(identifier, []).append(f"{identifier}: {text}")

    def _fixed_value(self, each: Renamed, swaps: dict[str, str]) -> None:
        fixed, rule = each.match.fixed, each.match.rule
        found = asks(rule.check)
        allowed = sorted(frozenset().union(*map(values_of, found)))
        met = any(mentions(each.match.requirement.text, one) for one in allowed)
        if fixed is None and allowed and not met and may_fix(each.match.requirement.text):
            told = f"the requirement names a value that the rule does not have ({' or '.join(allowed)}): look"
            self._remark(each.id, told)
        if fixed is None or fixed in allowed:
            return
        written = None if met else _written_value(self.merged.rules[rule.id].value)
        if written is None or len(allowed) != 1 or found[0].target is None or _url(fixed) != _url(allowed[0]):
            asked = f"asks for {' or '.join(allowed)}" if allowed else "fixes no value"
            self._remark(each.id, f"the list fixes the value {fixed}, and the rule {asked}. Look at it.")
            return
        old = allowed[0]
        named = _NAMED.fullmatch(written.value)
        why = f"{each.id} fixes {fixed}, {rule.id} {old}."
        if named is None:
            self.changes.rules.setdefault(each.id, {})["check"] = written.changed(literal(fixed))
            self._remark(each.id, f"the list fixes {fixed}, {rule.id} {old}.")
        elif self.changes.named["values"].setdefault(named[1], (literal(fixed), why))[0] != literal(fixed):
            told = f"the list fixes {fixed}, but the value {named[1]} is already changed to another one. Look at it."
            self._remark(each.id, told)
            return
        swaps[old] = fixed
        place = found[0].target.xpath
        self.changes.values.append(Value(f"{place}/f:code" if written.system else place, old, fixed))
        self.changes.told.append(f"{each.id}: {found[0].target.label} is {fixed}, not {old}")

    def _span(self, each: Renamed, swaps: dict[str, str]) -> None:
        """
        Another range of codes: the one list that the rule or its further sentences check with, the one range told.
        """
        spans = set(_SPAN.findall(each.match.requirement.text))
        lists = {name: span for old, _ in self._family(each) for name, span in self._lists(old)}
        if len(spans) != 1 or len(lists) != 1:
            return
        ((name, span),) = lists.items()
        (told,) = spans
        if told != span:
            entry = self.merged.named["code-lists"][name].value
            of = entry.get("of") if isinstance(entry, MarkedMapping) else None
            rest = f", of: {quoted(of.text)}" if isinstance(of, Scalar) else ""
            why = f"{each.id} speaks of {' to '.join(told)}, {each.match.rule.id} of {' to '.join(span)}."
            self.changes.named["code-lists"].setdefault(name, (f"{{range: [{', '.join(told)}]{rest}}}", why))
            self.changes.told.append(f"{each.id}: {name} is {' to '.join(told)}, not {' to '.join(span)}")
            self.spans.setdefault(name, (span, told))
            swaps.update({old: new for old, new in zip(span, told, strict=True) if old != new})

    def _lists(self, identifier: str) -> Iterator[tuple[str, tuple[str, ...]]]:
        for text in _texts(_get(self.merged.rules[identifier].value, "check")):
            entry = self.merged.named["code-lists"].get(text)
            span = _get(entry.value, "range") if entry is not None else None
            if isinstance(span, Sequence):
                yield text, tuple(each.text for each in span.items if isinstance(each, Scalar))

    def _family(self, each: Renamed) -> tuple[tuple[str, str], ...]:
        return (each.match.rule.id, each.id), *each.further

    def _prose(self, old: str, new: str, swaps: _Swaps) -> bool:
        """
        Sentences that name old numbers or old values name the new ones; whether there is one.
        """
        changed = False
        for key in _PROSE:
            written = _get(self.merged.rules[old].value, key)
            if isinstance(written, Scalar):
                text = swaps.make(self.ids.make(written.text))
                if text != written.text:
                    self.changes.rules.setdefault(new, {})[key] = quoted(text)
                    changed = True
        return changed


def _url(text: str) -> bool:
    return "://" in text


class _Swaps:
    """
    Puts words in the place of others, all at once.
    """

    def __init__(self, pairs: Mapping[str, str]) -> None:
        self.pairs = dict(pairs)
        ordered = sorted(self.pairs, key=lambda each: (-len(each), each))
        self.pattern = re.compile(rf"(?<![\w-])(?:{'|'.join(map(re.escape, ordered))})(?![\w-])")

    def make(self, text: str) -> str:
        return self.pattern.sub(lambda found: self.pairs[found[0]], text) if self.pairs else text


class _WrittenValue(NamedTuple):
    """
    ``{target: {equals: value}}`` or ``{target: {coding: {system: system, code: value}}}``, as it is written.
    """

    target: str
    value: str
    system: str

    def changed(self, value: str) -> str:
        asked = f"coding: {{system: {quoted(self.system)}, code: {value}}}" if self.system else f"equals: {value}"
        return f"{{{quoted(self.target)}: {{{asked}}}}}"


def _written_value(rule: Node) -> _WrittenValue | None:
    """
    The fixed value of a rule that checks nothing else, before values are put in.
    """
    check = _plain(_get(rule, "check"))
    if not isinstance(check, dict) or len(check) != 1:
        return None
    ((target, asked),) = check.items()
    if not isinstance(asked, dict) or len(asked) != 1:
        return None
    ((verb, options),) = asked.items()
    if verb == "equals" and isinstance(options, str):
        return _WrittenValue(target, options, "")
    if verb == "coding" and isinstance(options, dict) and options.keys() == {"system", "code"}:
        system, code = options["system"], options["code"]
        if isinstance(system, str) and isinstance(code, str):
            return _WrittenValue(target, code, system)
    return None


def _plain(node: Node | None) -> str | dict[str, Any] | None:
    if isinstance(node, Scalar):
        return node.text
    if isinstance(node, MarkedMapping):
        return {key.text: _plain(value) for key, value in node.pairs}
    return None


def _get(node: Node, key: str) -> Node | None:
    return node.get(key) if isinstance(node, MarkedMapping) else None


def _texts(node: Node | None) -> Iterator[str]:
    if isinstance(node, Scalar):
        yield node.text
    elif isinstance(node, Sequence):
        for item in node.items:
            yield from _texts(item)
    elif isinstance(node, MarkedMapping):
        for _, value in node.pairs:
            yield from _texts(value)
