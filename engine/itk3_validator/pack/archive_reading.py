"""
Reading the section ``archive``: rules over the messages of a run.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from itk3_validator.errors import Problem
from itk3_validator.finding import LEVELS
from itk3_validator.pack.archive_checks import read_checks
from itk3_validator.pack.archive_rule import ArchiveOptions, ArchiveRule
from itk3_validator.pack.archive_verbs import ARCHIVE_VERBS
from itk3_validator.pack.asking import CheckReader, Known
from itk3_validator.pack.draft import Entry
from itk3_validator.pack.marked import Mapping as MarkedMapping
from itk3_validator.pack.marked import Node
from itk3_validator.pack.ruling import NEEDED, STATUSES, TEXTS, read_interactions, tell_placeholders
from itk3_validator.value import replace

OPTIONAL = ("level", "for", "when", "status", *TEXTS)
PLACEHOLDERS = ("found", "expected")


def read_archive(
    entries: Mapping[str, Entry], *, known: Known, interactions: tuple[str, ...], problems: list[Problem]
) -> tuple[ArchiveRule, ...]:
    """
    Read the rules over the archive of a pack and of what it extends.
    """
    rules = (_rule(id_, entry, known, interactions, problems, NEEDED) for id_, entry in entries.items())
    return tuple(rule for rule in rules if rule is not None)


def look_into_archive(
    entries: Iterable[Entry],
    *,
    known: Known,
    interactions: tuple[str, ...],
    problems: list[Problem],
    required: tuple[str, ...] = (),
) -> None:
    """
    Tell the mistakes in rules that cannot be read as such.
    """
    for entry in entries:
        _rule("", entry, known, interactions, problems, required)


def _rule(
    identifier: str,
    entry: Entry,
    known: Known,
    interactions: tuple[str, ...],
    problems: list[Problem],
    required: tuple[str, ...],
) -> ArchiveRule | None:
    before = len(problems)
    if not isinstance(entry.value, MarkedMapping):
        return None
    if entry.value.twice:
        again = replace(entry, value=MarkedMapping(entry.value.twice, entry.value.mark))
        _rule(identifier, again, known, interactions, problems, ())
    reader = CheckReader(known, problems)
    optional = (*(name for name in NEEDED if name not in required), *OPTIONAL)
    fields = reader.some_fields(entry.value, required=required, optional=optional)
    texts = {name: reader.text(fields[name]) for name in TEXTS if name in fields}
    asked = _asked(fields["check"], reader) if "check" in fields else None
    when = read_checks(fields["when"], reader, of_request=True) if "when" in fields else ()
    text = reader.text(fields["text"]) if "text" in fields else None
    level = reader.choice(fields["level"], LEVELS, "level") if "level" in fields else "MUST"
    rule_for = read_interactions(fields["for"], reader, interactions) if "for" in fields else ()
    status = reader.choice(fields["status"], STATUSES, "status") if "status" in fields else "active"
    if "message" in fields and texts["message"]:
        tell_placeholders(fields["message"], texts["message"], reader, PLACEHOLDERS)
    if asked is None or when is None or text is None or level is None or status is None or len(problems) > before:
        return None
    verb, options = asked
    return ArchiveRule(
        id=identifier,
        pack=entry.pack,
        text=text,
        level=level,
        interactions=rule_for,
        when=when,
        verb=verb,
        asks=options,
        message=texts.get("message"),
        remedy=texts.get("remedy"),
        response_code=texts.get("response-code"),
        part=texts.get("part"),
        status=status,
        source=texts.get("source"),
        link=texts.get("link"),
        unprovable=texts.get("unprovable"),
    )


def _asked(node: Node, reader: CheckReader) -> tuple[str, ArchiveOptions] | None:
    """
    The one verb of a rule.
    """
    if not isinstance(node, MarkedMapping) or not node.pairs:
        reader.problem(
            node, "no verb is asked here", f"write one of {', '.join(ARCHIVE_VERBS)}, such as {{unique: NAME}}"
        )
        return None
    asked = None
    for name, options in node.pairs:
        verb = ARCHIVE_VERBS.get(name.text)
        if verb is None:
            what = f"{name.text!r} is no verb of a rule over the archive"
            near = reader.meant(name.text, ARCHIVE_VERBS) or f"write one of {', '.join(ARCHIVE_VERBS)}"
            reader.problem(name, what, near, code="name")
        elif asked is not None:
            reader.problem(name, "a rule over the archive asks one thing", "make two rules of it: ID and ID/2")
        else:
            read = verb.read(options, reader)
            asked = (verb.name, read) if read is not None else None
    return asked
