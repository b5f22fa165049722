"""
An expression tried on a message: what a selector or an XPath finds there, or why it finds nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from itk3_validator.checks.ask import Ask, Target
from itk3_validator.checks.verb import Unknown
from itk3_validator.errors import CallInvalid, Itk3Error, MessageError, Problem
from itk3_validator.evaluate import NO_REQUEST, scope_of
from itk3_validator.fhir import Node
from itk3_validator.message import Message, parse
from itk3_validator.pack.load import load_packs
from itk3_validator.pack.marked import Mark, Scalar
from itk3_validator.pack.model import Rule, RulePack
from itk3_validator.pack.places import read_target, read_xpath
from itk3_validator.pack.reader import Reader
from itk3_validator.pack.safety import Asked, safe_locations
from itk3_validator.plan import Bound, BoundAsk, Plan, compile_pack
from itk3_validator.recognise import Recognised, recognise
from itk3_validator.source import Source
from itk3_validator.value import replace
from itk3_validator.workshop.trying.near import Near
from itk3_validator.workshop.trying.trace import Trace, Tracing

_HERE = "EXPRESSION"
# What XPath 1.0 has not: keywords, operators, functions.
_LATER = re.compile(
    r"\b(?:for|some|every)\s+\$|\bif\s*\(.*\bthen\b|\s(?:eq|ne|lt|le|gt|ge|is|to|intersect|except|instance|castable)\s"
    r"|\b(?:matches|replace|tokenize|exists|empty|distinct-values|lower-case|upper-case|ends-with|string-join|abs|max|min"
    r"|avg|index-of|deep-equal|current-dateTime|current-date|data|xs:[A-Za-z]+)\s*\(|=>|!=>|\|\|",
    re.DOTALL,
)
_LITERAL = re.compile(r"'[^']*'|\"[^\"]*\"")
_ONE = "try speaks XPath 1.0; a `test:` of a rule in XPath 2.0 is tried by a test of that rule, with itk3 test"


class ExpressionInvalid(Itk3Error):
    """
    An expression that cannot be used: every mistake in it, below the character that it begins at.
    """

    def __init__(self, text: str, problems: Iterable[Problem], elsewhere: Sequence[str] = ()) -> None:
        self.text = text
        self.problems = tuple(sorted(set(problems)))
        self.elsewhere = tuple(elsewhere)
        super().__init__(text, self.problems)

    def __str__(self) -> str:
        lines = [f"  {self.text}"]
        for each in self.problems:
            tail = f"; {each.remedy}" if each.remedy else ""
            lines.append(f"  {' ' * (each.column - 1)}^ {each.what}{tail}")
        if self.elsewhere:
            lines.append(f"it can be read with --pack {' or --pack '.join(self.elsewhere)}")
        elif _LATER.search(_LITERAL.sub("''", self.text)):
            lines.append(_ONE)
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class Attempt:
    """
    What an expression yields on one message.

    Attributes:
        place: where the selector is written out, when the expression is the name of one.

        because: why this pack's names were used.

        nodes: what a path finds; *value* is set instead for an expression that yields a value.

        safe: whether the values may be shown.

        trace: how far the path goes, when it finds nothing; *why* says what is missing there.

        costly: what a rule needs ``expensive:`` for.
    """

    expression: str
    message: Message
    pack: RulePack
    because: str
    place: str | None
    nodes: tuple[Node, ...]
    value: bool | float | str | None
    safe: bool
    trace: Trace | None = None
    why: tuple[str, ...] = ()
    costly: tuple[str, ...] = ()

    @property
    def found(self) -> bool:
        """
        Whether there is something: nodes, or a value that is true, not 0 and not empty.
        """
        return bool(self.nodes) or bool(self.value)


class Bench:
    """
    Packs loaded once, to try expressions on messages.

    Args:
        pack: a bundled pack's name or a folder; None to take the pack that recognises the message.

        show: show values from places that are not safe.

        trust: believe ``safe: true`` of packs that are not bundled.

    Raises:
        PackNotFound: There is no such pack.

        PackInvalid: The rules have mistakes.
    """

    def __init__(self, pack: str | Path | None = None, *, show: bool = False, trust: bool = False) -> None:
        self.stated = pack is not None
        self.show = show
        packs = load_packs(None if pack is None else [pack], trust=trust)
        # A pack goes before those that extend it: it is the one to ask where no pack knows the message.
        self._plans = tuple(compile_pack(each) for each in sorted(packs, key=lambda each: len(each.lineage)))

    def attempt(self, text: str, source: Source, *, request: Source | None = None) -> Attempt:
        """
        Try an expression: a selector's name, ``request.NAME``, or an XPath.

        Raises:
            ExpressionInvalid: It cannot be read.

            CallInvalid: A message that cannot be read, or ``request.NAME`` without a request.
        """
        message = _parsed(source)
        plan, because = self._chosen(text, message)
        read = _read(text, plan.pack)
        if read.target.of_request:
            if request is None:
                name = text.removeprefix("request.")
                raise CallInvalid(f"{text} is read on the request; name it with --request, or try {name} on it")
            message = _parsed(request)
        return self._tried(read, message, plan, because)

    def _chosen(self, text: str, message: Message) -> tuple[Plan, str]:
        """
        The plan whose names the expression is written in.

        Raises:
            ExpressionInvalid: None of them can read it; told as the pack does that knows the message.
        """
        found = recognise(self._plans, message, stated=self.stated)
        if self.stated:
            return self._plans[0], ""
        readers = [plan for plan in self._plans if isinstance(_try_to_read(text, plan.pack), _Expression)]
        if isinstance(found, Recognised):
            if found.plan in readers:
                return found.plan, "which recognises the message"
            told, because = found.plan, ""
        elif readers:
            return readers[0], "for no pack recognises the message"
        else:
            told, because = self._plans[0], ""
        wrong = _try_to_read(text, told.pack)
        if isinstance(wrong, ExpressionInvalid):
            raise ExpressionInvalid(text, wrong.problems, [plan.pack.name for plan in readers])
        return told, because

    def _tried(self, read: _Expression, message: Message, plan: Plan, because: str) -> Attempt:
        scope = scope_of(plan, message, facts={}, request=NO_REQUEST)
        target = replace(read.target, of_request=False)
        bound = _bound(plan.pack, target)
        selector = plan.pack.selectors.get(target.xpath.removeprefix("$"))
        attempt = Attempt(
            expression=read.target.written,
            message=message,
            pack=plan.pack,
            because=because,
            place=None if selector is None else _written(selector.xpath, selector.follow),
            nodes=(),
            value=None,
            safe=self.show or target.safe,
            costly=read.costly,
        )
        if read.is_value:
            value = scope.evaluate(bound.query, message.root, {})
            value = value if isinstance(value, (bool, float, str)) else None
            return replace(attempt, value=value, safe=self.show or isinstance(value, (bool, float)))
        nodes = scope.nodes(bound)
        if not isinstance(nodes, Unknown) and nodes:
            return replace(attempt, nodes=tuple(nodes))
        tracing = Tracing(scope, bound.query)
        trace = tracing.trace(bound.query.text)
        near = Near(tracing, self.show, safe_locations(plan.pack.selectors))
        why = near.why(trace.stopped, trace.within) if trace.stopped is not None else ()
        return replace(attempt, trace=trace, why=why)


@dataclass(frozen=True, slots=True)
class _Expression:
    """
    An expression that can be compiled.
    """

    target: Target
    is_value: bool
    costly: tuple[str, ...]


def _written(xpath: str | None, follow: str | None) -> str:
    return xpath if xpath is not None else f"the resources that {follow} refers to"


def _try_to_read(text: str, pack: RulePack) -> _Expression | ExpressionInvalid:
    try:
        return _read(text, pack)
    except ExpressionInvalid as wrong:
        return wrong


def _read(text: str, pack: RulePack) -> _Expression:
    """
    Read an expression as the target of a check is read; one that yields a value is allowed here.
    """
    problems: list[Problem] = []
    fact = text.removeprefix("fact.")
    if fact in pack.facts and text not in pack.selectors:
        what = f"{text!r} is a fact, which the caller states; no message holds it, so it cannot be tried"
        raise ExpressionInvalid(text, [Problem(_HERE, 1, 1, what, f"see itk3 explain {fact}")])
    reader = Reader({}, problems)
    node = Scalar(text, Mark(_HERE, 1, 1), raw=text)
    prefixes = tuple(pack.namespaces)
    is_name = text.removeprefix("request.").replace("-", "").isalnum()
    read = None if is_name else read_xpath(node, reader, prefixes, pack.selectors, costly=True)
    expression = read[1] if read is not None else None
    if expression is not None and expression.start == "value":
        return _Expression(Target(text, text, text), is_value=True, costly=())
    target = None
    if not problems:
        shown = Asked(safe_locations(pack.selectors))
        target = read_target(node, reader, prefixes, pack.selectors, costly=True, shown=shown)
    if target is None:
        raise ExpressionInvalid(text, problems)
    costly = tuple(each.what for each in expression.costly) if expression is not None else ()
    return _Expression(target, is_value=False, costly=costly)


def _bound(pack: RulePack, target: Target) -> Bound:
    """
    The target compiled as that of a rule is.
    """
    probe = Rule("try", pack.name, "", "MUST", (), (), {}, None, (Ask(target, "present", options=True),))
    ask = compile_pack(replace(pack, rules=(probe,), interactions={})).rules[0].check[0]
    if not isinstance(ask, BoundAsk) or ask.bound is None:
        raise TypeError(f"not bound: {target}")
    return ask.bound


def _parsed(source: Source) -> Message:
    try:
        return parse(source)
    except MessageError as error:
        raise CallInvalid(f"{source.name}: {error}") from None
