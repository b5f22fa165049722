"""
Imports run one way, along the line that the data takes, and never in a circle.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

PACKAGE = "itk3_validator"
ROOT = Path(__file__).parent.parent / "engine" / PACKAGE

# From the bottom up: a module may import its own layer and those before it.
LAYERS = (
    ("lazy", "value", "version"),
    ("errors", "finding", "spelling", "fhir"),
    ("xpath", "stu3"),
    ("source", "attachments", "attachment_use", "unreadable", "message", "submission"),
    ("inputs",),
    ("layout", "place", "excerpt", "contained", "references"),
    ("checks",),
    ("xpath2",),
    ("pack",),
    ("query",),
    ("plan", "nodes"),
    ("judgement",),
    ("scope",),
    ("judges",),
    ("evaluate",),
    ("recognise",),
    ("call",),
    ("sight",),
    ("report",),
    ("archive",),
    ("validator",),
    ("workshop",),
    ("batch",),
    ("__init__",),
    ("adapters", "tools", "__main__"),
)

# What the package offers beside its own names: modules that an adapter imports by name, to load no more than it needs.
PUBLIC = frozenset(
    {"__init__", "batch", "errors", "finding", "inputs", "lazy", "report", "value", "version", "workshop"}
)

LEVEL = {name: level for level, names in enumerate(LAYERS) for name in names}


def module_name(file: Path, root: Path = ROOT) -> str:
    """
    `checks/coding.py` -> `checks.coding`, `checks/__init__.py` -> `checks`, `__init__.py` -> `__init__`.
    """
    parts = file.relative_to(root).with_suffix("").parts
    if len(parts) > 1 and parts[-1] == "__init__":
        parts = parts[:-1]
    return ".".join(parts)


def sources(root: Path = ROOT) -> dict[str, Path]:
    return {module_name(file, root): file for file in sorted(root.rglob("*.py"))}


def imported(name: str, tree: ast.AST, known: Mapping[str, Path]) -> Iterator[str]:
    """
    The modules of this package that a module imports anywhere in it: on top, inside functions, for types only.
    """
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            targets = [(alias.name, None) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            targets = [(absolute(name, node, known), alias.name) for alias in node.names]
        else:
            continue
        for module, member in targets:
            if module == PACKAGE or module.startswith(f"{PACKAGE}."):
                yield resolved(module, member, known)


def absolute(name: str, node: ast.ImportFrom, known: Mapping[str, Path]) -> str:
    module = node.module or ""
    if not node.level:
        return module
    parts = [PACKAGE, *([] if name == "__init__" else name.split("."))]
    if name in known and known[name].name == "__init__.py":
        parts.append("")
    return ".".join([*parts[: -node.level], *([module] if module else [])])


def resolved(module: str, member: str | None, known: Mapping[str, Path]) -> str:
    inner = module.removeprefix(PACKAGE).removeprefix(".")
    longer = f"{inner}.{member}".removeprefix(".") if member else inner
    if longer in known:
        return longer
    return inner or "__init__"


def graph(root: Path = ROOT, *, types: bool = True) -> dict[str, set[str]]:
    known = sources(root)
    trees = {name: ast.parse(file.read_text(encoding="utf-8")) for name, file in known.items()}
    if not types:
        trees = {name: WithoutTypes().visit(tree) for name, tree in trees.items()}
    return {name: set(imported(name, tree, known)) - {name} for name, tree in trees.items()}


class WithoutTypes(ast.NodeTransformer):
    """
    Takes away what stands under `if TYPE_CHECKING:`; it is never run.
    """

    def visit_If(self, node: ast.If) -> ast.AST | None:
        self.generic_visit(node)
        return None if isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING" else node


def layer(name: str) -> str:
    return name.split(".", maxsplit=1)[0]


def upward(imports: Mapping[str, set[str]]) -> list[str]:
    return sorted(
        f"{name} imports {target}"
        for name, targets in imports.items()
        for target in targets
        if LEVEL[layer(target)] > LEVEL[layer(name)]
    )


def past_the_public_package(imports: Mapping[str, set[str]]) -> list[str]:
    """
    Adapters use what `itk3_validator` itself offers, its public modules, and each other.
    """
    return sorted(
        f"{name} imports {target}"
        for name, targets in imports.items()
        if layer(name) == "adapters"
        for target in targets
        if layer(target) not in PUBLIC | {"adapters"}
    )


def circle(imports: Mapping[str, set[str]]) -> list[str]:
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def test_every_module_has_a_layer():
    """
    A module that nobody placed in the line would escape the tests below.
    """
    unplaced = {layer(name) for name in sources()} - set(LEVEL)

    assert unplaced == set()


def test_imports_run_one_way():
    """
    No module imports a later stage.
    """
    assert upward(graph()) == []


def test_no_circles():
    """
    No module imports itself by way of others, not even inside a function. What is imported for types only is not run.
    """
    assert circle(graph(types=False)) == []


def test_adapters_use_only_the_public_package():
    """
    What an adapter needs of the core is public.
    """
    assert past_the_public_package(graph()) == []


@pytest.fixture
def written(tmp_path):
    """
    Write modules of a small package and read its imports.
    """

    def write(*, types=True, **modules):
        for name, text in modules.items():
            file = tmp_path / PACKAGE / f"{name.replace('__in__', '/')}.py"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        return graph(tmp_path / PACKAGE, types=types)

    return write


@pytest.mark.parametrize(
    ("text", "complaints"),
    [
        pytest.param("from itk3_validator.plan import Plan", ["message imports plan"], id="absolute"),
        pytest.param("from itk3_validator import plan", ["message imports plan"], id="member"),
        pytest.param("from .plan import Plan", ["message imports plan"], id="relative"),
        pytest.param("from . import plan", ["message imports plan"], id="relative-member"),
        pytest.param("import itk3_validator.plan", ["message imports plan"], id="plain"),
        pytest.param(
            "def f():\n    from itk3_validator.plan import Plan", ["message imports plan"], id="in-a-function"
        ),
        pytest.param("from itk3_validator import Validator", ["message imports __init__"], id="the-public-package"),
        pytest.param("from itk3_validator.errors import Problem", [], id="downward"),
        pytest.param("from itk3_validator.source import Source", [], id="beside"),
        pytest.param("import planets.plan", [], id="another-package"),
    ],
)
def test_an_import_upward_is_seen(written, text, complaints):
    """
    However it is written, an import of a later stage is told; others are not.
    """
    imports = written(__init__="", errors="", source="", plan="", message=text)

    assert upward(imports) == complaints


def test_a_circle_is_seen(written):
    """
    Two modules of one layer that import each other are told.
    """
    imports = written(source="from itk3_validator import place", place="from itk3_validator import source")

    assert sorted(set(circle(imports))) == ["place", "source"]


def test_a_circle_for_types_only_is_none(written):
    """
    What stands under `if TYPE_CHECKING:` is read by the type checker alone.
    """
    imports = written(
        types=False,
        source="from itk3_validator import place",
        place="if TYPE_CHECKING:\n    from itk3_validator import source",
    )

    assert imports == {"source": {"place"}, "place": set()}


def test_an_adapter_that_looks_inside_is_seen(written):
    """
    An adapter may not read the plan, and may use the public names.
    """
    imports = written(
        __init__="",
        plan="",
        adapters__in__cli="from itk3_validator import Validator\nfrom itk3_validator.plan import Plan",
    )

    assert past_the_public_package(imports) == ["adapters.cli imports plan"]
