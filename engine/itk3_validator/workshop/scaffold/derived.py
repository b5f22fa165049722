"""
`itk3 new pack --ids`: a derived pack out of a published list of requirements. Nothing is guessed in silence: beside
each line stands the requirement that it comes from, and what speaks for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from itk3_validator.errors import CallInvalid
from itk3_validator.message import parse, value_of
from itk3_validator.pack.load import load_pack
from itk3_validator.pack.model import RulePack, Trial
from itk3_validator.pack.read import read_pack
from itk3_validator.value import replace
from itk3_validator.workshop.editing.places import place_of_pack
from itk3_validator.workshop.scaffold.changes import Changes, Renamed, changes_of, further_of
from itk3_validator.workshop.scaffold.examples import expected, judge, passing
from itk3_validator.workshop.scaffold.files import Written, check_name, check_new, schema_beside, withdraw, write
from itk3_validator.workshop.scaffold.matching import Match, is_further, matched
from itk3_validator.workshop.scaffold.pack import checked, find_base, head, interactions_text
from itk3_validator.workshop.scaffold.requirements import Requirement
from itk3_validator.workshop.scaffold.text import MODELINE, comment, quoted, trial_text
from itk3_validator.workshop.trials.prepared import prepare

_ABOUT = (
    "A draft, written by `itk3 new pack` from a list of requirements. Which inherited rule stands for which "
    "requirement is only likely: beside each stands the requirement, and why. Read every one, then remove the remark. "
    "`source` and `link` of these rules are still those of the pack that is extended."
)
_LATER = "not looked at yet"
_OPEN = (
    "Requirements that no inherited rule is like. For each write a rule, `itk3 new rule ID`, or say why no message can "
    "show it."
)
_LEFT = (
    "Inherited rules that no requirement of the list is like. They stay as they are, with their old numbers. To leave "
    "one out, take its line into a section `drop:` and say why."
)


def derive_pack(name: str, requirements: Iterable[Requirement], *, extends: str, at: Path) -> Written:
    """
    Write the folder *name* in the folder *at*, a pack that makes what it can of the rules of another one.

    Raises:
        Itk3Error: There is no such pack, the name will not do, or there is something of that name already.
    """
    check_name(name)
    folder = at / name
    check_new(folder)
    loaded = read_pack(find_base(extends, folder))
    base = load_pack(find_base(extends, folder))
    assert loaded.merged is not None  # noqa: S101 - load_pack has raised where it cannot be read
    asked = tuple(requirements)
    inherited = {rule.id for rule in base.all_rules} | {each.id for each in base.not_checkable}
    matches = _with_ids(matched([each for each in asked if each.id not in inherited], base), base)
    changes = changes_of(base, loaded.merged, matches)
    text = head(name, base, _ABOUT) + interactions_text(name, base)
    text += _ids_text(matches) + changes.text() + _open_text(asked, matches, inherited) + _left_text(base, matches)
    schema, remarks = schema_beside(folder)
    files = checked(folder, write({folder / "pack.yaml": text.encode()}))
    tests = _tests_text(load_pack(folder), base, folder, changes)
    try:
        files += write({**({folder / "tests.yaml": tests.encode()} if tests else {}), **schema})
    except CallInvalid:
        withdraw(files)
        raise
    told = _counted(asked, matches, inherited, changes)
    return Written(files, (*told, *remarks))


def _with_ids(matches: Iterable[Match], base: RulePack) -> tuple[Renamed, ...]:
    """
    The matches with the ids they are given; an id that stands twice in the list goes to the first that is matched.
    """
    taken: set[str] = set()
    made = []
    for match in matches:
        ids = (name for name in _numbered(match.requirement.id) if name not in taken)
        identifier = next(ids)
        further = tuple(zip(further_of(base, match.rule.id), ids, strict=False))
        taken |= {identifier, *(new for _, new in further)}
        made.append(Renamed(match, identifier, further))
    return tuple(made)


def _ids_text(matches: Sequence[Renamed]) -> str:
    if not matches:
        return ""
    lines = []
    for each in matches:
        match = each.match
        why = f"{match.rule.id} is like it by: {', '.join(match.shared[:6])}."
        if match.rivals:
            why += f" Nearly as much alike: {', '.join(match.rivals[:4])}."
        if match.requirement.nth > 1:
            why += f" It is line number {match.requirement.nth} of the list that has this id."
        lines.append(comment(f"{match.requirement.id}: {match.requirement.text}", why, indent=2))
        lines.append(f"  {quoted(match.rule.id)}: {quoted(each.id)}\n")
        lines += [f"  {quoted(old)}: {quoted(new)}\n" for old, new in each.further]
    return f"ids:\n{''.join(lines)}\n"


def _open_text(asked: Iterable[Requirement], matches: Iterable[Renamed], inherited: set[str]) -> str:
    done = {each.match.requirement for each in matches}
    taken = {each.id for each in matches} | {new for each in matches for _, new in each.further} | inherited
    known, lines = [], []
    for each in asked:
        if each in done:
            continue
        if each.id in inherited and each.nth == 1:
            known.append(comment(f"{each.id} is inherited under the same number: {each.text}"))
            continue
        identifier = next(new for new in _numbered(each.id) if new not in taken)
        taken.add(identifier)
        again = (
            ()
            if identifier == each.id
            else (f"The list holds {each.id} more than once; give this one an id of its own.",)
        )
        lines.append(comment(f"{each.id}: {each.text}", *again, indent=2))
        lines.append(f"  - {{id: {quoted(identifier)}, because: {_LATER}}}\n")
    text = "".join(known) + ("\n" if known else "")
    return text + (f"{comment(_OPEN)}not-checkable:\n{''.join(lines)}\n" if lines else "")


def _numbered(identifier: str) -> Iterator[str]:
    yield identifier
    number = 2
    while True:
        yield f"{identifier}/{number}"
        number += 1


def _left_text(base: RulePack, matches: Iterable[Renamed]) -> str:
    gone = {each.match.rule.id for each in matches} | {old for each in matches for old, _ in each.further}
    left = [rule for rule in base.rules if rule.pack == base.name and rule.id not in gone]
    left = [rule for rule in left if not is_further(rule.id, base)]
    lines = [f"#   {quoted(rule.id)}: {comment(rule.text)[2:]}" for rule in left]
    return comment(_LEFT) + "".join(lines) if lines else ""


def _tests_text(pack: RulePack, base: RulePack, folder: Path, changes: Changes) -> str:
    entries = []
    for example in passing(base, folder):
        trial = replace(example, change={**example.change, **_edits(base, example, changes)})
        report = judge(pack, trial)
        if report is not None:
            trial = replace(trial, expect=expected(pack, report))
            entries.append(trial_text(trial, remark="Look at this: it is no pass." if trial.expect else ""))
    return f"{MODELINE}tests:\n{chr(10).join(entries)}" if entries else ""


def _edits(base: RulePack, trial: Trial, changes: Changes) -> dict[str, str]:
    """
    What makes a message of the base one of the new pack: the values that are changed, where the message has the old.
    """
    message = parse(prepare(base, trial).message)
    edits = {}
    for place, old, new in changes.values:
        nodes = place_of_pack(base, place).find(message)
        if nodes and all(value_of(node) == old for node in nodes):
            edits[place] = new
    return edits


def _counted(
    asked: Sequence[Requirement], matches: Sequence[Renamed], inherited: set[str], changes: Changes
) -> tuple[str, ...]:
    known = sum(each.id in inherited and each.nth == 1 for each in asked)
    noun = "requirement" if len(asked) == 1 else "requirements"
    verb = "is" if len(matches) == 1 else "are"
    told = [f"{len(asked):,} {noun}: {len(matches):,} {verb} like an inherited rule"]
    told += [f"{known:,} inherited under the same number"] if known else []
    told.append(f"{len(asked) - len(matches) - known:,} not looked at yet")
    lines = [", ".join(told)]
    lines += [f"changed: {each}" for each in changes.told]
    lines += [f"{each.id} stands twice in the list (line {each.line})" for each in asked if each.nth > 1]
    lines += [
        f"{each.id} has no digit; is it an id? (line {each.line})"
        for each in asked
        if each.nth == 1 and not any(map(str.isdigit, each.id))
    ]
    if not matches and not known:
        lines.append("no requirement of the list is like an inherited rule: the new pack proves none of them yet")
    return tuple(lines)
