"""
``python -m itk3_validator`` is the command ``itk3``.
"""

from __future__ import annotations

from itk3_validator.adapters.cli import run

run()
