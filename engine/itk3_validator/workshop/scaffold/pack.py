"""
`itk3 new pack`: a pack that extends another one, with one rule and its tests.
"""

from __future__ import annotations

from pathlib import Path

from itk3_validator.errors import CallInvalid, PackInvalid
from itk3_validator.pack.bundled import bundled_names
from itk3_validator.pack.files import beside
from itk3_validator.pack.load import load_pack
from itk3_validator.pack.model import Interaction, RulePack
from itk3_validator.workshop.scaffold.examples import passing
from itk3_validator.workshop.scaffold.files import Written, check_name, check_new, schema_beside, withdraw, write
from itk3_validator.workshop.scaffold.placeholder import placeholder
from itk3_validator.workshop.scaffold.text import MODELINE, comment, quoted, trial_text

_ABOUT = (
    "A draft, written by `itk3 new pack`. It loads, lints clean and its tests hold. Put what your publication says in "
    "the place of what it says; docs/rule-language.md tells what may stand here."
)


def new_pack(name: str, *, extends: str, at: Path) -> Written:
    """
    Write the folder *name* in the folder *at*.

    Args:
        extends: a bundled pack, or one whose folder is in *at*; a path to that folder does as well.

    Raises:
        Itk3Error: There is no such pack, the name will not do, or there is something of that name already.
    """
    check_name(name)
    folder = at / name
    check_new(folder)
    base = load_pack(find_base(extends, folder))
    examples = passing(base, folder)
    made = placeholder(base, f"{name.upper()}-1", examples[0]) if examples else None
    if made is None:
        raise CallInvalid(f"no message is known that keeps the rules of {base.name}; write a test for it first")
    text = head(name, base, _ABOUT) + interactions_text(name, base) + made.selectors_text()
    text += f"rules:\n{made.rule_text()}"
    tests = f"{MODELINE}tests:\n{trial_text(made.passes)}\n{trial_text(made.breaks)}"
    schema, remarks = schema_beside(folder)
    files = {folder / "pack.yaml": text.encode(), folder / "tests.yaml": tests.encode(), **schema}
    return Written(checked(folder, write(files)), remarks)


def find_base(extends: str, folder: Path) -> str | Path:
    """
    The bundled pack, or the folder of the pack, that a new one in *folder* can extend under that name.

    Raises:
        Itk3Error: There is none, or it is not beside *folder*.
    """
    near = beside(folder, extends) if "/" not in extends else None
    if isinstance(near, Path):
        return near
    if extends in bundled_names():
        return extends
    base = load_pack(extends)
    found = beside(folder, base.name)
    if isinstance(found, Path) and found.resolve() == Path(extends).resolve():
        return found
    beside_it = Path(extends).resolve().parent
    raise CallInvalid(f"a pack is looked for beside the one that extends it; write it there: --at {beside_it}")


def head(name: str, base: RulePack, *about: str) -> str:
    """
    The first lines of a pack.
    """
    major = base.version.partition(".")[0]
    return (
        f"{MODELINE}#\n{comment(*about)}"
        f"pack: {quoted(name)}\n"
        "version: 0.1.0\n"
        f"title: {quoted(f'{name}, a draft')}\n"
        "source: {document: the publication that these rules come from}\n"
        f"extends: [{base.name}@{major}]\n\n"
    )


def interactions_text(name: str, base: RulePack) -> str:
    """
    The kinds of message of the base, as kinds of the new pack.
    """
    lines = [f"  {each.name}: {{title: {quoted(f'{each.title or each.name} ({name})')}}}\n" for each in governed(base)]
    return f"interactions:\n{''.join(lines)}\n" if lines else ""


def governed(base: RulePack) -> tuple[Interaction, ...]:
    """
    The kinds of message that a pack itself speaks of, else all that it knows.
    """
    known = sorted(base.interactions.values(), key=lambda each: each.answers is not None)
    return tuple(each for each in known if each.pack == base.name) or tuple(known)


def checked(folder: Path, files: tuple[Path, ...]) -> tuple[Path, ...]:
    """
    The files, when the pack that they make can be loaded; else they are taken away again.
    """
    try:
        load_pack(folder)
    except PackInvalid:
        withdraw(files)
        raise
    return files
