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
    found = [_found(each, look) for each in rule.check]
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
    values = look.column(
        f"CASE {why} {' '.join(f'WHEN {first + at} THEN {it}' for at, it in enumerate(found))} ELSE {NO_FOUND} END"
    )
    each = statement.table(look.sql("s.message, s.adopted, s.pack, s.interaction, r.message AS request"))
    # Requests that share an id and come to different outcomes leave open which of them is meant.
    alike = statement.table(
        f"SELECT message, adopted, any_value(pack) AS pack, any_value(interaction) AS interaction, "
        f"CASE WHEN count(DISTINCT coalesce({why}, -1)) = 1 THEN min({why}) ELSE 3 END AS why, "
        f"list(request ORDER BY request) FILTER (WHERE request IS NOT NULL) AS others, "
        f"min({values}) AS values FROM {each} GROUP BY message, adopted"
    )
    shown = statement.table(
        f"SELECT message, pack, interaction, why, coalesce(others, {NOBODY}) AS others, "
        f"CASE WHEN why >= {first} THEN coalesce(values, {NO_FOUND}) ELSE {NO_FOUND} END AS values FROM {alike}"
    )
    reasons = (*_REASONS, *(_reason(rule, check, job.code_lists) for check in rule.check))
    return Judged(last(shown, "values"), reasons)


def _found(check: Ask | AnyOf, look: Look) -> str:
    if isinstance(check, AnyOf) or check.target is None:
        return NO_FOUND
    at = look.join(valued(check.target, look), "request" if check.target.of_request else "self")
    return f"coalesce({at}.found, {NO_FOUND})"


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
