"""
The page of each kind of problem, and the list of them all, as Markdown.
"""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import dedent, indent, wrap

from itk3_validator.workshop.lint.kind import Kind
from itk3_validator.workshop.lint.registry import KINDS

_GENERATED = "<!-- Generated from engine/itk3_validator/workshop/lint by `make generated`. -->"
_WIDTH = 120


def pages() -> Mapping[str, str]:
    """
    The content of every file in ``docs/lint``, by its name.
    """
    return {"README.md": _index(), **{f"{code}.md": f"{_GENERATED}\n{page(kind)}" for code, kind in KINDS.items()}}


def page(kind: Kind) -> str:
    """
    One kind: what it is, why it matters, an example and its mended form.
    """
    effect = "The pack is refused: no message is judged by it." if kind.loaded else "The pack can be used nevertheless."
    parts = [
        f"# {kind.code}",
        f"{kind.title}. {effect}",
        "\n".join(wrap(kind.why, _WIDTH, break_on_hyphens=False)),
        "## Wrong",
        indent(dedent(kind.bad).rstrip(), "    "),
        "## Right",
        indent(dedent(kind.good).rstrip(), "    "),
    ]
    return "\n\n".join(parts) + "\n"


def _index() -> str:
    rows = [f"| [{code}]({code}.md) | {kind.title} |" for code, kind in KINDS.items() if not kind.loaded]
    refused = [f"| [{code}]({code}.md) | {kind.title} |" for code, kind in KINDS.items() if kind.loaded]
    head = ["| code | problem |", "|---|---|"]
    return "\n".join(
        [
            _GENERATED,
            "# What `itk3 lint` finds",
            "",
            "`itk3 lint --explain CODE` shows the same pages.",
            "",
            "## Found by lint",
            "",
            *head,
            *rows,
            "",
            "## Refused when a pack is loaded",
            "",
            *head,
            *refused,
            "",
        ]
    )
