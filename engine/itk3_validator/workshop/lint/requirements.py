"""
What a requirement needs to be traced: its source, and one answer to whether it is checked.
"""

from __future__ import annotations

from collections.abc import Iterator

from itk3_validator.workshop.lint.kind import Found, Kind
from itk3_validator.workshop.lint.subject import Subject


def _sources(subject: Subject) -> Iterator[Found]:
    for rule in subject.rules:
        if "source" not in rule.fields:
            what = f"the rule {rule.id.text!r} does not say where its requirement stands"
            yield Found(rule.id.mark, what, "write source: with the page or clause of the publication")


def _both(subject: Subject) -> Iterator[Found]:
    ruled = {id_: entry.key.mark for id_, entry in subject.merged.rules.items()}
    for id_, entry in subject.merged.not_checkable.items():
        if id_ in ruled:
            own = entry.key.mark if subject.owns(entry.key.mark) else ruled[id_]
            other = ruled[id_] if own == entry.key.mark else entry.key.mark
            what = f"{id_!r} is not checkable here, and a rule in line {other.line} of {_file(other.file)}"
            yield Found(own, what, "keep one; what a rule leaves unchecked goes under 'part' of the rule")
        sentences = [each for each in ruled if each.startswith(f"{id_}/") and each.removeprefix(f"{id_}/").isdigit()]
        if id_ not in ruled and sentences:
            what = f"{id_!r} is not checkable here, but {sentences[0]!r} checks a sentence of it"
            yield Found(entry.key.mark, what, f"remove it, and say under 'part' of {sentences[0]} what stays unchecked")


def _file(path: str) -> str:
    return path.replace("\\", "/").rpartition("/")[2]


SOURCE = Kind(
    code="missing-source",
    title="A rule without its source",
    why=(
        "A rule repeats what a publication says. Without the clause nobody can tell whether the rule or the message is "
        "wrong. (A rule without its text is refused when the pack is loaded.)"
    ),
    bad="""\
        rules:
          - id: R-1
            text: The type is message.
            check: {/f:Bundle/f:type: {equals: message}}
        """,
    good="""\
        rules:
          - id: R-1
            text: The type is message.
            source: ITK-Message-Bundle-1, Bundle.type
            check: {/f:Bundle/f:type: {equals: message}}
        """,
    find=_sources,
)

BOTH = Kind(
    code="ruled-and-not-checkable",
    title="A requirement is both a rule and not checkable",
    why="The matrix of requirements would count it twice, with two answers.",
    bad="""\
        rules:
          - id: R-1/2
            text: The type is message.
            source: page 1
            check: {/f:Bundle/f:type: {equals: message}}
        not-checkable:
          - {id: R-1, because: how the message was made is not in it}
        """,
    good="""\
        rules:
          - id: R-1
            text: The type is message.
            source: page 1
            part: How the message was made is not in it.
            check: {/f:Bundle/f:type: {equals: message}}
        """,
    find=_both,
)

KINDS = (SOURCE, BOTH)
