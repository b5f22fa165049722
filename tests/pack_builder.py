"""
Small packs and messages for tests: a pack is YAML text in a folder, a message is real XML.
"""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

from itk3_validator import Validator

FHIR = "http://hl7.org/fhir"

# Every message is of the one interaction, whatever it holds.
HEAD = """\
pack: {name}
version: 1.0.0
title: A pack of a test
source: {{document: a test}}
interactions: {{letter: {{}}}}
"""


def write_pack(folder: Path, text: str, *, name: str = "small", files: dict[str, str] | None = None) -> Path:
    """
    Write a pack below *folder*; *text* follows a head that names it and gives it the interaction ``letter``.

    A *text* with an ``interactions:`` of its own takes the place of that one. *files* are further files of the pack.
    """
    text = dedent(text)
    head = HEAD.format(name=name)
    if "\ninteractions:" in f"\n{text}":
        head = head.replace("interactions: {letter: {}}\n", "")
    pack = folder / name
    pack.mkdir(parents=True, exist_ok=True)
    (pack / "pack.yaml").write_text(head + text, encoding="utf-8")
    for path, content in (files or {}).items():
        (pack / path).parent.mkdir(parents=True, exist_ok=True)
        (pack / path).write_text(content, encoding="utf-8")
    return pack


def validator(folder: Path, text: str, **more: object) -> Validator:
    """
    A validator of one small pack that shows all values.
    """
    return Validator(packs=[write_pack(folder, text, **more)], show_values=True)  # type: ignore[arg-type]


def message(*lines: str, root: str = "Bundle") -> bytes:
    """
    A message with these lines inside its root: the first of them is line 2.
    """
    return "\n".join([f'<{root} xmlns="{FHIR}">', *lines, f"</{root}>"]).encode()


def entry(resource: str, url: str = "") -> str:
    """
    An entry with this resource, on one line.
    """
    full = f'<fullUrl value="{url}"/>' if url else ""
    return f"<entry>{full}<resource>{resource}</resource></entry>"
