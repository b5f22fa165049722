"""
The rules over the archive, run over the tables of a run.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from itk3_validator.pack.model import RulePack

OUTCOMES = "archive_outcomes"
FINDINGS = "archive_findings"
COVERAGE = "archive_coverage"


class Results(NamedTuple):
    """
    The names of the tables that a run over the archive has made in its connection.

    *outcomes*: pack, interaction, rule, outcome, messages. For a rule that has rows here they take the place of those
    in ``outcomes``: what was undecided for want of the request is counted as what it came to.

    *findings*: messages (BIGINT[], the judged one first), pack, rule, outcome, level, severity, says, expected,
    found (VARCHAR[]), masked.

    *coverage*: pack, rule, code, display, messages; how many messages carry each code of a list.
    """

    outcomes: str = OUTCOMES
    findings: str = FINDINGS
    coverage: str = COVERAGE


def run(connection: Any, packs: Iterable[RulePack], *, show_values: bool = False) -> Results:  # noqa: ARG001
    """
    Run the rules over the archive of *packs*, and decide the message rules that ask for the request.

    Args:
        connection: a DuckDB connection with the tables or views ``messages`` (message, pack, interaction, message_id,
            response_identifier, instant), ``keys`` and ``outcomes``. The results are made there as tables; what is
            needed on the way are temporary tables, which are dropped again. Nothing outside the connection is read.

        packs: those that judged the messages.

        show_values: values of places that are not safe were kept as they are, and may be shown.
    """
    connection.execute(
        f"CREATE OR REPLACE TABLE {OUTCOMES}"
        " (pack VARCHAR, interaction VARCHAR, rule VARCHAR, outcome VARCHAR, messages BIGINT)"
    )
    connection.execute(
        f"CREATE OR REPLACE TABLE {FINDINGS} (messages BIGINT[], pack VARCHAR, rule VARCHAR, outcome VARCHAR,"
        " level VARCHAR, severity VARCHAR, says VARCHAR, expected VARCHAR, found VARCHAR[], masked BOOLEAN)"
    )
    connection.execute(
        f"CREATE OR REPLACE TABLE {COVERAGE}"
        " (pack VARCHAR, rule VARCHAR, code VARCHAR, display VARCHAR, messages BIGINT)"
    )
    return Results()
