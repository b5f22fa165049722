"""
Commands and their output as the pages show them: blocks that begin with `    $ itk3 ...`.
"""

from __future__ import annotations

import re
import shlex
from typing import NamedTuple

from itk3_validator.adapters.cli import main

_BLOCK = re.compile(r"^ {4}\$ itk3 (?P<command>.*)\n(?P<output>(?:^(?: {4}(?!\$).*)?\n)*)", re.MULTILINE)
_COUNT = re.compile(r"\b\d+ (?=passed|not applicable)")


class Shown(NamedTuple):
    """
    One command of a page, and the output that it shows; how many rules passed or did not apply is left open.
    """

    arguments: tuple[str, ...]
    output: str


def shown(page: str) -> tuple[Shown, ...]:
    return tuple(
        Shown(tuple(shlex.split(block["command"])), _plain(re.sub(r"^ {4}", "", block["output"], flags=re.MULTILINE)))
        for block in _BLOCK.finditer(page)
    )


def run(arguments: tuple[str, ...], capsys, **instead: str) -> str:
    """
    What the command really prints; *instead* holds what stands in the page for a real path.
    """
    main([_replaced(each, instead) for each in arguments])
    captured = capsys.readouterr()
    real = captured.out + captured.err
    for shown_path, path in instead.items():
        real = real.replace(path, shown_path)
    return _plain(real)


def _replaced(text: str, instead: dict[str, str]) -> str:
    for shown_path, path in instead.items():
        text = text.replace(shown_path, path)
    return text


def _plain(output: str) -> str:
    return _COUNT.sub("N ", output.strip())
