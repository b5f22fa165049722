"""
`itk3 new`: drafts of a pack, a rule or a test.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from itk3_validator import CallInvalid, did_you_mean
from itk3_validator.adapters.status import DONE
from itk3_validator.report.visible import visible
from itk3_validator.workshop.scaffold import Written, derive_pack, new_pack, new_rule, new_test, read_requirements

_KINDS = ("pack", "rule", "test")
_EPILOG = """\
itk3 new pack NAME [--extends PACK] [--ids FILE] [--at DIR]
itk3 new rule ID --pack DIR
itk3 new test --pack DIR [--message FILE [--request FILE] [--fact NAME=VALUE]... [--interaction NAME]]

What is written loads, lints clean and tests green as it is. No file is ever written over.

exit status:
  0    the draft is written
  2    it is not: the command, the rules or the list are wrong, or a file is in the way
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """
    The arguments of `itk3 new`.
    """
    parser.epilog = _EPILOG
    parser.add_argument("kind", metavar="pack|rule|test", help="what to draft")
    parser.add_argument("name", nargs="?", metavar="NAME", help="the name of the pack, or the id of the rule")
    pack = parser.add_argument_group("a pack")
    pack.add_argument("--extends", metavar="PACK", help="the pack it takes its rules from (itk3-message)")
    pack.add_argument("--ids", metavar="FILE", help="published requirements, CSV or YAML with id and description")
    pack.add_argument("--at", metavar="DIR", help="the folder to write the pack's folder in (the working folder)")
    inside = parser.add_argument_group("a rule or a test")
    inside.add_argument("--pack", metavar="DIR", help="the folder of the pack that it belongs to")
    test = parser.add_argument_group("a test")
    test.add_argument("--message", metavar="FILE", help="a message in the pack's folder or in samples/")
    test.add_argument("--request", metavar="FILE", help="the message that it answers, there too")
    test.add_argument("--fact", action="append", metavar="NAME=VALUE", help="what no message can say")
    test.add_argument("--interaction", metavar="NAME", help="the kind of message that it is")


def run(arguments: argparse.Namespace) -> int:
    """
    Write the draft, tell what was written, and return the exit status.

    Raises:
        Itk3Error: The command, the rules or the list are wrong, or a file is in the way.
    """
    kind = arguments.kind
    if kind not in _KINDS:
        raise CallInvalid(f"new {kind!r}: there is no such draft; {did_you_mean(kind, _KINDS)}")
    _check_options(arguments)
    try:
        written = _DRAFTS[kind](arguments)
    except OSError as error:
        raise CallInvalid(f"{error.filename} cannot be used: {error.strerror}") from None
    _tell(written, written.files[0].parent)
    return DONE


def _pack(arguments: argparse.Namespace) -> Written:
    at = Path(arguments.at or ".")
    extends = arguments.extends or "itk3-message"
    if arguments.ids is None:
        return new_pack(arguments.name, extends=extends, at=at)
    return derive_pack(arguments.name, read_requirements(Path(arguments.ids)), extends=extends, at=at)


def _rule(arguments: argparse.Namespace) -> Written:
    return new_rule(arguments.name, Path(arguments.pack))


def _test(arguments: argparse.Namespace) -> Written:
    stated = [each.partition("=") for each in arguments.fact or ()]
    for name, equals, _ in stated:
        if not (name and equals):
            raise CallInvalid(f"--fact {name}: write NAME=VALUE, such as recipient=primary")
    return new_test(
        Path(arguments.pack),
        message=arguments.message,
        request=arguments.request,
        facts={name: value for name, _, value in stated},
        interaction=arguments.interaction,
    )


_DRAFTS = {"pack": _pack, "rule": _rule, "test": _test}
_NEEDS = {"pack": ("name",), "rule": ("name", "pack"), "test": ("pack",)}
_TAKES = {
    "pack": ("name", "extends", "ids", "at"),
    "rule": ("name", "pack"),
    "test": ("pack", "message", "request", "fact", "interaction"),
}


def _check_options(arguments: argparse.Namespace) -> None:
    kind = arguments.kind
    given = [name for name, value in vars(arguments).items() if name != "kind" and value is not None]
    for name in _NEEDS[kind]:
        if name not in given:
            words = {"name": "an id" if kind == "rule" else "a name"}.get(name, "the pack's folder: --pack DIR")
            raise CallInvalid(f"new {kind} needs {words}")
    for name in given:
        if name not in _TAKES[kind]:
            shown = f"name {arguments.name!r}" if name == "name" else f"option --{name}"
            raise CallInvalid(f"new {kind} takes no {shown}")
    further = [name for name in ("request", "fact", "interaction") if name in given]
    if further and "message" not in given:
        raise CallInvalid(f"--{further[0]} says something of a message: name it with --message")


def _tell(written: Written, folder: Path) -> None:
    shown = [f"wrote {visible(str(each))}" for each in written.files]
    shown += [visible(each) for each in written.remarks]
    name = visible(str(folder)) if str(folder) != "." else "."
    shown += ["", f"next: itk3 lint {name}", f"      itk3 test {name}"]
    sys.stdout.write("".join(f"{line}\n" for line in shown))
