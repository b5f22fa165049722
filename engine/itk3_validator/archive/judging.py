"""
What the kinds of rules over the archive share: reasons, and the messages that a rule is asked of.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from itk3_validator.archive.asks import outcome
from itk3_validator.archive.gather import Job, Role, looked_up, targets
from itk3_validator.archive.statement import Look, Statement
from itk3_validator.archive.tables import REQUESTS, SUBJECT, SUBJECTS, Group
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

    *why* is the number of a reason; a message without one, or without a row, is one that the rule does not apply to.
    *once*: a reason is told once, of no message in particular.
    """

    sql: str
    reasons: Sequence[Reason]
    once: bool = False


def subjects(job: Job, statement: Statement) -> str:
    """
    The messages that the packs of a rule speak for, each with what ``for`` comes to (``meant``).

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
        f"SELECT {_columns(job, statement)}, {meant} AS meant FROM {SUBJECTS} s WHERE list_contains({packs}, s.pack) "
        f"AND NOT (s.adopted AND list_contains({known}, s.judged))"
    )


def speaks_for(job: Job, group: Group) -> bool:
    """
    Whether such subjects are among those of a rule, as `subjects` selects them.
    """
    asking = {pack.name for pack in job.packs}
    known = asking | {pack.name for pack in job.also}
    return group.pack in asking and not (group.adopted and group.judged in known)


def applicable(job: Job, statement: Statement) -> str:
    """
    The subjects of which the rule is asked, or may be: ``open``, where that depends on a request that is not there.
    """
    base = subjects(job, statement)
    columns = _columns(job, statement)
    if not job.rule.when:
        return statement.table(f"SELECT {columns}, false AS open FROM {base} s WHERE s.meant")
    if not any(target.of_request for target in targets(job.rule.when)):
        look = Look(statement, {"s": base}, "{s} s", {"self": "s"})
        column = outcome(job.rule.when, look, job.code_lists, anyone=True)
        asked = look.sql(columns, "WHERE s.meant")
        return statement.table(f"SELECT {columns}, false AS open FROM ({asked}) s WHERE {column} = 'pass'")
    look = with_requests(base, statement)
    column = outcome(job.rule.when, look, job.code_lists, anyone=True)
    asked = look.sql("s.message, s.adopted", "WHERE s.meant")
    settled = statement.table(
        f"SELECT message, adopted, bool_and({column} = 'pass') AS passes FROM ({asked}) GROUP BY message, adopted "
        # Messages that share an id and say different things leave open which of them is meant.
        f"HAVING bool_or({column} IN ('pass', 'undecided'))"
    )
    return statement.table(
        f"SELECT {columns}, NOT a.passes AS open FROM {base} s JOIN {settled} a USING (message, adopted)"
    )


def with_requests(base: str, statement: Statement) -> Look:
    """
    A look at subjects, each with the messages that it answers, or once, where there is none.
    """
    source = "{s} s LEFT JOIN {r} r ON r.id = s.answers AND r.message <> s.message"
    return Look(statement, {"s": base, "r": REQUESTS}, source, {"self": "s", "request": "r"})


def _columns(job: Job, statement: Statement) -> str:
    names = looked_up([job], Role.SUBJECT)
    return ", ".join(f"s.{each}" for each in (*SUBJECT, *map(statement.column, names)))


def reason_of(subject: str, cases: str) -> str:
    """
    The number of the reason of an applicable message.
    """
    return f"CASE WHEN {subject}.open THEN 0 {cases} END"


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
