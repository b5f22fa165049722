"""
A published list of requirements, read from CSV or YAML: id and description.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from itk3_validator.errors import CallInvalid, Problem
from itk3_validator.pack.draft import RULE_ID
from itk3_validator.pack.files import LARGEST
from itk3_validator.pack.marked import Mapping, Node, Scalar, Sequence
from itk3_validator.pack.yaml_text import read_yaml
from itk3_validator.spelling import closest

_COLUMNS = ("id", "description")
_HEADER = "begin the file with the line id,description"
_LIST = "write requirements: and below it entries such as {id: X-1, description: ...}"


class Requirement(NamedTuple):
    """
    One line of the list. *nth* is 1, and more for a further line that has the same id.
    """

    id: str
    text: str
    line: int
    nth: int = 1


def read_requirements(path: Path) -> tuple[Requirement, ...]:
    """
    Read a list of requirements; a line that stands twice, word by word, counts once.

    Args:
        path: ``.csv`` with a header that names the columns id and description, or ``.yaml`` with the key
            ``requirements``, a list of the same two. Further columns and keys are left alone.

    Raises:
        CallInvalid: Every mistake in the file at once, with its line.
    """
    try:
        with path.open("rb") as stream:
            data = stream.read(LARGEST + 1)
    except OSError as error:
        raise CallInvalid(f"{path} cannot be read: {error.strerror}") from None
    if path.suffix.lower() not in (".csv", ".yaml", ".yml"):
        raise CallInvalid(f"{path} is neither CSV nor YAML by its name; call it .csv or .yaml")
    problems: list[Problem] = []
    read = _from_csv if path.suffix.lower() == ".csv" else _from_yaml
    found = _sound(str(path), read(str(path), data, problems), problems)
    if not found and not problems:
        problems.append(Problem(str(path), 1, 1, "the list holds no requirement", "write one a line, below the header"))
    if problems:
        problems += [
            Problem(str(path), each.line, 1, f"{each.id} stands twice in the list", "give each an id of its own")
            for each in found
            if each.nth > 1
        ]
        raise CallInvalid("\n".join(map(str, sorted(set(problems)))))
    return found


def _sound(file: str, rows: Iterable[Requirement], problems: list[Problem]) -> tuple[Requirement, ...]:
    found: dict[tuple[str, str], Requirement] = {}
    times: dict[str, int] = {}
    for row in rows:
        if not RULE_ID.fullmatch(row.id):
            what = f"{row.id!r} cannot be an id" if row.id else "the id is missing"
            remedy = "letters, digits and . _ & # : / [ ] - are allowed, a letter or digit first"
            problems.append(Problem(file, row.line, 1, what, remedy))
        elif not row.text:
            problems.append(Problem(file, row.line, 1, f"{row.id} has no description", "write what it asks"))
        elif (row.id, row.text) not in found:
            times[row.id] = times.get(row.id, 0) + 1
            found[row.id, row.text] = row._replace(nth=times[row.id])
    return tuple(found.values())


def _from_csv(file: str, data: bytes, problems: list[Problem]) -> Iterator[Requirement]:
    if len(data) > LARGEST:
        problems.append(Problem(file, 1, 1, f"the list has more than {LARGEST:,} bytes", "split it into several files"))
        return
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        what = f"the byte {data[error.start]:02X} here is not UTF-8"
        problems.append(Problem(file, line, 1, what, "save the list as CSV UTF-8"))
        return
    first = text.partition("\n")[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=first.count), strict=True)
    line = 1
    try:
        places = _columns(file, next(reader, []), problems)
        for row in reader if places else ():
            start, line = line + 1, reader.line_num
            if any(each.strip() for each in row):
                identifier, description = (row[each] if each < len(row) else "" for each in places)
                yield Requirement(identifier.strip(), " ".join(description.split()), start)
    except csv.Error as error:
        problems.append(Problem(file, reader.line_num, 1, f"this is no CSV: {error}", "look at the quotes before it"))


def _columns(file: str, header: list[str], problems: list[Problem]) -> tuple[int, ...]:
    names = [each.strip().casefold() for each in header]
    missing = [column for column in _COLUMNS if column not in names]
    problems.extend(Problem(file, 1, 1, f"the first line names no column {each!r}", _HEADER) for each in missing)
    return () if missing else tuple(names.index(each) for each in _COLUMNS)


def _from_yaml(file: str, data: bytes, problems: list[Problem]) -> Iterator[Requirement]:
    content, found = read_yaml(file, data, key="requirements")
    problems.extend(found)
    listed = content.get("requirements") if content is not None else None
    if content is not None and not isinstance(listed, Sequence):
        problems.append(
            Problem(file, content.mark.line, content.mark.column, "there is no list of requirements", _LIST)
        )
    for item in listed.items if isinstance(listed, Sequence) else ():
        if isinstance(item, Mapping):
            if wrong := tuple(_misspelt(file, item)):
                problems.extend(wrong)
                continue
            identifier, description = (_text(item.get(each)) for each in _COLUMNS)
            yield Requirement(identifier.strip(), " ".join(description.split()), item.mark.line)
        else:
            problems.append(Problem(file, item.mark.line, item.mark.column, "this is no requirement", _LIST))


def _misspelt(file: str, item: Mapping) -> Iterator[Problem]:
    """
    Further keys that stand for one that is missing.
    """
    present = {key.text for key, _ in item.pairs}
    missing = [each for each in _COLUMNS if each not in present]
    for key, _ in item.pairs:
        near = closest(key.text, missing) if key.text not in _COLUMNS else None
        if near is not None:
            what = f"{key.text!r} was unexpected"
            yield Problem(file, key.mark.line, key.mark.column, what, f"did you mean {near!r}?")


def _text(node: Node | None) -> str:
    return node.text if isinstance(node, Scalar) else ""
