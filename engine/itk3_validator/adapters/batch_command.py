"""
`itk3 batch`: judge archives over many processes, into a folder that can be asked in SQL.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from itk3_validator import BatchSettings, CallInvalid, Limits, Validator
from itk3_validator.adapters import clock
from itk3_validator.adapters.extras import need
from itk3_validator.adapters.options import BATCH_OPTIONS, NOT_IN_A_BATCH, OPTIONS, add_options
from itk3_validator.adapters.settings import Settings, settings_from
from itk3_validator.adapters.status import BROKEN, status_of, why
from itk3_validator.adapters.validators import request_of, validator_of
from itk3_validator.inputs.locate import Located, locate

if TYPE_CHECKING:
    from itk3_validator.batch.folder import Folder, Part
    from itk3_validator.batch.judging import Judge

# A worker does about 200,000 messages, or takes so much memory: lxml never frees the names that it has seen. A fresh
# one takes 0.2 s to see what the rules make of messages; over those of the benchmark a worker stays at 150 MB.
_RECYCLE = 400
_MEMORY = 300_000_000
_TIME_LIMIT = 60
CHUNK = 500
PART = 10_000
_DAY = "day of the waivers"
_EPILOG = """\
SOURCE is what `itk3 validate` takes: files, folders, patterns, archives, - for standard input. RUN is made, and holds
the results as Parquet (docs/batch.md). The same command goes on with a run that was stopped, however that happened.

itk3 batch query RUN "SELECT verdict, count(*) FROM messages GROUP BY verdict"    asks the results in SQL
itk3 batch report RUN --format html:report.html                                   tells what it came to, by requirement

The exit status is that of `itk3 validate`.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """
    The arguments of `itk3 batch`.
    """
    parser.epilog = _EPILOG
    parser.add_argument("source", nargs="+", metavar="SOURCE", help="what to judge")
    parser.add_argument("-o", "--output", required=True, metavar="RUN", help="the folder of the run")
    parser.add_argument(
        "--config", metavar="FILE", help="settings by the names of these options; the command line wins"
    )
    add_options(parser, BATCH_OPTIONS)
    add_options(parser, (each for each in OPTIONS if each.name not in NOT_IN_A_BATCH))


def run(arguments: argparse.Namespace) -> int:
    """
    Judge every message, or those that are left, and return the exit status.

    Raises:
        Itk3Error: The command, the settings, the rules or the folder are wrong; nothing was added to the run.
    """
    need("batch", "pyarrow", "duckdb")
    from itk3_validator.adapters.workers import Lost, NeverReady, Raised
    from itk3_validator.batch.finish import finish
    from itk3_validator.batch.folder import folder_of
    from itk3_validator.batch.manifest import manifest

    settings = settings_from(vars(arguments), arguments.config)
    if settings.baseline is not None:
        raise CallInvalid("a batch has no baseline; leave it out of the settings, or use --waivers")
    located = locate(arguments.source)
    path = Path(arguments.output)
    _check_folder(path, located)
    validator = validator_of(settings)
    with folder_of(path) as (folder, secret):
        before = folder.manifest()
        judge = _judge(settings, validator, secret, _today(before))
        message, name = settings.columns
        more = {_DAY: judge.settings.today.isoformat(), "--message-column": message, "--name-column": name}
        _begin(folder, before, manifest(judge, located, secret, more))
        try:
            whole = _judge_all(folder, judge, located, settings)
        except (Lost, NeverReady, Raised) as error:
            sys.stderr.write(f"itk3: no process can judge what comes next: {error}; the same command goes on there\n")
            return BROKEN
        tally = finish(folder, whole, validator.packs, judge.settings)
    status = status_of(tally, settings.fail_on)
    if settings.quiet:
        sys.stderr.write(why(status, tally))
    else:
        from itk3_validator.report.text import render_summary

        sys.stdout.write(render_summary(tally))
    return status


def _judge(settings: Settings, validator: Validator, secret: bytes, today: date) -> Judge:
    from itk3_validator.batch.judging import Judge, keys_of

    waivers: tuple[Any, ...] = ()
    if settings.waivers:
        from itk3_validator.adapters.accepted import accepted

        usage = accepted(settings, validator.packs, today=today).usage
        waivers = usage.waivers if usage is not None else ()
    asked = BatchSettings(
        packs=settings.packs,
        facts=tuple(sorted(settings.facts.items())),
        interaction=settings.interaction,
        request=request_of(settings, validator),
        only=settings.only,
        ignore=settings.ignore,
        waivers=waivers,
        today=today,
        show_values=settings.show_values,
        trust_packs=settings.trust_packs,
        hash_names=settings.hash_names,
        limits=settings.limits,
    )
    return Judge(asked, validator, keys=keys_of(validator.packs, show_values=settings.show_values), secret=secret)


def _today(before: Mapping[str, Any] | None) -> date:
    """
    The day on which the run began, so that no waiver expires in the middle of it.
    """
    return date.fromisoformat(before["settings"][_DAY]) if before is not None else clock.today()


def _begin(folder: Folder, before: Mapping[str, Any] | None, now: Mapping[str, Any]) -> None:
    """
    Begin, or go on where it is the same run.
    """
    from itk3_validator.batch.manifest import differences

    changed = differences(before, now) if before is not None else ()
    if changed:
        told = "".join(f"\n  {each}" for each in changed)
        raise CallInvalid(f"the run {folder.path} was begun with something else; name another folder with -o:{told}")
    folder.begin(now)


def _judge_all(folder: Folder, judge: Judge, located: tuple[Located, ...], settings: Settings) -> Part:
    from itk3_validator.adapters.batch_tasks import Tasks
    from itk3_validator.adapters.progress import Progress
    from itk3_validator.adapters.workers import Workers, usable_processors
    from itk3_validator.batch.run import run as run_all
    from itk3_validator.batch.sources import chunks, total
    from itk3_validator.batch.work import PRELOAD, make_work

    processes = settings.processes or usable_processors()
    limits: Limits = settings.limits
    progress = Progress(
        sys.stderr, quiet=settings.quiet, total=lambda: total(located, limits, columns=settings.columns)
    )
    standard_input = sys.stdin.buffer if sys.stdin is not None else None
    found = chunks(located, CHUNK, limits, standard_input=standard_input, columns=settings.columns)
    with Workers(
        make_work,
        (judge, limits),
        processes=processes,
        time_limit=settings.time_limit or _TIME_LIMIT,
        recycle=_RECYCLE,
        memory=_MEMORY,
        waiting=processes + 2,
        preload=PRELOAD,
    ) as workers:
        try:
            return run_all(
                folder, found, Tasks(workers).begin, ahead=2 * processes + 2, told=progress, part_messages=PART
            )
        finally:
            progress.end()


def _check_folder(path: Path, located: tuple[Located, ...]) -> None:
    """
    Refuse a folder that would be judged itself.
    """
    whole = path.resolve()
    for each in located:
        judged = None if each.path is None else Path(each.path).resolve()
        if judged is not None and whole.is_relative_to(judged):
            raise CallInvalid(f"-o {path} lies in {each.name}, which is to be judged; name a folder outside of it")
