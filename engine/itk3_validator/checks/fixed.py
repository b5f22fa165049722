"""
The verbs that compare a value with what the rule says: ``equals``, ``one-of``, ``none-of``, ``in``, ``row``.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from itk3_validator.checks.ask import CodeList
from itk3_validator.checks.verb import (
    NOTHING,
    TEXT,
    TEXTS,
    Answer,
    Asks,
    Binder,
    Reading,
    Scope,
    Unknown,
    Verb,
    Wrong,
    any_of,
    quoted,
)
from itk3_validator.message import Node, value_of
from itk3_validator.value import Value

# Most values are none of those that some other kind of message has there.
_expected = lru_cache(256)(any_of)


class OneOf(Value):
    values: tuple[str, ...]

    @property
    def expected(self) -> str:
        return _expected(self.values)

    def wrong(self, value: str, node: Node, scope: Scope) -> Answer:
        return None if value in self.values else Wrong("is {found}", self.expected, (value,))


class NoneOf(Value):
    values: tuple[str, ...]

    @property
    def expected(self) -> str:
        if len(self.values) == 1:
            return f"anything but {quoted(self.values[0])}"
        return f"none of {', '.join(quoted(value) for value in self.values)}"

    def wrong(self, value: str, node: Node, scope: Scope) -> Answer:
        # Naming the forbidden value would tell the one that was found, which may have to be masked.
        return Wrong("is {found}", "another value", (value,)) if value in self.values else None


class InList(Value):
    codes: CodeList

    @property
    def expected(self) -> str:
        return str(self.codes)

    def wrong(self, value: str, node: Node, scope: Scope) -> Answer:
        return None if value in self.codes else Wrong("is {found}", self.expected, (value,))


class Row(Value):
    codes: CodeList
    key: Any
    key_label: str
    column: str

    @property
    def expected(self) -> str:
        return f"the {self.column} that {self.codes.name} gives for {self.key_label}"

    def wrong(self, value: str, node: Node, scope: Scope) -> Answer:
        keys = scope.nodes(self.key)
        if isinstance(keys, Unknown):
            return keys
        # The key's own rules speak of a key that is missing, doubled or no code of the list.
        code = value_of(keys[0]) if len(keys) == 1 else None
        cell = self.codes.rows.get(code or "", {}).get(self.column, "")
        if not cell:
            return NOTHING
        allowed = tuple(cell.split("|"))
        if value in allowed:
            return None
        private = not self.key.target.safe
        return Wrong("is {found}", f"{any_of(allowed)} for {code}", (value,), private=private)


def _read_text(node: Any, reading: Reading) -> str | None:
    return reading.text(node)


def _read_texts(node: Any, reading: Reading) -> tuple[str, ...] | None:
    return reading.texts(node)


def _read_list(node: Any, reading: Reading) -> str | None:
    return reading.code_list(node)


def _read_row(node: Any, reading: Reading) -> Mapping[str, Any] | None:
    fields = reading.fields(node, required=("of", "key", "column"))
    if fields is None:
        return None
    name = reading.code_list(fields["of"])
    key = reading.target(fields["key"])
    column = reading.column(fields["column"], name) if name is not None else None
    if name is None or key is None or column is None:
        return None
    return {"of": name, "key": key, "column": column}


def _bind_row(options: Mapping[str, Any], binder: Binder) -> Row:
    key = options["key"]
    return Row(binder.code_list(options["of"]), binder.place(key), key.label, options["column"])


EQUALS = Verb(
    name="equals",
    summary="The value is exactly this text. Nothing is trimmed.",
    asks=Asks.VALUE,
    schema=TEXT,
    read=_read_text,
    bind=lambda options, binder: OneOf((options,)),
)

ONE_OF = Verb(
    name="one-of",
    summary="The value is exactly one of these texts.",
    asks=Asks.VALUE,
    schema=TEXTS,
    read=_read_texts,
    bind=lambda options, binder: OneOf(options),
)

NONE_OF = Verb(
    name="none-of",
    summary="There is a value, and it is none of these texts.",
    asks=Asks.VALUE,
    schema=TEXTS,
    read=_read_texts,
    bind=lambda options, binder: NoneOf(options),
)

IN = Verb(
    name="in",
    summary="The value is a code of this code list.",
    asks=Asks.VALUE,
    schema={"type": "string"},
    read=_read_list,
    bind=lambda options, binder: InList(binder.code_list(options)),
)

ROW = Verb(
    name="row",
    summary="The value is what the code list's row for another value (the key) says in a column.",
    asks=Asks.VALUE,
    schema={
        "type": "object",
        "required": ["of", "key", "column"],
        "additionalProperties": False,
        "properties": {
            "of": {"type": "string", "description": "The name of the code list."},
            "key": {"type": "string", "description": "The selector or XPath of the code whose row is meant."},
            "column": {
                "type": "string",
                "description": "The column of that row; of values joined by `|` in it each will do.",
            },
        },
    },
    read=_read_row,
    bind=_bind_row,
)
