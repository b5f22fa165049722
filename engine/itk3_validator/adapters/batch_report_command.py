"""
`itk3 batch report RUN`: what a batch run came to.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from itk3_validator import CallInvalid, __version__, did_you_mean
from itk3_validator.adapters.extras import need
from itk3_validator.adapters.status import DONE

if TYPE_CHECKING:
    from itk3_validator.batch.report.model import BatchReport

FORMATS: Final = ("text", "csv", "junit", "html")
_EPILOG: Final = """\
exit status:
  0    the report is written
  2    there is no such run, it is damaged, or the command is wrong
  3    the report could not be written
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """
    The arguments of `itk3 batch report`.
    """
    parser.epilog = _EPILOG
    parser.add_argument("run", metavar="RUN", help="the folder that `itk3 batch SOURCE -o RUN` has written")
    parser.add_argument(
        "--format",
        action="append",
        metavar="NAME[:FILE]",
        help=f"{', '.join(FORMATS)}; text when not said; to standard output or to FILE; may be given more than once",
    )


def run(arguments: argparse.Namespace) -> int:
    """
    Write the report in each format asked for, and return the exit status.

    Raises:
        CallInvalid: There is no such run, it cannot be read, or a format cannot be meant.
    """
    need("batch", "pyarrow", "duckdb")
    import duckdb

    from itk3_validator.batch.folder import FINISHED
    from itk3_validator.batch.report.collect import collect
    from itk3_validator.batch.sql import connect

    path = Path(arguments.run)
    targets = _targets(arguments.format or ["text"], path)
    whole = (path / FINISHED).exists()
    try:
        with connect(path) as connection:
            report = collect(connection, whole=whole)
    except duckdb.Error as error:
        # Its text may hold values of messages.
        raise CallInvalid(f"the tables of the run {path} cannot be read ({type(error).__name__})") from None
    for name, target in targets:
        _write(_render(name)(report, path.resolve().name), target)
    return DONE


def _targets(texts: Iterable[str], run_folder: Path) -> list[tuple[str, Path | None]]:
    made = [_target(each, run_folder) for each in texts]
    files = [target.resolve() if target else None for _, target in made]
    for each in files:
        if files.count(each) > 1:
            where = "standard output" if each is None else str(each)
            raise CallInvalid(f"--format: two reports cannot both go to {where}; write one to a file: html:report.html")
    return made


def _target(text: str, run_folder: Path) -> tuple[str, Path | None]:
    name, colon, file = text.partition(":")
    if name not in FORMATS:
        raise CallInvalid(f"--format {name!r} is not known; {did_you_mean(name, FORMATS)}")
    if colon and not file:
        raise CallInvalid(f"--format {text!r} names no file after the colon")
    if file and Path(file).resolve().is_relative_to(run_folder.resolve()):
        raise CallInvalid(f"--format: {file} is in the folder of the run {run_folder}; write the report elsewhere")
    return name, Path(file) if file else None


def _render(name: str) -> Callable[[BatchReport, str], str]:
    if name == "html":
        from itk3_validator.batch.report.html import render

        return lambda report, run_name: render(report, name=run_name, tool_version=__version__)
    if name == "junit":
        from itk3_validator.batch.report import junit

        return lambda report, _: junit.render(report)
    if name == "csv":
        from itk3_validator.batch.report import csv_table

        return lambda report, _: csv_table.render(report)
    from itk3_validator.batch.report import text

    return lambda report, _: text.render(report)


def _write(text: str, target: Path | None) -> None:
    if target is None:
        sys.stdout.write(text)
        return
    from itk3_validator.adapters.outputs import whole_file

    with whole_file(target) as file:
        file.write(text)
