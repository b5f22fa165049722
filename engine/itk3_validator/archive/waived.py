"""
What is not held against messages, as rules over the archive take it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from fnmatch import translate
from typing import NamedTuple

from itk3_validator.archive.gather import Job
from itk3_validator.archive.judging import Judged
from itk3_validator.archive.statement import Statement
from itk3_validator.finding import Outcome

_CLASS = re.compile(r"\[!?\]?[^\]]*\]")
_NOTHING = r"[^\x00-\x{10FFFF}]"


class Waived(NamedTuple):
    """
    A rule that is not held against messages: against those of a pack (or where the rule is that pack's own), of an
    interaction, of a sender (ODS code or mailbox), of sources whose names have a form, or, without these, of all.
    """

    rule: str
    pack: str | None = None
    interaction: str | None = None
    sender: str | None = None
    source: str | None = None


def with_waived(found: Judged, job: Job, statement: Statement, waived: Sequence[Waived]) -> Judged:
    """
    The same with every reason a second time, as it is told of messages that it is not held against.
    """
    if not waived:
        return found
    covered = " OR ".join(_covered(each, job, statement) for each in waived)
    sql = (
        f"SELECT * REPLACE (why + CASE WHEN {covered} THEN {len(found.reasons):d} ELSE 0 END AS why) FROM ({found.sql})"
    )
    again = [each if each.outcome is Outcome.PASS else each._replace(outcome=Outcome.WAIVED) for each in found.reasons]
    return found._replace(sql=sql, reasons=(*found.reasons, *again))


def _covered(waived: Waived, job: Job, statement: Statement) -> str:
    put = statement.put
    asked = []
    if waived.pack is not None and waived.pack != job.rule.pack:
        asked.append(f"pack = {put(waived.pack)}")
    if waived.interaction is not None:
        asked.append(f"interaction = {put(waived.interaction)}")
    of = []
    if waived.sender is not None:
        of.append(f"{put(waived.sender)} IN (sender, sender_endpoint)")
    if waived.source is not None:
        form = put(pattern_of(waived.source.replace("\\", "/")))
        of.append(f"regexp_full_match(replace(source, chr(92), '/'), {form}, 's')")
    if of:
        asked.append(f"message IN (SELECT message FROM messages WHERE {' AND '.join(of)})")
    return f"({' AND '.join(asked) or 'true'})"


def pattern_of(form: str) -> str:
    """
    A form of names, as the module ``fnmatch`` reads it, as a pattern that DuckDB reads.
    """
    pattern, at = "", 0
    while at < len(form):
        found = _CLASS.match(form, at)
        if found is not None:
            pattern += _class(found[0])
            at = found.end()
        else:
            pattern += {"*": ".*", "?": "."}.get(form[at]) or f"\\x{{{ord(form[at]):x}}}"
            at += 1
    return pattern


def _class(written: str) -> str:
    translated = translate(written)
    made = translated[translated.index(":") + 1 : translated.rindex(")")]
    return _NOTHING if made == "(?!)" else made
