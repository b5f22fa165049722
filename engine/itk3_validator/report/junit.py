"""
Reports as JUnit XML: a suite for each message, a case for each rule, for the test pages of build servers.

What makes the run fail is a failure. Other failed rules are told in the output of a case that passes, as they do not
break a build either; what is undecided, waived or does not apply is skipped, with its reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain

from itk3_validator.finding import Verdict
from itk3_validator.report.formats import Asked
from itk3_validator.report.kinds import Kind, Tally, kind_of
from itk3_validator.report.model import Report, Result
from itk3_validator.report.told import Told, told, why_not_held
from itk3_validator.report.visible import harmless, visible
from itk3_validator.report.waived import WaiverNote
from itk3_validator.report.xml_pieces import DECLARATION, Element, element, piece

_LONGEST = 2_000
_FAILED_ONLY = frozenset({Kind.FAILED})
_FAILED = frozenset({Kind.FAILED, Kind.WARNING, Kind.NOTE})


def document(asked: Asked) -> Suites:
    """
    Suites that are still to come.
    """
    return Suites(_FAILED_ONLY if asked.failing is None else frozenset(asked.failing))


class Suites:
    """
    One suite for each message.
    """

    def __init__(self, failing: frozenset[Kind]) -> None:
        self._failing = failing

    def opening(self) -> str:
        return f'{DECLARATION}<testsuites name="itk3-validator">\n'

    def message(self, report: Report) -> str:
        return piece(_suite(report, self._failing))

    def closing(self, _tally: Tally, _waivers: Iterable[WaiverNote] | None = None) -> str:
        return "</testsuites>\n"


def _suite(report: Report, failing: frozenset[Kind]) -> Element:
    cases = [
        *(_about_the_whole(each) for each in told(report) if each.result is None),
        *(_case(report, each, failing) for each in report.results),
    ]
    marks = [each.tag for each in chain.from_iterable(cases)]
    given = {
        "verdict": report.verdict.value,
        "digest": report.digest,
        "pack": report.pack,
        "pack version": report.pack_version,
        "interaction": report.interaction,
        "recognised by": report.recognised_by,
    }
    properties = element(
        "properties", {}, *(element("property", {"name": name, "value": each}) for name, each in given.items() if each)
    )
    counts = {
        "tests": len(cases),
        "failures": marks.count("failure"),
        "errors": marks.count("error"),
        "skipped": marks.count("skipped"),
    }
    return element("testsuite", {"name": report.source, **counts}, properties, *cases)


def _about_the_whole(entry: Told) -> Element:
    if entry.kind in {Verdict.UNREADABLE, Verdict.ERROR}:
        place = (
            "" if entry.line is None else f"line {entry.line}" + (f", column {entry.column}" if entry.column else "")
        )
        mark = element("error", {"type": entry.id, "message": entry.says}, place)
    else:
        mark = element("skipped", {}, f"{entry.id}: {entry.says}")
    return element("testcase", {"classname": "itk3-validator", "name": entry.id}, mark)


def _case(report: Report, result: Result, failing: frozenset[Kind]) -> Element:
    mark = _mark(report, result, kind_of(result), failing)
    return element("testcase", {"classname": result.pack, "name": result.id}, *([] if mark is None else [mark]))


def _mark(report: Report, result: Result, kind: Kind, failing: frozenset[Kind]) -> Element | None:
    said = visible(result.message or result.text, longest=_LONGEST)
    if kind is Kind.ERROR:
        return element("error", {"type": kind.value, "message": said})
    if kind in failing:
        return element("failure", {"type": kind.value, "message": said}, _block(_lines(report, result)))
    if kind in _FAILED:
        return element("system-out", {}, _block([f"{kind}: {said}", *_lines(report, result)]))
    if kind is Kind.PASSED:
        return None
    reasons = {Kind.WAIVED: why_not_held(result), Kind.UNDECIDED: said}
    return element("skipped", {}, f"{kind}: {reasons[kind]}" if kind in reasons else kind.value)


def _block(lines: Iterable[str]) -> str:
    return "\n".join(harmless(line) for line in lines)


def _lines(report: Report, result: Result) -> Iterator[str]:
    yield visible(result.text, longest=_LONGEST)
    for finding in result.findings:
        place = "" if finding.line is None else f":{finding.line}" + (f":{finding.column}" if finding.column else "")
        known = ", known since the baseline" if finding.known else ""
        found = ", ".join(f"'{each}'" for each in finding.found) or "nothing"
        yield visible(f"{report.source}{place} {finding.xpath}{known}", longest=_LONGEST)
        yield visible(f"  expected {finding.expected}; found {found}", longest=_LONGEST)
    if result.remedy:
        yield visible(f"remedy: {result.remedy}", longest=_LONGEST)
