"""
Reports as text for people, in the way of a modern linter: one place a line, then what was expected and found.

Everything that comes from a message, a name or a pack is shown escaped.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from itertools import zip_longest
from typing import TYPE_CHECKING

from itk3_validator.finding import Finding, Verdict
from itk3_validator.report.explain import Excerpt
from itk3_validator.report.formats import Asked
from itk3_validator.report.kinds import Kind, Tally, is_unjudged, kind_of
from itk3_validator.report.model import Report, Result
from itk3_validator.report.visible import harmless, source_line, visible

if TYPE_CHECKING:
    from itk3_validator.report.waived import WaiverNote

_LABELS = {
    Kind.FAILED: "FAIL",
    Kind.WARNING: "WARNING",
    Kind.NOTE: "NOTE",
    Kind.ERROR: "ERROR",
    Kind.UNDECIDED: "UNDECIDED",
    Kind.WAIVED: "WAIVED",
    Kind.PASSED: "PASS",
    Kind.NOT_APPLICABLE: "NOT APPLICABLE",
}
_RED, _YELLOW, _CYAN, _GREEN, _BLUE = "1;31", "1;33", "1;36", "32", "1;34"
_COLOURS = {
    Kind.FAILED: _RED,
    Kind.WARNING: _YELLOW,
    Kind.NOTE: _BLUE,
    Kind.ERROR: _RED,
    Kind.UNDECIDED: _CYAN,
    Kind.PASSED: _GREEN,
}
_VERDICT_COLOURS = {Verdict.VALID: _GREEN, Verdict.UNDECIDED: _CYAN}
_FAILED_ONLY = frozenset({Kind.FAILED})
_ONE_LINE = frozenset({Kind.WAIVED, Kind.PASSED, Kind.NOT_APPLICABLE})
_MOST_PLACES = 10
_LONGEST_SENTENCE = 2_000

Paint = Callable[[str, str], str]


def document(asked: Asked) -> TextDocument:
    """
    A document that has no message yet.
    """
    return TextDocument(asked)


class TextDocument:
    """
    Message for message what `render_message` says of it; at the end waivers to look at, and one line over all.
    """

    def __init__(self, asked: Asked) -> None:
        self._asked = asked

    def opening(self) -> str:
        return ""

    def message(self, report: Report) -> str:
        asked = self._asked
        failing = _FAILED_ONLY if asked.failing is None else asked.failing
        return render_message(report, colour=asked.colour, verbose=asked.verbose, quiet=asked.quiet, failing=failing)

    def closing(self, tally: Tally, waivers: Iterable[WaiverNote] | None = None) -> str:
        told = render_waivers(waivers, colour=self._asked.colour) if waivers and not self._asked.quiet else ""
        return told + render_summary(tally, quiet=self._asked.quiet)


def render_message(
    report: Report,
    *,
    colour: bool = False,
    verbose: bool = False,
    quiet: bool = False,
    failing: Collection[Kind] = _FAILED_ONLY,
) -> str:
    """
    One message: how it was recognised, what did not pass, and the counts.

    Args:
        report: What was found.

        colour: Whether labels and verdicts are coloured.

        verbose: Show also what passed, with what was looked at, and what did not apply; every place; and the names
            that the publication uses.

        quiet: Show only what makes the run fail: results of the kinds in *failing*, rules that could not be run,
            and a message that was not judged.

        failing: The kinds that make the run fail; of interest with *quiet* only.
    """
    paint = _coloured if colour else _plain
    if is_unjudged(report):
        return _joined([_unjudged(report, paint)])
    shown = _quiet_kinds(failing) if quiet else frozenset(Kind) if verbose else frozenset(Kind) - _ONE_LINE
    blocks = [
        line
        for result in report.results
        if kind_of(result) in shown or (not quiet and _is_listed(result))
        for line in _block(report, result, paint, verbose=verbose)
    ]
    if quiet:
        return _joined(blocks)
    return _joined([_header(report, verbose=verbose), *blocks, _closing(report, paint)])


def render_summary(tally: Tally, *, quiet: bool = False) -> str:
    """
    One line over all messages; nothing when there was one only, or with *quiet*.
    """
    if quiet or tally.messages == 1:
        return ""
    verdicts = [f"{tally.verdicts[each]} {each}" for each in Verdict if tally.verdicts[each]]
    told = f": {', '.join(verdicts)}" if verdicts else ""
    counts = f"; {_counts(tally)}" if tally.kinds else ""
    return _joined([f"{tally.messages} messages{told}{counts}"])


def render_nothing(name: str, left_out: int) -> str:
    """
    One line for a folder or an archive in which nothing is a message; *left_out* is the number of other files in it.
    """
    files = "1 file does" if left_out == 1 else f"{left_out:,} files do"
    why = f"{files} not end in .xml or .dat" if left_out else "it is empty"
    return _joined([f"{visible(name)}: nothing in it is a message; {why}"])


def render_waivers(notes: Iterable[WaiverNote], *, colour: bool = False) -> str:
    """
    One line for each waiver that waived nothing, and why.
    """
    from itk3_validator.report.waived import Standing

    paint = _coloured if colour else _plain
    return _joined(_note(each, paint) for each in notes if each.standing is not Standing.USED)


def _note(note: WaiverNote, paint: Paint) -> str:
    label = paint(note.standing.upper(), _YELLOW)
    return f"{_place(note.file, note.line, note.column)}: {label} {visible(note.rule)}: {visible(note.why)}"


def _is_listed(result: Result) -> bool:
    """
    Whether a waived result is shown unasked: a waiver is somebody's word, while a baseline may hold thousands.
    """
    return result.waiver is not None and result.waiver.by == "waiver"


def _quiet_kinds(failing: Collection[Kind]) -> frozenset[Kind]:
    return frozenset({*failing, Kind.ERROR})


def _unjudged(report: Report, paint: Paint) -> str:
    label = paint(report.verdict.upper(), _YELLOW if report.verdict is Verdict.UNRECOGNISED else _RED)
    reason = visible(report.reason or "", longest=_LONGEST_SENTENCE)
    return f"{_place(report.source, report.line, report.column)}: {label} {reason}".rstrip()


def _header(report: Report, *, verbose: bool) -> str:
    pack = f"{report.pack} {report.pack_version}" if report.pack_version else report.pack
    published = f" (published as {', '.join(report.published_as)})" if verbose and report.published_as else ""
    parts = [
        pack,
        f"interaction {report.interaction}{published}" if report.interaction else None,
        report.recognised_by,
    ]
    return f"{visible(report.source)}: {visible(', '.join(each for each in parts if each))}"


def _closing(report: Report, paint: Paint) -> str:
    verdict = paint(report.verdict.value, _VERDICT_COLOURS.get(report.verdict, _RED))
    return f"{visible(report.source)}: {verdict}: {_counts(Tally().plus(report)) or 'no rule was asked'}"


def _counts(tally: Tally) -> str:
    return ", ".join(f"{tally.kinds[kind]} {_plural(kind, tally.kinds[kind])}" for kind in Kind if tally.kinds[kind])


def _plural(kind: Kind, number: int) -> str:
    return f"{kind}s" if kind in {Kind.WARNING, Kind.NOTE} and number != 1 else kind.value


def _block(report: Report, result: Result, paint: Paint, *, verbose: bool) -> Iterator[str]:
    kind = kind_of(result)
    label = paint(_LABELS[kind], _COLOURS.get(kind, ""))
    places = sorted(zip_longest(result.findings, result.excerpts), key=_is_known) if result.findings else []
    first = places[0][0] if places else None
    yield f"{_head(report, first)}: {label} {visible(result.id)} {visible(result.text)}"
    if result.message and result.message != result.text:
        yield f"  {visible(result.message, longest=_LONGEST_SENTENCE)}"
    if kind in _ONE_LINE:
        waived = result.waiver.in_words() if result.waiver is not None else None
        yield from _labelled([("seen", result.seen), ("waived", waived)])
        return
    most = len(places) if verbose else _MOST_PLACES
    for number, (finding, excerpt) in enumerate(places[:most]):
        if number:
            known = ", known since the baseline" if finding.known else ""
            yield f"{_head(report, finding)}: {label} {visible(result.id)} also here{known}"
        yield from _finding(finding, excerpt, paint)
    if len(places) > most:
        yield f"  and {len(places) - most:,} more places; --verbose shows all"
    yield from _advice(result, kind, verbose=verbose)


def _is_known(place: tuple[Finding, Excerpt | None]) -> bool:
    # What is new comes first.
    return place[0].known


def _head(report: Report, finding: Finding | None) -> str:
    return _place(report.source, finding.line if finding else None, finding.column if finding else None)


def _place(source: str, line: int | None, column: int | None) -> str:
    numbers = "" if line is None else f":{line}" if column is None else f":{line}:{column}"
    return f"{visible(source)}{numbers}"


def _finding(finding: Finding, excerpt: Excerpt | None, paint: Paint) -> Iterator[str]:
    yield from _labelled(
        [
            ("expected", finding.expected),
            ("found", ", ".join(_value(each) for each in finding.found)),
            ("at", finding.xpath),
        ]
    )
    if excerpt is None or not excerpt.text.strip():
        return
    text, caret = source_line(excerpt.text, excerpt.caret)
    number = "" if excerpt.line is None else str(excerpt.line)
    yield f"  {number:>7} | {text}"
    if caret is not None:
        yield f"  {'':7} | {caret[:-1]}{paint('^', _GREEN)}"


def _value(value: str) -> str:
    return f"'{value}'" if value.strip() != value or not value else value


def _advice(result: Result, kind: Kind, *, verbose: bool) -> Iterator[str]:
    failed = kind in {Kind.FAILED, Kind.WARNING, Kind.NOTE}
    yield from _labelled([("remedy", result.remedy), ("answer", _answer(result))] if failed else [])
    if verbose:
        yield from _labelled([("part", result.part), ("source", result.source), ("link", result.link)])


def _answer(result: Result) -> str | None:
    return f"response code {result.response_code}" if result.response_code else None


def _labelled(pairs: Iterable[tuple[str, str | None]]) -> Iterator[str]:
    for label, value in pairs:
        if value:
            yield f"  {label + ':':<9} {visible(value)}"


def _plain(text: str, _code: str) -> str:
    return text


def _coloured(text: str, code: str) -> str:
    return f"\x1b[{code}m{text}\x1b[0m" if code else text


def _joined(lines: Iterable[str]) -> str:
    return "".join(f"{harmless(line)}\n" for line in lines)
