"""
Which published requirement an inherited rule may be the check of: by the element that both name, and their words.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from itk3_validator.checks.ask import AnyOf, Ask, Checks, Target
from itk3_validator.pack.model import Rule, RulePack
from itk3_validator.workshop.scaffold.requirements import Requirement

_ALIKE = 0.1
_NEARLY = 0.85
_SAME_VALUE = 0.3
_OTHER_VALUE = -0.15
_LONG = 12
_MODAL = re.compile(r"\b(?:MUST|SHALL|SHOULD|MAY)\b")
_WORD = re.compile(r"[A-Za-z0-9]+(?:[._:/-]+[A-Za-z0-9]+)*")
_PART = re.compile(r"(?P<main>.+)/[0-9]+")
_FIXED = re.compile(
    r"fixed value(?: of)? (?!either )(?P<value>\S+?)[.,;]?(?:\s+\([^)]*\))?\s*(?:$|\.(?=\s|$)|from\b|taken\b|This\b)"
)
# Without the words "fixed value": in quotation marks, or of a form that no word has, at the end of the sentence.
_ASKED = r"\b(?:MUST|SHALL)\s+(?:be(?:\s+set\s+to)?|equal|contain|have|hold)(?:\s+the\s+value(?:\s+of)?)?\s+"
_SURE = re.compile(
    rf"{_ASKED}(?:[\"'\u201c\u2018](?P<quoted>[^\s\"'\u201d\u2019]+)[\"'\u201d\u2019]|(?P<plain>true|false"
    r"|(?=\S*[A-Z])(?=\S*(?:[0-9]|[a-z-][A-Z]))[A-Za-z0-9]+(?:[-_.:/#]+[A-Za-z0-9]+)*))"
    r"\s*(?:$|\.(?=\s|$)|This\b|from\b|taken\b)"
)
_QUOTES = "\"'\u201c\u201d\u2018\u2019"
# What may be a value that the requirement fixes, though it cannot be told for sure.
_MAYBE = re.compile(
    rf"fixed value|{_ASKED}[\"'\u201c\u2018]"
    rf"|{_ASKED}(?!(?:present|absent|empty|unique|valid|populated|included|provided|used|set|supported)\b)[^\s.]+\s*\.?$"
)
# Words for elements that are words for persons and systems, too.
_PERSONS = frozenset({"sender", "receiver", "recipient", "author", "performer", "responsible", "patient"})
_FILLERS = frozenset(
    (
        *("a", "an", "and", "are", "as", "be", "by", "contain", "contained", "element", "extension", "fixed", "for"),
        *("found", "from", "header", "in", "is", "it", "item", "itk3", "itkmessagehandling", "message", "must", "not"),
        *("of", "on", "or", "set", "shall", "should", "taken", "that", "the", "this", "to", "value", "which", "will"),
        *("with", "within"),
    )
)


@dataclass(frozen=True, slots=True)
class Match:
    """
    A requirement and the rule that may check it.

    *shared* are the words that both have, the rarest first; *rivals* the rules that are nearly as much alike. *fixed*
    is the one value that the requirement fixes, where it can be read off.
    """

    requirement: Requirement
    rule: Rule
    shared: tuple[str, ...]
    rivals: tuple[str, ...]
    fixed: str | None


def matched(requirements: Iterable[Requirement], base: RulePack) -> tuple[Match, ...]:
    """
    Give each requirement the rule that is most alike, each rule once; sorted as the requirements are.

    Only rules that *base* itself has a say in are looked at. The requirement has to name, before its MUST, an element
    that the rule checks. Of equals, the first requirement gets the first rule.
    """
    asked = tuple(requirements)
    rules = [rule for rule in base.rules if rule.pack == base.name and not is_further(rule.id, base)]
    words = {rule.id: _words_of_rule(rule) for rule in rules}
    weights = _weights([*words.values(), *(_words(each.text) for each in asked)])
    scores: dict[tuple[int, int], float] = {}
    for row, requirement in enumerate(asked):
        for column, rule in enumerate(rules):
            if _named(requirement, rule) and _shares_enough(words[rule.id], _words(requirement.text)):
                score = _alike(_words(requirement.text), words[rule.id], weights) + _of_values(requirement, rule)
                if score >= _ALIKE:
                    scores[row, column] = score
    given: dict[int, int] = {}
    for row, column in sorted(scores, key=lambda each: (-round(scores[each], 9), *each)):
        if row not in given and column not in given.values():
            given[row] = column
    return tuple(
        _match(asked[row], rules, column, {other: scores[row, other] for at, other in scores if at == row}, weights)
        for row, column in sorted(given.items())
    )


def is_further(identifier: str, base: RulePack) -> bool:
    """
    Whether a rule is a further sentence (``ID/2``) of another one of the pack.
    """
    found = _PART.fullmatch(identifier)
    return found is not None and any(rule.id == found["main"] for rule in base.rules)


def fixed_value(text: str) -> str | None:
    """
    The one value that a description fixes: ``MUST be set to fixed value of FA taken from ...``.
    """
    found = _FIXED.search(text)
    if found:
        return found["value"].strip(_QUOTES) or None
    sure = _SURE.search(text)
    return (sure["quoted"] or sure["plain"]) if sure else None


def may_fix(text: str) -> bool:
    """
    Whether a description may fix a value: by its words, by quotation marks, or by a single last word.
    """
    return _MAYBE.search(text) is not None


def mentions(text: str, value: str) -> bool:
    """
    Whether a text names a value; of a URL the last part is enough.
    """
    words = {value, value.rpartition("/")[2]} if "://" in value else {value}
    return any(re.search(rf"(?<![\w-]){re.escape(each)}(?![\w-])", text) for each in words if each)


def asks(checks: Checks) -> tuple[Ask, ...]:
    """
    All checks, those in alternatives too.
    """
    found: list[Ask] = []
    for each in checks:
        if isinstance(each, AnyOf):
            found.extend(inner for branch in each.branches for inner in asks(branch))
        else:
            found.append(each)
    return tuple(found)


def values_of(ask: Ask) -> frozenset[str]:
    """
    The values that a check allows, where it lists them.
    """
    if ask.verb == "equals":
        return frozenset({ask.options})
    if ask.verb == "one-of":
        return frozenset(ask.options)
    if ask.verb == "coding":
        return frozenset(ask.options.get("codes") or ())
    return frozenset()


def _match(
    requirement: Requirement, rules: list[Rule], column: int, scores: Mapping[int, float], weights: Mapping[str, float]
) -> Match:
    shared = _words(requirement.text).keys() & _words_of_rule(rules[column]).keys()
    rivals = tuple(rules[each].id for each in scores if each != column and scores[each] >= _NEARLY * scores[column])
    return Match(
        requirement,
        rules[column],
        tuple(sorted(shared, key=lambda each: (-weights[each], each))),
        rivals,
        fixed_value(requirement.text),
    )


def _named(requirement: Requirement, rule: Rule) -> bool:
    found = _MODAL.search(requirement.text)
    before = requirement.text[: found.start()] if found else ""
    subject = {each for each in _words(before, fillers=False) if each not in _PERSONS or _is_element(each, before)}
    return any(subject & _names(ask) for ask in asks(rule.check))


def _is_element(word: str, before: str) -> bool:
    """
    Whether a word such as receiver is the element: `Receiver`, `destination and receiver`, `the receiver element`.

    The receiver, a message receiver and whoever else does something is a person or a system.
    """
    start = r"(?:^|[.;:,]\s*|header\s+)"
    alone = rf"{start}(?:\w+\s+(?:and|or)\s+)?{word}\s*(?:$|,|\b(?:and|or)\b)"
    named = rf"\b{word}\s+(?:element|extension|reference)\b"
    return re.search(rf"{alone}|{named}", before.strip(), re.IGNORECASE) is not None


def _shares_enough(left: Counter[str], right: Counter[str]) -> bool:
    """
    One word is enough only where it is a name like no other, such as LocalExtension.
    """
    shared = left.keys() & right.keys()
    return len(shared) > 1 or any(len(each) > _LONG for each in shared)


def _names(ask: Ask) -> set[str]:
    """
    What a requirement may call the place of a check: all of its name, or the part before the first hyphen.
    """
    if ask.target is None or ask.target.relative:
        return set()
    name = _name(ask.target).casefold()
    return {name, name.partition("-")[0]}


def _name(target: Target) -> str:
    """
    A selector's own name, not how sentences call it; of an XPath its last name.
    """
    return target.label if target.written == target.xpath else target.written


def _of_values(requirement: Requirement, rule: Rule) -> float:
    allowed = frozenset().union(*(values_of(ask) for ask in asks(rule.check)))
    fixed = fixed_value(requirement.text)
    if any(mentions(requirement.text, value) for value in allowed):
        return _SAME_VALUE
    return _OTHER_VALUE if fixed is not None else 0.0


def _words_of_rule(rule: Rule) -> Counter[str]:
    targets = " ".join(_name(ask.target) for ask in asks(rule.check) if ask.target is not None)
    values = " ".join(" ".join(sorted(values_of(ask))) for ask in asks(rule.check))
    return _words(f"{rule.text} {rule.part or ''} {targets} {values}")


def _words(text: str, *, fillers: bool = True) -> Counter[str]:
    words = Counter(each.casefold() for each in _WORD.findall(text))
    return Counter({each: 1 for each in words if not (fillers and each in _FILLERS)})


def _weights(texts: Iterable[Counter[str]]) -> dict[str, float]:
    """
    A word that stands in few of the texts weighs more.
    """
    all_texts = list(texts)
    counts = Counter(word for text in all_texts for word in text)
    return {word: 1 + math.log(len(all_texts) / number) for word, number in counts.items()}


def _alike(left: Counter[str], right: Counter[str], weights: Mapping[str, float]) -> float:
    def length(words: Iterable[str]) -> float:
        return math.sqrt(sum(weights[word] ** 2 for word in words))

    if not left or not right:
        return 0.0
    return sum(weights[word] ** 2 for word in sorted(left.keys() & right.keys())) / (length(left) * length(right))
