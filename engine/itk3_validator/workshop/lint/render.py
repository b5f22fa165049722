"""
What lint found, as text for people, as JSON, and as annotations of GitHub.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

from itk3_validator.errors import Problem
from itk3_validator.report.github import command
from itk3_validator.report.visible import harmless, visible
from itk3_validator.workshop.lint.excerpt import Excerpts
from itk3_validator.workshop.lint.registry import KINDS
from itk3_validator.workshop.lint.run import Linted

_LONGEST = 2_000

# The name of a file as it is shown.
Shown = Callable[[str], str]


def render_text(linted: Linted, excerpts: Excerpts, shown: Shown) -> str:
    """
    One block a problem: place, what, code; the source line with a caret; the remedy. One line at the end.
    """
    lines = [line for problem in linted.problems for line in _block(problem, excerpts, shown)]
    return "".join(f"{harmless(line)}\n" for line in [*lines, _closing(linted)])


def _block(problem: Problem, excerpts: Excerpts, shown: Shown) -> Iterator[str]:
    what = visible(problem.what, longest=_LONGEST)
    yield f"{visible(shown(problem.file))}:{problem.line}:{problem.column}: {what} [{problem.code}]"
    excerpt = excerpts.of(problem)
    if excerpt is not None:
        yield f"  {problem.line:>5} | {excerpt.text}"
        yield f"  {'':5} | {excerpt.caret}"
    if problem.remedy:
        yield f"  remedy: {visible(problem.remedy, longest=_LONGEST)}"


def _closing(linted: Linted) -> str:
    packs = visible(", ".join(linted.packs), longest=_LONGEST)
    number = len(linted.problems)
    if not number:
        return f"{packs}: nothing to complain of"
    told = "1 problem" if number == 1 else f"{number:,} problems"
    codes = sorted({problem.code for problem in linted.problems})
    if len(codes) == 1:
        return f"{packs}: {told}; itk3 lint --explain {codes[0]} tells more"
    return f"{packs}: {told}; itk3 lint --explain CODE tells more of {', '.join(codes[:-1])} and {codes[-1]}"


def render_json(linted: Linted, shown: Shown, *, tool_version: str) -> str:
    """
    Everything that was found, for programs. ``loads`` is false for what makes a pack unusable.
    """
    problems = [
        {
            "code": each.code,
            "file": shown(each.file),
            "line": each.line,
            "column": each.column,
            "what": each.what,
            "remedy": each.remedy or None,
            "loads": not _is_refusal(each),
        }
        for each in linted.problems
    ]
    tool = {"name": "itk3-validator", "version": tool_version}
    whole = {"lint": 1, "tool": tool, "packs": list(linted.packs), "loads": linted.loads, "problems": problems}
    return json.dumps(whole, indent=2, ensure_ascii=False) + "\n"


def render_github(linted: Linted, shown: Shown) -> str:
    """
    One workflow command a problem: an error for what makes a pack unusable, a warning for the rest.
    """
    return "".join(_command(each, shown) for each in linted.problems)


def _command(problem: Problem, shown: Shown) -> str:
    kind = "error" if _is_refusal(problem) else "warning"
    title = f"itk3 lint {problem.code}"
    place = {"file": shown(problem.file), "line": problem.line, "col": problem.column, "title": title}
    remedy = f"; {problem.remedy}" if problem.remedy else ""
    return command(kind, place, problem.what + remedy)


def _is_refusal(problem: Problem) -> bool:
    return problem.code not in KINDS or KINDS[problem.code].loaded
