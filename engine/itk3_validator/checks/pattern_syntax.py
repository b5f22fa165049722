"""
Reads a pattern of the stated subset of Python's ``re`` into a small tree.
"""

from __future__ import annotations

from typing import TypeAlias

from itk3_validator.checks import charset
from itk3_validator.checks.charset import CharSet
from itk3_validator.value import Row, Value

MAX_LENGTH = 500
MAX_DEPTH = 20
MAX_COUNT = 1_000

_SHORTHANDS = {
    "d": charset.DIGITS,
    "w": charset.WORD,
    "s": charset.SPACES,
    "D": charset.all_but(charset.DIGITS),
    "W": charset.all_but(charset.WORD),
    "S": charset.all_but(charset.SPACES),
}
_CONTROLS = {"n": "\n", "r": "\r", "t": "\t"}
_ANCHORS = "AZbB"
_GROUPS = (  # the longer beginnings first
    ("(?<=", "look-behind"),
    ("(?<!", "look-behind"),
    ("(?=", "look-ahead"),
    ("(?!", "look-ahead"),
    ("(?P=", "a back-reference"),
    ("(?P", "a named group"),
    ("(?>", "an atomic group"),
    ("(?(", "a conditional group"),
    ("(?#", "a comment"),
)
_PLAIN_GROUP = "write a plain group: (...)"


class PatternProblem(Row):
    """
    One mistake in a pattern; *offset* counts code points from its beginning.
    """

    offset: int
    what: str
    remedy: str


class PatternRefused(Exception):
    """
    Carries the problem out of the reader; it does not leave ``checks``.
    """

    def __init__(self, offset: int, what: str, remedy: str) -> None:
        self.problem = PatternProblem(offset, what, remedy)
        super().__init__(self.problem)


class Chars(Value):
    """
    One character of a set.
    """

    chars: CharSet
    offset: int


class Choice(Value):
    """
    One branch or another; a group without a bar has one branch. Each branch is a sequence.
    """

    branches: tuple[tuple[Node, ...], ...]
    offset: int


class Repeat(Value):
    """
    *least* to *most* of the same; *most* is None when there is no end. *offset* is that of the quantifier.
    """

    body: Chars | Choice
    least: int
    most: int | None
    offset: int


Node: TypeAlias = Chars | Choice | Repeat


def read_pattern(pattern: str) -> Choice:
    """
    The tree of *pattern*.

    Raises:
        PatternRefused: The first place that is not in the subset.
    """
    if len(pattern) > MAX_LENGTH:
        what = f"the pattern is longer than {MAX_LENGTH} characters"
        raise PatternRefused(MAX_LENGTH, what, "use a code list, or several checks")
    reader = _Reader(pattern)
    tree = reader.choice(0)
    if reader.at < len(pattern):
        raise PatternRefused(reader.at, "a '(' is missing for the ')' here", _itself(")"))
    return tree


