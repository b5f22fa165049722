"""
`itk3 test`: run the tests of rule packs, and prove that every rule can fail.
"""

from __future__ import annotations

import argparse
import sys

from itk3_validator import CallInvalid, __version__, load_packs
from itk3_validator.adapters.status import DONE, FAILED
from itk3_validator.workshop.trials.results import render_json, render_text
from itk3_validator.workshop.trials.run import run_tests

_EPILOG = """\
PACK is the name of a bundled pack or a folder; without one all bundled packs are tested. A test's message and request
are looked for in the pack's folder, then in samples/, and nowhere else.

After the tests every rule is proved: a message that keeps it is broken in every way that matters, and the rule has to
notice; what must not matter is changed too, and the rule has to stay quiet.

exit status:
  2    the rules or the command are wrong, and nothing was tested
  1    a test did not hold or could not be run, or a rule was not proved
  0    none of these
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """
    The arguments of `itk3 test`.
    """
    parser.epilog = _EPILOG
    parser.add_argument("pack", nargs="*", metavar="PACK", help="a rule pack, by its name or its folder")
    parser.add_argument("--only", action="append", default=[], metavar="ID", help="speak of this rule only")
    parser.add_argument("--all", action="store_true", help="prove the rules that a pack inherits unchanged as well")
    parser.add_argument(
        "--coverage", action="store_true", help="show for each rule how often it fired and how it was proved"
    )
    parser.add_argument("--no-proof", action="store_true", help="run the tests alone")
    parser.add_argument("--show-values", action="store_true", help="show values of the payload in what did not hold")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="text (the default) or json")


def run(arguments: argparse.Namespace) -> int:
    """
    Test every pack, in the order in which they were named, and return the exit status.

    Raises:
        Itk3Error: The rules or the command are wrong.
    """
    try:
        packs = load_packs(arguments.pack or None)
    except OSError as error:
        raise CallInvalid(f"the rules cannot be read: {error.filename}: {error.strerror}") from None
    runs = run_tests(
        packs,
        only=arguments.only,
        inherited=arguments.all,
        proof=not arguments.no_proof,
        show_values=arguments.show_values,
    )
    if arguments.format == "json":
        sys.stdout.write(render_json(runs, tool_version=__version__))
    else:
        sys.stdout.write(render_text(runs, coverage=arguments.coverage))
    return DONE if all(each.held for each in runs) else FAILED
