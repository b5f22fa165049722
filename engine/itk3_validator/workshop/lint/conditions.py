"""
Conditions that never hold, checks that never do, and interactions that nothing or the same message matches.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import combinations

from itk3_validator.checks.ask import Ask
from itk3_validator.pack.marked import Mapping as MarkedMapping
from itk3_validator.pack.marked import Mark, Node
from itk3_validator.pack.model import Interaction, Rule, RulePack
from itk3_validator.workshop.lint.conflict import (
    Selectors,
    alike,
    conflict,
    demands_none,
    demands_some,
    place_of,
    plain,
)
from itk3_validator.workshop.lint.kind import Found, Kind
from itk3_validator.workshop.lint.subject import Subject


def _when(subject: Subject) -> Iterator[Found]:
    selectors = _selectors(subject)
    for rule, when, _ in _rules(subject):
        asks = plain(rule.when, selectors)
        for left, right in _conflicts(asks, condition=True):
            what = (
                f"this cannot hold together with what 'when' asks of {_named(left)} as well, so the rule never applies"
            )
            yield Found(_mark(when, right), what, "remove one of the two, or put them into an 'any-of'")
        interactions = [subject.pack.interactions[name] for name in rule.interactions] if subject.pack else []
        for ask in asks:
            against = [
                each for each in interactions if any(_never(ask, other) for other in plain(each.requires, selectors))
            ]
            if against and len(against) == len(interactions):
                names = " and ".join(each.name for each in against)
                what = f"no message of the interaction {names} has {_named(ask)} so, and the rule is for no other"
                yield Found(_mark(when, ask), what, "correct 'for' or 'when'")


def _check(subject: Subject) -> Iterator[Found]:
    selectors = _selectors(subject)
    for rule, _, check in _rules(subject):
        for left, right in _conflicts(plain(rule.check, selectors), condition=False):
            what = f"this cannot hold together with what is asked of {_named(left)} as well, so the rule always fails"
            yield Found(_mark(check, right), what, "remove one of the two, or put them into an 'any-of'")
        asks = plain(rule.check, selectors)
        for condition in plain(rule.when, selectors):
            for ask in asks:
                if (
                    place_of(condition) == place_of(ask)
                    and demands_none(condition)
                    and demands_some(ask, condition=False)
                ):
                    what = f"the rule applies only where {_named(condition)} is absent, and then demands it"
                    yield Found(_mark(check, ask), what, "correct 'when' or 'check'")


def _unmatched(subject: Subject) -> Iterator[Found]:
    selectors = _selectors(subject)
    for each, mark in _interactions(subject):
        pairs = [(left, right) for left, right in _conflicts(plain(each.requires, selectors), condition=True)]
        if pairs:
            what = f"no message can be a {each.name}: {_named(pairs[0][0])} is required to be two things at once"
            yield Found(mark, what, "remove one of them under requires:")
        elif not each.clues and each.answers is None:
            what = f"the interaction {each.name!r} has no clues, so no message is ever recognised as one"
            yield Found(mark, what, "write clues: such as {event: {equals: ...}}, or answers: with what it responds to")
        else:
            none = [
                clue
                for clue in plain(each.clues, selectors)
                if any(_never(clue, other) for other in plain(each.requires, selectors))
            ]
            if none and 2 * (len(each.clues) - len(none)) <= len(each.clues):
                what = f"too few clues of {each.name!r} can match: {_named(none[0])} is required to be otherwise"
                yield Found(mark, what, "correct 'requires' or 'clues'")


def _same(subject: Subject) -> Iterator[Found]:
    found = list(_interactions(subject))
    selectors = _selectors(subject)
    for (left, _), (right, mark) in combinations(found, 2):
        if left.answers == right.answers and _alike(left, right, selectors):
            what = f"every message that is a {left.name} is a {right.name} as well: requires and clues are the same"
            yield Found(mark, what, "say under requires: what tells them apart, or make them one")


def _alike(left: Interaction, right: Interaction, selectors: Selectors) -> bool:
    return alike(left.requires, right.requires, selectors) and alike(left.clues, right.clues, selectors)


def _selectors(subject: Subject) -> Selectors:
    return subject.pack.selectors if subject.pack is not None else {}


def _interactions(subject: Subject) -> Iterator[tuple[Interaction, Mark]]:
    if subject.pack is not None:
        for name, each in subject.pack.interactions.items():
            yield each, subject.merged.named["interactions"][name].key.mark


def _rules(subject: Subject) -> Iterator[tuple[Rule, Node | None, Node | None]]:
    """
    The rules of the pack with the places of their ``when`` and ``check``.
    """
    written = {rule.id.text: rule.fields for rule in subject.rules}
    for rule in subject.pack.rules if isinstance(subject.pack, RulePack) else ():
        if rule.id in written:
            yield rule, written[rule.id].get("when"), written[rule.id].get("check")


def _conflicts(asks: Iterable[Ask], *, condition: bool) -> Iterator[tuple[Ask, Ask]]:
    for left, right in combinations(asks, 2):
        if conflict(left, right, condition=condition):
            yield left, right


def _never(condition: Ask, required: Ask) -> bool:
    return conflict(condition, required, condition=True)


def _named(ask: Ask) -> str:
    return repr(ask.target.written) if ask.target is not None else "this"


def _mark(node: Node | None, ask: Ask) -> Mark:
    """
    Where a mapping of checks names the target; of two places of one name the last.
    """
    assert isinstance(node, MarkedMapping)  # noqa: S101  # the pack was loaded from it
    marks = [key.mark for key, _ in node.pairs if ask.target is not None and key.text == ask.target.written]
    return marks[-1] if marks else node.mark


WHEN = Kind(
    code="when-never-holds",
    title="A when that can never hold",
    why=(
        "A rule whose conditions exclude each other, or exclude what every message of its interaction is like, applies "
        "to no message. It looks like a rule and checks nothing."
    ),
    bad="""\
        selectors:
          total: /f:Bundle/f:total
          bundle-type: /f:Bundle/f:type
        rules:
          - id: R-1
            text: A Bundle with a total is of the type message.
            source: page 1
            when: {total: {absent: true, equals: "1"}}
            check: {bundle-type: {equals: message}}
        """,
    good="""\
        selectors:
          total: /f:Bundle/f:total
          bundle-type: /f:Bundle/f:type
        rules:
          - id: R-1
            text: A Bundle with a total is of the type message.
            source: page 1
            when: {total: {equals: "1"}}
            check: {bundle-type: {equals: message}}
        """,
    find=_when,
)

CHECK = Kind(
    code="check-never-holds",
    title="Checks that exclude each other",
    why="The checks of a rule must all hold. When one excludes another, every message fails.",
    bad="""\
        rules:
          - id: R-1
            text: The type is message.
            source: page 1
            check: {/f:Bundle/f:type: {equals: message, one-of: [document, collection]}}
        """,
    good="""\
        rules:
          - id: R-1
            text: The type is message or document.
            source: page 1
            check: {/f:Bundle/f:type: {one-of: [message, document]}}
        """,
    find=_check,
)

UNMATCHED = Kind(
    code="interaction-never-matches",
    title="An interaction that no message can match",
    why=(
        "A message is recognised when what the interaction requires holds and more than half of its clues match, or "
        "when it answers a message of another interaction. Without clues, or with requirements that exclude each "
        "other, that never happens, and the rules are never asked unless the caller names the interaction."
    ),
    bad="""\
        interactions:
          letter:
            requires: {/f:Bundle/f:type: present}
        rules:
          - id: R-1
            text: There is no total.
            source: page 1
            check: {/f:Bundle/f:total: absent}
        """,
    good="""\
        interactions:
          letter:
            requires: {/f:Bundle/f:type: present}
            clues: {/f:Bundle/f:type: {equals: document}}
        rules:
          - id: R-1
            text: There is no total.
            source: page 1
            check: {/f:Bundle/f:total: absent}
        """,
    find=_unmatched,
)

SAME = Kind(
    code="interactions-alike",
    title="Two interactions that the same message always matches",
    why="When nothing tells two interactions apart, no message can be recognised as either.",
    bad="""\
        interactions:
          letter: {clues: {/f:Bundle/f:type: {equals: document}}}
          report: {clues: {/f:Bundle/f:type: {equals: document}}}
        rules:
          - id: R-1
            text: There is no total.
            source: page 1
            check: {/f:Bundle/f:total: absent}
        """,
    good="""\
        interactions:
          letter: {clues: {/f:Bundle/f:type: {equals: document}}}
          report: {clues: {/f:Bundle/f:type: {equals: message}}}
        rules:
          - id: R-1
            text: There is no total.
            source: page 1
            check: {/f:Bundle/f:total: absent}
        """,
    find=_same,
)

KINDS = (WHEN, CHECK, UNMATCHED, SAME)
