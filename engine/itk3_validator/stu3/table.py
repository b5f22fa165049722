"""
The types of FHIR STU3 and their child elements, read from ``elements.json`` when first asked for.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Any

from itk3_validator.value import Value

ANY_RESOURCE = "Resource"
XHTML_CONTENT = "xhtml"

_NONE: Mapping[str, Element] = MappingProxyType({})


class Element(Value):
    """
    One child element of a type.

    A choice such as ``value[x]`` is one Element for each concrete name; there *min* is 0 although STU3 may want one
    of them. *max* is None where it may repeat without end.
    """

    name: str
    type: str
    min: int
    max: int | None


def children_of(type_name: str) -> Mapping[str, Element]:
    """
    The child elements of a type by name, in the order of XML; empty for an unknown type and for ``xhtml``.

    Those of ``Resource``, the type of ``Bundle.entry.resource`` and of ``contained``, are the resources themselves:
    in XML the one that is there stands as the only child.
    """
    return _children(type_name) if type_name == ANY_RESOURCE or type_name in _data()["types"] else _NONE


def attributes_of(type_name: str) -> frozenset[str]:
    """
    The names of the XML attributes of a type: ``value`` of a primitive, ``url`` of an Extension, ``id``.
    """
    if type_name == ANY_RESOURCE or type_name not in _data()["types"] or is_resource(type_name):
        return frozenset()
    if is_primitive(type_name):
        return frozenset({"id", "value"})
    return frozenset({"id", "url"}) if type_name == "Extension" else frozenset({"id"})


def is_resource(type_name: str) -> bool:
    """
    Whether a message can hold a resource of that name; not so ``Resource`` and ``DomainResource``.
    """
    return type_name in resources()


@cache
def resources() -> frozenset[str]:
    """
    The names of all resources.
    """
    return frozenset(_data()["resources"])


def is_primitive(type_name: str) -> bool:
    """
    Whether elements of that type have a ``@value``; not so ``xhtml``.
    """
    return type_name in _primitives()


@cache
def _primitives() -> frozenset[str]:
    return frozenset(_data()["primitives"])


@cache
def _children(type_name: str) -> Mapping[str, Element]:
    if type_name == ANY_RESOURCE:
        return MappingProxyType({name: Element(name, name, 0, 1) for name in sorted(resources())})
    return MappingProxyType({row[0]: Element(*row) for row in _data()["types"][type_name]})


@cache
def _data() -> Mapping[str, Any]:
    # As importlib.resources reads it, which takes longer to import than the table to read.
    loader: Any = __spec__.loader
    data: Mapping[str, Any] = json.loads(loader.get_data(os.path.join(os.path.dirname(__file__), "elements.json")))  # noqa: PTH118, PTH120
    return data
