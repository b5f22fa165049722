"""
XPath 2.0 and 3.0 through elementpath, for the ``test`` expressions that ask for it.

Only this module imports elementpath, and only when a pack needs it. Its XPath31Parser finds nothing for ``f:entry``,
``f:contains`` and other names that are also functions, so it is never used.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

import elementpath
from elementpath.tdop import Parser
from elementpath.xpath30 import XPath30Parser

from itk3_validator.checks.patterns import wrong_pattern
from itk3_validator.message import Message, Node
from itk3_validator.spelling import did_you_mean
from itk3_validator.xpath import XPathInvalid, XPathProblem
from itk3_validator.xpath.work import deepest_loops, steps

_PARSERS: Mapping[str, Any] = {"2.0": elementpath.XPath2Parser, "3.0": XPath30Parser}

# What reads from outside the message, or leads to code that is made while it runs.
_REFUSED = frozenset(
    {
        "doc",
        "doc-available",
        "document-uri",
        "collection",
        "uri-collection",
        "unparsed-text",
        "unparsed-text-lines",
        "unparsed-text-available",
        "environment-variable",
        "available-environment-variables",
        "function-lookup",
        "function-name",
        "function-arity",
        "static-base-uri",
        "base-uri",
        "parse-xml",
        "parse-xml-fragment",
        "serialize",
        "trace",
    }
)
_CLOCK = frozenset({"current-dateTime", "current-date", "current-time", "implicit-timezone"})
_COSTLY = frozenset(
    {
        "//",
        "descendant",
        "descendant-or-self",
        "ancestor",
        "ancestor-or-self",
        "following",
        "following-sibling",
        "preceding",
        "preceding-sibling",
    }
)
_BINDERS = ("for", "some", "every", "let")
_PATTERNS = {"matches": 2, "replace": 3, "tokenize": 2, "analyze-string": 2}
_FLAGS = frozenset("ims")
_LONGEST = 4000
# What a name belongs to that is no element's: a prefix, a variable, an attribute, a function.
_NAME_HOLDERS = frozenset({":", "$", "@", "attribute", "namespace", "processing-instruction", "Q{", "#"})
_CALLED = frozenset({"true", "false", "last", "position"})
_LONGEST_RANGE = 1000
_MOST_LOOPS = 2
_MOST_STEPS = 10_000
_UNDECLARED = "XPST0081"


class Expression:
    """
    A parsed expression that can be evaluated on many messages.

    *variables* are the names of selectors and facts that it uses.
    """

    __slots__ = ("_token", "variables")

    def __init__(self, token: Any, variables: tuple[str, ...]) -> None:
        self._token = token
        self.variables = variables

    @property
    def tree(self) -> Any:
        """
        Elementpath's syntax tree, for tools.
        """
        return self._token

    def holds(self, message: Message, context: Node, variables: Mapping[str, Any]) -> bool:
        """
        The effective boolean value, with *context* as the context item.

        Raises:
            elementpath.ElementPathError: It has none, or a function was given what it cannot take.
        """
        focus = elementpath.XPathContext(root=message.derived(_node_tree), item=context, variables=dict(variables))
        return bool(self._token.boolean_value(list(self._token.select(focus))))


def read(
    text: str, *, version: str, namespaces: Mapping[str, str], variables: Collection[str], costly: bool, told: int = 0
) -> Expression:
    """
    Read an XPath 2.0 or 3.0 expression.

    Args:
        variables: names of selectors and of facts (``fact.recipient``).

        costly: whether `//` and the far axes are allowed; inside a predicate they never are.

        told: how many mistakes were told before: what is meant is looked for in the first ones only.

    Raises:
        XPathInvalid: what elementpath, or the limits of the rule language, refuse.
    """
    if len(text) > _LONGEST:
        what = f"the XPath has {len(text):,} characters, more than {_LONGEST:,}"
        raise XPathInvalid([XPathProblem(_LONGEST, what, "give parts of it names under selectors:")])
    parser = _PARSERS[version](namespaces=dict(namespaces))
    try:
        problems = list(_problems(_unevaluated(parser, text), variables, costly=costly, told=told))
        if problems:
            raise XPathInvalid(problems)
        token = parser.parse(text)
    except elementpath.ElementPathError as error:
        raise XPathInvalid([_syntax(error)]) from error
    except RecursionError:
        raise XPathInvalid([XPathProblem(0, "the XPath is nested too deep", "give parts of it names")]) from None
    used = dict.fromkeys(each[0].value for each in token.iter("$") if each[0].value in variables)
    return Expression(token, tuple(used))


def _unevaluated(parser: Any, text: str) -> Any:
    """
    The tree of an expression. The parser's own ``parse`` would also evaluate it, before anything in it is refused.
    """
    parser.tokenizer = parser.tokenizer or parser.create_tokenizer(parser.symbol_table)
    return Parser.parse(parser, text)


def _syntax(error: elementpath.ElementPathError) -> XPathProblem:
    # elementpath's message is "CODE-PLACE: [err:XPST0003] what"; its place is told as an offset of our own.
    span = getattr(error.token, "span", (0, 0))
    what = str(error.message).strip()
    if _UNDECLARED in str(error.code):
        return XPathProblem(span[0], what, "declare it under namespaces: or use f: or h:", "namespaces")
    section = ""
    remedy = "mend it, or leave 'xpath:' out for XPath 1.0"
    return XPathProblem(span[0], f"not an XPath expression: {what}", remedy, section)


def _problems(token: Any, variables: Collection[str], *, costly: bool, told: int) -> Iterator[XPathProblem]:
    local = {each[0].value for binder in token.iter(*_BINDERS) for each in binder if each.symbol == "$"}
    inside = {id(each) for predicate in token.iter("[") for each in predicate[1].iter()}
    for each in token.iter():
        symbol, offset = each.symbol, each.span[0]
        if symbol == "$" and each[0].value not in local and each[0].value not in variables:
            name = each[0].value
            kind = "fact" if name.startswith("fact.") else "selector"
            remedy = did_you_mean(name, variables, told=told)
            told += 1
            yield XPathProblem(offset, f"unknown {kind} '${name}'", remedy, f"{kind}s")
        elif symbol in _REFUSED:
            yield XPathProblem(offset, f"the function {symbol!r} reaches outside the message", "leave it out")
        elif symbol in _CLOCK:
            yield XPathProblem(offset, f"the function {symbol!r} depends on the clock", "state the time as a fact")
        elif symbol in _COSTLY and id(each) in inside:
            yield XPathProblem(
                offset, f"{symbol!r} inside a predicate walks the message again and again", "name every step"
            )
        elif symbol in _COSTLY and not costly:
            yield XPathProblem(offset, f"{symbol!r} walks the whole message", "say under expensive: why it is worth it")
        elif symbol in ("#", "function") or (symbol == "?" and not each):
            yield XPathProblem(offset, "a function that is handed on is not looked into", "call the function here")
        elif symbol == "to" and not _is_short(each):
            what = f"this range does not run from a number to one up to {_LONGEST_RANGE:,}, or to count(...)"
            yield XPathProblem(offset, what, "go through the nodes themselves: for $each in ...")
        elif symbol in _PATTERNS:
            yield from _pattern(each, _PATTERNS[symbol])
    yield from _without_prefix(token)
    if all(map(_is_short, token.iter("to"))):
        yield from _work(token)


def _without_prefix(token: Any) -> Iterator[XPathProblem]:
    """
    Elements that no message has: those of a message are in a namespace, so that a name alone finds nothing.
    """
    for each in token.iter():
        for name in each if each.symbol not in _NAME_HOLDERS else ():
            if name.symbol == "(name)":
                yield _bare(name)
    if token.symbol == "(name)":
        yield _bare(token)


def _bare(name: Any) -> XPathProblem:
    word = name.value
    if word in _CALLED:
        return XPathProblem(name.span[0], f"the element {word!r} has no prefix", f"did you mean '{word}()'?")
    remedy = f"write f:{word}, or @{word} for an attribute, or quotes for a text"
    return XPathProblem(name.span[0], f"the element {word!r} has no prefix", remedy)


def _work(token: Any) -> Iterator[XPathProblem]:
    """
    What goes through too much, at the innermost place where that shows.
    """
    size: Callable[[Any], int]
    what, size, most = f"more than {_MOST_LOOPS} loops inside each other", deepest_loops, _MOST_LOOPS
    if size(token) <= most:
        what, size, most = f"this goes through more than {_MOST_STEPS:,} things", steps, _MOST_STEPS
    if size(token) <= most:
        return
    place = token
    while (inner := next((each for each in place if size(each) > most), None)) is not None:
        place = inner
    first = min(each.span[0] for each in place.iter())
    yield XPathProblem(first, what, "name the nodes more closely, or write two rules")


def _is_short(span: Any) -> bool:
    start, end = span
    if start.symbol != "(integer)":
        return False
    return bool(end.symbol == "count" or (end.symbol == "(integer)" and end.value <= _LONGEST_RANGE))


def _pattern(call: Any, flags: int) -> Iterator[XPathProblem]:
    pattern = call[1] if len(call) > 1 else None
    if pattern is None or pattern.symbol != "(string)":
        yield XPathProblem(call.span[0], f"the pattern of {call.symbol!r} is not written out", "write it in quotes")
        return
    if len(call) > flags and not (call[flags].symbol == "(string)" and _FLAGS.issuperset(call[flags].value)):
        what = f"the flags of {call.symbol!r} are not among 'i', 'm' and 's'"
        yield XPathProblem(call[flags].span[0], what, "leave them out, or write some of these in quotes")
    wrong = wrong_pattern(pattern.value.removeprefix("^").removesuffix("$") or ".")
    if wrong is not None:
        yield XPathProblem(pattern.span[0], wrong[1], wrong[2])


def _node_tree(message: Message) -> Any:
    """
    The tree that elementpath makes of the message: once, when the first such test is run.
    """
    return elementpath.get_node_tree(message.root.getroottree())
