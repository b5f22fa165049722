"""
Explanations as text for people.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from itk3_validator.report.visible import visible
from itk3_validator.workshop.explaining.topics import Explanation

_LONGEST = 4_000


def render_explanations(explanations: Iterable[Explanation]) -> str:
    """
    One after the other, with a blank line between.
    """
    return "\n".join("".join(f"{line}\n" for line in _lines(each)) for each in explanations)


def _lines(explanation: Explanation) -> Iterator[str]:
    yield visible(explanation.title, longest=_LONGEST)
    if explanation.packs:
        noun = "pack" if len(explanation.packs) == 1 else "packs"
        yield f"  {noun + ':':<14} {', '.join(explanation.packs)}"
    for line in explanation.lines:
        yield visible(line, longest=_LONGEST).rstrip()
