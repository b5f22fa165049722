"""
The verbs of the rule language; each module owns the options, their JSON Schema and the meaning of its verbs.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from itk3_validator.checks.coding import CODING
from itk3_validator.checks.digest import SHA256
from itk3_validator.checks.expression import TEST
from itk3_validator.checks.fixed import EQUALS, IN, NONE_OF, ONE_OF, ROW
from itk3_validator.checks.order import ORDER
from itk3_validator.checks.presence import ABSENT, COUNT, PRESENT, UNIQUE
from itk3_validator.checks.reference import REFERENCES, REFERS_TO
from itk3_validator.checks.same import SAME_AS
from itk3_validator.checks.shape import FORMAT, LENGTH, MATCHES
from itk3_validator.checks.verb import Verb

VERBS: Mapping[str, Verb] = MappingProxyType(
    {
        verb.name: verb
        for verb in (
            PRESENT,
            ABSENT,
            COUNT,
            EQUALS,
            ONE_OF,
            NONE_OF,
            IN,
            MATCHES,
            FORMAT,
            LENGTH,
            SHA256,
            CODING,
            ROW,
            REFERS_TO,
            SAME_AS,
            UNIQUE,
            ORDER,
            REFERENCES,
            TEST,
        )
    }
)

__all__ = ["VERBS", "Verb"]
