"""
`itk3 explain`: what a rule, a verb, a selector, an interaction or a code means.
"""

from __future__ import annotations

import argparse
import sys

from itk3_validator import load_packs
from itk3_validator.adapters.status import DONE
from itk3_validator.workshop.explaining.renames import renamed_in
from itk3_validator.workshop.explaining.text import render_explanations
from itk3_validator.workshop.explaining.topics import explain

_EPILOG = """\
NAME is the id of a requirement (GPCM-SD-OC-143), a verb (equals), a selector (BusAckRequested), an interaction
(report), a fact (recipient), a code list (itk-response-codes) or a code (30001). Without --pack all bundled packs are
asked.

exit status:
  0    the name is explained
  2    nobody knows the name, or the rules or the command are wrong
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """
    The arguments of `itk3 explain`.
    """
    parser.epilog = _EPILOG
    parser.add_argument("name", nargs="+", metavar="NAME", help="what to explain")
    parser.add_argument(
        "--pack", action="append", metavar="NAME|DIR", help="ask this pack; may be given more than once"
    )


def run(arguments: argparse.Namespace) -> int:
    """
    Explain every name.

    Raises:
        Itk3Error: Nobody knows a name, or there is no such pack, or its rules have mistakes.
    """
    packs = load_packs(arguments.pack)
    renamed = renamed_in(arguments.pack)
    told = [each for name in arguments.name for each in explain(name, packs, renamed)]
    sys.stdout.write(render_explanations(told))
    return DONE
