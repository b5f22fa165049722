"""
The public face of the XPath reader: an expression that has been read, and the replacement of its variables.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache

from itk3_validator.value import Value
from itk3_validator.xpath.check import Check
from itk3_validator.xpath.expansion import variables as names
from itk3_validator.xpath.grammar import parse
from itk3_validator.xpath.problems import XPathInvalid, XPathProblem
from itk3_validator.xpath.tree import Expr, Filter, Group, Path, Union, Variable

LONGEST = 4000
DEEPEST = 20
_SHORT = 500


class Expression(Value):
    """
    An XPath 1.0 expression that lxml will compile.

    *variables* are names without `$`, in order of first use. *start* is where it begins: ``document`` (at `/`),
    ``variable`` (at the nodes of `$name`), ``context`` (a relative path), or ``value`` (it yields no nodes: a call, a
    literal, a number, a comparison, a scalar). *costly* are the places that need `expensive:`. *tree* is its syntax.
    """

    text: str
    variables: tuple[str, ...]
    start: str
    costly: tuple[XPathProblem, ...]
    tree: Expr


def read(
    text: str,
    *,
    prefixes: Collection[str],
    variables: Collection[str],
    scalars: Collection[str] = (),
    told: int = 0,
) -> Expression:
    """
    Read *text* as XPath 1.0 within the limits of the rule language.

    Args:
        text: At most 4,000 characters, brackets nested at most 20 deep.

        prefixes: What is declared; `xml` always is.

        variables: Names, without `$`, that stand for nodes.

        scalars: Names, without `$`, whose value is a text, such as ``fact.recipient``.

        told: How many mistakes were told before: what is meant is looked for in the first ones only.

    Raises:
        XPathInvalid: Every problem that could be found. A mistake of syntax hides those of meaning.
    """
    if len(text) <= _SHORT:
        written = names(text)
        try:
            return _read_again(
                text,
                tuple(prefixes),
                tuple([name for name in written if name in variables]),
                tuple([name for name in written if name in scalars]),
            )
        except XPathInvalid:
            pass  # What was probably meant is told with everything that is known.
    return _read(text, prefixes, variables, scalars, told)


def _read(
    text: str, prefixes: Collection[str], variables: Collection[str], scalars: Collection[str], told: int = 0
) -> Expression:
    tree = _parse(text)
    check = Check(prefixes, variables, scalars, told=told)
    check.visit(tree)
    if check.problems:
        raise XPathInvalid(check.problems, check.costly)
    start = _start(tree, scalars)
    return Expression(text, tuple(check.variables), start, tuple(sorted(check.costly)), tree)


# Packs that extend one pack hold the same expressions; of what is known only the names in the text matter.
_read_again = lru_cache(maxsize=2_000)(_read)


def _parse(text: str) -> Expr:
    if not text.strip(" \t\r\n"):
        raise XPathInvalid([XPathProblem(0, "the XPath is empty", "write a path such as /f:Bundle/f:entry")])
    if len(text) > LONGEST:
        what = f"the XPath has {len(text):,} characters, more than {LONGEST:,}"
        raise XPathInvalid([XPathProblem(LONGEST, what, "give parts of it names under selectors:")])
    return parse(text, deepest=DEEPEST)


def _start(tree: Expr, scalars: Collection[str]) -> str:
    """
    Where an expression begins; of paths joined by `|` the one that is tied to the context, else the first.
    """
    match tree:
        case Path(absolute=True):
            return "document"
        case Path(base=inner) | Filter(base=inner) | Group(inner=inner):
            return _start(inner, scalars) if inner else "context"
        case Union(paths=paths):
            starts = [_start(path, scalars) for path in paths]
            return "context" if "context" in starts else starts[0]
        case Variable(name=name) if name not in scalars:
            return "variable"
    return "value"
