"""
Checks in SQL: what a check comes to, told from the values that a run keeps; the same as ``evaluate`` says of a message.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from itk3_validator.archive.gather import name_of
from itk3_validator.archive.statement import Look, Undecidable
from itk3_validator.checks.ask import AnyOf, Ask, Checks, CodeList, Range, Target
from itk3_validator.finding import Outcome
from itk3_validator.judgement import AND, ANY, CONDITIONS

# `{,3}` is up to three in Python and four letters to DuckDB.
_OPEN_COUNT = re.compile(r"\{,")
# DuckDB knows a backslash before signs of ASCII alone; before others it means nothing.
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
PASS, FAIL, UNDECIDED, NOT_APPLICABLE = "'pass'", "'fail'", "'undecided'", "'not-applicable'"


def outcome(checks: Checks, look: Look, lists: Mapping[str, CodeList], *, anyone: bool) -> str:
    """
    The column with the outcome of checks, as text.

    Args:
        anyone: whether any value that holds is enough, as in ``when``.

    Raises:
        Undecidable: The values are kept in a way that does not tell.
    """
    each = [
        _any_of(check, look, lists, anyone=anyone)
        if isinstance(check, AnyOf)
        else _ask(check, look, lists, anyone=anyone)
        for check in checks
    ]
    return _joined(each, look, CONDITIONS if anyone else AND)


def _any_of(check: AnyOf, look: Look, lists: Mapping[str, CodeList], *, anyone: bool) -> str:
    return _joined([outcome(branch, look, lists, anyone=anyone) for branch in check.branches], look, ANY)


def _joined(columns: Sequence[str], look: Look, order: Sequence[Outcome]) -> str:
    if len(columns) == 1:
        return columns[0]
    if not columns:
        return look.column(PASS)
    found = ", ".join(columns)
    # What could not be run is not kept, so error does not occur.
    cases = " ".join(f"WHEN '{each}' IN ({found}) THEN '{each}'" for each in order if each is not Outcome.ERROR)
    return look.column(f"CASE {cases} END")


def _ask(ask: Ask, look: Look, lists: Mapping[str, CodeList], *, anyone: bool) -> str:
    assert ask.target is not None  # noqa: S101 - a test is not decidable
    role = _role(ask.target)
    if ask.verb == "same-as":
        expression = _same_as(ask, ask.target, look, anyone=anyone)
    else:
        condition = _condition(ask, look, lists)
        at = look.join(_counted(ask.target, condition, look), role)
        expression = _decided(ask, at, anyone=anyone)
    if role == "request":
        expression = f"CASE WHEN {look.roles[role]} IS NULL THEN {UNDECIDED} ELSE {expression} END"
    return look.column(expression)


def _role(target: Target) -> str:
    return "request" if target.of_request else "self"


def _counted(target: Target, condition: str, look: Look) -> str:
    """
    Message by message how many nodes a place has, how many of them are empty, and of how many a condition holds.
    """
    name = look.statement.put(name_of(target))
    return look.statement.table(
        f"SELECT message, count(*) AS n, count(*) FILTER (WHERE value = '') AS hollow, "
        f"count(*) FILTER (WHERE value <> '' AND {condition}) AS held FROM keys WHERE name = {name} GROUP BY message"
    )


def valued(target: Target, look: Look) -> str:
    """
    Message by message the different values at a place, sorted, and how many nodes there are.
    """
    name = look.statement.put(name_of(target))
    kept = look.statement.table(f"SELECT message, value FROM keys WHERE name = {name}")
    # Lists are what cannot be moved out of memory, and nearly every message has one value.
    several = look.statement.table(f"SELECT message FROM {kept} GROUP BY message HAVING count(*) > 1")
    return look.statement.table(
        "SELECT message, 1 AS n, CASE WHEN coalesce(value, '') = '' THEN 1 ELSE 0 END AS hollow, "
        "CASE WHEN value <> '' THEN [value] END AS found "
        f"FROM {kept} ANTI JOIN {several} USING (message) UNION ALL "
        "SELECT message, count(*), count(*) FILTER (WHERE coalesce(value, '') = ''), "
        "list_sort(list(DISTINCT value) FILTER (WHERE value <> '')) "
        f"FROM {kept} SEMI JOIN {several} USING (message) GROUP BY message"
    )


def _decided(ask: Ask, at: str, *, anyone: bool) -> str:
    n = f"coalesce({at}.n, 0)"
    match ask.verb:
        case "present":
            holds = f"{n} > {at}.hollow" if anyone else f"{n} > 0 AND {at}.hollow = 0"
        case "absent":
            holds = f"{n} = 0"
        case "count":
            holds = _within(ask.options, n)
        case _:
            return _number(ask, n, f"{at}.held = {n}", f"{at}.held > 0", anyone=anyone)
    return f"CASE WHEN {holds} THEN {PASS} ELSE {FAIL} END"


def _number(ask: Ask, n: str, every: str, some: str, *, anyone: bool) -> str:
    """
    A verb about values: as many as there have to be, and all of them or any.
    """
    counted = _within(ask.count, n) if ask.count is not None else ""
    if anyone:
        enough = f" AND {counted}" if counted else ""
        return f"CASE WHEN {n} > 0{enough} AND {some} THEN {PASS} ELSE {FAIL} END"
    holds = some if ask.some else every
    if counted:
        return (
            f"CASE WHEN NOT ({counted}) THEN {FAIL} WHEN {n} = 0 THEN {NOT_APPLICABLE} "
            f"WHEN {holds} THEN {PASS} ELSE {FAIL} END"
        )
    right = f"{n} > 0" if ask.some else f"{n} = 1"
    return f"CASE WHEN {right} AND {holds} THEN {PASS} ELSE {FAIL} END"


def _same_as(ask: Ask, target: Target, look: Look, *, anyone: bool) -> str:
    other: Target = ask.options["target"]
    here, there = look.join(valued(target, look), _role(target)), look.join(valued(other, look), _role(other))
    n = f"coalesce({here}.n, 0)"
    every = f"{here}.hollow = 0 AND len({here}.found) = 1 AND {here}.found[1] = {there}.found[1]"
    some = f"list_contains({here}.found, {there}.found[1])"
    # What has no value itself fails, whatever there is to compare with.
    anything = f"len({here}.found) > 0" if anyone or ask.some else f"{here}.hollow = 0"
    missing = f"NOT coalesce({there}.n = 1 AND {there}.hollow = 0, false)"
    unknown = UNDECIDED if other.of_request else FAIL
    if other.of_request:
        missing = f"({look.roles['request']} IS NULL OR {missing})"
    open_ = _number(ask, n, anything, anything, anyone=anyone)
    decided = _number(ask, n, every, some, anyone=anyone)
    return (
        f"CASE WHEN {missing} THEN CASE {open_} WHEN {PASS} THEN {unknown} WHEN {FAIL} THEN {FAIL} "
        f"ELSE {NOT_APPLICABLE} END ELSE {decided} END"
    )


def _condition(ask: Ask, look: Look, lists: Mapping[str, CodeList]) -> str:
    """
    What a verb asks of a value.
    """
    if ask.verb in ("present", "absent", "count"):
        return "true"
    assert ask.target is not None  # noqa: S101 - see above
    name = name_of(ask.target)
    if not look.statement.plain.get(name, False):
        why = "so the run keeps hashes of its values, which can be compared and not looked into"
        raise Undecidable(f"{name} is not marked safe, {why}")
    put = look.statement.put
    match ask.verb:
        case "equals":
            return f"value = {put(ask.options)}"
        case "one-of":
            return f"list_contains({put(list(ask.options))}, value)"
        case "none-of":
            return f"NOT list_contains({put(list(ask.options))}, value)"
        case "in":
            return _in(lists[ask.options], look)
        case "matches":
            if _OPEN_COUNT.search(ask.options):
                raise Undecidable(
                    f"the pattern {ask.options} has a count without a beginning; write 0 before its comma"
                )
            return f"regexp_full_match(value, {put(pattern_of(ask.options))}, 's')"
        case "length":
            return _within(ask.options, "length(value)")
    raise Undecidable(f"{ask.verb} cannot be decided over an archive")


def pattern_of(written: str) -> str:
    """
    A pattern as DuckDB has it.
    """
    return _ESCAPED.sub(_unescaped, written)


def _unescaped(escaped: re.Match[str]) -> str:
    return escaped[0] if escaped[1].isascii() else escaped[1]


def _in(codes: CodeList, look: Look) -> str:
    put = look.statement.put
    if codes.span is None:
        return f"list_contains({put(list(codes.rows))}, value)"
    low, high = codes.span
    return (
        f"regexp_full_match(value, '0|[1-9][0-9]*') AND length(value) <= {len(str(high))} "
        f"AND TRY_CAST(value AS HUGEINT) BETWEEN {low:d} AND {high:d}"
    )


def _within(range_: Range, number: str) -> str:
    low = f"{number} >= {range_.low:d}"
    return low if range_.high is None else f"{low} AND {number} <= {range_.high:d}"