class _Reader:
    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self.at = 0

    def peek(self) -> str:
        return self.pattern[self.at : self.at + 1]

    def choice(self, depth: int) -> Choice:
        start = self.at
        branches = [self.sequence(depth)]
        while self.peek() == "|":
            self.at += 1
            branches.append(self.sequence(depth))
        return Choice(tuple(branches), start)

    def sequence(self, depth: int) -> tuple[Node, ...]:
        start = self.at
        nodes: list[Node] = []
        while self.peek() not in ("", "|", ")"):
            nodes.append(self.quantified(self.atom(depth)))
        if not nodes:
            remedy = "write '?' behind a group to make it optional" if start else "write what the value looks like"
            raise PatternRefused(start, "nothing stands here to be matched", remedy)
        return tuple(nodes)

    def atom(self, depth: int) -> Chars | Choice:
        start = self.at
        found = self.peek()
        if found == "(":
            return self.group(depth)
        if found == "[":
            return Chars(self.char_class(), start)
        if found == "\\":
            return Chars(self.escape(), start)
        if found in "*+?{":
            raise PatternRefused(start, f"'{found}' has nothing before it to repeat", _itself(found))
        if found in "]}":
            raise PatternRefused(start, f"'{found}' stands alone", _itself(found))
        if found in "^$":
            raise PatternRefused(start, f"'{found}' is not needed", "leave it out: the whole value must match")
        self.at += 1
        return Chars(charset.ANY if found == "." else charset.of(found), start)

    def group(self, depth: int) -> Choice:
        start = self.at
        rest = self.pattern[start:]
        if rest.startswith("(?") and not rest.startswith("(?:"):
            kind = next((what for begin, what in _GROUPS if rest.startswith(begin)), "a flag inside the pattern")
            raise PatternRefused(start, f"{kind} is not allowed", _PLAIN_GROUP)
        if depth == MAX_DEPTH:
            raise PatternRefused(start, f"groups are nested more than {MAX_DEPTH} deep", "use fewer groups")
        self.at += 3 if rest.startswith("(?:") else 1
        inner = self.choice(depth + 1)
        if self.peek() != ")":
            raise PatternRefused(start, "a ')' is missing for the '(' here", _itself("("))
        self.at += 1
        return Choice(inner.branches, start)

    def escape(self) -> CharSet:
        start = self.at
        found = self.pattern[start + 1 : start + 2]
        self.at += 2
        if found in _SHORTHANDS:
            return _SHORTHANDS[found]
        if found in _CONTROLS:
            return charset.of(_CONTROLS[found])
        if not found:
            raise PatternRefused(start, "the pattern ends in a backslash", _itself("\\"))
        if "0" <= found <= "9":
            raise PatternRefused(start, "a back-reference is not allowed", "write out what may stand there")
        if found in _ANCHORS:
            raise PatternRefused(start, rf"'\{found}' is not allowed", "leave it out: the whole value must match")
        if found.isalnum():
            raise PatternRefused(start, rf"'\{found}' is not known", r"known are \d \w \s \D \W \S \n \r \t")
        return charset.of(found)

    def char_class(self) -> CharSet:
        start = self.at
        self.at += 1
        negated = self.peek() == "^"
        self.at += negated
        spans: list[tuple[int, int]] = []
        while self.peek() != "]" or not spans:
            spans.extend(self.class_item(start))
        self.at += 1
        chars = charset.union(spans)
        chosen = charset.all_but(chars) if negated else chars
        if not chosen:
            raise PatternRefused(start, "no character is in this set", "write what may stand there")
        return chosen

    def class_item(self, start: int) -> CharSet:
        at = self.at
        low = self.class_member(start)
        if self.peek() != "-" or self.pattern[self.at + 1 : self.at + 2] in ("]", ""):
            return low
        self.at += 1
        if self.peek() == "-":
            raise PatternRefused(self.at, "'--' cannot stand inside a set", _itself("-"))
        high = self.class_member(start)
        if not (_is_one(low) and _is_one(high)):
            raise PatternRefused(at, "a range goes from one character to another", _itself("-"))
        if high[0][0] < low[0][0]:
            raise PatternRefused(at, "the range runs backwards", "put the smaller character first")
        return ((low[0][0], high[0][0]),)

    def class_member(self, start: int) -> CharSet:
        found = self.peek()
        if not found:
            raise PatternRefused(start, "a ']' is missing for the '[' here", _itself("["))
        if found == "\\":
            return self.escape()
        if found in "[]":
            raise PatternRefused(self.at, f"'{found}' cannot stand here inside a set", _itself(found))
        if found in "-&~|" and self.pattern[self.at + 1 : self.at + 2] == found:
            raise PatternRefused(self.at, f"'{found}{found}' cannot stand inside a set", f"write '{found}' once")
        self.at += 1
        return charset.of(found)

    def quantified(self, body: Chars | Choice) -> Node:
        start = self.at
        found = self.peek()
        if found not in ("*", "+", "?", "{"):
            return body
        if found == "{":
            least, most = self.counts()
        else:
            self.at += 1
            least, most = (1 if found == "+" else 0), (1 if found == "?" else None)
        after = self.peek()
        if after in ("?", "+"):
            kind = "lazy" if after == "?" else "possessive"
            raise PatternRefused(self.at, f"a {kind} quantifier is not allowed", f"leave out this '{after}'")
        if after in ("*", "{"):
            raise PatternRefused(self.at, "two quantifiers stand side by side", "leave out one of them")
        return Repeat(body, least, most, start)

    def counts(self) -> tuple[int, int | None]:
        start = self.at
        end = self.pattern.find("}", start)
        low, comma, high = self.pattern[start + 1 : max(end, start)].partition(",")
        if not all(not each or (each.isascii() and each.isdigit()) for each in (low, high)) or not (low or high):
            raise PatternRefused(start, "'{' begins no count such as {4} or {1,20}", _itself("{"))
        self.at = end + 1
        if any(len(each) > 6 or int(each or "0") > MAX_COUNT for each in (low, high)):
            raise PatternRefused(start, f"a count is at most {MAX_COUNT:,}", "use the verb 'length' beside 'matches'")
        least = int(low or "0")
        most = (int(high) if high else None) if comma else least
        if most is not None and (most < least or most == 0):
            raise PatternRefused(start, "the count allows nothing", "put the smaller number first")
        return least, most


def _itself(found: str) -> str:
    return rf"write \{found} for the character itself"


def _is_one(chars: CharSet) -> bool:
    return len(chars) == 1 and chars[0][0] == chars[0][1]
