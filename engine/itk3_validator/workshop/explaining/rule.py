"""
What a rule says: its clause, the place in the message, what passes and what fails, the remedy, a receiver's answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from itk3_validator.checks.ask import AnyOf, Ask, Checks
from itk3_validator.finding import Severity
from itk3_validator.pack.archive_rule import ArchiveRule
from itk3_validator.pack.model import Rule, RulePack
from itk3_validator.plan import BoundAnyOf, BoundAsk, BoundChecks, BoundEach, BoundRule, compile_pack
from itk3_validator.value import replace
from itk3_validator.workshop.editing.skeleton import BLANK, snippet
from itk3_validator.workshop.explaining.examples import Example, example_of
from itk3_validator.workshop.explaining.phrases import joined, sentence, sentences

_WEIGHS = {
    Severity.ERROR: "a message that breaks it is invalid",
    Severity.WARNING: "breaking it is a warning",
    Severity.INFORMATION: "breaking it is only noted",
}

_OVER = {**_WEIGHS, Severity.ERROR: "breaking it is an error"}


def rule(name: str, pack: RulePack, packs: tuple[RulePack, ...]) -> tuple[str, tuple[str, ...]] | None:
    """
    A rule of a pack, by its id.
    """
    found = next((each for each in pack.rules if each.id == name), None)
    if found is None:
        return None
    bound = _bound(found, pack)
    lines = [
        *head(found, pack, packs),
        *_conditions(bound),
        *(line for each in _paired(found.check, bound.check) for line in _check(*each, bound.each, pack)),
    ]
    advice = tuple(labelled([("remedy", found.remedy), ("part", found.part), *_answers(found, pack)]))
    lines += ["", *advice] if advice else []
    return f"{found.id}: {found.text}", tuple(lines)


def not_checkable(name: str, pack: RulePack, _packs: tuple[RulePack, ...]) -> tuple[str, tuple[str, ...]] | None:
    """
    A requirement that no message can show.
    """
    found = next((each for each in pack.not_checkable if each.id == name), None)
    if found is None:
        return None
    return f"{name}: a requirement that no message can show", tuple(labelled([("because", found.because)]))


def dropped(name: str, pack: RulePack, _packs: tuple[RulePack, ...]) -> tuple[str, tuple[str, ...]] | None:
    """
    An inherited rule that the pack leaves out.
    """
    if name not in pack.dropped:
        return None
    return f"{name}: left out by {pack.name}", tuple(labelled([("because", pack.dropped[name])]))


def labelled(pairs: Iterable[tuple[str, str | None]]) -> Iterator[str]:
    """
    A line for each label that has a text.
    """
    for label, text in pairs:
        if text:
            yield f"  {label + ':':<14} {text}"


def answer(code: str, pack: RulePack) -> str:
    """
    A response code with what the pack's code lists say of it.
    """
    rows = [
        codes.rows[code] for codes in pack.code_lists.values() if code in codes.rows and "severity" in codes.rows[code]
    ]
    if not rows:
        return f"response code {code}"
    row = rows[0]
    further = [f"{name} {row[name]}" for name in ("response-code", "severity", "issue-code") if row.get(name)]
    return f"response code {code}, {row.get('display', '')} ({', '.join(further)})"


def under(lines: Iterable[str]) -> Iterator[str]:
    """
    Lines below a line.
    """
    for line in lines:
        yield f"      {line}"


def _bound(found: Rule, pack: RulePack) -> BoundRule:
    # A draft is explained like any other rule.
    return compile_pack(replace(pack, rules=(replace(found, status="active"),), interactions={})).rules[0]


def head(found: Rule | ArchiveRule, pack: RulePack, packs: tuple[RulePack, ...]) -> Iterator[str]:
    """
    What a rule weighs, whom it is asked of, and where it comes from.
    """
    asked = [_titled(name, pack) for name in found.interactions]
    origin = next((each for each in packs if each.name == found.pack), None)
    yield from labelled(
        [
            (
                "level",
                f"{found.level}; {_WEIGHS[found.severity] if isinstance(found, Rule) else _OVER[found.severity]}",
            ),
            ("status", found.status if found.status != "active" else None),
            ("asked of", " and ".join(asked) or "every interaction"),
            ("source", found.source),
            ("document", document(origin.source) if origin is not None else None),
            ("link", found.link),
        ]
    )


def document(source: Mapping[str, str]) -> str:
    """
    A publication in one line.
    """
    return ", ".join(source[name] for name in ("document", "version", "publisher") if source.get(name))


def _titled(name: str, pack: RulePack) -> str:
    title = pack.interactions[name].title
    return f"{name} ({title})" if title else name


def _conditions(bound: BoundRule) -> Iterator[str]:
    found = bound.rule
    yield from labelled([("only when", joined(sentences(bound.when)))])
    given = [f"{name} is {' or '.join(values)}" for name, values in found.given.items()]
    yield from labelled([("given", f"{joined(given)}, as the caller states" if given else None)])
    if found.each is not None and bound.each is not None:
        number = f"; there is {found.each.count}" if found.each.count is not None else ""
        chosen = f" for which {joined(sentences(bound.when_each))}" if bound.when_each else ""
        yield from labelled([("each", f"asked of every {found.each.target.written}{chosen}{number}")])


def _paired(checks: Checks, bound: BoundChecks) -> Iterator[tuple[Ask | AnyOf, BoundAsk | BoundAnyOf]]:
    yield from zip(checks, bound, strict=True)


def _check(check: Ask | AnyOf, bound: BoundAsk | BoundAnyOf, each: BoundEach | None, pack: RulePack) -> Iterator[str]:
    yield ""
    if isinstance(check, AnyOf) and isinstance(bound, BoundAnyOf):
        yield "  One of these holds:"
        for number, (branch, inner) in enumerate(zip(check.branches, bound.branches, strict=True), start=1):
            yield f"  alternative {number}"
            for pair in _paired(branch, inner):
                yield from list(_check(*pair, each, pack))[1:]
    elif isinstance(check, Ask) and isinstance(bound, BoundAsk):
        yield f"  {sentence(bound)}"
        yield from _example(check, bound, each, pack)


def _example(ask: Ask, bound: BoundAsk, each: BoundEach | None, pack: RulePack) -> Iterator[str]:
    example = example_of(ask, pack)
    if example is None or bound.bound is None:
        return
    here = path_of(bound, each)
    shown = [] if bound.bound.target.of_request else _shown(here, example, pack)
    for follow in bound.bound.query.follows:
        yield f"    ${follow.name} is the resource that {pack.selectors[follow.name].follow} refers to"
    yield "    must not be there:" if ask.verb == "absent" else "    passes:"
    yield from under([*shown, *([example.passes] if example.passes or not shown else [])])
    if ask.verb != "absent":
        yield "    fails:"
        wrong = _wrong(here, example, pack, shown)
        yield from under([*wrong, *example.fails[1 if wrong else 0 :]])


def _wrong(path: str, example: Example, pack: RulePack, right: Sequence[str]) -> list[str]:
    """
    The lines of the message that a wrong value changes.
    """
    if example.wrong is None or not right:
        return []
    lines = snippet(path, value=example.wrong, namespaces=pack.namespaces).splitlines()
    return [line.strip() for line in lines if line not in right]


def path_of(bound: BoundAsk, each: BoundEach | None) -> str:
    """
    The path of a check from the document; what is relative begins at the nodes of ``each``.
    """
    if bound.bound is None:
        return ""
    text = bound.bound.query.text
    if not bound.bound.target.relative:
        return text
    start = f"({each.bound.query.text})" if each is not None else "/f:Bundle"
    if text == ".":
        return start
    return f"{start}/{text.removeprefix('./')}"


def _shown(path: str, example: Example, pack: RulePack) -> list[str]:
    place = f"({path}){example.inside}" if example.inside else path
    return snippet(place, value=example.value or BLANK, namespaces=pack.namespaces).splitlines()


def _answers(found: Rule, pack: RulePack) -> list[tuple[str, str | None]]:
    return [("answer", answer(found.response_code, pack) if found.response_code else None)]
