"""
Drafts of packs, rules and tests that lint clean and test green as they are, for an analyst to go on from.
"""

from __future__ import annotations

from itk3_validator.workshop.scaffold.derived import derive_pack
from itk3_validator.workshop.scaffold.files import Written
from itk3_validator.workshop.scaffold.pack import new_pack
from itk3_validator.workshop.scaffold.requirements import read_requirements
from itk3_validator.workshop.scaffold.rule import new_rule
from itk3_validator.workshop.scaffold.trials import new_test

__all__ = ["Written", "derive_pack", "new_pack", "new_rule", "new_test", "read_requirements"]
