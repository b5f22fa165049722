"""
What is made when it is first used: names of a package, regular expressions.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from typing import Any, AnyStr, cast


def names(package: str, homes: Mapping[str, Iterable[str]]) -> Callable[[str], Any]:
    """
    The ``__getattr__`` of a package that imports its names one by one (PEP 562).

    Args:
        homes: module inside the package to the names that it offers.
    """
    modules = {name: f"{package}.{module}" for module, offered in homes.items() for name in offered}

    def get(name: str) -> Any:
        if name not in modules:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        found = getattr(import_module(modules[name]), name)
        setattr(sys.modules[package], name, found)
        return found

    return get


def pattern(text: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """
    A regular expression; compiling one takes 0.1 to 0.5 ms, and a message needs few of those that there are.
    """
    return cast("re.Pattern[AnyStr]", _Pattern(text, flags))


class _Pattern:
    """
    Has the methods of a compiled pattern, each taken over when it is first called.
    """

    def __init__(self, text: str | bytes, flags: int) -> None:
        self.pattern = text
        self._flags = flags

    def __getattr__(self, name: str) -> Any:
        found = getattr(re.compile(self.pattern, self._flags), name)
        setattr(self, name, found)
        return found
