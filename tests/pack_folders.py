"""
Packs written for one test: a folder beside others, and what is loaded from it.
"""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

from itk3_validator import RulePack, load_pack

HEAD = "pack: {}\nversion: 1.0.0\ntitle: Example\nsource: {{document: Example}}\n"


def write(at: Path, name: str, content: str = "", files: dict[str, str] | None = None) -> Path:
    """
    Write a pack into the folder *name* below *at*: its head, *content* below it, and further files.
    """
    folder = at / name
    for file, text in {"pack.yaml": HEAD.format(name) + dedent(content), **(files or {})}.items():
        path = folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text), encoding="utf-8")
    return folder


def derived(at: Path, base: str, content: str, *, trust: bool = False) -> RulePack:
    """
    The pack `new`, which extends the pack `base`; both are written first.
    """
    write(at, "base", base)
    return load_pack(write(at, "new", "extends: [base@1]\n" + dedent(content)), trust=trust)


def rules(pack: RulePack) -> dict[str, object]:
    return {rule.id: rule for rule in pack.rules}


def options(pack: RulePack, rule: str) -> object:
    """
    The options of the first check of a rule.
    """
    return rules(pack)[rule].check[0].options
