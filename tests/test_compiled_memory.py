"""
The compiled part of the engine reads and writes no memory but its own: address and undefined-behaviour sanitizers
watch it while the tests run through which it has to go.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
# Tests in which messages of all kinds go through the scanner.
THROUGH_IT = ("tests/test_sight.py", "tests/test_scanner.py")
SANITIZED = "-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer -g"


def run(*command, **environment):
    return subprocess.run(
        [sys.executable, *command],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env={**os.environ, **environment},
    )


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    """
    A copy of the engine whose scanner is watched.
    """
    copy = tmp_path_factory.mktemp("sanitized")
    for folder in ("engine", "rules", "samples"):
        shutil.copytree(ROOT / folder, copy / folder, ignore=shutil.ignore_patterns("*.so", "__pycache__"))
    scanner = copy / "engine" / "itk3_validator" / "sight"
    done = run(".ci/compile_scanner.py", scanner, CFLAGS=SANITIZED, LDFLAGS=SANITIZED)
    assert done.returncode == 0, done.stderr
    return copy / "engine"


@pytest.fixture
def watched(engine):
    """
    Runs Python with that engine. An object is an allocation of its own there, so that its bounds are watched too.
    """
    found = [
        subprocess.run(["gcc", f"-print-file-name={name}"], capture_output=True, text=True, check=True).stdout.strip()
        for name in ("libasan.so", "libubsan.so")
    ]
    environment = {
        "LD_PRELOAD": " ".join(found),
        "PYTHONMALLOC": "malloc",
        "PYTHONPATH": str(engine),
        "ASAN_OPTIONS": "detect_leaks=0",
    }
    return lambda *command: run(*command, **environment)


@pytest.mark.compiled
@pytest.mark.memory
def test_the_scanner_is_watched(watched, engine):
    """
    The copy is the one that is imported, and asks the sanitizer at each access.
    """
    done = watched("-c", "from itk3_validator.sight import scanner; print(scanner.__file__)")
    module = Path(done.stdout.strip())

    assert module.is_relative_to(engine), done.stderr
    assert b"__asan_report_load" in module.read_bytes()


@pytest.mark.compiled
@pytest.mark.memory
@pytest.mark.parametrize("tests", THROUGH_IT)
def test_nothing_is_read_or_written_beyond_its_bounds(watched, tmp_path, tests):
    """
    What the sanitizers find ends the process, and stands on standard error.
    """
    done = watched(
        *("-m", "pytest", "-q", "-p", "no:cacheprovider", "--hypothesis-profile=ci"),
        *("--basetemp", tmp_path / "tests", tests),
    )

    assert (done.returncode, done.stderr) == (0, ""), done.stdout[-5_000:]
