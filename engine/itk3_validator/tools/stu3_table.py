"""
Writes the table of FHIR STU3 elements into a checkout: ``python engine/itk3_validator/tools/stu3_table.py``.

The facts (types, names, order, how often) are read from the models of the PyPI package fhir.resources 8.3.0, which
must be installed for this and for nothing else; of this project nothing need be.
"""

from __future__ import annotations

import json
import pkgutil
import re
from collections import deque
from collections.abc import Iterator, Mapping
from importlib import import_module
from inspect import get_annotations
from pathlib import Path
from typing import Any, TypeAlias

# A class or a field of fhir.resources: not installed where types are checked.
Model: TypeAlias = Any
Row: TypeAlias = "list[str | int | None]"

PACKAGE = "fhir.resources.STU3"
TABLE = Path("engine", "itk3_validator", "stu3", "elements.json")
EXTENSION: Row = ["extension", "Extension", 0, None]
# Not of the specification's own types: abstract ones, and what fhir.resources needs for itself.
NO_TYPES = frozenset({"BackboneElement", "DomainResource", "Element", "MetadataResource", "Resource"})
NO_MODULES = frozenset({"fhirprimitiveextension", "fhirresourcemodel", "fhirtypes"})


def write(checkout: Path) -> None:
    """
    Write the table below the top folder of a checkout.
    """
    (checkout / TABLE).write_text(dump(table()), encoding="utf-8")


def dump(data: Mapping[str, Any]) -> str:
    """
    The one way in which the table is written: a line for each type, types and lists of names sorted.
    """
    lines = [f"{_json(name)}:{_json(rows)}" for name, rows in sorted(data["types"].items())]
    head = [
        f'"{key}":{_json(sorted(data[key]) if key != "source" else data[key])}'
        for key in ("source", "primitives", "resources")
    ]
    return "{" + ",\n".join([*head, '"types":{\n' + ",\n".join(lines)]) + "}}\n"


def table() -> dict[str, Any]:
    """
    The types with their children: name, type, least and greatest number (null: no end), in the order of XML.
    """
    models = dict(_models())
    paths = _paths(models)
    types = {path: _rows(models, models[name], paths) for name, path in paths.items()}
    used = {str(row[1]) for rows in types.values() for row in rows}
    primitives = used - set(types) - {"Resource", "xhtml"}
    return {
        "source": {
            "FHIR": import_module(PACKAGE).__fhir_version__,
            "fhir.resources": import_module("importlib.metadata").version("fhir.resources"),
        },
        "primitives": sorted(primitives),
        "resources": sorted(name for name in paths if _is_resource(models[name]) and name == paths[name]),
        "types": types | {name: [EXTENSION] for name in primitives},
    }


def _models() -> Iterator[tuple[str, Model]]:
    for info in pkgutil.iter_modules(import_module(PACKAGE).__path__):
        if info.name in NO_MODULES:
            continue
        module = import_module(f"{PACKAGE}.{info.name}")
        for name, model in sorted(vars(module).items()):
            if isinstance(model, type) and model.__module__ == module.__name__:
                yield name, model


def _paths(models: Mapping[str, Model]) -> dict[str, str]:
    """
    The name of each type: its own, or for a part the path where it is defined (``BundleEntry``: ``Bundle.entry``).
    """
    own = [name for name, model in models.items() if model.__module__.endswith(f".{name.lower()}")]
    paths = {name: name for name in sorted(own) if name not in NO_TYPES}
    waiting = deque(paths)
    while waiting:
        parent = waiting.popleft()
        for name, kind, *_ in _children(models, models[parent]):
            # The same part used again elsewhere has the class name of the place that defines it.
            if kind not in paths and kind == parent + name[0].upper() + name[1:]:
                paths[kind] = f"{paths[parent]}.{name}"
                waiting.append(kind)
    return paths


def _rows(models: Mapping[str, Model], model: Model, paths: Mapping[str, str]) -> list[Row]:
    return [
        [name, paths[kind] if kind in models and kind not in NO_TYPES else kind, least, greatest]
        for name, kind, least, greatest in _children(models, model)
        if not _is_attribute(name, model)
    ]


def _is_attribute(name: str, model: Model) -> bool:
    """
    Whether XML has an attribute there: ``id`` of all but resources, ``url`` of an Extension.
    """
    return (name == "id" and not _is_resource(model)) or (name == "url" and model.__name__ == "Extension")


def _is_resource(model: Model) -> bool:
    return any(base.__name__ == "Resource" for base in model.__mro__)


def _children(models: Mapping[str, Model], model: Model) -> Iterator[tuple[str, str, int, int | None]]:
    fields = {field.alias or key: (key, field) for key, field in model.model_fields.items()}
    # A choice of several reference targets is named once for each of them.
    for name in dict.fromkeys(model.elements_sequence()):
        key, field = fields[name]
        declared = next(notes[key] for notes in map(get_annotations, model.__mro__) if key in notes)
        kind = _kind(declared)
        kind = kind if kind in models else kind[0].lower() + kind[1:]
        required = field.is_required() or (field.json_schema_extra or {}).get("element_required", False)
        yield name, kind, int(required), None if "typing.List[" in declared else 1


def _kind(declared: str) -> str:
    """
    ``BundleEntry`` of ``typing.List[fhirtypes.BundleEntryType] | None``.
    """
    found = re.search(r"\bfhirtypes\.(\w+)Type\b", declared)
    if found is not None:
        return found[1]
    if re.search(r"\bbool\b", declared):
        return "Boolean"
    raise ValueError(f"{declared!r} names no FHIR type")


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


if __name__ == "__main__":
    write(Path.cwd())
