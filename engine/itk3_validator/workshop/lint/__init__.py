"""
Lint: everything that is wrong in rule files, what loading refuses and what it cannot see.
"""

from __future__ import annotations

from itk3_validator.workshop.lint.excerpt import Excerpts
from itk3_validator.workshop.lint.kind import Kind
from itk3_validator.workshop.lint.pages import page
from itk3_validator.workshop.lint.registry import KINDS
from itk3_validator.workshop.lint.render import render_github, render_json, render_text
from itk3_validator.workshop.lint.run import Linted, lint

__all__ = ["KINDS", "Excerpts", "Kind", "Linted", "lint", "page", "render_github", "render_json", "render_text"]
