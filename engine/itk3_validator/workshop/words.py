"""
Words of a rule's text that the tools of the workshop understand alike.
"""

from __future__ import annotations

import re

# The text of a rule that a single good value keeps, however many others there are.
ONE_IS_ENOUGH = re.compile(
    r"\b(?:any|some|among|at least one|one or more|one of (?:its|the|their|them|these))\b", re.IGNORECASE
)
