"""
Command lines with nothing unusual in them, read without argparse, which takes 5 ms to import and to set up.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import SimpleNamespace
from typing import Any

from itk3_validator.adapters.options import Option, Shape

_MANY = (Shape.TEXTS, Shape.FACTS)


def plain(arguments: Sequence[str], options: Iterable[Option]) -> SimpleNamespace | None:
    """
    What argparse makes of messages and options.

    None when argparse has to be asked: there is a mistake, `--help`, a short option, an empty value, a value or message
    that begins with a dash, or no message at all.
    """
    known = {option.name: option for option in options}
    values: dict[str, Any] = {option.key: None for option in known.values()}
    messages = []
    words = iter(arguments)
    for word in words:
        if not word.startswith("-") or word == "-":
            messages.append(word)
        elif not (word.startswith("--") and _put(values, word[2:], words, known)):
            return None
    return SimpleNamespace(message=messages, **values) if messages else None


def _put(values: dict[str, Any], word: str, words: Iterator[str], known: Mapping[str, Option]) -> bool:
    """
    Read one option, with its value; False when it is not plain.
    """
    name, equals, value = word.partition("=")
    option = known.get(name) or known.get(name.removeprefix("no-"))
    if option is None:
        return False
    if option.shape is Shape.SWITCH:
        values[option.key] = name == option.name
        return not equals
    if not equals:
        value = next(words, "")
    values[option.key] = [*(values[option.key] or ()), value] if option.shape in _MANY else value
    return name == option.name and value != "" and (bool(equals) or not value.startswith("-"))
