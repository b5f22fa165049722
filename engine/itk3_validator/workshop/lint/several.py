"""
Checks that one value of several satisfies where all of them must.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from itk3_validator.stu3 import children_of
from itk3_validator.value import replace
from itk3_validator.workshop.lint.kind import Found, Kind
from itk3_validator.workshop.lint.node_types import Types
from itk3_validator.workshop.lint.subject import RuleText, Subject
from itk3_validator.workshop.words import ONE_IS_ENOUGH
from itk3_validator.xpath.tree import Call, Expr, Filter, Group, Number, Operation, Path, Step, Variable

_COMPARING = frozenset({"=", "!=", "<", "<=", ">", ">="})
# A predicate is a demand only where the text does not speak of one node that is chosen by it.
_SPEAKS_OF_ONE = re.compile(
    r"\b(?:an?|one|first|second|last|there|has|have|carr(?:y|ies)|contains?|holds?|includes?|states?|names?|given|"
    r"present|exists?|at least)\b",
    re.IGNORECASE,
)
_ADDRESSES = frozenset({"url", "system", "use"})


def _any_matches(subject: Subject) -> Iterator[Found]:
    for rule in subject.rules:
        if not ONE_IS_ENOUGH.search(rule.says("text", subject)):
            yield from _some(rule)
            yield from _tests(rule, subject)


def _some(rule: RuleText) -> Iterator[Found]:
    told = set()
    for ask in rule.check:
        if ask.some is not None and ask.some.mark not in told:
            told.add(ask.some.mark)
            what = "one value of several is enough here, and the text of the rule does not say so"
            remedy = "say it in the text (at least one, among them), or write 'count: 1..*' so that all must hold"
            yield Found(ask.some.mark, what, remedy)


def _tests(rule: RuleText, subject: Subject) -> Iterator[Found]:
    context = subject.context(rule)
    for ask in rule.check:
        options = ask.options
        if ask.verb.text != "test" or ask.target is not None or not hasattr(options, "text"):
            continue
        written = subject.written(options, subject.below(ask, context), version=rule.version)  # type: ignore[arg-type]
        for comparison in _comparisons(written.tree):
            repeated = [each for each in comparison.operands if repeats(each, written.context, subject)]
            for each in repeated[:1]:
                source = written.text.text[each.start : each.end]
                what = f"{source} may be there several times, and one of them is enough for this comparison"
                remedy = "ask all with 'each', with 'count: 1..*' beside a verb, or with not(... != ...)"
                yield Found(written.text.at(comparison.start), what, remedy)
        if not _SPEAKS_OF_ONE.search(rule.says("text", subject)):
            for place, predicate in _demands(written.tree, written.context, subject):
                source = written.text.text[place.start : place.end]
                what = f"{source} may be there several times, and one of them is enough for this predicate"
                remedy = "ask all with 'each', with 'count: 1..*' beside a verb, or with not(...[not(...)])"
                yield Found(written.text.at(predicate.start), what, remedy)


def _comparisons(tree: Expr | None) -> Iterator[Operation]:
    """
    The comparisons that an expression rests on. Inside ``not()`` one is enough on purpose: none may be so.
    """
    match tree:
        case Group(inner=inner):
            yield from _comparisons(inner)
        case Operation(operators=operators, operands=operands):
            if operators[0] in _COMPARING:
                yield tree
            elif operators[0] in ("and", "or"):
                for each in operands:
                    yield from _comparisons(each)
        case Call(name="boolean", arguments=(inner,)):
            yield from _comparisons(inner)


def _demands(tree: Expr | None, context: Types, subject: Subject) -> Iterator[tuple[Expr, Expr]]:
    """
    The places an expression asks to be there, of which there may be several, with the predicate they must satisfy.
    """
    match tree:
        case Group(inner=inner) | Call(name="boolean", arguments=(inner,)):
            yield from _demands(inner, context, subject)
        case Operation(operators=("and" | "or", *_), operands=operands):
            for each in operands:
                yield from _demands(each, context, subject)
        case Filter(base=base, predicates=predicates):
            if all(_judges(each) for each in predicates) and repeats(base, context, subject):
                yield base, predicates[0]
        case Path(base=base, steps=steps):
            yield from _demands(base if isinstance(base, Filter) else None, context, subject)
            judged = [each for each in steps if each.predicates and all(map(_judges, each.predicates))]
            for step in judged[:1]:
                end = step.named + len(step.test)
                before = steps[: steps.index(step)]
                bare = replace(tree, steps=(*before, replace(step, predicates=(), end=end)), end=end)
                if repeats(bare, context, subject):
                    yield bare, step.predicates[0]


def _judges(predicate: Expr) -> bool:
    """
    Whether a predicate says what a node is like, and not which of them is meant: its position, its URL, its system.
    """
    match predicate:
        case Number() | Call(name="last" | "position"):
            return False
        case Group(inner=inner):
            return _judges(inner)
        case Operation(operators=("=",), operands=operands):
            return not any(_addresses(each) for each in operands) and all(_judges(each) for each in operands)
        case Operation(operands=operands):
            return all(_judges(each) for each in operands)
    return True


def _addresses(tree: Expr) -> bool:
    return isinstance(tree, Path) and any(each.test.rpartition(":")[2] in _ADDRESSES for each in tree.steps)


def repeats(tree: Expr, context: Types, subject: Subject, above: tuple[str, ...] = ()) -> bool:
    """
    Whether STU3 allows several nodes at a path, and no predicate chooses among them. False where it is not certain.
    """
    match tree:
        case Variable(name=name) if name in subject.selectors and name not in above:
            inner = subject.selectors[name].tree
            return inner is not None and repeats(inner, None, subject, (*above, name))
        case Group(inner=inner):
            return repeats(inner, context, subject, above)
        case Filter(base=base, predicates=()):
            return repeats(base, context, subject, above)
        case Path(base=base, steps=steps):
            if base is not None and repeats(base, context, subject, above):
                return True
            for index, step in enumerate(steps):
                before = Path(tree.absolute, base, steps[:index], tree.start, step.slashes)
                types = (
                    context if not index and base is None and not tree.absolute else subject.typing.of(before, context)
                )
                if _step_repeats(step, types):
                    return True
    return False


def _step_repeats(step: Step, types: Types) -> bool:
    if step.axis != "child" or step.predicates or not step.is_name or types is None:
        return False
    name = step.test.rpartition(":")[2]
    elements = [children_of(each)[name] for each in types if name in children_of(each)]
    return bool(elements) and all(each.max is None or each.max > 1 for each in elements)


ANY = Kind(
    code="any-value-matches",
    title="One of several values is enough where all must hold",
    why=(
        "`$codes/@value = 'x'` holds as soon as one of the codes is x, and `!=` as soon as one is not. `some: true` "
        'does the same on purpose: then the text says so, as in "states ITK-MessageHeader-2 among its profiles". '
        "`$codes[starts-with(@value, 'x')]` holds as soon as there is one such code."
    ),
    bad="""\
        rules:
          - id: R-1
            text: The code of every issue is invalid.
            source: page 1
            check: {test: "/f:Bundle/f:entry/f:resource/f:OperationOutcome/f:issue/f:code/@value = 'invalid'"}
        """,
    good="""\
        rules:
          - id: R-1
            text: The code of every issue is invalid.
            source: page 1
            check: {/f:Bundle/f:entry/f:resource/f:OperationOutcome/f:issue/f:code: {equals: invalid, count: 1..*}}
        """,
    find=_any_matches,
)

KINDS = (ANY,)
