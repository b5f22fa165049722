"""
`itk3 validate`: judge messages and tell what was found.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager, ExitStack
from typing import TYPE_CHECKING, TextIO

from itk3_validator import CallInvalid, Validator
from itk3_validator.adapters.judging import Judging, Stated
from itk3_validator.adapters.options import OPTIONS, Option, Shape, add_options
from itk3_validator.adapters.plain import plain
from itk3_validator.adapters.settings import Format, Settings, settings_from
from itk3_validator.adapters.status import NOTHING, status_of, why
from itk3_validator.adapters.validators import judge_of, request_of, validator_of
from itk3_validator.adapters.writers import Writing, open_writers
from itk3_validator.inputs.entries import Entry, Nothing
from itk3_validator.inputs.load import read
from itk3_validator.inputs.locate import Located, locate
from itk3_validator.report.chosen import chosen
from itk3_validator.report.kinds import Tally

if TYPE_CHECKING:
    import argparse
    from pathlib import Path
    from types import SimpleNamespace

    from itk3_validator.adapters.accepted import Accepted

_EPILOG = """\
MESSAGE is a file, a folder, a pattern such as 'in/*.xml', a zip or tar archive, a table (NDJSON, Parquet), or - for
standard input; with --stream none is named. In folders and archives every .xml and .dat file is judged, and archives
and tables in folders are opened; hidden files and links are left out.

exit status, the first of these that is true:
  2    the rules, the settings or the command are wrong, and no message was judged
  1    a rule failed at or above --fail-on
  3    a message was unreadable, a rule could not be run, or the report could not be written
  4    nothing was judged: no message was found, none was recognised, or no rule was left to ask
  0    none of these; 5 instead of all these: in a --stream, nobody can tell where the next message begins
  130  interrupted      141  who read the report stopped reading
"""


_CONFIG = Option("config", Shape.TEXT, "FILE", "settings by the names of these options; the command line wins")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """
    The arguments of `itk3 validate`.
    """
    parser.epilog = _EPILOG
    parser.add_argument("message", nargs="*", metavar="MESSAGE", help="what to judge")
    add_options(parser, (_CONFIG, *OPTIONS))


def plain_arguments(words: Sequence[str]) -> SimpleNamespace | None:
    """
    The same from a command line with nothing unusual in it.
    """
    return plain(words, (_CONFIG, *OPTIONS))


def run(arguments: argparse.Namespace | SimpleNamespace) -> int:
    """
    Judge every message, in the order in which they were named, and return the exit status.

    Raises:
        Itk3Error: The command, the settings or the rules are wrong; no message was judged.
    """
    settings = settings_from(vars(arguments), arguments.config)
    _check_messages(settings, arguments.message)
    located = locate(arguments.message)
    validator = validator_of(settings)
    _check_outputs(settings, arguments.config, located, validator)
    with ExitStack() as opened:
        judge = opened.enter_context(judge_of(settings, validator))
        stated = Stated(settings.facts, request_of(settings, judge), settings.interaction)
        accepted = _accepted(settings, validator)
        judging = Judging(judge, validator, settings)
        if settings.stream is not None:
            from itk3_validator.adapters.streaming import run as streaming

            return streaming.run(settings.stream, judging, stated, accepted)
        writers = open_writers(settings, lambda path: opened.enter_context(_open(path)), _standard_output())
        standard_input = sys.stdin.buffer if sys.stdin is not None else None
        entries = read(located, settings.limits, standard_input, settings.columns)
        tally = _judge(judging, stated, accepted, entries, writers)
    status = status_of(tally, settings.fail_on)
    if settings.quiet and status == NOTHING:
        sys.stderr.write(why(status, tally))
    return status


def _check_messages(settings: Settings, messages: Sequence[str]) -> None:
    if settings.stream is None:
        if not messages:
            raise CallInvalid("no message is named; name a file, a folder, or - for standard input")
        return
    if messages:
        raise CallInvalid("--stream reads messages from standard input, so none can be named")
    if settings.formats != (Format("ndjson", None),):
        raise CallInvalid("--stream answers in lines of JSON on standard output; leave --format out")


def _judge(
    judging: Judging,
    stated: Stated,
    accepted: Accepted | None,
    entries: Iterable[Entry | Nothing],
    writers: Iterable[Writing],
) -> Tally:
    tally = Tally()
    for entry in entries:
        if isinstance(entry, Nothing):
            for writer in writers:
                writer.nothing(entry._replace(name=judging.named(entry.name)))
            continue
        report = judging.report(entry, stated)
        if accepted is not None:
            accepted = accepted.plus(report, entry.name)
            report = accepted.apply(report, entry.name)
        report = chosen(report, only=judging.settings.only, ignore=judging.settings.ignore)
        tally = tally.plus(report)
        for writer in writers:
            writer.message(report)
    notes = accepted.notes(judging.validator.packs, judging.named) if accepted is not None else None
    for writer in writers:
        writer.close(tally, notes)
    return tally


def _accepted(settings: Settings, validator: Validator) -> Accepted | None:
    if not settings.waivers and settings.baseline is None:
        return None
    from itk3_validator.adapters.accepted import accepted

    return accepted(settings, validator.packs)


def _check_outputs(settings: Settings, config: str | None, located: Iterable[Located], validator: Validator) -> None:
    targets = [path for _, path in settings.formats if path is not None]
    if not targets:
        return
    from pathlib import Path

    from itk3_validator.adapters.outputs import check_outputs
    from itk3_validator.workshop.pack_folders import pack_folders

    read_from = (settings.request, settings.baseline, *settings.waivers, None if config is None else Path(config))
    check_outputs(
        targets,
        messages=located,
        files=[each for each in read_from if each is not None],
        packs=pack_folders(settings.packs, validator.packs),
    )


def _open(path: Path) -> AbstractContextManager[TextIO]:
    from itk3_validator.adapters.outputs import whole_file

    return whole_file(path)


def _standard_output() -> TextIO:
    # A terminal that cannot show a character gets its number, not an exception.
    reconfigure = getattr(sys.stdout, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors="backslashreplace")
    return sys.stdout
