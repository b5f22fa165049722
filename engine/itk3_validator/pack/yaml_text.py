"""
The bytes of a rule file to marked values, or to problems an analyst can mend.
"""

from __future__ import annotations

from typing import Any

import yaml

from itk3_validator.errors import Problem
from itk3_validator.lazy import pattern
from itk3_validator.pack.files import LARGEST
from itk3_validator.pack.marked import Mapping
from itk3_validator.pack.yaml_tree import Stop, Tree, place_of_end
from itk3_validator.pack.yaml_words import escape_problem, syntax_problem
from itk3_validator.value import Row

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_MOST_PROBLEMS = 100
_MOST_READ_AGAIN = 500_000  # characters; the pure-Python loader takes up to a second for each 100,000

_BREAK = pattern(r"\r\n|\r|\n")
# What YAML refuses, and what it takes for a line break or for nothing while an editor does not. Written as what it
# finds: as what it leaves out it takes 3 ms to compile.
_UNFIT = pattern("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")


def read_yaml(
    file: str, data: bytes, *, key: str = "rules", partly: bool = False
) -> tuple[Mapping | None, tuple[Problem, ...]]:
    """
    Read one rule file, in which everything is text.

    Args:
        file: The name for marks and problems; the file itself is not touched.

        data: UTF-8, at most 5,000,000 bytes.

        key: A key that such a file may have, for the remedies.

        partly: return what could be read when not all of it could.

    Returns:
        The mapping that the file holds, and every problem found, sorted by place. The mapping is None unless
        all of it could be read: beside it stand only problems that leave its content alone (a key that stands
        twice; anchors and tags are ignored). There is always a mapping or a problem.

        With *partly* there is a mapping as far as one could be read: what could not is a scalar of the style lost,
        a mapping that lacks pairs is not ``whole``, and that of a file which breaks off is not either.
    """
    text, problems = _decoded(file, data)
    if problems:
        return None, problems
    result = _read(file, text, _Loader, key)
    if result.broken and _Loader is not yaml.SafeLoader and len(text) <= _MOST_READ_AGAIN:
        # libyaml often tells the place where it gave up, the pure-Python loader the place of the mistake.
        result = _read(file, text, yaml.SafeLoader, key)
    root = result.root if partly or result.whole else None
    return root, tuple(sorted(set(result.problems)))


class _Result(Row):
    root: Mapping | None
    problems: list[Problem]
    whole: bool = False
    broken: bool = False


def _decoded(file: str, data: bytes) -> tuple[str, tuple[Problem, ...]]:
    if len(data) > LARGEST:
        what = f"the file has {len(data):,} bytes, and {LARGEST:,} are the most"
        return "", (Problem(file, 1, 1, what, "split it into several files", "yaml"),)
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "", (Problem(file, 1, 1, "the file is UTF-16", "save it as UTF-8", "yaml"),)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line, column = place_of_end(data[: error.start].decode("utf-8").removeprefix("\ufeff"))
        what = f"the byte {data[error.start]:02X} here is not UTF-8"
        return "", (Problem(file, line, column, what, "save the file as UTF-8", "yaml"),)
    text = text.removeprefix("\ufeff")
    return text, _unfit_characters(file, text)


def _unfit_characters(file: str, text: str) -> tuple[Problem, ...]:
    problems: list[Problem] = []
    line, start, breaks = 1, 0, _BREAK.finditer(text)
    ahead = next(breaks, None)
    for found in _UNFIT.finditer(text):
        while ahead is not None and ahead.end() <= found.start():
            line, start, ahead = line + 1, ahead.end(), next(breaks, None)
        what = f"the invisible character U+{ord(found[0]):04X} stands here"
        problems.append(Problem(file, line, found.start() - start + 1, what, "remove it", "yaml"))
        if len(problems) == _MOST_PROBLEMS:
            break
    return tuple(problems)


def _read(file: str, text: str, loader_type: Any, key: str) -> _Result:
    tree = Tree(file, text, key)
    loader = loader_type(text)
    try:
        while loader.check_event():
            tree.take(loader.get_event())
        root = tree.finished()
        return _Result(root, tree.problems, whole=tree.whole)
    except Stop:
        return _Result(tree.so_far(), tree.problems)
    except yaml.MarkedYAMLError as error:
        root = tree.so_far()
        return _Result(root, [*tree.problems, syntax_problem(file, text, error)], broken=True)
    except (ValueError, OverflowError):
        # The pure-Python loader hands the number of an escape or a directive to chr() and int() as it is.
        mark = loader.get_mark()
        problem = escape_problem(file, mark.line + 1, mark.column + 1)
        return _Result(tree.so_far(), [*tree.problems, problem], broken=True)
    finally:
        loader.dispose()
