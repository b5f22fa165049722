"""
A statement in SQL while it is put together; whatever a pack or a message says is a parameter of it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from itk3_validator.archive.values import columns_of

_PARAMETER = re.compile(r"\$(p[0-9]+)\b")


class Undecidable(Exception):
    """
    A check that the values a run keeps do not allow; the text is a sentence that says why.
    """


class Statement:
    """
    Parameters and tables of one statement. *plain* says of each key whether its values are kept as they are.
    """

    def __init__(self, plain: Mapping[str, bool]) -> None:
        self.plain = plain
        self.parameters: dict[str, Any] = {}
        self._tables: dict[str, str] = {}
        self._stages: dict[str, str] = {}

    def put(self, value: Any) -> str:
        """
        A value, as it is named in the statement; the same one has one name, so that tables that say the same are one.
        """
        for name, known in self.parameters.items():
            if type(known) is type(value) and known == value:
                return f"${name}"
        name = f"p{len(self.parameters)}"
        self.parameters[name] = value
        return f"${name}"

    def column(self, name: str) -> str:
        """
        The column that holds the values of a key, in the tables that have it.
        """
        return columns_of(self.plain)[name]

    def table(self, sql: str) -> str:
        """
        A table made of a SELECT; its name. Where it is named twice it is made twice: none is held in memory as a whole.
        """
        if sql not in self._tables:
            self._tables[sql] = f"t{len(self._tables)}"
        return self._tables[sql]

    def stage(self, sql: str) -> str:
        """
        A table made of a SELECT before the rest is run; its name. What was held to make it is free again by then.
        """
        name = f"archive_stage_{len(self._stages)}"
        self._stages[name] = self.sql(sql)
        return name

    def sql(self, last: str) -> str:
        """
        The whole statement, which ends in the SELECT *last*.
        """
        tables = ", ".join(f"{name} AS NOT MATERIALIZED ({sql})" for sql, name in self._tables.items())
        return f"WITH {tables} {last}" if tables else last

    def make(self, connection: Any, table: str, last: str) -> None:
        """
        Run it, and make a temporary table of what comes.
        """
        try:
            for name, sql in (*self._stages.items(), (table, self.sql(last))):
                named = {each: self.parameters[each] for each in set(_PARAMETER.findall(sql))}
                connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {sql}", named)
        finally:
            for name in self._stages:
                connection.execute(f"DROP TABLE IF EXISTS {name}")


class Look:
    """
    A SELECT over messages in roles, with what is looked up of them.

    Args:
        tables: alias to table. Those that are looked up in have the columns of values.

        source: the FROM clause, in which ``{alias}`` stands for a table.

        roles: role to the alias of the table that has its messages, ``self`` and ``request``.
    """

    def __init__(self, statement: Statement, tables: Mapping[str, str], source: str, roles: Mapping[str, str]) -> None:
        self.statement = statement
        self._tables = tables
        self._source = source
        self._roles = roles
        self._values: dict[str, list[str]] = {alias: [] for alias in tables}
        self._columns: list[str] = []

    def missing(self, role: str) -> str:
        """
        The condition that there is no message in that role.
        """
        return f"{self._roles[role]}.message IS NULL" if role in self._roles else "true"

    def value(self, role: str, expression: str) -> str:
        """
        What is computed from the values of the message in that role, as it is called here.

        It is computed before tables are joined: a join then holds a number instead of a list of texts.
        """
        if role not in self._roles:
            return "NULL"
        alias = self._roles[role]
        known = self._values[alias]
        if expression not in known:
            known.append(expression)
        return f"{alias}.v{known.index(expression)}"

    def column(self, expression: str) -> str:
        """
        A computed column; the ones after it may use its name.
        """
        self._columns.append(expression)
        return f"c{len(self._columns) - 1}"

    def sql(self, first: str, where: str = "") -> str:
        source = self._source.format_map({alias: self._table(alias) for alias in self._tables})
        columns = "".join(f", {expression} AS c{at}" for at, expression in enumerate(self._columns))
        return f"SELECT {first}{columns} FROM {source} {where}".rstrip()

    def _table(self, alias: str) -> str:
        values = "".join(f", {expression} AS v{at}" for at, expression in enumerate(self._values[alias]))
        return f"(SELECT *{values} FROM {self._tables[alias]})"
