"""
Message rules that ask for the request, decided where the archive holds it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from itk3_validator.archive.asks import outcome, valued
from itk3_validator.archive.gather import Job, name_of
from itk3_validator.archive.judging import NO_FOUND, NOBODY, OPEN, PASSED, Judged, Reason, last, requests_of, subjects
from itk3_validator.archive.statement import Look, Statement
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
    look = Look(statement, f"{base} s {requests_of('s')}", {"self": "s.message", "request": "r.message"})
    when = outcome(rule.when, look, job.code_lists, anyone=True)
    checks = [outcome((each,), look, job.code_lists, anyone=False) for each in rule.check]
    first = len(_REASONS)
    failed = " ".join(f"WHEN {column} = 'fail' THEN {first + at}" for at, column in enumerate(checks))
    undecided = " OR ".join(f"{column} = 'undecided'" for column in checks)
    passed = " OR ".join(f"{column} = 'pass'" for column in checks)
    lacking = "CASE WHEN r.message IS NULL THEN 2 ELSE 4 END"
    why = look.column(
        f"CASE WHEN NOT s.meant OR {when} IN ('fail', 'not-applicable') THEN NULL "
        f"WHEN {when} = 'undecided' THEN {lacking} {failed} WHEN {undecided} THEN {lacking} "
        f"WHEN {passed} THEN 1 ELSE NULL END"
    )
    each = statement.table(look.sql("s.message, s.adopted, s.pack, s.interaction, r.message AS request"))
    # Requests that share an id and come to different outcomes leave open which of them is meant.
    alike = statement.table(
        "SELECT message, adopted, any_value(pack) AS pack, any_value(interaction) AS interaction, "
        f"CASE WHEN min(coalesce({why}, -1)) = max(coalesce({why}, -1)) THEN min({why}) ELSE 3 END AS why, "
        f"min(request) AS request, max(request) AS last FROM {each} GROUP BY message, adopted"
    )
    failed_rows = [_with_values(check, alike, first + at, statement) for at, check in enumerate(rule.check)]
    rest = statement.table(
        f"SELECT message, pack, interaction, why, request, last, {NO_FOUND} AS values FROM {alike} "
        f"WHERE coalesce(why, 0) < {first}"
    )
    both = statement.table(" UNION ALL ".join(f"SELECT * FROM {table}" for table in (rest, *failed_rows)))
    shown = statement.table(
        f"SELECT message, pack, interaction, why, CASE WHEN request IS NULL THEN {NOBODY} "
        f"ELSE list_distinct([request, last]) END AS others, values FROM {both}"
    )
    reasons = (*_REASONS, *(_reason(rule, check, job.code_lists) for check in rule.check))
    return Judged(last(shown, "values"), reasons)


def _with_values(check: Ask | AnyOf, alike: str, why: int, statement: Statement) -> str:
    """
    The messages that fail one check, with the values that it looked at.
    """
    columns = "a.message, a.pack, a.interaction, a.why, a.request, a.last"
    if isinstance(check, AnyOf) or check.target is None:
        return statement.table(f"SELECT {columns}, {NO_FOUND} AS values FROM {alike} a WHERE a.why = {why}")
    look = Look(statement, f"{alike} a", {"self": "a.message", "request": "a.request"})
    at = look.join(valued(check.target, look), "request" if check.target.of_request else "self")
    return statement.table(look.sql(f"{columns}, coalesce({at}.found, {NO_FOUND}) AS values", f"WHERE a.why = {why}"))


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
