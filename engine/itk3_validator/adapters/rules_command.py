"""
`itk3 rules`: the rules of packs with everything they extend.
"""

from __future__ import annotations

import argparse
import sys

from itk3_validator import __version__
from itk3_validator.adapters.status import DONE
from itk3_validator.workshop.listing.listing import list_packs
from itk3_validator.workshop.listing.text import render_csv, render_json, render_text

_EPILOG = """\
exit status:
  0    the rules are listed
  2    the rules or the command are wrong
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """
    The arguments of `itk3 rules`.
    """
    parser.epilog = _EPILOG
    parser.add_argument("pack", nargs="*", metavar="PACK", help="a pack's name or folder; without it all bundled packs")
    parser.add_argument("--format", choices=("text", "json", "csv"), default="text", help="text (the default)")


def run(arguments: argparse.Namespace) -> int:
    """
    Write the listing to standard output.

    Raises:
        Itk3Error: There is no such pack, or its rules have mistakes.
    """
    listings = list_packs(arguments.pack or None)
    if arguments.format == "json":
        sys.stdout.write(render_json(listings, tool_version=__version__))
    elif arguments.format == "csv":
        sys.stdout.write(render_csv(listings))
    else:
        sys.stdout.write(render_text(listings))
    return DONE
