"""
The report of a batch run as JUnit XML: a suite for the messages as such, and one a pack with a case a requirement.

A requirement that failed in some message is a failure where its severity is error; otherwise that is told in the output
of a case that passes. One that no message decided is skipped.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain, groupby
from typing import Final

from itk3_validator.batch.report import words
from itk3_validator.batch.report.model import BatchReport, Example, Requirement
from itk3_validator.finding import Verdict
from itk3_validator.report.kinds import Kind
from itk3_validator.report.visible import harmless, visible
from itk3_validator.report.xml_pieces import DECLARATION, Element, element, piece

_CASES: Final = {
    Verdict.UNREADABLE: "every message can be read",
    Verdict.UNRECOGNISED: "every message is recognised",
    Verdict.ERROR: "every message is judged to the end",
}


def render(report: BatchReport) -> str:
    """
    The suites; those of packs in the order of their names.
    """
    by_pack = groupby(sorted(report.requirements, key=lambda each: each.pack), key=lambda each: each.pack)
    suites = [
        _suite("messages", (_whole(report, verdict) for verdict in _CASES)),
        *(_suite(pack, (_case(each) for each in requirements)) for pack, requirements in by_pack),
    ]
    return f'{DECLARATION}<testsuites name="itk3-validator">\n{"".join(map(piece, suites))}</testsuites>\n'


def _suite(name: str, cases: Iterable[Element]) -> Element:
    made = list(cases)
    marks = [each.tag for each in chain.from_iterable(made)]
    counts = {
        "tests": len(made),
        "failures": marks.count("failure"),
        "errors": marks.count("error"),
        "skipped": marks.count("skipped"),
    }
    return element("testsuite", {"name": name, **counts}, *made)


def _whole(report: BatchReport, verdict: Verdict) -> Element:
    number = report.verdicts[verdict]
    why = [
        f"{words.told(each.messages, 'message')}: {each.reason} (such as {each.example})"
        for each in report.reasons.shown
        if each.verdict is verdict
    ]
    mark = element(
        "error",
        {"type": verdict.value, "message": f"{number:,} of {words.told(report.messages, 'message')}: {verdict}"},
        _block(why),
    )
    return _testcase("messages", _CASES[verdict], mark if number else None)


def _case(requirement: Requirement) -> Element:
    return _testcase(requirement.pack, requirement.id, _mark(requirement))


def _testcase(classname: str, name: str, mark: Element | None) -> Element:
    return element("testcase", {"classname": classname, "name": name}, *([] if mark is None else [mark]))


def _mark(requirement: Requirement) -> Element | None:
    kinds = requirement.kinds
    message = f"{words.counts(kinds)}: {visible(requirement.text)}"
    if Kind.FAILED in kinds:
        return element("failure", {"type": Kind.FAILED.value, "message": message}, _block(_lines(requirement)))
    if Kind.ERROR in kinds:
        return element("error", {"type": Kind.ERROR.value, "message": message}, _block(_lines(requirement)))
    if Kind.PASSED not in kinds and not words.FAILURES & set(kinds):
        return element("skipped", {}, message)
    if set(kinds) - {Kind.PASSED, Kind.NOT_APPLICABLE}:
        return element("system-out", {}, _block([message, *_lines(requirement)]))
    return None


def _lines(requirement: Requirement) -> Iterator[str]:
    for each in requirement.examples:
        yield from _example(each)
    if requirement.remedy:
        yield f"remedy: {requirement.remedy}"


def _example(example: Example) -> Iterator[str]:
    yield f"{example.outcome.value}: {words.place(example)} {example.xpath or ''}".rstrip()
    if example.says:
        yield f"  {example.says}"
    if example.expected:
        yield f"  expected {example.expected}; found {words.found(example) or 'nothing'}"


def _block(told: Iterable[str]) -> str:
    return "\n".join(harmless(visible(line, longest=2_000)) for line in told)
