"""
What holds for every test.
"""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path

import pytest

from itk3_validator.version import compiled

# The build says so, and then what a missing compiler would leave out fails instead.
COMPILED_OR_FAIL = os.environ.get("ITK3_BUILD") == "compiled"


def pytest_configure(config):
    """
    Tests of a scanner that an older source has made would tell nothing.
    """
    if not compiled():
        return
    module = Path(find_spec("itk3_validator.sight.scanner").origin)
    sources = [*module.parent.glob("scanner.pyx"), *module.parent.glob("scanner_*.pxi")]
    if any(each.stat().st_mtime_ns > module.stat().st_mtime_ns for each in sources):
        raise pytest.UsageError(f"{module.name} is older than its source: run python .ci/compile_scanner.py")


def pytest_report_header(config):
    """
    Whether the engine under test has its compiled part.
    """
    return f"itk3 engine: {'compiled' if compiled() else 'pure Python; tests marked `compiled` are left out'}"


def pytest_collection_modifyitems(config, items):
    """
    Without the compiled part there is nothing that its tests could look at.
    """
    if compiled() or COMPILED_OR_FAIL:
        return
    config.hook.pytest_deselected(items=[each for each in items if each.get_closest_marker("compiled")])
    items[:] = [each for each in items if not each.get_closest_marker("compiled")]


@pytest.fixture(autouse=True, scope="session")
def cache_folder(tmp_path_factory):
    """
    No test writes to the cache folder of whoever runs it.
    """
    before = os.environ.get("XDG_CACHE_HOME")
    os.environ["XDG_CACHE_HOME"] = str(tmp_path_factory.mktemp("cache"))
    yield
    os.environ.pop("XDG_CACHE_HOME")
    if before is not None:
        os.environ["XDG_CACHE_HOME"] = before


@pytest.fixture(params=[pytest.param("bytes", marks=pytest.mark.compiled), "tree"])
def seen_in(request, monkeypatch):
    """
    Whether messages are seen in their bytes, as the compiled part does it, or in their trees, as without it.
    """
    if request.param == "tree":
        monkeypatch.setattr("itk3_validator.sight.outliner.Scanner", None)
    return request.param
