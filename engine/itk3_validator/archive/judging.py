"""
What the kinds of rules over the archive share: reasons, and the messages that a rule is asked of.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from itk3_validator.archive.asks import outcome
from itk3_validator.archive.gather import Job, targets
from itk3_validator.archive.statement import Look, Statement
from itk3_validator.archive.tables import REQUESTS, SUBJECTS
from itk3_validator.checks.ask import Checks
from itk3_validator.finding import Outcome

NOBODY = "[]::BIGINT[]"
NO_FOUND = "[]::VARCHAR[]"
TIME = "strftime({}, '%Y-%m-%dT%H:%M:%SZ')"


class Reason(NamedTuple):
    """
    Why a rule came to an outcome: a sentence in which ``{found}`` is what was found, and what was expected.

    *place*: the key that what is found comes from, where it is a value of a message.
    """

    outcome: Outcome
    says: str = ""
    expected: str = ""
    place: str | None = None


class Judged(NamedTuple):
    """
    A SELECT of message, pack, interaction, why, others, found.

    *why* is None where the rule does not apply, else the number of a reason. *once*: a reason is told once, of no
    message in particular.
    """

    sql: str
    reasons: Sequence[Reason]
    once: bool = False


def subjects(job: Job, statement: Statement) -> str:
    """
    The messages that the packs of a rule speak for, each with what ``for`` and ``when`` come to (``applies``).

    One that a pack has adopted is asked only what the pack that judged it has no rule for.
    """
    packs = statement.put([pack.name for pack in job.packs])
    known = statement.put([pack.name for pack in (*job.packs, *job.also)])
    meant = "true"
    if job.rule.interactions:
        meant = f"list_contains({statement.put(list(job.rule.interactions))}, s.interaction)"
    # What an adopting pack has dropped it says in its own words.
    meant += f" AND (s.adopted OR s.adopter IS NULL OR list_contains({known}, s.adopter))"
    return statement.table(
        f"SELECT s.*, {meant} AS meant FROM {SUBJECTS} s WHERE list_contains({packs}, s.pack) "
        f"AND NOT (s.adopted AND list_contains({known}, s.judged))"
    )


def applicable(job: Job, statement: Statement) -> str:
    """
    The subjects with ``applies``: pass where the rule is asked of them.
    """
    base = subjects(job, statement)
    if not job.rule.when:
        return statement.table(f"SELECT *, CASE WHEN meant THEN 'pass' ELSE 'fail' END AS applies FROM {base}")
    look = Look(statement, f"{base} s{_requested(job.rule.when)}", {"self": "s.message", "request": "r.message"})
    column = outcome(job.rule.when, look, job.code_lists, anyone=True)
    asked = statement.table(look.sql("s.message, s.adopted", "WHERE s.meant"))
    settled = statement.table(
        f"SELECT message, adopted, CASE WHEN bool_and({column} = 'pass') THEN 'pass' "
        # Messages that share an id and say different things leave open which of them is meant.
        f"WHEN bool_or({column} IN ('pass', 'undecided')) THEN 'undecided' ELSE 'fail' END AS applies "
        f"FROM {asked} GROUP BY message, adopted"
    )
    return statement.table(
        f"SELECT s.*, coalesce(a.applies, 'fail') AS applies FROM {base} s "
        f"LEFT JOIN {settled} a USING (message, adopted)"
    )


def requests_of(subject: str) -> str:
    """
    The FROM clause for the messages that the subjects answer; none where there is none.
    """
    return f" LEFT JOIN {REQUESTS} r ON r.id = {subject}.answers AND r.message <> {subject}.message"


def _requested(checks: Checks) -> str:
    asked = any(target.of_request for target in targets(checks))
    return requests_of("s") if asked else " LEFT JOIN (SELECT NULL::BIGINT AS message) r ON false"


def reason_of(subject: str, cases: str) -> str:
    """
    The outcome of a message: not-applicable where the rule is not asked of it.
    """
    return f"CASE WHEN {subject}.applies = 'undecided' THEN 0 WHEN {subject}.applies <> 'pass' THEN NULL {cases} END"


# The first two reasons of every rule.
OPEN = Reason(Outcome.UNDECIDED, "the request that this message answers is needed to decide this")
PASSED = Reason(Outcome.PASS)


def undecided(says: str) -> Reason:
    """
    A reason for which the archive leaves a rule open.
    """
    return Reason(Outcome.UNDECIDED, says)


def last(why: str, found: str) -> str:
    """
    The SELECT that a rule ends in.
    """
    return f"SELECT message, pack, interaction, why, others, {found} AS found FROM {why}"
