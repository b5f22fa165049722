"""
`itk3 batch query`: ask the results of a batch in SQL.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from itk3_validator.adapters.extras import need
from itk3_validator.adapters.status import DONE

_LONGEST = 86_400
_EPILOG = """\
The tables are messages, findings, outcomes and rules, and keys and archive_outcomes, archive_findings, archive_coverage
of the rules over the archive; docs/batch.md says what stands in them. For example, what fails most:

  itk3 batch query RUN "SELECT rule, sum(messages) FROM outcomes WHERE outcome = 'fail' GROUP BY rule ORDER BY 2 DESC"
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """
    The arguments of `itk3 batch query`.
    """
    parser.epilog = _EPILOG
    parser.add_argument("run", metavar="RUN", help="the folder of a run")
    parser.add_argument("sql", metavar="SQL", help="one SELECT of DuckDB's SQL")
    parser.add_argument("--format", choices=("text", "csv", "json"), default="text", help="text when not said")
    parser.add_argument(
        "--time-limit",
        metavar="SECONDS",
        type=_seconds,
        help="the longest that the answer may take; no limit when not said",
    )


def run(arguments: argparse.Namespace) -> int:
    """
    Write the answer to standard output.

    Raises:
        CallInvalid: There is no such run, or the SQL cannot be run, or not in the time that it may take.
    """
    need("batch", "pyarrow", "duckdb")
    from itk3_validator.batch.answers import RENDERERS
    from itk3_validator.batch.query import ask

    with ask(Path(arguments.run), arguments.sql, time_limit=arguments.time_limit) as answer:
        for piece in RENDERERS[arguments.format](answer):
            sys.stdout.write(piece)
    return DONE


def _seconds(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= _LONGEST:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1 to {_LONGEST:,}")
    return int(text)
