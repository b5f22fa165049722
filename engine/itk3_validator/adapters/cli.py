"""
The command `itk3`: finds the sub-command, and turns what stops it into a sentence and an exit status.

What a sub-command needs is imported when it is called for, so that the command starts fast.
"""

from __future__ import annotations

import atexit
import gc
import os
import sys
from collections.abc import Iterator, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any, NoReturn, Protocol

from itk3_validator.adapters.status import BROKEN, INTERRUPTED, PIPE_CLOSED, WRONG
from itk3_validator.value import Value

if TYPE_CHECKING:
    import argparse

_MOST_FRAMES = 50


class Command(Value):
    """
    A sub-command: its module offers `add_arguments(parser)` and `run(arguments)`, which returns the exit status. Where
    *plain*, it also offers `plain_arguments(words)`: the arguments, or None where argparse has to be asked.
    """

    module: str
    help: str
    plain: bool = False


COMMANDS = {
    "validate": Command("itk3_validator.adapters.validate_command", "judge messages by rule packs", plain=True),
    "batch": Command("itk3_validator.adapters.batch_command", "judge archives over many processes, into a folder"),
    "batch query": Command("itk3_validator.adapters.batch_query_command", "ask the results of a batch in SQL"),
    "batch report": Command(
        "itk3_validator.adapters.batch_report_command", "tell what a batch came to, also as a page"
    ),
    "serve": Command("itk3_validator.adapters.serve_command", "judge messages over HTTP"),
    "lint": Command("itk3_validator.adapters.lint_command", "find what is wrong in rule packs"),
    "test": Command("itk3_validator.adapters.test_command", "run the tests of rule packs and prove their rules"),
    "explain": Command("itk3_validator.adapters.explain_command", "tell what a rule, verb, selector or code means"),
    "try": Command("itk3_validator.adapters.try_command", "show what a selector or an XPath finds in a message"),
    "rules": Command("itk3_validator.adapters.rules_command", "list the rules of a pack and where each comes from"),
    "new": Command("itk3_validator.adapters.new_command", "write the draft of a pack, a rule or a test"),
}
# These judge rules, and are not asked for a message.
_WITHOUT_MESSAGES = frozenset({"test", "rules", "batch query", "batch report"})


class Module(Protocol):
    """
    What the module of a sub-command offers.
    """

    def add_arguments(self, parser: argparse.ArgumentParser) -> None: ...

    def run(self, arguments: Any) -> int: ...


def run() -> NoReturn:
    """
    The command as it is installed: `main`, and out.

    What is made on start stays until the end, so that looking for garbage 200 times finds none, in 4 ms; when rules are
    read, once more in 9 ms.

    Python takes every module and object apart at its end, a tenth of a short run; it would also try once more to write
    what could not be written, and change the status. What is registered for the end is done all the same: the processes
    of a batch have a folder to be cleared away.
    """
    gc.set_threshold(100_000)
    status = main()
    sys.stderr.flush()
    atexit._run_exitfuncs()  # noqa: SLF001  # os._exit leaves them out
    os._exit(status)


def main(arguments: Sequence[str] | None = None) -> int:
    """
    Run one command line and return its exit status.
    """
    from itk3_validator import Itk3Error

    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        status = _run(given)
        sys.stdout.flush()
    except SystemExit as ending:
        return ending.code if isinstance(ending.code, int) else WRONG
    except Itk3Error as error:
        _complain(error, given[0])
        return WRONG
    except KeyboardInterrupt:
        sys.stderr.write("itk3: interrupted\n")
        return INTERRUPTED
    except BrokenPipeError:
        return _pipe_closed()
    except Exception:  # noqa: BLE001  # Python's own status for a crash is 1, which here means that a message failed
        return _crashed()
    return status


def _run(arguments: list[str]) -> int:
    name = _name(arguments)
    if name not in COMMANDS:
        _no_command(name, arguments)
    module: Any = import_module(COMMANDS[name].module)
    words = arguments[len(name.split()) :]
    plain = module.plain_arguments(words) if COMMANDS[name].plain else None
    status: int = module.run(_parsed(name, module, words) if plain is None else plain)
    return status


