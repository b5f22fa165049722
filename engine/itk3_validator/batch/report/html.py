"""
The report of a batch run as one HTML page that works offline. Its size is bounded, whatever the run holds.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Sequence
from typing import Final

from itk3_validator.batch.report import words
from itk3_validator.batch.report.bars import Bar, Part, bar, bars_over_time
from itk3_validator.batch.report.examples import anchor, articles, examples
from itk3_validator.batch.report.model import BatchReport, Group, Groups, Requirement, Seen
from itk3_validator.batch.report.pieces import LONGEST, STYLES, VERDICT_STYLES, left_out, picture, short, swatch, within
from itk3_validator.finding import Verdict
from itk3_validator.report.kinds import Kind
from itk3_validator.report.markup import Child, Element, element, markup, table
from itk3_validator.report.page import page_closing, page_opening
from itk3_validator.report.visible import visible

# Bytes; with the examples, and what is bounded by its number of rows, the page stays under 2 MB.
_MOST_REQUIREMENTS: Final = 600_000
_TITLE: Final = "ITK3 batch report"


def render(report: BatchReport, *, name: str, tool_version: str) -> str:
    """
    The page.

    Args:
        name: what the run is called.
    """
    shown = articles(report.requirements)
    sections = {
        "requirements": ("By requirement", _requirements(report.requirements, shown)),
        "examples": ("Examples", examples(report.requirements, shown)),
        "reasons": ("Not judged, or not in full", _reasons(report)),
        "senders": ("By sender", _groups("sender", report.senders, report)),
        "times": (f"By {report.unit}", _times(report)),
        "sources": ("By source", _groups("source", report.sources, report)),
        "codes": ("Codes", _codes(report)),
    }
    written = {key: (title, "\n".join(pieces)) for key, (title, pieces) in sections.items()}
    kept = {key: (title, text) for key, (title, text) in written.items() if text}
    contents = element("ul", *(element("li", element("a", title, href=f"#{key}")) for key, (title, _) in kept.items()))
    head = element(
        "header",
        element("h1", _TITLE),
        element("p", "Run ", element("code", short(name))),
        element("nav", contents, aria_label="Contents") if kept else None,
    )
    body = [
        f'<section id="{key}">{markup(element("h2", title))}\n{text}\n</section>' for key, (title, text) in kept.items()
    ]
    footer = element("footer", element("p", f"itk3-validator {tool_version}"))
    return "".join(
        [
            page_opening(_TITLE),
            f"{markup(head)}\n<main>\n<section>",
            "\n".join(markup(each) for each in _totals(report)),
            "</section>\n",
            "\n".join(body),
            f"\n</main>\n{markup(footer)}\n",
            page_closing(),
        ]
    )


def _totals(report: BatchReport) -> Iterator[Element]:
    yield element("h2", "The whole run" if report.whole else "The run so far")
    if not report.whole:
        yield element("p", element("strong", words.NOT_WHOLE))
    told = [words.told(report.messages, "message")]
    if report.messages:
        told += [words.size(report.size), words.period(report.first, report.last)]
    yield element("p", ", ".join(told), class_="lead")
    verdicts = words.shown_verdicts(report)
    yield bar([Part(VERDICT_STYLES[each], report.verdicts[each]) for each in verdicts], large=True)
    shown: Iterable[list[Child]] = (
        [
            swatch(VERDICT_STYLES[each]),
            element("strong", f"{report.verdicts[each]:,}"),
            f" {each.value} ({words.share(report.verdicts[each], report.messages)})",
        ]
        for each in verdicts
    )
    yield element("ul", *(element("li", *each) for each in shown), class_="legend")
    if together := words.together(report):
        yield element("p", together)
    rows: Iterable[list[Child | int]] = ([words.judge(each), each.messages] for each in report.judged)
    if report.judged:
        yield table(("Judged by", "Messages"), rows, caption="Messages by pack and interaction")
    if report.unused:
        yield element("p", f"No message was judged by {short(', '.join(report.unused))}.", class_="faint")


def _requirements(requirements: Sequence[Requirement], told: Container[int]) -> Iterator[str]:
    if not requirements:
        return
    kinds = words.shown_kinds(requirements)
    yield markup(element("p", words.overview(requirements)))
    yield markup(element("ul", *(element("li", swatch(STYLES[each]), each.value) for each in kinds), class_="legend"))
    several = words.several_packs(requirements)
    rows = (
        (
            number,
            element("tr", *_requirement(each, kinds, several=several, at=anchor(number) if number in told else None)),
        )
        for number, each in enumerate(requirements)
    )
    shown = [row for _, row in within(_MOST_REQUIREMENTS, rows)]
    head = element(
        "tr",
        element("th", "Requirement", scope="col"),
        *(element("th", each.value.capitalize(), scope="col", class_="number") for each in kinds),
        element("th", "Picture", scope="col"),
    )
    caption = "Messages by requirement and outcome, the worst first"
    yield f'<div class="wide" role="group" aria-label="{caption}" tabindex="0"><table class="requirements">'
    yield f"{markup(element('caption', element('span', caption)))}<thead>{markup(head)}</thead><tbody>"
    yield from shown
    yield "</tbody></table></div>"
    yield from left_out(len(requirements) - len(shown), "requirement", "--format csv tells all")


def _requirement(
    requirement: Requirement, kinds: Sequence[Kind], *, several: bool, at: str | None
) -> Iterator[Element]:
    name = element("code", short(requirement.id))
    about = [
        *([short(requirement.pack)] if several else []),
        *(["over the archive"] if requirement.over_archive else []),
    ]
    numbers = requirement.kinds
    yield element(
        "th",
        element("a", name, href=f"#{at}") if at else name,
        " ",
        element("span", short(requirement.text), class_="text"),
        element("span", f" ({', '.join(about)})", class_="faint") if about else None,
        scope="row",
    )
    for each in kinds:
        count = numbers.get(each, 0)
        yield element("td", f"{count:,}", class_="number" if count else "number none")
    yield element("td", picture(numbers))


def _groups(by: str, groups: Groups, report: BatchReport) -> Iterator[str]:
    if report.messages:
        yield markup(_table_of(by, groups, report, caption=f"Messages by {by}, the most that are not valid first"))


def _table_of(by: str, groups: Groups, report: BatchReport, *, caption: str) -> Element:
    verdicts = words.shown_verdicts(report)
    rows: list[list[Child | int]] = [
        _row(each, visible(each.name, longest=LONGEST) if each.name else f"({words.NAMELESS[by]})", verdicts)
        for each in groups.shown
    ]
    if groups.left_out:
        rows.append(_row(groups.others, f"and {words.told(groups.left_out, 'other')}", verdicts))
    head = (by.capitalize(), "Messages", *(each.value.capitalize() for each in verdicts), "Picture")
    return table(head, rows, caption=caption)


def _row(group: Group, name: str, verdicts: Sequence[Verdict]) -> list[Child | int]:
    picture = bar([Part(VERDICT_STYLES[each], group.verdicts[each]) for each in verdicts])
    return [name, group.messages, *(group.verdicts[each] for each in verdicts), picture]


def _times(report: BatchReport) -> Iterator[str]:
    dated = [each for each in report.times.shown if each.name is not None]
    if dated:
        verdicts = words.shown_verdicts(report)
        upward = [*verdicts[::-1]]
        most = max(dated, key=lambda each: each.messages)
        label = (
            f"Messages by {report.unit} from {dated[0].name} to {dated[-1].name}; "
            f"most on {most.name}: {words.told(most.messages, 'message')}. The table below has the numbers."
        )
        bars = [
            Bar(each.name or "", [Part(VERDICT_STYLES[verdict], each.verdicts[verdict]) for verdict in upward])
            for each in dated
        ]
        yield markup(
            element(
                "div",
                element("p", f"{most.messages:,} at most, on {most.name}", class_="faint"),
                bars_over_time(bars, label=label),
                element("p", element("span", dated[0].name), element("span", dated[-1].name), class_="axis faint"),
                class_="chart",
            )
        )
    if report.messages:
        caption = f"Messages by {report.unit} in UTC"
        yield markup(
            element(
                "details",
                element("summary", f"Numbers by {report.unit}"),
                _table_of(report.unit, report.times, report, caption=caption),
            )
        )


def _reasons(report: BatchReport) -> Iterator[str]:
    rows: list[list[Child | int]] = [
        [short(each.reason) or "no reason is known", each.verdict.value, each.messages, short(each.example)]
        for each in report.reasons.shown
    ]
    if report.reasons.others:
        rows.append(["other reasons", None, report.reasons.others, None])
    if rows:
        head = ("Reason", "Verdict", "Messages", "Such as")
        yield markup(table(head, rows, caption="Why messages were not judged, or not in full, the most frequent first"))


def _codes(report: BatchReport) -> Iterator[str]:
    for rule, codes in words.by_rule(report.coverage):
        yield _seen(codes, words.coverage(rule, codes))
    if report.codes:
        yield _seen(report.codes, "Response codes of responses")
    yield from left_out(report.codes_left_out, "code", "itk3 batch query finds them")


def _seen(codes: Sequence[Seen], caption: str) -> str:
    most = max(each.messages for each in codes)
    rows: Iterable[list[Child | int]] = (
        [
            element("span", element("code", short(each.code)), f" {short(each.display or '')}".rstrip()),
            each.messages,
            bar([Part("b-note", each.messages), Part("b-none", most - each.messages)]),
        ]
        for each in codes
    )
    return markup(table(("Code", "Messages", "Picture"), rows, caption=short(caption)))
