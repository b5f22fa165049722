"""
YAML's own complaints about a file, in words for the person who wrote it.

PyYAML tells its errors apart by their text alone, and its two loaders word them differently: so these
functions look for words common to both, and beyond that at what stands in the file at that place.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import yaml

from itk3_validator.errors import Problem
from itk3_validator.value import Row

_LONGEST_KEY = 1024
_QUOTE = "put the whole text in quotes"
_CLOSES = {"[": "]", "{": "}"}


class _Said(Row):
    """
    The words for one error; *line* and *column* count from 0.
    """

    line: int
    column: int
    what: str
    remedy: str


class _Error(Row):
    """
    What the loader said, and the file's lines around it; places count from 0.
    """

    context: str
    problem: str
    line: int
    column: int
    from_line: int
    from_column: int
    rows: list[str]

    @property
    def row(self) -> str:
        return self.rows[self.line] if self.line < len(self.rows) else ""

    @property
    def here(self) -> str:
        """
        The character at the place, empty at the end of a line.
        """
        return self.row[self.column : self.column + 1]

    @property
    def opener(self) -> str:
        """
        The character at which the thing that could not be read began.
        """
        row = self.rows[self.from_line] if self.from_line < len(self.rows) else ""
        return row[self.from_column : self.from_column + 1]

    @property
    def at_end(self) -> bool:
        """
        True where nothing but white space follows in the file.
        """
        return not self.row[self.column :].strip() and not "".join(self.rows[self.line + 1 :]).strip()

    @property
    def first_in_row(self) -> bool:
        return not self.row[: self.column].strip()


def syntax_problem(file: str, text: str, error: yaml.MarkedYAMLError) -> Problem:
    """
    The problem for *error*, which PyYAML raised while it read *text*.
    """
    place = error.problem_mark or error.context_mark
    start = error.context_mark or place
    if place is None or start is None:
        return Problem(file, 1, 1, "this is not YAML", "check quotes, brackets and indentation", "yaml")
    rows = re.split(r"\r\n|\r|\n", text)
    context, problem = str(error.context or ""), str(error.problem or "")
    said = _words(_Error(context, problem, place.line, place.column, start.line, start.column, rows))
    if said.line >= len(rows):
        # libyaml ends the last line, where the file does not.
        return Problem(file, len(rows), len(rows[-1]) + 1, said.what, said.remedy, "yaml")
    return Problem(file, said.line + 1, said.column + 1, said.what, said.remedy, "yaml")


def escape_problem(file: str, line: int, column: int) -> Problem:
    """
    The problem for a number, in an escape or a directive, that is out of range.
    """
    return Problem(file, line, column, "this number is out of range", "write the character itself", "yaml")


def _words(error: _Error) -> _Said:
    said = f"{error.context}: {error.problem}"
    for pattern, words in _WORDS:
        if re.search(pattern, said):
            return words(error)
    what, remedy = next(
        (plain for pattern, plain in _PLAIN_WORDS if re.search(pattern, said)),
        ("this is not YAML", "check quotes, brackets and indentation here"),
    )
    return _Said(error.line, error.column, what, remedy)


def _quoted(error: _Error) -> _Said:
    if "unknown escape" in error.problem:
        column = error.column if error.here == "\\" else error.column - 1
        escape = error.row[column : column + 2]
        what = f"{escape} means nothing inside double quotes"
        return _Said(error.line, column, what, "use single quotes, in which a backslash is a backslash")
    if "end of stream" in error.problem or "document" in error.problem:
        what = "the quote opened here is not closed"
        return _Said(error.from_line, error.from_column, what, f"add the {error.opener} that ends the text")
    remedy = r"write two hexadecimal digits after \x, four after \u, eight after \U; or use single quotes"
    return _Said(error.line, error.column, "the escape here is not complete", remedy)


def _first_character(error: _Error) -> _Said:
    if error.here == "\t":
        return _Said(error.line, error.column, "a tab stands here", "indent with spaces")
    return _Said(error.line, error.column, f"a text cannot begin with {error.here!r}", _QUOTE)


def _stray_colon(error: _Error) -> _Said:
    if error.column > _LONGEST_KEY:
        what = f"a key longer than {_LONGEST_KEY:,} characters ends here"
        return _Said(error.line, error.column, what, "give the place a name under selectors:")
    before = error.row[: error.column]
    if re.search(r":\s", before):
        return _Said(error.line, error.column, "a ': ' stands inside a text that has no quotes", _QUOTE)
    column = len(before) - len(before.lstrip(" -"))
    what = "a key stands here, below a text and deeper than its key"
    return _Said(error.line, column, what, "align it with the key it belongs beside, or put the text in quotes")


def _no_colon(error: _Error) -> _Said:
    remedy = "write key: value, or indent it to continue the text above"
    return _Said(error.from_line, error.from_column, "a ':' is missing after this text", remedy)


def _indicator(error: _Error) -> _Said:
    return _Said(error.from_line, error.from_column, f"a text cannot begin with {error.opener!r}", _QUOTE)


def _percent(error: _Error) -> _Said:
    return _Said(error.line, 0, "a line cannot begin with '%'", "put the text in quotes, or remove the line")


def _block(error: _Error) -> _Said:
    what = f"the text of a {error.opener!r} begins on the next line"
    return _Said(error.line, error.column, what, "move it there, or put it in quotes instead")


def _bracket(error: _Error) -> _Said:
    row, column = error.row, error.column
    if error.here == "{" and row[column - 1 : column] == "$":
        what = "'${' cannot stand inside brackets without quotes"
        return _Said(error.line, column - 1, what, 'put the whole text in quotes, such as "${name}"')
    closer = _CLOSES.get(error.opener)
    if closer is None:
        return _unexpected(error)
    if error.at_end:
        what = f"the {error.opener!r} opened here is not closed"
        return _Said(error.from_line, error.from_column, what, f"add the {closer!r}")
    if error.line > error.from_line:
        what = f"the {error.opener!r} opened here is not closed before line {error.line + 1}"
        return _Said(error.from_line, error.from_column, what, f"add the {closer!r}, or the ',' between two items")
    what = f"a ',' or {closer!r} is missing before {error.here!r}"
    return _Said(error.line, column, what, "add it, or put a text that holds brackets, quotes or ': ' in quotes")


def _unexpected(error: _Error) -> _Said:
    if error.at_end:
        what, remedy = "the file ends here inside a bracket", "add the ']' or '}' that is missing"
        return _Said(error.line, error.column, what, remedy)
    what = f"{error.here!r} stands where a value should"
    return _Said(error.line, error.column, what, "remove it, or put the text in quotes")


def _misplaced(error: _Error) -> _Said:
    if not error.first_in_row:
        rest = error.row[error.column :].strip()
        if error.here in "]}":
            return _Said(error.line, error.column, f"the {error.here!r} here closes nothing", f"remove it, or {_QUOTE}")
        what = f"{(rest if len(rest) <= 20 else rest[:20] + '…')!r} follows a text or bracket that is already closed"
        return _Said(error.line, error.column, what, f"{_QUOTE}; inside single quotes '' stands for one")
    if error.here == ":":
        return _Said(error.line, error.column, "no key stands before the ':'", "write one, or put the text in quotes")
    if error.here == "-" and "mapping" in error.context and error.column == error.from_column:
        what = "a list item stands among keys"
        return _Said(error.line, error.column, what, "put it right below the key whose list it belongs to")
    what = "this line is aligned with nothing above it"
    if "collection" in error.context and error.column == error.from_column:
        what = "a key stands among list items"
    return _Said(error.line, error.column, what, "give it the indentation of the key or '-' it belongs beside")


_WORDS: tuple[tuple[str, Callable[[_Error], _Said]], ...] = (
    (r"quoted scalar", _quoted),
    (r"cannot start any token|tab character", _first_character),
    (r"mapping values are not allowed", _stray_colon),
    (r"could not find expected ':'", _no_colon),
    (r"\ban (alias|anchor)\b|\ba tag\b|tag handle", _indicator),
    (r"directive|YAML document", _percent),
    (r"a block scalar", _block),
    (r"a flow ", _bracket),
    (r"node content", _unexpected),
    (r"a block (mapping|collection)", _misplaced),
)
_PLAIN_WORDS = (
    (
        r"sequence entries",
        ("a list with '- ' cannot begin here", "begin it on a line of its own, or put the text in quotes"),
    ),
    (r"mapping keys", ("a key with '? ' cannot begin here", _QUOTE)),
    (
        r"document start",
        ("this stands after the end of all that the file holds", "remove the '...' or the bracket above it"),
    ),
)
