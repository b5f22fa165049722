"""
Answers as text, CSV and JSON, in pieces as their rows are found.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, Final

from itk3_validator.batch.query import Answer
from itk3_validator.report.csv_table import cell
from itk3_validator.report.visible import visible

_WIDEST: Final = 60


def as_text(answer: Answer) -> Iterator[str]:
    """
    Aligned columns; how wide these are is decided by the first block of rows.
    """
    names = [visible(each) for each in answer.columns]
    widths: list[int] = []
    number = 0
    for block in _one_at_least(answer.blocks):
        rows = [[_shown(each) for each in row] for row in block]
        if not widths:
            widths = [min(max(map(len, column)), _WIDEST) for column in zip(names, *rows, strict=True)]
            numeric = [all(_is_number(row[place]) for row in block) for place in range(len(names))]
            yield _line(names, widths, numeric)
            yield _line(["-" * width for width in widths], widths, numeric)
        for row in rows:
            yield _line(row, widths, numeric)
        number += len(rows)
    yield "1 row\n" if number == 1 else f"{number:,} rows\n"


def as_csv(answer: Answer) -> Iterator[str]:
    """
    RFC 4180 in UTF-8, with texts as in a report's CSV.
    """
    yield _csv([[_in_csv(each) for each in answer.columns]])
    for block in answer.blocks:
        yield _csv([[_in_csv(each) for each in row] for row in block])


def as_json(answer: Answer) -> Iterator[str]:
    """
    A list of objects, one a row, in ASCII: what steers a terminal is escaped.
    """
    before = "["
    for block in answer.blocks:
        for row in block:
            told = dict(zip(answer.columns, map(_plain, row), strict=True))
            yield f"{before}\n  {json.dumps(told)}"
            before = ","
    yield "[]\n" if before == "[" else "\n]\n"


RENDERERS: Final[Mapping[str, Callable[[Answer], Iterator[str]]]] = {"text": as_text, "csv": as_csv, "json": as_json}


def _one_at_least(blocks: Iterator[list[tuple[Any, ...]]]) -> Iterator[list[tuple[Any, ...]]]:
    yield next(blocks, [])
    yield from blocks


def _line(cells: Sequence[str], widths: Sequence[int], numeric: Sequence[bool]) -> str:
    padded = (
        cell.rjust(width) if right else cell.ljust(width)
        for cell, width, right in zip(cells, widths, numeric, strict=True)
    )
    return "  ".join(padded).rstrip() + "\n"


def _shown(value: Any) -> str:
    return "" if value is None else visible(_text(value))


def _is_number(value: Any) -> bool:
    return value is None or (isinstance(value, (int, float, Decimal)) and not isinstance(value, bool))


def _in_csv(value: Any) -> str:
    text = "" if value is None else _text(value)
    return cell(text, longest=len(text)) if isinstance(value, (str, list, tuple, dict)) else text


def _csv(rows: Sequence[Sequence[str]]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue()


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple, dict)):
        return json.dumps(_plain(value), ensure_ascii=False)
    return str(_plain(value))


def _plain(value: Any) -> Any:
    """
    A value as JSON has it.
    """
    match value:
        case None | bool() | int() | float() | str():
            return value
        case datetime() | date() | time():
            return value.isoformat()
        case list() | tuple():
            return [_plain(each) for each in value]
        case dict():
            return {str(key): _plain(each) for key, each in value.items()}
        case _:
            return str(value)
