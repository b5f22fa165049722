"""
A statement in SQL while it is put together; whatever a pack or a message says is a parameter of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


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

    def table(self, sql: str) -> str:
        """
        A table made of a SELECT; its name. The same SELECT is made once.
        """
        if sql not in self._tables:
            self._tables[sql] = f"t{len(self._tables)}"
        return self._tables[sql]

    def sql(self, last: str) -> str:
        """
        The whole statement, which ends in the SELECT *last*.
        """
        tables = ", ".join(f"{name} AS ({sql})" for sql, name in self._tables.items())
        return f"WITH {tables} {last}" if tables else last


class Look:
    """
    A SELECT over messages in roles, with what is looked up of them.

    Args:
        source: the FROM clause.

        roles: role to the column with the number of the message, ``self`` and ``request``.
    """

    def __init__(self, statement: Statement, source: str, roles: Mapping[str, str]) -> None:
        self.statement = statement
        self.source = source
        self.roles = roles
        self._joins: dict[tuple[str, str], str] = {}
        self._columns: list[str] = []

    def join(self, table: str, role: str) -> str:
        """
        The table's row of the message in that role, as it is called here.
        """
        return self._joins.setdefault((table, role), f"j{len(self._joins)}")

    def column(self, expression: str) -> str:
        """
        A computed column; the ones after it may use its name.
        """
        self._columns.append(expression)
        return f"c{len(self._columns) - 1}"

    def sql(self, first: str, where: str = "") -> str:
        joins = " ".join(
            f"LEFT JOIN {table} AS {alias} ON {alias}.message = {self.roles[role]}"
            for (table, role), alias in self._joins.items()
        )
        columns = "".join(f", {expression} AS c{at}" for at, expression in enumerate(self._columns))
        return f"SELECT {first}{columns} FROM {self.source} {joins} {where}".rstrip()
