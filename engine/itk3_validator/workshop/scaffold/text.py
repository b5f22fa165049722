"""
The YAML of a draft: texts in quotes where they need them, comments, and tests.
"""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Iterable, Mapping

from itk3_validator.pack.model import Trial
from itk3_validator.report.visible import visible

MODELINE = "# yaml-language-server: $schema=../rule-pack.schema.json\n"

_WIDTH = 116
_PLAIN = re.compile(r"[A-Za-z](?:[A-Za-z0-9._/()'-]| (?=[A-Za-z0-9(]))*")
_WORDS = frozenset({"true", "false", "yes", "no", "on", "off", "null", "y", "n"})


def quoted(text: str) -> str:
    """
    A text as a rule file holds it, inside brackets too; ``${name}`` in it stays what it means there.
    """
    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS:
        return text
    written = json.dumps(text, ensure_ascii=False)
    return "".join(each if each.isprintable() else f"\\U{ord(each):08x}" for each in written)


def literal(text: str) -> str:
    """
    As ``quoted``, for a text of which ``${`` is a part and no value.
    """
    return quoted(text.replace("${", "$${"))


def comment(*paragraphs: str, indent: int = 0) -> str:
    """
    Comment lines; white space in a paragraph is folded, and what YAML would take for a line break is escaped.
    """
    lines: list[str] = []
    for each in paragraphs:
        told = visible(" ".join(each.split()), longest=2_000)
        lines += textwrap.wrap(told, _WIDTH - indent, break_long_words=False, break_on_hyphens=False)
    return "".join(f"{' ' * indent}# {line}\n" for line in lines)


def pairs_of(values: Mapping[str, str]) -> str:
    """
    Names and what they stand for, in one line.
    """
    return f"{{{', '.join(f'{quoted(name)}: {literal(value)}' for name, value in values.items())}}}"


def list_of(texts: Iterable[str]) -> str:
    """
    A list in one line.
    """
    return f"[{', '.join(map(quoted, texts))}]"


def trial_text(trial: Trial, *, remark: str = "") -> str:
    """
    One entry of ``tests:``, with the expectation that the trial holds.
    """
    lines = [f"name: {literal(trial.name)}"] if trial.name else []
    lines.append(f"message: {literal(trial.message)}")
    lines += [f"facts: {pairs_of(trial.facts)}"] if trial.facts else []
    lines += [f"request: {literal(trial.request)}"] if trial.request else []
    lines += [f"interaction: {trial.interaction}"] if trial.interaction else []
    lines += [f"change: {pairs_of(_named(trial.change))}"] if trial.change else []
    lines += [f"remove: {list_of(_named(dict.fromkeys(trial.remove, '')))}"] if trial.remove else []
    lines += [f"repeat: {list_of(_named(dict.fromkeys(trial.repeat, '')))}"] if trial.repeat else []
    lines += [f"insert: {pairs_of(_named(trial.insert))}"] if trial.insert else []
    expect = ", ".join(f"{outcome}: {list_of(ids)}" for outcome, ids in trial.expect.items())
    lines.append(f"expect: {{{expect}}}" if expect else "expect: pass")
    body = "".join(f"    {line}\n" for line in lines)
    return comment(remark, indent=2) + f"  - {body[4:]}" if remark else f"  - {body[4:]}"


def _named(places: Mapping[str, str]) -> dict[str, str]:
    """
    Places as they are written: the selector NAME for the XPath ``$NAME``.
    """
    return {re.sub(r"^\$([A-Za-z][A-Za-z0-9-]*)$", r"\1", place): value for place, value in places.items()}
