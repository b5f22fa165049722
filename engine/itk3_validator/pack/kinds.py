"""
Reading facts and interactions: what the caller states, and what kinds of message there are.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from itk3_validator.errors import Problem
from itk3_validator.finding import Outcome
from itk3_validator.pack.asking import CheckReader, Known
from itk3_validator.pack.draft import Entry
from itk3_validator.pack.marked import Node
from itk3_validator.pack.model import Fact, Interaction
from itk3_validator.pack.reader import Reader
from itk3_validator.source import CONTROL_FIELDS

UNSTATED = {each.value: each for each in (Outcome.UNDECIDED, Outcome.NOT_APPLICABLE)}


def facts(entries: Mapping[str, Entry], reader: Reader) -> dict[str, Fact]:
    """
    Read the facts of a pack and of what it extends.
    """
    made = {}
    for name, entry in entries.items():
        # A fact whose own mistake was told is still a fact: what names it is not told as well.
        fields = reader.fields(entry.value, optional=("values", "unstated", "mesh", "text")) or {}
        values = reader.texts(fields["values"]) if "values" in fields else ()
        text = reader.text(fields["text"]) if "text" in fields else None
        unstated = reader.choice(fields["unstated"], UNSTATED, "outcome here") if "unstated" in fields else "undecided"
        mesh = reader.choice(fields["mesh"], CONTROL_FIELDS, "field of a control file") if "mesh" in fields else None
        made[name] = Fact(name, values or (), UNSTATED.get(unstated or "", Outcome.UNDECIDED), text, mesh)
    return made


def interactions(
    entries: Mapping[str, Entry],
    *,
    known: Known,
    xpath: Mapping[str, str],
    problems: list[Problem],
    names: Collection[str] = (),
) -> dict[str, Interaction]:
    """
    Read the interactions of a pack and of what it extends.

    Args:
        xpath: pack to the version that its ``test`` expressions are written in.

        names: what an interaction may answer, when that is more than *entries*.
    """
    made = {}
    for name, entry in entries.items():
        reader = CheckReader(known, problems, version=xpath.get(entry.pack, "1.0"))
        fields = reader.fields(entry.value, optional=("title", "published-as", "answers", "requires", "clues"))
        if fields is None:
            continue
        made[name] = Interaction(
            name=name,
            pack=entry.pack,
            title=reader.text(fields["title"]) if "title" in fields else None,
            published_as=(reader.texts(fields["published-as"]) or ()) if "published-as" in fields else (),
            answers=_answers(fields["answers"], names or entries, reader) if "answers" in fields else None,
            requires=(reader.checks(fields["requires"]) or ()) if "requires" in fields else (),
            clues=(reader.checks(fields["clues"]) or ()) if "clues" in fields else (),
        )
    return made


def _answers(node: Node, entries: Collection[str], reader: Reader) -> str | None:
    name = reader.text(node)
    if name is not None and name not in entries:
        reader.problem(
            node, f"unknown interaction {name!r}", reader.meant(name, entries), code="name", section="interactions"
        )
    return name
