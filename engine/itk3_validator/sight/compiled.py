"""
The compiled part of the engine, where there is one that fits.
"""

from __future__ import annotations

import warnings
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from itk3_validator.sight.scanner import Scanner

_NAME = "itk3_validator.sight.scanner"


def scanner() -> type[Scanner] | None:
    """
    What scans messages; None where every message is to be parsed.

    A module that cannot be loaded, or is older than the source beside it, is told of and left alone: an install that
    can be edited has one from before the last change.
    """
    try:
        module = import_module(_NAME)
    except ModuleNotFoundError as error:
        if error.name == _NAME:
            return None
        raise
    except ImportError as error:
        # Python's own words, about a module and not about a message.
        _tell(f"cannot be loaded ({error}); install it anew")
        return None
    if _is_stale(module):
        _tell("is older than its source; run python .ci/compile_scanner.py")
        return None
    found: type[Scanner] = module.Scanner
    return found


def _is_stale(module: ModuleType) -> bool:
    made = Path(module.__file__ or "")
    sources = [each for each in made.parent.glob("scanner*.p*") if each.suffix in (".pyx", ".pxi")]
    return bool(sources) and max(each.stat().st_mtime_ns for each in sources) > made.stat().st_mtime_ns


def _tell(what: str) -> None:
    warnings.warn(f"the compiled part of itk3-validator {what}. Messages are judged without it.", stacklevel=3)
