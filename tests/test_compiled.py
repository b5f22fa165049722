"""
The part of the engine that may be compiled: made where that can be done, left alone elsewhere, and never a stale one.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from types import ModuleType

import pytest

from itk3_validator import version
from itk3_validator.sight.compiled import scanner

ROOT = Path(__file__).parent.parent
SCRIPT = ROOT / ".ci" / "compile_scanner.py"
MODULE = f"scanner{sysconfig.get_config_var('EXT_SUFFIX')}"
STUB = ROOT / "engine" / "itk3_validator" / "sight" / "scanner.pyi"


def compile_scanner(*arguments, script=SCRIPT, **environment):
    return subprocess.run(
        [sys.executable, "-W", "error", script, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environment},
    )


def written(folder, name, modified):
    (folder / name).write_bytes(b"")
    os.utime(folder / name, (modified, modified))
    return folder / name


@pytest.mark.parametrize(
    ("environment", "told"),
    [
        pytest.param({"CC": "/bin/false"}, "CompileError: ", id="no-compiler"),
        pytest.param({"PYTHONPATH": "{without}"}, "ImportError: no Cython", id="no-cython"),
    ],
)
def test_where_it_cannot_be_compiled(tmp_path, environment, told):
    """
    The reason stands on standard error, and what an older source made is gone. That of another Python stays.
    """
    without = tmp_path / "without" / "Cython"
    without.mkdir(parents=True)
    (without / "__init__.py").write_text("raise ImportError('no Cython')", encoding="utf-8")
    (folder := tmp_path / "sight").mkdir()
    written(folder, MODULE, 0)
    other = written(folder, "scanner.cpython-27-other.so", 0)
    environment = {name: text.format(without=without.parent) for name, text in environment.items()}

    done = compile_scanner(folder, **environment)

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines()[-1].startswith(f"engine/itk3_validator/sight/scanner.pyx: {told}")
    assert list(folder.iterdir()) == [other]


def test_one_that_is_newer_than_its_source_stays(tmp_path):
    """
    Nothing is compiled: there is no compiler in this test.
    """
    module = written(tmp_path, MODULE, 10_000_000_000)

    done = compile_scanner(tmp_path, CC="/bin/false")

    assert (done.returncode, done.stdout, done.stderr) == (0, f"{module}\n", "")
    assert module.read_bytes() == b""


@pytest.mark.parametrize("changed", ["scanner.pyx", "scanner_xml.pxi"])
def test_one_that_is_older_than_a_part_of_its_source_goes(tmp_path, changed):
    """
    It is compiled anew, and there is no compiler in this test.
    """
    script, sight = tmp_path / ".ci" / SCRIPT.name, tmp_path / STUB.parent.relative_to(ROOT)
    shutil.copytree(STUB.parent, sight, ignore=shutil.ignore_patterns("*.so", "__pycache__"))
    script.parent.mkdir()
    shutil.copyfile(SCRIPT, script)
    module = written(sight, MODULE, 10_000_000_000)
    os.utime(sight / changed, (20_000_000_000, 20_000_000_000))

    done = compile_scanner(script=script, CC="/bin/false")

    assert done.returncode == 1
    assert not module.exists()


def test_it_can_be_taken_away(tmp_path):
    """
    Twice is no mistake. That of another Python stays.
    """
    written(tmp_path, MODULE, 10_000_000_000)
    other = written(tmp_path, "scanner.cpython-27-other.so", 0)

    assert [compile_scanner("--remove", tmp_path).returncode for _ in range(2)] == [0, 0]
    assert list(tmp_path.iterdir()) == [other]


@pytest.mark.parametrize("there", [True, False])
def test_whether_it_is_there_is_told_without_importing_it(tmp_path, there):
    """
    An empty file would not be imported; it is told as there.
    """
    package = tmp_path / "itk3_validator" / "sight"
    package.mkdir(parents=True)
    (package.parent / "__init__.py").touch()
    (package / "__init__.py").touch()
    (package.parent / "version.py").write_bytes(Path(version.__file__).read_bytes())
    if there:
        (package / MODULE).touch()

    done = subprocess.run(
        [sys.executable, "-c", "from itk3_validator.version import compiled; print(compiled())"],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
    )

    assert done.stdout == f"{there}\n"


@pytest.mark.compiled
def test_the_module_under_test_is_compiled():
    """
    The build fails here where the scanner is missing; elsewhere this is left out then.
    """
    from itk3_validator.sight import scanner

    assert version.compiled()
    assert scanner.__file__ == str(STUB.with_name(MODULE))
    assert scanner.build().startswith("Cython 3.")


@pytest.mark.compiled
def test_it_compiles_without_a_warning(tmp_path):
    """
    Neither Cython nor the C compiler has a word to say.
    """
    done = compile_scanner(tmp_path, CFLAGS="-Wall -Wextra -Werror")

    assert (done.returncode, done.stderr) == (0, "")
    assert [each.name for each in tmp_path.iterdir()] == [MODULE]


@pytest.mark.compiled
def test_the_stub_says_what_is_compiled(tmp_path):
    """
    Names and signatures of scanner.pyi are those of the module.
    """
    done = subprocess.run(
        [sys.executable, "-m", "mypy.stubtest", "itk3_validator.sight.scanner", "--mypy-config-file", os.devnull],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT / "engine"), "MYPYPATH": str(ROOT / "engine")},
    )

    assert (done.returncode, done.stdout) == (0, "Success: no issues found in 1 module\n")


@pytest.fixture
def beside(tmp_path, monkeypatch):
    """
    Puts a module in the place of the compiled one, with a source beside it.
    """

    def put(made, changed):
        module = ModuleType("itk3_validator.sight.scanner")
        module.__file__ = str(written(tmp_path, MODULE, made))
        module.Scanner = object
        if changed is not None:
            written(tmp_path, "scanner.pyx", changed - 1)
            written(tmp_path, "scanner_xml.pxi", changed)
        monkeypatch.setitem(sys.modules, module.__name__, module)

    return put


@pytest.mark.parametrize("changed", [10, 9, None])
def test_one_that_fits_is_used(beside, changed):
    """
    In a wheel there is no source.
    """
    beside(10, changed)

    assert scanner() is object


def test_one_that_is_older_than_its_source_is_told_and_left_alone(beside):
    beside(10, 11)

    with pytest.warns(UserWarning, match=r"older than its source; run python \.ci/compile_scanner\.py"):
        assert scanner() is None


def test_one_that_cannot_be_loaded_is_told_and_left_alone(tmp_path, monkeypatch):
    """
    Bytes that are no module stand for one that another Python has made.
    """
    (tmp_path / MODULE).write_bytes(b"no module")
    monkeypatch.delitem(sys.modules, "itk3_validator.sight.scanner", raising=False)
    monkeypatch.setattr("itk3_validator.sight.__path__", [str(tmp_path)])

    with pytest.warns(UserWarning, match=r"cannot be loaded \(.+\); install it anew"):
        assert scanner() is None


def test_where_there_is_none_nothing_is_told(tmp_path, monkeypatch):
    monkeypatch.delitem(sys.modules, "itk3_validator.sight.scanner", raising=False)
    monkeypatch.setattr("itk3_validator.sight.__path__", [str(tmp_path)])

    assert scanner() is None
