"""
Writes the page of the Python API from the docstrings: ``python -m itk3_validator.tools.api_page``.
"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from textwrap import dedent, indent
from typing import Any

import itk3_validator

PAGE = Path("docs", "api.md")

_GROUPS = (
    ("Judging", ("Validator", "Submission", "MessageLike", "Source", "Limits", "read_file")),
    ("Reports", ("Report", "Result", "Finding", "Verdict", "Outcome", "Severity", "Responder")),
    ("Packs", ("load_pack", "load_packs", "RulePack")),
    ("Tables of messages", ("validate_batch", "BatchSettings")),
    (
        "Exceptions",
        ("Itk3Error", "MessageInvalid", "CallInvalid", "PackNotFound", "PackInvalid", "Problem", "MessageError"),
    ),
    ("Besides", ("did_you_mean",)),
)
# What callers make themselves; the others come out of calls.
_MADE = frozenset({"Validator", "Responder"})
_SECTION = re.compile(r"(Args|Attributes|Returns|Raises|Source):\Z")
_LISTED = frozenset({"Args", "Attributes", "Raises"})
_WIDEST = 100


def page() -> str:
    """
    The page: the guide of the package, then every public name with its signature.
    """
    guide = [
        "# The Python API",
        "<!-- Made from the docstrings by `make generated`; change those. -->",
        inspect.cleandoc(itk3_validator.__doc__ or ""),
    ]
    names = [
        part for title, names in _GROUPS for part in (f"## {title}", *(part for name in names for part in of(name)))
    ]
    return "\n\n".join([*guide, *names]) + "\n"


def told() -> frozenset[str]:
    """
    The names that the page tells.
    """
    return frozenset(name for _, names in _GROUPS for name in names)


def of(name: str) -> Iterator[str]:
    """
    The parts of the page about one name.
    """
    thing = getattr(itk3_validator, name)
    yield f"### `{name}`"
    if inspect.isfunction(thing):
        yield from _function(_parsed(thing))
    elif isinstance(thing, type):
        yield from _class(thing, _parsed(thing))
    else:
        yield _code(f"{name} = {re.sub(r'[a-z0-9_]+[.](?!etree)(?=[A-Za-z])', '', str(thing))}")


def _parsed(thing: Any) -> Any:
    # The source says a signature as it was written, in every version of Python.
    return ast.parse(dedent(inspect.getsource(thing))).body[0]


def _function(node: ast.FunctionDef) -> Iterator[str]:
    yield _code(_signature(node))
    yield from _docstring(node)


def _class(thing: type, node: ast.ClassDef) -> Iterator[str]:
    bases = [ast.unparse(base) for base in node.bases]
    shown = ", ".join(base for base in bases if base not in ("Value", "Row", "NamedTuple"))
    lines = [f"class {node.name}({shown}):" if shown else f"class {node.name}:"]
    lines += [f"    {name} = {value.value!r}" for name, value in vars(thing).items() if isinstance(value, Enum)]
    lines += [f"    {ast.unparse(each)}" for each in node.body if isinstance(each, ast.AnnAssign) and _is_public(each)]
    functions = [each for each in node.body if isinstance(each, ast.FunctionDef)]
    lines += [indent(_signature(each), "    ") for each in functions if each.name == "__init__" and node.name in _MADE]
    yield _code("\n".join(lines) if len(lines) > 1 else f"{lines[0]} ...")
    yield from _docstring(node)
    for each in functions:
        if not each.name.startswith("_"):
            yield f"#### `{node.name}.{each.name}`"
            yield from _property(each) if each.decorator_list else _function(each)


def _property(node: ast.FunctionDef) -> Iterator[str]:
    yield _code(f"{node.name}: {ast.unparse(node.returns) if node.returns is not None else ''}")
    yield from _docstring(node)


def _is_public(node: ast.AnnAssign) -> bool:
    return not ast.unparse(node.target).startswith("_")


def _signature(node: ast.FunctionDef) -> str:
    returns = f" -> {ast.unparse(node.returns)}" if node.returns is not None else ""
    arguments = [each.replace("=", " = ", 1) if ": " in each else each for each in _arguments(node.args)]
    line = f"def {node.name}({', '.join(arguments)}){returns}"
    if len(line) < _WIDEST:
        return line
    inner = "".join(f"    {each},\n" for each in arguments)
    return f"def {node.name}(\n{inner}){returns}"


def _arguments(args: ast.arguments) -> Iterator[str]:
    plain = ast.unparse(args)
    depth = start = 0
    for at, each in enumerate(plain):
        depth += (each in "[(") - (each in "])")
        if each == "," and not depth:
            yield plain[start:at].strip()
            start = at + 1
    yield plain[start:].strip()


def _docstring(node: ast.FunctionDef | ast.ClassDef) -> Iterator[str]:
    text = ast.get_docstring(node)
    if text:
        yield "\n".join(_shown(text.splitlines())).replace("``", "`")


def _shown(lines: list[str]) -> Iterator[str]:
    """
    A docstring as Markdown: sections become bold words, and what they describe a list.
    """
    section = ""
    for number, line in enumerate(lines):
        begins = _SECTION.match(line)
        if begins:
            section = begins[1]
            yield f"**{section}**\n"
        elif section and line and not line.startswith(" "):
            section = ""
            yield line
        elif section not in _LISTED:
            yield line.strip() if section else line
        elif line.startswith("     "):
            yield f"  {line.strip()}"
        elif line:
            yield f"- {line.strip()}"
        elif number + 1 < len(lines) and not lines[number + 1].startswith(" "):
            yield ""


def _code(text: str) -> str:
    return f"```python\n{text}\n```"


def write(checkout: Path) -> None:
    """
    Write ``docs/api.md`` below the top folder of a checkout.
    """
    (checkout / PAGE).write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    write(Path.cwd())
