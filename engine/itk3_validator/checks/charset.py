"""
Sets of characters as sorted ranges of code points; one place past the last stands for the end of a value.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

CharSet: TypeAlias = tuple[tuple[int, int], ...]

LAST = 0x10FFFF
END: CharSet = ((LAST + 1, LAST + 1),)
ANY: CharSet = ((0, LAST),)


def union(*sets: Iterable[tuple[int, int]]) -> CharSet:
    """
    Everything that is in one of *sets*, as sorted ranges that do not touch.
    """
    merged: list[tuple[int, int]] = []
    for low, high in sorted(span for each in sets for span in each):
        if merged and low <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(high, merged[-1][1]))
        else:
            merged.append((low, high))
    return tuple(merged)


def all_but(chars: CharSet) -> CharSet:
    """
    Every character that is not in *chars*.
    """
    left: list[tuple[int, int]] = []
    start = 0
    for low, high in chars:
        if start < low:
            left.append((start, low - 1))
        start = high + 1
    if start <= LAST:
        left.append((start, LAST))
    return tuple(left)


def overlap(one: CharSet, other: CharSet) -> bool:
    """
    Whether a character, or the end, is in both.
    """
    return any(low <= high2 and low2 <= high for low, high in one for low2, high2 in other)


def of(text: str) -> CharSet:
    """
    The characters of *text*.
    """
    return union((ord(each), ord(each)) for each in text)


DIGITS: CharSet = ((0x30, 0x39),)
SPACES = of(" \t\n\r\f\v")
WORD = union(DIGITS, ((0x41, 0x5A), (0x5F, 0x5F), (0x61, 0x7A)))
