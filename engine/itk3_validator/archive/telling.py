"""
What a rule came to, counted and told: rows of the outcomes and findings of an archive.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Final

from itk3_validator.archive.gather import Job
from itk3_validator.archive.judging import NO_FOUND, NOBODY, Judged, Reason, speaks_for
from itk3_validator.archive.tables import Group
from itk3_validator.finding import Outcome
from itk3_validator.pack.archive_rule import ArchiveRule
from itk3_validator.pack.model import Rule

OUTCOMES: Final = "archive_outcomes"
FINDINGS: Final = "archive_findings"

_MASK: Final = "***"
_LONGEST: Final = 200


def make_results(connection: Any) -> None:
    """
    Make the tables, without a row.
    """
    connection.execute(
        f"CREATE OR REPLACE TABLE {OUTCOMES}"
        " (pack VARCHAR, interaction VARCHAR, rule VARCHAR, outcome VARCHAR, messages BIGINT)"
    )
    connection.execute(
        f"CREATE OR REPLACE TABLE {FINDINGS} (messages BIGINT[], pack VARCHAR, rule VARCHAR, outcome VARCHAR,"
        " level VARCHAR, severity VARCHAR, says VARCHAR, expected VARCHAR, found VARCHAR[], masked BOOLEAN)"
    )


def worded(rule: ArchiveRule | Rule, reason: Reason) -> Reason:
    """
    The reason in the words of the rule, where it has some.
    """
    if reason.outcome is not Outcome.FAIL:
        return reason
    says = reason.says
    if rule.message is not None:
        says = rule.message.replace("{expected}", reason.expected)
        says = says.replace("{selector}", reason.place or "").replace("{display}", "")
    elif isinstance(rule, Rule) and reason.expected:
        says = f"{says}; expected {reason.expected}."
    return reason._replace(says=says)


def count(connection: Any, job: Job, judged: str, found: Judged, subjects: Iterable[Group]) -> None:
    """
    Count the outcomes in the table *judged*; a subject that has no reason there is not-applicable.
    """
    kinds: Counter[tuple[str, str | None, str]] = Counter()
    for group in subjects:
        if speaks_for(job, group):
            kinds[group.pack, group.interaction, Outcome.NOT_APPLICABLE] += group.messages
    told = connection.execute(
        f"SELECT pack, interaction, why, count(*) FROM {judged} WHERE why IS NOT NULL GROUP BY ALL"
    ).fetchall()
    for pack, interaction, why, number in told:
        kinds[pack, interaction, Outcome.NOT_APPLICABLE] -= number
        kinds[pack, interaction, found.reasons[why].outcome] += number
    rows = sorted((key for key, number in kinds.items() if number), key=lambda key: (key[0], key[1] is None, key))
    connection.execute(
        f"INSERT INTO {OUTCOMES} SELECT unnest($packs), unnest($interactions), $rule, unnest($outcomes), unnest($n)",
        {
            "rule": job.rule.id,
            "packs": [pack for pack, _, _ in rows],
            "interactions": [interaction for _, interaction, _ in rows],
            "outcomes": [str(outcome) for _, _, outcome in rows],
            "n": [kinds[key] for key in rows],
        },
    )


def tell(
    connection: Any, job: Job, judged: str, found: Judged, plain: Mapping[str, bool], where: Iterable[str]
) -> None:
    """
    One finding for each message that does not pass, in their order.

    Args:
        plain: key to whether its values may be shown.

        where: conditions on ``message``, of which one after the other is told of: sorting takes less memory then.
    """
    rule = job.rule
    hidden = [each.place is not None and not plain.get(each.place, False) for each in found.reasons]
    parameters = {
        "rule": rule.id,
        "level": rule.level,
        "severity": rule.severity.value,
        "outcomes": [each.outcome.value for each in found.reasons],
        "pieces": [each.says.split("{found}") for each in found.reasons],
        "expected": [each.expected for each in found.reasons],
        "hidden": hidden,
        "quoted": [each.place is not None for each in found.reasons],
    }
    rows = f"SELECT * FROM {judged} WHERE $outcomes[why + 1] <> 'pass'"
    messages = "[message] || others"
    if found.once:
        messages, where = NOBODY, ("true",)
        rows = f"SELECT min(message) AS message, pack, why, {NO_FOUND} AS found FROM ({rows}) GROUP BY pack, why"
    for each in where:
        connection.execute(
            f"INSERT INTO {FINDINGS} SELECT {messages}, pack, $rule, $outcomes[why + 1], $level, $severity, "
            f"list_reduce($pieces[why + 1], lambda said, rest: said || words || rest), nullif($expected[why + 1], ''), "
            f"shown, $hidden[why + 1] AND len(shown) > 0 "
            f"FROM (SELECT *, {_WORDS} AS words FROM (SELECT *, {_SHOWN} AS shown FROM ({rows}) WHERE {each})) "
            "ORDER BY message",
            parameters,
        )


_SHOWN: Final = (
    f"CASE WHEN $hidden[why + 1] THEN list_transform(found, lambda v: '{_MASK}') "
    f"ELSE list_transform(found, lambda v: CASE WHEN length(v) > {_LONGEST} THEN v[:{_LONGEST}] || '...' ELSE v END) "
    "END"
)
_WORDS: Final = (
    "CASE WHEN len(shown) = 0 THEN 'nothing' WHEN $quoted[why + 1] AND NOT $hidden[why + 1] "
    "THEN array_to_string(list_transform(shown, lambda v: '''' || v || ''''), ', ') "
    "ELSE array_to_string(shown, ', ') END"
)
