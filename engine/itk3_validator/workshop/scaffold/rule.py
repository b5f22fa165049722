"""
`itk3 new rule`: a rule and its tests, in a file of its own in the folder of a pack.
"""

from __future__ import annotations

import re
from pathlib import Path

from itk3_validator.errors import CallInvalid
from itk3_validator.pack.draft import RULE_ID
from itk3_validator.pack.load import load_pack
from itk3_validator.pack.model import RulePack
from itk3_validator.workshop.scaffold.examples import passing
from itk3_validator.workshop.scaffold.files import Written, pack_folder, schema_beside, write
from itk3_validator.workshop.scaffold.pack import checked
from itk3_validator.workshop.scaffold.placeholder import placeholder
from itk3_validator.workshop.scaffold.text import MODELINE, comment, trial_text

_ABOUT = "A draft, written by `itk3 new rule`: put what the publication says in the place of what it says."


def new_rule(identifier: str, folder: Path) -> Written:
    """
    Write ``<id>.yaml`` into the folder of a pack.

    Raises:
        Itk3Error: The id will not do or is taken, the pack has mistakes, or there is such a file already.
    """
    pack = load_pack(pack_folder(folder))
    _check_free(pack, identifier)
    examples = passing(pack, folder)
    made = placeholder(pack, identifier, examples[0]) if examples else None
    if made is None:
        raise CallInvalid(
            f"no message is known that keeps the rules of {pack.name}; give it a test with 'expect: pass' first"
        )
    text = f"{MODELINE}#\n{comment(_ABOUT)}{made.selectors_text()}rules:\n{made.rule_text()}"
    text += f"\ntests:\n{trial_text(made.passes)}\n{trial_text(made.breaks)}"
    schema, remarks = schema_beside(folder)
    file = folder / f"{re.sub(r'[^A-Za-z0-9._-]', '_', identifier)}.yaml"
    return Written(checked(folder, write({file: text.encode(), **schema})), remarks)


def _check_free(pack: RulePack, identifier: str) -> None:
    if not RULE_ID.fullmatch(identifier):
        allowed = "letters, digits and . _ & # : / [ ] - are allowed, a letter or digit first"
        raise CallInvalid(f"{identifier!r} cannot be an id; {allowed}")
    for rule in pack.rules:
        if rule.id == identifier:
            raise CallInvalid(f"{identifier!r} is already a rule of {rule.pack}; a further sentence is {identifier}/2")
    for each in pack.not_checkable:
        if each.id == identifier:
            told = f"{identifier!r} stands under not-checkable in {each.pack}: {each.because}"
            remedy = "remove it there" if each.pack == pack.name else "drop it first, with the reason"
            raise CallInvalid(f"{told}; {remedy}")
