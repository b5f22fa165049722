"""
Message rules that ask for the request, decided where the archive holds it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from itk3_validator.archive.asks import outcome, valued
from itk3_validator.archive.gather import Job, name_of
from itk3_validator.archive.judging import NO_FOUND, NOBODY, OPEN, PASSED, Judged, Reason, last, subjects, with_requests
from itk3_validator.archive.statement import Statement
from itk3_validator.checks import VERBS
from itk3_validator.checks.ask import AnyOf, Ask, CodeList, Target
from itk3_validator.finding import Outcome
from itk3_validator.pack.model import Rule

_REASONS = (
    OPEN,
    PASSED,
    Reason(Outcome.UNDECIDED, "the archive does not hold the request that this message answers"),
    Reason(
        Outcome.UNDECIDED, "several messages of the archive have the id that this one answers, and they differ here"
    ),
    Reason(Outcome.UNDECIDED, "the request lacks the value to compare with"),
)


def paired(job: Job, statement: Statement) -> Judged:
    """
    A message rule over the responses and their requests.

    Raises:
        Undecidable: The values are kept in a way that does not tell.
    """
    rule = job.rule
    assert isinstance(rule, Rule)  # noqa: S101 - the caller tells them apart
    base = subjects(job, statement)
    first = len(_REASONS)
    columns = "message, pack, interaction, why, request, last, values"
    alone = statement.table(_asked(job, rule, statement, base, "NOT coalesce(s.several, false)"))
    each = statement.table(_asked(job, rule, statement, base, "s.several"))
    # Requests that share an id and come to different outcomes leave open which of them is meant.
    alike = statement.table(
        "SELECT message, any_value(pack) AS pack, any_value(interaction) AS interaction, "
        "CASE WHEN min(coalesce(why, -1)) = max(coalesce(why, -1)) THEN min(why) ELSE 3 END AS why, "
        "min(request) AS request, max(request) AS last, arg_min(values, request) AS values "
        f"FROM {each} GROUP BY message, adopted"
    )
    both = statement.table(f"SELECT {columns} FROM {alone} UNION ALL SELECT {columns} FROM {alike}")
    shown = statement.table(
        f"SELECT message, pack, interaction, why, CASE WHEN request IS NULL THEN {NOBODY} "
        "WHEN request = last THEN [request] ELSE [request, last] END AS others, "
        f"CASE WHEN why >= {first} THEN coalesce(values, {NO_FOUND}) ELSE {NO_FOUND} END AS values "
        f"FROM {both} WHERE why IS NOT NULL"
    )
    reasons = (*_REASONS, *(_reason(rule, check, job.code_lists) for check in rule.check))
    return Judged(last(shown, "values"), reasons)


def _asked(job: Job, rule: Rule, statement: Statement, base: str, where: str) -> str:
    """
    What the rule comes to for each response with each of its requests, and the values that a failed check looked at.
    """
    look = with_requests(base, statement)
    when = outcome(rule.when, look, job.code_lists, anyone=True)
    checks = [outcome((each,), look, job.code_lists, anyone=False) for each in rule.check]
    first = len(_REASONS)
    failed = " ".join(f"WHEN {column} = 'fail' THEN {first + at}" for at, column in enumerate(checks))
    undecided = " OR ".join(f"{column} = 'undecided'" for column in checks)
    passed = " OR ".join(f"{column} = 'pass'" for column in checks)
    lacking = "CASE WHEN r.message IS NULL THEN 2 ELSE 4 END"
    why = look.column(
        f"CASE WHEN {when} IN ('fail', 'not-applicable') THEN NULL "
        f"WHEN {when} = 'undecided' THEN {lacking} {failed} WHEN {undecided} THEN {lacking} "
        f"WHEN {passed} THEN 1 ELSE NULL END"
    )
    shown = " ".join(
        f"WHEN {first + at} THEN {valued(check.target, look)}"
        for at, check in enumerate(rule.check)
        if isinstance(check, Ask) and check.target is not None
    )
    values = look.column(f"CASE {why} {shown} END" if shown else "NULL::VARCHAR[]")
    asked = look.sql(
        "s.message, s.adopted, s.pack, s.interaction, r.message AS request, r.message AS last",
        f"WHERE s.meant AND {where}",
    )
    return f"SELECT message, adopted, pack, interaction, {why} AS why, request, last, {values} AS values FROM ({asked})"


def _reason(rule: Rule, check: Ask | AnyOf, lists: Mapping[str, CodeList]) -> Reason:
    if isinstance(check, AnyOf) or check.target is None:
        return Reason(Outcome.FAIL, f"This does not hold: {rule.text}")
    binder: Any = _Binder(lists)
    expected = str(VERBS[check.verb].bind(check.options, binder).expected)
    return Reason(Outcome.FAIL, f"{check.target.label} is {{found}}", expected, name_of(check.target))


class _Binder(NamedTuple):
    """
    What a check may ask while it is bound, as far as its words need it.
    """

    lists: Mapping[str, CodeList]

    def place(self, target: Target) -> Target:
        return target

    def code_list(self, name: str) -> CodeList:
        return self.lists[name]

    def checks(self, checks: object) -> object:
        return checks

    def expression(self, options: object) -> object:
        return options
