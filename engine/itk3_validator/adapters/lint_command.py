"""
`itk3 lint`: what is wrong in rule files.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from itk3_validator import CallInvalid, __version__, did_you_mean
from itk3_validator.adapters.status import DONE, FAILED, WRONG
from itk3_validator.workshop.lint import KINDS, Excerpts, lint, page, render_github, render_json, render_text

_LARGEST = 5_000_000
_EPILOG = """\
Every problem is told at once. docs/lint has a page for each code.

exit status:
  0    nothing to complain of
  1    problems were found, and the packs can be used nevertheless
  2    a pack cannot be loaded, or the command is wrong
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """
    The arguments of `itk3 lint`.
    """
    parser.epilog = _EPILOG
    parser.add_argument("pack", nargs="*", metavar="PACK", help="a pack's name or folder; without it all bundled packs")
    parser.add_argument("--format", choices=("text", "json", "github"), default="text", help="text (the default)")
    parser.add_argument("--explain", metavar="CODE", help="tell what a code means, and stop")


def run(arguments: argparse.Namespace) -> int:
    """
    Lint packs, or explain one code.

    Raises:
        Itk3Error: There is no such pack or code.
    """
    reconfigure = getattr(sys.stdout, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors="backslashreplace")
    if arguments.explain is not None:
        return _explain(arguments.explain)
    try:
        linted = lint(arguments.pack or None)
    except OSError as error:
        raise CallInvalid(f"the rules cannot be read: {error.filename}: {error.strerror}") from None
    if arguments.format == "json":
        sys.stdout.write(render_json(linted, _shown, tool_version=__version__))
    elif arguments.format == "github":
        sys.stdout.write(render_github(linted, _shown))
    else:
        sys.stdout.write(render_text(linted, Excerpts(_read), _shown))
    if not linted.loads:
        return WRONG
    return FAILED if linted.problems else DONE


def _explain(code: str) -> int:
    if code not in KINDS:
        raise CallInvalid(f"no kind of problem has the code {code!r}; {did_you_mean(code, KINDS)}")
    sys.stdout.write(page(KINDS[code]))
    return DONE


def _read(file: str) -> bytes | None:
    try:
        with Path(file).open("rb") as stream:
            return stream.read(_LARGEST)
    except OSError:
        return None


def _shown(file: str) -> str:
    """
    A file below the working folder is named from there, as editors and build servers want it.
    """
    path, here = Path(file), Path.cwd()
    return path.relative_to(here).as_posix() if path.is_relative_to(here) else file
