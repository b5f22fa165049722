"""
Packs for the tests of lint: pieces of a rule file below a head that has nothing wrong with it.
"""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

from itk3_validator.errors import Problem
from itk3_validator.workshop.lint import lint

HEAD = """\
pack: small
version: 1.0.0
title: A pack of a test
source: {document: a test}
"""
INTERACTION = "interactions: {letter: {clues: {/f:Bundle/f:type: {equals: document}}}}\n"
BUNDLE = "/f:Bundle/f:entry/f:resource/"
HEADER = f"{BUNDLE}f:MessageHeader"


def write(folder: Path, text: str, *, name: str = "small") -> Path:
    text = dedent(text)
    head = HEAD.replace("small", name) + ("" if "\ninteractions:" in f"\n{text}" else INTERACTION)
    pack = folder / name
    pack.mkdir(parents=True, exist_ok=True)
    (pack / "pack.yaml").write_text(head + text, encoding="utf-8")
    return pack


def linted(folder: Path, text: str) -> tuple[Problem, ...]:
    return lint([write(folder, text)]).problems


def rule(check: str, *, text: str = "Something is so.", more: str = "", selectors: str = "") -> str:
    """
    A pack of one rule; its lines can be told by what stands in them.
    """
    named = f"selectors: {{{selectors}}}\n" if selectors else ""
    return f'{named}rules:\n  - id: R-1\n    text: "{text}"\n    source: page 1\n{more}    check: {{{check}}}\n'


def told(folder: Path, text: str) -> list[str]:
    """
    Every problem as "code line:column of the piece".
    """
    pack = write(folder, text)
    before = (pack / "pack.yaml").read_text(encoding="utf-8").count("\n") - dedent(text).count("\n")
    return [f"{each.code} {each.line - before}:{each.column}" for each in lint([pack]).problems]