def _parsed(name: str, module: Module, arguments: list[str]) -> argparse.Namespace:
    from itk3_validator.adapters.parser import Parser

    parser = Parser(f"itk3 {name}", COMMANDS[name].help)
    module.add_arguments(parser)
    # Options may stand between messages, but Python 3.11 loses what follows `--` then.
    return parser.parse_args(arguments) if "--" in arguments else parser.parse_intermixed_args(arguments)


def _name(arguments: list[str]) -> str:
    """
    The command: the first word, or the first two of them where these are one.
    """
    two = " ".join(arguments[:2])
    return two if two in COMMANDS else " ".join(arguments[:1])


def _no_command(name: str, arguments: list[str]) -> NoReturn:
    """
    Help, the version, or what is wrong with the command line.
    """
    from itk3_validator import __version__, did_you_mean
    from itk3_validator.adapters.parser import Parser
    from itk3_validator.version import compiled

    version = f"itk3 {__version__} (compiled)" if compiled() else f"itk3 {__version__}"
    parser = Parser("itk3", "check ITK3 FHIR messages against published requirements")
    parser.epilog = "\n".join(["commands:", *(f"  {name:<12} {each.help}" for name, each in COMMANDS.items())])
    parser.add_argument("--version", action="version", version=version, help="tell the version and stop")
    parser.add_argument("command", metavar="COMMAND", help="one of those below; COMMAND --help tells more")
    if name and not name.startswith("-"):
        parser.error(f"{name!r} is no command; {did_you_mean(name, COMMANDS)}")
    command = parser.parse_args(arguments).command
    parser.error(f"{command!r} has to be the first word")


def _complain(error: Exception, command: str) -> None:
    from itk3_validator import PackInvalid
    from itk3_validator.report.visible import harmless, visible

    lines = [visible(line, longest=2_000) for line in str(error).splitlines()]
    if isinstance(error, PackInvalid):
        told = "1 problem" if len(error.problems) == 1 else f"{len(error.problems):,} problems"
        then = "run itk3 lint DIR for the places" if command in _WITHOUT_MESSAGES else "no message was judged"
        lines.append(f"itk3: {error.subject} have {told}; {then}")
    else:
        lines = [f"itk3: {line}" for line in lines]
    sys.stderr.write("".join(f"{harmless(line)}\n" for line in lines))


def _crashed() -> int:
    from itk3_validator.report.visible import harmless, visible

    error = sys.exception()
    if isinstance(error, OSError):
        # Who writes something else than the report says so in a note.
        what = visible(next(iter(getattr(error, "__notes__", ())), "the report cannot be written"), longest=2_000)
        sys.stderr.write(f"{harmless(f'itk3: {what}: {error.strerror or type(error).__name__}')}\n")
    else:
        sys.stderr.write("".join(f"{harmless(line)}\n" for line in _frames(error)))
        sys.stderr.write("itk3: this is a mistake in itk3 itself, please report it; the report is not complete\n")
    return BROKEN


def _frames(error: BaseException | None) -> Iterator[str]:
    """
    Where the program was, and what kind of exception stopped it. Its text may hold what a message says, so it is not
    told.
    """
    from traceback import walk_tb

    from itk3_validator.report.visible import visible

    passed: set[int] = set()
    while error is not None and id(error) not in passed:
        passed.add(id(error))
        yield f"itk3: stopped by {type(error).__qualname__}"
        # Of an endless recursion the end is enough.
        for frame, line in list(walk_tb(error.__traceback__))[-_MOST_FRAMES:]:
            yield f"  {visible(frame.f_code.co_filename)}:{line} in {frame.f_code.co_qualname}"
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _pipe_closed() -> int:
    # Python would complain once more when it flushes standard output at its end.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return PIPE_CLOSED
