"""
Pictures of counts as SVG: a bar of parts, and bars over time. The numbers themselves stand beside them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Final, NamedTuple

from itk3_validator.report.markup import Element, element

_HEIGHT: Final = 100
# However few they are, they are seen.
_LEAST: Final = 1.5
_MOST_SLOTS: Final = 800


class Part(NamedTuple):
    """
    A stretch of a bar: its colour is that of the class.
    """

    style: str
    messages: int


class Bar(NamedTuple):
    """
    A bar among others; *name* is its place in time, such as ``2026-03-01``.
    """

    name: str
    parts: Sequence[Part]

    @property
    def total(self) -> int:
        return sum(each.messages for each in self.parts)


def bar(parts: Sequence[Part], *, large: bool = False) -> Element:
    """
    The parts side by side, each as wide as its share; what stands beside the bar says the same in words.
    """
    whole = sum(each.messages for each in parts)
    made = element(
        "svg",
        viewBox="0 0 100 10",
        preserveAspectRatio="none",
        class_="bar large" if large else "bar",
        aria_hidden="true",
        focusable="false",
    )
    at = 0.0
    for each, width in zip(parts, _widths(parts, whole), strict=True):
        if width:
            made.append(_box(each.style, at, 0, width, 10))
            at += width
    return made


def bars_over_time(bars: Sequence[Bar], *, label: str) -> Element:
    """
    Bars from left to right, as high as their counts; a time without a bar is a gap.
    """
    slots = _slots([each.name for each in bars])
    most = max((each.total for each in bars), default=0)
    made = element(
        "svg",
        viewBox=f"0 0 {slots[-1] + 1 if slots else 1} {_HEIGHT}",
        preserveAspectRatio="none",
        class_="times",
        role="img",
        aria_label=label,
        focusable="false",
    )
    for each, slot in zip(bars, slots, strict=True):
        bottom = float(_HEIGHT)
        for part in each.parts:
            if part.messages:
                height = max(_LEAST, _HEIGHT * part.messages / most)
                bottom = max(0.0, bottom - height)
                made.append(_box(part.style, slot + 0.1, bottom, 0.8, height))
    return made


def _widths(parts: Iterable[Part], whole: int) -> list[float]:
    wanted = [max(_LEAST, 100 * each.messages / whole) if each.messages else 0.0 for each in parts]
    return [100 * each / sum(wanted) for each in wanted] if any(wanted) else wanted


def _slots(names: Sequence[str]) -> list[int]:
    """
    Where each time stands: by the calendar, or one after the other where that would be mostly gaps.
    """
    numbers = [_number(each) for each in names]
    if not numbers or numbers[-1] - numbers[0] >= _MOST_SLOTS:
        return list(range(len(names)))
    return [each - numbers[0] for each in numbers]


def _number(name: str) -> int:
    year, *rest = (int(each) for each in name.split("-"))
    if len(rest) == 2:
        return date(year, *rest).toordinal()
    return year * 12 + rest[0] if rest else year


def _box(style: str, x: float, y: float, width: float, height: float) -> Element:
    numbers = {"x": x, "y": y, "width": width, "height": height}
    return element(
        "rect", class_=style, **{name: f"{value:.2f}".rstrip("0").rstrip(".") for name, value in numbers.items()}
    )
