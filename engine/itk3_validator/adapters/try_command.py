"""
`itk3 try`: what a selector or an XPath finds in a message.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from itk3_validator import CallInvalid, Limits, MessageError, Source, read_file
from itk3_validator.adapters.status import DONE, FAILED
from itk3_validator.inputs.entries import Nothing, Unreadable
from itk3_validator.inputs.load import read
from itk3_validator.inputs.locate import locate
from itk3_validator.workshop.trying.attempt import Bench
from itk3_validator.workshop.trying.text import MOST_SHOWN, render_attempt

_EPILOG = """\
EXPRESSION is the name of a selector (BusAckRequested), an XPath that may begin with one ($header/f:event), or an XPath
that yields a value (count($entries)). Without --pack the names are those of the pack that recognises the message.

exit status:
  0    something is found, or the value is true
  1    nothing is found, or the value is false, 0 or empty
  2    the expression, the message, the rules or the command are wrong
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """
    The arguments of `itk3 try`.
    """
    parser.epilog = _EPILOG
    parser.add_argument("expression", metavar="EXPRESSION", help="a selector's name or an XPath")
    parser.add_argument("message", nargs="+", metavar="MESSAGE", help="a message, as for itk3 validate")
    parser.add_argument("--pack", metavar="NAME|DIR", help="the pack whose names are meant")
    parser.add_argument("--request", metavar="FILE", help="the message that request.NAME is read on")
    parser.add_argument("--all", action="store_true", help=f"show every node, not only the first {MOST_SHOWN}")
    parser.add_argument("--show-values", action="store_true", help="show values of the payload, which are patient data")
    parser.add_argument("--trust-pack", action="store_true", help="believe `safe: true` in packs that are not bundled")


def run(arguments: argparse.Namespace) -> int:
    """
    Try the expression on every message.

    Raises:
        Itk3Error: The expression, a message, the rules or the command are wrong.
    """
    show = arguments.show_values
    request = _request(arguments.request)
    located = locate(arguments.message)
    bench = Bench(arguments.pack, show=show, trust=arguments.trust_pack)
    found = False
    for entry in read(located, Limits(), sys.stdin.buffer if sys.stdin is not None else None):
        if isinstance(entry, Unreadable):
            raise CallInvalid(f"{entry.name}: {entry.reason}")
        if isinstance(entry, Nothing):
            continue
        attempt = bench.attempt(arguments.expression, entry, request=request)
        found = found or attempt.found
        sys.stdout.write(render_attempt(attempt, show=show, most=None if arguments.all else MOST_SHOWN))
    return DONE if found else FAILED


def _request(path: str | None) -> Source | None:
    if path is None:
        return None
    try:
        return read_file(Path(path), limit=Limits().message)
    except MessageError as error:
        raise CallInvalid(f"--request {path}: {error.reason}") from None
    except OSError as error:
        raise CallInvalid(f"--request {path} cannot be read: {error.strerror}") from None
