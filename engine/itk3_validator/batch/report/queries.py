"""
What the report of a run asks DuckDB. Whatever varies is a parameter; no query fetches more the more messages there are.
"""

from __future__ import annotations

from typing import Final

VIEWS: Final = (
    "CREATE OR REPLACE TEMP VIEW compared AS SELECT DISTINCT pack, interaction, rule FROM archive_outcomes",
    # What was undecided for want of another message is told by the rules over the archive.
    """CREATE OR REPLACE TEMP VIEW told AS
        SELECT [message] AS messages, pack, rule, outcome, says, xpath, line, "column" AS col, expected, found, masked
        FROM findings WHERE outcome <> 'undecided' OR (pack, rule) NOT IN (SELECT pack, rule FROM compared)
        UNION ALL BY NAME
        SELECT messages, pack, rule, outcome, says, expected, found, masked FROM archive_findings""",
    # An archive, or the folder of a file; a name that is hashed has neither.
    """CREATE OR REPLACE TEMP VIEW grouped AS
        SELECT verdict, sender, instant,
            CASE WHEN contains(source, '!/') THEN split_part(source, '!/', 1)
                 WHEN contains(source, '/') THEN regexp_replace(source, '/[^/]*$', '') END AS origin
        FROM messages""",
)

TOTALS: Final = """
    SELECT count(*), coalesce(sum(bytes), 0)::BIGINT, min(instant), max(instant), histogram(verdict) FROM messages
"""
# A verdict is that of a message alone. What the others say of it: how many undecided messages have nothing undecided
# then, and how many that are not invalid break a rule with severity error. What is told once, with no message, is so
# for all that the rule is asked of.
TOGETHER: Final = """
    WITH apart AS (
        SELECT DISTINCT message FROM findings
        WHERE outcome = 'undecided' AND ((pack, rule) NOT IN (SELECT pack, rule FROM compared)
            OR (pack, rule) IN (SELECT pack, rule FROM archive_findings
                WHERE outcome IN ('undecided', 'error') AND len(messages) = 0))
    ), together AS (
        SELECT messages[1] AS message, bool_or(outcome IN ('undecided', 'error')) AS open,
            bool_or(outcome = 'fail' AND severity = 'error') AS failed
        FROM archive_findings GROUP BY ALL
    )
    SELECT count(*) FILTER (verdict = 'undecided' AND apart.message IS NULL AND NOT coalesce(open, false)),
        count(*) FILTER (verdict <> 'invalid' AND failed)
    FROM messages LEFT JOIN apart USING (message) LEFT JOIN together USING (message)
    WHERE EXISTS (FROM compared)
"""
JUDGED: Final = """
    SELECT pack, pack_version, interaction, count(*) FROM messages GROUP BY ALL ORDER BY ALL NULLS LAST
"""
UNUSED: Final = """
    SELECT DISTINCT pack FROM rules ANTI JOIN messages USING (pack) ORDER BY 1
"""
RULES: Final = """
    SELECT pack, rule, any_value(left(text, 500)), any_value(left(level, 20)), any_value(severity),
        any_value(left(source, 500)), any_value(link), any_value(left(remedy, 2000))
    FROM rules SEMI JOIN messages USING (pack) GROUP BY pack, rule
"""
COMPARED: Final = "SELECT DISTINCT pack, rule FROM compared"
# What the rules over the archive say of a rule takes the place of what single messages could say.
COUNTS: Final = """
    SELECT pack, rule, outcome, sum(messages)::BIGINT
    FROM (FROM outcomes ANTI JOIN compared USING (pack, interaction, rule) UNION ALL BY NAME FROM archive_outcomes)
    GROUP BY ALL
"""
# By the sender, the origin or the time; the last column is how many groups there are.
GROUPS: Final = """
    SELECT left(CASE $by WHEN 'sender' THEN sender WHEN 'origin' THEN origin
            WHEN 'day' THEN strftime(instant, '%Y-%m-%d')
            WHEN 'month' THEN strftime(instant, '%Y-%m') WHEN 'year' THEN strftime(instant, '%Y') END, 500) AS name,
        histogram(verdict), count(*) OVER ()
    FROM grouped GROUP BY name
"""
WORST_FIRST: Final = f"""
    {GROUPS} ORDER BY count(*) FILTER (verdict <> 'valid') DESC, count(*) DESC, name NULLS LAST LIMIT $most
"""
LATEST_FIRST: Final = f"""
    {GROUPS} ORDER BY name DESC NULLS FIRST LIMIT $most
"""
REASONS: Final = """
    SELECT verdict, left(coalesce(reason, ''), 500) AS why, count(*), left(arg_min(source, message), 500),
        sum(count(*)) OVER ()
    FROM messages WHERE verdict IN ('unreadable', 'unrecognised') OR reason IS NOT NULL
    GROUP BY verdict, why ORDER BY count(*) DESC, verdict, why LIMIT $most
"""
CODES: Final = """
    SELECT left(response_code, 500) AS code, count(*), count(*) OVER () FROM messages WHERE code IS NOT NULL
    GROUP BY code ORDER BY count(*) DESC, code LIMIT $most
"""
COVERAGE: Final = """
    SELECT pack, rule, left(code, 500), left(display, 500), messages FROM archive_coverage ORDER BY ALL LIMIT $most
"""
# Of each rule and outcome the first messages, each with its first place. A message tells at most 100 places of a rule,
# so the first 100 findings for each example hold enough messages.
EXAMPLES: Final = """
    WITH every AS (
        SELECT pack, rule, outcome, min(messages[1], $most * 100) AS numbers FROM told GROUP BY ALL
    ), first AS (
        SELECT pack, rule, outcome, unnest(list_sort(list_distinct(numbers))[:$most]) AS message FROM every
    ), picked AS (
        SELECT told.*, first.message AS judged
        FROM told JOIN first ON told.pack = first.pack AND told.rule = first.rule AND told.outcome = first.outcome
            AND told.messages[1] = first.message
        QUALIFY row_number() OVER (
            PARTITION BY told.pack, told.rule, told.outcome, judged ORDER BY line, col, xpath, says, told.messages) = 1
    ), named AS (
        SELECT spoken.pack, rule, outcome, judged, list(left(source, 500) ORDER BY place) AS sources
        FROM (SELECT pack, rule, outcome, judged, unnest(messages[:5]) AS message,
                  generate_subscripts(messages[:5], 1) AS place FROM picked) AS spoken
        JOIN messages USING (message) GROUP BY ALL
    )
    SELECT pack, rule, sources, len(messages), outcome, left(says, 500), left(xpath, 500), line, col,
        left(expected, 500), [left(each, 500) FOR each IN found[:5]], masked
    FROM picked JOIN named USING (pack, rule, outcome, judged) ORDER BY pack, rule, judged
"""
