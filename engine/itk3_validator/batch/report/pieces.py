"""
What the sections of the page share: colours, pictures, and what keeps the page small.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, TypeVar

from itk3_validator.batch.report import words
from itk3_validator.batch.report.bars import Part, bar
from itk3_validator.finding import Verdict
from itk3_validator.report.kinds import Kind
from itk3_validator.report.markup import Element, element, markup
from itk3_validator.report.visible import visible

Name = TypeVar("Name")

LONGEST: Final = 300
STYLES: Final = {
    Kind.FAILED: "b-fail",
    Kind.ERROR: "b-error",
    Kind.WARNING: "b-warn",
    Kind.NOTE: "b-note",
    Kind.UNDECIDED: "b-open",
    Kind.WAIVED: "b-waived",
    Kind.PASSED: "b-pass",
    Kind.NOT_APPLICABLE: "b-idle",
}
VERDICT_STYLES: Final = {
    Verdict.INVALID: "b-fail",
    Verdict.ERROR: "b-error",
    Verdict.UNREADABLE: "b-warn",
    Verdict.UNRECOGNISED: "b-idle",
    Verdict.UNDECIDED: "b-open",
    Verdict.VALID: "b-pass",
}


def picture(numbers: Mapping[Kind, int], *, large: bool = False) -> Element:
    """
    What a requirement came to, as a bar.
    """
    return bar([Part(STYLES[each], numbers.get(each, 0)) for each in words.ORDER], large=large)


def swatch(style: str) -> Element:
    """
    A colour, for a legend.
    """
    return element(
        "svg",
        element("rect", class_=style, width="10", height="10"),
        viewBox="0 0 10 10",
        class_="swatch",
        aria_hidden="true",
        focusable="false",
    )


def within(most: int, made: Iterable[tuple[Name, Element]]) -> Iterator[tuple[Name, str]]:
    """
    As many of the elements, in their order, as take no more than *most* bytes.
    """
    used = 0
    for name, each in made:
        text = markup(each)
        used += len(text.encode())
        if used > most:
            return
        yield name, text


def left_out(number: int, what: str, where: str) -> Iterator[str]:
    """
    How many are not told here, and where they are; nothing when none is left out.
    """
    if number:
        yield markup(element("p", f"and {words.told(number, f'more {what}')}; {where}", class_="faint"))


def short(text: str) -> str:
    """
    A text of at most 300 characters, made visible.
    """
    return visible(text, longest=LONGEST)
