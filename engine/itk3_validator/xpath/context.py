"""
Whether an expression depends on the node that it is evaluated at.
"""

from __future__ import annotations

from itk3_validator.xpath.tree import (
    Call,
    Expr,
    Filter,
    Group,
    Literal,
    Negation,
    Number,
    Operation,
    Path,
    Union,
    Variable,
)

# Without an argument these speak of the context node; the first three always do.
_OF_CONTEXT = frozenset({"position", "last", "lang"})
_OF_CONTEXT_ALONE = frozenset(
    {"string", "number", "name", "local-name", "namespace-uri", "normalize-space", "string-length"}
)


def needs_context(tree: Expr) -> bool:
    """
    False when the expression says the same wherever it is asked: all its paths begin at ``/`` or at a variable.

    What stands in a predicate is relative to the node before it.
    """
    match tree:
        case Literal() | Number() | Variable():
            return False
        case Call(name=name, arguments=arguments):
            alone = name in _OF_CONTEXT or (not arguments and name in _OF_CONTEXT_ALONE)
            return alone or any(map(needs_context, arguments))
        case Path(absolute=True):
            return False
        case Path(base=base):
            return base is None or needs_context(base)
        case Filter(base=inner) | Group(inner=inner) | Negation(operand=inner):
            return needs_context(inner)
        case Union(paths=parts) | Operation(operands=parts):
            return any(map(needs_context, parts))
