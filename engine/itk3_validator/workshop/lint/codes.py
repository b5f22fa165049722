"""
Codes that the pack's own lists do not have.
"""

from __future__ import annotations

from collections.abc import Iterator

from itk3_validator.checks.ask import CodeList
from itk3_validator.pack.marked import Mapping as MarkedMapping
from itk3_validator.pack.marked import Scalar
from itk3_validator.spelling import did_you_mean
from itk3_validator.workshop.lint.kind import Found, Kind
from itk3_validator.workshop.lint.subject import RuleText, Subject

_RESPONSE_CODES = "/ITK-ResponseCodes-1"
# A list of these is never all of their codes.
_OPEN = ("http://snomed.info/", "http://loinc.org", "https://dmd.nhs.uk", "urn:")


def _unknown_codes(subject: Subject) -> Iterator[Found]:
    for rule in subject.rules:
        yield from _codings(rule, subject)
        node = rule.fields.get("response-code")
        for system in sorted({each.system for each in _lists(subject) if each.system}):
            if system.endswith(_RESPONSE_CODES) and isinstance(node, Scalar):
                yield from _unknown(node, system, subject)


def _codings(rule: RuleText, subject: Subject) -> Iterator[Found]:
    for ask in rule.check:
        if ask.verb.text == "coding" and isinstance(ask.options, MarkedMapping):
            system = ask.options.get("system")
            for node, _ in subject.fixed(ask):
                if isinstance(system, Scalar):
                    yield from _unknown(node, subject.text(system).text, subject)


def _unknown(node: Scalar, system: str, subject: Subject) -> Iterator[Found]:
    known = _known(system, subject)
    code = subject.text(node).text
    if known and code not in known:
        what = f"no code list of the pack for {system.rpartition('/')[2]} has the code {code!r}"
        yield Found(node.mark, what, f"{did_you_mean(code, known)}; where the list is to have this one, add it")


def _known(system: str, subject: Subject) -> frozenset[str]:
    """
    All codes of a system, as the lists of the pack have them; nothing where they cannot be told.
    """
    lists = [each for each in _lists(subject) if each.system == system]
    if system.startswith(_OPEN) or any(each.span is not None for each in lists):
        return frozenset()
    return frozenset(code for each in lists for code in (*each.rows, *(each.described or ())))


def _lists(subject: Subject) -> tuple[CodeList, ...]:
    return tuple(subject.pack.code_lists.values()) if subject.pack is not None else ()


UNKNOWN_CODE = Kind(
    code="unknown-code",
    title="A code that the pack's list of its system does not have",
    why=(
        "Where a code list of the pack states its `system`, a `coding` of that system asks for one of its codes, and "
        "`response-code` is one of ITK-ResponseCodes-1. Another code is a slip, or is missing from the list. SNOMED CT "
        "and its like are left out: no list has all their codes."
    ),
    bad="""\
        code-lists:
          letters: {system: https://example.org/letters, codes: {A: first, B: second}}
        selectors:
          event: /f:Bundle/f:entry/f:resource/f:MessageHeader/f:event
        rules:
          - id: R-1
            text: The event is A.
            source: page 1
            check: {event: {coding: {system: https://example.org/letters, code: AA}}}
        """,
    good="""\
        code-lists:
          letters: {system: https://example.org/letters, codes: {A: first, B: second}}
        selectors:
          event: /f:Bundle/f:entry/f:resource/f:MessageHeader/f:event
        rules:
          - id: R-1
            text: The event is A.
            source: page 1
            check: {event: {coding: {system: https://example.org/letters, code: A}}}
        """,
    find=_unknown_codes,
)

KINDS = (UNKNOWN_CODE,)
