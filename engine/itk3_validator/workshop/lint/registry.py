"""
Every kind of problem that lint knows, by its code.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from itk3_validator.workshop.lint import (
    codes,
    conditions,
    elements,
    expressions,
    fitting,
    loading,
    names,
    requirements,
    sentences,
    several,
)
from itk3_validator.workshop.lint.kind import Kind

KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        kind.code: kind
        for family in (
            loading,
            elements,
            fitting,
            codes,
            expressions,
            several,
            names,
            conditions,
            sentences,
            requirements,
        )
        for kind in family.KINDS
    }
)
