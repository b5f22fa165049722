"""
The variables of an XPath that has been read before: found by one pattern, since taking it apart again costs more.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from itk3_validator.lazy import pattern

if TYPE_CHECKING:
    from itk3_validator.xpath.reader import Expression

# A variable, or a literal, in which no `$` means anything.
_PIECE = pattern(r"""'[^']*'|"[^"]*"|\$(?P<name>[^\W\d][\w.\-\u00b7]*(?::[^\W\d][\w.\-\u00b7]*)?)""")


def expand(expression: Expression | str, definitions: Mapping[str, str]) -> str:
    """
    Replace every `$name` that *definitions* holds by `(its text)`; other variables stay, and literals are not touched.
    """

    def written(match: re.Match[str]) -> str:
        return f"({definitions[match['name']]})" if match["name"] in definitions else match[0]

    text = expression if isinstance(expression, str) else expression.text
    return _PIECE.sub(written, text) if "$" in text else text


def variables(text: str) -> tuple[str, ...]:
    """
    The names of the variables in *text*, without `$`, in order of first use.
    """
    if "$" not in text:
        return ()
    return tuple(dict.fromkeys(match["name"] for match in _PIECE.finditer(text) if match["name"]))
