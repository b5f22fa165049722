"""
The report of a batch run as text for people.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from itk3_validator.batch.report import words
from itk3_validator.batch.report.model import BatchReport, Example, Groups, Requirement, Seen
from itk3_validator.report.visible import harmless, visible

Row = Sequence[str | int]

_MOST_TIMES = 40


def render(report: BatchReport) -> str:
    """
    Totals, requirements, examples, and the messages by sender, time and source.
    """
    sections = (
        _totals(report),
        _requirements(report.requirements),
        _examples(report.requirements),
        _groups("By sender", "sender", report.senders, report),
        _groups(f"By {report.unit}", report.unit, report.times, report, newest=_MOST_TIMES),
        _groups("By source", "source", report.sources, report),
        _reasons(report),
        *(_codes(words.coverage(rule, codes), codes, 0) for rule, codes in words.by_rule(report.coverage)),
        _codes("Response codes of responses", report.codes, report.codes_left_out),
    )
    return "\n".join("".join(f"{harmless(line)}\n" for line in lines) for each in sections if (lines := list(each)))


def _totals(report: BatchReport) -> Iterator[str]:
    if not report.whole:
        yield words.NOT_WHOLE
    told = [words.told(report.messages, "message"), words.size(report.size)]
    yield ", ".join([*told, words.period(report.first, report.last)] if report.messages else told)
    rows = [
        (report.verdicts[each], words.share(report.verdicts[each], report.messages), each.value)
        for each in words.shown_verdicts(report)
    ]
    yield from _table(rows)
    if together := words.together(report):
        yield together
    if report.judged:
        yield from _titled("Judged by", _table((each.messages, words.judge(each)) for each in report.judged))
    if report.unused:
        yield f"  none by {visible(', '.join(report.unused))}"


def _requirements(requirements: Sequence[Requirement]) -> Iterator[str]:
    if not requirements:
        return
    kinds = words.shown_kinds(requirements)
    several = words.several_packs(requirements)
    rows: list[Row] = [
        (*(each.kinds.get(kind, 0) for kind in kinds), each.pack if several else "", _named(each))
        for each in requirements
    ]
    yield words.overview(requirements)
    yield from _table(rows, (*(each.value for each in kinds), "pack", "requirement"))


def _named(requirement: Requirement) -> str:
    over_archive = " (over the archive)" if requirement.over_archive else ""
    return f"{requirement.id} {requirement.text}{over_archive}"


def _examples(requirements: Iterable[Requirement]) -> Iterator[str]:
    for number, each in enumerate(words.with_examples(requirements)):
        if not number:
            yield "Examples"
        yield f"  {visible(each.id)} {visible(each.text)} {words.counts(each.kinds)}"
        for example in each.examples:
            yield from (f"    {line}" for line in _example(example))
        if each.remedy and any(words.is_failure(example) for example in each.examples):
            yield f"    remedy:   {visible(each.remedy, longest=2_000)}"


def _example(example: Example) -> Iterator[str]:
    yield f"{example.outcome.value.upper()} {visible(words.place(example))}"
    for label, value in (
        ("", example.says),
        ("expected:", example.expected),
        ("found:", words.found(example)),
        ("at:", example.xpath),
    ):
        if value:
            yield f"  {label:<9} {visible(value)}" if label else f"  {visible(value)}"


def _groups(title: str, by: str, groups: Groups, report: BatchReport, *, newest: int | None = None) -> Iterator[str]:
    if not report.messages:
        return
    kept = groups.shown if newest is None else groups.shown[-newest:]
    verdicts = words.shown_verdicts(report)
    rows: list[Row] = [
        (each.messages, *(each.verdicts[verdict] for verdict in verdicts), each.name or f"({words.NAMELESS[by]})")
        for each in kept
    ]
    others = report.messages - sum(each.messages for each in kept)
    number = groups.left_out + len(groups.shown) - len(kept)
    if number:
        rest = [report.verdicts[each] - sum(group.verdicts[each] for group in kept) for each in verdicts]
        rows.append((others, *rest, f"({words.told(number, 'other')})"))
    yield from _titled(title, _table(rows, ("messages", *(each.value for each in verdicts), by)))


def _reasons(report: BatchReport) -> Iterator[str]:
    rows = [
        (each.messages, each.verdict.value, f"{each.reason} (such as {each.example})") for each in report.reasons.shown
    ]
    if report.reasons.others:
        rows.append((report.reasons.others, "", "for other reasons"))
    if rows:
        yield from _titled("Not judged, or not in full", _table(rows))


def _codes(title: str, codes: Sequence[Seen], left_out: int) -> Iterator[str]:
    rows = [(each.messages, " ".join(part for part in (each.code, each.display) if part)) for each in codes]
    if rows:
        yield from _titled(title, _table(rows))
    if left_out:
        yield f"  and {left_out:,} more"


def _titled(title: str, lines: Iterable[str]) -> Iterator[str]:
    yield visible(title)
    yield from lines


def _table(rows: Iterable[Row], head: Sequence[str] | None = None) -> Iterator[str]:
    """
    Aligned columns; numbers to the right, and the last column as it is.
    """
    cells = [[f"{each:,}" if isinstance(each, int) else visible(each) for each in row] for row in rows]
    written = [list(head), *cells] if head else cells
    # A column that says nothing is left out.
    kept = [at for at in range(len(written[0])) if any(row[at] for row in cells)] if written else []
    widths = [max(len(row[at]) for row in written) for at in kept[:-1]]
    for row in written:
        yield "  " + "  ".join(
            [*(f"{row[at]:>{width}}" for at, width in zip(kept, widths, strict=False)), row[kept[-1]]]
        )
