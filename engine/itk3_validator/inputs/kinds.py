"""
What a file holds, told by the ending of its name.
"""

from __future__ import annotations

from enum import Enum

from itk3_validator.value import Row


class Holds(Enum):
    """
    One message, or many in one of these forms.
    """

    MESSAGE = "message"
    ZIP = "zip"
    TAR = "tar"
    LINES = "lines"
    TABLE = "table"


class Kind(Row):
    """
    What a file holds, and the ending of the compression that all of it is in: `.gz`, `.zst` or nothing.
    """

    holds: Holds
    packed: str = ""


_PACKED = (".gz", ".zst")
_KINDS = {
    f"{ending}{packed}": Kind(holds, packed)
    for ending, holds in {
        ".xml": Holds.MESSAGE,
        ".dat": Holds.MESSAGE,
        ".tar": Holds.TAR,
        ".ndjson": Holds.LINES,
        ".jsonl": Holds.LINES,
    }.items()
    for packed in ("", *_PACKED)
}
_KINDS |= {
    ".zip": Kind(Holds.ZIP),
    ".parquet": Kind(Holds.TABLE),
    ".tgz": Kind(Holds.TAR, ".gz"),
    ".tzst": Kind(Holds.TAR, ".zst"),
}


def kind_of(name: str) -> Kind | None:
    """
    What a file of this name holds; None where, in a folder or an archive, it is left out.
    """
    lower = name.lower()
    dot = lower.rfind(".")
    if lower.endswith(_PACKED):
        dot = lower.rfind(".", 0, dot)
    return _KINDS.get(lower[dot:])


def kind_of_named(name: str) -> Kind:
    """
    What a file that was named holds: a message, unless the ending says something else.
    """
    return kind_of(name) or Kind(Holds.MESSAGE, _packed(name.lower()))


def may_have_control(name: str) -> bool:
    """
    Whether a message of this name may have a MESH control file.
    """
    return name[-4:].lower() == ".dat"


def is_hidden(name: str) -> bool:
    """
    Whether any part of a name inside an archive begins with a dot, as what a desktop leaves there does.
    """
    return any(part.startswith(".") and part not in {".", ".."} for part in name.split("/"))


def _packed(name: str) -> str:
    return next((each for each in _PACKED if name.endswith(each)), "")
