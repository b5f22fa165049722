"""
Writes the pages of lint into a checkout, and removes those of kinds that are no more:
``python -m itk3_validator.tools.lint_pages``.
"""

from __future__ import annotations

from pathlib import Path

from itk3_validator.workshop.lint.pages import pages


def write(checkout: Path) -> None:
    """
    Write ``docs/lint`` below the top folder of a checkout.
    """
    folder = checkout / "docs" / "lint"
    folder.mkdir(parents=True, exist_ok=True)
    for old in sorted(folder.glob("*.md")):
        if old.name not in pages():
            old.unlink()
    for name, text in pages().items():
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write(Path.cwd())
