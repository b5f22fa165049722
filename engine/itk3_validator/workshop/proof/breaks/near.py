"""
Near misses of a value: what people and systems write instead of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

OTHER = "something-else"


def near_misses(value: str) -> Iterator[tuple[str, str]]:
    """
    What the value is made, in words, and the new value: each another than *value*.
    """
    yield "the value is another", OTHER if value != OTHER else f"{OTHER}-2"
    if value in ("true", "false"):
        yield "the value is the opposite", "false" if value == "true" else "true"
        yield "the value is a number for a boolean", "1" if value == "true" else "0"
    for words, text in (
        ("the value is in capitals", value.upper()),
        ("the value is in small letters", value.lower()),
    ):
        if text != value:
            yield words, text
    more = "0" if value[-1:].isdigit() else "x"
    yield "the value has a character more at its end", f"{value}{more}"
    yield "the value has a character more in front", f"{more}{value}"
    if len(value) > 1:
        yield "the value lacks its last character", value[:-1]
    yield "the value has a space in front", f" {value}"
    yield "the value has a space at its end", f"{value} "


def misses(value: str, accepted: Callable[[str], bool]) -> Iterator[tuple[str, str]]:
    """
    The near misses that the check does not name itself as good.
    """
    for words, text in near_misses(value):
        if text.strip() and not accepted(text):
            yield words, text
