"""
`itk3 new test`: a test in a file of its own, with the expectation that holds today.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import count
from pathlib import Path

from itk3_validator.checks.ask import AnyOf
from itk3_validator.errors import CallInvalid
from itk3_validator.finding import Outcome
from itk3_validator.pack.load import load_pack
from itk3_validator.pack.model import Rule, RulePack, Trial
from itk3_validator.value import replace
from itk3_validator.workshop.scaffold.examples import expected, judge, passing, plain_trial
from itk3_validator.workshop.scaffold.files import Written, pack_folder, schema_beside, write
from itk3_validator.workshop.scaffold.pack import checked
from itk3_validator.workshop.scaffold.text import MODELINE, trial_text
from itk3_validator.workshop.trials.prepared import TrialInvalid, prepare

_CHECK_IT = "What the pack says today. Make sure that it is what the publication wants."


def new_test(
    folder: Path,
    *,
    message: str | None = None,
    request: str | None = None,
    facts: Mapping[str, str] | None = None,
    interaction: str | None = None,
) -> Written:
    """
    Write ``tests.yaml``, or ``tests-2.yaml`` and so on, into the folder of a pack.

    With *message* the test holds what the pack says of it. Without, it breaks a message that the pack has nothing
    against, for the first rule of the pack that no test has seen to fail.

    Raises:
        Itk3Error: The pack has mistakes, or the message cannot be judged.
    """
    pack = load_pack(pack_folder(folder))
    if message is None:
        trial = next(_breaking(pack, folder), None) or next(iter(passing(pack, folder)), None)
        if trial is None:
            raise CallInvalid(f"no message is known that keeps the rules of {pack.name}; name one with --message")
        text = trial_text(trial)
    else:
        asked = replace(
            plain_trial(folder, _inside(folder, message)),
            request=_inside(folder, request) if request else None,
            facts=dict(facts or {}),
            interaction=interaction,
        )
        text = _as_today(pack, asked)
    schema, remarks = schema_beside(folder.resolve())
    files = {_free(folder): f"{MODELINE}tests:\n{text}".encode(), **schema}
    return Written(checked(folder, write(files)), remarks)


def _as_today(pack: RulePack, asked: Trial) -> str:
    _check_facts(pack, asked)
    report = judge(pack, asked)
    if report is None:
        raise CallInvalid(_why(pack, asked))
    trial = replace(asked, expect=expected(pack, report))
    return trial_text(trial, remark=_CHECK_IT if trial.expect else "")


def _inside(folder: Path, name: str) -> str:
    """
    The name of a file as a test of the pack names it, when it was given as a path into the folder.
    """
    file, home = Path(name).resolve(), folder.resolve()
    return file.relative_to(home).as_posix() if file.is_file() and file.is_relative_to(home) else name


def _check_facts(pack: RulePack, trial: Trial) -> None:
    if trial.interaction is not None and trial.interaction not in pack.interactions:
        raise CallInvalid(f"the pack {pack.name} has no interaction {trial.interaction!r}")
    for name in trial.facts:
        if name not in pack.facts:
            raise CallInvalid(f"the pack {pack.name} has no fact {name!r}")


def _why(pack: RulePack, trial: Trial) -> str:
    try:
        prepare(pack, trial)
    except TrialInvalid as why:
        return str(why)
    return f"{trial.message} is no message that {pack.name} recognises; say what it is with --interaction"


def _breaking(pack: RulePack, folder: Path) -> Iterator[Trial]:
    """
    Tests that make one of the pack's own rules fail, first those of rules that no test expects to fail.
    """
    seen = {each for trial in pack.tests for each in trial.expect.get(Outcome.FAIL, ())}
    own = [rule for rule in pack.rules if rule.pack == pack.name and rule.status != "draft"]
    examples = passing(pack, folder)
    for rule in sorted(own, key=lambda each: each.id in seen):
        for example in examples:
            for trial in _broken(rule, example):
                report = judge(pack, trial)
                found = expected(pack, report) if report is not None else {}
                if rule.id in found.get(Outcome.FAIL, ()):
                    yield replace(trial, name=f"{rule.id} can fail", expect={Outcome.FAIL: found[Outcome.FAIL]})


def _broken(rule: Rule, example: Trial) -> Iterator[Trial]:
    for ask in rule.check:
        if isinstance(ask, AnyOf) or ask.target is None or ask.target.of_request or ask.target.relative:
            continue
        yield replace(example, remove=(ask.target.xpath,))
        yield replace(example, change={ask.target.xpath: "another value"})
        yield replace(example, insert={ask.target.xpath: "a value"})


def _free(folder: Path) -> Path:
    names = ("tests.yaml" if number == 1 else f"tests-{number}.yaml" for number in count(1))
    return next(folder / name for name in names if not (folder / name).exists())
