"""
Files of waivers: YAML in which everything is text, every mistake told with its place.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date

from itk3_validator.errors import Problem, WaiversInvalid
from itk3_validator.pack.expand import Expanded
from itk3_validator.pack.marked import Mapping, Node, Scalar, Sequence
from itk3_validator.pack.model import RulePack
from itk3_validator.pack.reader import Reader
from itk3_validator.pack.yaml_text import read_yaml
from itk3_validator.source import Source
from itk3_validator.workshop.accepted.scope import unknown_rule
from itk3_validator.workshop.accepted.waivers import Waiver

REQUIRED = ("rule", "reason", "owner", "expires")
SCOPE = ("pack", "interaction", "sender", "source")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def read_waivers(files: Iterable[Source], packs: Iterable[RulePack], *, today: date = date.min) -> tuple[Waiver, ...]:
    """
    The waivers of some files, in their order.

    Args:
        files: The names are those of the marks; nothing is opened.

        packs: The packs of the run, which have to know the rules that are named.

        today: What ended before it may be written once more with another day; it is told as expired.

    Raises:
        WaiversInvalid: Every mistake in all files at once.
    """
    problems: list[Problem] = []
    reader = _Reader({}, problems)
    waivers = [each for file in files for each in _of_file(file, reader)]
    _check_twice([each for each in waivers if today <= each.expires], problems)
    _check_rules(waivers, tuple(packs), problems)
    if problems:
        raise WaiversInvalid(problems)
    return tuple(waivers)


class _Reader(Reader):
    """
    A waiver knows no values: ``${`` means what is written.
    """

    def expanded(self, node: Node) -> Expanded | None:
        return Expanded(node.text, node) if isinstance(node, Scalar) else super().expanded(node)


def _of_file(file: Source, reader: _Reader) -> list[Waiver]:
    root, problems = read_yaml(file.name, file.data, key="waivers")
    reader.problems.extend(problems)
    fields = reader.fields(root, required=("waivers",)) if root is not None else None
    if fields is None:
        return []
    node = fields["waivers"]
    if not isinstance(node, Sequence):
        reader.problem(node, "'waivers' holds a list", "begin each entry with '- ', or write [] when there is none")
        return []
    made = [_waiver(item, reader) for item in node.items]
    return [each for each in made if each is not None]


def _waiver(item: Node, reader: _Reader) -> Waiver | None:
    if not isinstance(item, Mapping):
        reader.fields(item, required=REQUIRED, optional=SCOPE)
        return None
    fields = reader.some_fields(item, required=REQUIRED, optional=SCOPE)
    texts = {name: reader.text(node) for name, node in fields.items()}
    expires = _day(fields["expires"], texts["expires"], reader) if "expires" in fields else None
    rule, reason, owner = (texts.get(name) for name in REQUIRED[:3])
    if rule is None or reason is None or owner is None or expires is None or None in texts.values():
        return None
    pack, interaction, sender, source = (texts.get(name) for name in SCOPE)
    return Waiver(rule, reason, owner, expires, pack, interaction, sender, source, fields["rule"].mark)


def _day(node: Node, text: str | None, reader: _Reader) -> date | None:
    if text is None:
        return None
    if not _DAY.fullmatch(text):
        reader.problem(node, f"{text!r} is no day", "write YYYY-MM-DD, such as 2031-03-31")
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        reader.problem(node, f"the calendar has no {text}", "write the last day on which the waiver counts")
        return None


def _check_twice(waivers: Iterable[Waiver], problems: list[Problem]) -> None:
    first: dict[tuple[str | None, ...], Waiver] = {}
    for each in waivers:
        scope = (each.rule, each.pack, each.interaction, each.sender, each.source)
        before = first.setdefault(scope, each)
        if before is not each:
            what = f"{each.rule!r} is waived twice for the same messages, first at {_where(before)}"
            problems.append(_problem(each, what, "remove one"))


def _check_rules(waivers: Iterable[Waiver], packs: tuple[RulePack, ...], problems: list[Problem]) -> None:
    for each in waivers:
        wrong = unknown_rule(packs, each.rule, each.pack)
        if wrong is not None:
            problems.append(_problem(each, *wrong))


def _problem(waiver: Waiver, what: str, remedy: str) -> Problem:
    return Problem(waiver.mark.file, waiver.mark.line, waiver.mark.column, what, remedy)


def _where(waiver: Waiver) -> str:
    return f"{waiver.mark.file}:{waiver.mark.line}"
