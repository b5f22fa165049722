"""
Reading rules, and the requirements that no message can show.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from itk3_validator.checks.ask import Target
from itk3_validator.errors import Problem
from itk3_validator.finding import LEVELS
from itk3_validator.lazy import pattern
from itk3_validator.pack.asking import CheckReader, Known
from itk3_validator.pack.draft import Entry
from itk3_validator.pack.marked import Mapping as MarkedMapping
from itk3_validator.pack.marked import Node
from itk3_validator.pack.model import Each, NotCheckable, Rule
from itk3_validator.pack.places import leaf_of, location_of
from itk3_validator.pack.reader import Reader
from itk3_validator.value import Row, replace

NEEDED = ("id", "text", "check")
VERSIONS = ("1.0", "2.0", "3.0")
STATUSES = ("draft", "active", "deprecated")
TEXTS = ("message", "remedy", "response-code", "part", "source", "link", "unprovable")
OPTIONAL = ("level", "for", "when", "given", "each", "status", "xpath", "expensive", *TEXTS)
PLACEHOLDERS = ("found", "expected", "display", "selector")

_BRACKETS = pattern(r"\{([^{}]*)\}|[{}]")


class ReadRule(Row):
    """
    A rule beside what is written of it; *shown* are the names of locations of which it was asked whether they are safe.
    """

    entry: Entry
    rule: Rule
    shown: frozenset[tuple[str, ...]]


def read_rules(
    entries: Mapping[str, Entry],
    *,
    known: Known,
    interactions: tuple[str, ...],
    xpath: Mapping[str, str],
    problems: list[Problem],
    inherited: Mapping[str, ReadRule],
) -> dict[str, ReadRule]:
    """
    Read the rules of a pack and of what it extends.

    Args:
        xpath: pack to the version that its ``test`` expressions are written in.

        inherited: those that need not be read again.
    """
    made: dict[str, ReadRule] = {}
    for id_, entry in entries.items():
        read = inherited.get(id_) or _rule(id_, entry, known, interactions, xpath, problems)
        if read is not None:
            made[id_] = read
    return made


def look_into(
    entries: Iterable[Entry],
    *,
    known: Known,
    interactions: tuple[str, ...],
    xpath: Mapping[str, str],
    problems: list[Problem],
    required: tuple[str, ...] = (),
) -> None:
    """
    Tell the mistakes in rules that cannot be read as such: they have no id of their own, or are changes of none.
    """
    for entry in entries:
        _rule("", entry, known, interactions, xpath, problems, required=required)


def _rule(
    identifier: str,
    entry: Entry,
    known: Known,
    interactions: tuple[str, ...],
    xpath: Mapping[str, str],
    problems: list[Problem],
    *,
    required: tuple[str, ...] = NEEDED,
) -> ReadRule | None:
    before = len(problems)
    plain = Reader(known.values, problems, known.gaps)
    if not isinstance(entry.value, MarkedMapping):
        return None
    if entry.value.twice:
        again = replace(entry, value=MarkedMapping(entry.value.twice, entry.value.mark))
        _rule(identifier, again, known, interactions, xpath, problems, required=())
    optional = (*(name for name in NEEDED if name not in required), *OPTIONAL)
    fields = plain.some_fields(entry.value, required=required, optional=optional)
    version = xpath.get(entry.author or entry.pack, "1.0")
    if "xpath" in fields:
        version = plain.choice(fields["xpath"], VERSIONS, "version of XPath") or version
    costly = "expensive" in fields and plain.text(fields["expensive"]) is not None
    reader = CheckReader(known, problems, costly=costly, version=version)
    texts = {name: reader.text(fields[name]) for name in TEXTS if name in fields}
    each = _each(fields["each"], reader) if "each" in fields else None
    reader.here = location_of(each.target, known.selectors) if each is not None else ()
    check = reader.checks(fields["check"]) if "check" in fields else None
    when = reader.checks(fields["when"]) if "when" in fields else ()
    text = reader.text(fields["text"]) if "text" in fields else None
    level = reader.choice(fields["level"], LEVELS, "level") if "level" in fields else "MUST"
    rule_for = read_interactions(fields["for"], reader, interactions) if "for" in fields else ()
    given = _given(fields["given"], reader, known) if "given" in fields else {}
    status = reader.choice(fields["status"], STATUSES, "status") if "status" in fields else "active"
    if "message" in fields and texts["message"]:
        tell_placeholders(fields["message"], texts["message"], reader, PLACEHOLDERS)
    if check is None or when is None or text is None or level is None or status is None or len(problems) > before:
        return None
    rule = Rule(
        id=identifier,
        pack=entry.pack,
        text=text,
        level=level,
        interactions=rule_for,
        when=when,
        given=given,
        each=each,
        check=check,
        message=texts.get("message"),
        remedy=texts.get("remedy"),
        response_code=texts.get("response-code"),
        part=texts.get("part"),
        status=status,
        source=texts.get("source"),
        link=texts.get("link"),
        xpath=version,
        unprovable=texts.get("unprovable"),
    )
    return ReadRule(entry, rule, frozenset(reader.shown.names))


def _each(node: Node, reader: CheckReader) -> Each | None:
    fields: Mapping[str, Node] | None = {"select": node}
    if isinstance(node, MarkedMapping):
        fields = reader.fields(node, required=("select",), optional=("count",))
    if fields is None:
        return None
    target: Target | None = reader.target(fields["select"])
    count = reader.range(fields["count"]) if "count" in fields else None
    if target is not None and target.of_request:
        reader.problem(fields["select"], "the request is read, never judged", "name a place of the message")
    elif target is not None and (leaf := leaf_of(target.xpath, reader.known.selectors)):
        what = f"'each' goes through elements, and this names {leaf}"
        reader.problem(fields["select"], what, "name the element, and its value in the check, as in ./@value")
    return None if target is None else Each(target, count)


def read_interactions(node: Node, reader: Reader, known: tuple[str, ...]) -> tuple[str, ...]:
    """
    The interactions that a rule is for.
    """
    names = [(item, reader.text(item)) for item in reader.branches(node)]
    for item, name in names:
        if name is not None and name not in known:
            remedy = reader.meant(name, known) or "declare it under interactions:"
            reader.problem(item, f"unknown interaction {name!r}", remedy, code="name", section="interactions")
    return tuple(name for _, name in names if name is not None)


def _given(node: Node, reader: Reader, known: Known) -> dict[str, tuple[str, ...]]:
    given: dict[str, tuple[str, ...]] = {}
    for key, value in reader.pairs(node):
        stated = [(item, reader.text(item)) for item in reader.branches(value)]
        if key.text not in known.facts:
            remedy = reader.meant(key.text, known.facts) or "declare it under facts:"
            reader.problem(key, f"unknown fact {key.text!r}", remedy, code="name", section="facts")
            continue
        allowed = known.facts[key.text].values
        for item, each in stated:
            if each is not None and allowed and each not in allowed:
                what = f"{each!r} is no value of the fact {key.text!r}"
                reader.problem(item, what, reader.meant(each, allowed), code="name")
        given[key.text] = tuple(each for _, each in stated if each is not None)
    return given


def tell_placeholders(node: Node, text: str, reader: Reader, known: tuple[str, ...]) -> None:
    """
    Tell what stands in braces in the sentence of a rule, and is none of the words that can be put in.
    """
    for found in _BRACKETS.finditer(text):
        if found[1] is None:
            what = f"the {found[0]!r} here belongs to no placeholder"
            reader.problem(node, what, "write one such as {found}, or remove it", found.start())
        elif found[1] not in known:
            what = f"unknown placeholder '{{{found[1]}}}'"
            reader.problem(node, what, reader.meant(found[1], known), found.start(), code="name")


def not_checkable(entries: Mapping[str, Entry], reader: Reader) -> tuple[NotCheckable, ...]:
    """
    Read the requirements that no message can show.
    """
    made = []
    for identifier, entry in entries.items():
        fields = reader.fields(entry.value, required=("id", "because"))
        because = reader.text(fields["because"]) if fields is not None else None
        if because is not None:
            made.append(NotCheckable(identifier, entry.pack, because))
    return tuple(made)
