"""
Sentences of a rule that say the opposite of its check, or name another value.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from itk3_validator.pack.marked import Mapping as MarkedMapping
from itk3_validator.pack.marked import Node, Scalar, Sequence
from itk3_validator.references import a_resource
from itk3_validator.workshop.lint.asked import Asked
from itk3_validator.workshop.lint.kind import Found, Kind
from itk3_validator.workshop.lint.ranges import other_range
from itk3_validator.workshop.lint.subject import RuleText, Subject

_DEMANDS = frozenset(
    {
        *("present", "equals", "one-of", "in", "matches", "format", "length", "sha256"),
        *("coding", "row", "refers-to", "same-as"),
    }
)
_IS = r"\b(?:is|are|be|stands?)"
_HAS = r"\b(?:has|have|carries|carry|contains?|holds?|includes?)"
_MUST = r"\b(?:must|shall|should|may)"
_SHALL_BE = rf"(?:{_MUST}|\bexpected to|\bha(?:s|ve) to) be"
_GIVEN = r"(?:present|there|given|sent|included|required|mandatory)"
_MUST_NOT = (
    r"\b(?:must|shall|should|may) not (?:be (?:present|there|given|sent|included|used)|have|carry|contain|hold|include)"
)

_DENIES = re.compile(
    rf"{_IS} (?:absent|omitted|left out|forbidden)\b|{_IS} not (?:{_GIVEN}|allowed|permitted)\b|{_MUST_NOT}\b|"
    rf"{_HAS} (?:neither|no)\b",
    re.IGNORECASE,
)
_AFFIRMS = re.compile(
    rf"{_IS} {_GIVEN}\b|\b(?:must|shall|should) (?:be (?:present|there|given|sent)|have|carry|contain|hold|include)\b|"
    rf"{_HAS} (?:exactly |at least )?(?:one|an?|its|the|both)\b",
    re.IGNORECASE,
)
_SAYS_MISSING = re.compile(
    rf"{_IS} (?:missing|absent|not (?:present|there|given))\b|{_HAS} no\b|\black(?:s|ing)?\b", re.IGNORECASE
)
_SAYS_THERE = re.compile(rf"{_IS} (?:present|there|forbidden)\b", re.IGNORECASE)
_SAYS_ONE = re.compile(
    rf"{_HAS} (?:exactly one|one|an?|the) (?!second|further|other|another|wrong|empty|blank|double|duplicate)",
    re.IGNORECASE,
)
_NOT_THE_ONE = re.compile(rf"{_IS} not the (?:one|same|id)\b", re.IGNORECASE)
_NEGATION = re.compile(
    r"\b(?:no|not|never|neither|nor|none|without|nothing|absent|only|cannot|except|unless|but|other)\b", re.IGNORECASE
)
_DEMANDING = re.compile(r"\b(?:must|should|shall|expected|not|no|never|has to|have to|needs?|instead)\b", re.IGNORECASE)
_SHORTEST_CODE = 5

_THERE = "the message says that something is there; the rule fails when it is not"
_MEND = "correct the sentence, or the check"


class _Rule(NamedTuple):
    """
    A rule's sentences beside what its check demands.
    """

    texts: dict[str, Scalar]
    demands: bool
    presence: bool
    sameness: bool
    forbids: bool
    fixed: frozenset[str]
    refused: frozenset[str]
    resources: frozenset[str]


def _opposite(subject: Subject) -> Iterator[Found]:
    for rule in subject.rules:
        said = _said(rule, subject)
        yield from _level(rule, said)
        yield from _presence(said, subject)
        yield from _negated(said, subject)
        yield from _other_value(rule, said, subject)
        yield from other_range(rule, subject)


def _said(rule: RuleText, subject: Subject) -> _Rule:
    texts = {key: node for key in ("text", "message", "remedy") if isinstance(node := rule.fields.get(key), Scalar)}
    outer = [ask for ask in rule.check if not ask.inside]
    sure = bool(outer) and not any(ask.choice for ask in outer)
    return _Rule(
        texts,
        demands=sure and all(_is_demand(ask) for ask in outer),
        presence=sure and all(_is_demand(ask) and ask.verb.text in ("present", "count") for ask in outer),
        sameness=sure and all(ask.verb.text in ("equals", "coding", "row", "same-as") for ask in outer),
        forbids=sure and all(_is_ban(ask) for ask in outer),
        fixed=frozenset(value for ask in outer if ask.verb.text != "none-of" for _, value in subject.fixed(ask)),
        refused=frozenset(value for ask in outer if ask.verb.text == "none-of" for _, value in subject.fixed(ask)),
        resources=frozenset(name for ask in outer for name in _referred(ask)) if sure else frozenset(),
    )


def _referred(ask: Asked) -> Iterator[str]:
    if ask.verb.text == "refers-to":
        for each in ask.options.items if isinstance(ask.options, Sequence) else (ask.options,):
            named = each.get("resource") if isinstance(each, MarkedMapping) else None
            if isinstance(named, Scalar):
                yield named.text


def _is_demand(ask: Asked) -> bool:
    if ask.verb.text == "count":
        return isinstance(ask.options, Scalar) and not ask.options.text.startswith(("0", ".."))
    return ask.verb.text in _DEMANDS


def _is_ban(ask: Asked) -> bool:
    if ask.verb.text == "count":
        return isinstance(ask.options, Scalar) and ask.options.text in ("0", "0..0", "..0")
    return ask.verb.text == "absent"


def _level(rule: RuleText, said: _Rule) -> Iterator[Found]:
    level = rule.fields.get("level")
    if isinstance(level, Scalar) and level.text.endswith(" NOT") and said.demands:
        what = f"the level says {level.text}, but the check demands what it names"
        yield Found(level.mark, what, "correct the level, or ask 'absent'")


def _presence(said: _Rule, subject: Subject) -> Iterator[Found]:
    tests: list[tuple[str, bool, re.Pattern[str], re.Pattern[str] | None, str]] = [
        ("text", said.demands, _DENIES, None, "the text forbids what the check demands"),
        ("text", said.sameness, _NOT_THE_ONE, None, "the text says the opposite of the check"),
        ("message", said.presence, _SAYS_ONE, _DEMANDING, _THERE),
        ("text", said.forbids, _AFFIRMS, _NEGATION, "the text demands what the check forbids"),
        (
            "message",
            said.forbids,
            _SAYS_MISSING,
            None,
            "the message says that something is missing; the rule fails when it is there",
        ),
        (
            "message",
            said.demands,
            _SAYS_THERE,
            _DEMANDING,
            _THERE,
        ),
    ]
    for key, applies, pattern, unless, what in tests:
        if applies and key in said.texts:
            text = subject.text(said.texts[key])
            found = pattern.search(text.text)
            if found is not None and (unless is None or not unless.search(text.text)):
                yield Found(text.at(found.start()), what, _MEND)


def _negated(said: _Rule, subject: Subject) -> Iterator[Found]:
    for key, node in said.texts.items():
        text = subject.text(node)
        for value in sorted(_names(said.fixed)):
            found = re.search(rf"(?:{_IS} not|\bother than) {_word(value)}", text.text)
            if found is not None and key != "message":
                yield Found(
                    text.at(found.start()), f"this says the opposite of the check, which demands {value!r}", _MEND
                )
            found = re.search(rf"{_IS} {_word(value)}", text.text)
            if found is not None and key == "message" and not _DEMANDING.search(text.text):
                what = f"the message says that the value is {value!r}; the rule fails when it is not"
                yield Found(text.at(found.start()), what, _MEND)
            found = re.search(rf"{_MUST} not be {_word(value)}", text.text)
            if found is not None and not re.search(rf"(?<!not ){_IS} {_word(value)}", text.text):
                what = f"this says the opposite of the check, which demands {value!r}"
                yield Found(text.at(found.start()), what, _MEND)
        for name in sorted(said.resources):
            found = re.search(rf"(?:{_IS} not|{_MUST} not be)(?: to)?(?: an?)? {_word(name)}", text.text)
            if found is not None and (key != "message" or re.search(_MUST, found[0])):
                what = f"this says the opposite of the check, which demands a reference to {a_resource(name)}"
                yield Found(text.at(found.start()), what, _MEND)
        for value in sorted(said.refused):
            found = re.search(rf"{_IS} {_word(value)}", text.text)
            if found is not None and key == "text" and not _NEGATION.search(text.text):
                yield Found(
                    text.at(found.start()), f"this says the opposite of the check, which refuses {value!r}", _MEND
                )


def _other_value(rule: RuleText, said: _Rule, subject: Subject) -> Iterator[Found]:
    """
    A sentence that names a value of the same kind as the check's, and not the check's own.
    """
    if not said.fixed or any(ask.choice for ask in rule.check):
        return
    own = [value for ask in (*rule.check, *rule.when) for _, value in subject.fixed(ask)]
    names = _names(own)
    others = _alternatives(rule, said.fixed, subject) - names
    for key in said.texts:
        text = subject.text(said.texts[key])
        if key == "message":
            # What the message names is what stands there, unless it says what should.
            if any(re.search(rf"{_SHALL_BE} {_word(name)}", text.text) for name in names):
                continue
            wanted = [re.search(rf"{_SHALL_BE} ({_word(other)})", text.text) for other in sorted(others)]
            for each in [each for each in wanted if each is not None][:1]:
                yield Found(text.at(each.start()), _names_other(key, each[1], said), _MEND)
            continue
        if any(re.search(_word(name), text.text) for name in names):
            continue
        hits = [found for other in sorted(others) if (found := re.search(_word(other), text.text)) is not None]
        hits += [found for name in sorted(names) if (found := _like(name, text.text)) is not None]
        for found in hits[:1]:
            yield Found(text.at(found.start()), _names_other(key, found[0], said), _MEND)


def _names_other(key: str, other: str, said: _Rule) -> str:
    values = " or ".join(repr(each) for each in sorted(said.fixed))
    return f"the {key} names {other!r}, but the check demands {values}"


def _names(values: Iterable[str]) -> set[str]:
    """
    Values as a sentence names them: a URL by its last part as well.
    """
    return {name for value in values for name in (value, value.rpartition("/")[2]) if name}


def _alternatives(rule: RuleText, fixed: frozenset[str], subject: Subject) -> set[str]:
    """
    The other values that rules demand at the same place, and the other codes of the same list.
    """
    others = {"true", "false"} if fixed <= {"true", "false"} else set()
    places = {ask.target.text for ask in rule.check if ask.target is not None and subject.fixed(ask)}
    for each in subject.rules:
        for ask in each.check:
            if ask.target is not None and ask.target.text in places:
                others |= {value for _, value in subject.fixed(ask)}
    for codes in _code_lists(subject):
        if codes & fixed:
            others |= codes
    return others


def _code_lists(subject: Subject) -> Iterator[set[str]]:
    if subject.pack is not None:
        for code_list in subject.pack.code_lists.values():
            yield {code for code in code_list.rows if len(code) > 1}
        return
    for entry in subject.merged.named["code-lists"].values():
        codes: Node | None = entry.value.get("codes") if isinstance(entry.value, MarkedMapping) else None
        if isinstance(codes, MarkedMapping):
            yield set(codes.keys())


def _like(name: str, text: str) -> re.Match[str] | None:
    """
    Where *text* has a name that differs from *name* in its digits only, or a code in its letters.
    """
    if not re.search(r"[0-9]", name) or not re.search(r"[A-Za-z]", name):
        return None
    letters = len(name) >= _SHORTEST_CODE and name.isalnum() and name.isupper()
    pattern = "".join(
        "[0-9]" if each.isdigit() else "[A-Z]" if letters and each.isupper() else re.escape(each) for each in name
    )
    return re.search(rf"(?<![\w/-]){pattern}(?![\w-])", text)


def _word(value: str) -> str:
    return rf"(?<![\w-]){re.escape(value)}(?![\w-])"


OPPOSITE = Kind(
    code="text-contradicts-check",
    title="A sentence of a rule says the opposite of its check",
    why=(
        "Who reads the report believes the sentence. `message` is shown when the rule fails: for a check that demands "
        "something it says what is missing, for one that forbids something what is there. `text` and `remedy` must "
        "name the value that the check demands and no other."
    ),
    bad="""\
        rules:
          - id: R-1
            text: The type is message.
            message: the type is message
            remedy: Set type to message.
            source: page 1
            check: {/f:Bundle/f:type: {equals: message}}
        """,
    good="""\
        rules:
          - id: R-1
            text: The type is message.
            message: the type is not message
            remedy: Set type to message.
            source: page 1
            check: {/f:Bundle/f:type: {equals: message}}
        """,
    find=_opposite,
)

KINDS = (OPPOSITE,)
