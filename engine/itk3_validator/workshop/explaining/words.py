"""
What the words of a pack mean: selectors, interactions, facts, code lists and codes; and the verbs of the language.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from itk3_validator.archive.gather import lists_of, name_of, places_of
from itk3_validator.checks import VERBS
from itk3_validator.checks.ask import AnyOf, Ask, Checks, Target
from itk3_validator.pack.archive_rule import ArchiveRule
from itk3_validator.pack.model import Rule, RulePack
from itk3_validator.plan import BoundAsk, compile_pack
from itk3_validator.value import replace
from itk3_validator.workshop.editing.skeleton import snippet
from itk3_validator.workshop.explaining.phrases import sentences
from itk3_validator.workshop.explaining.rule import labelled, under
from itk3_validator.workshop.explaining.verb_examples import VERB_EXAMPLES

_MOST_RULES = 8
_MOST_CODES = 40


def verb(name: str, packs: Iterable[RulePack]) -> tuple[str, ...]:
    """
    A verb of the rule language: what it says, an example of it, what passes and what fails.
    """
    example = VERB_EXAMPLES[name]
    rules = _ids(rule for pack in packs for rule in pack.rules if name in _verbs(rule.check))
    return (
        f"  {VERBS[name].summary}",
        "",
        "    check:",
        *(f"      {line}" for line in example.written.splitlines()),
        "",
        *labelled([("passes", example.passes), ("fails", example.fails)]),
        *labelled([("used by", _some(rules))]),
    )


def selector(name: str, pack: RulePack, packs: tuple[RulePack, ...]) -> tuple[str, tuple[str, ...]] | None:
    """
    A selector: its path, the place in the message, and the rules that look at it.
    """
    found = pack.selectors.get(name)
    if found is None:
        return None
    alike = [each for each in packs if each.selectors.get(name) == found]
    rules = _ids(rule for each in alike for rule in each.all_rules if name in _targets(rule))
    path = _path(name, pack)
    follows = f"the resources that {found.follow} refers to" if found.follow is not None else None
    lines = [
        *labelled(
            [
                ("path", found.xpath if follows is None else follows),
                ("called", found.label if found.label != name else None),
                ("values", "shown in reports" if found.safe else "may be patient data, masked in reports"),
                ("costly", found.expensive),
            ]
        ),
        *under(snippet(path, namespaces=pack.namespaces).splitlines()),
        *labelled([("used by", _some(rules))]),
    ]
    return f"{name}: a place in the message", tuple(lines)


def interaction(name: str, pack: RulePack, _packs: tuple[RulePack, ...]) -> tuple[str, tuple[str, ...]] | None:
    """
    An interaction: how a message of that kind is known, and how many rules are asked of it.
    """
    found = pack.interactions.get(name)
    if found is None:
        return None
    bound = compile_pack(replace(pack, rules=())).interactions[name]
    rules = [rule for rule in pack.rules if rule.status != "draft" and name in (rule.interactions or (name,))]
    own = [rule for rule in rules if rule.interactions]
    lines = [
        *labelled([("title", found.title), ("published", ", ".join(found.published_as) or None)]),
        *labelled([("answers", found.answers and f"a message of the interaction {found.answers}")]),
        *labelled(("requires", each) for each in sentences(bound.requires)),
        *labelled(("clue", each) for each in sentences(bound.clues)),
        *labelled([("rules", f"{len(rules)}; {len(own)} of them say for: {name}")]),
    ]
    return f"{name}: an interaction", tuple(lines)


def pack(name: str, pack: RulePack, _packs: tuple[RulePack, ...]) -> tuple[str, tuple[str, ...]] | None:
    """
    A pack itself: what it is about, and where its rules are listed.
    """
    if name != pack.name:
        return None
    lines = labelled(
        [
            ("title", pack.title),
            ("extends", ", ".join(pack.lineage) or None),
            ("rules", f"{len(pack.rules):,}, inherited ones too; itk3 rules {name} lists them"),
        ]
    )
    return f"{name}: a pack", tuple(lines)


def fact(name: str, pack: RulePack, _packs: tuple[RulePack, ...]) -> tuple[str, tuple[str, ...]] | None:
    """
    What only the caller can state.
    """
    found = pack.facts.get(name)
    if found is None:
        return None
    rules = _ids(rule for rule in pack.rules if name in rule.given or f"fact.{name}" in _words(rule))
    lines = labelled(
        [
            ("means", found.text),
            ("values", " or ".join(found.values) or "any text"),
            ("unstated", f"what depends on it is {found.unstated}"),
            ("stated by", f"{found.mesh} of the MESH control file beside the message" if found.mesh else None),
            ("state it", f"itk3 validate --fact {name}={found.values[0] if found.values else 'VALUE'}"),
            ("used by", _some(rules)),
        ]
    )
    return f"{name}: a fact that the caller states", tuple(lines)


def code_list(name: str, pack: RulePack, packs: tuple[RulePack, ...]) -> tuple[str, tuple[str, ...]] | None:
    """
    A code list with its codes.
    """
    found = pack.code_lists.get(name)
    if found is None:
        return None
    alike = [each for each in packs if each.code_lists.get(name) == found]
    rules = _ids(rule for each in alike for rule in each.all_rules if name in _words(rule))
    codes = list(found.rows)
    lines = [
        *labelled([("system", found.system), ("holds", str(found) if found.span else f"{len(codes)} codes")]),
        *(f"    {code}  {found.display(code) or ''}".rstrip() for code in codes[:_MOST_CODES]),
        *([f"    and {len(codes) - _MOST_CODES} more"] if len(codes) > _MOST_CODES else []),
        *labelled([("used by", _some(rules))]),
    ]
    return f"{name}: a code list", tuple(lines)


def code(name: str, pack: RulePack, packs: tuple[RulePack, ...]) -> tuple[str, tuple[str, ...]] | None:
    """
    A code of the pack's code lists: what they say of it, and the rules that a receiver answers with it.
    """
    known = [each for each in pack.code_lists.values() if name in each.rows]
    if not known:
        return None
    lists = dict.fromkeys(each.name for other in packs for each in other.code_lists.values() if name in each)
    answers = _ids(rule for each in packs for rule in each.all_rules if rule.response_code == name)
    row = dict(item for each in known for item in each.rows[name].items())
    lines = [
        *labelled([("display", row.get("display"))]),
        *labelled([("system", next((each.system for each in known if each.system), None))]),
        *labelled((column, cell) for column, cell in row.items() if _tells(column, cell, row)),
        *labelled([("listed in", ", ".join(lists))]),
        *labelled([("answers", f"what a receiver answers when {_fails(answers)}" if answers else None)]),
    ]
    return f"{name}: a code", tuple(lines)


def _tells(column: str, cell: str, row: Mapping[str, str]) -> bool:
    return column not in ("code", "display") and cell != row.get("display")


def _fails(rules: Sequence[str]) -> str:
    return f"{_some(rules)} fails" if len(rules) == 1 else f"one of {_some(rules)} fails"


def _path(name: str, pack: RulePack) -> str:
    """
    The selector written out; what follows references stays a name.
    """
    probe = Rule("explain", pack.name, "", "MUST", (), (), {}, None, (_present(name),))
    ask = compile_pack(replace(pack, rules=(probe,), interactions={})).rules[0].check[0]
    return ask.bound.query.text if isinstance(ask, BoundAsk) and ask.bound is not None else ""


def _present(name: str) -> Ask:
    return Ask(Target(name, f"${name}", name), "present", options=True)


def _asks(checks: Checks) -> Iterator[Ask]:
    for each in checks:
        if isinstance(each, AnyOf):
            for branch in each.branches:
                yield from _asks(branch)
        else:
            yield each
            if each.verb == "refers-to":
                for alternative in each.options:
                    yield from _asks(alternative.get("where", ()))


def _verbs(checks: Checks) -> set[str]:
    return {each.verb for each in _asks(checks)} | ({"count"} if any(each.count for each in _asks(checks)) else set())


def _targets(rule: Rule | ArchiveRule) -> set[str]:
    """
    The selectors that a rule looks at by name.
    """
    if isinstance(rule, ArchiveRule):
        return {name_of(each) for each in places_of(rule)}
    asks = [*_asks(rule.check), *_asks(rule.when)]
    targets = [each.target for each in asks if each.target is not None]
    if rule.each is not None:
        targets.append(rule.each.target)
    targets += [option for each in asks if isinstance(each.options, Mapping) for option in _within(each.options)]
    return {each.xpath.removeprefix("$") for each in targets}


def _within(options: Mapping[str, object]) -> list[Target]:
    return [each for each in options.values() if isinstance(each, Target)]


def _words(rule: Rule | ArchiveRule) -> set[str]:
    """
    The code lists that a rule names, and the facts it compares with as ``fact.NAME``.
    """
    if isinstance(rule, ArchiveRule):
        return set(lists_of(rule))
    words: set[str] = set()
    for each in (*_asks(rule.check), *_asks(rule.when)):
        if each.verb == "in":
            words.add(each.options)
        elif isinstance(each.options, Mapping):
            words.update(str(each.options[key]) for key in ("in", "of") if key in each.options)
            if "fact" in each.options:
                words.add(f"fact.{each.options['fact']}")
    return words


def _ids(rules: Iterable[Rule | ArchiveRule]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(rule.id for rule in rules))


def _some(ids: Sequence[str]) -> str | None:
    if not ids:
        return None
    more = f" and {len(ids) - _MOST_RULES} more" if len(ids) > _MOST_RULES else ""
    return ", ".join(ids[:_MOST_RULES]) + more
