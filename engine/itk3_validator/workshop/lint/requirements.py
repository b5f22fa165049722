"""
What a requirement needs to be traced and answered: its source, one answer to whether it is checked, a response code.
"""

from __future__ import annotations

from collections.abc import Iterator

from itk3_validator.finding import LEVELS, Severity
from itk3_validator.report.response_codes import SYSTEM
from itk3_validator.workshop.lint.kind import Found, Kind
from itk3_validator.workshop.lint.subject import Subject


def _sources(subject: Subject) -> Iterator[Found]:
    for rule in (*subject.rules, *subject.archive):
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


def _unanswered(subject: Subject) -> Iterator[Found]:
    lists = subject.pack.code_lists.values() if subject.pack is not None else ()
    if not any(each.system == SYSTEM for each in lists):
        return
    for rule in subject.rules:
        severity = LEVELS.get(rule.says("level", subject) or "MUST")
        counts = severity is Severity.ERROR and rule.says("status", subject) not in ("draft", "deprecated")
        if counts and "response-code" not in rule.fields:
            what = f"the rule {rule.id.text!r} does not say which ITK response code answers it"
            yield Found(rule.id.mark, what, 'write response-code:, for a header "20006" and for a payload "20009"')


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

ANSWER = Kind(
    code="missing-response-code",
    title="A rule of level MUST without its response code",
    why=(
        "When it fails, the ITK3 response to the message carries 20006 where the place is in the MessageHeader, and "
        "20009 elsewhere. Whether that is meant nobody can tell. It is asked of packs that know ITK-ResponseCodes-1, "
        "as all that extend itk3-message do."
    ),
    bad="""\
        code-lists:
          itk-response-codes: {system: https://fhir.nhs.uk/STU3/CodeSystem/ITK-ResponseCodes-1, codes: ["20009"]}
        rules:
          - id: R-1
            text: The type is message.
            source: page 1
            check: {/f:Bundle/f:type: {equals: message}}
        """,
    good="""\
        code-lists:
          itk-response-codes: {system: https://fhir.nhs.uk/STU3/CodeSystem/ITK-ResponseCodes-1, codes: ["20009"]}
        rules:
          - id: R-1
            text: The type is message.
            source: page 1
            check: {/f:Bundle/f:type: {equals: message}}
            response-code: "20009"
        """,
    find=_unanswered,
)

KINDS = (SOURCE, BOTH, ANSWER)
