"""
From a judgement to what people read: places, sentences and excerpts. Values that may not be shown are masked here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache, partial

from itk3_validator.checks.verb import Asks, Unknown
from itk3_validator.fhir import Node, children
from itk3_validator.finding import Finding, Outcome, Place
from itk3_validator.judgement import Fault, Judgement
from itk3_validator.message import short_value_of, value_of
from itk3_validator.pack.model import Rule
from itk3_validator.plan import BoundAsk, BoundChecks, BoundRule
from itk3_validator.scope import Scope
from itk3_validator.spelling import shortened
from itk3_validator.value import Row, Value

MASK = "***"
MOST_TOLD = 3
# A message may be wrong in a million places; to work each of them out would take hours.
MOST_PLACES = 100


class Excerpt(Value):
    """
    A line of the message, cut around the caret; *caret* counts from 0 and is None where the column is not known.
    """

    line: int | None
    text: str
    caret: int | None


class Details(Value):
    """
    What a result tells beyond its outcome; *excerpt* makes the excerpts that go with *findings*, one by one: few who
    ask for places want to see the lines as well.
    """

    message: str | None
    findings: tuple[Finding, ...]
    excerpt: Callable[[], tuple[Excerpt, ...]] = tuple


def explain(rule: Rule, judgement: Judgement, scope: Scope, *, show: bool) -> Details:
    """
    The details of one result, computed from the message.

    Args:
        show: show values of places that are not marked safe.
    """
    if judgement.outcome is not Outcome.FAIL:
        return Details(judgement.why or None, ())
    faults = judgement.faults
    if len(faults) > 1:
        faults = tuple(_once(faults))
    place_of = _place_of()
    told = [_told(fault, scope, place_of, show=show) for fault in faults[:MOST_PLACES]]
    if len(told) > 1:
        told.sort(key=_by_place)
    sentences = _sentences(rule, told, show=show)
    if len(sentences) > MOST_TOLD:
        sentences = [*sentences[:MOST_TOLD], f"And {len(sentences) - MOST_TOLD} more."]
    if len(faults) > MOST_PLACES:
        sentences.append(f"These are the first {MOST_PLACES} of {len(faults):,} places.")
    return Details(
        _joined(sentences), tuple([each.finding for each in told]), partial(_excerpts, told, scope, show=show)
    )


def _sentences(rule: Rule, told: Iterable[_Told], *, show: bool) -> list[str]:
    """
    What is wrong, each thing once; alternatives behind what has to be mended.
    """
    # Dictionaries keep the order of what is put in first.
    all_of: dict[str, None] = {}
    one_of: dict[str, None] = {}
    for each in told:
        (one_of if each.fault.either else all_of)[_sentence(rule, each.fault, show=show)] = None
    if one_of:
        first, *others = one_of
        all_of |= dict.fromkeys([first if rule.message is not None else f"Mend one of these: {first}", *others])
    return list(all_of)


class _Told(Row):
    """
    A fault and what is told of it; *node* is where it is placed.
    """

    finding: Finding
    node: Node
    fault: Fault


def _by_place(told: _Told) -> tuple[int, int, str]:
    finding = told.finding
    return finding.line or 0, finding.column or 0, finding.xpath


def _once(faults: Iterable[Fault]) -> Iterator[Fault]:
    """
    The faults, one mistake told once: "is missing; expected a value" is not followed by "is missing; expected exactly
    one" of the same place.
    """
    told = set()
    for fault in faults:
        bound = fault.ask.bound
        if bound is not None and fault.node is None and fault.ask.verb.asks is Asks.NODES:
            place = bound.query, fault.context
            if place in told:
                continue
            told.add(place)
        yield fault


def seen(rule: BoundRule, scope: Scope, *, show: bool) -> str | None:
    """
    What a rule that passed has looked at: the values, with their descriptions where a code list has them.
    """
    values = dict.fromkeys(_seen(rule.check, scope, show=show))
    return ", ".join(values) or None


def _seen(checks: BoundChecks, scope: Scope, *, show: bool) -> Iterator[str]:
    for ask in checks:
        if not isinstance(ask, BoundAsk) or ask.bound is None or ask.verb.asks is Asks.NODES:
            continue
        if ask.bound.target.relative or not (show or ask.bound.target.safe):
            continue
        nodes = scope.nodes(ask.bound)
        for node in () if isinstance(nodes, Unknown) else nodes:
            value = short_value_of(node)
            if value:
                display = ask.codes.display(value) if ask.codes is not None else None
                yield f"{shortened(value)} ({display})" if display else shortened(value)


@cache
def _place_of() -> Callable[..., Place]:
    from itk3_validator.place import place_of  # most messages have no finding

    return place_of


def _told(fault: Fault, scope: Scope, place_of: Callable[..., Place], *, show: bool) -> _Told:
    node = _node(fault, scope)
    shown = show or _is_safe(fault)
    place = place_of(scope.message, node, attribute=_attribute(fault, node))
    wrong = fault.wrong
    found = tuple([shortened(value) if shown else MASK for value in wrong.found])
    private = wrong.private and not show
    expected = MASK if private else wrong.expected
    masked = private or (bool(wrong.found) and not shown)
    return _Told(Finding(*place, expected, found, masked), node, fault)


def _excerpts(told: Iterable[_Told], scope: Scope, *, show: bool) -> tuple[Excerpt, ...]:
    return tuple(_excerpt(each, scope, show=show) for each in told)


def _excerpt(told: _Told, scope: Scope, *, show: bool) -> Excerpt:
    from itk3_validator.excerpt import source_line

    finding, node, fault = told
    # A start tag holds what is told as found; that of an ancestor, or of a child out of order, holds something else.
    own = (show or _is_safe(fault)) and value_of(node) in fault.wrong.found
    text, caret = source_line(scope.message, node, show=show, safe=own, attribute=_attribute(fault, node))
    return Excerpt(finding.line, text, caret if finding.column is not None else None)


def _is_safe(fault: Fault) -> bool:
    bound = fault.ask.bound
    return bound is not None and bound.target.safe and not fault.wrong.hidden


def _node(fault: Fault, scope: Scope) -> Node:
    """
    The node a fault is placed at; for what is missing, its nearest existing ancestor.
    """
    message, bound = scope.message, fault.ask.bound
    if bound is not None and bound.target.of_request:
        return message.root
    if fault.node is not None:
        return _holder(fault.node) if fault.wrong.found else fault.node
    if bound is None:
        return fault.context
    return scope.at(fault.context if bound.target.relative else message.root).nearest(bound.query)


def _holder(node: Node) -> Node:
    """
    The element that has the value of a node in it: of a reference, its ``f:reference``.
    """
    if isinstance(node, str) or node.get("value") is not None:
        return node
    return next((each for each in children(node, "reference") if each.get("value") is not None), node)


def _attribute(fault: Fault, node: Node) -> str | None:
    """
    A value is placed at the attribute that holds it.
    """
    if fault.node is None or isinstance(node, str) or not fault.wrong.found:
        return None
    return "value"


def _sentence(rule: Rule, fault: Fault, *, show: bool) -> str:
    """
    What is wrong, in a sentence: the rule's own, else one made from the check's words.
    """
    shown = show or _is_safe(fault)
    wrong, ask = fault.wrong, fault.ask
    values = ", ".join(f"'{shortened(value)}'" for value in wrong.found) or "nothing"
    found = values if shown or not wrong.found else MASK
    expected = MASK if wrong.private and not show else wrong.expected
    label = ask.bound.target.label if ask.bound is not None else rule.id
    if rule.message is not None:
        display = ask.codes.display(wrong.found[0]) if ask.codes is not None and wrong.found and shown else None
        parts = {"found": found, "expected": expected, "display": display or "", "selector": label}
        return _filled(rule.message, parts)
    if ask.bound is None:
        return f"This does not hold: {rule.text}"
    return f"{label} {_filled(wrong.says, {'found': found})}; expected {expected}."


def _filled(template: str, parts: Mapping[str, str]) -> str:
    """
    The template with its names put in, once: what a message says is never read as a template.
    """
    pieces = []
    rest = template
    while "{" in rest:
        places = {name: rest.find(f"{{{name}}}") for name in parts}
        known = [(at, name) for name, at in places.items() if at >= 0]
        if not known:
            break
        at, name = min(known)
        pieces += [rest[:at], parts[name]]
        rest = rest[at + len(name) + 2 :]
    return "".join([*pieces, rest])


def _joined(sentences: list[str]) -> str | None:
    # A rule's own sentence may stand without a full stop, as long as it stands alone.
    ended = sentences if len(sentences) == 1 else [f"{each.removesuffix('.')}." for each in sentences]
    return " ".join(ended) or None
