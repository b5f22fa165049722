"""
Reports as one HTML page: of each message first what failed, then what is undecided, and folded what passed.

The page is made in pieces, so it can be written while messages are still being judged.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import zip_longest
from typing import NamedTuple

from itk3_validator.finding import Finding, Verdict
from itk3_validator.report.explain import Excerpt
from itk3_validator.report.formats import Asked
from itk3_validator.report.kinds import Kind, Tally, kind_of
from itk3_validator.report.markup import Child, Element, element, filled, link, markup, table
from itk3_validator.report.model import Report, Result
from itk3_validator.report.page import page_closing, page_opening
from itk3_validator.report.visible import visible
from itk3_validator.report.waived import Waived, WaiverNote

# Told one by one, and in this order.
_TOLD = {
    Kind.FAILED: "Failed",
    Kind.ERROR: "Not run",
    Kind.WARNING: "Warnings",
    Kind.NOTE: "Notes",
    Kind.UNDECIDED: "Undecided",
    Kind.WAIVED: "Waived",
}
_FOLDED = (Kind.PASSED, Kind.NOT_APPLICABLE)
_MOST_PLACES = 10
_MOST_LISTED = 500
_LONGEST_SENTENCE = 2_000
_FAILED = frozenset({Kind.FAILED, Kind.WARNING, Kind.NOTE})
# A word, or an attribute with its value; the end of a tag is not part of it.
_TOKEN = re.compile(r"[^\s>]+?(?==|/?>|\s|$)(?:=\"[^\"]*\"?|='[^']*'?)?")


class _Line(NamedTuple):
    """
    A message that is not valid, for the list at the end.
    """

    number: int
    source: str
    verdict: Verdict
    counts: str


def document(asked: Asked) -> HtmlPage:
    """
    A new page.
    """
    return HtmlPage(asked.tool_version)


class HtmlPage:
    """
    The page in the making. Of what went by it keeps at most 500 lines.
    """

    def __init__(self, tool_version: str) -> None:
        self._tool_version = tool_version
        self._number = 0
        self._left_out = 0
        self._lines: list[_Line] = []

    def opening(self) -> str:
        head = element(
            "header",
            element("h1", "ITK3 validation"),
            element("nav", element("a", "Results of the whole run", href="#run"), aria_label="Contents"),
        )
        return f"{page_opening('ITK3 validation')}{markup(head)}\n<main>\n"

    def message(self, report: Report) -> str:
        self._number += 1
        if report.verdict is not Verdict.VALID:
            self._keep(report)
        return markup(_message(report, self._number)) + "\n"

    def closing(self, tally: Tally, waivers: Iterable[WaiverNote] | None = None) -> str:
        run = element("section", element("h2", "The whole run"), id="run")
        filled(run, _run(tally, self._lines, self._left_out, waivers))
        footer = element("footer", element("p", f"itk3-validator {self._tool_version}"))
        return f"{markup(run)}\n</main>\n{markup(footer)}\n{page_closing()}"

    def _keep(self, report: Report) -> None:
        if len(self._lines) == _MOST_LISTED:
            self._left_out += 1
            return
        counts = _counts(Tally().plus(report)) or report.reason or ""
        self._lines.append(_Line(self._number, visible(report.source), report.verdict, visible(counts)))


def _message(report: Report, number: int) -> Element:
    title = element("h2", _label(report.verdict.value), " ", visible(report.source))
    made = element("section", title, id=f"m{number}", class_="message")
    filled(made, _about(report))
    results: dict[Kind, list[Result]] = {kind: [] for kind in Kind}
    for result in report.results:
        results[kind_of(result)].append(result)
    for kind, words in _TOLD.items():
        if results[kind]:
            made.append(element("h3", f"{words} ({len(results[kind]):,})"))
            filled(made, (_result(each, kind) for each in results[kind]))
    return filled(made, (_folded(results[kind], kind) for kind in _FOLDED if results[kind]))


def _about(report: Report) -> Iterator[Child]:
    if report.reason:
        where = _where(report.line, report.column)
        yield element("p", f"{where}: " if where else "", visible(report.reason, longest=_LONGEST_SENTENCE))
    judged = [f"{report.pack} {report.pack_version or ''}".strip()] if report.pack else []
    judged += [f"interaction {report.interaction}"] if report.interaction else []
    judged += [f"published as {', '.join(report.published_as)}"] if report.published_as else []
    judged += [report.recognised_by] if report.recognised_by else []
    if judged:
        yield element("p", visible(", ".join(judged), longest=_LONGEST_SENTENCE), class_="faint")
    counts = _counts(Tally().plus(report))
    if counts:
        yield element("p", counts)
    if report.digest:
        yield element("p", "SHA-256 ", element("code", report.digest), class_="faint")


def _result(result: Result, kind: Kind) -> Element:
    told = result.message if result.message != result.text else None
    places = sorted(zip_longest(result.findings, result.excerpts), key=_is_known) if result.findings else []
    more = len(places) - _MOST_PLACES
    return element(
        "article",
        _heading(result, kind),
        element("p", visible(told, longest=_LONGEST_SENTENCE)) if told else None,
        *(_place(*each) for each in places[:_MOST_PLACES]),
        element(
            "details",
            element("summary", f"{more:,} more {'place' if more == 1 else 'places'}"),
            *(_place(*each) for each in places[_MOST_PLACES:]),
        )
        if more > 0
        else None,
        _pairs(_advice(result, kind)),
        class_=f"result {_class(kind.value)}",
    )


def _heading(result: Result, kind: Kind) -> Element:
    return element("h4", _label(kind.value), " ", element("code", visible(result.id)), " ", visible(result.text))


def _is_known(place: tuple[Finding, Excerpt | None]) -> bool:
    # What is new comes first.
    return place[0].known


def _place(finding: Finding, excerpt: Excerpt | None) -> Element:
    where = _where(finding.line, finding.column)
    found = [each for value in finding.found for each in (", ", element("code", _value(value)))][1:]
    return element(
        "div",
        _pairs(
            [
                ("Where", [where, element("br") if where else None, element("code", finding.xpath)]),
                ("Expected", [element("code", finding.expected) if finding.expected else None]),
                ("Found", [*found, " (values are masked)" if finding.masked else None]),
                ("Baseline", ["this place was known before" if finding.known else None]),
            ]
        ),
        _line(excerpt) if excerpt is not None and excerpt.text.strip() else None,
        class_="place",
    )


def _line(excerpt: Excerpt) -> Element:
    """
    The line of the message, with the token at the caret marked.
    """
    text = excerpt.text.replace("\t", " ")
    token = _TOKEN.match(text, excerpt.caret) if excerpt.caret is not None else None
    start, end = token.span() if token is not None else (len(text), len(text))
    number = "" if excerpt.line is None else f"{excerpt.line}  "
    marked = element("mark", text[start:end]) if token is not None else None
    return element("p", element("code", number, text[:start].lstrip(), marked, text[end:]), class_="line")


def _advice(result: Result, kind: Kind) -> Iterator[tuple[str, list[Child]]]:
    if kind in _FAILED:
        remedy = visible(result.remedy or "", longest=_LONGEST_SENTENCE)
        yield "Remedy", [element("span", remedy, class_="remedy") if remedy else None]
        yield "Response code", [result.response_code]
    yield "Waived", [_waived(result.waiver)]
    yield "Level", [result.level]
    yield "Checks only", [result.part]
    words = visible(result.source or result.link or "")
    yield "Source", [link(result.link, words) if result.link else words]


def _waived(waiver: Waived | None) -> str | None:
    if waiver is None:
        return None
    place = waiver.file if waiver.line is None else f"{waiver.file}, line {waiver.line}"
    until = f" until {waiver.expires.isoformat()}" if waiver.expires is not None else ""
    owner = f"; {waiver.owner}{until}" if waiver.owner is not None else until
    return visible(f"{waiver.reason}{owner} ({place})", longest=_LONGEST_SENTENCE)


def _folded(results: list[Result], kind: Kind) -> Element:
    rows: Iterable[list[Child]] = (
        [element("code", visible(each.id)), visible(each.text), visible(each.seen or "")] for each in results
    )
    return element(
        "details",
        element("summary", f"{len(results):,} {kind.value}"),
        table(("Requirement", "Text", "Seen"), rows, caption=f"Requirements: {kind.value}"),
    )


def _run(tally: Tally, lines: list[_Line], left_out: int, waivers: Iterable[WaiverNote] | None) -> Iterator[Element]:
    verdicts = [f"{tally.verdicts[each]:,} {each}" for each in Verdict if tally.verdicts[each]]
    messages = "1 message" if tally.messages == 1 else f"{tally.messages:,} messages"
    yield element("p", ": ".join([messages, ", ".join(verdicts)]) if verdicts else messages)
    counts = _counts(tally)
    if counts:
        yield element("p", f"Results of requirements: {counts}")
    if lines and tally.messages > 1:
        rows: Iterable[list[Child]] = (
            [element("a", each.source, href=f"#m{each.number}"), _label(each.verdict), each.counts] for each in lines
        )
        yield table(("Message", "Verdict", "Results"), rows, caption="Messages that are not valid")
    if left_out:
        yield element("p", f"and {left_out:,} more")
    if waivers is not None:
        yield from _waivers(waivers)


def _waivers(notes: Iterable[WaiverNote]) -> Iterator[Element]:
    rows: list[list[Child]] = [
        [
            element("code", visible(each.rule)),
            f"{each.standing.value}, {each.results:,} results",
            visible(f"{each.reason}; {each.owner} until {each.expires.isoformat()} {each.why}".rstrip()),
        ]
        for each in notes
    ]
    if rows:
        yield table(("Requirement", "Standing", "Reason"), rows, caption="Waivers")


def _counts(tally: Tally) -> str:
    return ", ".join(f"{tally.kinds[kind]:,} {_plural(kind, tally.kinds[kind])}" for kind in Kind if tally.kinds[kind])


def _plural(kind: Kind, number: int) -> str:
    return f"{kind}s" if kind in {Kind.WARNING, Kind.NOTE} and number != 1 else kind.value


def _label(word: str) -> Element:
    return element("span", word, class_=f"label {_class(word)}")


def _class(word: str) -> str:
    return word.replace(" ", "-")


def _where(line: int | None, column: int | None) -> str:
    return "" if line is None else f"line {line}" if column is None else f"line {line}, column {column}"


def _value(value: str) -> str:
    return f"'{value}'" if value.strip() != value or not value else value


def _pairs(pairs: Iterable[tuple[str, list[Child]]]) -> Element | None:
    """
    Words and what goes with them; None when there is nothing.
    """
    told = [(word, kept) for word, children in pairs if (kept := [each for each in children if each not in (None, "")])]
    if not told:
        return None
    return element("dl", *(each for word, kept in told for each in (element("dt", word), element("dd", *kept))))
