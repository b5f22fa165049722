"""
Reading code lists: in place, as a range of another list, or from a CSV file of the pack.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Callable, Mapping

from itk3_validator.checks.ask import CodeList
from itk3_validator.pack.draft import Entry
from itk3_validator.pack.files import LARGEST
from itk3_validator.pack.marked import Mapping as MarkedMapping
from itk3_validator.pack.marked import Node
from itk3_validator.pack.reader import Reader

# (pack, path inside it) -> its bytes, or None when there is no such file
Files = Callable[[str, str], bytes | None]


def code_lists(
    entries: Mapping[str, Entry], *, reader: Reader, files: Files, known: Mapping[str, Entry] | None = None
) -> dict[str, CodeList]:
    """
    Read the code lists of a pack and of what it extends.

    Args:
        known: what a range may be a range of, when that is more than *entries*.
    """
    made: dict[str, CodeList] = {}
    waiting = []
    for name, entry in entries.items():
        before = len(reader.problems)
        fields = reader.fields(entry.value, optional=("file", "codes", "range", "of", "system"))
        if fields is None:
            continue
        system = reader.text(fields["system"]) if "system" in fields else None
        kinds = [kind for kind in ("file", "codes", "range") if kind in fields]
        if not kinds and (len(reader.problems) > before or not _is_whole(entry.value)):
            continue
        if len(kinds) != 1:
            reader.problem(
                entry.value,
                f"the code list {name!r} needs one of file, codes, range",
                "write one of them",
                code="code-list",
            )
        elif "of" in fields and kinds != ["range"]:
            reader.problem(fields["of"], "'of' belongs to 'range'", "remove it", code="code-list")
        elif kinds == ["range"]:
            waiting.append((name, fields))
        else:
            rows = _file(entry, fields["file"], reader, files) if "file" in fields else _codes(fields["codes"], reader)
            if rows is not None:
                made[name] = CodeList(name, rows, system)
    for name, fields in waiting:
        ranged = _range(name, fields, made, entries if known is None else known, reader)
        if ranged is not None:
            made[name] = ranged
    return made


def _codes(node: Node, reader: Reader) -> dict[str, dict[str, str]] | None:
    if isinstance(node, MarkedMapping):
        return {key.text: {"code": key.text, "display": reader.text(value) or ""} for key, value in node.pairs}
    texts = reader.texts(node)
    if texts is None:
        return None
    for text, number in Counter(texts).items():
        if number > 1:
            reader.problem(node, f"the code {text!r} stands twice in the list", "remove one", code="code-list")
    return {text: {"code": text} for text in texts}


def _file(entry: Entry, node: Node, reader: Reader, files: Files) -> dict[str, dict[str, str]] | None:
    path = reader.text(node)
    if path is None:
        return None
    if path.startswith(("/", "\\")) or ".." in path.replace("\\", "/").split("/") or ":" in path:
        reader.problem(
            node,
            f"{path!r} is outside the pack's folder",
            "put the file into it and name it from there",
            code="code-list",
        )
        return None
    data = files(entry.pack, path)
    if data is None:
        remedy = "write the path from the pack's folder; links are not followed"
        reader.problem(node, f"the pack {entry.pack} has no file {path!r}", remedy, code="code-list")
        return None
    if len(data) > LARGEST:
        reader.problem(
            node, f"{path!r} has more than {LARGEST:,} bytes", "leave out what no rule needs", code="code-list"
        )
        return None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as broken:
        line = data.count(b"\n", 0, broken.start) + 1
        reader.problem(node, f"line {line} of {path!r} is not UTF-8", "save it as CSV (UTF-8)", code="code-list")
        return None
    lines = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        return _rows(path, list(lines), node, reader)
    except csv.Error as broken:
        what, remedy = _broken(str(broken))
        reader.problem(node, f"line {lines.line_num} of {path!r} {what}", remedy, code="code-list")
        return None


def _broken(said: str) -> tuple[str, str]:
    """
    What Python's reader of CSV says, for the person who wrote the file.
    """
    if "end of data" in said:
        return "ends inside a quote", "close the quote; a quote inside a quoted cell is written twice"
    if "expected after" in said:
        return "goes on after a closing quote", "a quote inside a quoted cell is written twice"
    if "field limit" in said or "field larger" in said:
        return "holds a very long cell", "close the quote before it, or shorten the cell"
    return "cannot be read", "save it as CSV (UTF-8)"


def _rows(path: str, lines: list[list[str]], node: Node, reader: Reader) -> dict[str, dict[str, str]] | None:
    header = lines[0] if lines else []
    if header[:1] != ["code"] or len(set(header)) != len(header):
        remedy = "begin its first line with: code,display"
        reader.problem(
            node, f"the first line of {path!r} does not name the columns, 'code' first", remedy, code="code-list"
        )
        return None
    before = len(reader.problems)
    rows: dict[str, dict[str, str]] = {}
    for number, cells in enumerate(lines[1:], start=2):
        if not cells:
            continue
        if len(cells) != len(header):
            count = "one cell" if len(cells) == 1 else f"{len(cells)} cells"
            what = f"row {number} of {path!r} has {count}, its first line names {len(header)}"
            remedy = "quote cells that hold a comma" if len(cells) > len(header) else "write the empty ones too"
            reader.problem(node, what, remedy, code="code-list")
        elif not cells[0].strip() or cells[0] in rows:
            what = "has no code" if not cells[0].strip() else f"repeats the code {cells[0]!r}"
            reader.problem(node, f"row {number} of {path!r} {what}", "give each code one row", code="code-list")
        else:
            rows[cells[0]] = dict(zip(header, cells, strict=True))
    if not rows and len(reader.problems) == before:
        reader.problem(node, f"{path!r} holds no codes", "write one row for each code", code="code-list")
    return rows or None


def _range(
    name: str, fields: Mapping[str, Node], made: Mapping[str, CodeList], entries: Mapping[str, Entry], reader: Reader
) -> CodeList | None:
    system = reader.text(fields["system"]) if "system" in fields else None
    ends = reader.texts(fields["range"])
    if ends is None:
        return None
    if len(ends) != 2 or not all(end.isascii() and end.isdigit() and len(end) < 19 for end in ends):
        reader.problem(
            fields["range"], "a range has two whole numbers", "write range: [30001, 30018]", code="code-list"
        )
        return None
    low, high = int(ends[0]), int(ends[1])
    if high < low:
        reader.problem(
            fields["range"],
            f"the range {low} to {high} holds nothing",
            f"write range: [{high}, {low}]",
            code="code-list",
        )
        return None
    if "of" not in fields:
        return CodeList(name, {}, system, (low, high))
    of = reader.text(fields["of"])
    if of is None or of not in made:
        if of is not None and of not in entries:
            reader.problem(
                fields["of"], f"unknown code list {of!r}", reader.meant(of, made), code="name", section="code-lists"
            )
        elif of is not None and "range" in _keys(entries[of].value):
            reader.problem(
                fields["of"], f"{of!r} is itself a range", "name the list that it is a range of", code="code-list"
            )
        return None
    whole = made[of]
    rows = {
        code: row for code, row in whole.rows.items() if code.isascii() and code.isdigit() and low <= int(code) <= high
    }
    if not rows:
        reader.problem(fields["range"], f"{of!r} has no code from {low} to {high}", "widen the range", code="code-list")
        return None
    return CodeList(name, rows, system or whole.system, described=whole.rows)


def _is_whole(node: Node) -> bool:
    return not isinstance(node, MarkedMapping) or node.whole


def _keys(node: Node) -> tuple[str, ...]:
    return node.keys() if isinstance(node, MarkedMapping) else ()
