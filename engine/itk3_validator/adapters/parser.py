"""
The parser of a command line, for help and for whatever else `plain` does not read.
"""

from __future__ import annotations

import argparse
import os
from typing import NoReturn

from itk3_validator.adapters.status import WRONG


class Parser(argparse.ArgumentParser):
    def __init__(self, name: str, description: str) -> None:
        super().__init__(
            prog=name,
            description=f"{description[0].upper()}{description[1:]}.",
            formatter_class=_formatter,
            allow_abbrev=False,
        )

    def error(self, message: str) -> NoReturn:
        from itk3_validator.report.visible import visible

        self.exit(WRONG, f"{self.prog}: {visible(message)}; {self.prog} --help tells more\n")


def _formatter(prog: str) -> argparse.HelpFormatter:
    # Each argument that is added makes one; with a width it does not import shutil, bz2 and lzma to find that out.
    return argparse.RawDescriptionHelpFormatter(prog, width=_columns() - 2)


def _columns() -> int:
    stated = os.environ.get("COLUMNS", "")
    if stated.isdecimal() and int(stated):
        return int(stated)
    try:
        return os.get_terminal_size(1).columns or 80
    except OSError:
        return 80
