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
    if ask.verb == "same-as":
        expression = _same_as(ask, ask.target, look, anyone=anyone)
    else:
        expression = _decided(ask, ask.target, look, lists, anyone=anyone)
    if ask.target.of_request:
        expression = f"CASE WHEN {look.missing('request')} THEN {UNDECIDED} ELSE {expression} END"
    return look.column(expression)


def _role(target: Target) -> str:
    return "request" if target.of_request else "self"


def _number_of(target: Target, look: Look, condition: str = "") -> str:
    """
    How many nodes a place has, or of how many a condition on ``value`` holds.
    """
    nodes = look.statement.column(name_of(target))
    if condition:
        nodes = f"list_filter({nodes}, lambda value: {condition})"
    return f"coalesce({look.value(_role(target), f'coalesce(len({nodes}), 0)::INTEGER')}, 0)"


def valued(target: Target, look: Look) -> str:
    """
    The different values at a place, sorted; NULL, where there is none.
    """
    nodes = look.statement.column(name_of(target))
    # Nearly every message has one value.
    return look.value(
        _role(target),
        f"CASE WHEN len({nodes}) = 1 THEN CASE WHEN {nodes}[1] <> '' THEN {nodes} END "
        f"ELSE nullif(list_sort(list_distinct(list_filter({nodes}, lambda value: value <> ''))), []::VARCHAR[]) END",
    )


def _decided(ask: Ask, target: Target, look: Look, lists: Mapping[str, CodeList], *, anyone: bool) -> str:
    n = _number_of(target, look)
    match ask.verb:
        case "present":
            hollow = _number_of(target, look, "value = ''")
            holds = f"{n} > {hollow}" if anyone else f"{n} > 0 AND {hollow} = 0"
        case "absent":
            holds = f"{n} = 0"
        case "count":
            holds = _within(ask.options, n)
        case _:
            held = _number_of(target, look, f"value <> '' AND {_condition(ask, target, look, lists)}")
            return _number(ask, n, f"{held} = {n}", f"{held} > 0", anyone=anyone)
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
    found, nothing = valued(target, look), "coalesce(value, '') = ''"
    n, hollow = _number_of(target, look), _number_of(target, look, nothing)
    there = look.value(_role(other), f"{look.statement.column(name_of(other))}[1]")
    every = f"{hollow} = 0 AND len({found}) = 1 AND {found}[1] = {there}"
    some = f"list_contains({found}, {there})"
    # What has no value itself fails, whatever there is to compare with.
    anything = f"len({found}) > 0" if anyone or ask.some else f"{hollow} = 0"
    missing = f"({_number_of(other, look)} <> 1 OR {_number_of(other, look, nothing)} <> 0)"
    unknown = UNDECIDED if other.of_request else FAIL
    if other.of_request:
        missing = f"({look.missing('request')} OR {missing})"
    open_ = _number(ask, n, anything, anything, anyone=anyone)
    decided = _number(ask, n, every, some, anyone=anyone)
    return (
        f"CASE WHEN {missing} THEN CASE {open_} WHEN {PASS} THEN {unknown} WHEN {FAIL} THEN {FAIL} "
        f"ELSE {NOT_APPLICABLE} END ELSE {decided} END"
    )


def _condition(ask: Ask, target: Target, look: Look, lists: Mapping[str, CodeList]) -> str:
    """
    What a verb asks of a value.
    """
    name = name_of(target)
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
