"""
The section of the page that shows examples: of each requirement where it failed, what was found and what to do.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from itk3_validator.batch.report import words
from itk3_validator.batch.report.model import Example, Requirement
from itk3_validator.batch.report.pieces import left_out, picture, short, within
from itk3_validator.finding import Severity
from itk3_validator.report.kinds import Kind, kind
from itk3_validator.report.markup import Element, element, link, markup
from itk3_validator.report.visible import visible

_MOST_BYTES: Final = 700_000
_MOST_OPEN: Final = 20


def articles(requirements: Iterable[Requirement]) -> Mapping[int, str]:
    """
    The requirements with examples by their number, as far as there is room for them.
    """
    made = ((number, _article(number, each)) for number, each in enumerate(requirements) if each.examples)
    return dict(within(_MOST_BYTES, made))


def anchor(number: int) -> str:
    """
    Where the examples of a requirement stand on the page.
    """
    return f"r{number}"


def examples(requirements: Iterable[Requirement], shown: Mapping[int, str]) -> Iterator[str]:
    """
    The section: *shown* are its `articles`, of which the first are open.
    """
    told = list(shown.values())
    yield from told[:_MOST_OPEN]
    folded = told[_MOST_OPEN:]
    if folded:
        # A link into it opens it.
        yield f"<details>{markup(element('summary', words.told(len(folded), 'more requirement')))}"
        yield from folded
        yield "</details>"
    number = sum(1 for each in requirements if each.examples) - len(told)
    yield from left_out(number, "requirement", "itk3 batch query finds them")


def _article(number: int, requirement: Requirement) -> Element:
    numbers = requirement.kinds
    worst = next((each for each in words.ORDER if numbers.get(each)), Kind.UNDECIDED)
    remedy = requirement.remedy if any(words.is_failure(each) for each in requirement.examples) else None
    source = requirement.source or requirement.link
    return element(
        "article",
        element(
            "h3",
            element("span", worst.value, class_="label"),
            " ",
            element("code", short(requirement.id)),
            " ",
            short(requirement.text),
        ),
        element("p", words.counts(numbers)),
        picture(numbers, large=True),
        *(_example(each, requirement.severity) for each in requirement.examples[:1]),
        _folded(requirement.examples[1:], requirement.severity),
        _pairs(
            [
                ("Remedy", element("span", visible(remedy), class_="remedy") if remedy else None),
                ("Level", _text(requirement.level)),
                ("Source", link(requirement.link, short(source)) if source else None),
            ]
        ),
        class_=f"result {worst.value.replace(' ', '-')}",
        id=anchor(number),
    )


def _folded(examples: Sequence[Example], severity: Severity) -> Element | None:
    if not examples:
        return None
    summary = words.told(len(examples), "more example")
    return element("details", element("summary", summary), *(_example(each, severity) for each in examples))


def _example(example: Example, severity: Severity) -> Element:
    found = words.found(example)
    return element(
        "div",
        element("p", f"{kind(example.outcome, severity).value}: {short(example.says)}") if example.says else None,
        _pairs(
            [
                ("Message", _text(words.place(example))),
                ("Place", _code(example.xpath)),
                ("Expected", _code(example.expected)),
                ("Found", _code(f"{found} (values are masked)" if example.masked else found)),
            ]
        ),
        class_="place",
    )


def _pairs(pairs: Iterable[tuple[str, Element | None]]) -> Element:
    told = ((word, child) for word, child in pairs if child is not None)
    return element("dl", *(each for word, child in told for each in (element("dt", word), element("dd", child))))


def _text(text: str) -> Element | None:
    return element("span", short(text)) if text else None


def _code(text: str | None) -> Element | None:
    return element("code", short(text)) if text else None
