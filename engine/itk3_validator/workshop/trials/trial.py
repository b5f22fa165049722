"""
Running the ``tests:`` of a pack: the message made ready, judged as ``validate`` judges it, and compared with what the
test expects.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from itk3_validator.errors import CallInvalid, MessageError
from itk3_validator.finding import Outcome, Verdict
from itk3_validator.message import parse
from itk3_validator.pack.bundled import Folder, bundled
from itk3_validator.pack.model import RulePack, Trial
from itk3_validator.report.model import Report, Result
from itk3_validator.source import Limits, Source, check_size, read_file
from itk3_validator.validator import Validator
from itk3_validator.workshop.editing import edit
from itk3_validator.workshop.editing.places import place_of_pack

_UNJUDGED = frozenset({Verdict.UNREADABLE, Verdict.UNRECOGNISED})
_AMISS = (Outcome.FAIL, Outcome.ERROR, Outcome.UNDECIDED)
_SAID = {
    Outcome.PASS: "passes",
    Outcome.FAIL: "fails",
    Outcome.NOT_APPLICABLE: "is not applicable",
    Outcome.UNDECIDED: "is undecided",
    Outcome.ERROR: "could not be run",
    Outcome.WAIVED: "is waived",
}


class Standing(StrEnum):
    """
    What became of one test: it held, it did not, or it could not be run as it is written.
    """

    HELD = "held"
    FAILED = "failed"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class TrialResult:
    """
    One test of a pack, from 1. *problems* are sentences; *outcomes* of all rules, empty when it could not be run.
    """

    pack: str
    number: int
    trial: Trial
    standing: Standing
    problems: tuple[str, ...] = ()
    outcomes: Mapping[str, Outcome] = field(default_factory=dict)

    @property
    def place(self) -> str:
        return f"{self.trial.file}:{self.trial.line}"

    @property
    def title(self) -> str:
        return self.trial.name or f"{self.trial.message}, {_told(self.trial)}"


class TrialInvalid(Exception):
    """
    A test that cannot be run as it is written; the text is a sentence that says why.
    """


@dataclass(frozen=True, slots=True)
class Prepared:
    """
    The message of a test with its edits made, and its request.
    """

    message: Source
    request: Source | None


def run_trials(pack: RulePack, *, only: Collection[str] = (), show_values: bool = False) -> tuple[TrialResult, ...]:
    """
    Run the tests of a pack, in their order; with *only* they speak of no other rules than these, and those that cannot
    be run and name none of them are left out.
    """
    if not pack.tests:
        return ()
    validator = Validator(packs=[pack], show_values=show_values)
    results = (_run(pack, trial, number, validator, only) for number, trial in enumerate(pack.tests, 1))
    return tuple(
        each for each in results if not only or _names(each.trial, only) or each.standing is not Standing.ERROR
    )


def prepare(pack: RulePack, trial: Trial) -> Prepared:
    """
    Find the message and the request of a test, and edit the message: change, remove, repeat, insert, in that order.

    Raises:
        TrialInvalid: A file is not there or cannot be read as a message, or an edit cannot be made.
    """
    home = home_of(pack, trial)
    source = read_sample(home, trial.message)
    request = read_sample(home, trial.request) if trial.request is not None else None
    for each in (source, request):
        _check_readable(each)
    return Prepared(Source(source.name, _edited(pack, trial, source.data)), request)


def read_sample(home: Folder, name: str) -> Source:
    """
    A message from the folder of a pack, else from the bundled samples, and from nowhere else.

    Raises:
        TrialInvalid: There is no such file in either, or it cannot be read.
    """
    if not _stays_inside(name):
        raise TrialInvalid(f"{name!r} leads out of the pack's folder; name a file in it, or in samples/")
    for folder in (home, bundled("samples")):
        file = _file(folder, name)
        if file is not None:
            return _read(file, name)
    raise TrialInvalid(f"there is no message {name!r} in the pack's folder or in samples/")


def home_of(pack: RulePack, trial: Trial) -> Folder:
    """
    The folder of the pack that a test belongs to.
    """
    folder = Path(trial.file).parent
    return folder if folder.is_dir() else bundled() / pack.name


def _names(trial: Trial, only: Collection[str]) -> bool:
    return any(each in only for ids in trial.expect.values() for each in ids)


def _run(pack: RulePack, trial: Trial, number: int, validator: Validator, only: Collection[str]) -> TrialResult:
    try:
        report = _judged(pack, trial, validator)
    except TrialInvalid as why:
        return TrialResult(pack.name, number, trial, Standing.ERROR, (str(why),))
    named = (each for ids in trial.expect.values() for each in ids if not only or each in only)
    unknown = [each for each in named if each not in report.outcomes]
    if unknown:
        told = tuple(f"{each} is a draft, which is not run; make it active or expect nothing of it" for each in unknown)
        return TrialResult(pack.name, number, trial, Standing.ERROR, told)
    problems = tuple(_differences(pack, trial, report, only))
    standing = Standing.FAILED if problems else Standing.HELD
    return TrialResult(pack.name, number, trial, standing, problems, dict(report.outcomes))


def _judged(pack: RulePack, trial: Trial, validator: Validator) -> Report:
    prepared = prepare(pack, trial)
    try:
        report = validator.validate(
            prepared.message, facts=trial.facts, request=prepared.request, interaction=trial.interaction
        )
    except CallInvalid as why:
        raise TrialInvalid(str(why)) from None
    if report.verdict in _UNJUDGED:
        raise TrialInvalid(f"no rule was asked, the message is {report.verdict}: {report.reason}")
    return report


def _edited(pack: RulePack, trial: Trial, data: bytes) -> bytes:
    edits: tuple[tuple[str, str, Callable[..., bytes], tuple[str, ...]], ...] = (
        *(("change", place, edit.change, (value,)) for place, value in trial.change.items()),
        *(("remove", place, edit.remove, ()) for place in trial.remove),
        *(("repeat", place, edit.repeat, ()) for place in trial.repeat),
        *(("insert", place, edit.insert, (value,)) for place, value in trial.insert.items()),
    )
    for name, place, make, values in edits:
        try:
            data = make(data, place_of_pack(pack, place), *values)
        except edit.EditFailed as why:
            raise TrialInvalid(f"{name}: {why}") from None
    return data


def _differences(pack: RulePack, trial: Trial, report: Report, only: Collection[str]) -> Iterator[str]:
    """
    What is otherwise than the test expects, a sentence each, in the order of the rules.
    """
    results = [each for each in report.results if not only or each.id in only]
    expected = {each: outcome for outcome, ids in trial.expect.items() for each in ids}
    own = {rule.id for rule in pack.rules if rule.pack == pack.name}
    for result in results:
        wanted = expected.get(result.id)
        if wanted is not None:
            if result.outcome is not wanted:
                yield f"{result.id} {_SAID[result.outcome]}, and {wanted} was expected{_why(result)}"
        elif result.outcome in _unwelcome(trial, own=result.id in own):
            yield f"{result.id} {_SAID[result.outcome]}, and nothing of the kind was expected{_why(result)}"
    if not trial.expect and not only and Outcome.PASS not in report.outcomes.values():
        yield "no rule passes, because none looked at this message"


def _unwelcome(trial: Trial, *, own: bool) -> Iterable[Outcome]:
    """
    What a rule that the test does not name may not come to.

    ``pass`` speaks of all rules. Else ``fail`` is exactly the set among the pack's own rules.
    """
    if not trial.expect:
        return _AMISS
    return (Outcome.FAIL, Outcome.ERROR) if own else ()


def _why(result: Result) -> str:
    return f": {result.message}" if result.message else ""


def _told(trial: Trial) -> str:
    return "; ".join(f"{outcome} {', '.join(ids)}" for outcome, ids in trial.expect.items()) or "pass"


# files


def _check_readable(source: Source | None) -> None:
    if source is None:
        return
    try:
        parse(source)
    except MessageError as error:
        raise TrialInvalid(f"{source.name} cannot be read: {error}") from None


def _stays_inside(name: str) -> bool:
    parts = name.split("/")
    return "\\" not in name and "\0" not in name and not any(part in ("", ".", "..") for part in parts)


def _file(folder: Folder, name: str) -> Folder | None:
    file = folder
    for part in name.split("/"):
        file = file / part
        if isinstance(file, Path) and file.is_symlink():
            return None
    return file if file.is_file() else None


def _read(file: Folder, name: str) -> Source:
    limit = Limits().message
    try:
        data = read_file(file, limit=limit).data if isinstance(file, Path) else file.read_bytes()
        check_size(data, limit)
    except MessageError as error:
        raise TrialInvalid(f"{name} cannot be read: {error}") from None
    except OSError as error:
        raise TrialInvalid(f"{name} cannot be read: {error.strerror}") from None
    return Source(name, data)
